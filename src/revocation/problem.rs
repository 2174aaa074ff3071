//! What is wrong with what a source gives, or with keeping it: a coded error with its place. What held before stays.

use std::io;

use crate::clock::Timestamp;
use crate::pki::revocation::{AnswerError, ListError};
use crate::upstream;

/// What is wrong, and where.
#[derive(Debug, thiserror::Error)]
#[error("`{place}`: {fault}")]
pub struct Problem {
    /// The source or the file.
    pub place: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is no such thing.
    #[error("is not there")]
    Absent,
    /// A response cannot be used.
    #[error("cannot be used: {0}")]
    Answer(AnswerError),
    /// The work was cut short by the shutdown of the runtime or by a fault in it.
    #[error("the check was cut short")]
    CutShort,
    /// It is signed by none of the keys that the anchors give under its name.
    #[error("is signed by no key that a trust anchor gives under its name")]
    Forged,
    /// It is of a time that has not come.
    #[error("is of {0}, which has not come")]
    FromFuture(Timestamp),
    /// It cannot be kept on disk; it counts all the same, until the gateway stops.
    #[error("cannot be kept: {}", .0.kind())]
    Keep(#[source] io::Error),
    /// A list cannot be used.
    #[error("cannot be used: {0}")]
    List(ListError),
    /// It is neither one list in DER nor lists in PEM.
    #[error("holds no list")]
    NoList,
    /// The source gave a newer one before.
    #[error("is of {given}, and there is one of {held}")]
    Older {
        /// The newest that was given now.
        given: Timestamp,
        /// The newest that is held.
        held: Timestamp,
    },
    /// The address cannot be connected to in any way.
    #[error("is no address that can be connected to")]
    Address,
    /// It has more bytes than allowed.
    #[error("is larger than allowed")]
    TooLarge,
    /// Its source has added more than a source may: to one file, of series and subjects, or of bytes in a day.
    #[error("is more than its source may add")]
    TooMuch,
    /// A file cannot be read.
    #[error("cannot be read: {}", .0.kind())]
    Unreadable(#[source] io::Error),
    /// It cannot be fetched.
    #[error("cannot be fetched: {0}")]
    Unreachable(#[source] upstream::Error),
}

impl Fault {
    /// The stable code: part of the interface, in logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Absent => "revocation.absent",
            Self::Address => "revocation.address",
            Self::Answer(_) | Self::List(_) | Self::NoList => "revocation.malformed",
            Self::CutShort => "revocation.cut_short",
            Self::Forged => "revocation.forged",
            Self::FromFuture(_) => "revocation.from_future",
            Self::Keep(_) => "revocation.not_kept",
            Self::Older { .. } => "revocation.older",
            Self::TooLarge => "revocation.too_large",
            Self::TooMuch => "revocation.too_much",
            Self::Unreachable(_) => "revocation.unreachable",
            Self::Unreadable(_) => "revocation.unreadable",
        }
    }

    pub(super) fn at(self, place: impl ToString) -> Problem {
        Problem { place: place.to_string(), fault: self }
    }
}
