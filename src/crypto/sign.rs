//! Signing keys. The gateway itself signs checkpoints and messages; the demonstration's authorities sign seals.

use sm2::dsa::signature::Signer;

use super::SignatureAlgorithm;
use super::key::PublicKey;
use super::sm2_key::DEFAULT_ID;

/// A private SM2 key. Never prints, and leaves this module only as signatures.
pub struct SigningKey(sm2::dsa::SigningKey);

/// Why no signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The secret is zero or not below the order of the curve.
    #[error("the secret is not a private key")]
    Secret,
    /// The signature could not be computed.
    #[error("the signature could not be computed")]
    Failed,
}

impl SigningKey {
    /// A key from 32 secret bytes.
    pub fn from_secret(secret: &[u8; 32]) -> Result<Self, SignError> {
        sm2::dsa::SigningKey::from_slice(DEFAULT_ID, secret).map(Self).map_err(|_| SignError::Secret)
    }

    /// The algorithm of the signatures.
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Sm2Sm3
    }

    /// The public point, uncompressed (65 bytes).
    pub fn public_point(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_bytes().into_vec()
    }

    /// The public key.
    pub fn public_key(&self) -> Result<PublicKey, SignError> {
        PublicKey::sm2(&self.public_point()).map_err(|_| SignError::Secret)
    }

    /// Signs SM3(Z_A ‖ message); 64 bytes, r before s. The same message always gets the same signature.
    pub fn sign_raw(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        self.0.try_sign(message).map(|signature| signature.to_bytes().into()).map_err(|_| SignError::Failed)
    }

    /// Signs SM3(Z_A ‖ message); SEQUENCE of r and s in DER.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let raw = self.sign_raw(message)?;
        let (r, s) = raw.split_at(32);
        Ok(crate::asn1::write::sequence(&[&crate::asn1::write::integer(r), &crate::asn1::write::integer(s)]))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}
