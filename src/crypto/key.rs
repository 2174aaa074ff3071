//! Public keys as certificates carry them.

use std::sync::Arc;

use super::dsa::DsaKey;
use super::sm2_key::Sm2Key;
use crate::asn1::{Reader, Tlv, tag};

const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
/// id-dsa, RFC 3279 §2.3.2.
const DSA: &str = "1.2.840.10040.4.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const SM2_CURVE: &str = "1.2.156.10197.1.301";
/// The OID of SM2 signatures, which some writers put where the curve belongs.
const SM2_SIGN: &str = "1.2.156.10197.1.301.1";

/// A public key of an algorithm that Tongban checks.
#[derive(Clone)]
pub enum PublicKey {
    /// DSA with its domain parameters, for conformance suites.
    Dsa(DsaKey),
    /// Ed25519, 32 bytes.
    Ed25519(Vec<u8>),
    /// NIST P-256, an uncompressed point.
    P256(Vec<u8>),
    /// NIST P-384, an uncompressed point.
    P384(Vec<u8>),
    /// RSA, a DER `RSAPublicKey`, with the length of its modulus in bits.
    Rsa(Vec<u8>, usize),
    /// SM2, checked to lie on the curve.
    Sm2(Arc<Sm2Key>),
}

/// Why a public key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key is not one of its algorithm.
    #[error("the key is malformed or not on its curve")]
    Malformed,
    /// The parameters are left to the issuer's key.
    #[error("the key's parameters are not stated")]
    ParametersAbsent,
    /// No check is known for the algorithm.
    #[error("the key's algorithm `{0}` is not supported")]
    Unsupported(String),
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let (algorithm, parameters, bits) = spki_fields(der).ok_or(KeyError::Malformed)?;
        let curve = parameters.and_then(|parameters| parameters.oid().ok());
        let absent = parameters.is_none_or(|parameters| parameters.tag == tag::NULL);
        match (algorithm.as_str(), curve.as_deref()) {
            // A key that is for PSS alone (RFC 4055 §1.2) may bind its parameters too, which is not supported.
            (RSA, _) | (RSA_PSS, None) if algorithm == RSA || absent => rsa(bits),
            ("1.3.101.112", None) if bits.len() == 32 => Ok(Self::Ed25519(bits.to_vec())),
            (EC_PUBLIC_KEY, Some("1.2.840.10045.3.1.7")) => uncompressed(bits, 65).map(Self::P256),
            (EC_PUBLIC_KEY, Some("1.3.132.0.34")) => uncompressed(bits, 97).map(Self::P384),
            (EC_PUBLIC_KEY, Some(SM2_CURVE | SM2_SIGN)) => Self::sm2(bits),
            (DSA, None) if absent => Err(KeyError::ParametersAbsent),
            (DSA, None) => {
                let inside = parameters.map(|parameters| parameters.value).unwrap_or_default();
                DsaKey::parse(inside, bits).map(Self::Dsa).map_err(|_| KeyError::Malformed)
            }
            (other, parameter) => Err(KeyError::Unsupported(
                parameter.map_or(other.to_owned(), |curve| format!("{other} {curve}")),
            )),
        }
    }

    /// The key in a SubjectPublicKeyInfo whose parameters are those of this key, its issuer's (RFC 5280 §6.1.4 (e)).
    pub fn inherited_by(&self, der: &[u8]) -> Result<Self, KeyError> {
        match (self, spki_fields(der)) {
            (Self::Dsa(issuer), Some((algorithm, _, bits))) if algorithm == DSA => {
                issuer.with_key(bits).map(Self::Dsa).map_err(|_| KeyError::Malformed)
            }
            _ => Err(KeyError::ParametersAbsent),
        }
    }

    /// An SM2 key from its uncompressed point (65 bytes).
    pub fn sm2(point: &[u8]) -> Result<Self, KeyError> {
        let point = <[u8; 65]>::try_from(point).map_err(|_| KeyError::Malformed)?;
        Sm2Key::from_sec1(&point).map(|key| Self::Sm2(Arc::new(key))).ok_or(KeyError::Malformed)
    }

    /// Whether signatures by this key are checked with the table of a known signer now.
    pub fn has_table(&self) -> bool {
        matches!(self, Self::Sm2(key) if key.table().is_some())
    }

    /// Whether a SubjectPublicKeyInfo names a signature algorithm where the SM2 curve belongs.
    pub fn has_misnamed_curve(der: &[u8]) -> bool {
        spki_fields(der).is_some_and(|(algorithm, parameters, _)| {
            let curve = parameters.and_then(|parameters| parameters.oid().ok());
            algorithm == EC_PUBLIC_KEY && curve.as_deref() == Some(SM2_SIGN)
        })
    }
}

/// Algorithm, parameters and key bits of a SubjectPublicKeyInfo.
fn spki_fields(der: &[u8]) -> Option<(String, Option<Tlv<'_>>, &[u8])> {
    // RSASSA-PSS parameters are the deepest: two AlgorithmIdentifiers inside each other, in a context tag.
    let mut fields = Reader::only(der, 8).ok()?.sequence().ok()?;
    let mut algorithm = fields.sequence().ok()?;
    let oid = algorithm.oid().ok()?;
    let parameters = if algorithm.is_empty() { None } else { Some(algorithm.any().ok()?) };
    algorithm.finish().ok()?;
    let bits = fields.bits().ok()?;
    fields.finish().ok()?;
    Some((oid, parameters, bits))
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Dsa(_) => "DSA",
            Self::Ed25519(_) => "Ed25519",
            Self::P256(_) => "P-256",
            Self::P384(_) => "P-384",
            Self::Rsa(..) => "RSA",
            Self::Sm2(_) => "SM2",
        })
    }
}

/// Algorithm and, where it may differ, length.
impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa(_, bits) => write!(f, "RSA, {bits} bits"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// SEQUENCE of modulus and exponent (RFC 8017 appendix A.1.1).
fn rsa(der: &[u8]) -> Result<PublicKey, KeyError> {
    let modulus = || {
        let mut fields = Reader::only(der, 1).ok()?.enter().ok()?;
        let modulus = fields.expect(tag::INTEGER).ok()?.value;
        fields.expect(tag::INTEGER).ok()?;
        fields.finish().ok()?;
        let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
        let first = modulus.get(zeros)?;
        Some((modulus.len() - zeros) * 8 - usize::try_from(first.leading_zeros()).unwrap_or(0))
    };
    let length = modulus().ok_or(KeyError::Malformed)?;
    Ok(PublicKey::Rsa(der.to_vec(), length))
}

fn uncompressed(bits: &[u8], length: usize) -> Result<Vec<u8>, KeyError> {
    if bits.len() == length && bits.first() == Some(&4) {
        Ok(bits.to_vec())
    } else {
        Err(KeyError::Malformed)
    }
}
