//! Judges a seal signature (SES_Signature): the steps of GM/T 0031-2014 §6.2.3 and GB/T 38540-2020 §7.3,
//! and what they leave out.

use super::Circumstances;
use super::signer::{check_value, judge_certificate, judge_method, judge_time};
use super::value::{Subject, unreadable};
use crate::budget::{Budget, Exhausted};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::document::ofd::resolve;
use crate::pki::Certificate;
use crate::seal::{SesSignature, judge_seal};
use crate::verdict::{Chain, Code, Integrity, Reason, SignatureJudgement, SignatureKind, Signer, TimeSource};

/// Judges `bytes` as a seal signature over `subject`.
pub(super) fn judge(
    bytes: &[u8],
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let ses = match SesSignature::parse(bytes, budget.limits().asn1_depth) {
        Ok(ses) => ses,
        Err(error) => return Ok(unreadable(SignatureKind::Unknown, error)),
    };
    let mut reasons = Vec::new();
    if ses.version != ses.seal.version {
        reasons.push(
            Reason::new(Code::SealVersion, "").with(format!("{} and {}", ses.version, ses.seal.version)),
        );
    }
    let signer = Certificate::from_der(ses.signer);
    let algorithm = algorithm(&ses, signer.as_ref().ok(), &mut reasons);
    let mut integrity = match &signer {
        Ok(signer) => {
            let key = signer.key.as_ref().ok();
            check_value(algorithm, key, ses.signed, ses.signature, &mut reasons, budget)?
        }
        Err(error) => {
            reasons.push(Reason::new(Code::SignatureCertificateUnreadable, "signer").with(error));
            Integrity::Unchecked
        }
    };
    if integrity == Integrity::Broken
        && over_description(&ses, algorithm, signer.as_ref().ok(), subject, budget)?
    {
        reasons.push(Reason::new(Code::SignatureOverDescription, ""));
    }
    judge_method(subject.method, algorithm, &mut reasons);
    integrity = worse(integrity, judge_content(&ses, algorithm, signer.as_ref().ok(), subject, &mut reasons));
    judge_property(&ses, subject, &mut reasons);

    let seal = judge_seal(&ses.seal, circumstances.anchors, circumstances.at, budget)?;
    integrity = worse(integrity, seal.integrity);
    reasons.extend(seal.reasons);
    if subject.seal.is_some_and(|beside| beside != ses.seal.raw) {
        reasons.push(Reason::new(Code::SignatureSealDiffers, "seal"));
    }
    if ses.seal.maker == ses.signer {
        reasons.push(Reason::new(Code::SealSelfMade, "seal/maker"));
    }
    if ses.seal.names_signers() && !ses.seal.allows(ses.signer) {
        reasons.push(Reason::new(Code::SignatureSignerNotInSeal, "signer"));
    }

    if !ses.clean_time {
        reasons.push(Reason::new(Code::SignatureTimeForm, ""));
    }
    if ses.timestamp {
        reasons.push(Reason::new(Code::SignatureTimeUnchecked, ""));
    }
    judge_time(ses.time, circumstances, &mut reasons);
    let window = ses.seal.valid_from..=ses.seal.valid_until;
    let when = ses.time.unwrap_or(circumstances.at);
    if !window.contains(&when) {
        let dates = format!("{when}, {} to {}", ses.seal.valid_from, ses.seal.valid_until);
        reasons.push(Reason::new(Code::SignatureTimeOutsideSeal, "seal").with(dates));
    }
    let chain = match &signer {
        Ok(signer) => judge_certificate(signer, &[], ses.time, circumstances, &mut reasons, budget)?,
        Err(_) => Chain::unchecked(),
    };
    Ok(SignatureJudgement {
        id: String::new(),
        kind: ses.layout.kind(),
        integrity,
        signer: signer.as_ref().ok().map(Signer::from),
        seal: Some(seal.seal),
        signed_at: ses.time,
        time_source: if ses.time.is_some() { TimeSource::Claimed } else { TimeSource::None },
        chain,
        coverage: None,
        reasons,
    })
}

/// The algorithm that the signature names, or must mean.
fn algorithm(
    ses: &SesSignature<'_>,
    signer: Option<&Certificate>,
    reasons: &mut Vec<Reason>,
) -> Option<SignatureAlgorithm> {
    let named = SignatureAlgorithm::from_oid(&ses.algorithm);
    let meant = named.or_else(|| {
        let key = signer?.key.as_ref().ok()?;
        SignatureAlgorithm::from_misnamed(&ses.algorithm, key)
    });
    if named.is_none() && meant.is_some() {
        reasons.push(Reason::new(Code::SignatureAlgorithmMisnamed, "").with(&ses.algorithm));
    }
    meant
}

/// Whether the value is over the content itself: some writers sign Signature.xml and leave the statement unsigned.
fn over_description(
    ses: &SesSignature<'_>,
    algorithm: Option<SignatureAlgorithm>,
    signer: Option<&Certificate>,
    subject: &Subject<'_>,
    budget: &mut Budget,
) -> Result<bool, Exhausted> {
    let key = signer.and_then(|signer| signer.key.as_ref().ok());
    let (Some(algorithm), Some(key), Some(content)) = (algorithm, key, subject.content) else {
        return Ok(false);
    };
    budget.signature_check()?;
    Ok(algorithm.verify(key, content, ses.signature).is_ok())
}

/// Compares the digest in the signature with that of the content.
fn judge_content(
    ses: &SesSignature<'_>,
    algorithm: Option<SignatureAlgorithm>,
    signer: Option<&Certificate>,
    subject: &Subject<'_>,
    reasons: &mut Vec<Reason>,
) -> Integrity {
    let Some(content) = subject.content else {
        reasons.push(Reason::new(Code::SignatureContentAbsent, ""));
        return Integrity::Intact;
    };
    let digest = algorithm.and_then(SignatureAlgorithm::digest).unwrap_or(DigestAlgorithm::Sm3);
    if digest.digest(content).as_ref() == ses.data_hash {
        return Integrity::Intact;
    }
    let key = signer.and_then(|signer| signer.key.as_ref().ok());
    if key
        .and_then(|key| key.prefixed_digest(content))
        .is_some_and(|prefixed| prefixed.as_ref() == ses.data_hash)
    {
        reasons.push(Reason::new(Code::ReferencePrefixed, ""));
        return Integrity::Intact;
    }
    reasons.push(Reason::new(Code::SignatureContentMismatch, ""));
    Integrity::Broken
}

/// A signature names the file it was made for; one that names another was carried there.
fn judge_property(ses: &SesSignature<'_>, subject: &Subject<'_>, reasons: &mut Vec<Reason>) {
    let Some(entry) = subject.entry else { return };
    if ses.property.trim().is_empty() {
        reasons.push(Reason::new(Code::SignaturePathBlank, ""));
        return;
    }
    // Relative paths in the field begin at the directory that holds the Sign_n directories.
    let directory = entry.rsplit_once('/').map_or("", |(directory, _)| directory);
    let meant = [resolve("", ses.property), resolve(directory, ses.property)];
    match meant.iter().flatten().find(|located| located.entry == entry) {
        Some(located) if located.clean && ses.property.starts_with('/') => {}
        Some(_) => reasons.push(Reason::new(Code::OfdPath, "").with("propertyInfo")),
        None => reasons.push(Reason::new(Code::SignaturePath, "")),
    }
}

/// Broken before unchecked before intact.
pub(super) const fn worse(one: Integrity, other: Integrity) -> Integrity {
    match (one, other) {
        (Integrity::Broken, _) | (_, Integrity::Broken) => Integrity::Broken,
        (Integrity::Unchecked, _) | (_, Integrity::Unchecked) => Integrity::Unchecked,
        (Integrity::Intact, Integrity::Intact) => Integrity::Intact,
    }
}
