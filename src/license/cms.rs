//! Judges a CMS signature (GB/T 35275, RFC 5652) over a given content, in the flavors that writers chose:
//! digest inside without attributes, or detached with signed attributes.

use super::Circumstances;
use super::content::Content;
use super::ses::worse;
use super::signer::{judge_certificate, judge_method, judge_time};
use super::value::{Profile, Subject, blank, unreadable};
use crate::asn1::ber;
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, Message, SignatureAlgorithm};
use crate::document::cms::{SignedAttributes, SignedData, SignerInfo};
use crate::pki::{Certificate, SignatureValue, check_value};
use crate::timestamp::{self, Moment, Stamped};
use crate::verdict::{Chain, Code, Integrity, Reason, SignatureJudgement, SignatureKind, Signer};

/// Judges `bytes` as CMS over `subject`.
pub(super) fn judge(
    bytes: &[u8],
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let depth = budget.limits().asn1_depth;
    let (der, was_ber) = match ber::transcode(bytes, depth) {
        Ok(transcoded) => transcoded,
        Err(error) => return Ok(unreadable(SignatureKind::Cms, error)),
    };
    let data = match SignedData::parse(&der, depth) {
        Ok(data) => data,
        Err(error) => return Ok(unreadable(SignatureKind::Cms, error)),
    };
    let kind = if data.chinese { SignatureKind::Gbt35275 } else { SignatureKind::Cms };
    let [info] = data.signers.as_slice() else {
        let reason = Reason::new(Code::SignatureSignersNotOne, "").with(data.signers.len());
        return Ok(blank(kind, Integrity::Unchecked, reason));
    };
    let mut reasons = Vec::new();
    if was_ber {
        reasons.push(Reason::new(Code::SignatureBer, ""));
    }
    let certificates: Vec<Certificate> =
        data.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let signer = find_signer(info, &certificates, circumstances, &mut reasons);
    let digest = DigestAlgorithm::from_oid(&info.digest);
    let algorithm =
        digest.and_then(|digest| SignatureAlgorithm::from_cms(&info.algorithm, info.parameters, digest));
    judge_method(subject.method, algorithm, &mut reasons);

    let mut integrity = judge_content(&data, digest, subject, &mut reasons);
    if rests_on_sha1(&data, info, digest, algorithm, subject) {
        reasons.push(Reason::new(Code::SignatureWeak, "").with(DigestAlgorithm::Sha1.name()));
    }
    let signed_content = data.content.map(Content::Bytes).or(subject.content);
    if let Some(attributes) = &info.attributes {
        let content = judge_attributes(attributes, &data.content_type, digest, signed_content, &mut reasons);
        integrity = worse(integrity, content);
    }
    if let Some(signer) = signer {
        integrity = worse(integrity, judge_named(info, signer, subject.profile, &mut reasons));
    }
    let message = match &info.attributes {
        Some(attributes) => Some(Message::Whole(&attributes.der)),
        None if signed_content.is_some_and(|content| content.is_of_other_kind(depth)) => {
            reasons.push(Reason::new(Code::SignatureContentKind, ""));
            None
        }
        None => message(signed_content, algorithm, &mut reasons),
    };
    integrity = match (signer, message) {
        (Some(signer), Some(message)) => {
            let signature = SignatureValue {
                algorithm,
                named: &info.algorithm,
                key: signer.key.as_ref().ok(),
                message,
                value: info.signature,
                place: "",
                broken: Code::SignatureBroken,
                lasting: false,
            };
            worse(integrity, check_value(&signature, &mut reasons, budget)?)
        }
        _ => worse(integrity, Integrity::Unchecked),
    };

    let setting = circumstances.timestamps("timestamp");
    let stamped = Stamped::Bytes(info.signature);
    let stamps = timestamp::judge(&info.timestamps, stamped, &certificates, &setting, budget)?;
    reasons.extend(stamps.reasons);
    let claimed = claimed_time(info, subject, &mut reasons);
    let window: Vec<_> = signer.map(Certificate::validity).into_iter().collect();
    let proven = stamps.proven.into_iter().chain(subject.proven()).min();
    let moment = Moment::settle(claimed, proven, &window, &setting, &mut reasons);
    judge_time(&moment, circumstances, &mut reasons);
    let chain = match signer {
        Some(signer) => {
            judge_certificate(signer, &certificates, &moment, circumstances, &mut reasons, budget)?
        }
        None => Chain::unchecked(),
    };
    Ok(SignatureJudgement {
        id: String::new(),
        kind,
        integrity,
        signer: signer.map(Signer::from),
        seal: None,
        signed_at: moment.at,
        time_source: moment.source,
        timestamp: subject.better(stamps.proven, stamps.facts),
        chain,
        coverage: None,
        reasons,
    })
}

fn find_signer<'a>(
    info: &SignerInfo<'_>,
    certificates: &'a [Certificate],
    circumstances: &Circumstances<'a>,
    reasons: &mut Vec<Reason>,
) -> Option<&'a Certificate> {
    let named = |certificate: &&Certificate| info.identifier.names(certificate);
    if let Some(inside) = certificates.iter().find(named) {
        return Some(inside);
    }
    match circumstances.signer.filter(named) {
        Some(given) => {
            reasons.push(Reason::new(Code::SignatureCertificateGiven, "signer"));
            Some(given)
        }
        None => {
            reasons.push(Reason::new(Code::SignatureCertificateAbsent, "signer"));
            None
        }
    }
}

/// Compares what is inside the message with what it is said to sign: the content itself or its digest.
fn judge_content(
    data: &SignedData<'_>,
    digest: Option<DigestAlgorithm>,
    subject: &Subject<'_>,
    reasons: &mut Vec<Reason>,
) -> Integrity {
    let fits = match (subject.profile, subject.content, data.content) {
        (_, None, None) => {
            reasons.push(Reason::new(Code::SignatureContentAbsent, ""));
            return Integrity::Unchecked;
        }
        // What is enclosed would be checked instead of what the signature stands in.
        (Profile::Detached | Profile::Cades, _, Some(_)) => {
            reasons.push(Reason::new(Code::SignatureContentEnclosed, ""));
            return Integrity::Broken;
        }
        (Profile::EnclosedSha1, Some(content), inside) => {
            reasons.push(Reason::new(Code::SignatureWeak, "").with("sha1"));
            inside.is_some_and(|inside| content.has_digest(DigestAlgorithm::Sha1, inside) == Some(true))
        }
        (_, None, Some(_)) | (_, Some(_), None) => true,
        (_, Some(content), Some(inside)) => {
            let is_digest = digest.map_or(Some(false), |digest| content.has_digest(digest, inside));
            match (is_digest, content.is(inside)) {
                (Some(true), _) | (_, Some(true)) => true,
                (Some(false), Some(false)) => false,
                (None, _) | (_, None) => {
                    reasons.push(unfit(digest));
                    return Integrity::Unchecked;
                }
            }
        }
    };
    if fits {
        return Integrity::Intact;
    }
    reasons.push(Reason::new(Code::SignatureContentMismatch, ""));
    Integrity::Broken
}

/// Whether all rests on a SHA-1 that stands apart from the algorithm: Ed25519 hashes in its own way, so that neither name nor
/// value of the signature bind the digest that the message names.
fn rests_on_sha1(
    data: &SignedData<'_>,
    info: &SignerInfo<'_>,
    digest: Option<DigestAlgorithm>,
    algorithm: Option<SignatureAlgorithm>,
    subject: &Subject<'_>,
) -> bool {
    let apart = algorithm.is_some_and(|algorithm| algorithm.digest().is_none());
    let compared = match (subject.content, data.content) {
        (Some(content), Some(inside)) => content.is(inside) != Some(true),
        _ => false,
    };
    apart && digest == Some(DigestAlgorithm::Sha1) && (info.attributes.is_some() || compared)
}

/// Holds the certificate that was used against those that the signer named (RFC 5035 §5), which keeps another
/// certificate for the same key from being put in its place.
fn judge_named(
    info: &SignerInfo<'_>,
    signer: &Certificate,
    profile: Profile,
    reasons: &mut Vec<Reason>,
) -> Integrity {
    let named = info.attributes.as_ref().map_or(&[][..], |attributes| &attributes.signing_certificates);
    if named.is_empty() && profile == Profile::Cades {
        reasons.push(Reason::new(Code::SignatureCertificateUnnamed, "signer"));
    }
    let fits = named.iter().all(|named| {
        DigestAlgorithm::from_oid(&named.algorithm)
            .is_some_and(|algorithm| algorithm.digest(signer.der()).as_ref() == named.digest)
    });
    if fits {
        return Integrity::Intact;
    }
    reasons.push(Reason::new(Code::SignatureCertificateDiffers, "signer"));
    Integrity::Broken
}

fn judge_attributes(
    attributes: &SignedAttributes<'_>,
    content_type: &str,
    digest: Option<DigestAlgorithm>,
    content: Option<Content<'_>>,
    reasons: &mut Vec<Reason>,
) -> Integrity {
    // RFC 5652 §11.1 and §11.2: each exactly once, and the type that of the content.
    let ([stated], [message_digest]) =
        (attributes.content_types.as_slice(), attributes.message_digests.as_slice())
    else {
        reasons.push(Reason::new(Code::SignatureAttributes, ""));
        return Integrity::Broken;
    };
    if stated != content_type || attributes.signing_times.len() > 1 {
        reasons.push(Reason::new(Code::SignatureAttributes, ""));
        return Integrity::Broken;
    }
    // That the digest is unknown is said once, where the value is checked.
    let (Some(digest), Some(content)) = (digest, content) else { return Integrity::Unchecked };
    match content.has_digest(digest, message_digest) {
        Some(true) => Integrity::Intact,
        Some(false) => {
            reasons.push(Reason::new(Code::SignatureContentMismatch, ""));
            Integrity::Broken
        }
        None => {
            reasons.push(unfit(Some(digest)));
            Integrity::Unchecked
        }
    }
}

/// What a signature without attributes is over; the content itself, if that is known well enough.
fn message<'a>(
    content: Option<Content<'a>>,
    algorithm: Option<SignatureAlgorithm>,
    reasons: &mut Vec<Reason>,
) -> Option<Message<'a>> {
    let content = content?;
    // An unknown algorithm is reported where the value is checked, whatever the message.
    let Some(algorithm) = algorithm else { return Some(Message::Whole(&[])) };
    let message = content.message(algorithm);
    if message.is_none() {
        reasons.push(Reason::new(Code::SignatureDigestUnfit, "").with(Content::wanted(algorithm)));
    }
    message
}

/// The digest that was given is not of the kind that the signature holds.
fn unfit(wanted: Option<DigestAlgorithm>) -> Reason {
    Reason::new(Code::SignatureDigestUnfit, "").with(wanted.map_or("", DigestAlgorithm::name))
}

/// The signed attribute, else the time inside the signed content: both are the signer's claim. A PDF has its own place
/// for the time, which PAdES even prefers (EN 319 142-1 §6.3).
fn claimed_time(
    info: &SignerInfo<'_>,
    subject: &Subject<'_>,
    reasons: &mut Vec<Reason>,
) -> Option<Timestamp> {
    let attribute = info.attributes.as_ref().and_then(|attributes| attributes.signing_times.first().copied());
    if attribute.is_none() && subject.time.is_some() && subject.profile == Profile::Any {
        reasons.push(Reason::new(Code::SignatureTimeForm, ""));
    }
    attribute.or(subject.time)
}
