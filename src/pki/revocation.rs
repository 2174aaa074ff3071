//! Revocation (吊销): lists (CRL, RFC 5280 §5 and §6.3) and OCSP responses (RFC 6960), weighed against the time judged.
//! Pure judgement: evidence is given as bytes, times as arguments. Fetching and keeping evidence is done elsewhere.

mod answer;
mod attestation;
mod check;
mod distribution;
mod entries;
mod evidence;
mod found;
mod freshness;
mod list;
mod path;
mod reason;
mod standing;
mod weigh;

pub use self::answer::{Answer, AnswerError};
pub use self::check::{IssuerPaths, NoOtherSigners, RevocationCheck, RevocationMode};
pub use self::distribution::{DistributionPoint, Scope, Subjects};
pub use self::entries::Revoked;
pub use self::evidence::{Evidence, UnusableEvidence};
pub use self::freshness::EvidenceRules;
pub use self::list::{List, ListError, ListLimits, ListNumber, lists_in};
pub use self::path::{JudgedPath, RevocationTerms, validate_with_revocation};
pub use self::reason::{Reasons, RevocationReason};
pub use self::standing::{CertificateStanding, Good, PathStanding, Revocation, Source, Standing, Why};
pub use self::weigh::{Moment, TimeBasis};
