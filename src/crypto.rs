//! The one door to algorithms: digests, signatures, keys, random numbers, and rustls's provider.
//! It decides nothing about trust; which algorithm is good enough for what is decided by those who ask.

mod bearer;
mod checks;
mod digest;
mod dsa;
mod ed25519;
mod engine;
mod key;
mod known_facts;
mod known_signers;
mod provider;
mod pseudonym;
mod random;
mod sign;
mod signature;
mod sm2;
mod sm2_key;
mod sm2_signature;
mod sm3;
mod tls;

pub use self::bearer::BearerToken;
pub use self::checks::{Checks, Presumption};
pub use self::digest::{Digest, DigestAlgorithm, Hasher};
pub use self::dsa::DsaKey;
pub use self::ed25519::Ed25519Key;
pub use self::engine::{Engine, HasLanes, Verification};
pub use self::key::{KeyError, PublicKey};
pub use self::known_facts::KnownFacts;
pub use self::known_signers::{KnownSigners, Standing};
pub use self::provider::tls_provider;
pub use self::pseudonym::PseudonymKey;
pub use self::random::{RandomError, random_bytes};
pub use self::sign::{SignError, SigningKey};
pub use self::signature::{Message, SignatureAlgorithm, VerifyError, is_two_integers, is_value_length};
pub use self::sm2_key::Sm2Key;
pub use self::sm2_signature::{Encoding, Sm2Signature};
pub use self::tls::{Fingerprint, TlsAuthorities, TlsIdentity, TlsKeyPair, TlsMaterialError};
