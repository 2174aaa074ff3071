//! What was signed, by whom: a signature that is checked once for each key that may have made it.
//! Whose key may sign is decided by those who ask.

use std::sync::{Mutex, PoisonError};

use crate::budget::{Budget, Exhausted};
use crate::crypto::PublicKey;
use crate::pki::{Certificate, SignatureOver};

/// Keys whose check is remembered. An authority has two or three while it changes keys.
const REMEMBERED: usize = 8;

/// A signed structure on the way from the wire to being trusted.
#[derive(Debug)]
pub(super) struct Attestation {
    signature: SignatureOver,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The SubjectPublicKeyInfo of the key that made the signature. The bytes are not needed again.
    Shown(Box<[u8]>),
    /// The signed bytes, with the keys that were tried and whether they fit.
    Open { message: Box<[u8]>, tried: Mutex<Vec<(Box<[u8]>, bool)>> },
}

impl Attestation {
    /// Tries the keys of `signers`. Only if none of them fits are the signed bytes kept, for one that comes later.
    pub(super) fn new<'a>(
        signature: SignatureOver,
        message: &[u8],
        signers: impl Iterator<Item = &'a Certificate>,
        budget: &mut Budget,
    ) -> Result<Self, Exhausted> {
        let mut tried = Vec::new();
        for signer in signers {
            let Ok(key) = &signer.key else { continue };
            if tried.iter().any(|(spki, _): &(Box<[u8]>, bool)| **spki == *signer.spki()) {
                continue;
            }
            budget.signature_check()?;
            if signature.verify(key, message).is_ok() {
                return Ok(Self { signature, state: State::Shown(signer.spki().into()) });
            }
            tried.push((signer.spki().into(), false));
        }
        tried.truncate(REMEMBERED);
        Ok(Self { signature, state: State::Open { message: message.into(), tried: Mutex::new(tried) } })
    }

    /// Whether it is known which key made the signature.
    pub(super) fn is_shown(&self) -> bool {
        match &self.state {
            State::Shown(_) => true,
            State::Open { tried, .. } => {
                tried.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|(_, fits)| *fits)
            }
        }
    }

    /// Whether one of the signers made it with whom it came to be looked at, rather than one that a path brought later.
    pub(super) const fn is_vouched(&self) -> bool {
        matches!(self.state, State::Shown(_))
    }

    /// Signed bytes that are held for a key that comes later.
    pub(super) fn open_bytes(&self) -> usize {
        match &self.state {
            State::Shown(_) => 0,
            State::Open { message, .. } => message.len(),
        }
    }

    /// The same for a part of what was signed, once it is known whose key made the signature.
    pub(super) fn of_part(&self) -> Option<Self> {
        match &self.state {
            State::Shown(spki) => {
                Some(Self { signature: self.signature.clone(), state: State::Shown(spki.clone()) })
            }
            State::Open { .. } => None,
        }
    }

    /// Whether it is known that one key made this signature and that of `other`.
    pub(super) fn is_by_same(&self, other: &Self) -> bool {
        matches!((&self.state, &other.state), (State::Shown(one), State::Shown(two)) if one == two)
    }

    /// Whether the key of `signer` made the signature.
    pub(super) fn is_by(&self, signer: &Certificate, budget: &mut Budget) -> Result<bool, Exhausted> {
        let (message, tried) = match &self.state {
            State::Shown(spki) => return Ok(**spki == *signer.spki()),
            State::Open { message, tried } => (message, tried),
        };
        let known = |tried: &Vec<(Box<[u8]>, bool)>| {
            tried.iter().find(|(spki, _)| **spki == *signer.spki()).map(|(_, fits)| *fits)
        };
        if let Some(fits) = known(&tried.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(fits);
        }
        let Ok(key) = &signer.key else { return Ok(false) };
        budget.signature_check()?;
        let fits = self.signature.verify(key, message).is_ok();
        let mut tried = tried.lock().unwrap_or_else(PoisonError::into_inner);
        // One place is left for the key that fits.
        if fits || tried.len() < REMEMBERED - 1 {
            tried.push((signer.spki().into(), fits));
        }
        Ok(fits)
    }

    /// Whether `key` made the signature by an algorithm that only conformance suites use any more.
    pub(super) fn is_by_retired(&self, key: &PublicKey, budget: &mut Budget) -> Result<bool, Exhausted> {
        let State::Open { message, .. } = &self.state else { return Ok(false) };
        budget.signature_check()?;
        Ok(self.signature.algorithm.is_none() && self.signature.verify_even_retired(key, message).is_ok())
    }

    /// Whether a signature of this kind by `signer` can be forged today.
    pub(super) fn is_weak(&self, signer: &Certificate) -> bool {
        signer.key.as_ref().is_ok_and(|key| self.signature.is_weak(key))
    }
}
