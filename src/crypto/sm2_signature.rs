//! SM2 signature values, GB/T 32918.2: r and s in the encodings that the field uses, and the check itself.

use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm3::Digest as _;

/// How a signature value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// SEQUENCE of two minimal INTEGERs, as GB/T 35276 says.
    Der,
    /// SEQUENCE of two INTEGERs with needless leading zeros, or without the zero that a sign bit needs.
    Loose,
    /// 64 bytes, r before s.
    Raw,
}

/// A signature value with r and s in [1, n-1].
#[derive(Clone, Debug)]
pub struct Sm2Signature {
    value: sm2::dsa::Signature,
    /// How it was written.
    pub encoding: Encoding,
}

impl Sm2Signature {
    /// Parses any of the encodings; `None` if it is none of them or r or s is out of range.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if let Ok(raw) = <&[u8; 64]>::try_from(bytes) {
            let value = sm2::dsa::Signature::from_slice(raw).ok()?;
            return Some(Self { value, encoding: Encoding::Raw });
        }
        let (scalars, encoding) = integers(bytes)?;
        let value = sm2::dsa::Signature::from_slice(&scalars).ok()?;
        Some(Self { value, encoding })
    }

    /// Checks the value against SM3(Z_A ‖ message).
    pub(super) fn check(&self, key: &sm2::dsa::VerifyingKey, e: &[u8; 32]) -> bool {
        key.verify_prehash(e, &self.value).is_ok()
    }
}

fn integers(bytes: &[u8]) -> Option<([u8; 64], Encoding)> {
    let [0x30, length, content @ ..] = bytes else { return None };
    if usize::from(*length) != content.len() || *length >= 0x80 {
        return None;
    }
    let (r, r_minimal, rest) = integer(content)?;
    let (s, s_minimal, rest) = integer(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let mut scalars = [0; 64];
    let (left, right) = scalars.split_at_mut(32);
    left.copy_from_slice(&r);
    right.copy_from_slice(&s);
    Some((scalars, if r_minimal && s_minimal { Encoding::Der } else { Encoding::Loose }))
}

/// One INTEGER taken as unsigned: 32 bytes, whether it was minimal and positive, and the rest.
fn integer(bytes: &[u8]) -> Option<([u8; 32], bool, &[u8])> {
    let [0x02, length, rest @ ..] = bytes else { return None };
    let (content, rest) = rest.split_at_checked(usize::from(*length))?;
    let minimal = match content {
        [] => return None,
        [first, ..] if first & 0x80 != 0 => false,
        [0, second, ..] => second & 0x80 != 0,
        _ => true,
    };
    let zeros = content.iter().take_while(|byte| **byte == 0).count();
    let significant = content.get(zeros..)?;
    let mut scalar = [0; 32];
    let start = scalar.len().checked_sub(significant.len())?;
    scalar.get_mut(start..)?.copy_from_slice(significant);
    Some((scalar, minimal, rest))
}

/// SM3(Z_A ‖ message), with Z_A for the default identity `1234567812345678` (GB/T 35276-2017 §10).
pub(super) fn message_digest(point: &[u8; 65], message: &[u8]) -> [u8; 32] {
    let mut hasher = sm3::Sm3::new();
    hasher.update(identity_digest(point));
    hasher.update(message);
    hasher.finalize().into()
}

/// Z_A = SM3(ENTL ‖ ID ‖ a ‖ b ‖ G ‖ P), GB/T 32918.2-2016 §5.5.
fn identity_digest(point: &[u8; 65]) -> [u8; 32] {
    let mut hasher = sm3::Sm3::new();
    hasher.update([0x00, 0x80]);
    hasher.update(super::key::DEFAULT_ID);
    hasher.update(CURVE);
    hasher.update(point.get(1..).unwrap_or_default());
    hasher.finalize().into()
}

/// a ‖ b ‖ x_G ‖ y_G of the recommended curve, GB/T 32918.5-2017.
const CURVE: [u8; 128] = *b"\
\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFC\
\x28\xE9\xFA\x9E\x9D\x9F\x5E\x34\x4D\x5A\x9E\x4B\xCF\x65\x09\xA7\xF3\x97\x89\xF5\x15\xAB\x8F\x92\xDD\xBC\xBD\x41\x4D\x94\x0E\x93\
\x32\xC4\xAE\x2C\x1F\x19\x81\x19\x5F\x99\x04\x46\x6A\x39\xC9\x94\x8F\xE3\x0B\xBF\xF2\x66\x0B\xE1\x71\x5A\x45\x89\x33\x4C\x74\xC7\
\xBC\x37\x36\xA2\xF4\xF6\x77\x9C\x59\xBD\xCE\xE3\x6B\x69\x21\x53\xD0\xA9\x87\x7C\xC6\x2A\x47\x40\x02\xDF\x32\xE5\x21\x39\xF0\xA0";
