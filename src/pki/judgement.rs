//! The judgement of one certificate by its path alone, as a registry is audited: valid, invalid, or not decided, with
//! reasons. What a signature made with it is worth is judged elsewhere.

use super::certificate::{Certificate, CertificateError};
use super::fault::{PathError, PathFault};
use super::path::VerifiedPath;
use super::revocation::{
    CertificateStanding, Good, JudgedPath, PathStanding, Revocation, RevocationTerms, Standing,
    UnusableEvidence, validate_with_revocation,
};
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
    /// What is known of the revocation of its certificates, or of those of the path that came nearest; empty if not asked.
    pub revocation: PathStanding,
}

impl PathJudgement {
    /// Judges `leaf` by `terms`, and the certificates of its path by `revocation`.
    pub fn of(
        leaf: &Certificate,
        terms: &Terms<'_>,
        revocation: &RevocationTerms<'_>,
        budget: &mut Budget,
    ) -> Self {
        let JudgedPath { path, standing, .. } = validate_with_revocation(leaf, terms, revocation, budget);
        match path {
            Ok(path) => {
                let subject =
                    |position: usize| path.certificates().get(position).map(|one| one.subject.clone());
                let unusual = path.findings().iter().map(|finding| PathReason {
                    code: finding.oddity.code(),
                    position: Some(finding.position),
                    subject: subject(finding.position),
                    text: finding.oddity.to_string(),
                });
                let notes = standing.certificates.iter().enumerate().flat_map(|(position, certificate)| {
                    notes(certificate).map(move |(code, text)| (position, code, text))
                });
                let notes = notes.map(|(position, code, text)| PathReason {
                    code,
                    position: Some(position),
                    subject: subject(position),
                    text,
                });
                let reasons = unusual.chain(notes).collect();
                Self { verdict: PathVerdict::Valid, reasons, path: Some(path), revocation: standing }
            }
            Err(error) => {
                let verdict = error.verdict();
                Self { verdict, reasons: vec![error.into()], path: None, revocation: standing }
            }
        }
    }

    /// What a question is that makes no sense.
    pub fn undetermined(reason: PathReason) -> Self {
        let revocation = PathStanding::default();
        Self { verdict: PathVerdict::Undetermined, reasons: vec![reason], path: None, revocation }
    }

    /// What a leaf that cannot be read is.
    pub fn unreadable(error: &CertificateError) -> Self {
        let reason =
            PathReason { code: "path.unreadable", position: Some(0), subject: None, text: error.to_string() };
        let revocation = PathStanding::default();
        Self { verdict: PathVerdict::Invalid, reasons: vec![reason], path: None, revocation }
    }
}

/// What is worth saying about a certificate that was not revoked.
fn notes(certificate: &CertificateStanding) -> impl Iterator<Item = (&'static str, String)> + use<> {
    let grace = match &certificate.then {
        Standing::Good(Good { grace_until: Some(until), as_of, .. }) => Some((
            "path.revocation_grace",
            format!("good as of {}, by a grace period until {}", as_of.in_china(), until.in_china()),
        )),
        _ => None,
    };
    let present = match &certificate.now {
        Standing::Revoked(Revocation { stated, .. }) => Some((
            "path.revoked_now",
            format!("revoked since {} ({})", stated.since.in_china(), stated.reason.name()),
        )),
        Standing::Undetermined(why) => Some(("path.revocation_open_now", format!("at present: {why}"))),
        Standing::Good(_) | Standing::Unchecked => None,
    };
    grace.into_iter().chain(present)
}

impl PathError {
    /// What a certificate is that has no path for this reason.
    pub const fn verdict(&self) -> PathVerdict {
        match self {
            Self::NoAnchor
            | Self::Untrusted { .. }
            | Self::Exhausted(_)
            | Self::Broken { fault: PathFault::RevocationOpen(_), .. } => PathVerdict::Undetermined,
            Self::Broken { .. } => PathVerdict::Invalid,
        }
    }
}

impl From<&UnusableEvidence> for PathReason {
    fn from(unusable: &UnusableEvidence) -> Self {
        Self { code: unusable.code(), position: None, subject: None, text: unusable.to_string() }
    }
}

impl From<PathError> for PathReason {
    fn from(error: PathError) -> Self {
        let text = error.to_string();
        match error {
            PathError::NoAnchor => Self { code: "path.no_anchor", position: None, subject: None, text },
            PathError::Untrusted { why, .. } => {
                Self { code: why.code(), position: None, subject: None, text }
            }
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
