//! A signature's value, whatever its kind: told apart by shape and handed to the judge of that kind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::content::Content;
use super::standing::{self, Use};
use super::{Circumstances, bare, cms, ses};
use crate::asn1::{Reader, ber, tag};
use crate::budget::{Budget, Exhausted, Resource, within};
use crate::clock::Timestamp;
use crate::crypto::Sm2Signature;
use crate::timestamp::ProvenTime;
use crate::verdict::{
    Chain, Code, Integrity, Reason, SignatureJudgement, SignatureKind, TimeProof, TimeSource,
};

/// The structures that a DER or BER value can have here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Cms,
    Seal,
    SesSignature,
}

impl Shape {
    /// The structure whose first fields `bytes` has.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let first = inside(bytes)?;
        match *first.first()? {
            tag::OID => Some(Self::Cms),
            tag::SEQUENCE => match *inside(first)?.first()? {
                tag::INTEGER => Some(Self::SesSignature),
                tag::SEQUENCE => Some(Self::Seal),
                _ => None,
            },
            _ => None,
        }
    }

    /// The same where the certificate of a bare value may have been given beside. Such a value may begin like any
    /// structure, but is hardly one from end to end.
    pub(super) fn beside(bytes: &[u8], circumstances: &Circumstances<'_>) -> Option<Self> {
        let depth = circumstances.limits.asn1_depth;
        Self::of(bytes)
            .filter(|_| !bare::fits(bytes, circumstances) || ber::extent(bytes, depth) == Ok(bytes.len()))
    }
}

/// What follows the header of a SEQUENCE, in DER or BER, whole or cut off.
fn inside(bytes: &[u8]) -> Option<&[u8]> {
    let [tag::SEQUENCE, length, rest @ ..] = bytes else { return None };
    let skip = if *length > 0x80 { usize::from(length & 0x7f) } else { 0 };
    rest.get(skip..)
}

/// Where a signature stands decides what its CMS must look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Profile {
    /// Anywhere: enclosed or detached, over the content or its digest.
    #[default]
    Any,
    /// In a PDF, detached (ISO 32000-2 §12.8.3.3).
    Detached,
    /// In a PDF, around the SHA-1 of the content (adbe.pkcs7.sha1).
    EnclosedSha1,
    /// In a PDF as PAdES: detached, the signer's certificate named under the signature (EN 319 142-1 §6.3).
    Cades,
}

/// A timestamp over the whole document, shown to hold, by which every signature under it existed.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    pub(super) proven: ProvenTime,
    pub(super) facts: TimeProof,
}

/// What a signature stands for, and what stands around it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Subject<'a> {
    /// What is signed, if it is there.
    pub(super) content: Option<Content<'a>>,
    /// The entry that is signed, if it is one of a package.
    pub(super) entry: Option<&'a str>,
    /// The signature algorithm that the document names.
    pub(super) method: Option<&'a str>,
    /// A time of signing inside the signed content.
    pub(super) time: Option<Timestamp>,
    /// The seal file that stands beside the signature.
    pub(super) seal: Option<&'a [u8]>,
    /// Whether the document promises a seal.
    pub(super) promises_seal: Option<bool>,
    /// What its CMS must look like.
    pub(super) profile: Profile,
    /// The earliest timestamp over the document with this signature in it.
    pub(super) stamp: Option<&'a Stamp>,
}

impl Subject<'_> {
    /// The time that a timestamp over the document proves.
    pub(super) fn proven(&self) -> Option<ProvenTime> {
        self.stamp.map(|stamp| stamp.proven)
    }

    /// Of a signature's own timestamp and the document's, the facts of the one that proves the earlier time.
    pub(super) fn better(&self, own: Option<ProvenTime>, facts: Option<TimeProof>) -> Option<TimeProof> {
        match self.stamp {
            Some(stamp) if own.is_none_or(|own| stamp.proven < own) => Some(stamp.facts.clone()),
            _ => facts,
        }
    }
}

/// Judges the signature `value` over `subject`. The identifier is left empty.
pub(super) fn judge(
    value: &[u8],
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Exhausted> {
    within(value.len() as u64, budget.limits().signature_bytes, Resource::SignatureBytes)?;
    let decoded = from_base64(value);
    let bytes = decoded.as_deref().unwrap_or(value);
    let depth = budget.limits().asn1_depth;
    let mut judgement = match Shape::beside(bytes, circumstances) {
        Some(Shape::Cms) => cms::judge(bytes, subject, circumstances, budget)?,
        Some(Shape::SesSignature) => ses::judge(bytes, subject, circumstances, budget)?,
        _ if Sm2Signature::parse(bytes).is_some()
            || Reader::only(bytes, depth).is_err()
                && (bytes.len() == 64 || bare::may_be(bytes, circumstances))
            || bare::fits(bytes, circumstances) =>
        {
            bare::judge(bytes, subject, circumstances, budget)?
        }
        _ => unreadable(SignatureKind::Unknown, "no known structure"),
    };
    if decoded.is_some() {
        judgement.reasons.push(Reason::new(Code::SignatureBase64, ""));
    }
    if let Some(Content::Digest(digest)) = &subject.content
        && judgement.integrity == Integrity::Intact
    {
        judgement.reasons.extend(digest.doubts());
    }
    if let Some(promised) = subject.promises_seal {
        let sealed = judgement.seal.is_some();
        let known = judgement.kind != SignatureKind::Unknown;
        // A seal where a plain signature is promised is common in the field and takes nothing away.
        if known && promised && !sealed {
            judgement.reasons.push(Reason::new(Code::SignatureKind, ""));
        }
    }
    let used = Use::of(&judgement);
    standing::judge(&mut judgement, used, circumstances);
    Ok(judgement)
}

/// A signature whose value cannot be read.
pub(super) fn unreadable(kind: SignatureKind, detail: impl ToString) -> SignatureJudgement {
    blank(kind, Integrity::Unchecked, Reason::new(Code::SignatureUnreadable, "").with(detail))
}

/// A signature about which nothing is known but `reason`.
pub(super) fn blank(kind: SignatureKind, integrity: Integrity, reason: Reason) -> SignatureJudgement {
    SignatureJudgement {
        id: String::new(),
        kind,
        integrity,
        signer: None,
        seal: None,
        signed_at: None,
        time_source: TimeSource::None,
        timestamp: None,
        chain: Chain::unchecked(),
        coverage: None,
        reasons: vec![reason],
    }
}

/// The bytes behind base64 text, as some writers store CMS.
fn from_base64(value: &[u8]) -> Option<Vec<u8>> {
    // The first byte of any structure here is 0x30, whose base64 begins with `M`.
    let text: Vec<u8> = match value.first()? {
        b'M' => value.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect(),
        _ => return None,
    };
    STANDARD.decode(text).ok()
}
