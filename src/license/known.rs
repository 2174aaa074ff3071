//! What is remembered of trusted signers to save work. It makes nothing true: facts of arithmetic, certificates as they parse, entries
//! as they inflate. Whether anybody is trusted is judged anew for each file.

use std::sync::Arc;

use crate::crypto::{KnownFacts, KnownSigners};
use crate::document::zip::KnownEntries;
use crate::pki::KnownCertificates;

/// Certificates for each signer that may have a table: its own, its seal's maker's, and what is above them.
const CERTIFICATES: usize = 4;

/// What was met before.
#[derive(Debug)]
pub struct Known {
    /// Tables of their keys.
    pub signers: KnownSigners,
    /// What was found true of their certificates and seals.
    pub facts: Arc<KnownFacts>,
    /// Their certificates.
    pub certificates: KnownCertificates,
    /// Their seals' files.
    pub entries: KnownEntries,
}

impl Known {
    /// Room for the tables of so many `signers`, and for so many `bytes` of the rest.
    pub fn new(signers: usize, bytes: usize) -> Self {
        let facts = Arc::new(KnownFacts::new(bytes / 2));
        Self {
            signers: KnownSigners::new(signers),
            certificates: KnownCertificates::new(Arc::clone(&facts), signers.saturating_mul(CERTIFICATES)),
            entries: KnownEntries::new(bytes / 2),
            facts,
        }
    }
}
