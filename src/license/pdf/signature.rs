//! Judges one signature of a PDF by the bytes that it covers: its ByteRange, its value, and what the value says.

use crate::asn1::{Reader, ber};
use crate::budget::{Budget, Exhausted, Resource, within};
use crate::crypto::SignatureAlgorithm;
use crate::document::pdf::{ByteRangeFault, Pdf, Signature};
use crate::license::content::Content;
use crate::license::value::{Profile, Shape, Stamp, Subject, blank, judge as judge_value, unreadable};
use crate::license::{Circumstances, bare};
use crate::pki::Certificate;
use crate::timestamp::{self, Stamped};
use crate::verdict::{Code, Integrity, Reason, SignatureJudgement, SignatureKind, TimeSource};

/// What a SubFilter says the value is (ISO 32000-2 table 255, EN 319 142-1 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cms(Profile),
    /// A PKCS #1 value, with the certificate beside it.
    Pkcs1,
    Timestamp,
}

impl Kind {
    fn of(sub_filter: &str) -> Option<Self> {
        Some(match sub_filter {
            "adbe.pkcs7.detached" => Self::Cms(Profile::Detached),
            "adbe.pkcs7.sha1" => Self::Cms(Profile::EnclosedSha1),
            "adbe.x509.rsa_sha1" => Self::Pkcs1,
            "ETSI.CAdES.detached" => Self::Cms(Profile::Cades),
            "ETSI.RFC3161" => Self::Timestamp,
            _ => return None,
        })
    }
}

/// Whether `signature` says that it is a document timestamp.
pub(super) fn is_timestamp(signature: &Signature) -> bool {
    signature.sub_filter.as_deref().and_then(Kind::of) == Some(Kind::Timestamp)
}

/// Judges `signature` as of the revision that it was made for, which `stamp` is over; and gives the time that it
/// proves if it is a document timestamp itself.
pub(super) fn judge(
    pdf: &Pdf<'_>,
    signature: &Signature,
    stamp: Option<&Stamp>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<(SignatureJudgement, Option<Stamp>), Exhausted> {
    let (mut judgement, proves) = judge_bytes(pdf, signature, stamp, circumstances, budget)?;
    judgement.id.clone_from(&signature.field);
    Ok((judgement, proves))
}

fn judge_bytes(
    pdf: &Pdf<'_>,
    signature: &Signature,
    stamp: Option<&Stamp>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<(SignatureJudgement, Option<Stamp>), Exhausted> {
    let unknown = |reason| (blank(SignatureKind::Unknown, Integrity::Unchecked, reason), None);
    let contents = match &signature.contents {
        Ok(contents) => contents,
        Err(fault) => return Ok(unknown(Reason::new(Code::PdfContentsMissing, "").with(fault))),
    };
    let range = match &signature.byte_range {
        Ok(range) => range,
        Err(fault) => return Ok(unknown(Reason::new(range_code(*fault), "").with(fault))),
    };
    within(contents.len() as u64, budget.limits().signature_bytes, Resource::SignatureBytes)?;
    let depth = budget.limits().asn1_depth;
    let (value, padding) = match ber::extent(contents, depth) {
        Ok(extent) => contents.split_at_checked(extent).unwrap_or((contents, &[])),
        Err(error) => return Ok((unreadable(SignatureKind::Unknown, error), None)),
    };
    let content = range.content(pdf.file());
    // Each signature hashes nearly the whole file.
    budget.inflate(content.len() as u64)?;
    let stated = signature.sub_filter.as_deref().and_then(Kind::of);
    let profile = match stated {
        Some(Kind::Cms(profile)) => profile,
        _ => Profile::Detached,
    };
    let subject = Subject {
        content: Some(Content::Bytes(&content)),
        time: signature.time,
        profile,
        stamp,
        ..Subject::default()
    };
    let mut proves = None;
    let mut judgement = match (Shape::of(value), stated) {
        (Some(Shape::Cms), Some(Kind::Timestamp)) => {
            let judged = judge_timestamp(value, &content, circumstances, budget)?;
            proves = judged.1;
            judged.0
        }
        (None, Some(Kind::Pkcs1)) => judge_pkcs1(value, &subject, signature, circumstances, budget)?,
        (Some(Shape::Seal) | None, _) => unreadable(SignatureKind::Unknown, "no known structure"),
        (Some(Shape::Cms | Shape::SesSignature), _) => judge_value(value, &subject, circumstances, budget)?,
    };
    // A seal signature has no SubFilter of its own in ISO 32000, and CMS has more than one.
    let fits = matches!(
        (judgement.kind, stated),
        (SignatureKind::Cms | SignatureKind::Gbt35275, Some(Kind::Cms(_)))
            | (SignatureKind::Timestamp, Some(Kind::Timestamp))
            | (SignatureKind::Bare, Some(Kind::Pkcs1))
    );
    if !fits {
        let reason = Reason::new(Code::PdfSubFilter, "");
        judgement.reasons.push(match &signature.sub_filter {
            Some(stated) => reason.quoting(stated),
            None => reason,
        });
    }
    if padding.iter().any(|byte| *byte != 0) {
        judgement.reasons.push(Reason::new(Code::PdfContentsPadding, "").with(padding.len()));
    }
    Ok((judgement, proves))
}

const fn range_code(fault: ByteRangeFault) -> Code {
    match fault {
        ByteRangeFault::Missing => Code::PdfByteRangeMissing,
        ByteRangeFault::Malformed => Code::PdfByteRangeMalformed,
        ByteRangeFault::Bounds => Code::PdfByteRangeBounds,
        ByteRangeFault::Gap => Code::PdfByteRangeGap,
        ByteRangeFault::End => Code::PdfByteRangeEnd,
    }
}

/// A document timestamp (EN 319 142-1 §5.4.3) over `content`, and the time that it proves.
fn judge_timestamp(
    value: &[u8],
    content: &[u8],
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<(SignatureJudgement, Option<Stamp>), Exhausted> {
    let setting = circumstances.timestamps("timestamp");
    let judged = timestamp::judge(&[value], Stamped::Bytes(content), &[], &setting, budget)?;
    let has = |codes: &[Code]| judged.reasons.iter().any(|reason| codes.contains(&reason.code));
    // Trust comes last, so that whatever fails it has held until there.
    let broken = [Code::TimestampImprint, Code::TimestampBroken, Code::TimestampCertificateDiffers];
    let unread = [
        Code::TimestampUnreadable,
        Code::TimestampSignersNotOne,
        Code::TimestampAttributes,
        Code::TimestampAlgorithm,
        Code::TimestampCertificateAbsent,
    ];
    let integrity = match (has(&broken), has(&unread)) {
        (true, _) => Integrity::Broken,
        (_, true) => Integrity::Unchecked,
        _ => Integrity::Intact,
    };
    let mut judgement =
        blank(SignatureKind::Timestamp, integrity, Reason::new(Code::TimestampUnreadable, ""));
    judgement.reasons = judged.reasons;
    judgement.timestamp.clone_from(&judged.facts);
    if let Some(facts) = &judged.facts {
        judgement.signer.clone_from(&facts.authority);
        judgement.chain = facts.chain.clone();
        judgement.signed_at = Some(facts.gen_time);
        judgement.time_source = if facts.proves { TimeSource::Timestamp } else { TimeSource::Claimed };
    }
    let stamp = judged.proven.zip(judged.facts).map(|(proven, facts)| Stamp { proven, facts });
    Ok((judgement, stamp))
}

/// adbe.x509.rsa_sha1 (ISO 32000-2 §12.8.3.2): an OCTET STRING around the bare value.
fn judge_pkcs1(
    value: &[u8],
    subject: &Subject<'_>,
    signature: &Signature,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let value = match Reader::new(value, 1).octets() {
        Ok(value) => value,
        Err(error) => return Ok(unreadable(SignatureKind::Bare, error)),
    };
    let signer = match signature.certificate.as_deref().map(Certificate::from_der) {
        Some(Ok(signer)) => signer,
        Some(Err(error)) => {
            let reason = Reason::new(Code::SignatureCertificateUnreadable, "signer").with(error);
            return Ok(blank(SignatureKind::Bare, Integrity::Unchecked, reason));
        }
        None => {
            let reason = Reason::new(Code::SignatureCertificateAbsent, "signer");
            return Ok(blank(SignatureKind::Bare, Integrity::Unchecked, reason));
        }
    };
    bare::check(value, &[SignatureAlgorithm::RsaSha1], &signer, subject, circumstances, budget)
}
