//! What waits together, checked and hashed together: SM2 and SM3 in lanes, everything else one after the other.

use std::sync::Arc;

use super::checks::{Claimed, Presumption, Signed};
use super::sm2::{self, Claim, SignerTable};
use super::sm2_signature::Sm2Signature;
use super::sm3;
use super::{Digest, DigestAlgorithm, Encoding, Message, PublicKey, SignatureAlgorithm, VerifyError};

/// Which instructions are used where several signatures or digests wait.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    sm2: sm2::Lanes,
    sm3: sm3::Lanes,
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

impl Engine {
    /// All that this processor has: AVX-512 IFMA for SM2, AVX-512 BW for SM3.
    pub fn detect() -> Self {
        Self { sm2: sm2::Lanes::detect(), sm3: sm3::Lanes::detect() }
    }

    /// What every processor has. The answers are the same.
    pub const fn portable() -> Self {
        Self { sm2: sm2::Lanes::off(), sm3: sm3::Lanes::off() }
    }

    /// Whether SM2 and SM3 are computed in lanes.
    pub const fn has_lanes(self) -> (bool, bool) {
        (self.sm2.are_on(), self.sm3.are_on())
    }

    /// The outcomes of checks, in their order; each is what [`SignatureAlgorithm::verify_message`] gives.
    pub fn verify_many(self, items: &[Verification<'_>]) -> Vec<Result<Encoding, VerifyError>> {
        let mut outcomes: Vec<Option<Result<Encoding, VerifyError>>> = vec![None; items.len()];
        let mut waiting = Vec::with_capacity(items.len());
        for (item, outcome) in items.iter().zip(&mut outcomes) {
            if let (SignatureAlgorithm::Sm2Sm3, PublicKey::Sm2(key)) = (item.algorithm, item.key) {
                match Sm2Signature::parse(item.signature) {
                    Some(signature) => waiting.push((key, item.message, signature, key.table(), outcome)),
                    None => *outcome = Some(Err(VerifyError::Malformed)),
                }
            } else {
                *outcome = Some(item.algorithm.verify_message(item.key, item.message, item.signature));
            }
        }
        let parts: Vec<[&[u8]; 2]> = waiting
            .iter()
            .filter_map(|(key, message, ..)| match message {
                Message::Whole(message) => Some([key.default_identity().as_slice(), message]),
                Message::Sm2Digest(_) => None,
            })
            .collect();
        let messages: Vec<&[&[u8]]> = parts.iter().map(|parts| parts.as_slice()).collect();
        let mut hashed = sm3::digest_many(self.sm3, &messages).into_iter();
        let digests: Vec<[u8; 32]> = waiting
            .iter()
            .map(|(_, message, ..)| match message {
                // As many come out as went in.
                Message::Whole(_) => hashed.next().unwrap_or_default(),
                Message::Sm2Digest(e) => *e,
            })
            .collect();
        let claims: Vec<Claim<'_>> = waiting
            .iter()
            .zip(&digests)
            .map(|((key, _, signature, table, _), digest)| Claim {
                signer: key.signer(table),
                digest,
                signature: &signature.value,
            })
            .collect();
        let answers = self.sm2.check(&claims);
        drop(claims);
        for ((_, _, signature, _, outcome), holds) in waiting.into_iter().zip(answers) {
            *outcome = Some(if holds { Ok(signature.encoding) } else { Err(VerifyError::Mismatch) });
        }
        outcomes.into_iter().map(|outcome| outcome.unwrap_or(Err(VerifyError::Mismatch))).collect()
    }

    /// Which of `presumptions` are true.
    pub fn confirm(self, presumptions: &[&Presumption]) -> Vec<bool> {
        let hashed = self.hashed(presumptions);
        let tables: Vec<Option<Arc<SignerTable>>> = presumptions
            .iter()
            .map(|presumption| match &presumption.claim {
                Claimed::Signature { key, .. } => key.table(),
                Claimed::Digest { .. } => None,
            })
            .collect();
        let mut claims = Vec::with_capacity(presumptions.len());
        let mut signed = Vec::with_capacity(presumptions.len());
        let mut answers = vec![false; presumptions.len()];
        for (((presumption, hashed), table), answer) in
            presumptions.iter().zip(&hashed).zip(&tables).zip(&mut answers)
        {
            match &presumption.claim {
                Claimed::Signature { key, value, .. } => {
                    claims.push(Claim { signer: key.signer(table), digest: hashed, signature: &value.value });
                    signed.push(answer);
                }
                Claimed::Digest { algorithm: DigestAlgorithm::Sm3, digest, .. } => {
                    *answer = digest.as_ref() == hashed;
                }
                Claimed::Digest { algorithm, data, digest } => *answer = algorithm.digest(data) == *digest,
            }
        }
        for (answer, holds) in signed.into_iter().zip(self.sm2.check(&claims)) {
            *answer = holds;
        }
        answers
    }

    /// For each presumption the SM3 digest that it turns on, computed together; nothing of use where it turns on another.
    fn hashed(self, presumptions: &[&Presumption]) -> Vec<[u8; 32]> {
        let parts: Vec<Option<[&[u8]; 2]>> = presumptions
            .iter()
            .map(|presumption| match &presumption.claim {
                Claimed::Signature { key, message: Signed::Whole(message), .. } => {
                    Some([key.default_identity().as_slice(), message])
                }
                Claimed::Digest { algorithm: DigestAlgorithm::Sm3, data, .. } => Some([&[], data.as_slice()]),
                Claimed::Signature { .. } | Claimed::Digest { .. } => None,
            })
            .collect();
        let messages: Vec<&[&[u8]]> = parts.iter().flatten().map(|parts| parts.as_slice()).collect();
        let mut digests = sm3::digest_many(self.sm3, &messages).into_iter();
        presumptions
            .iter()
            .zip(&parts)
            .map(|(presumption, parts)| match (&presumption.claim, parts) {
                // As many come out as went in.
                (_, Some(_)) => digests.next().unwrap_or_default(),
                (Claimed::Signature { message: Signed::Digest(e), .. }, None) => *e,
                (_, None) => [0; 32],
            })
            .collect()
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
