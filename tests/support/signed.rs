//! SM2 signatures of distinct signers over distinct messages, each as engines take it. All of them hold.

use tongban::crypto::{DigestAlgorithm, Message, PublicKey, SignatureAlgorithm, SigningKey, Verification};

/// A signature with what it is checked with.
pub(crate) struct Signed {
    pub(crate) key: PublicKey,
    /// e = SM3(Z_A ‖ message).
    pub(crate) digest: [u8; 32],
    /// r ‖ s.
    pub(crate) value: [u8; 64],
}

impl Signed {
    /// That of a signer, told apart by number.
    pub(crate) fn by(signer: usize) -> Self {
        let (signing, message) = (signing_key(signer), signer.to_be_bytes());
        let key = signing.public_key().unwrap();
        let digest = key.prefixed_digest(&message).unwrap().as_ref().try_into().unwrap();
        Self { key, digest, value: signing.sign_raw(&message).unwrap() }
    }

    /// The question whether it holds.
    pub(crate) fn item(&self) -> Verification<'_> {
        Verification {
            algorithm: SignatureAlgorithm::Sm2Sm3,
            key: &self.key,
            message: Message::Sm2Digest(self.digest),
            signature: &self.value,
        }
    }
}

/// The private key of a signer, always the same.
pub(crate) fn signing_key(signer: usize) -> SigningKey {
    let secret = DigestAlgorithm::Sha256.digest(&signer.to_be_bytes());
    SigningKey::from_secret(secret.as_ref().try_into().unwrap()).unwrap()
}
