//! What is known about revocation at one time, published whole.

use std::sync::Arc;

use crate::pki::revocation::{Evidence, EvidenceRules};

/// What is known. Judgements take it once and keep it to their end.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Which publication of evidence this is, counted from 0, nothing, since the gateway started. Whatever was concluded from
    /// an earlier one may be out of date.
    pub number: u64,
    /// All lists and responses.
    pub evidence: Arc<Evidence>,
    /// What is demanded of them.
    pub rules: EvidenceRules,
}
