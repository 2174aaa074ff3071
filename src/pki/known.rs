//! Certificates that come again with every document of a signer, parsed once. What a certificate says never changes; whether it is
//! trusted is judged anew each time.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::certificate::{Certificate, CertificateError};
use crate::crypto::KnownFacts;

/// Parsed certificates whose signatures are known to hold, of which there are never more than a given number.
#[derive(Debug)]
pub struct KnownCertificates {
    facts: Arc<KnownFacts>,
    most: usize,
    kept: RwLock<HashMap<Vec<u8>, Certificate>>,
}

impl KnownCertificates {
    /// Room for `most` certificates whose signatures are among `facts`, so that only those are kept that a trusted authority issued.
    pub fn new(facts: Arc<KnownFacts>, most: usize) -> Self {
        Self { facts, most, kept: RwLock::default() }
    }

    /// The certificate in `der`, from those `known` if there are any.
    pub fn parse(known: Option<&Self>, der: &[u8]) -> Result<Certificate, CertificateError> {
        let kept = |known: &Self| known.kept.read().unwrap_or_else(PoisonError::into_inner).get(der).cloned();
        if let Some(certificate) = known.and_then(kept) {
            return Ok(certificate);
        }
        let certificate = Certificate::from_der(der)?;
        if let Some(known) = known {
            known.keep(&certificate);
        }
        Ok(certificate)
    }

    fn keep(&self, certificate: &Certificate) {
        if !self.facts.is_signed(certificate.tbs(), &certificate.signature().value) {
            return;
        }
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= self.most {
            // More than have room are rare, and each is parsed in microseconds: no order of use is kept for them.
            kept.clear();
        }
        if self.most > 0 {
            kept.insert(certificate.der().to_vec(), certificate.clone());
        }
    }
}
