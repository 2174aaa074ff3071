//! What is wrong with a publication, or with what was kept of one, and where.

use super::source::ReadError;
use crate::fault::Fault;
use crate::manifest::Refusal;

/// A problem with one thing that was read.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It was read and is refused.
    #[error("{place}: {refusal}")]
    Refused {
        /// What was read.
        place: String,
        /// Why it is refused.
        refusal: Refusal,
    },
    /// It could not be read.
    #[error("{place}: {error}")]
    Unreadable {
        /// What was to be read.
        place: String,
        /// Why not.
        error: ReadError,
    },
    /// It is more than the config allows.
    #[error("{place}: {excess}")]
    TooMuch {
        /// What was read.
        place: String,
        /// What is too much.
        excess: &'static str,
    },
}

impl Problem {
    pub(super) fn refused(place: impl Into<String>, refusal: impl Into<Refusal>) -> Self {
        Self::Refused { place: place.into(), refusal: refusal.into() }
    }

    /// The stable code: part of the interface, in logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { refusal, .. } => refusal.code(),
            Self::Unreadable { error, .. } if error.is_too_large() => "trust.too_large",
            Self::Unreadable { .. } => "trust.unreadable",
            Self::TooMuch { .. } => "trust.too_large",
        }
    }

    /// The fault: place, line, code, what is wrong, what to do about it.
    pub fn fault(&self) -> Fault {
        let code = self.code();
        match self {
            Self::Refused { place, refusal } => {
                Fault::new(place, refusal.line(), format!("`{code}`: {refusal}; {}", refusal.mend()))
            }
            Self::Unreadable { place, error } => Fault::new(place, 0, format!("`{code}`: {error}")),
            Self::TooMuch { place, excess } => {
                Fault::new(place, 0, format!("`{code}`: {excess}; raise `[trust.limits]` if that is meant"))
            }
        }
    }
}
