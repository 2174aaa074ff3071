//! X.509 version 3 certificates over SM2 keys, in the profile of GM/T 0015-2012 and RFC 5280.
//! A draft is written as it stands, sense or nonsense; [`super::Authority`] fills in sensible ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Error, Name, algorithm, generalized_time, oid, utc_time};
use crate::asn1::{tag, write};
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, SigningKey};

/// The recommended SM2 curve, GB/T 33560-2017.
pub const SM2_CURVE: &str = "1.2.156.10197.1.301";

const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
const KEY_USAGE: &str = "2.5.29.15";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
const TIMESTAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// From when until when something holds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first instant.
    pub from: Timestamp,
    /// The last instant.
    pub until: Timestamp,
}

/// What a certificate is issued for; decides its constraints and key usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Issues certificates.
    Authority,
    /// Signs documents, seals included: the signing half of a dual-certificate pair (GM/T 0015 §5.2).
    Signer,
    /// The encryption half of the pair. It must not sign.
    Encryption,
    /// Signs timestamps, and nothing else (RFC 3161 §2.3).
    Timestamper,
}

/// Bits of the keyUsage extension, RFC 5280 §4.2.1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the RFC")]
pub enum KeyUsage {
    DigitalSignature = 0,
    NonRepudiation = 1,
    KeyEncipherment = 2,
    DataEncipherment = 3,
    KeyAgreement = 4,
    KeyCertSign = 5,
    CrlSign = 6,
}

/// One extension, of a certificate or of a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// What it is, in dotted form.
    pub oid: String,
    /// Whether a reader that does not know it must refuse.
    pub critical: bool,
    /// The DER inside.
    pub value: Vec<u8>,
}

impl Extension {
    /// subjectKeyIdentifier of the key with `point`.
    pub fn subject_key(point: &[u8]) -> Self {
        let value = write::octets(&key_identifier(point));
        Self { oid: SUBJECT_KEY_IDENTIFIER.to_owned(), critical: false, value }
    }

    /// authorityKeyIdentifier of the issuer's key with `point`.
    pub fn authority_key(point: &[u8]) -> Self {
        // keyIdentifier [0] IMPLICIT
        let value = write::sequence(&[&write::tlv(0x80, &key_identifier(point))]);
        Self { oid: AUTHORITY_KEY_IDENTIFIER.to_owned(), critical: false, value }
    }

    /// basicConstraints, critical.
    pub fn basic_constraints(authority: bool, path_length: Option<u64>) -> Self {
        let authority = if authority { write::boolean(true) } else { Vec::new() };
        let path_length = path_length.map(write::unsigned).unwrap_or_default();
        let value = write::sequence(&[&authority, &path_length]);
        Self { oid: BASIC_CONSTRAINTS.to_owned(), critical: true, value }
    }

    /// keyUsage, critical.
    pub fn key_usage(usage: &[KeyUsage]) -> Self {
        let bits = usage.iter().fold(0_u8, |bits, usage| bits | (0x80 >> (*usage as u8)));
        // A named bit list drops its trailing zero bits (X.690 §11.2.2).
        let unused = if bits == 0 { 0 } else { bits.trailing_zeros().to_le_bytes()[0] };
        let content = if bits == 0 { vec![0] } else { vec![unused, bits] };
        Self { oid: KEY_USAGE.to_owned(), critical: true, value: write::tlv(tag::BIT_STRING, &content) }
    }

    /// extendedKeyUsage with id-kp-timeStamping alone, critical.
    pub fn timestamping() -> Result<Self, Error> {
        let value = write::sequence(&[&oid(TIMESTAMPING)?]);
        Ok(Self { oid: EXTENDED_KEY_USAGE.to_owned(), critical: true, value })
    }

    /// The DER of the extension.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        let critical = if self.critical { write::boolean(true) } else { Vec::new() };
        Ok(write::sequence(&[&oid(&self.oid)?, &critical, &write::octets(&self.value)]))
    }
}

/// A certificate before it is signed. Every part may be changed.
#[derive(Clone, Debug)]
pub struct CertificateDraft {
    /// The serial number, big-endian; if none, derived from the rest so that no two certificates share one.
    pub serial: Option<Vec<u8>>,
    /// The signature algorithm that the certificate names.
    pub signature_algorithm: String,
    /// Who issues it.
    pub issuer: Name,
    /// From when until when it holds.
    pub validity: Validity,
    /// Whom it is about.
    pub subject: Name,
    /// The parameter of the key's algorithm; [`SM2_CURVE`] if sound.
    pub curve: String,
    /// The subject's public point, uncompressed.
    pub point: Vec<u8>,
    /// The extensions, in order.
    pub extensions: Vec<Extension>,
}

impl CertificateDraft {
    /// The bytes that the issuer signs.
    pub fn to_tbs(&self) -> Result<Vec<u8>, Error> {
        let validity = write::sequence(&[&time(self.validity.from)?, &time(self.validity.until)?]);
        let key_algorithm = write::sequence(&[&oid(EC_PUBLIC_KEY)?, &oid(&self.curve)?]);
        let mut extensions = Vec::new();
        for extension in &self.extensions {
            extensions.extend(extension.to_der()?);
        }
        if !extensions.is_empty() {
            extensions = write::tlv(0xa3, &write::sequence(&[&extensions]));
        }
        let rest = [
            algorithm(&self.signature_algorithm)?,
            self.issuer.to_der()?,
            validity,
            self.subject.to_der()?,
            write::sequence(&[&key_algorithm, &write::bits(&self.point)]),
            extensions,
        ]
        .concat();
        let version = write::tlv(tag::CONTEXT_0, &write::unsigned(2));
        let serial = match &self.serial {
            Some(serial) => write::integer(serial),
            // 16 octets, below the 20 that RFC 5280 §4.1.2.2 allows.
            None => write::integer(DigestAlgorithm::Sm3.digest(&rest).as_ref().get(..16).unwrap_or(&[1])),
        };
        Ok(write::sequence(&[&version, &serial, &rest]))
    }

    /// The certificate, signed with `issuer`.
    pub fn sign(&self, issuer: &SigningKey) -> Result<Vec<u8>, Error> {
        let tbs = self.to_tbs()?;
        signed(&tbs, &self.signature_algorithm, &issuer.sign(&tbs)?)
    }
}

/// A signed structure of X.509 from its parts, whatever they are.
pub fn signed(tbs: &[u8], signature_algorithm: &str, signature: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(write::sequence(&[tbs, &algorithm(signature_algorithm)?, &write::bits(signature)]))
}

/// `der` in PEM (RFC 7468), such as with the label `CERTIFICATE`.
pub fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    // 48 bytes make the 64 characters of a line.
    for line in der.chunks(48) {
        text.push_str(&STANDARD.encode(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
fn time(at: Timestamp) -> Result<Vec<u8>, Error> {
    utc_time(at).or_else(|_| generalized_time(at))
}

/// RFC 7093 §2 (1), with SM3 for SHA-256: the first 160 bits of the key's digest.
fn key_identifier(point: &[u8]) -> Vec<u8> {
    DigestAlgorithm::Sm3.digest(point).as_ref().iter().copied().take(20).collect()
}
