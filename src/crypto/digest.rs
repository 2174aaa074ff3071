//! Digest algorithms and their object identifiers.

use super::sm3::Sm3;
use crate::hex;

/// A digest algorithm that occurs in licenses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-1, computed so that old files can be read; its collisions are practical.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SM3, GB/T 32905-2016.
    Sm3,
}

/// OIDs: RFC 8017 appendix B.1, and GB/T 33560-2017 for SM3.
const OIDS: [(&str, DigestAlgorithm); 5] = [
    ("1.3.14.3.2.26", DigestAlgorithm::Sha1),
    ("2.16.840.1.101.3.4.2.1", DigestAlgorithm::Sha256),
    ("2.16.840.1.101.3.4.2.2", DigestAlgorithm::Sha384),
    ("2.16.840.1.101.3.4.2.3", DigestAlgorithm::Sha512),
    ("1.2.156.10197.1.401", DigestAlgorithm::Sm3),
];

/// Names as people write them: those of the IANA registry of hash function text names, and of GB/T 32905 for SM3.
const NAMES: [(&str, DigestAlgorithm); 5] = [
    ("sha-1", DigestAlgorithm::Sha1),
    ("sha-256", DigestAlgorithm::Sha256),
    ("sha-384", DigestAlgorithm::Sha384),
    ("sha-512", DigestAlgorithm::Sha512),
    ("sm3", DigestAlgorithm::Sm3),
];

impl DigestAlgorithm {
    /// The algorithm that `oid` names.
    pub fn from_oid(oid: &str) -> Option<Self> {
        OIDS.iter().find(|(known, _)| *known == oid).map(|(_, algorithm)| *algorithm)
    }

    /// The algorithm's object identifier.
    pub fn oid(self) -> &'static str {
        OIDS.iter().find(|(_, algorithm)| *algorithm == self).map_or("", |(oid, _)| oid)
    }

    /// The digest of `data`.
    pub fn digest(self, data: &[u8]) -> Digest {
        let mut hasher = Hasher::new(self);
        hasher.update(data);
        hasher.finish()
    }

    /// The algorithm that people call `name`.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm)
    }

    /// What people call the algorithm.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, algorithm)| *algorithm == self).map_or("", |(name, _)| name)
    }

    /// How many bytes its digests have.
    pub const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 | Self::Sm3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest that `bytes` are, computed by this algorithm elsewhere; `None` if they are too many or too few.
    pub fn received(self, bytes: &[u8]) -> Option<Digest> {
        (bytes.len() == self.length()).then(|| Digest::new(bytes))
    }
}

/// A digest, up to 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    bytes: [u8; 64],
    length: usize,
}

impl Digest {
    pub(super) fn new(from: &[u8]) -> Self {
        let mut bytes = [0; 64];
        for (to, from) in bytes.iter_mut().zip(from) {
            *to = *from;
        }
        Self { bytes, length: from.len().min(64) }
    }

    /// The digest in lower-case hexadecimal.
    pub fn hex(&self) -> String {
        hex::encode(self.as_ref())
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self::new(&bytes)
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.hex())
    }
}

/// A digest in the making.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Ring(ring::digest::Context),
    Sm3(Sm3),
}

impl Hasher {
    /// Starts a digest.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        let ring = match algorithm {
            DigestAlgorithm::Sm3 => return Self(State::Sm3(Sm3::new())),
            DigestAlgorithm::Sha1 => &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
            DigestAlgorithm::Sha256 => &ring::digest::SHA256,
            DigestAlgorithm::Sha384 => &ring::digest::SHA384,
            DigestAlgorithm::Sha512 => &ring::digest::SHA512,
        };
        Self(State::Ring(ring::digest::Context::new(ring)))
    }

    /// Adds `data`.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            State::Ring(context) => context.update(data),
            State::Sm3(sm3) => sm3.update(data),
        }
    }

    /// The digest of all that was added.
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Ring(context) => Digest::new(context.finish().as_ref()),
            State::Sm3(sm3) => Digest::from(sm3.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sm3_known_answers() {
        // GB/T 32905-2016 annex A.
        assert_eq!(
            DigestAlgorithm::Sm3.digest(b"abc").hex(),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
        assert_eq!(
            DigestAlgorithm::Sm3.digest(&b"abcd".repeat(16)).hex(),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
        );
    }

    #[test]
    fn each_algorithm_has_one_oid() {
        for (oid, algorithm) in OIDS {
            assert_eq!(DigestAlgorithm::from_oid(oid), Some(algorithm));
            assert_eq!(algorithm.oid(), oid);
            assert_eq!(DigestAlgorithm::named(algorithm.name()), Some(algorithm));
            assert_eq!(algorithm.digest(b"").as_ref().len(), algorithm.length());
        }
        assert_eq!(DigestAlgorithm::from_oid("1.2.840.113549.2.5"), None);
    }
}
