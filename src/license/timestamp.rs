//! Checks a timestamp (时间戳, RFC 3161, GB/T 20520) over given bytes: its CMS, and that it is over these bytes.
//! It does not judge the authority that made it, so nothing yet relies on the time inside.

use super::Circumstances;
use super::cms::check;
use super::ses::worse;
use super::value::{Subject, blank, unreadable};
use crate::asn1::ber;
use crate::budget::{Budget, Exhausted};
use crate::crypto::DigestAlgorithm;
use crate::document::cms::{SignedData, TimestampInfo};
use crate::verdict::{Code, Integrity, Reason, SignatureJudgement, SignatureKind, Signer, TimeSource};

/// Judges `bytes` as a timestamp over `message`.
pub(super) fn judge(
    bytes: &[u8],
    message: &[u8],
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let depth = budget.limits().asn1_depth;
    let kind = SignatureKind::Timestamp;
    let (der, was_ber) = match ber::transcode(bytes, depth) {
        Ok(transcoded) => transcoded,
        Err(error) => return Ok(unreadable(kind, error)),
    };
    let data = match SignedData::parse(&der, depth) {
        Ok(data) if data.content_type == TimestampInfo::CONTENT_TYPE => data,
        Ok(_) => return Ok(unreadable(kind, "the content is not that of a timestamp")),
        Err(error) => return Ok(unreadable(kind, error)),
    };
    let info = match TimestampInfo::parse(data.content.unwrap_or_default(), depth) {
        Ok(info) => info,
        Err(error) => return Ok(unreadable(kind, error)),
    };
    let [signer] = data.signers.as_slice() else {
        let reason = Reason::new(Code::SignatureSignersNotOne, "").with(data.signers.len());
        return Ok(blank(kind, Integrity::Unchecked, reason));
    };
    let mut reasons = vec![Reason::new(Code::SignatureTimeUnchecked, "")];
    if was_ber {
        reasons.push(Reason::new(Code::SignatureBer, ""));
    }
    let checked = check(&data, signer, &Subject::default(), circumstances, &mut reasons, budget)?;
    let digest = DigestAlgorithm::from_oid(&info.digest);
    let imprint = match digest {
        None => {
            reasons.push(Reason::new(Code::SignatureAlgorithm, "").with(&info.digest));
            Integrity::Unchecked
        }
        Some(digest) if digest.digest(message).as_ref() == info.imprint => Integrity::Intact,
        Some(_) => {
            reasons.push(Reason::new(Code::SignatureContentMismatch, ""));
            Integrity::Broken
        }
    };
    if digest == Some(DigestAlgorithm::Sha1) {
        reasons.push(Reason::new(Code::SignatureWeak, "").with("sha1"));
    }
    let mut judgement =
        blank(kind, worse(checked.integrity, imprint), Reason::new(Code::SignatureTimeUnchecked, ""));
    judgement.signer = checked.signer.as_ref().map(Signer::from);
    judgement.signed_at = Some(info.time);
    judgement.time_source = TimeSource::Claimed;
    judgement.reasons = reasons;
    Ok(judgement)
}
