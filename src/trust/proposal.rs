//! A proposal (提案): a manifest on its way to being approved, with its files. It is a directory that officers pass on to
//! each other; nothing trusts it.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::publication::{HEAD, file_name};
use super::{Limits, Problem, ReadError, Source, disk};
use crate::clock::Timestamp;
use crate::crypto::{Digest, SignError};
use crate::manifest::{Manifest, Note, Officers, PrivateKey, PublicationName, RuleFiles, Shape};

/// Days for which a manifest is made unless said otherwise. 90: officers look at what is trusted once a quarter.
pub const DEFAULT_DAYS: u32 = 90;

/// What a proposal changes beside the files.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who must approve from then on.
    pub officers: Officers,
    /// Suspensions that are lifted beside those that are.
    pub lift: BTreeSet<Digest>,
    /// Until when it may be offered.
    pub expires: Timestamp,
    /// Whether one officer alone makes it.
    pub break_glass: bool,
    /// Why, for people.
    pub reason: String,
}

/// A manifest on its way.
#[derive(Clone, Debug)]
pub struct Proposal {
    note: Note,
    manifest: Manifest,
    files: RuleFiles,
}

impl Proposal {
    /// Proposes `files` to come after `base`.
    pub fn after(base: &Manifest, files: RuleFiles, change: Change, now: Timestamp) -> Self {
        let lifted = base.lifted.union(&change.lift).copied().collect();
        let (version, previous) = (base.version.saturating_add(1), Some(base.digest()));
        Self::of(base.publication.clone(), version, previous, lifted, files, change, now)
    }

    /// Proposes `files` as the first manifest of a publication.
    pub fn first(publication: PublicationName, files: RuleFiles, change: Change, now: Timestamp) -> Self {
        Self::of(publication, 1, None, change.lift.clone(), files, change, now)
    }

    fn of(
        publication: PublicationName,
        version: u64,
        previous: Option<Digest>,
        lifted: BTreeSet<Digest>,
        files: RuleFiles,
        change: Change,
        now: Timestamp,
    ) -> Self {
        let manifest = Manifest {
            publication,
            version,
            previous,
            // Texts state whole seconds.
            created: Timestamp::from_seconds(now.seconds()),
            expires: Timestamp::from_seconds(change.expires.seconds()),
            officers: change.officers,
            lifted,
            break_glass: change.break_glass,
            reason: change.reason,
            files: files.shapes(),
        };
        Self { note: Note::unsigned(manifest.to_string()), manifest, files }
    }

    /// Reads the proposal in `directory`, and holds its files to its manifest.
    pub fn read(directory: &Path) -> Result<Self, Problem> {
        let source = Source::Directory(directory.to_owned());
        let unreadable = |name: &str, error| Problem::Unreadable { place: source.place(name), error };
        let read = |name: &str| {
            let limit = Limits::default().file_bytes.get().into();
            source.read(name, limit, None).map_err(|error| unreadable(name, error))
        };
        let note = read(HEAD)?.ok_or_else(|| unreadable(HEAD, ReadError::Absent))?;
        let refused = |refusal: crate::manifest::Refusal| Problem::refused(source.place(HEAD), refusal);
        let note = Note::parse_unfinished(&note).map_err(|error| refused(error.into()))?;
        let manifest =
            Manifest::parse(note.text()).map_err(|fault| refused(crate::manifest::Refusal::Text(fault)))?;
        let mut files = RuleFiles::default();
        for (path, shape) in &manifest.files {
            let content = read(&file_name(&shape.sha256))?;
            let content =
                content.ok_or_else(|| refused(crate::manifest::Refusal::FileMissing(path.clone())))?;
            if Shape::of(&content) != *shape {
                return Err(refused(crate::manifest::Refusal::FileChanged(path.clone())));
            }
            files.insert(path.clone(), content);
        }
        Ok(Self { note, manifest, files })
    }

    /// Writes the proposal to `directory`.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        for (_, content) in self.files.iter() {
            disk::write(&directory.join(file_name(&Shape::of(content).sha256)), content)?;
        }
        disk::write(&directory.join(HEAD), self.note.to_string().as_bytes())
    }

    /// Signs with `keys`; `false` if all of them had signed already.
    pub fn approve(&mut self, keys: &[PrivateKey]) -> Result<bool, SignError> {
        let mut signed = false;
        for key in keys {
            signed |= key.sign(&mut self.note)?;
        }
        Ok(signed)
    }

    /// What it states.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The note, with the signatures so far.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Its files.
    pub const fn files(&self) -> &RuleFiles {
        &self.files
    }
}
