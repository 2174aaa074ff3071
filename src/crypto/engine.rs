//! What waits together, checked and hashed together: SM2 and SM3 in lanes, everything else one after the other.

use std::sync::Arc;

use super::checks::{Claimed, Presumption, Signed};
use super::sm2::{self, Claim, SignerTable};
use super::sm2_key::Sm2Key;
use super::sm2_signature::Sm2Signature;
use super::sm3;
use super::{Digest, DigestAlgorithm, Encoding, Message, PublicKey, SignatureAlgorithm, VerifyError};

/// Which instructions are used where several signatures or digests wait.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    sm2: sm2::Lanes,
    sm3: sm3::Lanes,
}

/// What an [`Engine`] computes in lanes where several signatures or digests wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasLanes {
    /// SM2, with AVX-512 IFMA.
    pub sm2: bool,
    /// SM3, with AVX-512 BW.
    pub sm3: bool,
}

/// One signature to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Verification<'a> {
    /// The algorithm.
    pub algorithm: SignatureAlgorithm,
    /// Whose signature it is said to be.
    pub key: &'a PublicKey,
    /// What it is said to be over.
    pub message: Message<'a>,
    /// The value.
    pub signature: &'a [u8],
}

/// What is asked of the engine, whoever asks.
enum Asked<'a> {
    /// Whether a key made an SM2 signature.
    Signature { key: &'a Sm2Key, message: Message<'a>, value: &'a Sm2Signature },
    /// Whether data have a digest.
    Digest { algorithm: DigestAlgorithm, data: &'a [u8], digest: &'a Digest },
}

impl<'a> Asked<'a> {
    /// What SM3 is needed of, if it is.
    fn parts(&self) -> Option<[&'a [u8]; 2]> {
        match self {
            Self::Signature { key, message: Message::Whole(message), .. } => {
                Some([key.default_identity().as_slice(), message])
            }
            Self::Digest { algorithm: DigestAlgorithm::Sm3, data, .. } => Some([&[], data]),
            Self::Signature { message: Message::Sm2Digest(_), .. } | Self::Digest { .. } => None,
        }
    }

    fn table(&self) -> Option<Arc<SignerTable>> {
        match self {
            Self::Signature { key, .. } => key.table(),
            Self::Digest { .. } => None,
        }
    }
}

impl Engine {
    /// All that this processor has: AVX-512 IFMA for SM2, AVX-512 BW for SM3.
    pub fn detect() -> Self {
        Self { sm2: sm2::Lanes::detect(), sm3: sm3::Lanes::detect() }
    }

    /// What every processor has. The answers are the same.
    pub const fn portable() -> Self {
        Self { sm2: sm2::Lanes::off(), sm3: sm3::Lanes::off() }
    }

    /// What is computed in lanes.
    pub const fn has_lanes(self) -> HasLanes {
        HasLanes { sm2: self.sm2.are_on(), sm3: self.sm3.are_on() }
    }

    /// The outcomes of checks, in their order; each is what [`SignatureAlgorithm::verify_message`] gives.
    pub fn verify_many(self, items: &[Verification<'_>]) -> Vec<Result<Encoding, VerifyError>> {
        let parsed: Vec<Option<(&Sm2Key, Result<Sm2Signature, VerifyError>)>> = items
            .iter()
            .map(|item| match (item.algorithm, item.key) {
                (SignatureAlgorithm::Sm2Sm3, PublicKey::Sm2(key)) => {
                    Some((&**key, Sm2Signature::parse(item.signature).ok_or(VerifyError::Malformed)))
                }
                _ => None,
            })
            .collect();
        let asked: Vec<Asked<'_>> = items
            .iter()
            .zip(&parsed)
            .filter_map(|(item, parsed)| match parsed {
                Some((key, Ok(value))) => Some(Asked::Signature { key, message: item.message, value }),
                Some((_, Err(_))) | None => None,
            })
            .collect();
        let mut answers = self.answer(&asked).into_iter();
        items
            .iter()
            .zip(&parsed)
            .map(|(item, parsed)| match parsed {
                Some((_, Ok(value))) if answers.next() == Some(true) => Ok(value.encoding),
                Some((_, Ok(_))) => Err(VerifyError::Mismatch),
                Some((_, Err(error))) => Err(*error),
                None => item.algorithm.verify_message(item.key, item.message, item.signature),
            })
            .collect()
    }

    /// Which of `presumptions` are true.
    pub fn confirm(self, presumptions: &[&Presumption]) -> Vec<bool> {
        let asked: Vec<Asked<'_>> = presumptions
            .iter()
            .map(|presumption| match &presumption.claim {
                Claimed::Signature { key, message, value, .. } => {
                    let message = match message {
                        Signed::Whole(message) => Message::Whole(message),
                        Signed::Digest(e) => Message::Sm2Digest(*e),
                    };
                    Asked::Signature { key, message, value }
                }
                Claimed::Digest { algorithm, data, digest } => {
                    Asked::Digest { algorithm: *algorithm, data, digest }
                }
            })
            .collect();
        self.answer(&asked)
    }

    /// What `asked` come to, in their order: all that SM3 is needed for in its lanes, then all signatures in theirs.
    fn answer(self, asked: &[Asked<'_>]) -> Vec<bool> {
        let parts: Vec<Option<[&[u8]; 2]>> = asked.iter().map(Asked::parts).collect();
        let messages: Vec<&[&[u8]]> = parts.iter().flatten().map(|parts| parts.as_slice()).collect();
        let mut hashed = sm3::digest_many(self.sm3, &messages).into_iter();
        let tables: Vec<Option<Arc<SignerTable>>> = asked.iter().map(Asked::table).collect();
        let digests: Vec<Option<[u8; 32]>> = asked
            .iter()
            .zip(&parts)
            .map(|(asked, parts)| match (asked, parts) {
                (_, Some(_)) => hashed.next(),
                (Asked::Signature { message: Message::Sm2Digest(e), .. }, None) => Some(*e),
                (Asked::Signature { .. } | Asked::Digest { .. }, None) => None,
            })
            .collect();
        let mut answers = vec![false; asked.len()];
        let (mut claims, mut of_claims) = (Vec::with_capacity(asked.len()), Vec::with_capacity(asked.len()));
        for (((asked, digest), table), answer) in asked.iter().zip(&digests).zip(&tables).zip(&mut answers) {
            match (asked, digest) {
                (Asked::Signature { key, value, .. }, Some(digest)) => {
                    claims.push(Claim { signer: key.signer(table), digest, signature: &value.value });
                    of_claims.push(answer);
                }
                (Asked::Digest { digest: expected, .. }, Some(digest)) => {
                    *answer = expected.as_ref() == digest;
                }
                (Asked::Digest { algorithm, data, digest: expected }, None) => {
                    *answer = algorithm.digest(data) == **expected;
                }
                // Without a digest nothing is shown.
                (Asked::Signature { .. }, None) => {}
            }
        }
        for (answer, holds) in of_claims.into_iter().zip(self.sm2.check(&claims)) {
            *answer = holds;
        }
        answers
    }

    /// The digests of several pieces of data, in their order.
    pub fn digest_many(self, algorithm: DigestAlgorithm, data: &[&[u8]]) -> Vec<Digest> {
        if algorithm != DigestAlgorithm::Sm3 {
            return data.iter().map(|data| algorithm.digest(data)).collect();
        }
        let messages: Vec<&[&[u8]]> = data.iter().map(std::slice::from_ref).collect();
        sm3::digest_many(self.sm3, &messages).into_iter().map(Digest::from).collect()
    }
}

#[cfg(test)]
mod tests;
