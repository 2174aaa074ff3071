//! CMS SignedData (RFC 5652 §5) and its twin with Chinese object identifiers (GB/T 35275-2017 §8).
//! It reads structure from DER; signatures and certificates are judged elsewhere.

use crate::asn1::{Error, Reader, tag};

/// Object identifiers of the two families (RFC 5652 §4, GB/T 35275-2017 §7).
const SIGNED_DATA: [&str; 2] = ["1.2.840.113549.1.7.2", "1.2.156.10197.6.1.4.2.2"];
/// Certificates in one message. A path has at most nine; each costs a parse.
const CERTIFICATES: usize = 64;

const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
/// RFC 5035 §5.4 and §3: the signer's certificate by its SHA-1, and by any digest.
const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
const SHA1: &str = "1.3.14.3.2.26";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";

/// What a CMS signature consists of.
#[derive(Clone, Debug)]
pub struct SignedData<'a> {
    /// Whether the outer object identifier is that of GB/T 35275.
    pub chinese: bool,
    /// The type of the content.
    pub content_type: String,
    /// The content, if it is inside.
    pub content: Option<&'a [u8]>,
    /// The certificates, in DER.
    pub certificates: Vec<&'a [u8]>,
    /// The signers.
    pub signers: Vec<SignerInfo<'a>>,
}

/// One signer.
#[derive(Clone, Debug)]
pub struct SignerInfo<'a> {
    /// Which certificate is the signer's.
    pub identifier: SignerIdentifier<'a>,
    /// Object identifier of the digest.
    pub digest: String,
    /// What the signature is over, if not the content itself.
    pub attributes: Option<SignedAttributes<'a>>,
    /// Object identifier of the signature or key.
    pub algorithm: String,
    /// What the algorithm's parameters hold, if they are a SEQUENCE.
    pub parameters: Option<&'a [u8]>,
    /// The signature's value.
    pub signature: &'a [u8],
    /// Whether there are unsigned attributes, such as a timestamp.
    pub unsigned_attributes: bool,
}

/// How a signer names its certificate.
#[derive(Clone, Copy, Debug)]
pub enum SignerIdentifier<'a> {
    /// Issuer's name as encoded, and serial number's content octets.
    IssuerAndSerial(&'a [u8], &'a [u8]),
    /// Subject key identifier.
    SubjectKey(&'a [u8]),
}

/// Attributes under the signature (RFC 5652 §11).
#[derive(Clone, Debug)]
pub struct SignedAttributes<'a> {
    /// The attributes as a SET in DER: what the signature is over.
    pub der: Vec<u8>,
    /// Types of the content; there should be one.
    pub content_types: Vec<String>,
    /// Digests of the content; there should be one.
    pub message_digests: Vec<&'a [u8]>,
    /// Claimed times of signing.
    pub signing_times: Vec<crate::clock::Timestamp>,
    /// The signer's certificates as the signer names them (RFC 5035), the first of each attribute.
    pub signing_certificates: Vec<NamedCertificate<'a>>,
}

/// A certificate that a signature names by digest (ESSCertID, ESSCertIDv2).
#[derive(Clone, Debug)]
pub struct NamedCertificate<'a> {
    /// Object identifier of the digest.
    pub digest: String,
    /// The digest.
    pub hash: &'a [u8],
    /// The serial number's content octets, if stated.
    pub serial: Option<&'a [u8]>,
}

impl<'a> SignedData<'a> {
    /// Parses `der`; nothing may follow it.
    pub fn parse(der: &'a [u8], depth: u32) -> Result<Self, Error> {
        let mut info = Reader::only(der, depth)?.enter()?;
        let outer = info.oid()?;
        let family = SIGNED_DATA.iter().position(|known| *known == outer);
        let mut wrapper = info.expect(tag::CONTEXT_0)?.enter()?;
        info.finish()?;
        let mut data = wrapper.sequence()?;
        wrapper.finish()?;
        data.unsigned()?;
        data.expect(tag::SET)?;
        let mut encapsulated = data.sequence()?;
        let content_type = encapsulated.oid()?;
        let content = match encapsulated.optional(tag::CONTEXT_0)? {
            // PKCS#7 1.5 allows any type here (RFC 2315 §7); its content octets are what is signed.
            Some(wrapper) => Some(wrapper.enter()?.any()?.value),
            None => None,
        };
        encapsulated.finish()?;
        let mut certificates = Vec::new();
        if let Some(set) = data.optional(tag::CONTEXT_0)? {
            let mut set = set.enter()?;
            while !set.is_empty() {
                let certificate = set.any()?.raw;
                if certificates.len() == CERTIFICATES {
                    return Err(not_signed_data());
                }
                certificates.push(certificate);
            }
        }
        data.optional(tag::CONTEXT_1)?;
        let mut set = data.expect(tag::SET)?.enter()?;
        data.finish()?;
        let mut signers = Vec::new();
        while !set.is_empty() {
            signers.push(SignerInfo::parse(&mut set.sequence()?)?);
        }
        let chinese = match family {
            Some(family) => family == 1,
            None => return Err(not_signed_data()),
        };
        Ok(Self { chinese, content_type, content, certificates, signers })
    }
}

impl<'a> SignerInfo<'a> {
    fn parse(reader: &mut Reader<'a>) -> Result<Self, Error> {
        reader.unsigned()?;
        let identifier = match reader.peek() {
            Some(tag::SEQUENCE) => {
                let mut both = reader.sequence()?;
                let issuer = both.expect(tag::SEQUENCE)?.raw;
                let serial = both.expect(tag::INTEGER)?.value;
                both.finish()?;
                SignerIdentifier::IssuerAndSerial(issuer, serial)
            }
            // [0] IMPLICIT OCTET STRING.
            _ => SignerIdentifier::SubjectKey(reader.expect(0x80)?.value),
        };
        let digest = reader.sequence()?.oid()?;
        let attributes = match reader.optional(tag::CONTEXT_0)? {
            Some(attributes) => Some(SignedAttributes::parse(&attributes)?),
            None => None,
        };
        let mut identifier_of_algorithm = reader.sequence()?;
        let algorithm = identifier_of_algorithm.oid()?;
        let parameters = identifier_of_algorithm.optional(tag::SEQUENCE)?.map(|parameters| parameters.value);
        let signature = reader.octets()?;
        let unsigned_attributes = reader.optional(tag::CONTEXT_1)?.is_some();
        reader.finish()?;
        Ok(Self { identifier, digest, attributes, algorithm, parameters, signature, unsigned_attributes })
    }
}

impl<'a> SignedAttributes<'a> {
    fn parse(attributes: &crate::asn1::Tlv<'a>) -> Result<Self, Error> {
        // The signature is over an explicit SET, not the [0] that stands in the message (RFC 5652 §5.4).
        let der = crate::asn1::write::tlv(tag::SET, attributes.value);
        let mut parsed = Self {
            der,
            content_types: Vec::new(),
            message_digests: Vec::new(),
            signing_times: Vec::new(),
            signing_certificates: Vec::new(),
        };
        let mut reader = attributes.enter()?;
        while !reader.is_empty() {
            let mut attribute = reader.sequence()?;
            let kind = attribute.oid()?;
            let mut values = attribute.expect(tag::SET)?.enter()?;
            attribute.finish()?;
            while !values.is_empty() {
                match kind.as_str() {
                    CONTENT_TYPE => parsed.content_types.push(values.oid()?),
                    MESSAGE_DIGEST => parsed.message_digests.push(values.octets()?),
                    SIGNING_TIME => parsed.signing_times.push(values.any()?.time()?),
                    SIGNING_CERTIFICATE => {
                        parsed.signing_certificates.push(NamedCertificate::first(&mut values, false)?);
                    }
                    SIGNING_CERTIFICATE_V2 => {
                        parsed.signing_certificates.push(NamedCertificate::first(&mut values, true)?);
                    }
                    _ => {
                        values.any()?;
                    }
                }
            }
        }
        Ok(parsed)
    }
}

impl<'a> NamedCertificate<'a> {
    /// The first certificate of SigningCertificate, which is the signer's; of version 2 if `second`.
    fn first(values: &mut Reader<'a>, second: bool) -> Result<Self, Error> {
        let mut one = values.sequence()?.sequence()?.sequence()?;
        let digest = match (second, one.peek()) {
            (false, _) => SHA1.to_owned(),
            (true, Some(tag::SEQUENCE)) => one.sequence()?.oid()?,
            (true, _) => SHA256.to_owned(),
        };
        let hash = one.octets()?;
        let serial = match one.optional(tag::SEQUENCE)? {
            Some(issuer_and_serial) => {
                let mut both = issuer_and_serial.enter()?;
                both.expect(tag::SEQUENCE)?;
                Some(both.expect(tag::INTEGER)?.value)
            }
            None => None,
        };
        Ok(Self { digest, hash, serial })
    }
}

/// TSTInfo (RFC 3161 §2.4.2, GB/T 20520): what a timestamp says about which digest.
#[derive(Clone, Debug)]
pub struct TimestampInfo<'a> {
    /// Object identifier of the digest.
    pub digest: String,
    /// The digest of what existed (messageImprint).
    pub imprint: &'a [u8],
    /// When it existed.
    pub time: crate::clock::Timestamp,
}

impl<'a> TimestampInfo<'a> {
    /// The content type of timestamps.
    pub const CONTENT_TYPE: &'static str = "1.2.840.113549.1.9.16.1.4";

    /// Parses `der`, the content of a SignedData; what follows the time is not looked at.
    pub fn parse(der: &'a [u8], depth: u32) -> Result<Self, Error> {
        let mut info = Reader::only(der, depth)?.enter()?;
        info.unsigned()?;
        info.oid()?;
        let mut imprint = info.sequence()?;
        let digest = imprint.sequence()?.oid()?;
        let imprint = imprint.octets()?;
        info.expect(tag::INTEGER)?;
        let time = info.any()?.time()?;
        Ok(Self { digest, imprint, time })
    }
}

const fn not_signed_data() -> Error {
    Error { fault: crate::asn1::Fault::Content, offset: 0 }
}
