//! One certificate (RFC 5280 §4), parsed once; what later checks need is kept beside the bytes.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use super::extension::{self, BasicConstraints, ExtendedKeyUsage, Extension, KeyUsage, PolicyStatements, id};
use super::general_name::GeneralName;
use super::name::{Name, mail_addresses};
use super::name_constraints::NameConstraints;
use super::signed::SignatureOver;
use crate::asn1::{self, Reader, tag};
use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm, KeyError, PublicKey};
use crate::foreign::shown;
use crate::hex;
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
    /// The version is unknown, or too low for what is there (RFC 5280 §4.1.2.1, §4.1.2.8, §4.1.2.9).
    #[error("the certificate's version does not fit its content")]
    Version,
    /// The bytes are not an X.509 certificate in DER.
    #[error("not an X.509 certificate in DER")]
    Malformed,
}

/// Certificate, TBSCertificate, Validity or the list of extensions, one extension; names and keys inside.
const DEPTH: u32 = 8;

/// A parsed certificate; copies share what was parsed.
#[derive(Clone)]
pub struct Certificate(Arc<Fields>);

/// What a certificate says.
pub struct Fields {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature: SignatureOver,
    /// The version as it is called: 1, 2 or 3.
    pub version: u8,
    subject_raw: Vec<u8>,
    issuer_raw: Vec<u8>,
    subject_name: Name,
    issuer_name: Name,
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
    spki: Vec<u8>,
    /// The public key's bits as encoded, whatever its algorithm.
    pub key_bits: Vec<u8>,
    /// The public key, or why it cannot be used.
    pub key: Result<PublicKey, KeyError>,
    /// Whether the key's parameter names a signature algorithm instead of the SM2 curve.
    pub misnamed_curve: bool,
    extensions: Vec<Extension>,
    /// Basic constraints, if stated.
    pub basic_constraints: Option<BasicConstraints>,
    /// What it says about policies.
    pub policies: PolicyStatements,
    /// Alternative names of the subject, if stated.
    pub alternative_names: Option<Vec<GeneralName>>,
    /// Name constraints, if stated.
    pub name_constraints: Option<NameConstraints>,
    /// Key usage, if stated.
    pub key_usage: Option<KeyUsage>,
    /// Extended key usage, if stated.
    pub extended_key_usage: Option<ExtendedKeyUsage>,
    /// Subject key identifier, if stated.
    pub subject_key: Option<Vec<u8>>,
    /// Key identifier of the issuer, if stated.
    pub authority_key: Option<Vec<u8>>,
    pub(super) unhandled_critical: Vec<String>,
    digests: Digests,
}

/// What is computed of a certificate once it is asked for.
#[derive(Default)]
struct Digests {
    sm3: OnceLock<Digest>,
    sha256: OnceLock<Digest>,
    key: OnceLock<Digest>,
}

impl Fields {
    /// Reads the fields of RFC 5280 §4.1; the outer error is one of form.
    fn read(der: &[u8]) -> Result<Result<Self, CertificateError>, asn1::Error> {
        let mut outer = Reader::only(der, DEPTH)?.sequence()?;
        let tbs = outer.expect(tag::SEQUENCE)?;
        let signature = SignatureOver::read(&mut outer)?;
        outer.finish()?;
        let mut fields = tbs.enter()?;
        let version = match fields.optional(tag::CONTEXT_0)? {
            Some(version) => version.enter()?.unsigned()?.saturating_add(1),
            None => 1,
        };
        let serial = fields.expect(tag::INTEGER)?.value;
        let identifier = fields.expect(tag::SEQUENCE)?.raw;
        let issuer_raw = fields.expect(tag::SEQUENCE)?.raw;
        let mut validity = fields.sequence()?;
        let (not_before, not_after) = (validity.any()?.time()?, validity.any()?.time()?);
        validity.finish()?;
        let subject_raw = fields.expect(tag::SEQUENCE)?.raw;
        let spki = fields.expect(tag::SEQUENCE)?;
        // issuerUniqueID [1] and subjectUniqueID [2] are read over: RFC 5280 §4.1.2.8 gives them no part in paths.
        let unique = [fields.optional(0x81)?, fields.optional(0x82)?];
        let extensions = fields.optional(0xa3)?;
        fields.finish()?;
        if !(1..=3).contains(&version)
            || version < 3 && extensions.is_some()
            || version < 2 && unique.iter().any(Option::is_some)
        {
            return Ok(Err(CertificateError::Version));
        }
        if identifier != signature.identifier {
            return Ok(Err(CertificateError::AlgorithmsDiffer));
        }
        let mut key_fields = spki.enter()?;
        key_fields.any()?;
        let key_bits = key_fields.bits()?;
        let extensions = match extensions {
            Some(extensions) => Extension::read_all(Reader::only(extensions.value, DEPTH)?.sequence()?)?,
            None => Vec::new(),
        };
        let (Some((subject, names)), Some((issuer, _))) = (for_people(subject_raw), for_people(issuer_raw))
        else {
            return Ok(Err(CertificateError::Malformed));
        };
        Ok(Ok(Self {
            der: der.to_vec(),
            tbs: tbs.raw.to_vec(),
            signature,
            version: u8::try_from(version).unwrap_or_default(),
            subject_raw: subject_raw.to_vec(),
            issuer_raw: issuer_raw.to_vec(),
            subject_name: Name::from_der(subject_raw)?,
            issuer_name: Name::from_der(issuer_raw)?,
            subject,
            names,
            issuer,
            serial: hex::encode(serial),
            serial_raw: serial.to_vec(),
            not_before,
            not_after,
            spki: spki.raw.to_vec(),
            key_bits: key_bits.to_vec(),
            key: PublicKey::from_spki(spki.raw),
            misnamed_curve: PublicKey::has_misnamed_curve(spki.raw),
            extensions,
            basic_constraints: None,
            policies: PolicyStatements::default(),
            alternative_names: None,
            name_constraints: None,
            key_usage: None,
            extended_key_usage: None,
            subject_key: None,
            authority_key: None,
            unhandled_critical: Vec::new(),
            digests: Digests::default(),
        }))
    }

    fn read_extensions(&mut self) -> Result<(), CertificateError> {
        let extensions = std::mem::take(&mut self.extensions);
        for (index, extension) in extensions.iter().enumerate() {
            if extensions.iter().take(index).any(|earlier| earlier.oid == extension.oid) {
                return Err(CertificateError::ExtensionTwice(extension.oid.clone()));
            }
            self.read_extension(extension)
                .map_err(|_| CertificateError::ExtensionMalformed(extension.oid.clone()))?;
        }
        self.extensions = extensions;
        Ok(())
    }

    fn read_extension(&mut self, extension: &Extension) -> Result<(), asn1::Error> {
        let Extension { oid, critical, value } = extension;
        match oid.as_str() {
            id::BASIC_CONSTRAINTS => self.basic_constraints = Some(BasicConstraints::parse(value)?),
            id::KEY_USAGE => self.key_usage = Some(KeyUsage::parse(value)?),
            id::EXTENDED_KEY_USAGE => {
                self.extended_key_usage = Some(ExtendedKeyUsage::parse(*critical, value)?);
            }
            id::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key = Some(Reader::only(value, DEPTH)?.octets()?.to_vec());
            }
            id::AUTHORITY_KEY_IDENTIFIER => self.authority_key = extension::authority_key(value)?,
            id::CERTIFICATE_POLICIES => self.policies.read_policies(value)?,
            id::POLICY_MAPPINGS => self.policies.read_mappings(value)?,
            id::POLICY_CONSTRAINTS => self.policies.read_constraints(value)?,
            id::INHIBIT_ANY_POLICY => self.policies.read_inhibit_any(value)?,
            id::SUBJECT_ALT_NAME => {
                // Authorities in the field write an empty list, which §4.2.1.6 forbids and which says as much as none.
                let names = GeneralName::read_list(Reader::only(value, DEPTH)?.sequence()?)?;
                self.alternative_names = (!names.is_empty()).then_some(names);
            }
            id::NAME_CONSTRAINTS => self.name_constraints = Some(NameConstraints::parse(value)?),
            _ if *critical => self.unhandled_critical.push(oid.clone()),
            _ => {}
        }
        Ok(())
    }
}

impl Certificate {
    /// Parses `der`, which must be one certificate and nothing more.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > LARGEST {
            return Err(CertificateError::TooLarge);
        }
        let mut fields = Fields::read(der).map_err(|_| CertificateError::Malformed)??;
        fields.read_extensions()?;
        Ok(Self(Arc::new(fields)))
    }

    /// Whether the extension `oid` is there: whether it is critical, and the DER inside.
    pub fn extension(&self, oid: &str) -> Option<(bool, &[u8])> {
        let found = self.extensions.iter().find(|extension| extension.oid == oid)?;
        Some((found.critical, found.value.as_slice()))
    }

    /// The subject's name, for comparing.
    pub fn subject_name(&self) -> &Name {
        &self.subject_name
    }

    /// The issuer's name, for comparing.
    pub fn issuer_name(&self) -> &Name {
        &self.issuer_name
    }

    /// Whether subject and issuer have the same name (RFC 5280 §6.1).
    pub fn is_self_issued(&self) -> bool {
        self.subject_name == self.issuer_name
    }

    /// Whether the certificate says that it is an authority's.
    pub fn is_authority(&self) -> bool {
        self.basic_constraints.is_some_and(|constraints| constraints.authority)
    }

    /// Whether nothing speaks against `issuer`'s key: where both state which key is meant, that agrees.
    pub fn may_be_signed_with_key_of(&self, issuer: &Self) -> bool {
        match (&self.authority_key, &issuer.subject_key) {
            (Some(wanted), Some(present)) => wanted == present,
            _ => true,
        }
    }

    /// The mail addresses inside the subject.
    pub(super) fn subject_mails(&self) -> Vec<GeneralName> {
        mail_addresses(&self.subject_raw).unwrap_or_default()
    }

    /// Whether the serial number breaks RFC 5280 §4.1.2.2: positive, and of 20 octets at most.
    pub(super) fn has_unusual_serial(&self) -> bool {
        let magnitude = self.serial_raw.strip_prefix(&[0]).unwrap_or(&self.serial_raw);
        let negative = self.serial_raw.first().is_some_and(|first| first & 0x80 != 0);
        magnitude.is_empty() || negative || self.serial_raw.len() > 20
    }

    /// The serial number's content octets.
    pub fn serial(&self) -> &[u8] {
        &self.serial_raw
    }

    /// SHA-256 of the public key's bits, by which a key is known in whatever certificate it stands.
    pub fn key_digest(&self) -> Digest {
        *self.digests.key.get_or_init(|| DigestAlgorithm::Sha256.digest(&self.key_bits))
    }

    /// The SubjectPublicKeyInfo, in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// What is signed.
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }

    /// The issuer's signature.
    pub fn signature(&self) -> &SignatureOver {
        &self.signature
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
        self.sm3().hex()
    }

    /// SM3 of the bytes.
    pub fn sm3(&self) -> Digest {
        *self.digests.sm3.get_or_init(|| DigestAlgorithm::Sm3.digest(&self.der))
    }

    /// SHA-256 of the bytes.
    pub fn sha256(&self) -> Digest {
        *self.digests.sha256.get_or_init(|| DigestAlgorithm::Sha256.digest(&self.der))
    }

    /// Whether `at` lies inside the validity, both ends included.
    pub fn valid_at(&self, at: Timestamp) -> bool {
        self.not_before <= at && at.seconds() <= self.not_after.seconds()
    }

    /// Start and end of validity.
    pub fn validity(&self) -> (Timestamp, Timestamp) {
        (self.not_before, self.not_after)
    }

    /// Whether the signature that `issuer`'s key made is of a kind that can be forged today.
    pub fn weakly_signed_by(&self, issuer: &Self) -> bool {
        issuer.key.as_ref().is_ok_and(|key| self.signature.is_weak(key))
    }

    /// Whether `issuer`'s key made this certificate's signature; the algorithm must be known and fit the key.
    pub fn signed_by(&self, issuer: &Self) -> bool {
        issuer.key.as_ref().is_ok_and(|key| self.signature.verify(key, &self.tbs).is_ok())
    }
}

/// A name as people read it, and its parts; `None` if it is not a name in DER.
fn for_people(der: &[u8]) -> Option<(String, SubjectNames)> {
    let (_, name) = X509Name::from_der(der).ok()?;
    Some((shown(&name.to_string()), names(&name)))
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

impl Deref for Certificate {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

/// By serial number: a subject may be a person.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.serial)
    }
}

/// Equal if their bytes are.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.der == other.der
    }
}
