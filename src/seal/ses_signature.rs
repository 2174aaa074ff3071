//! SES_Signature: a signature made with a seal, in all layouts, with the bytes that the signer signed.
//!
//! ```text
//! 2014:       SEQ { toSign, signature BIT STRING }
//! 2020, 2025: SEQ { toSign, cert OCTET STRING, signatureAlgorithm OID, signature BIT STRING, [0] timestamp OPTIONAL }
//! toSign:     SEQ { version, seal, time, dataHash BIT STRING, propertyInfo IA5String, … }
//!             2014 adds cert and signatureAlgorithm here; 2020 on may add [0] extensions
//! ```

use super::attached_timestamp;
use super::layout::Layout;
use super::ses_seal::Seal;
use super::time::{is_token, parse_loose};
use crate::asn1::{Error, Reader, tag};
use crate::clock::Timestamp;

/// A parsed seal signature.
#[derive(Clone, Debug)]
pub struct SesSignature<'a> {
    /// The layout, by shape.
    pub layout: Layout,
    /// The version that it states.
    pub version: u64,
    /// The seal inside.
    pub seal: Seal<'a>,
    /// The claimed time, if it can be read.
    pub time: Option<Timestamp>,
    /// Whether the time is written as the standard says.
    pub clean_time: bool,
    /// The digest of what is signed.
    pub data_hash: &'a [u8],
    /// Which file is signed (propertyInfo).
    pub property: &'a str,
    /// The signer's certificate.
    pub signer: &'a [u8],
    /// Object identifier of the signature.
    pub algorithm: String,
    /// The signature.
    pub signature: &'a [u8],
    /// What the signer signed.
    pub signed: &'a [u8],
    /// The timestamp over the signature, as encoded (2020 on).
    pub timestamp: Option<&'a [u8]>,
    /// A timestamp that stands inside the signed part in place of a time (2014).
    pub content_timestamp: Option<&'a [u8]>,
}

impl SesSignature<'_> {
    /// Whether `bytes` are what seal signatures are over (TBS_Sign), in any layout and as loosely as writers have it.
    pub fn is_statement(bytes: &[u8], depth: u32) -> bool {
        let read = || {
            let mut fields = Reader::only(bytes, depth).ok()?.sequence().ok()?;
            fields.expect(tag::INTEGER).ok()?;
            fields.expect(tag::SEQUENCE).ok()?;
            // The time, and the digest.
            fields.any().ok()?;
            fields.any().ok()?;
            fields.expect(tag::IA5_STRING).ok()
        };
        read().is_some()
    }
}

impl<'a> SesSignature<'a> {
    /// Parses `der`, which must be one signature and nothing more.
    pub fn parse(der: &'a [u8], depth: u32) -> Result<Self, Error> {
        let mut outer = Reader::only(der, depth)?.sequence()?;
        let signed = outer.expect(tag::SEQUENCE)?;
        let mut to_sign = signed.enter()?;
        let version = to_sign.unsigned()?;
        let seal = Seal::from_tlv(&to_sign.expect(tag::SEQUENCE)?)?;
        let time = to_sign.any()?;
        let data_hash = to_sign.bits()?;
        let property = to_sign.expect(tag::IA5_STRING)?.text()?;
        let of_2014 = to_sign.peek() == Some(tag::OCTET_STRING);
        let mut proof = if of_2014 { to_sign.clone() } else { outer.clone() };
        let signer = proof.octets()?;
        let algorithm = proof.oid()?;
        let (signature, timestamp) = if of_2014 {
            proof.finish()?;
            let signature = outer.bits()?;
            outer.finish()?;
            (signature, None)
        } else {
            to_sign.optional(tag::CONTEXT_0)?;
            to_sign.finish()?;
            let signature = proof.bits()?;
            let timestamp = proof.optional(tag::CONTEXT_0)?.map(attached_timestamp);
            proof.finish()?;
            (signature, timestamp)
        };
        let (time, clean_time, content_timestamp) = match time.tag {
            tag::BIT_STRING => match time.bits()? {
                token if is_token(token) => (None, false, Some(token)),
                text => (parse_loose(text), false, None),
            },
            _ => (Some(time.time()?), true, None),
        };
        let layout = match (of_2014, version) {
            (true, _) => Layout::Gmt2014,
            (false, 0..=4) => Layout::Gbt2020,
            (false, _) => Layout::Gmt2025,
        };
        Ok(Self {
            layout,
            version,
            seal,
            time,
            clean_time: clean_time || of_2014,
            data_hash,
            property,
            signer,
            algorithm,
            signature,
            signed: signed.raw,
            timestamp,
            content_timestamp,
        })
    }
}
