//! Writes DER, for the hash inputs that standards define as a new SEQUENCE over old parts, and for the forge.
//! Values are concatenated as given: ordering a SET is the caller's duty.

use super::{format_generalized, format_utc, tag};
use crate::clock::Timestamp;

/// One value: identifier octet, minimal length, content.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    header(tag, content.len(), &mut out);
    out.extend_from_slice(content);
    out
}

/// Identifier octet and minimal length, onto the end of `out`.
pub fn header(tag: u8, length: usize, out: &mut Vec<u8>) {
    out.push(tag);
    if length < 0x80 {
        out.push(length.to_le_bytes()[0]);
    } else {
        let octets = length.to_be_bytes();
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        let count = octets.len() - zeros;
        out.push(0x80 | count.to_le_bytes()[0]);
        out.extend(octets.iter().skip(zeros));
    }
}

/// A constructed value over `parts`.
pub fn constructed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

/// A SEQUENCE over `parts`.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    constructed(tag::SEQUENCE, parts)
}

/// An INTEGER from a big-endian magnitude, in its shortest form.
pub fn integer(magnitude: &[u8]) -> Vec<u8> {
    let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
    let significant = magnitude.get(zeros..).unwrap_or_default();
    let mut content = Vec::with_capacity(significant.len() + 1);
    if significant.first().is_none_or(|first| first & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(significant);
    tlv(tag::INTEGER, &content)
}

/// An INTEGER from a number.
pub fn unsigned(number: u64) -> Vec<u8> {
    integer(&number.to_be_bytes())
}

/// A BIT STRING of whole bytes.
pub fn bits(content: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &[&[0], content].concat())
}

/// An OCTET STRING.
pub fn octets(content: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, content)
}

/// An OBJECT IDENTIFIER from its dotted form; `None` if that is not one.
pub fn oid(dotted: &str) -> Option<Vec<u8>> {
    let arcs: Vec<u64> = dotted.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    let (&[root, second], rest) = arcs.split_first_chunk::<2>()?;
    if root > 2 || (root < 2 && second > 39) {
        return None;
    }
    let mut content = Vec::new();
    for arc in std::iter::once(root.checked_mul(40)?.checked_add(second)?).chain(rest.iter().copied()) {
        let groups = (1..=10_u32).find(|groups| groups * 7 >= 64 - arc.leading_zeros()).unwrap_or(10);
        for group in (0..groups).rev() {
            let bits = (arc >> (group * 7)).to_le_bytes()[0] & 0x7f;
            content.push(if group == 0 { bits } else { bits | 0x80 });
        }
    }
    Some(tlv(tag::OID, &content))
}

/// A BOOLEAN.
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// A UTF8String.
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(tag::UTF8_STRING, text.as_bytes())
}

/// An IA5String; that `text` is ASCII is the caller's duty.
pub fn ia5(text: &str) -> Vec<u8> {
    tlv(tag::IA5_STRING, text.as_bytes())
}

/// A PrintableString; that `text` keeps to its alphabet is the caller's duty.
pub fn printable(text: &str) -> Vec<u8> {
    tlv(tag::PRINTABLE_STRING, text.as_bytes())
}

/// A UTCTime; `None` outside 1950 to 2049.
pub fn utc_time(at: Timestamp) -> Option<Vec<u8>> {
    format_utc(at).map(|text| tlv(tag::UTC_TIME, text.as_bytes()))
}

/// A GeneralizedTime in whole seconds; `None` outside years 0 to 9999.
pub fn generalized_time(at: Timestamp) -> Option<Vec<u8>> {
    format_generalized(at).map(|text| tlv(tag::GENERALIZED_TIME, text.as_bytes()))
}
