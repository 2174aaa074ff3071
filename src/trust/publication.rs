//! Reads a publication, or the state that is laid out as one: from the first manifest that the config's officers approved
//! up to the present one, each step checked.

use std::time::Instant;

use super::source::{ReadError, Source};
use super::{Limits, Problem};
use crate::crypto::Digest;
use crate::manifest::{Emergencies, Manifest, Note, Refusal, RuleFiles, Shape, Signed, Terms};

/// Bytes of one note; what is larger is no note.
const NOTE_BYTES: u64 = 4 << 20;
/// Bytes of a suspension. 16 KiB: a reason of 500 characters and some dozens of signatures.
const SUSPENSION_BYTES: u64 = 16 << 10;
/// Bytes of the index of suspensions. 64 MiB, a million: it goes on naming those that are lifted.
const INDEX_BYTES: u64 = 64 << 20;

pub(super) const HEAD: &str = "manifest";
pub(super) const EMERGENCY: &str = "break-glass";
pub(super) const FIRST_EMERGENCY: &str = "break-glass-first";
pub(super) const INDEX: &str = "suspensions/index";

pub(super) fn manifest_name(version: u64) -> String {
    format!("manifests/{version}")
}

pub(super) fn file_name(sha256: &Digest) -> String {
    format!("files/{}", sha256.hex())
}

pub(super) fn suspension_name(digest: &str) -> String {
    format!("suspensions/{digest}")
}

/// A publication at a source.
pub(super) struct Publication<'a> {
    pub(super) source: &'a Source,
    pub(super) limits: &'a Limits,
    /// When the look must be over; never, where nobody waits.
    pub(super) end: Option<Instant>,
}

/// The present manifest, and those that lead to it, oldest first.
pub(super) struct Way {
    pub(super) signed: Signed,
    pub(super) before: Vec<Signed>,
}

impl Publication<'_> {
    /// The note under `name`, not checked; `None` if it is not there.
    pub(super) fn note(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        self.read(name, NOTE_BYTES)
    }

    /// The suspension of that digest, not checked; `None` if it is not there.
    pub(super) fn suspension(&self, digest: &str) -> Result<Option<Vec<u8>>, Problem> {
        self.read(&suspension_name(digest), SUSPENSION_BYTES)
    }

    fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Problem> {
        let read = self.source.read(name, limit, self.end);
        read.map_err(|error| Problem::Unreadable { place: self.source.place(name), error })
    }

    /// The present manifest, not checked.
    pub(super) fn head(&self) -> Result<Vec<u8>, Problem> {
        let absent = || Problem::Unreadable { place: self.source.place(HEAD), error: ReadError::Absent };
        self.note(HEAD)?.ok_or_else(absent)
    }

    /// The way from the config's officers to `head`: down to the latest manifest that enough of them approved, and up again.
    pub(super) fn enter(&self, terms: &Terms, head: Vec<u8>) -> Result<Way, Problem> {
        let place = self.source.place(HEAD);
        let (mut found, refusal) = match terms.enter(&head) {
            Ok(signed) => return Ok(Way { signed, before: Vec::new() }),
            Err(refusal) => (None, refusal),
        };
        let version = stated(&head).map_err(|error| Problem::refused(&place, error))?.version;
        let mut notes = vec![(version, head)];
        let lowest = version.saturating_sub(self.limits.missed.get().into()).max(1);
        for version in (lowest..version).rev() {
            let Some(note) = self.note(&manifest_name(version))? else { break };
            found = terms.enter(&note).ok().filter(|signed| signed.manifest().version == version);
            notes.push((version, note));
            if found.is_some() {
                break;
            }
        }
        let Some(mut signed) = found else { return Err(Problem::refused(place, refusal)) };
        notes.reverse();
        let mut before = Vec::new();
        for (version, note) in notes.iter().skip(1) {
            let followed = signed.follow(note);
            let next = followed
                .map_err(|refusal| Problem::refused(self.source.place(&manifest_name(*version)), refusal))?;
            before.push(std::mem::replace(&mut signed, next));
        }
        Ok(Way { signed, before })
    }

    /// The way from the manifest in effect to `head`; `None` if that is it.
    pub(super) fn follow(&self, present: &Signed, head: Vec<u8>) -> Result<Option<Way>, Problem> {
        let place = self.source.place(HEAD);
        let refused = |refusal: Refusal| Problem::refused(&place, refusal);
        if Note::parse(&head).is_ok_and(|note| note.text() == present.note().text()) {
            return Ok(None);
        }
        let offered = stated(&head).map_err(refused)?.version;
        let next = present.manifest().version.saturating_add(1);
        if offered > next.saturating_add(self.limits.missed.get().into()) {
            return Err(refused(Refusal::VersionGap { offered, next }));
        }
        let (mut signed, mut before) = (present.clone(), Vec::new());
        for version in next..offered {
            let name = manifest_name(version);
            let note = self.note(&name)?;
            let note = note.ok_or_else(|| refused(Refusal::VersionGap { offered, next: version }))?;
            signed = signed
                .follow(&note)
                .map_err(|refusal| Problem::refused(self.source.place(&name), refusal))?;
            before.push(signed.clone());
        }
        signed = signed.follow(&head).map_err(refused)?;
        Ok(Some(Way { signed, before }))
    }

    /// The files that `manifest` states, each from `known` if that has it, else from here. Those that are not here are left
    /// out, which [`Signed::accept`] notices, as it notices all else that is wrong with them.
    pub(super) fn files(
        &self,
        manifest: &Manifest,
        known: impl Fn(&Shape) -> Option<Vec<u8>>,
    ) -> Result<RuleFiles, Problem> {
        let total: u64 = manifest.files.values().fold(0, |sum, shape| sum.saturating_add(shape.bytes));
        if total > self.limits.total_bytes.get().into() {
            let excess = "the files of the manifest are too large together";
            return Err(Problem::TooMuch { place: self.source.place(HEAD), excess });
        }
        let mut files = RuleFiles::default();
        for (path, shape) in &manifest.files {
            if let Some(content) = known(shape) {
                files.insert(path.clone(), content);
                continue;
            }
            let name = file_name(&shape.sha256);
            if let Some(content) = self.read(&name, self.limits.file_bytes.get().into())? {
                files.insert(path.clone(), content);
            }
        }
        Ok(files)
    }

    /// The emergencies over `base` as they stand here. What is over an earlier base is none, and rightly gone; so are all, once
    /// the config no longer allows them.
    pub(super) fn emergencies(&self, base: &Signed, terms: &Terms) -> Result<Option<Emergencies>, Problem> {
        let read = |name: &str, before: Option<&Emergencies>| {
            let note = self.note(name)?;
            Ok(note.and_then(|note| base.emergency(&note, terms, before).ok()))
        };
        let first = read(FIRST_EMERGENCY, None)?.map(Emergencies::begin);
        let last = read(EMERGENCY, first.as_ref())?;
        Ok(match (first, last) {
            (Some(first), Some(last)) => Some(first.then(last)),
            (first, last) => first.or(last.map(Emergencies::begin)),
        })
    }

    /// The digests of all suspensions, as their index names them.
    pub(super) fn suspensions(&self) -> Result<Vec<String>, Problem> {
        let index = self.read(INDEX, INDEX_BYTES)?.unwrap_or_default();
        let index = String::from_utf8(index).unwrap_or_default();
        let is_name = |line: &&str| line.len() == 64 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        Ok(index.lines().filter(is_name).map(str::to_owned).collect())
    }
}

/// What `note` states, whoever signed it.
pub(super) fn stated(note: &[u8]) -> Result<Manifest, Refusal> {
    Manifest::parse(Note::parse(note)?.text()).map_err(Refusal::Text)
}
