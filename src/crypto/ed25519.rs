//! Private Ed25519 keys (RFC 8032), for what officers and the gateway itself sign.

use ring::signature::{Ed25519KeyPair, KeyPair};

use super::SignError;

/// A private Ed25519 key. Never prints, and leaves this module only as signatures.
pub struct Ed25519Key(Ed25519KeyPair);

impl Ed25519Key {
    /// The key of 32 secret bytes, the seed of RFC 8032 §5.1.5.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, SignError> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|_| SignError::Secret)
    }

    /// The public key, 32 bytes.
    pub fn public_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// Signs `message`; 64 bytes. The same message always gets the same signature.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

impl std::fmt::Debug for Ed25519Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ed25519Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{PublicKey, SignatureAlgorithm};
    use crate::hex;

    #[test]
    fn rfc_8032_test_2() {
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let key = Ed25519Key::from_seed(&seed).unwrap();
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(hex::encode(key.public_bytes()), public);
        let signature = key.sign(&[0x72]);
        assert!(hex::encode(&signature).starts_with("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8f"));
        let public = PublicKey::Ed25519(key.public_bytes().to_vec());
        SignatureAlgorithm::Ed25519.verify(&public, &[0x72], &signature).unwrap();
        SignatureAlgorithm::Ed25519.verify(&public, &[0x73], &signature).unwrap_err();
    }
}
