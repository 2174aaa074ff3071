//! Judges one signature of a PDF by the bytes that it covers: its ByteRange, its value, and what the value says.

use crate::asn1::{Reader, ber};
use crate::budget::{Budget, Exhausted};
use crate::crypto::SignatureAlgorithm;
use crate::document::pdf::{ByteRangeFault, Pdf, Signature};
use crate::license::value::{Profile, Shape, Subject, blank, judge as judge_value, unreadable};
use crate::license::{Circumstances, bare, timestamp};
use crate::pki::Certificate;
use crate::verdict::{Code, Integrity, Reason, SignatureJudgement, SignatureKind};

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

/// Judges `signature` as of the revision that it was made for.
pub(super) fn judge(
    pdf: &Pdf<'_>,
    signature: &Signature,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let mut judgement = judge_bytes(pdf, signature, circumstances, budget)?;
    judgement.id.clone_from(&signature.field);
    Ok(judgement)
}

fn judge_bytes(
    pdf: &Pdf<'_>,
    signature: &Signature,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    let unknown = |reason| blank(SignatureKind::Unknown, Integrity::Unchecked, reason);
    let contents = match &signature.contents {
        Ok(contents) => contents,
        Err(fault) => return Ok(unknown(Reason::new(Code::PdfContentsMissing, "").with(fault))),
    };
    let range = match &signature.byte_range {
        Ok(range) => range,
        Err(fault) => return Ok(unknown(Reason::new(range_code(*fault), "").with(fault))),
    };
    let depth = budget.limits().asn1_depth;
    let (value, padding) = match ber::extent(contents, depth) {
        Ok(extent) => contents.split_at_checked(extent).unwrap_or((contents, &[])),
        Err(error) => return Ok(unreadable(SignatureKind::Unknown, error)),
    };
    let content = range.content(pdf.file());
    // Each signature hashes nearly the whole file.
    budget.inflate(content.len() as u64)?;
    let stated = signature.sub_filter.as_deref().and_then(Kind::of);
    let mut judgement = match (Shape::of(value), stated) {
        (Some(Shape::Cms), Some(Kind::Timestamp)) => {
            timestamp::judge(value, &content, circumstances, budget)?
        }
        (None, Some(Kind::Pkcs1)) => judge_pkcs1(value, &content, signature, circumstances, budget)?,
        (Some(Shape::Seal) | None, _) => unreadable(SignatureKind::Unknown, "no known structure"),
        (Some(Shape::Cms | Shape::SesSignature), stated) => {
            let profile = match stated {
                Some(Kind::Cms(profile)) => profile,
                _ => Profile::Detached,
            };
            let subject =
                Subject { content: Some(&content), time: signature.time, profile, ..Subject::default() };
            judge_value(value, &subject, circumstances, budget)?
        }
    };
    // A seal signature has no SubFilter of its own in ISO 32000, and CMS has more than one.
    let fits = matches!(
        (judgement.kind, stated),
        (SignatureKind::Cms | SignatureKind::Gbt35275, Some(Kind::Cms(_)))
            | (SignatureKind::Timestamp, Some(Kind::Timestamp))
            | (SignatureKind::Bare, Some(Kind::Pkcs1))
    );
    if !fits {
        let stated = signature.sub_filter.as_deref().unwrap_or("none");
        judgement.reasons.push(Reason::new(Code::PdfSubFilter, "").with(stated));
    }
    if padding.iter().any(|byte| *byte != 0) {
        judgement.reasons.push(Reason::new(Code::PdfContentsPadding, "").with(padding.len()));
    }
    Ok(judgement)
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

/// adbe.x509.rsa_sha1 (ISO 32000-2 §12.8.3.2): an OCTET STRING around the bare value.
fn judge_pkcs1(
    value: &[u8],
    content: &[u8],
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
    let subject = Subject { content: Some(content), time: signature.time, ..Subject::default() };
    bare::check(value, SignatureAlgorithm::RsaSha1, &signer, &subject, circumstances, budget)
}
