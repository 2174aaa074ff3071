//! A stated revocation against the time judged: date, reason and invalidity date, and whether the time is shown.
//! The rules are those of ETSI EN 319 102-1 §5.2.10, made stricter for compromises without a date.

use super::entries::Revoked;
use super::reason::RevocationReason;
use super::standing::Why;
use crate::clock::Timestamp;

/// How it is known when something was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeBasis {
    /// By a timestamp, a record or a registration: whoever held the key later cannot have made it up.
    Shown,
    /// By the signer's word alone.
    Claimed,
}

/// The time that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// How it is known.
    pub proof: TimeBasis,
}

/// What a stated revocation means for the time judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Revoked at the time.
    Revoked,
    /// Open.
    Open(Why),
    /// Revoked later, in a way that leaves the time untouched.
    Later,
}

/// Weighs `stated` against `moment`.
pub(super) fn weigh(stated: &Revoked, moment: Moment) -> Weight {
    let Revoked { since, reason, invalid_since } = *stated;
    let start = invalid_since.map_or(since, |invalid| invalid.min(since));
    match reason {
        RevocationReason::CertificateHold if start > moment.at && moment.proof == TimeBasis::Shown => {
            Weight::Later
        }
        RevocationReason::CertificateHold => Weight::Open(Why::OnHold { since: start }),
        _ if start <= moment.at => Weight::Revoked,
        // The compromise came before somebody noticed; nobody says how long.
        _ if reason.is_compromise() && invalid_since.is_none() => {
            Weight::Open(Why::CompromiseUndated { revoked: since })
        }
        // Whoever has the key can claim any time. Who states no reason may mean this one.
        _ if moment.proof == TimeBasis::Claimed
            && (reason.is_compromise() || reason == RevocationReason::Unspecified) =>
        {
            Weight::Open(Why::TimeUnproven { revoked: since })
        }
        _ => Weight::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_date_and_proof_decide_together() {
        use RevocationReason as R;
        use TimeBasis::{Claimed, Shown};
        let at = Timestamp::from_seconds;
        let unproven = Weight::Open(Why::TimeUnproven { revoked: at(100) });
        let undated = Weight::Open(Why::CompromiseUndated { revoked: at(100) });
        let hold = Weight::Open(Why::OnHold { since: at(100) });
        // Revoked at 100; reason, invalidity date, time judged, proof, expected.
        let cases = [
            (R::Superseded, None, 99, Shown, Weight::Later),
            (R::Superseded, None, 99, Claimed, Weight::Later),
            (R::Superseded, None, 100, Shown, Weight::Revoked),
            (R::Superseded, Some(50), 60, Shown, Weight::Revoked),
            (R::CessationOfOperation, Some(150), 120, Shown, Weight::Revoked),
            (R::Unspecified, None, 99, Shown, Weight::Later),
            (R::Unspecified, None, 99, Claimed, unproven),
            (R::Unspecified, None, 100, Claimed, Weight::Revoked),
            (R::KeyCompromise, None, 99, Shown, undated),
            (R::KeyCompromise, None, 99, Claimed, undated),
            (R::KeyCompromise, None, 100, Shown, Weight::Revoked),
            (R::KeyCompromise, Some(50), 49, Shown, Weight::Later),
            (R::KeyCompromise, Some(50), 49, Claimed, unproven),
            (R::AuthorityCompromise, Some(50), 50, Shown, Weight::Revoked),
            (R::AttributeAuthorityCompromise, None, 1, Shown, undated),
            (R::CertificateHold, None, 99, Shown, Weight::Later),
            (R::CertificateHold, None, 99, Claimed, hold),
            (R::CertificateHold, None, 100, Shown, hold),
        ];
        for (reason, invalid, judged, proof, expected) in cases {
            let stated = Revoked { since: at(100), reason, invalid_since: invalid.map(at) };
            let moment = Moment { at: at(judged), proof };
            assert_eq!(weigh(&stated, moment), expected, "{reason:?} {invalid:?} {judged} {proof:?}");
        }
    }
}
