//! SM2 signature values, GB/T 32918.2: r and s in the encodings that the field uses.

use super::sm2::Signature;

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
    pub(super) value: Signature,
    /// How it was written.
    pub encoding: Encoding,
}

impl Sm2Signature {
    /// Parses any of the encodings; `None` if it is none of them or r or s is out of range.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if let Ok(raw) = <&[u8; 64]>::try_from(bytes) {
            let value = Signature::from_bytes(raw)?;
            return Some(Self { value, encoding: Encoding::Raw });
        }
        let (scalars, encoding) = integers(bytes)?;
        let value = Signature::from_bytes(&scalars)?;
        Some(Self { value, encoding })
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
