//! Judges a bare signature value: no structure around it and no certificate in it.

use super::Circumstances;
use super::content::Content;
use super::signer::{judge_certificate, judge_method, judge_time};
use super::value::{Subject, blank};
use crate::budget::{Budget, Exhausted};
use crate::crypto::{PublicKey, SignatureAlgorithm, is_two_integers, is_value_length};
use crate::pki::{Certificate, SignatureValue, check_value};
use crate::timestamp::Moment;
use crate::verdict::{Code, Integrity, Reason, SignatureJudgement, SignatureKind, Signer};

/// Whether `bytes` have the shape of a bare value: two INTEGERs, or what the key of the certificate given beside can
/// have made. Without a certificate, 64 bytes or a block of RSA could be anything.
pub(super) fn fits(bytes: &[u8], circumstances: &Circumstances<'_>) -> bool {
    is_two_integers(bytes) || key(circumstances).is_some_and(|key| key.may_have_made(bytes))
}

/// The same where something is known to be a signature, which without a certificate beside has at least the length of one.
pub(super) fn may_be(bytes: &[u8], circumstances: &Circumstances<'_>) -> bool {
    fits(bytes, circumstances) || circumstances.signer.is_none() && is_value_length(bytes.len())
}

fn key<'a>(circumstances: &Circumstances<'a>) -> Option<&'a PublicKey> {
    circumstances.signer?.key.as_ref().ok()
}

/// Judges `bytes` as a bare signature over `subject`, with the certificate that was given beside the file.
pub(super) fn judge(
    bytes: &[u8],
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let Some(signer) = circumstances.signer else {
        let absent = Reason::new(Code::SignatureCertificateAbsent, "signer");
        let mut judgement = blank(SignatureKind::Bare, Integrity::Unchecked, absent);
        let moment = Moment::claimed(subject.time);
        judgement.signed_at = moment.at;
        judgement.time_source = moment.source;
        return Ok(judgement);
    };
    // The value names no algorithm. To pass under any of those that the key allows is as hard as under the one meant.
    let algorithms = key(circumstances).map_or(&[SignatureAlgorithm::Sm2Sm3][..], PublicKey::algorithms);
    let mut judgement = check(bytes, algorithms, signer, subject, circumstances, budget)?;
    // Unless the document names one of these, the value may be sound under an algorithm that is not known here.
    let named = subject.method.and_then(SignatureAlgorithm::from_oid);
    let is_tried = named.is_some_and(|named| algorithms.contains(&named));
    if !is_tried && key(circumstances).is_some_and(PublicKey::has_other_algorithms) {
        leave_open(&mut judgement);
    }
    judgement.reasons.insert(0, Reason::new(Code::SignatureCertificateGiven, "signer"));
    Ok(judgement)
}

/// Takes a value that does not hold for one of which nothing is known.
fn leave_open(judgement: &mut SignatureJudgement) {
    if judgement.integrity == Integrity::Broken {
        judgement.integrity = Integrity::Unchecked;
        judgement.reasons.retain(|reason| reason.code != Code::SignatureBroken);
        judgement.reasons.push(Reason::new(Code::SignatureUnexplained, ""));
    }
}

/// Judges `bytes` as the bare value of a signature by `signer` over `subject`, by one of `algorithms`.
pub(super) fn check(
    bytes: &[u8],
    algorithms: &[SignatureAlgorithm],
    signer: &Certificate,
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let (integrity, mut reasons) = match subject.content {
        Some(content) => value(bytes, algorithms, signer, &content, subject.method, budget)?,
        None => (Integrity::Unchecked, vec![Reason::new(Code::SignatureContentAbsent, "")]),
    };
    let setting = circumstances.timestamps("timestamp");
    let moment = Moment::settle(subject.time, subject.proven(), &[signer.validity()], &setting, &mut reasons);
    judge_time(&moment, circumstances, &mut reasons);
    let chain = judge_certificate(signer, &[], &moment, circumstances, &mut reasons, budget)?;
    let mut judgement = blank(SignatureKind::Bare, integrity, Reason::new(Code::SignatureContentAbsent, ""));
    judgement.signer = Some(Signer::from(signer));
    judgement.signed_at = moment.at;
    judgement.time_source = moment.source;
    judgement.timestamp = subject.stamp.map(|stamp| stamp.facts.clone());
    judgement.chain = chain;
    judgement.reasons = reasons;
    Ok(judgement)
}

/// What is found by the first of `algorithms` under which the value holds, else by the first of all.
fn value(
    bytes: &[u8],
    algorithms: &[SignatureAlgorithm],
    signer: &Certificate,
    content: &Content<'_>,
    method: Option<&str>,
    budget: &mut Budget,
) -> Result<(Integrity, Vec<Reason>), Exhausted> {
    if content.is_of_other_kind(budget.limits().asn1_depth) {
        return Ok((Integrity::Unchecked, vec![Reason::new(Code::SignatureContentKind, "")]));
    }
    let key = signer.key.as_ref().ok();
    let rewritten = key.and_then(|key| key.der_of_scalars(bytes));
    let mut first = None;
    for algorithm in algorithms {
        let mut reasons = Vec::new();
        judge_method(method, Some(*algorithm), &mut reasons);
        let Some(message) = content.message(*algorithm) else {
            let unfit = Reason::new(Code::SignatureDigestUnfit, "");
            reasons.push(unfit.with(Content::wanted(*algorithm)));
            return Ok((Integrity::Unchecked, reasons));
        };
        let signature = SignatureValue {
            algorithm: Some(*algorithm),
            named: algorithm.oid(),
            key,
            message,
            value: rewritten.as_deref().unwrap_or(bytes),
            place: "",
            broken: Code::SignatureBroken,
            lasting: false,
        };
        let integrity = check_value(&signature, &mut reasons, budget)?;
        if integrity == Integrity::Intact {
            reasons.extend(rewritten.as_ref().map(|_| Reason::new(Code::SignatureEncodingRaw, "")));
            return Ok((integrity, reasons));
        }
        first.get_or_insert((integrity, reasons));
    }
    Ok(first.unwrap_or((Integrity::Unchecked, Vec::new())))
}
