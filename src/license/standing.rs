//! How the register of seals stands to a signature: the rule of time of proof, for seals.
//!
//! A seal that was revoked when it was used spoils the signature. One revoked later does not, if the signature is
//! shown to be older, or if it was revoked in good order; else it stays open whether the signature is older, since
//! whoever holds the seal can write any time. A suspension leaves open what it touches.

use super::Circumstances;
use crate::clock::Timestamp;
use crate::seal::{SealEvent, SealEventReason, SealRecord};
use crate::verdict::{Code, Reason, SealStanding, SealState, SignatureJudgement, TimeSource};

const PLACE: &str = "seal";

/// When a seal was used, and whether that is shown or only claimed.
#[derive(Clone, Copy)]
pub(super) struct Use {
    at: Option<Timestamp>,
    proven: bool,
}

impl Use {
    /// The use that `signature` is.
    pub(super) const fn of(signature: &SignatureJudgement) -> Self {
        let proven = !matches!(signature.time_source, TimeSource::Claimed | TimeSource::None);
        Self { at: signature.signed_at, proven }
    }

    /// A seal that is a file of its own is held against the time judged.
    pub(super) const fn now(circumstances: &Circumstances<'_>) -> Self {
        Self { at: Some(circumstances.at), proven: true }
    }
}

/// Looks up the seal of `signature`, which was used as `used` says.
pub(super) fn judge(signature: &mut SignatureJudgement, used: Use, circumstances: &Circumstances<'_>) {
    let (Some(register), Some(seal)) = (circumstances.seals, &mut signature.seal) else { return };
    let maker = seal.maker.as_ref().map(|maker| maker.sm3.as_str());
    if register.knows_all() {
        seal.standing = SealStanding { state: SealState::Clear, since: None };
    }
    for record in register.records(&seal.id, maker) {
        // What happens after the time judged is not known then.
        if record.since > circumstances.at {
            continue;
        }
        let state = match record.event {
            SealEvent::Revoked => SealState::Revoked,
            SealEvent::Suspended { until } if until.is_none_or(|until| circumstances.at < until) => {
                SealState::Suspended
            }
            SealEvent::Suspended { .. } => SealState::Clear,
        };
        let known = matches!(seal.standing.state, SealState::Revoked | SealState::Suspended);
        if state == SealState::Revoked || !known && state != SealState::Clear {
            seal.standing = SealStanding { state, since: Some(record.since) };
        }
        if let Some(code) = weigh(record, state, used) {
            signature.reasons.push(Reason::new(code, PLACE).at(record.since));
        }
    }
}

/// What `record`, by which the seal is in `state` now, says about a use of it.
fn weigh(record: &SealRecord, state: SealState, used: Use) -> Option<Code> {
    let before = used.at.is_some_and(|at| at < record.since);
    let shown = before && (used.proven || record.reason == SealEventReason::Orderly);
    match record.event {
        SealEvent::Revoked if shown => Some(Code::SealRevokedSince),
        SealEvent::Revoked if used.at.is_some() && !before => Some(Code::SealRevoked),
        SealEvent::Revoked => Some(Code::SealRevokedUnproven),
        SealEvent::Suspended { until } => {
            let after = until.is_some_and(|until| used.at.is_some_and(|at| at >= until));
            match state {
                _ if used.at.is_some() && !before && !after => Some(Code::SealSuspended),
                SealState::Suspended if shown => Some(Code::SealRevokedSince),
                SealState::Suspended => Some(Code::SealSuspended),
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_seconds(day * 86_400)
    }

    #[test]
    fn time_of_proof_decides() {
        use SealEventReason::{Compromised, Orderly, Unstated};
        let revoked = SealEvent::Revoked;
        let on_hold = SealEvent::Suspended { until: None };
        let lifted = SealEvent::Suspended { until: Some(at(20)) };
        let (active, clear) = (SealState::Suspended, SealState::Clear);
        // Every record takes effect on day 10.
        for (event, state, reason, used, proven, expected) in [
            (revoked, SealState::Revoked, Orderly, Some(10), false, Some(Code::SealRevoked)),
            (revoked, SealState::Revoked, Unstated, Some(11), true, Some(Code::SealRevoked)),
            (revoked, SealState::Revoked, Compromised, Some(9), true, Some(Code::SealRevokedSince)),
            (revoked, SealState::Revoked, Orderly, Some(9), false, Some(Code::SealRevokedSince)),
            (revoked, SealState::Revoked, Unstated, Some(9), false, Some(Code::SealRevokedUnproven)),
            (revoked, SealState::Revoked, Compromised, Some(9), false, Some(Code::SealRevokedUnproven)),
            (revoked, SealState::Revoked, Orderly, None, false, Some(Code::SealRevokedUnproven)),
            (on_hold, active, Unstated, Some(11), true, Some(Code::SealSuspended)),
            (on_hold, active, Unstated, Some(9), false, Some(Code::SealSuspended)),
            (on_hold, active, Unstated, Some(9), true, Some(Code::SealRevokedSince)),
            (on_hold, active, Unstated, None, false, Some(Code::SealSuspended)),
            (lifted, clear, Unstated, Some(15), true, Some(Code::SealSuspended)),
            (lifted, clear, Unstated, Some(9), false, None),
            (lifted, clear, Unstated, Some(20), false, None),
        ] {
            let record = SealRecord { maker: None, event, since: at(10), reason };
            let used = Use { at: used.map(at), proven };
            assert_eq!(weigh(&record, state, used), expected, "{record:?} {:?} {proven}", used.at);
        }
    }
}
