//! What all kinds of signature have in common: the signer's certificate and the time.

use super::Circumstances;
use crate::budget::{Budget, Exhausted};
use crate::crypto::SignatureAlgorithm;
use crate::pki::{Certificate, Role, Setting, assess};
use crate::timestamp::Moment;
use crate::verdict::{Chain, Code, Reason, TimeSource};

const PLACE: &str = "signer";

/// Judges the signer's certificate at the time of signing, as far as `moment` tells that, and its state now.
pub(super) fn judge_certificate(
    certificate: &Certificate,
    beside: &[Certificate],
    moment: &Moment,
    circumstances: &Circumstances<'_>,
    reasons: &mut Vec<Reason>,
    budget: &mut Budget,
) -> Result<Chain, Exhausted> {
    let when = moment.at.unwrap_or(circumstances.at);
    budget.trace_mut().compared_with(certificate.validity());
    if !certificate.valid_at(when) {
        let code = Code::ChainSignerOutOfDate;
        reasons.push(Reason::new(code, PLACE).outside(when, certificate.validity()));
    } else if circumstances.at > certificate.not_after {
        reasons.push(Reason::new(Code::ChainExpiredNow, PLACE).at(certificate.not_after));
    }
    let Circumstances { anchors, revocation, at: present, .. } = *circumstances;
    let (role, moment) = (Role::Signer, moment.used());
    let setting = Setting { beside, anchors, revocation, role, moment, present, place: PLACE };
    let (chain, found) = assess(certificate, &setting, budget)?;
    reasons.extend(found);
    Ok(chain)
}

/// Weighs the time of signing: a proven one needs no more, since a timestamp from the future proves nothing.
pub(super) fn judge_time(moment: &Moment, circumstances: &Circumstances<'_>, reasons: &mut Vec<Reason>) {
    match moment.at {
        None => reasons.push(Reason::new(Code::SignatureTimeMissing, "")),
        Some(_) if moment.source == TimeSource::Timestamp => {}
        Some(at) if at > circumstances.at.plus_millis(circumstances.skew_millis) => {
            reasons.push(Reason::new(Code::SignatureTimeFuture, "").at(at));
        }
        Some(_) => reasons.push(Reason::new(Code::SignatureTimeClaimedOnly, "")),
    }
}

/// Compares the algorithm that the document names with the one in the signature.
pub(super) fn judge_method(named: Option<&str>, used: Option<SignatureAlgorithm>, reasons: &mut Vec<Reason>) {
    let Some(named) = named.filter(|named| !named.is_empty()) else { return };
    if SignatureAlgorithm::from_oid(named) != used {
        reasons.push(Reason::new(Code::SignatureAlgorithmDiffers, "").quoting(named));
    }
}
