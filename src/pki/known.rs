//! Certificates that come again with every document of a signer, parsed once. What a certificate says never changes; whether it is
//! trusted is judged anew each time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::certificate::{Certificate, CertificateError};
use crate::crypto::KnownFacts;

/// What a certificate takes for each byte of its DER, about: this is kept twice, once more as what is signed and once in its parts, and
/// what these say takes twice their size.
const EXPANSION: usize = 6;

/// What it takes beside that, about.
const OVERHEAD: usize = 1_024;

/// Parsed certificates whose signatures are known to hold, of which there are never more than a given number, nor than a given number
/// of bytes.
#[derive(Debug)]
pub struct KnownCertificates {
    facts: Arc<KnownFacts>,
    most: Room,
    kept: RwLock<State>,
    /// Rises with each use.
    now: AtomicU64,
}

/// How many there are, or may be.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    certificates: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    /// By their DER, whole: other bytes are another certificate.
    certificates: HashMap<Vec<u8>, Kept>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    certificate: Certificate,
    last: AtomicU64,
}

impl KnownCertificates {
    /// Room for `most` certificates that take `bytes` of memory at most, whose signatures are among `facts`, so that only those are
    /// kept that a trusted authority issued.
    pub fn new(facts: Arc<KnownFacts>, most: usize, bytes: usize) -> Self {
        let most = Room { certificates: most, bytes };
        Self { facts, most, kept: RwLock::default(), now: AtomicU64::new(0) }
    }

    /// The certificate in `der`, from those `known` if there are any.
    pub fn parse(known: Option<&Self>, der: &[u8]) -> Result<Certificate, CertificateError> {
        if let Some(certificate) = known.and_then(|known| known.find(der)) {
            return Ok(certificate);
        }
        let certificate = Certificate::from_der(der)?;
        if let Some(known) = known {
            known.keep(&certificate);
        }
        Ok(certificate)
    }

    /// How many bytes of memory they take now, about.
    pub fn bytes(&self) -> usize {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).bytes
    }

    fn find(&self, der: &[u8]) -> Option<Certificate> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let found = kept.certificates.get(der)?;
        found.last.store(self.tick(), Ordering::Relaxed);
        Some(found.certificate.clone())
    }

    fn tick(&self) -> u64 {
        self.now.fetch_add(1, Ordering::Relaxed)
    }

    fn keep(&self, certificate: &Certificate) {
        if !self.facts.is_signed(certificate.tbs(), &certificate.signature().value) {
            return;
        }
        let (der, bytes) = (certificate.der(), weight(certificate.der()));
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        // None takes more than what is free once room was made.
        if self.most.certificates == 0 || bytes > self.most.bytes / 2 || kept.certificates.contains_key(der) {
            return;
        }
        if kept.certificates.len() >= self.most.certificates || kept.bytes + bytes > self.most.bytes {
            kept.shrink(Room { certificates: self.most.certificates / 2, bytes: self.most.bytes / 2 });
        }
        kept.bytes += bytes;
        let last = AtomicU64::new(self.tick());
        kept.certificates.insert(der.to_vec(), Kept { certificate: certificate.clone(), last });
    }
}

impl State {
    /// Keeps what was used last, as far as it has room in `room`. Not one by one, which would mean to look for the oldest each time.
    fn shrink(&mut self, room: Room) {
        let mut all: Vec<(Vec<u8>, Kept)> = self.certificates.drain().collect();
        all.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.last.load(Ordering::Relaxed)));
        self.bytes = 0;
        for (der, kept) in all.into_iter().take(room.certificates) {
            if self.bytes + weight(&der) > room.bytes {
                return;
            }
            self.bytes += weight(&der);
            self.certificates.insert(der, kept);
        }
    }
}

/// What a certificate of these bytes takes.
const fn weight(der: &[u8]) -> usize {
    EXPANSION * der.len() + OVERHEAD
}

#[cfg(test)]
mod tests;
