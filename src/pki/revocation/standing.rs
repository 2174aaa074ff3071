//! What was found about one certificate: good, revoked, open or not asked, each with what it rests on.

use std::fmt;

use super::entries::Revoked;
use super::list::ListNumber;
use crate::clock::Timestamp;
use crate::crypto::Digest;

/// Where a statement about a certificate stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A list.
    List {
        /// SM3 of its bytes.
        digest: Digest,
        /// Its number, if it has one.
        number: Option<ListNumber>,
    },
    /// An OCSP response.
    Answer {
        /// SM3 of its bytes.
        digest: Digest,
    },
}

/// Shown not to be revoked at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Good {
    /// The state of things that this rests on: thisUpdate of the source.
    pub as_of: Timestamp,
    /// When newer information was announced for at the latest: its nextUpdate.
    pub next_update: Option<Timestamp>,
    /// What says so.
    pub source: Source,
    /// The end of the anchor's grace period, if the source was past its nextUpdate.
    pub grace_until: Option<Timestamp>,
    /// How it was revoked after the time judged, if it was.
    pub revoked_later: Option<Revoked>,
}

/// Revoked at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Date, reason and invalidity date as stated.
    pub stated: Revoked,
    /// The state of things that this rests on: thisUpdate of the source.
    pub as_of: Timestamp,
    /// What says so.
    pub source: Source,
}

/// Why it stays open whether a certificate was revoked. Ordered, so that of several the most telling is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Nothing that was given speaks of the certificate.
    Missing,
    /// What speaks of it is not signed by a key that may.
    Unverified,
    /// What speaks of it is signed in a way that can be forged today.
    WeaklySigned,
    /// The certificate of whoever signed it has no shown state of its own.
    IssuerOpen,
    /// The responder does not know the certificate.
    UnknownToResponder,
    /// What speaks of it covers some reasons only.
    ReasonsUncovered,
    /// What speaks of it was made after the certificate expired, when it would have been dropped.
    HistoryMissing,
    /// What speaks of it should have been replaced before the time judged.
    Stale {
        /// Its nextUpdate.
        since: Timestamp,
    },
    /// Revoked later, in a way that makes a claimed time worthless, and only claimed is the time judged.
    TimeUnproven {
        /// When it was revoked.
        revoked: Timestamp,
    },
    /// Revoked later for a compromise whose date is not stated.
    CompromiseUndated {
        /// When it was revoked.
        revoked: Timestamp,
    },
    /// Suspended: may still be revoked, or released.
    OnHold {
        /// Since when.
        since: Timestamp,
    },
}

impl Why {
    /// The stable name on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "path.revocation_missing",
            Self::Unverified => "path.revocation_unverified",
            Self::WeaklySigned => "path.revocation_weakly_signed",
            Self::IssuerOpen => "path.revocation_issuer_open",
            Self::UnknownToResponder => "path.revocation_unknown",
            Self::ReasonsUncovered => "path.revocation_reasons_uncovered",
            Self::HistoryMissing => "path.revocation_history_missing",
            Self::Stale { .. } => "path.revocation_stale",
            Self::TimeUnproven { .. } => "path.revocation_time_unproven",
            Self::CompromiseUndated { .. } => "path.revocation_compromise_undated",
            Self::OnHold { .. } => "path.revocation_on_hold",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no list or answer speaks of the certificate"),
            Self::Unverified => f.write_str("no list or answer about it is signed by a key that may"),
            Self::WeaklySigned => f.write_str("the list or answer is signed in a way that can be forged"),
            Self::IssuerOpen => f.write_str("whether the signer of the list or answer was revoked is open"),
            Self::UnknownToResponder => f.write_str("the responder does not know the certificate"),
            Self::ReasonsUncovered => f.write_str("the lists cover some reasons only"),
            Self::HistoryMissing => f.write_str("the lists were made after the certificate expired"),
            Self::Stale { since } => {
                write!(f, "the list or answer should have been replaced at {}", since.in_china())
            }
            Self::TimeUnproven { revoked } => {
                write!(f, "revoked at {}, and the earlier time is only claimed", revoked.in_china())
            }
            Self::CompromiseUndated { revoked } => {
                write!(f, "revoked at {} for a compromise of unknown date", revoked.in_china())
            }
            Self::OnHold { since } => write!(f, "on hold since {}", since.in_china()),
        }
    }
}

/// What was found about a certificate at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not revoked.
    Good(Good),
    /// Revoked.
    Revoked(Revocation),
    /// Not shown.
    Undetermined(Why),
    /// Not asked.
    Unchecked,
}

impl Standing {
    /// How much it speaks against the certificate; more is worse.
    const fn weight(&self) -> u8 {
        match self {
            Self::Good(_) | Self::Unchecked => 0,
            Self::Undetermined(_) => 1,
            Self::Revoked(_) => 2,
        }
    }

    /// Whether nothing is held against the certificate: it is good, or nobody asked.
    pub const fn is_clear(&self) -> bool {
        self.weight() == 0
    }
}

/// One certificate of a path, then and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateStanding {
    /// At the time judged.
    pub then: Standing,
    /// At present; for an expired certificate, at the end of its validity.
    pub now: Standing,
}

/// The certificates of a path below its anchor, leaf first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathStanding {
    /// One for each certificate.
    pub certificates: Vec<CertificateStanding>,
}

impl PathStanding {
    /// The position on the path, and the state at the time judged, of the certificate that spoils the path most;
    /// `None` if none does.
    pub fn worst(&self) -> Option<(usize, &Standing)> {
        let then = self.certificates.iter().map(|certificate| &certificate.then).enumerate();
        // Of equals the highest on the path counts, since whatever is below depends on it.
        then.filter(|(_, standing)| !standing.is_clear()).max_by_key(|(_, standing)| standing.weight())
    }
}
