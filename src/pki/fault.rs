//! Why there is no valid path: what is wrong with which certificate of it.

use super::anchors::Untrusted;
use super::host::NotNamed;
use super::revocation::{Revoked, Why};
use crate::budget::Exhausted;
use crate::clock::Timestamp;

/// Why there is no valid path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No path leads to an anchor.
    #[error("no path leads to a trust anchor")]
    NoAnchor,
    /// A path leads to an anchor, which is trusted for something else or at another time.
    #[error("the path leads to the trust anchor `{anchor}`, which {why}")]
    Untrusted {
        /// The name of its entry.
        anchor: String,
        /// Why it does not count.
        why: Untrusted,
    },
    /// A path leads there, but a certificate on it does not hold.
    #[error("`{subject}`: {fault}")]
    Broken {
        /// Which certificate, counted from the leaf, which is 0.
        position: usize,
        /// The subject of that certificate.
        subject: String,
        /// What is wrong with it.
        fault: PathFault,
    },
    /// The budget is used up.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
}

/// What is wrong with a certificate on a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// The certificate may not sign others.
    #[error("the certificate is not an authority's")]
    NotAuthority,
    /// The certificate's key usage or purposes do not allow its part.
    #[error("the key usage does not allow this ({0})")]
    KeyUsage(&'static str),
    /// The certificate states purposes, and none of those that were asked for.
    #[error("the certificate is not for the purpose asked for")]
    Purpose,
    /// More authorities follow than one above allows.
    #[error("more authorities follow than allowed")]
    PathLength,
    /// The issuer's key did not make the signature.
    #[error("the issuer's signature does not hold")]
    Signature,
    /// The signature or the issuer's key cannot be checked.
    #[error("the signature algorithm `{0}` cannot be checked with the issuer's key")]
    Algorithm(String),
    /// An extension that must be understood is not.
    #[error("extension `{0}` must be understood and is not")]
    UnhandledCritical(String),
    /// A certificate that is no authority's constrains the names of others (RFC 5280 §4.2.1.10).
    #[error("name constraints in a certificate that is not an authority's")]
    MisplacedConstraints,
    /// A name is outside what an authority above may certify.
    #[error("a name is outside the name constraints above it")]
    NameConstraints,
    /// The path is not valid for any policy that is acceptable, and one is required.
    #[error("no acceptable certificate policy is left, and one is required")]
    Policies,
    /// anyPolicy stands in a policy mapping (RFC 5280 §6.1.4 a).
    #[error("a policy mapping names anyPolicy")]
    AnyPolicyMapped,
    /// The certificate was not valid at the time.
    #[error("not valid at {}", .0.in_china())]
    Dates(Timestamp),
    /// The certificate is not of the host that was asked for.
    #[error(transparent)]
    Host(#[from] NotNamed),
    /// The certificate was revoked at the time.
    #[error("revoked since {} ({})", .0.since.in_china(), .0.reason.name())]
    Revoked(Revoked),
    /// Whether the certificate was revoked at the time is not shown.
    #[error("revocation is open: {0}")]
    RevocationOpen(Why),
    /// A check of the caller's own does not let the path pass.
    #[error("{0}")]
    Objection(String),
}

impl PathFault {
    /// The stable name on the wire.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAuthority => "path.not_authority",
            Self::KeyUsage(_) => "path.key_usage",
            Self::Purpose => "path.purpose",
            Self::PathLength => "path.length",
            Self::Signature => "path.signature",
            Self::Algorithm(_) => "path.algorithm",
            Self::UnhandledCritical(_) => "path.critical_extension",
            Self::MisplacedConstraints => "path.name_constraints_misplaced",
            Self::NameConstraints => "path.name_constraints",
            Self::Policies => "path.policies",
            Self::AnyPolicyMapped => "path.any_policy_mapped",
            Self::Dates(_) => "path.dates",
            Self::Host(_) => "path.host",
            Self::Revoked(_) => "path.revoked",
            Self::RevocationOpen(why) => why.code(),
            Self::Objection(_) => "path.objection",
        }
    }

    /// Whether an authority has this fault on every path that it is on.
    pub(super) const fn is_of_certificate(&self) -> bool {
        matches!(
            self,
            Self::NotAuthority
                | Self::KeyUsage(_)
                | Self::UnhandledCritical(_)
                | Self::Dates(_)
                | Self::AnyPolicyMapped
        )
    }
}

/// What ends the judgement of one candidate path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// The certificate at this position, counted from the leaf, is at fault; another path may be without it.
    Fault(usize, PathFault),
    /// The budget is used up, and with it the whole search.
    Exhausted(Exhausted),
}

impl From<Exhausted> for Objection {
    fn from(exhausted: Exhausted) -> Self {
        Self::Exhausted(exhausted)
    }
}

impl PathError {
    /// How much an error says: what is wrong with one path says more than that another leads nowhere, and that a
    /// signature fails may only mean that another authority of the same name made it.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::NoAnchor | Self::Untrusted { .. } => 0,
            Self::Broken { fault: PathFault::Signature, .. } => 1,
            Self::Broken { .. } => 2,
            Self::Exhausted(_) => 3,
        }
    }
}
