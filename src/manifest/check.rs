//! Whether officers approved a manifest, and whether its files are those that were approved.
//!
//! As in The Update Framework (specification §5.3), a manifest needs the threshold of the officers in effect before it and
//! of those that it states itself. So nobody is made or unmade an officer by fewer than had to agree before.

use std::collections::BTreeSet;

use super::{
    Emergencies, KeyName, Manifest, Note, NoteError, Officers, PublicationName, Refusal, RuleFiles, Shape,
};
use crate::clock::Timestamp;

/// How far the clock of an officer's machine may run ahead: five minutes, as for signers of licenses.
pub(super) const FUTURE_MILLIS: i64 = 300_000;
/// Hours for which a manifest may be made: 400 days, a year and time to renew it. What never expires is never looked at.
const LIFE_HOURS: u32 = 400 * 24;
/// Hours for which one officer alone may make a manifest: until the others can be reached.
const EMERGENCY_HOURS: u32 = 24;

const BEFORE: &str = "the officers in effect before it";
const STATED: &str = "the officers that it states";

/// What a gateway holds manifests to before it has one: its config.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The publication that it follows.
    pub publication: PublicationName,
    /// The first officers, and how many of them must approve.
    pub officers: Officers,
    /// Whether one officer may make a manifest for a day.
    pub break_glass: bool,
}

/// How a manifest came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is offered at this time: it must not be expired, nor from the future.
    Offered(Timestamp),
    /// It was accepted before and kept; that it expires meanwhile does not undo it.
    Kept,
}

/// A manifest that enough officers approved, of which no file was seen yet. Only this file makes one.
#[derive(Clone, Debug)]
pub struct Signed {
    manifest: Manifest,
    note: Note,
    approved: BTreeSet<KeyName>,
}

/// A manifest that enough officers approved, in time, with every one of its files. Only [`Signed::accept`] makes one.
#[derive(Clone, Debug)]
pub struct Accepted {
    signed: Signed,
    files: RuleFiles,
}

/// Parses a note with at least one signature.
pub(super) fn parse_note(bytes: &[u8]) -> Result<Note, Refusal> {
    Note::parse(bytes).map_err(Refusal::Note)
}

impl Terms {
    /// Checks a manifest with which a gateway may begin: enough of the first officers approved it, whatever its version.
    pub fn enter(&self, note: &[u8]) -> Result<Signed, Refusal> {
        let (note, manifest) = read(note, &self.publication, false)?;
        let approved = approved(&note, &self.officers, BEFORE)?;
        settle(note, manifest, approved)
    }
}

impl Signed {
    /// Checks a manifest that comes after this one.
    pub fn follow(&self, note: &[u8]) -> Result<Self, Refusal> {
        let (note, manifest) = read(note, &self.manifest.publication, false)?;
        self.succession(&note, &manifest)?;
        let approved = approved(&note, &self.manifest.officers, BEFORE)?;
        settle(note, manifest, approved)
    }

    /// Checks a manifest that one officer made to hold over this one. `before` are those of its kind that were accepted over
    /// this one: whoever renews them, they end together, a day after the first was made.
    pub fn emergency(
        &self,
        note: &[u8],
        terms: &Terms,
        before: Option<&Emergencies>,
    ) -> Result<Self, Refusal> {
        if !terms.break_glass {
            return Err(Refusal::BreakGlassOff);
        }
        let (note, manifest) = read(note, &self.manifest.publication, true)?;
        self.succession(&note, &manifest)?;
        if manifest.officers != self.manifest.officers {
            return Err(Refusal::BreakGlassOfficers);
        }
        let tally = manifest.officers.count(&note).map_err(Refusal::SignatureBroken)?;
        if tally.approved.is_empty() {
            return Err(Refusal::shortfall(BEFORE, 1, tally));
        }
        within_life(&manifest, EMERGENCY_HOURS)?;
        if let Some(before) = before {
            let (last, end) = (before.last().manifest(), before.first().emergencies_end());
            // The last one itself may come again, where it could not be used when it came.
            if manifest.created <= last.created && manifest != *last {
                return Err(Refusal::BreakGlassOld(last.created));
            }
            if manifest.expires > end {
                return Err(Refusal::BreakGlassChain(end));
            }
        }
        Ok(Self { manifest, note, approved: tally.approved })
    }

    /// When emergencies end that began with this one: so long may one officer act before others agree, however often it is
    /// renewed.
    pub fn emergencies_end(&self) -> Timestamp {
        self.manifest.created.plus_millis(i64::from(EMERGENCY_HOURS) * 3_600_000)
    }

    /// Checks when the manifest came, and that `files` are its files: all of them, no others, unchanged.
    pub fn accept(self, files: RuleFiles, arrival: Arrival) -> Result<Accepted, Refusal> {
        if let Arrival::Offered(now) = arrival {
            if self.manifest.expires <= now {
                return Err(Refusal::Expired(self.manifest.expires));
            }
            if self.manifest.created > now.plus_millis(FUTURE_MILLIS) {
                return Err(Refusal::FromFuture(self.manifest.created));
            }
        }
        for (path, stated) in &self.manifest.files {
            match files.get(path) {
                None => return Err(Refusal::FileMissing(path.clone())),
                Some(content) if Shape::of(content) != *stated => {
                    return Err(Refusal::FileChanged(path.clone()));
                }
                Some(_) => {}
            }
        }
        if let Some((path, _)) = files.iter().find(|(path, _)| !self.manifest.files.contains_key(path)) {
            return Err(Refusal::FileOutside(path.clone()));
        }
        Ok(Accepted { signed: self, files })
    }

    /// What it states.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The note.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Who approved it.
    pub const fn approved(&self) -> &BTreeSet<KeyName> {
        &self.approved
    }

    /// That `manifest` is the next one.
    fn succession(&self, note: &Note, manifest: &Manifest) -> Result<(), Refusal> {
        let (offered, present) = (manifest.version, self.manifest.version);
        let next = present.saturating_add(1);
        if offered == present && note.text() != self.note.text() {
            return Err(Refusal::OtherText(present));
        }
        if offered <= present {
            return Err(Refusal::OldVersion { offered, present });
        }
        if offered > next {
            return Err(Refusal::VersionGap { offered, next });
        }
        if manifest.previous != Some(self.manifest.digest()) {
            return Err(Refusal::WrongPrevious(present));
        }
        Ok(())
    }
}

impl Accepted {
    /// The manifest, with its signatures.
    pub const fn signed(&self) -> &Signed {
        &self.signed
    }

    /// What it states.
    pub const fn manifest(&self) -> &Manifest {
        &self.signed.manifest
    }

    /// Its files.
    pub const fn files(&self) -> &RuleFiles {
        &self.files
    }
}

fn read(note: &[u8], publication: &PublicationName, break_glass: bool) -> Result<(Note, Manifest), Refusal> {
    let note = parse_note(note)?;
    let manifest = Manifest::parse(note.text()).map_err(Refusal::Text)?;
    if manifest.publication != *publication {
        return Err(Refusal::OtherPublication { found: manifest.publication, own: publication.clone() });
    }
    if manifest.break_glass == break_glass { Ok((note, manifest)) } else { Err(Refusal::BreakGlassPlace) }
}

/// Who of `officers` approved; an error unless these are enough.
fn approved(note: &Note, officers: &Officers, whose: &'static str) -> Result<BTreeSet<KeyName>, Refusal> {
    let tally = officers.count(note).map_err(Refusal::SignatureBroken)?;
    if officers.suffices(&tally) {
        Ok(tally.approved)
    } else {
        Err(Refusal::shortfall(whose, officers.threshold(), tally))
    }
}

/// The other half of the rule, the same for the first manifest and for later ones.
fn settle(note: Note, manifest: Manifest, mut names: BTreeSet<KeyName>) -> Result<Signed, Refusal> {
    names.append(&mut approved(&note, &manifest.officers, STATED)?);
    within_life(&manifest, LIFE_HOURS)?;
    Ok(Signed { manifest, note, approved: names })
}

fn within_life(manifest: &Manifest, hours: u32) -> Result<(), Refusal> {
    let life = manifest.expires.millis().saturating_sub(manifest.created.millis());
    if life <= i64::from(hours) * 3_600_000 { Ok(()) } else { Err(Refusal::TooLong(hours)) }
}

impl From<NoteError> for Refusal {
    fn from(error: NoteError) -> Self {
        Self::Note(error)
    }
}

#[cfg(test)]
mod tests;
