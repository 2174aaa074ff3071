//! Signature algorithms, their object identifiers, and how a signature is checked.

use ring::signature::{self as ring_signature, UnparsedPublicKey, VerificationAlgorithm};

use super::key::PublicKey;
use super::sm2::Claim;
use super::sm2_signature::Sm2Signature;
use super::{Digest, DigestAlgorithm, Encoding};
use crate::asn1::{Reader, tag, write};

/// A signature algorithm that occurs in licenses, certificates and CMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// DSA with SHA-1, retired: see [`SignatureAlgorithm::retired`].
    DsaSha1,
    /// DSA with SHA-256, retired likewise.
    DsaSha256,
    /// ECDSA with SHA-256.
    EcdsaSha256,
    /// ECDSA with SHA-384.
    EcdsaSha384,
    /// Ed25519.
    Ed25519,
    /// RSA PKCS#1 v1.5 with SHA-1, checked so that old files can be read.
    RsaSha1,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaSha384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaSha512,
    /// RSA-PSS with SHA-256, in the mask and as salt length too.
    RsaPssSha256,
    /// RSA-PSS with SHA-384, in the mask and as salt length too.
    RsaPssSha384,
    /// RSA-PSS with SHA-512, in the mask and as salt length too.
    RsaPssSha512,
    /// SM2 with SM3, GB/T 32918.2.
    Sm2Sm3,
}

/// OIDs: RFC 8017, RFC 5758, RFC 8410, GB/T 33560-2017. The bare SM2 signature OID (…301.1) is taken for SM2 with SM3.
const OIDS: [(&str, SignatureAlgorithm); 9] = [
    ("1.2.840.10045.4.3.2", SignatureAlgorithm::EcdsaSha256),
    ("1.2.840.10045.4.3.3", SignatureAlgorithm::EcdsaSha384),
    ("1.3.101.112", SignatureAlgorithm::Ed25519),
    ("1.2.840.113549.1.1.5", SignatureAlgorithm::RsaSha1),
    ("1.2.840.113549.1.1.11", SignatureAlgorithm::RsaSha256),
    ("1.2.840.113549.1.1.12", SignatureAlgorithm::RsaSha384),
    ("1.2.840.113549.1.1.13", SignatureAlgorithm::RsaSha512),
    ("1.2.156.10197.1.501", SignatureAlgorithm::Sm2Sm3),
    ("1.2.156.10197.1.301.1", SignatureAlgorithm::Sm2Sm3),
];

const RETIRED: [(&str, SignatureAlgorithm); 2] = [
    ("1.2.840.10040.4.3", SignatureAlgorithm::DsaSha1),
    ("2.16.840.1.101.3.4.3.2", SignatureAlgorithm::DsaSha256),
];

/// RFC 8017 appendix C: keys, and the two schemes whose identifier alone does not say which digest is meant.
const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The key is of another algorithm.
    #[error("the key does not fit the signature's algorithm")]
    KeyMismatch,
    /// No check is known for a key of this kind or length.
    #[error("the key cannot be checked with")]
    KeyUnusable,
    /// The signature value cannot be one.
    #[error("the signature value is malformed")]
    Malformed,
    /// The signature does not fit key and message.
    #[error("the signature does not fit the message and key")]
    Mismatch,
}

/// What a signature is over, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// The message itself.
    Whole(&'a [u8]),
    /// SM3(Z_A ‖ message), the value e of GB/T 32918.2-2016 §6.1, from which an SM2 signature can be checked. That a
    /// signature fits shows nothing where e did not come from a message: whoever may choose e takes any s and t, and with
    /// (x, y) = sG + tP gets r = t − s and e = r − x that fit under the key P of anybody.
    Sm2Digest([u8; 32]),
}

impl<'a> From<&'a [u8]> for Message<'a> {
    fn from(whole: &'a [u8]) -> Self {
        Self::Whole(whole)
    }
}

impl SignatureAlgorithm {
    /// The algorithm that `oid` names.
    pub fn from_oid(oid: &str) -> Option<Self> {
        OIDS.iter().find(|(known, _)| *known == oid).map(|(_, algorithm)| *algorithm)
    }

    /// The algorithm that a wrong identifier of the Chinese arc must mean: an SM2 key makes only one kind of
    /// signature (GB/T 35276-2017 §6). Writers put the arc of CMS or of the curve where the algorithm belongs.
    pub fn from_misnamed(oid: &str, key: &PublicKey) -> Option<Self> {
        let chinese = oid.starts_with("1.2.156.10197.");
        (chinese && matches!(key, PublicKey::Sm2(_))).then_some(Self::Sm2Sm3)
    }

    /// The algorithm of an AlgorithmIdentifier: its object identifier, and the content of its parameters if they
    /// are a SEQUENCE.
    pub fn from_identifier(oid: &str, parameters: Option<&[u8]>) -> Option<Self> {
        if oid == RSA_PSS { from_pss(parameters?) } else { Self::from_oid(oid) }
    }

    /// The algorithm that `oid` names if it is one that only conformance suites still use (RFC 3279 §2.2.2, RFC 5758 §3.1).
    /// No other way leads to these.
    pub fn retired(oid: &str) -> Option<Self> {
        RETIRED.iter().find(|(known, _)| *known == oid).map(|(_, algorithm)| *algorithm)
    }

    /// The algorithm's usual object identifier.
    pub fn oid(self) -> &'static str {
        if matches!(self, Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512) {
            return RSA_PSS;
        }
        OIDS.iter().chain(&RETIRED).find(|(_, algorithm)| *algorithm == self).map_or("", |(oid, _)| oid)
    }

    /// The algorithm that CMS names in two halves: a key or signature algorithm with the content of its parameters,
    /// and a digest.
    pub fn from_cms(signature: &str, parameters: Option<&[u8]>, digest: DigestAlgorithm) -> Option<Self> {
        match (signature, digest) {
            (RSA, DigestAlgorithm::Sha1) => Some(Self::RsaSha1),
            (RSA, DigestAlgorithm::Sha256) => Some(Self::RsaSha256),
            (RSA, DigestAlgorithm::Sha384) => Some(Self::RsaSha384),
            (RSA, DigestAlgorithm::Sha512) => Some(Self::RsaSha512),
            // Writers of GB/T 35275 name the curve, the key type or the signature here; SM3 leaves one meaning.
            ("1.2.156.10197.1.301" | "1.2.840.10045.2.1", DigestAlgorithm::Sm3) => Some(Self::Sm2Sm3),
            ("1.2.840.10045.2.1", DigestAlgorithm::Sha256) => Some(Self::EcdsaSha256),
            ("1.2.840.10045.2.1", DigestAlgorithm::Sha384) => Some(Self::EcdsaSha384),
            // Ed25519 hashes in its own way; RFC 8419 §3.1 wants SHA-512 for the content beside it.
            (oid, digest) => Self::from_identifier(oid, parameters)
                .filter(|algorithm| algorithm.digest().is_none_or(|own| own == digest)),
        }
    }

    /// The digest inside the algorithm; none for Ed25519, which hashes in its own way.
    pub const fn digest(self) -> Option<DigestAlgorithm> {
        match self {
            Self::DsaSha1 => Some(DigestAlgorithm::Sha1),
            Self::DsaSha256 => Some(DigestAlgorithm::Sha256),
            Self::EcdsaSha256 | Self::RsaSha256 | Self::RsaPssSha256 => Some(DigestAlgorithm::Sha256),
            Self::EcdsaSha384 | Self::RsaSha384 | Self::RsaPssSha384 => Some(DigestAlgorithm::Sha384),
            Self::Ed25519 => None,
            Self::RsaSha1 => Some(DigestAlgorithm::Sha1),
            Self::RsaSha512 | Self::RsaPssSha512 => Some(DigestAlgorithm::Sha512),
            Self::Sm2Sm3 => Some(DigestAlgorithm::Sm3),
        }
    }

    /// Checks `signature` over `message` under `key`; on success says how an SM2 value was written.
    pub fn verify(self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<Encoding, VerifyError> {
        self.verify_message(key, Message::Whole(message), signature)
    }

    /// The same where perhaps only a digest of the message is known.
    pub fn verify_message(
        self,
        key: &PublicKey,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<Encoding, VerifyError> {
        if let (Self::Sm2Sm3, PublicKey::Sm2(key)) = (self, key) {
            let signature = Sm2Signature::parse(signature).ok_or(VerifyError::Malformed)?;
            let e = match message {
                Message::Whole(message) => key.message_digest(message),
                Message::Sm2Digest(e) => e,
            };
            let table = key.table();
            let claim = Claim { signer: key.signer(&table), digest: &e, signature: &signature.value };
            return if claim.holds() { Ok(signature.encoding) } else { Err(VerifyError::Mismatch) };
        }
        // ring hashes by itself, so that an SM2 digest is all that can be taken in place of a message.
        let Message::Whole(message) = message else { return Err(VerifyError::KeyMismatch) };
        let (algorithm, bytes): (&'static dyn VerificationAlgorithm, &[u8]) = match (self, key) {
            (Self::DsaSha1 | Self::DsaSha256, PublicKey::Dsa(key)) => {
                let digest = self.digest().unwrap_or(DigestAlgorithm::Sha1).digest(message);
                return key.verify(digest.as_ref(), signature).map(|()| Encoding::Der);
            }
            (Self::EcdsaSha256, PublicKey::P256(key)) => (&ring_signature::ECDSA_P256_SHA256_ASN1, key),
            (Self::EcdsaSha384, PublicKey::P256(key)) => (&ring_signature::ECDSA_P256_SHA384_ASN1, key),
            (Self::EcdsaSha256, PublicKey::P384(key)) => (&ring_signature::ECDSA_P384_SHA256_ASN1, key),
            (Self::EcdsaSha384, PublicKey::P384(key)) => (&ring_signature::ECDSA_P384_SHA384_ASN1, key),
            (Self::Ed25519, PublicKey::Ed25519(key)) => (&ring_signature::ED25519, key),
            (_, PublicKey::Rsa(key, length)) => (self.rsa(*length)?, key),
            _ => return Err(VerifyError::KeyMismatch),
        };
        UnparsedPublicKey::new(algorithm, bytes)
            .verify(message, signature)
            .map(|()| Encoding::Der)
            .map_err(|_| VerifyError::Mismatch)
    }
}

impl SignatureAlgorithm {
    /// Whether forging such a signature is within reach: SHA-1, or an RSA modulus below 2,048 bits (NIST SP 800-131A
    /// revision 2, tables 2 and 9); and DSA, which FIPS 186-5 has withdrawn.
    pub const fn is_weak(self, key: &PublicKey) -> bool {
        matches!(self, Self::RsaSha1 | Self::DsaSha1 | Self::DsaSha256)
            || matches!(key, PublicKey::Rsa(_, 0..2048))
    }

    /// The check of this algorithm for an RSA modulus of `length` bits.
    fn rsa(self, length: usize) -> Result<&'static dyn VerificationAlgorithm, VerifyError> {
        Ok(match (self, length) {
            (_, ..1024 | 8193..) => return Err(VerifyError::KeyUnusable),
            (Self::RsaSha1, _) => &ring_signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            (Self::RsaSha256, ..2048) => &ring_signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            (Self::RsaSha512, ..2048) => &ring_signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            (Self::RsaSha256, _) => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
            (Self::RsaSha384, 2048..) => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
            (Self::RsaSha512, _) => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
            (Self::RsaPssSha256, 2048..) => &ring_signature::RSA_PSS_2048_8192_SHA256,
            (Self::RsaPssSha384, 2048..) => &ring_signature::RSA_PSS_2048_8192_SHA384,
            (Self::RsaPssSha512, 2048..) => &ring_signature::RSA_PSS_2048_8192_SHA512,
            (Self::RsaSha384 | Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512, _) => {
                return Err(VerifyError::KeyUnusable);
            }
            _ => return Err(VerifyError::KeyMismatch),
        })
    }
}

/// RSASSA-PSS-params (RFC 8017 appendix A.2.3), as far as one digest serves for message, mask and salt length.
/// The defaults are those of SHA-1 and not supported.
fn from_pss(parameters: &[u8]) -> Option<SignatureAlgorithm> {
    // [0] holds an AlgorithmIdentifier, [1] another with a third inside.
    let mut reader = Reader::new(parameters, 5);
    let hash = reader.optional(tag::CONTEXT_0).ok()??.enter().ok()?.sequence().ok()?.oid().ok()?;
    let mut mask = reader.optional(tag::CONTEXT_1).ok()??.enter().ok()?.sequence().ok()?;
    let generator = mask.oid().ok()?;
    let mask_hash = mask.sequence().ok()?.oid().ok()?;
    let salt = reader.optional(0xa2).ok()??.enter().ok()?.unsigned().ok()?;
    let trailer = match reader.optional(0xa3).ok()? {
        Some(trailer) => trailer.enter().ok()?.unsigned().ok()?,
        None => 1,
    };
    reader.finish().ok()?;
    let (algorithm, length) = match DigestAlgorithm::from_oid(&hash)? {
        DigestAlgorithm::Sha256 => (SignatureAlgorithm::RsaPssSha256, 32),
        DigestAlgorithm::Sha384 => (SignatureAlgorithm::RsaPssSha384, 48),
        DigestAlgorithm::Sha512 => (SignatureAlgorithm::RsaPssSha512, 64),
        DigestAlgorithm::Sha1 | DigestAlgorithm::Sm3 => return None,
    };
    (generator == MGF1 && mask_hash == hash && salt == length && trailer == 1).then_some(algorithm)
}

impl PublicKey {
    /// The algorithms that a bare value by this key can be of, since the value names none; the usual one first.
    pub const fn algorithms(&self) -> &'static [SignatureAlgorithm] {
        use SignatureAlgorithm::{
            EcdsaSha256, EcdsaSha384, Ed25519, RsaPssSha256, RsaPssSha384, RsaPssSha512, RsaSha1, RsaSha256,
            RsaSha384, RsaSha512, Sm2Sm3,
        };
        match self {
            // Retired: no license is believed for such a value.
            Self::Dsa(_) => &[],
            Self::Ed25519(_) => &[Ed25519],
            Self::P256(_) => &[EcdsaSha256, EcdsaSha384],
            Self::P384(_) => &[EcdsaSha384, EcdsaSha256],
            Self::Rsa(..) => {
                &[RsaSha256, RsaSha384, RsaSha512, RsaPssSha256, RsaPssSha384, RsaPssSha512, RsaSha1]
            }
            Self::Sm2(_) => &[Sm2Sm3],
        }
    }

    /// Whether `bytes` have the shape of a bare value by this key, true or not.
    pub fn may_have_made(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Dsa(_) => false,
            Self::Ed25519(_) => bytes.len() == 64,
            Self::P256(_) => bytes.len() == 64 || is_two_integers(bytes),
            Self::P384(_) => bytes.len() == 96 || is_two_integers(bytes),
            // RFC 8017 §8.2.2: as long as the modulus.
            Self::Rsa(_, bits) => bytes.len() == bits.div_ceil(8),
            Self::Sm2(_) => bytes.len() == 64 || is_two_integers(bytes),
        }
    }

    /// Whether keys of this kind sign by algorithms as well that are not among [`PublicKey::algorithms`], so that a value
    /// which holds under none of these may be sound: other digests, and salts of other lengths.
    pub const fn has_other_algorithms(&self) -> bool {
        matches!(self, Self::Rsa(..) | Self::P256(_) | Self::P384(_))
    }

    /// `bytes` in DER if they are a value of ECDSA by this key as r ‖ s (IEEE P1363), which is how JWS, Web Cryptography and
    /// .NET write it.
    pub fn der_of_scalars(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let length = match self {
            Self::P256(_) => 32,
            Self::P384(_) => 48,
            _ => return None,
        };
        let (r, s) = bytes.split_at_checked(length).filter(|(_, s)| s.len() == length)?;
        (!is_two_integers(bytes)).then(|| write::sequence(&[&write::integer(r), &write::integer(s)]))
    }

    /// SM3(Z_A ‖ data) if this is an SM2 key: what some writers use where the standard says SM3(data).
    pub fn prefixed_digest(&self, data: &[u8]) -> Option<Digest> {
        let Self::Sm2(key) = self else { return None };
        Some(Digest::from(key.message_digest(data)))
    }
}

/// Whether values of some key that is checked here are `length` bytes: 64 of SM2, Ed25519 and P-256, 96 of P-384, else as many as
/// the modulus of RSA, which is made in steps of 512 bits from 1,024 to 8,192.
pub const fn is_value_length(length: usize) -> bool {
    matches!(length, 64 | 96 | 128..=1024) && (length == 96 || length.is_multiple_of(64))
}

/// Whether `bytes` are a SEQUENCE of two INTEGERs: the shape of ECDSA and SM2 values, whatever the numbers.
pub fn is_two_integers(bytes: &[u8]) -> bool {
    let read = || {
        let mut numbers = Reader::only(bytes, 1).ok()?.sequence().ok()?;
        numbers.expect(tag::INTEGER).ok()?;
        numbers.expect(tag::INTEGER).ok()?;
        numbers.finish().ok()
    };
    read().is_some()
}

#[cfg(test)]
mod tests;
