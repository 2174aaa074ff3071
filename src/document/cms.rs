//! CMS SignedData (RFC 5652 §5) and its twin with Chinese object identifiers (GB/T 35275-2017 §8).
//! It reads structure from DER; signatures and certificates are judged elsewhere.

use crate::asn1::{Error, Reader, Tlv, tag};
use crate::crypto::DigestAlgorithm;
use crate::pki::Certificate;

/// Object identifiers of the two families (RFC 5652 §4, GB/T 35275-2017 §7).
const SIGNED_DATA: [&str; 2] = ["1.2.840.113549.1.7.2", "1.2.156.10197.6.1.4.2.2"];
/// Certificates in one message. A path has at most nine; each costs a parse.
const CERTIFICATES: usize = 64;
/// Signers of one message. Licenses have one; parsed ones take many times their size.
const SIGNERS: usize = 64;
/// Values of attributes of one signer, timestamps each one. Signatures with every attribute of CAdES have under 20.
const ATTRIBUTES: usize = 1_024;

const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
/// RFC 5035 §5 and §3: which certificate the signer used, by SHA-1 and by any digest.
const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
/// RFC 3161 appendix A.
const TIMESTAMP: &str = "1.2.840.113549.1.9.16.2.14";

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
    /// Timestamp tokens over the signature's value, as encoded.
    pub timestamps: Vec<&'a [u8]>,
}

/// How a signer names its certificate.
#[derive(Clone, Copy, Debug)]
pub enum SignerIdentifier<'a> {
    /// Issuer's name as encoded, and serial number's content octets.
    IssuerAndSerial(&'a [u8], &'a [u8]),
    /// Subject key identifier.
    SubjectKey(&'a [u8]),
}

impl SignerIdentifier<'_> {
    /// Whether `certificate` is the one that is named.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match *self {
            Self::IssuerAndSerial(issuer, serial) => {
                certificate.issuer_der() == issuer && certificate.serial_raw == serial
            }
            Self::SubjectKey(key) => certificate.subject_key.as_deref() == Some(key),
        }
    }
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
    /// Which certificate the signer says it used; at most one of each form.
    pub signing_certificates: Vec<CertificateDigest<'a>>,
}

/// A certificate by its digest (ESSCertID of RFC 2634, ESSCertIDv2 of RFC 5035 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateDigest<'a> {
    /// Object identifier of the digest.
    pub algorithm: String,
    /// The digest.
    pub digest: &'a [u8],
}

impl<'a> SignedData<'a> {
    /// Parses `der`; nothing may follow it.
    pub fn parse(der: &'a [u8], depth: u32) -> Result<Self, Error> {
        let mut info = Reader::only(der, depth)?.sequence()?;
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
            if signers.len() == SIGNERS {
                return Err(not_signed_data());
            }
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
        let mut timestamps = Vec::new();
        if let Some(unsigned) = reader.optional(tag::CONTEXT_1)? {
            for (kind, value) in attribute_values(&unsigned)? {
                if kind == TIMESTAMP {
                    timestamps.push(value.raw);
                }
            }
        }
        reader.finish()?;
        Ok(Self { identifier, digest, attributes, algorithm, parameters, signature, timestamps })
    }
}

impl SignedAttributes<'_> {
    /// Whether `bytes` are what signatures with attributes are over: a SET of attributes, the type of some content or the
    /// digest of a message among them. A value over them shows nothing for them as content (RFC 5652 §5.4 signs both alike).
    pub fn are(bytes: &[u8], depth: u32) -> bool {
        let set = Reader::only(bytes, depth).ok().filter(|set| set.tag == tag::SET);
        let values = set.and_then(|set| attribute_values(&set).ok()).unwrap_or_default();
        values.iter().any(|(kind, _)| matches!(kind.as_str(), CONTENT_TYPE | MESSAGE_DIGEST))
    }
}

impl<'a> SignedAttributes<'a> {
    fn parse(attributes: &Tlv<'a>) -> Result<Self, Error> {
        // The signature is over an explicit SET, not the [0] that stands in the message (RFC 5652 §5.4).
        let der = crate::asn1::write::tlv(tag::SET, attributes.value);
        let mut parsed = Self {
            der,
            content_types: Vec::new(),
            message_digests: Vec::new(),
            signing_times: Vec::new(),
            signing_certificates: Vec::new(),
        };
        for (kind, value) in attribute_values(attributes)? {
            match kind.as_str() {
                CONTENT_TYPE => parsed.content_types.push(value.oid()?),
                MESSAGE_DIGEST => parsed.message_digests.push(value.octets()?),
                SIGNING_TIME => parsed.signing_times.push(value.time()?),
                SIGNING_CERTIFICATE => {
                    parsed
                        .signing_certificates
                        .push(CertificateDigest::parse(&value, DigestAlgorithm::Sha1)?);
                }
                SIGNING_CERTIFICATE_V2 => {
                    parsed
                        .signing_certificates
                        .push(CertificateDigest::parse(&value, DigestAlgorithm::Sha256)?);
                }
                _ => {}
            }
        }
        Ok(parsed)
    }
}

impl<'a> CertificateDigest<'a> {
    /// The first certificate of the list, which is the signer's; others may follow to narrow its path.
    fn parse(attribute: &Tlv<'a>, default: DigestAlgorithm) -> Result<Self, Error> {
        let mut first = attribute.sequence()?.sequence()?.sequence()?;
        let algorithm = match first.peek() {
            Some(tag::SEQUENCE) => first.sequence()?.oid()?,
            _ => default.oid().to_owned(),
        };
        Ok(Self { algorithm, digest: first.octets()? })
    }
}

/// Each value in a set of attributes, with the type of its attribute.
fn attribute_values<'a>(attributes: &Tlv<'a>) -> Result<Vec<(String, Tlv<'a>)>, Error> {
    let mut found = Vec::new();
    let mut reader = attributes.enter()?;
    while !reader.is_empty() {
        let mut attribute = reader.sequence()?;
        let kind = attribute.oid()?;
        let mut values = attribute.expect(tag::SET)?.enter()?;
        attribute.finish()?;
        while !values.is_empty() {
            if found.len() == ATTRIBUTES {
                return Err(not_signed_data());
            }
            found.push((kind.clone(), values.any()?));
        }
    }
    Ok(found)
}

const fn not_signed_data() -> Error {
    Error { fault: crate::asn1::Fault::Content, offset: 0 }
}
