//! Every way in which a manifest or suspension is refused, one variant each, with its stable code and a way to mend it.

use super::lines::TextFault;
use super::note::NoteError;
use super::{FilePath, KeyName, PublicationName, Tally};
use crate::clock::Timestamp;

/// Why a manifest or a suspension is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no signed note.
    #[error("no signed note: {0}")]
    Note(NoteError),
    /// Its text is none.
    #[error("the text cannot be read: {0}")]
    Text(TextFault),
    /// It is for another publication.
    #[error("it is for the publication `{found}`, and this is `{own}`")]
    OtherPublication {
        /// What it states.
        found: PublicationName,
        /// What it should state.
        own: PublicationName,
    },
    /// A signature names an officer's key and is not by it.
    #[error("the signature of officer `{0}` does not fit the text")]
    SignatureBroken(KeyName),
    /// Signatures are there, but by nobody who counts.
    #[error("it needs {needed} of {whose}; `{}` is none of them", join(unknown))]
    UnknownOfficer {
        /// How many officers it needs.
        needed: u32,
        /// Of whom.
        whose: &'static str,
        /// The names of keys that are nobody's.
        unknown: Vec<KeyName>,
    },
    /// Too few officers signed.
    #[error("it needs {needed} of {whose}, and has {}{}", approved.len(), lacking(partly))]
    TooFew {
        /// How many officers it needs.
        needed: u32,
        /// Of whom.
        whose: &'static str,
        /// Who signed.
        approved: Vec<KeyName>,
        /// Who signed with one key of two.
        partly: Vec<KeyName>,
    },
    /// Its version is not above the one in effect.
    #[error("it is version {offered}, and version {present} is in effect")]
    OldVersion {
        /// What is offered.
        offered: u64,
        /// What is in effect.
        present: u64,
    },
    /// A version between is missing.
    #[error("it is version {offered}, and the next is {next}")]
    VersionGap {
        /// What is offered.
        offered: u64,
        /// What should come next.
        next: u64,
    },
    /// The version in effect has another text.
    #[error("version {0} is in effect already, with another content")]
    OtherText(u64),
    /// It follows another manifest.
    #[error("it was made to follow another version {0} than the one in effect")]
    WrongPrevious(u64),
    /// It was expired when it was offered.
    #[error("it expired at {0}")]
    Expired(Timestamp),
    /// It is from the future.
    #[error("it is from the future, {0}")]
    FromFuture(Timestamp),
    /// It may be offered for too long.
    #[error("it is made for more than {0} hours")]
    TooLong(u32),
    /// Its officer has suspended as much already as one may.
    #[error("officer `{officer}` has {most} suspensions in force already, and one officer may have no more")]
    TooManySuspensions {
        /// Who signed it.
        officer: KeyName,
        /// How many one officer may have in force.
        most: u32,
    },
    /// One officer made it in an emergency, and this gateway takes none such.
    #[error("it was made by break-glass, which is off here")]
    BreakGlassOff,
    /// It changes what may not be changed in an emergency.
    #[error("it was made by break-glass and changes officers or threshold")]
    BreakGlassOfficers,
    /// It was made before the one of its kind that was seen last.
    #[error("it was made by break-glass before the last one, at {0}")]
    BreakGlassOld(Timestamp),
    /// It would hold for longer than one officer may act alone.
    #[error(
        "it was made by break-glass to hold beyond {0}, a day after the first one since enough officers agreed"
    )]
    BreakGlassChain(Timestamp),
    /// It was made by break-glass and offered as if it were not, or the other way round.
    #[error("a manifest made by break-glass stands in the file `break-glass`, and no other does")]
    BreakGlassPlace,
    /// A file that it states is not there.
    #[error("`{0}` is missing")]
    FileMissing(FilePath),
    /// A file is not what it states.
    #[error("`{0}` is not the file that was approved")]
    FileChanged(FilePath),
    /// A file is there that it does not state.
    #[error("`{0}` is not in the manifest")]
    FileOutside(FilePath),
}

impl Refusal {
    /// What is said when too few of `needed` officers are in `tally`.
    pub(super) fn shortfall(whose: &'static str, needed: u32, tally: Tally) -> Self {
        let list = |names: std::collections::BTreeSet<KeyName>| names.into_iter().collect::<Vec<_>>();
        let known = |name: &KeyName| tally.approved.contains(name) || tally.partly.contains(name);
        let unknown: Vec<KeyName> = tally.unknown.iter().filter(|name| !known(name)).cloned().collect();
        if unknown.is_empty() {
            Self::TooFew { needed, whose, approved: list(tally.approved), partly: list(tally.partly) }
        } else {
            Self::UnknownOfficer { needed, whose, unknown }
        }
    }

    /// The stable code: part of the interface, in logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Note(NoteError::Unsigned) => "trust.unsigned",
            Self::Note(NoteError::Twice(_)) => "trust.signed_twice",
            Self::Note(_) | Self::Text(_) => "trust.malformed",
            Self::OtherPublication { .. } => "trust.other_publication",
            Self::SignatureBroken(_) => "trust.signature_broken",
            Self::UnknownOfficer { .. } => "trust.unknown_officer",
            Self::TooFew { .. } => "trust.too_few_officers",
            Self::OldVersion { .. } => "trust.old_version",
            Self::VersionGap { .. } => "trust.version_gap",
            Self::OtherText(_) => "trust.other_text",
            Self::WrongPrevious(_) => "trust.wrong_previous",
            Self::Expired(_) => "trust.expired",
            Self::FromFuture(_) => "trust.from_future",
            Self::TooLong(_) => "trust.too_long",
            Self::TooManySuspensions { .. } => "trust.too_many_suspensions",
            Self::BreakGlassOff => "trust.break_glass_off",
            Self::BreakGlassOfficers => "trust.break_glass_officers",
            Self::BreakGlassOld(_) => "trust.break_glass_old",
            Self::BreakGlassChain(_) => "trust.break_glass_chain",
            Self::BreakGlassPlace => "trust.break_glass_place",
            Self::FileMissing(_) => "trust.file_missing",
            Self::FileChanged(_) => "trust.file_changed",
            Self::FileOutside(_) => "trust.file_outside",
        }
    }

    /// What to do about it.
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Note(NoteError::Unsigned) => "have officers approve it",
            Self::Note(_) | Self::Text(_) => "publish it again from the proposal, unedited",
            Self::OtherPublication { .. } => "publish what was made for this publication",
            Self::SignatureBroken(_) => "have the officers approve the proposal again",
            Self::UnknownOfficer { .. } => "have officers of the manifest in effect approve it",
            Self::TooFew { .. } => "have more officers approve it, each with all of their keys",
            Self::OldVersion { .. } | Self::OtherText(_) | Self::WrongPrevious(_) => {
                "make a new proposal from what is published"
            }
            Self::VersionGap { .. } => "restore the manifests between in the publication",
            Self::Expired(_) | Self::TooLong(_) => "make a new proposal with a later, or nearer, expiry",
            Self::FromFuture(_) => "compare the clocks of the officer's machine and of the gateway",
            Self::TooManySuspensions { .. } => {
                "lift some by a manifest, have another officer suspend, or raise `suspensions` in `[trust.limits]`"
            }
            Self::BreakGlassOff => "have a second officer approve, without break-glass",
            Self::BreakGlassOfficers => "change officers by a manifest that enough officers approve",
            Self::BreakGlassChain(_) => "have a second officer approve what is to hold, without break-glass",
            Self::BreakGlassOld(_) | Self::BreakGlassPlace => "make a new proposal with break-glass",
            Self::FileMissing(_) | Self::FileChanged(_) | Self::FileOutside(_) => {
                "publish the proposal again, with the files that were approved"
            }
        }
    }

    /// The line at fault, counted from 1; 0 for the whole.
    pub const fn line(&self) -> usize {
        match self {
            Self::Note(error) => error.line(),
            Self::Text(fault) => fault.line,
            _ => 0,
        }
    }
}

fn join(names: &[KeyName]) -> String {
    names.iter().map(KeyName::as_str).collect::<Vec<_>>().join("`, `")
}

fn lacking(partly: &[KeyName]) -> String {
    if partly.is_empty() { String::new() } else { format!("; `{}` signed with one key of two", join(partly)) }
}
