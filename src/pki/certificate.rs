//! One certificate (RFC 5280 §4), parsed once; what later checks need is kept beside the bytes.

use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;

use crate::asn1::Reader;
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, KeyError, PublicKey, SignatureAlgorithm};
use crate::verdict::SubjectNames;

/// Bytes of one certificate. Those of licenses have under 2,000; names and extensions cost far more than their size once
/// they are parsed, and a file can bring thousands of certificates.
const LARGEST: usize = 16 << 10;

/// Why bytes are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The two places that name the signature algorithm disagree (RFC 5280 §4.1.1.2).
    #[error("the certificate names two signature algorithms")]
    AlgorithmsDiffer,
    /// An extension stands twice (RFC 5280 §4.2).
    #[error("extension `{0}` stands twice")]
    ExtensionTwice(String),
    /// An extension that paths depend on cannot be parsed.
    #[error("extension `{0}` is malformed")]
    ExtensionMalformed(String),
    /// The certificate is larger than any that is issued.
    #[error("the certificate has more than 16,384 bytes")]
    TooLarge,
    /// The bytes are not an X.509 certificate in DER.
    #[error("not an X.509 certificate in DER")]
    Malformed,
}

/// Bits of the key usage extension (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    /// digitalSignature.
    pub digital_signature: bool,
    /// nonRepudiation, later called contentCommitment.
    pub non_repudiation: bool,
    /// keyCertSign.
    pub certificate_sign: bool,
}

/// The extended key usage extension (RFC 5280 §4.2.1.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedKeyUsage {
    /// Whether who does not know the purposes must refuse the certificate.
    pub critical: bool,
    /// The purposes, in dotted form.
    pub purposes: Vec<String>,
}

impl ExtendedKeyUsage {
    fn parse(critical: bool, der: &[u8]) -> Option<Self> {
        let mut list = Reader::only(der, EXTENDED_KEY_USAGE_DEPTH).ok()?.sequence().ok()?;
        let mut purposes = Vec::new();
        while !list.is_empty() {
            purposes.push(list.oid().ok()?);
        }
        (!purposes.is_empty()).then_some(Self { critical, purposes })
    }
}

/// A SEQUENCE of identifiers.
const EXTENDED_KEY_USAGE_DEPTH: u32 = 1;

/// A parsed certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature_oid: String,
    signature_parameters: Option<Vec<u8>>,
    signature: Vec<u8>,
    pub(super) subject_raw: Vec<u8>,
    pub(super) issuer_raw: Vec<u8>,
    /// The subject, for people.
    pub subject: String,
    /// The parts of the subject that say whom it speaks for.
    pub names: SubjectNames,
    /// The issuer, for people.
    pub issuer: String,
    /// The serial number, lower-case hexadecimal.
    pub serial: String,
    /// The serial number's content octets.
    pub serial_raw: Vec<u8>,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// The public key's bits as encoded, whatever its algorithm.
    pub key_bits: Vec<u8>,
    /// The public key, or why it cannot be used.
    pub key: Result<PublicKey, KeyError>,
    /// Whether the key's parameter names a signature algorithm instead of the SM2 curve.
    pub misnamed_curve: bool,
    /// Whether the certificate says that it is an authority's.
    pub authority: bool,
    /// How many authorities may follow below this one.
    pub path_length: Option<u32>,
    /// Key usage, if stated.
    pub key_usage: Option<KeyUsage>,
    /// Extended key usage, if stated.
    pub extended_key_usage: Option<ExtendedKeyUsage>,
    /// Subject key identifier, if stated.
    pub subject_key: Option<Vec<u8>>,
    pub(super) authority_key: Option<Vec<u8>>,
    pub(super) unhandled_critical: Vec<String>,
}

impl Certificate {
    /// Parses `der`, which must be one certificate and nothing more.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > LARGEST {
            return Err(CertificateError::TooLarge);
        }
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        if parsed.signature_algorithm != parsed.tbs_certificate.signature {
            return Err(CertificateError::AlgorithmsDiffer);
        }
        let spki = parsed.public_key();
        let algorithm = spki.algorithm.algorithm.to_id_string();
        let parameter = spki
            .algorithm
            .parameters
            .as_ref()
            .and_then(|any| any.as_oid().ok())
            .map(|oid| oid.to_id_string());
        let key = PublicKey::from_parts(&algorithm, parameter.as_deref(), &spki.subject_public_key.data);
        let time = |at: &x509_parser::time::ASN1Time| Timestamp::from_seconds(at.timestamp());
        let mut certificate = Self {
            der: der.to_vec(),
            tbs: parsed.tbs_certificate.as_ref().to_vec(),
            signature_oid: parsed.signature_algorithm.algorithm.to_id_string(),
            signature_parameters: parsed.signature_algorithm.parameters.as_ref().map(|any| any.data.to_vec()),
            signature: parsed.signature_value.data.to_vec(),
            subject_raw: parsed.subject().as_raw().to_vec(),
            issuer_raw: parsed.issuer().as_raw().to_vec(),
            subject: parsed.subject().to_string(),
            names: names(parsed.subject()),
            issuer: parsed.issuer().to_string(),
            serial: parsed.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect(),
            serial_raw: parsed.raw_serial().to_vec(),
            not_before: time(&parsed.validity().not_before),
            not_after: time(&parsed.validity().not_after),
            key_bits: spki.subject_public_key.data.to_vec(),
            key,
            misnamed_curve: PublicKey::has_misnamed_curve(&algorithm, parameter.as_deref()),
            authority: false,
            path_length: None,
            key_usage: None,
            extended_key_usage: None,
            subject_key: None,
            authority_key: None,
            unhandled_critical: Vec::new(),
        };
        certificate.read_extensions(&parsed)?;
        Ok(certificate)
    }

    fn read_extensions(&mut self, parsed: &X509Certificate<'_>) -> Result<(), CertificateError> {
        let mut seen = Vec::new();
        for extension in parsed.extensions() {
            let oid = extension.oid.to_id_string();
            if seen.contains(&oid) {
                return Err(CertificateError::ExtensionTwice(oid));
            }
            match extension.parsed_extension() {
                ParsedExtension::BasicConstraints(constraints) => {
                    self.authority = constraints.ca;
                    self.path_length = constraints.path_len_constraint;
                }
                ParsedExtension::KeyUsage(usage) => {
                    self.key_usage = Some(KeyUsage {
                        digital_signature: usage.digital_signature(),
                        non_repudiation: usage.non_repudiation(),
                        certificate_sign: usage.key_cert_sign(),
                    });
                }
                ParsedExtension::ExtendedKeyUsage(_) => {
                    let usage = ExtendedKeyUsage::parse(extension.critical, extension.value);
                    let usage = usage.ok_or_else(|| CertificateError::ExtensionMalformed(oid.clone()))?;
                    self.extended_key_usage = Some(usage);
                }
                ParsedExtension::SubjectKeyIdentifier(key) => self.subject_key = Some(key.0.to_vec()),
                ParsedExtension::AuthorityKeyIdentifier(key) => {
                    self.authority_key = key.key_identifier.as_ref().map(|key| key.0.to_vec());
                }
                // Without a required policy any set of policies is acceptable (RFC 5280 §6.1.1 c).
                ParsedExtension::CertificatePolicies(_) | ParsedExtension::SubjectAlternativeName(_) => {}
                ParsedExtension::ParseError { .. } => return Err(CertificateError::ExtensionMalformed(oid)),
                // Binding even where its issuer did not mark it so, which RFC 5280 §4.2.1.10 tells to.
                ParsedExtension::NameConstraints(_) => self.unhandled_critical.push(oid.clone()),
                _ if extension.critical => self.unhandled_critical.push(oid.clone()),
                _ => {}
            }
            seen.push(oid);
        }
        Ok(())
    }

    /// The bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject's name as encoded.
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_raw
    }

    /// The issuer's name as encoded.
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_raw
    }

    /// SM3 of the bytes, hexadecimal.
    pub fn fingerprint(&self) -> String {
        DigestAlgorithm::Sm3.digest(&self.der).hex()
    }

    /// Whether `at` lies inside the validity, both ends included.
    pub fn valid_at(&self, at: Timestamp) -> bool {
        self.not_before <= at && at.seconds() <= self.not_after.seconds()
    }

    /// Start and end of validity.
    pub const fn validity(&self) -> (Timestamp, Timestamp) {
        (self.not_before, self.not_after)
    }

    /// Whether the signature that `issuer`'s key made is of a kind that can be forged today.
    pub fn weakly_signed_by(&self, issuer: &Self) -> bool {
        let parameters = self.signature_parameters.as_deref();
        let algorithm = SignatureAlgorithm::from_identifier(&self.signature_oid, parameters);
        matches!((algorithm, &issuer.key), (Some(algorithm), Ok(key)) if algorithm.is_weak(key))
    }

    /// Whether `issuer`'s key made this certificate's signature; the algorithm must be known and fit the key.
    pub fn signed_by(&self, issuer: &Self) -> bool {
        let parameters = self.signature_parameters.as_deref();
        let Some(algorithm) = SignatureAlgorithm::from_identifier(&self.signature_oid, parameters) else {
            return false;
        };
        issuer.key.as_ref().is_ok_and(|key| algorithm.verify(key, &self.tbs, &self.signature).is_ok())
    }
}

/// Sorts the attributes of a subject; those that are not text are left out.
fn names(subject: &X509Name<'_>) -> SubjectNames {
    let mut names = SubjectNames::default();
    for attribute in subject.iter_attributes() {
        let Ok(text) = attribute.as_str() else { continue };
        // X.520 attribute types: state or province, organization, unit, common name.
        let list = match attribute.attr_type().to_id_string().as_str() {
            "2.5.4.8" => &mut names.provinces,
            "2.5.4.10" | "2.5.4.11" | "2.5.4.3" => &mut names.offices,
            _ => &mut names.others,
        };
        list.push(text.to_owned());
    }
    names
}

/// Equal if their bytes are.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}
