//! The judgement of one certificate by its path alone, as a registry is audited: valid, invalid, or not decided, with
//! reasons. What a signature made with it is worth is judged elsewhere.

use super::certificate::{Certificate, CertificateError};
use super::fault::{PathError, PathFault};
use super::path::{Check, VerifiedPath, validate};
use super::terms::Terms;
use crate::budget::Budget;

/// Whether a certificate is valid at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathVerdict {
    /// A path of it holds.
    Valid,
    /// No path leads to a trust anchor, whether a certificate was revoked is open, or the budget ended first.
    Undetermined,
    /// A certificate on every path is at fault.
    Invalid,
}

impl PathVerdict {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Undetermined => "undetermined",
            Self::Invalid => "invalid",
        }
    }
}

/// Why, or what is unusual all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathReason {
    /// The stable name.
    pub code: &'static str,
    /// Which certificate, counted from the leaf, which is 0.
    pub position: Option<usize>,
    /// The subject of that certificate, if known.
    pub subject: Option<String>,
    /// The reason for people.
    pub text: String,
}

/// What was found about one certificate.
#[derive(Debug)]
pub struct PathJudgement {
    /// The verdict.
    pub verdict: PathVerdict,
    /// Why it is not valid; what is unusual if it is.
    pub reasons: Vec<PathReason>,
    /// The path, if it is valid.
    pub path: Option<VerifiedPath>,
}

impl PathJudgement {
    /// Judges `leaf` by `terms` and `check`.
    pub fn of(leaf: &Certificate, terms: &Terms<'_>, check: &mut Check<'_>, budget: &mut Budget) -> Self {
        match validate(leaf, terms, check, budget) {
            Ok(path) => {
                let reasons = path.findings().iter().map(|finding| PathReason {
                    code: finding.oddity.code(),
                    position: Some(finding.position),
                    subject: path.certificates().get(finding.position).map(|one| one.subject.clone()),
                    text: finding.oddity.to_string(),
                });
                Self { verdict: PathVerdict::Valid, reasons: reasons.collect(), path: Some(path) }
            }
            Err(error) => Self { verdict: error.verdict(), reasons: vec![error.into()], path: None },
        }
    }

    /// What a leaf that cannot be read is.
    pub fn unreadable(error: &CertificateError) -> Self {
        let reason =
            PathReason { code: "path.unreadable", position: Some(0), subject: None, text: error.to_string() };
        Self { verdict: PathVerdict::Invalid, reasons: vec![reason], path: None }
    }
}

impl PathError {
    /// What a certificate is that has no path for this reason.
    pub const fn verdict(&self) -> PathVerdict {
        match self {
            Self::NoAnchor
            | Self::Exhausted(_)
            | Self::Broken { fault: PathFault::RevocationOpen(_), .. } => PathVerdict::Undetermined,
            Self::Broken { .. } => PathVerdict::Invalid,
        }
    }
}

impl From<PathError> for PathReason {
    fn from(error: PathError) -> Self {
        let text = error.to_string();
        match error {
            PathError::NoAnchor => Self { code: "path.no_anchor", position: None, subject: None, text },
            PathError::Exhausted(_) => Self { code: "path.over_budget", position: None, subject: None, text },
            PathError::Broken { position, subject, fault } => Self {
                code: fault.code(),
                position: Some(position),
                subject: Some(subject),
                text: fault.to_string(),
            },
        }
    }
}
