//! What a judgement says about the revocation (吊销) of a path: then, now, and as of when. It weighs nothing.

use serde::Serialize;

use super::wire::wire_names;
use crate::clock::Timestamp;

wire_names! {
    /// Whether certificates of a path were revoked at one time.
    RevocationState {
        /// None was.
        Good = "good",
        /// One was.
        Revoked = "revoked",
        /// What is known does not tell.
        Undetermined = "undetermined",
        /// It was not asked: the anchor states no sources, and nothing was given.
        Unchecked = "unchecked",
    }
}

/// What is known for one time; of several certificates that which tells most against the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RevocationFact {
    /// The state.
    pub state: RevocationState,
    /// The state of things that this rests on: thisUpdate of the oldest list or answer that was needed.
    pub as_of: Option<Timestamp>,
    /// When newer information was announced for at the latest, by the first of them.
    pub next_update: Option<Timestamp>,
    /// The end of the anchor's grace period, if one of them was past its nextUpdate.
    pub grace_until: Option<Timestamp>,
}

impl RevocationFact {
    /// Nothing rests on anything.
    pub const fn bare(state: RevocationState) -> Self {
        Self { state, as_of: None, next_update: None, grace_until: None }
    }
}

/// The revocation of the certificates below the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PathRevocation {
    /// At the time that counts for the signature, seal or timestamp.
    pub then: RevocationFact,
    /// At the time judged.
    pub now: RevocationFact,
}

impl PathRevocation {
    /// Not asked.
    pub const fn unchecked() -> Self {
        let unchecked = RevocationFact::bare(RevocationState::Unchecked);
        Self { then: unchecked, now: unchecked }
    }
}
