//! Timestamp tokens (时间戳) of RFC 3161 and GB/T 20520: who says that which digest existed when.
//! It reads structure from DER; whether a token proves anything is judged in `timestamp`.

use super::cms::SignedData;
use crate::asn1::{self, Reader, Tlv, tag};
use crate::clock::Timestamp;

/// id-ct-TSTInfo, RFC 3161 §2.4.2.
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";

const CONTEXT_0_PRIMITIVE: u8 = 0x80;
const CONTEXT_1_PRIMITIVE: u8 = 0x81;

/// Why bytes are not a timestamp token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The accuracy's fractions are outside 1 to 999 (RFC 3161 §2.4.2).
    #[error("the accuracy is malformed")]
    Accuracy,
    /// The signed content is not TSTInfo, or is not inside.
    #[error("the signed content is no timestamp")]
    Content,
    /// An extension that must be understood is not.
    #[error("critical extension `{0}` is not understood")]
    CriticalExtension(String),
    /// The bytes do not have the structure.
    #[error(transparent)]
    Der(#[from] asn1::Error),
    /// A response says that no token was granted.
    #[error("the response has status {0} and no token")]
    Refused(u64),
    /// The version is not 1.
    #[error("version {0} is not known")]
    Version(u64),
}

/// A token: signed data around what the authority states.
#[derive(Clone, Debug)]
pub struct TimestampToken<'a> {
    /// The signed data, with signers and certificates.
    pub data: SignedData<'a>,
    /// The bytes of TSTInfo: what is signed.
    pub content: &'a [u8],
    /// What they state.
    pub info: TimestampInfo<'a>,
}

/// TSTInfo (RFC 3161 §2.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampInfo<'a> {
    /// The policy under which the token was issued, in dotted form.
    pub policy: String,
    /// Object identifier of the imprint's digest.
    pub digest: String,
    /// The digest of what existed (hashedMessage).
    pub imprint: &'a [u8],
    /// The serial number's content octets.
    pub serial: &'a [u8],
    /// When it existed (genTime), fractions cut to the millisecond.
    pub at: Timestamp,
    /// How far the true time may lie from `at`, in microseconds, if stated.
    pub accuracy_micros: Option<u64>,
    /// Whether any two tokens of the authority can be ordered by their times alone.
    pub ordering: bool,
    /// The requester's number, content octets.
    pub nonce: Option<&'a [u8]>,
    /// The authority's name as encoded, if it is stated as a directory name.
    pub authority: Option<&'a [u8]>,
}

impl<'a> TimestampToken<'a> {
    /// Parses `der`: a TimeStampToken, or a TimeStampResp with one inside. Nothing may follow it.
    pub fn parse(der: &'a [u8], depth: u32) -> Result<Self, Error> {
        let outer = Reader::only(der, depth)?;
        let mut fields = outer.sequence()?;
        let token = match fields.peek() {
            Some(tag::SEQUENCE) => granted(&mut fields)?,
            _ => outer,
        };
        let data = SignedData::parse(token.raw, depth)?;
        let content = data.content.filter(|_| data.content_type == TST_INFO).ok_or(Error::Content)?;
        let info = TimestampInfo::parse(content, depth)?;
        Ok(Self { data, content, info })
    }
}

/// The token of a TimeStampResp (RFC 3161 §2.4.2), which must have been granted.
fn granted<'a>(response: &mut Reader<'a>) -> Result<Tlv<'a>, Error> {
    let status = response.sequence()?.unsigned()?;
    // granted and grantedWithMods
    if status > 1 || response.is_empty() {
        return Err(Error::Refused(status));
    }
    let token = response.expect(tag::SEQUENCE)?;
    response.finish()?;
    Ok(token)
}

impl<'a> TimestampInfo<'a> {
    fn parse(der: &'a [u8], depth: u32) -> Result<Self, Error> {
        let mut fields = Reader::only(der, depth)?.sequence()?;
        let version = fields.unsigned()?;
        if version != 1 {
            return Err(Error::Version(version));
        }
        let policy = fields.oid()?;
        let mut imprint = fields.sequence()?;
        let digest = imprint.sequence()?.oid()?;
        let hashed = imprint.octets()?;
        imprint.finish()?;
        let serial = fields.expect(tag::INTEGER)?.value;
        let at = fields.expect(tag::GENERALIZED_TIME)?.time()?;
        let accuracy_micros = match fields.optional(tag::SEQUENCE)? {
            Some(accuracy) => Some(accuracy_micros(&mut accuracy.enter()?)?),
            None => None,
        };
        let ordering = fields.optional(tag::BOOLEAN)?.is_some_and(|ordering| ordering.value != [0]);
        let nonce = fields.optional(tag::INTEGER)?.map(|nonce| nonce.value);
        let authority = match fields.optional(tag::CONTEXT_0)? {
            Some(name) => directory_name(&name)?,
            None => None,
        };
        if let Some(extensions) = fields.optional(tag::CONTEXT_1)? {
            refuse_critical(&mut extensions.enter()?)?;
        }
        fields.finish()?;
        Ok(Self { policy, digest, imprint: hashed, serial, at, accuracy_micros, ordering, nonce, authority })
    }
}

fn accuracy_micros(fields: &mut Reader<'_>) -> Result<u64, Error> {
    let seconds = if fields.peek() == Some(tag::INTEGER) { fields.unsigned()? } else { 0 };
    let mut fraction = |tag| match fields.optional(tag)? {
        None => Ok(0),
        Some(fraction) => match fraction.unsigned()? {
            fraction @ 1..=999 => Ok(fraction),
            _ => Err(Error::Accuracy),
        },
    };
    let (millis, micros) = (fraction(CONTEXT_0_PRIMITIVE)?, fraction(CONTEXT_1_PRIMITIVE)?);
    fields.finish()?;
    let whole = seconds.checked_mul(1_000_000).ok_or(Error::Accuracy)?;
    whole.checked_add(millis * 1000 + micros).ok_or(Error::Accuracy)
}

/// The Name in a GeneralName, if that is its form (RFC 5280 §4.2.1.6: directoryName [4], explicit as a CHOICE).
fn directory_name<'a>(name: &Tlv<'a>) -> Result<Option<&'a [u8]>, Error> {
    let mut inside = name.enter()?;
    let form = inside.any()?;
    inside.finish()?;
    if form.tag != 0xa4 {
        return Ok(None);
    }
    let mut name = form.enter()?;
    let raw = name.expect(tag::SEQUENCE)?.raw;
    name.finish()?;
    Ok(Some(raw))
}

fn refuse_critical(extensions: &mut Reader<'_>) -> Result<(), Error> {
    while !extensions.is_empty() {
        let mut extension = extensions.sequence()?;
        let oid = extension.oid()?;
        let critical = extension.optional(tag::BOOLEAN)?.is_some_and(|critical| critical.value != [0]);
        extension.octets()?;
        extension.finish()?;
        if critical {
            return Err(Error::CriticalExtension(oid));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
