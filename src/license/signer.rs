//! What all kinds of signature have in common: the check of the value, the signer's certificate, the time.

use super::Circumstances;
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::crypto::{Encoding, PublicKey, SignatureAlgorithm, VerifyError};
use crate::pki::{Certificate, Role, Setting, assess};
use crate::timestamp::Moment;
use crate::verdict::{Chain, Code, Integrity, Reason, TimeSource};

const PLACE: &str = "signer";

/// Checks `value` over `message` with `certificate`'s key.
pub(super) fn check_value(
    algorithm: Option<SignatureAlgorithm>,
    key: Option<&PublicKey>,
    message: &[u8],
    value: &[u8],
    reasons: &mut Vec<Reason>,
    budget: &mut Budget,
) -> Result<Integrity, Exhausted> {
    budget.signature_check()?;
    let (Some(algorithm), Some(key)) = (algorithm, key) else {
        reasons.push(Reason::new(Code::SignatureAlgorithm, ""));
        return Ok(Integrity::Unchecked);
    };
    if algorithm == SignatureAlgorithm::RsaSha1 {
        reasons.push(Reason::new(Code::SignatureWeak, ""));
    }
    Ok(match algorithm.verify(key, message, value) {
        Ok(Encoding::Der) => Integrity::Intact,
        Ok(Encoding::Loose) => {
            reasons.push(Reason::new(Code::SignatureEncodingLoose, ""));
            Integrity::Intact
        }
        Ok(Encoding::Raw) => {
            reasons.push(Reason::new(Code::SignatureEncodingRaw, ""));
            Integrity::Intact
        }
        Err(VerifyError::KeyMismatch) => {
            reasons.push(Reason::new(Code::SignatureAlgorithm, ""));
            Integrity::Unchecked
        }
        Err(VerifyError::Malformed | VerifyError::Mismatch) => {
            reasons.push(Reason::new(Code::SignatureBroken, ""));
            Integrity::Broken
        }
    })
}

/// Judges the signer's certificate at the time of signing, and its state now.
pub(super) fn judge_certificate(
    certificate: &Certificate,
    beside: &[Certificate],
    signed_at: Option<Timestamp>,
    circumstances: &Circumstances<'_>,
    reasons: &mut Vec<Reason>,
    budget: &mut Budget,
) -> Result<Chain, Exhausted> {
    let when = signed_at.unwrap_or(circumstances.at);
    let dates = format!("{} to {}", certificate.not_before, certificate.not_after);
    if !certificate.valid_at(when) {
        let code = Code::ChainSignerOutOfDate;
        reasons.push(Reason::new(code, PLACE).with(format!("{when}, {dates}")));
    } else if !certificate.valid_at(circumstances.at) {
        reasons.push(Reason::new(Code::ChainExpiredNow, PLACE).with(certificate.not_after));
    }
    let anchors = circumstances.anchors;
    let setting = Setting { beside, anchors, role: Role::Signer, at: when, place: PLACE };
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
            reasons.push(Reason::new(Code::SignatureTimeFuture, "").with(at));
        }
        Some(_) => reasons.push(Reason::new(Code::SignatureTimeClaimedOnly, "")),
    }
}

/// Compares the algorithm that the document names with the one in the signature.
pub(super) fn judge_method(named: Option<&str>, used: Option<SignatureAlgorithm>, reasons: &mut Vec<Reason>) {
    let Some(named) = named.filter(|named| !named.is_empty()) else { return };
    if SignatureAlgorithm::from_oid(named) != used {
        reasons.push(Reason::new(Code::SignatureAlgorithmDiffers, "").with(named));
    }
}
