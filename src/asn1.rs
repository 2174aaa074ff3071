//! Strict DER: a cursor over the original bytes, so that what is hashed is what was received.
//! It knows no structure of its own; seals, certificates and CMS bring theirs. BER goes through [`ber`] first.

pub mod ber;
mod time;
pub mod write;

use std::fmt;

pub use self::time::{format_generalized, format_utc, parse_generalized, parse_utc};
use crate::clock::Timestamp;

/// Universal tags as their identifier octet (X.690 §8.1.2), and the two context tags that seals use.
#[expect(missing_docs, reason = "the names are those of X.680")]
pub mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const UTF8_STRING: u8 = 0x0c;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    pub const CONTEXT_0: u8 = 0xa0;
    pub const CONTEXT_1: u8 = 0xa1;
}

/// What is wrong, and at which byte of the outermost value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at byte {offset}")]
pub struct Error {
    /// The rule that was broken.
    pub fault: Fault,
    /// Offset from the start of the outermost value.
    pub offset: usize,
}

/// The rules of DER that a value can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A value has content that its type forbids.
    Content,
    /// Values nest deeper than the budget allows.
    Depth,
    /// A length is indefinite, longer than needed, or beyond 4 GiB.
    Length,
    /// Bytes are left over after the last value.
    Trailing,
    /// The input ends inside a value.
    Truncated,
    /// A value of another type stands here.
    UnexpectedTag {
        /// The identifier octet that stands here.
        found: u8,
        /// The identifier octet that belongs here.
        expected: u8,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content => f.write_str("forbidden content"),
            Self::Depth => f.write_str("values nested too deep"),
            Self::Length => f.write_str("length not in DER"),
            Self::Trailing => f.write_str("bytes left over"),
            Self::Truncated => f.write_str("input ends inside a value"),
            Self::UnexpectedTag { found, expected } => {
                write!(f, "tag {found:#04x} where {expected:#04x} belongs")
            }
        }
    }
}

/// One value, with the bytes it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Identifier octet.
    pub tag: u8,
    /// Identifier, length and content: what signatures cover.
    pub raw: &'a [u8],
    /// Content octets.
    pub value: &'a [u8],
    offset: usize,
    depth: u32,
}

impl<'a> Tlv<'a> {
    /// A cursor over the values inside this one.
    pub fn enter(&self) -> Result<Reader<'a>, Error> {
        let depth = self.depth.checked_sub(1).ok_or(Error { fault: Fault::Depth, offset: self.offset })?;
        let header = self.raw.len().saturating_sub(self.value.len());
        Ok(Reader { rest: self.value, offset: self.offset.saturating_add(header), depth })
    }

    /// A cursor over the values inside this SEQUENCE.
    pub fn sequence(&self) -> Result<Reader<'a>, Error> {
        self.must_be(tag::SEQUENCE)?;
        self.enter()
    }

    /// This value as text, if it is one of the string types with ASCII or UTF-8 content.
    pub fn text(&self) -> Result<&'a str, Error> {
        let ascii = matches!(self.tag, tag::IA5_STRING | tag::PRINTABLE_STRING);
        let text = std::str::from_utf8(self.value).map_err(|_| self.fault(Fault::Content))?;
        match self.tag {
            tag::UTF8_STRING => Ok(text),
            _ if ascii && text.is_ascii() => Ok(text),
            _ if ascii => Err(self.fault(Fault::Content)),
            found => Err(self.fault(Fault::UnexpectedTag { found, expected: tag::UTF8_STRING })),
        }
    }

    /// The instant in a UTCTime or GeneralizedTime.
    pub fn time(&self) -> Result<Timestamp, Error> {
        let parsed = match self.tag {
            tag::UTC_TIME => parse_utc(self.value),
            tag::GENERALIZED_TIME => parse_generalized(self.value),
            found => {
                return Err(self.fault(Fault::UnexpectedTag { found, expected: tag::GENERALIZED_TIME }));
            }
        };
        parsed.ok_or(self.fault(Fault::Content))
    }

    /// The content of a BIT STRING of whole bytes.
    pub fn bits(&self) -> Result<&'a [u8], Error> {
        self.must_be(tag::BIT_STRING)?;
        match self.value.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(self.fault(Fault::Content)),
        }
    }

    /// The content as a non-negative integer below 2⁶⁴; the tag, which may be implicit, is the caller's to check.
    pub fn unsigned(&self) -> Result<u64, Error> {
        match self.value {
            [] => Err(self.fault(Fault::Content)),
            [first, ..] if first & 0x80 != 0 => Err(self.fault(Fault::Content)),
            [0, second, ..] if second & 0x80 == 0 => Err(self.fault(Fault::Content)),
            bytes if bytes.len() > 9 || (bytes.len() == 9 && bytes.first() != Some(&0)) => {
                Err(self.fault(Fault::Content))
            }
            bytes => Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))),
        }
    }

    /// The OBJECT IDENTIFIER in dotted form.
    pub fn oid(&self) -> Result<String, Error> {
        self.must_be(tag::OID)?;
        dotted(self.value).ok_or(self.fault(Fault::Content))
    }

    /// The content of an OCTET STRING.
    pub fn octets(&self) -> Result<&'a [u8], Error> {
        self.must_be(tag::OCTET_STRING)?;
        Ok(self.value)
    }

    fn must_be(&self, expected: u8) -> Result<(), Error> {
        if self.tag == expected {
            Ok(())
        } else {
            Err(self.fault(Fault::UnexpectedTag { found: self.tag, expected }))
        }
    }

    const fn fault(&self, fault: Fault) -> Error {
        Error { fault, offset: self.offset }
    }
}

/// A cursor over consecutive values.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// A cursor over `bytes` that enters at most `depth` nested values.
    pub const fn new(bytes: &'a [u8], depth: u32) -> Self {
        Self { rest: bytes, offset: 0, depth }
    }

    /// Reads the one value that `bytes` consists of.
    pub fn only(bytes: &'a [u8], depth: u32) -> Result<Tlv<'a>, Error> {
        let mut reader = Self::new(bytes, depth);
        let value = reader.any()?;
        reader.finish()?;
        Ok(value)
    }

    /// Whether all values have been read.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The identifier octet of the next value.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Fails if a value is left.
    pub const fn finish(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.fault(Fault::Trailing)) }
    }

    /// The next value, of any type.
    pub fn any(&mut self) -> Result<Tlv<'a>, Error> {
        let truncated = self.fault(Fault::Truncated);
        let (&tag, after_tag) = self.rest.split_first().ok_or(truncated)?;
        // Tag numbers above 30 occur in none of the structures read here.
        if tag & 0x1f == 0x1f {
            return Err(self.fault(Fault::Content));
        }
        let (length, content) = self.length(after_tag)?;
        let value = content.get(..length).ok_or(truncated)?;
        let header = self.rest.len() - content.len();
        let (raw, rest) = self.rest.split_at_checked(header + length).ok_or(truncated)?;
        let tlv = Tlv { tag, raw, value, offset: self.offset, depth: self.depth };
        self.offset += raw.len();
        self.rest = rest;
        Ok(tlv)
    }

    /// The next value, which must have `tag`.
    pub fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, Error> {
        match self.peek() {
            Some(found) if found != tag => Err(self.fault(Fault::UnexpectedTag { found, expected: tag })),
            _ => self.any(),
        }
    }

    /// The next value if it has `tag`.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Error> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Enters the SEQUENCE that stands here.
    pub fn sequence(&mut self) -> Result<Reader<'a>, Error> {
        self.any()?.sequence()
    }

    /// The content of the OCTET STRING that stands here.
    pub fn octets(&mut self) -> Result<&'a [u8], Error> {
        Ok(self.expect(tag::OCTET_STRING)?.value)
    }

    /// The content of the BIT STRING of whole bytes that stands here.
    pub fn bits(&mut self) -> Result<&'a [u8], Error> {
        self.expect(tag::BIT_STRING)?.bits()
    }

    /// The OBJECT IDENTIFIER that stands here, in dotted form.
    pub fn oid(&mut self) -> Result<String, Error> {
        self.expect(tag::OID)?.oid()
    }

    /// The non-negative INTEGER below 2⁶⁴ that stands here.
    pub fn unsigned(&mut self) -> Result<u64, Error> {
        self.expect(tag::INTEGER)?.unsigned()
    }

    fn length(&self, bytes: &'a [u8]) -> Result<(usize, &'a [u8]), Error> {
        let (&first, rest) = bytes.split_first().ok_or(self.fault(Fault::Truncated))?;
        if first < 0x80 {
            return Ok((usize::from(first), rest));
        }
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return Err(self.fault(Fault::Length));
        }
        let (octets, rest) = rest.split_at_checked(count).ok_or(self.fault(Fault::Truncated))?;
        let length = octets.iter().fold(0_usize, |length, octet| length << 8 | usize::from(*octet));
        let minimal = length >= 0x80 && octets.first() != Some(&0);
        if minimal { Ok((length, rest)) } else { Err(self.fault(Fault::Length)) }
    }

    const fn fault(&self, fault: Fault) -> Error {
        Error { fault, offset: self.offset }
    }
}

/// An OBJECT IDENTIFIER's content octets in dotted form; `None` if they are not minimal or overflow.
pub fn dotted(content: &[u8]) -> Option<String> {
    let mut arcs: Vec<u64> = Vec::with_capacity(content.len() + 1);
    let mut arc: u64 = 0;
    let mut inside = false;
    for byte in content {
        if !inside && *byte == 0x80 {
            return None;
        }
        arc = arc.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        inside = byte & 0x80 != 0;
        if !inside {
            if arcs.is_empty() {
                let root = (arc / 40).min(2);
                arcs.push(root);
                arc -= root * 40;
            }
            arcs.push(arc);
            arc = 0;
        }
    }
    if inside || arcs.is_empty() {
        return None;
    }
    let arcs: Vec<String> = arcs.iter().map(u64::to_string).collect();
    Some(arcs.join("."))
}

#[cfg(test)]
mod tests;
