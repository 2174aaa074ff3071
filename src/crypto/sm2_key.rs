//! SM2 keys as the rest of the program holds them: the point, and what is computed once for it.

use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use super::sm2::{Key, Signer, SignerTable};
use super::sm3::Sm3;

/// GB/T 35276-2017 §10: the identity that every signature of the field uses.
pub(super) const DEFAULT_ID: &str = "1234567812345678";

/// An SM2 key, its Z_A for the default identity once that was asked for, and its table while the signer is a known one.
#[derive(Debug)]
pub struct Sm2Key {
    point: [u8; 65],
    key: Key,
    default_identity: OnceLock<[u8; 32]>,
    /// Weak, so that the memory of tables is what [`super::KnownSigners`] says, however many keys are alive.
    table: RwLock<Weak<SignerTable>>,
}

impl Sm2Key {
    /// From an uncompressed point; `None` if it is not on the curve.
    pub(super) fn from_sec1(point: &[u8; 65]) -> Option<Self> {
        let key = Key::from_sec1(point)?;
        Some(Self { point: *point, key, default_identity: OnceLock::new(), table: RwLock::default() })
    }

    pub(super) const fn point(&self) -> &[u8; 65] {
        &self.point
    }

    pub(super) const fn key(&self) -> &Key {
        &self.key
    }

    /// The table, if the signer is known and has not been displaced by others.
    pub(super) fn table(&self) -> Option<Arc<SignerTable>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).upgrade()
    }

    pub(super) fn set_table(&self, table: &Arc<SignerTable>) {
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(table);
    }

    /// The signer for one check, with the table that keeps it alive.
    pub(super) fn signer<'a>(&'a self, table: &'a Option<Arc<SignerTable>>) -> Signer<'a> {
        table.as_deref().map_or(Signer::Unknown(&self.key), Signer::Known)
    }

    /// Z_A for the default identity.
    pub(super) fn default_identity(&self) -> &[u8; 32] {
        self.default_identity.get_or_init(|| identity_digest(&self.point, DEFAULT_ID))
    }

    /// SM3(Z_A ‖ message), with Z_A for the default identity.
    pub(super) fn message_digest(&self, message: &[u8]) -> [u8; 32] {
        let mut hasher = Sm3::new();
        hasher.update(self.default_identity());
        hasher.update(message);
        hasher.finish()
    }
}

/// Z_A = SM3(ENTL ‖ ID ‖ a ‖ b ‖ G ‖ P), GB/T 32918.2-2016 §5.5, with ENTL the identity's length in bits.
fn identity_digest(point: &[u8; 65], identity: &str) -> [u8; 32] {
    let mut hasher = Sm3::new();
    hasher.update(&u16::try_from(identity.len() * 8).unwrap_or(u16::MAX).to_be_bytes());
    hasher.update(identity.as_bytes());
    hasher.update(&CURVE);
    hasher.update(point.get(1..).unwrap_or_default());
    hasher.finish()
}

/// a ‖ b ‖ x_G ‖ y_G of the recommended curve, GB/T 32918.5-2017.
const CURVE: [u8; 128] = *b"\
\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFC\
\x28\xE9\xFA\x9E\x9D\x9F\x5E\x34\x4D\x5A\x9E\x4B\xCF\x65\x09\xA7\xF3\x97\x89\xF5\x15\xAB\x8F\x92\xDD\xBC\xBD\x41\x4D\x94\x0E\x93\
\x32\xC4\xAE\x2C\x1F\x19\x81\x19\x5F\x99\x04\x46\x6A\x39\xC9\x94\x8F\xE3\x0B\xBF\xF2\x66\x0B\xE1\x71\x5A\x45\x89\x33\x4C\x74\xC7\
\xBC\x37\x36\xA2\xF4\xF6\x77\x9C\x59\xBD\xCE\xE3\x6B\x69\x21\x53\xD0\xA9\x87\x7C\xC6\x2A\x47\x40\x02\xDF\x32\xE5\x21\x39\xF0\xA0";
