//! What every signed structure of X.509 ends with: an algorithm and a signature over the bytes before them
//! (RFC 5280 §4.1.1). Certificates, lists and answers about revocation alike.

use crate::asn1::{Error, Reader, tag};
use crate::crypto::{Checks, Encoding, PublicKey, SignatureAlgorithm, Sm2Signature, VerifyError};

/// AlgorithmIdentifier with the parameters of PSS inside.
const DEPTH: u32 = 8;

/// A signature algorithm as named and a signature value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureOver {
    /// The AlgorithmIdentifier, in DER.
    pub identifier: Vec<u8>,
    /// The algorithm in dotted form.
    pub oid: String,
    /// The algorithm, if it is known.
    pub algorithm: Option<SignatureAlgorithm>,
    /// The value.
    pub value: Vec<u8>,
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// No check is known for the algorithm or the key, or they do not fit each other.
    #[error("the signature algorithm `{0}` cannot be checked with this key")]
    Unchecked(String),
    /// The key did not make the signature.
    #[error("the signature does not hold")]
    Mismatch,
}

impl SignatureOver {
    /// Reads the AlgorithmIdentifier and the BIT STRING that stand next in `reader`.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let identifier = reader.expect(tag::SEQUENCE)?.raw;
        let value = reader.expect(tag::BIT_STRING)?;
        // A value that does not end on a byte is no signature of any algorithm; that is for the check to find.
        Self::from_parts(identifier, value.bits().unwrap_or_default())
    }

    /// From the DER of an AlgorithmIdentifier and the signature value.
    pub fn from_parts(identifier: &[u8], value: &[u8]) -> Result<Self, Error> {
        let mut fields = Reader::only(identifier, DEPTH)?.sequence()?;
        let oid = fields.oid()?;
        let parameters = if fields.is_empty() { None } else { Some(fields.any()?) };
        fields.finish()?;
        let inside = parameters.filter(|found| found.tag == tag::SEQUENCE).map(|found| found.value);
        let algorithm = SignatureAlgorithm::from_identifier(&oid, inside);
        Ok(Self { identifier: identifier.to_vec(), oid, algorithm, value: value.to_vec() })
    }

    /// Whether `key` made the signature over `message`; on success how an SM2 value was written.
    pub fn verify(&self, key: &PublicKey, message: &[u8]) -> Result<Encoding, SignatureFault> {
        self.verify_by(&mut Checks::default(), key, message)
    }

    /// The same, as `checks` answer it.
    pub fn verify_by(
        &self,
        checks: &mut Checks,
        key: &PublicKey,
        message: &[u8],
    ) -> Result<Encoding, SignatureFault> {
        self.verify_as(self.algorithm, checks, key, message)
    }

    /// The same, for algorithms too that nothing but conformance suites uses any more.
    pub fn verify_even_retired(&self, key: &PublicKey, message: &[u8]) -> Result<Encoding, SignatureFault> {
        let algorithm = self.algorithm.or_else(|| SignatureAlgorithm::retired(&self.oid));
        self.verify_as(algorithm, &mut Checks::default(), key, message)
    }

    fn verify_as(
        &self,
        algorithm: Option<SignatureAlgorithm>,
        checks: &mut Checks,
        key: &PublicKey,
        message: &[u8],
    ) -> Result<Encoding, SignatureFault> {
        let unchecked = || SignatureFault::Unchecked(self.oid.clone());
        let algorithm = algorithm.ok_or_else(unchecked)?;
        checks.verify_lasting(algorithm, key, message.into(), &self.value).map_err(|error| match error {
            VerifyError::KeyMismatch | VerifyError::KeyUnusable => unchecked(),
            VerifyError::Malformed | VerifyError::Mismatch => SignatureFault::Mismatch,
        })
    }

    /// Whether the value is one of SM2 that is not written in DER (GB/T 35276-2017 §7.3).
    pub fn is_loose(&self) -> bool {
        self.algorithm == Some(SignatureAlgorithm::Sm2Sm3)
            && Sm2Signature::parse(&self.value).is_some_and(|value| value.encoding != Encoding::Der)
    }

    /// Whether a signature of this kind by `key` can be forged today.
    pub fn is_weak(&self, key: &PublicKey) -> bool {
        let algorithm = self.algorithm.or_else(|| SignatureAlgorithm::retired(&self.oid));
        algorithm.is_some_and(|algorithm| algorithm.is_weak(key))
    }
}
