//! Judges a seal signature (SES_Signature): the steps of GM/T 0031-2014 §6.2.3 and GB/T 38540-2020 §7.3,
//! and what they leave out.

use super::Circumstances;
use super::content::Content;
use super::signer::{judge_certificate, judge_method, judge_time};
use super::value::{Subject, unreadable};
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};
use crate::document::ofd::resolve;
use crate::pki::{Certificate, KnownCertificates, SignatureValue, check_value};
use crate::seal::{Listed, SesSignature, judge_seal};
use crate::timestamp::{self, Moment, ProvenTime, Setting, Stamped};
use crate::verdict::{Chain, Code, Integrity, Reason, SignatureJudgement, SignatureKind, Signer, TimeProof};

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
        reasons
            .push(Reason::new(Code::SealVersion, "").with(format!("{} / {}", ses.version, ses.seal.version)));
    }
    let known = circumstances.certificates();
    let signer = KnownCertificates::parse(known, ses.signer);
    let signer = signer.as_ref();
    let algorithm = algorithm(&ses, signer.ok(), &mut reasons);
    let mut integrity = match signer {
        Ok(signer) => {
            let signature = SignatureValue {
                algorithm,
                named: &ses.algorithm,
                key: signer.key.as_ref().ok(),
                message: ses.signed.into(),
                value: ses.signature,
                place: "",
                broken: Code::SignatureBroken,
                lasting: false,
            };
            check_value(&signature, &mut reasons, budget)?
        }
        Err(error) => {
            reasons.push(Reason::new(Code::SignatureCertificateUnreadable, "signer").with(error));
            Integrity::Unchecked
        }
    };
    if integrity == Integrity::Broken && over_description(&ses, algorithm, signer.ok(), subject, budget)? {
        reasons.push(Reason::new(Code::SignatureOverDescription, ""));
    }
    judge_method(subject.method, algorithm, &mut reasons);
    integrity = worse(integrity, judge_content(&ses, algorithm, signer.ok(), subject, &mut reasons, budget));
    judge_property(&ses, subject, &mut reasons);

    let setting = circumstances.timestamps("timestamp");
    let stamps = judge_timestamps(&ses, &setting, budget)?;
    let proven = stamps.proven.into_iter().chain(subject.proven()).min();
    let seal = judge_seal(&ses.seal, &circumstances.timestamps("seal/timestamp"), proven, budget)?;
    integrity = worse(integrity, seal.integrity);
    reasons.extend(seal.reasons);
    if subject.seal.is_some_and(|beside| beside != ses.seal.raw) {
        reasons.push(Reason::new(Code::SignatureSealDiffers, "seal"));
    }
    // By key, because one key may have several certificates.
    let maker = KnownCertificates::parse(known, ses.seal.maker);
    if matches!((&maker, signer), (Ok(maker), Ok(signer)) if maker.key_bits == signer.key_bits) {
        reasons.push(Reason::new(Code::SealSelfMade, "seal/maker"));
    }
    let key = signer.ok().and_then(|signer| signer.key.as_ref().ok());
    match ses.seal.allows(ses.signer, key) {
        Some(Listed::Plainly) => {}
        Some(Listed::Prefixed) => reasons.push(Reason::new(Code::SealSignerPrefixed, "seal")),
        None if ses.seal.names_signers() => {
            reasons.push(Reason::new(Code::SignatureSignerNotInSeal, "signer"));
        }
        // What was found about the seal says that it names nobody.
        None => {}
    }

    if !ses.clean_time {
        reasons.push(Reason::new(Code::SignatureTimeForm, ""));
    }
    reasons.extend(stamps.reasons);
    let window = ses.seal.valid_from..=ses.seal.valid_until;
    let windows: Vec<_> = std::iter::once((ses.seal.valid_from, ses.seal.valid_until))
        .chain(signer.ok().map(Certificate::validity))
        .collect();
    let claimed = ses.time.or(stamps.claimed);
    let moment = Moment::settle(claimed, proven, &windows, &setting, &mut reasons);
    judge_time(&moment, circumstances, &mut reasons);
    let when = moment.at.unwrap_or(circumstances.at);
    // Without proof the maker's own statement counts, which contradicts the signer's as well.
    let seal_is_younger = match seal.proven {
        Some(proven) => proven.surely_after(when, circumstances.skew_millis),
        None => ses.seal.created > when.plus_millis(circumstances.skew_millis),
    };
    if seal_is_younger {
        reasons.push(Reason::new(Code::SignatureTimeBeforeSeal, "seal").at(when));
    }
    if !window.contains(&when) {
        let validity = (ses.seal.valid_from, ses.seal.valid_until);
        reasons.push(Reason::new(Code::SignatureTimeOutsideSeal, "seal").outside(when, validity));
    }
    let chain = match signer {
        Ok(signer) => judge_certificate(signer, &[], &moment, circumstances, &mut reasons, budget)?,
        Err(_) => Chain::unchecked(),
    };
    Ok(SignatureJudgement {
        id: String::new(),
        kind: ses.layout.kind(),
        integrity,
        signer: signer.ok().map(Signer::from),
        seal: Some(seal.seal),
        signed_at: moment.at,
        time_source: moment.source,
        timestamp: subject.better(stamps.proven, stamps.facts),
        chain,
        coverage: None,
        reasons,
    })
}

/// What the timestamps of a seal signature say.
struct Stamps {
    /// By when the signature existed, if an authority saw it.
    proven: Option<ProvenTime>,
    /// The time of a token that the signer put in place of a time.
    claimed: Option<Timestamp>,
    facts: Option<TimeProof>,
    reasons: Vec<Reason>,
}

/// Judges the token over the signature's value, and the one that the 2014 layout may have in place of a time.
///
/// The latter was there before the signature: it shows that the content is no younger and the signature no older
/// than its time. Whoever kept it can sign much later, so that for the signature it remains a claim.
fn judge_timestamps(
    ses: &SesSignature<'_>,
    setting: &Setting<'_>,
    budget: &mut Budget,
) -> Result<Stamps, Exhausted> {
    let tokens = ses.timestamp.as_slice();
    let attached = timestamp::judge(tokens, Stamped::Bytes(ses.signature), &[], setting, budget)?;
    let tokens = ses.content_timestamp.as_slice();
    let content = timestamp::judge(tokens, Stamped::Digest(ses.data_hash), &[], setting, budget)?;
    let mut reasons = attached.reasons;
    reasons.extend(content.reasons);
    if content.proven.is_some() {
        reasons.push(Reason::new(Code::TimestampOfContent, setting.place));
    }
    Ok(Stamps {
        proven: attached.proven,
        claimed: content.facts.as_ref().map(|facts| facts.gen_time),
        facts: attached.facts.or(content.facts),
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
    let Some(message) = content.message(algorithm) else { return Ok(false) };
    budget.signature_check()?;
    Ok(algorithm.verify_message(key, message, ses.signature).is_ok())
}

/// Compares the digest in the signature with that of the content.
fn judge_content(
    ses: &SesSignature<'_>,
    algorithm: Option<SignatureAlgorithm>,
    signer: Option<&Certificate>,
    subject: &Subject<'_>,
    reasons: &mut Vec<Reason>,
    budget: &mut Budget,
) -> Integrity {
    let Some(content) = subject.content else {
        reasons.push(Reason::new(Code::SignatureContentAbsent, ""));
        return Integrity::Intact;
    };
    let digest = algorithm.and_then(SignatureAlgorithm::digest).unwrap_or(DigestAlgorithm::Sm3);
    let plain = content.has_digest_by(budget.checks_mut(), digest, ses.data_hash);
    if plain == Some(true) {
        return Integrity::Intact;
    }
    let key = signer.and_then(|signer| signer.key.as_ref().ok());
    if key.is_some_and(|key| content.has_prefixed_digest(key, ses.data_hash)) {
        reasons.push(Reason::new(Code::ReferencePrefixed, ""));
        return Integrity::Intact;
    }
    if plain.is_none() {
        reasons.push(Reason::new(Code::SignatureDigestUnfit, "").with(digest.name()));
        return Integrity::Unchecked;
    }
    if matches!((content, key), (Content::Digest(_), Some(PublicKey::Sm2(_)))) {
        // Some writers hash the signer's identity with the content, which a digest of the content alone cannot show.
        reasons.push(Reason::new(Code::SignatureDigestUnfit, "").with("the content"));
        return Integrity::Unchecked;
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
