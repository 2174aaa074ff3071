//! One signature value over one message, as reasons of a verdict: the same check for documents, seals and tokens.
//! Whose key it is, and what the message means, is the caller's business.

use crate::budget::{Budget, Exhausted};
use crate::crypto::{Encoding, Message, PublicKey, SignatureAlgorithm, VerifyError};
use crate::verdict::{Code, Integrity, Reason};

/// A signature value and what it is said to be.
#[derive(Clone, Copy, Debug)]
pub struct SignatureValue<'a> {
    /// The algorithm, if it is known.
    pub algorithm: Option<SignatureAlgorithm>,
    /// How the algorithm is written, for reasons.
    pub named: &'a str,
    /// The key, if it can be used.
    pub key: Option<&'a PublicKey>,
    /// What is signed.
    pub message: Message<'a>,
    /// The value.
    pub value: &'a [u8],
    /// Where it stands, for reasons.
    pub place: &'a str,
    /// What is wrong if the value does not hold.
    pub broken: Code,
    /// Whether the same value comes with many files, as that of a seal does.
    pub lasting: bool,
}

/// Checks `signature`; fails only when the budget is used up.
pub fn check_value(
    signature: &SignatureValue<'_>,
    reasons: &mut Vec<Reason>,
    budget: &mut Budget,
) -> Result<Integrity, Exhausted> {
    let SignatureValue { algorithm, named, key, message, value, place, broken, lasting } = *signature;
    let (Some(algorithm), Some(key)) = (algorithm, key) else {
        reasons.push(Reason::new(Code::SignatureAlgorithm, place).with(named));
        return Ok(Integrity::Unchecked);
    };
    budget.signature_check()?;
    let checks = budget.checks_mut();
    let outcome = match lasting {
        true => checks.verify_lasting(algorithm, key, message, value),
        false => checks.verify(algorithm, key, message, value),
    };
    if algorithm.is_weak(key) && !matches!(outcome, Err(VerifyError::KeyMismatch | VerifyError::KeyUnusable))
    {
        reasons.push(Reason::new(Code::SignatureWeak, place).with(named));
    }
    if outcome.is_ok() && matches!(message, Message::Sm2Digest(_)) {
        reasons.push(Reason::new(Code::SignatureDigestUnproven, place));
    }
    let (code, integrity) = match outcome {
        Ok(Encoding::Der) => return Ok(Integrity::Intact),
        Ok(Encoding::Loose) => (Code::SignatureEncodingLoose, Integrity::Intact),
        Ok(Encoding::Raw) => (Code::SignatureEncodingRaw, Integrity::Intact),
        Err(VerifyError::KeyMismatch) => (Code::SignatureUnfit, Integrity::Unchecked),
        Err(VerifyError::KeyUnusable) => (Code::SignatureAlgorithm, Integrity::Unchecked),
        Err(VerifyError::Malformed | VerifyError::Mismatch) => (broken, Integrity::Broken),
    };
    reasons.push(Reason::new(code, place));
    Ok(integrity)
}
