//! SESeal: the seal itself, in all layouts, with the bytes that its maker signed.
//!
//! ```text
//! 2014:       SEQ { info, SEQ { cert OCTET STRING, signatureAlgorithm OID, signature BIT STRING } }
//! 2020, 2025: SEQ { info, cert OCTET STRING, signatureAlgorithm OID, signature BIT STRING, [0] timestamp OPTIONAL }
//! info:       SEQ { SEQ { "ES", version, vid }, esID, property, picture, extensions OPTIONAL }
//! property:   SEQ { type, name, listType (2020 on), list, created, validFrom, validUntil }
//! ```

use std::borrow::Cow;
use std::cell::LazyCell;

use super::attached_timestamp;
use super::layout::Layout;
use crate::asn1::{Error, Fault, Reader, Tlv, tag, write};
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, PublicKey};

/// A parsed seal.
#[derive(Clone, Debug)]
pub struct Seal<'a> {
    /// The layout, by shape.
    pub layout: Layout,
    /// The whole seal as encoded.
    pub raw: &'a [u8],
    /// The version that the header states.
    pub version: u64,
    /// The seal's identifier (esID).
    pub id: &'a str,
    /// The seal's name.
    pub name: &'a str,
    /// Who may sign with it.
    pub signers: Vec<AllowedSigner<'a>>,
    /// When it was made.
    pub created: Timestamp,
    /// Start of validity.
    pub valid_from: Timestamp,
    /// End of validity.
    pub valid_until: Timestamp,
    /// Format of the picture as stated.
    pub picture_type: &'a str,
    /// The picture.
    pub picture: &'a [u8],
    /// The maker's certificate.
    pub maker: &'a [u8],
    /// Object identifier of the maker's signature.
    pub algorithm: String,
    /// The maker's signature.
    pub signature: &'a [u8],
    /// What the maker signed.
    pub signed: Cow<'a, [u8]>,
    /// The timestamp over the maker's signature, as encoded (2025).
    pub timestamp: Option<&'a [u8]>,
}

/// One entry of a seal's list of signers.
#[derive(Clone, Debug)]
pub enum AllowedSigner<'a> {
    /// A certificate in DER.
    Certificate(&'a [u8]),
    /// The digest of a certificate (list type 2), with its algorithm as written.
    Digest(&'a str, &'a [u8]),
    /// Something that identifies no certificate.
    Other,
}

/// How a seal's list names a signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// By the certificate or its digest.
    Plainly,
    /// By SM3(Z ‖ certificate), Z from the signer's own key, as some makers of seals compute digests.
    Prefixed,
}

impl<'a> Seal<'a> {
    /// Parses `der`, which must be one seal and nothing more.
    pub fn parse(der: &'a [u8], depth: u32) -> Result<Self, Error> {
        Self::from_tlv(&Reader::only(der, depth)?)
    }

    /// Parses a seal inside another structure.
    pub(super) fn from_tlv(tlv: &Tlv<'a>) -> Result<Self, Error> {
        let mut outer = tlv.sequence()?;
        let info = outer.expect(tag::SEQUENCE)?;
        let nested = outer.peek() == Some(tag::SEQUENCE);
        let mut proof = if nested { outer.sequence()? } else { outer.clone() };
        let maker = proof.expect(tag::OCTET_STRING)?;
        let algorithm_position = proof.clone().expect(tag::OID)?;
        let algorithm = proof.oid()?;
        let signature = proof.bits()?;
        let timestamp = if nested { None } else { proof.optional(tag::CONTEXT_0)?.map(attached_timestamp) };
        proof.finish()?;
        if nested {
            outer.finish()?;
        }
        let signed = if nested {
            // GM/T 0031-2014 §6.1.1: the maker signs the three as a SEQUENCE of their own.
            Cow::Owned(write::sequence(&[info.raw, maker.raw, algorithm_position.raw]))
        } else {
            Cow::Borrowed(info.raw)
        };
        let mut seal = Self {
            layout: Layout::Gmt2014,
            raw: tlv.raw,
            version: 0,
            id: "",
            name: "",
            signers: Vec::new(),
            created: Timestamp::from_seconds(0),
            valid_from: Timestamp::from_seconds(0),
            valid_until: Timestamp::from_seconds(0),
            picture_type: "",
            picture: &[],
            maker: maker.value,
            algorithm,
            signature,
            signed,
            timestamp,
        };
        seal.read_info(&info)?;
        if !nested {
            seal.layout =
                if seal.version >= 5 || timestamp.is_some() { Layout::Gmt2025 } else { Layout::Gbt2020 };
        }
        Ok(seal)
    }

    fn read_info(&mut self, info: &Tlv<'a>) -> Result<(), Error> {
        let mut info = info.enter()?;
        let mut header = info.sequence()?;
        header.expect(tag::IA5_STRING)?;
        self.version = header.unsigned()?;
        header.expect(tag::IA5_STRING)?;
        header.finish()?;
        self.id = info.expect(tag::IA5_STRING)?.text()?;
        self.read_property(&mut info.sequence()?)?;
        let mut picture = info.sequence()?;
        self.picture_type = picture.expect(tag::IA5_STRING)?.text()?;
        self.picture = picture.octets()?;
        picture.unsigned()?;
        picture.unsigned()?;
        picture.finish()?;
        // Extensions stand bare or under [0]; nothing in them is judged.
        if !info.is_empty() {
            info.any()?;
        }
        info.finish()
    }

    fn read_property(&mut self, property: &mut Reader<'a>) -> Result<(), Error> {
        property.unsigned()?;
        self.name = property.expect(tag::UTF8_STRING)?.text()?;
        let digests = match property.peek() {
            Some(tag::INTEGER) => property.unsigned()? == 2,
            _ => false,
        };
        let mut list = property.sequence()?;
        while !list.is_empty() {
            let entry = list.any()?;
            if self.signers.len() == SIGNERS {
                return Err(Error { fault: Fault::Content, offset: 0 });
            }
            self.signers.push(match entry.tag {
                tag::OCTET_STRING if !digests => AllowedSigner::Certificate(entry.value),
                tag::SEQUENCE if digests => {
                    let mut digest = entry.enter()?;
                    let algorithm = digest.expect(tag::PRINTABLE_STRING)?.text()?;
                    let value = digest.octets()?;
                    digest.finish()?;
                    AllowedSigner::Digest(algorithm, value)
                }
                _ => AllowedSigner::Other,
            });
        }
        self.created = property.any()?.time()?;
        self.valid_from = property.any()?.time()?;
        self.valid_until = property.any()?.time()?;
        property.finish()
    }

    /// Whether and how `certificate` (DER), which has `key`, is in the list. Digests are plain, SM3 unless the entry
    /// says otherwise; one that mixes in the signer's identity is taken only where no plain one fits.
    pub fn allows(&self, certificate: &[u8], key: Option<&PublicKey>) -> Option<Listed> {
        // Each digest is computed once, however long the list is, and not at all for a list of certificates.
        let digests =
            DIGESTS.map(|algorithm| (algorithm, LazyCell::new(move || algorithm.digest(certificate))));
        let plain = self.signers.iter().any(|signer| match signer {
            AllowedSigner::Certificate(listed) => *listed == certificate,
            AllowedSigner::Digest(written, listed) => {
                let algorithm = digest_algorithm(written);
                digests.iter().any(|(known, digest)| Some(*known) == algorithm && digest.as_ref() == *listed)
            }
            AllowedSigner::Other => false,
        });
        if plain {
            return Some(Listed::Plainly);
        }
        let prefixed = key?.prefixed_digest(certificate)?;
        let prefixed = self.signers.iter().any(|signer| match signer {
            AllowedSigner::Digest(written, listed) => {
                digest_algorithm(written) == Some(DigestAlgorithm::Sm3) && prefixed.as_ref() == *listed
            }
            AllowedSigner::Certificate(_) | AllowedSigner::Other => false,
        });
        prefixed.then_some(Listed::Prefixed)
    }

    /// Whether the list names anyone at all.
    pub fn names_signers(&self) -> bool {
        self.signers.iter().any(|signer| !matches!(signer, AllowedSigner::Other))
    }
}

/// Signers that a seal may list. Seals of the field list up to a few dozen; parsed entries take many times their size.
const SIGNERS: usize = 4_096;

/// Digests that may stand for a certificate.
const DIGESTS: [DigestAlgorithm; 2] = [DigestAlgorithm::Sm3, DigestAlgorithm::Sha256];

fn digest_algorithm(written: &str) -> Option<DigestAlgorithm> {
    match written.to_ascii_lowercase().as_str() {
        "sm3" | "" => Some(DigestAlgorithm::Sm3),
        "sha256" | "sha-256" => Some(DigestAlgorithm::Sha256),
        oid => DigestAlgorithm::from_oid(oid),
    }
}
