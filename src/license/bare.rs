//! Judges a bare signature value: no structure around it and no certificate in it.

use super::Circumstances;
use super::signer::{check_value, judge_certificate, judge_method, judge_time};
use super::value::{Subject, blank};
use crate::budget::{Budget, Exhausted};
use crate::crypto::SignatureAlgorithm;
use crate::pki::Certificate;
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
    let Some(signer) = circumstances.signer.filter(|_| subject.content.is_some()) else {
        return Ok(judgement);
    };
    let mut judgement = check(bytes, SignatureAlgorithm::Sm2Sm3, signer, subject, circumstances, budget)?;
    judgement.reasons.insert(0, Reason::new(Code::SignatureCertificateGiven, "signer"));
    Ok(judgement)
}

/// Judges `bytes` as the bare value of a signature by `signer` over `subject`.
pub(super) fn check(
    bytes: &[u8],
    algorithm: SignatureAlgorithm,
    signer: &Certificate,
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let Some(content) = subject.content else {
        let absent = Reason::new(Code::SignatureContentAbsent, "");
        return Ok(blank(SignatureKind::Bare, Integrity::Unchecked, absent));
    };
    let mut reasons = Vec::new();
    judge_method(subject.method, Some(algorithm), &mut reasons);
    let key = signer.key.as_ref().ok();
    let integrity = check_value(Some(algorithm), key, content, bytes, &mut reasons, budget)?;
    judge_time(subject.time, circumstances, &mut reasons);
    let chain = judge_certificate(signer, &[], subject.time, circumstances, &mut reasons, budget)?;
    Ok(SignatureJudgement {
        id: String::new(),
        kind: SignatureKind::Bare,
        integrity,
        signer: Some(Signer::from(signer)),
        seal: None,
        signed_at: subject.time,
        time_source: if subject.time.is_some() { TimeSource::Claimed } else { TimeSource::None },
        chain,
        coverage: None,
        reasons,
    })
}
