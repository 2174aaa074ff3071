//! Where the forge's keys come from: one secret from which every key is derived by its label.
//! For made-up authorities only; real keys are generated in hardware.

use super::Error;
use crate::crypto::{DigestAlgorithm, Hasher, SigningKey, random_bytes};

/// A secret of 32 bytes. The same seed and label always give the same key.
#[derive(Clone)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed that `text` stands for, the same in every run.
    pub fn new(text: &str) -> Self {
        Self(digest(&[b"tongban.forge", text.as_bytes()]))
    }

    /// A seed that nobody else has.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(random_bytes()?))
    }

    /// A seed of its own for `label`.
    #[must_use]
    pub fn child(&self, label: &str) -> Self {
        Self(digest(&[&self.0, b"seed", label.as_bytes()]))
    }

    /// The key for `label`: SM3(seed ‖ kind ‖ label) as the secret.
    pub fn key(&self, label: &str) -> Result<SigningKey, Error> {
        Ok(SigningKey::from_secret(&digest(&[&self.0, b"key", label.as_bytes()]))?)
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Hasher::new(DigestAlgorithm::Sm3);
    for part in parts {
        hasher.update(part);
    }
    let mut secret = [0; 32];
    for (to, from) in secret.iter_mut().zip(hasher.finish().as_ref()) {
        *to = *from;
    }
    secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_seed_and_label() {
        let point = |seed: &Seed, label: &str| seed.key(label).unwrap().public_point();
        let seed = Seed::new("a");
        assert_eq!(point(&seed, "root"), point(&Seed::new("a"), "root"));
        assert_ne!(point(&seed, "root"), point(&seed, "other"));
        assert_ne!(point(&seed, "root"), point(&Seed::new("b"), "root"));
        assert_ne!(point(&seed, "root"), point(&seed.child("x"), "root"));
        assert_ne!(point(&Seed::random().unwrap(), "root"), point(&Seed::random().unwrap(), "root"));
    }
}
