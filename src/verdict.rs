//! What a judgement says: verdicts, reasons, and the facts beside them.
//! It computes no verdict about bytes; it only keeps verdict and reasons consistent with each other.

mod indication;
mod judgement;
mod license;
mod phrase;
mod reason;
mod revocation;
mod wire;

use serde::Serialize;

pub use self::indication::{Indication, StandardVerdict, SubIndication};
pub use self::judgement::{
    Chain, ChainEnd, ChainState, Coverage, EntryList, Format, Integrity, Judgement, Seal, SealStanding,
    SealState, SignatureJudgement, SignatureKind, Signer, SubjectNames, TimeProof, TimeSource,
};
pub use self::license::{
    Copy, CopyKind, Dates, Holder, Issuer, License, LicenseValue, State, Status, StatusSource, Usable,
    ValueSource,
};
pub use self::phrase::chinese;
pub use self::reason::{Code, Language, Reason, Severity};
pub use self::revocation::{PathRevocation, RevocationFact, RevocationState};

/// Three-valued, as ETSI EN 319 102-1. Ordered from best to worst, so that the worst of several is their maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Whole, sealed by whom it says, under trust that was given.
    Genuine,
    /// Neither shown to be genuine nor shown not to be.
    Undetermined,
    /// Shown not to be genuine.
    NotGenuine,
}

impl Verdict {
    /// The best verdict that `reasons` leave possible.
    pub fn under(reasons: &[Reason]) -> Self {
        reasons.iter().map(|reason| reason.code.ceiling()).max().unwrap_or(Self::Genuine)
    }

    /// The verdict as its wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Undetermined => "undetermined",
            Self::NotGenuine => "not_genuine",
        }
    }
}
