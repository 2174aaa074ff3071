//! Judges a bare signature value: no structure around it and no certificate in it.

use super::Circumstances;
use super::signer::{judge_certificate, judge_method, judge_time};
use super::value::{Subject, blank};
use crate::budget::{Budget, Exhausted};
use crate::crypto::SignatureAlgorithm;
use crate::pki::{Certificate, SignatureValue, check_value};
use crate::timestamp::Moment;
use crate::verdict::{Code, Integrity, Reason, SignatureJudgement, SignatureKind, Signer};

/// Judges `bytes` as a bare SM2 signature over `subject`, with the certificate that was given beside the file.
pub(super) fn judge(
    bytes: &[u8],
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let absent = Reason::new(Code::SignatureCertificateAbsent, "signer");
    let mut judgement = blank(SignatureKind::Bare, Integrity::Unchecked, absent);
    let moment = Moment::claimed(subject.time);
    judgement.signed_at = moment.at;
    judgement.time_source = moment.source;
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
    let signature = SignatureValue {
        algorithm: Some(algorithm),
        named: algorithm.oid(),
        key: signer.key.as_ref().ok(),
        message: content,
        value: bytes,
        place: "",
        broken: Code::SignatureBroken,
    };
    let integrity = check_value(&signature, &mut reasons, budget)?;
    let setting = circumstances.timestamps("timestamp");
    let moment = Moment::settle(subject.time, subject.proven(), &[signer.validity()], &setting, &mut reasons);
    judge_time(&moment, circumstances, &mut reasons);
    let chain = judge_certificate(signer, &[], moment.at, circumstances, &mut reasons, budget)?;
    let mut judgement = blank(SignatureKind::Bare, integrity, Reason::new(Code::SignatureContentAbsent, ""));
    judgement.signer = Some(Signer::from(signer));
    judgement.signed_at = moment.at;
    judgement.time_source = moment.source;
    judgement.timestamp = subject.stamp.map(|stamp| stamp.facts.clone());
    judgement.chain = chain;
    judgement.reasons = reasons;
    Ok(judgement)
}
