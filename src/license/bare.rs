//! Judges a bare signature value: no structure around it and no certificate in it.

use super::Circumstances;
use super::signer::{check_value, judge_certificate, judge_method, judge_time};
use super::value::{Subject, blank};
use crate::budget::{Budget, Exhausted};
use crate::crypto::SignatureAlgorithm;
use crate::verdict::{Code, Integrity, Reason, SignatureJudgement, SignatureKind, Signer, TimeSource};

/// Judges `bytes` as a bare SM2 signature over `subject`, with the certificate that was given beside the file.
pub(super) fn judge(
    bytes: &[u8],
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let absent = Reason::new(Code::SignatureCertificateAbsent, "signer");
    let mut judgement = blank(SignatureKind::Bare, Integrity::Unchecked, absent);
    judgement.signed_at = subject.time;
    if subject.time.is_some() {
        judgement.time_source = TimeSource::Claimed;
    }
    let (Some(signer), Some(content)) = (circumstances.signer, subject.content) else { return Ok(judgement) };
    let mut reasons = vec![Reason::new(Code::SignatureCertificateGiven, "signer")];
    let algorithm = Some(SignatureAlgorithm::Sm2Sm3);
    judge_method(subject.method, algorithm, &mut reasons);
    let key = signer.key.as_ref().ok();
    judgement.integrity = check_value(algorithm, key, content, bytes, &mut reasons, budget)?;
    judge_time(subject.time, circumstances, &mut reasons);
    judgement.chain = judge_certificate(signer, &[], subject.time, circumstances, &mut reasons, budget)?;
    judgement.signer = Some(Signer::from(signer));
    judgement.reasons = reasons;
    Ok(judgement)
}
