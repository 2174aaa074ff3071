//! What was accepted under one anchor, or through one authority below it: what to look at again after a compromise.

use super::{Group, RecordedChain, RecordedVerdict};
use crate::clock::Timestamp;

/// A verdict that rests on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// Through the signer's path.
    pub signer: bool,
    /// Through the path of the maker of the seal.
    pub maker: bool,
    /// Through the path of the authority that proves the time.
    pub timestamp: bool,
}

/// Counts of them.
#[derive(Clone, Debug, Default)]
pub struct Exposure {
    /// Records that were looked at.
    pub records: u64,
    /// Verdicts among them.
    pub verdicts: u64,
    /// Genuine ones that rest on it.
    pub genuine: Group,
    /// Undetermined ones that lead to it, open for another reason.
    pub undetermined: Group,
    /// How many through a signer, a seal maker, a timestamp.
    pub by_role: [u64; 3],
    /// Verdicts of which it cannot be told, because the record is older than records of chains or the file has more signatures
    /// than a record tells of.
    pub unknown: u64,
}

impl Exposure {
    /// Counts `record` if it rests on the certificate with the SHA-256 `digest`, unless it is older than `since`.
    pub fn add(
        &mut self,
        record: &RecordedVerdict,
        digest: &str,
        since: Option<Timestamp>,
    ) -> Option<Exposed> {
        if since.is_some_and(|since| record.recorded_at() < since) {
            return None;
        }
        self.records += 1;
        if !record.is_verdict() {
            return None;
        }
        self.verdicts += 1;
        let outcome = record.outcome.as_deref();
        let open = matches!(outcome, Some("genuine" | "undetermined"));
        let Some(reliance) = &record.relies_on else {
            self.unknown += u64::from(open);
            return None;
        };
        let rests = |chain: &Option<RecordedChain>| {
            chain.as_ref().is_some_and(|chain| {
                chain.anchor.as_deref() == Some(digest) || chain.intermediates.iter().any(|one| one == digest)
            })
        };
        let any = |pick: fn(&super::RecordedSignature) -> &Option<RecordedChain>| {
            reliance.signatures.iter().any(|signature| rests(pick(signature)))
        };
        let exposed = Exposed {
            signer: any(|signature| &signature.signer),
            maker: any(|signature| &signature.maker),
            timestamp: any(|signature| &signature.timestamp),
        };
        let roles = [exposed.signer, exposed.maker, exposed.timestamp];
        if !roles.contains(&true) || !open {
            self.unknown += u64::from(open && reliance.more > 0);
            return None;
        }
        for (count, through) in self.by_role.iter_mut().zip(roles) {
            *count += u64::from(through);
        }
        if outcome == Some("genuine") {
            self.genuine.add(record)
        } else {
            self.undetermined.add(record)
        }
        Some(exposed)
    }
}
