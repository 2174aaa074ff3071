//! The officers' side of a publication: reads what is published, and puts the next manifest or a suspension there. It
//! refuses what every gateway would refuse; gateways check again, because anybody may write files.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::publication::{self, EMERGENCY, FIRST_EMERGENCY, HEAD, INDEX, Publication};
use super::{Limits, Problem, Proposal, ReadError, Source, disk};
use crate::clock::Timestamp;
use crate::manifest::{
    Accepted, Arrival, Emergencies, Manifest, Note, Refusal, RuleFiles, Shape, Signed, Suspended, Suspension,
    Terms,
};

/// The directory of a publication.
#[derive(Clone, Debug)]
pub struct Publisher {
    directory: PathBuf,
    source: Source,
    limits: Limits,
}

/// A manifest as it is published.
#[derive(Clone, Debug)]
pub struct Published {
    /// What it states.
    pub manifest: Manifest,
    /// The note.
    pub note: Note,
}

impl Publisher {
    /// The publication in `directory`, which need not be there yet.
    pub fn new(directory: &Path) -> Self {
        let source = Source::Directory(directory.to_owned());
        Self { directory: directory.to_owned(), source, limits: Limits::default() }
    }

    /// The present manifest; none before the first.
    pub fn present(&self) -> Result<Option<Published>, Problem> {
        self.published(HEAD)
    }

    /// The manifest of that version.
    pub fn version(&self, version: u64) -> Result<Option<Published>, Problem> {
        self.published(&publication::manifest_name(version))
    }

    /// The manifest of the last emergency.
    pub fn emergency(&self) -> Result<Option<Published>, Problem> {
        self.published(EMERGENCY)
    }

    /// When emergencies over the present manifest end, if one began; whoever proposes the next, it holds no longer.
    pub fn emergencies_end(&self) -> Result<Option<Timestamp>, Problem> {
        Ok(self.emergencies()?.map(|emergencies| emergencies.first().emergencies_end()))
    }

    fn emergencies(&self) -> Result<Option<Emergencies>, Problem> {
        let Some(Published { manifest, note }) = self.present()? else { return Ok(None) };
        let terms = self.terms(&manifest);
        let base = terms.enter(note.to_string().as_bytes());
        let base = base.map_err(|refusal| Problem::refused(self.source.place(HEAD), refusal))?;
        self.publication().emergencies(&base, &terms)
    }

    fn published(&self, name: &str) -> Result<Option<Published>, Problem> {
        let Some(note) = self.publication().note(name)? else { return Ok(None) };
        let refused = |refusal: Refusal| Problem::refused(self.source.place(name), refusal);
        let manifest = publication::stated(&note).map_err(refused)?;
        let note = Note::parse(&note).map_err(|error| refused(error.into()))?;
        Ok(Some(Published { manifest, note }))
    }

    /// The files of `manifest`, held to it.
    pub fn files(&self, manifest: &Manifest) -> Result<RuleFiles, Problem> {
        let files = self.publication().files(manifest, |_| None)?;
        let place = || self.source.place(HEAD);
        for (path, shape) in &manifest.files {
            match files.get(path) {
                None => return Err(Problem::refused(place(), Refusal::FileMissing(path.clone()))),
                Some(content) if Shape::of(content) != *shape => {
                    return Err(Problem::refused(place(), Refusal::FileChanged(path.clone())));
                }
                Some(_) => {}
            }
        }
        Ok(files)
    }

    /// All suspensions, with who signed each and whether the present manifest lifts it. What is none is left out.
    pub fn suspensions(&self) -> Result<Vec<(Suspended, bool)>, Problem> {
        let Some(Published { manifest, .. }) = self.present()? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for digest in self.publication().suspensions()? {
            let note = self.publication().suspension(&digest)?;
            if let Some(suspended) = note.and_then(|note| signed(&note, &manifest)) {
                let lifted = manifest.lifted.contains(&suspended.suspension().digest());
                found.push((suspended, lifted));
            }
        }
        found.sort_by_key(|(suspended, _)| suspended.suspension().since);
        Ok(found)
    }

    /// Publishes `proposal` as every gateway that follows will take it; files first, the manifest last.
    pub fn publish(&self, proposal: &Proposal, now: Timestamp) -> Result<Accepted, Problem> {
        let _lock = self.lock()?;
        let place = self.source.place("");
        let refused = |refusal| Problem::refused(&place, refusal);
        let note = proposal.note().to_string();
        let before = self.emergencies()?;
        let signed = match self.present()? {
            None => self.begin(proposal),
            Some(present) => self.succeed(&present, proposal, note.as_bytes(), before.as_ref()),
        };
        let signed = signed.map_err(refused)?;
        let accepted = signed.accept(proposal.files().clone(), Arrival::Offered(now)).map_err(refused)?;
        for (_, content) in accepted.files().iter() {
            self.put(&publication::file_name(&Shape::of(content).sha256), content)?;
        }
        if accepted.manifest().break_glass {
            if before.is_none() {
                self.put(FIRST_EMERGENCY, note.as_bytes())?;
            }
            self.put(EMERGENCY, note.as_bytes())?;
        } else {
            self.put(&publication::manifest_name(accepted.manifest().version), note.as_bytes())?;
            self.put(HEAD, note.as_bytes())?;
        }
        Ok(accepted)
    }

    /// The first manifest has no officers before it but its own.
    fn begin(&self, proposal: &Proposal) -> Result<Signed, Refusal> {
        self.terms(proposal.manifest()).enter(proposal.note().to_string().as_bytes())
    }

    fn succeed(
        &self,
        present: &Published,
        proposal: &Proposal,
        note: &[u8],
        before: Option<&Emergencies>,
    ) -> Result<Signed, Refusal> {
        let terms = self.terms(&present.manifest);
        let signed = terms.enter(present.note.to_string().as_bytes())?;
        if proposal.manifest().break_glass {
            signed.emergency(note, &terms, before)
        } else {
            signed.follow(note)
        }
    }

    /// What is published is taken as it stands; whether its officers are the right ones is for gateways to know.
    fn terms(&self, manifest: &Manifest) -> Terms {
        let (publication, officers) = (manifest.publication.clone(), manifest.officers.clone());
        Terms { publication, officers, break_glass: true }
    }

    /// Publishes a suspension that an officer of the present manifest signed.
    pub fn suspend(&self, note: &Note, now: Timestamp) -> Result<Suspension, Problem> {
        let _lock = self.lock()?;
        let absent = || Problem::Unreadable { place: self.source.place(HEAD), error: ReadError::Absent };
        let Published { manifest, .. } = self.present()?.ok_or_else(absent)?;
        let text = note.to_string();
        let suspended = Suspended::check(text.as_bytes(), &manifest.publication, &manifest.officers, now)
            .map_err(|refusal| Problem::refused(self.source.place(""), refusal))?;
        let most = self.limits.suspensions;
        let by_officer =
            |(other, lifted): &(Suspended, bool)| !lifted && other.officer() == suspended.officer();
        if self.suspensions()?.iter().filter(|other| by_officer(other)).count() >= most.size() {
            let officer = suspended.officer().clone();
            let refusal = Refusal::TooManySuspensions { officer, most: most.get() };
            return Err(Problem::refused(self.source.place(""), refusal));
        }
        let suspension = suspended.suspension().clone();
        let digest = suspension.digest().hex();
        self.put(&publication::suspension_name(&digest), text.as_bytes())?;
        let mut index = self.publication().suspensions()?;
        index.push(digest);
        index.sort_unstable();
        index.dedup();
        let index: String = index.iter().map(|digest| format!("{digest}\n")).collect();
        self.put(INDEX, index.as_bytes())?;
        Ok(suspension)
    }

    fn put(&self, name: &str, content: &[u8]) -> Result<(), Problem> {
        let written = disk::write(&self.directory.join(name), content);
        written.map_err(|error| Problem::Unreadable { place: self.source.place(name), error: error.into() })
    }

    /// Two officers do not publish at once from one machine.
    fn lock(&self) -> Result<File, Problem> {
        let locked = || {
            fs::create_dir_all(&self.directory)?;
            let file = File::options().create(true).append(true).open(self.directory.join(".lock"))?;
            file.lock()?;
            Ok(file)
        };
        let failed =
            |error: io::Error| Problem::Unreadable { place: self.source.place(".lock"), error: error.into() };
        locked().map_err(failed)
    }

    fn publication(&self) -> Publication<'_> {
        Publication { source: &self.source, limits: &self.limits, end: None }
    }
}

/// The suspension in `note`, by whichever officer of `manifest` signed it; or by one who is none any more, which gateways that took it
/// keep. A name of an officer in effect without their signature is nobody's.
fn signed(note: &[u8], manifest: &Manifest) -> Option<Suspended> {
    let Manifest { publication, officers, .. } = manifest;
    let checked = Suspended::check(note, publication, officers, Timestamp::from_millis(i64::MAX)).ok();
    checked.or_else(|| {
        let kept = Suspended::resume(note, publication).ok()?;
        officers.all().iter().all(|officer| officer.name() != kept.officer()).then_some(kept)
    })
}
