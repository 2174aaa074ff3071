//! What is remembered of trusted signers to save work. It makes nothing true: facts of arithmetic, certificates as they parse, entries
//! as they inflate. Whether anybody is trusted is judged anew for each file.

use std::sync::Arc;

use crate::crypto::{KnownFacts, KnownSigners};
use crate::document::zip::KnownEntries;
use crate::pki::KnownCertificates;

/// Certificates for each signer that may have a table: its own, its seal's maker's, and what is above them.
const CERTIFICATES: usize = 4;

/// What part of all bytes certificates may take. An eighth: of the usual room 8 MiB, 1,600 of some 5 KB.
const CERTIFICATES_SHARE: usize = 8;

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
    /// Room for the tables of so many `signers`, and for so many `bytes` of the rest: an eighth for certificates, half for the files of
    /// seals, which are kept as stored and as inflated, and what is left for facts, among them each seal once.
    pub fn new(signers: usize, bytes: usize) -> Self {
        let of_certificates = bytes / CERTIFICATES_SHARE;
        let facts = Arc::new(KnownFacts::new(bytes / 2 - of_certificates));
        let certificates = signers.saturating_mul(CERTIFICATES);
        Self {
            signers: KnownSigners::new(signers),
            certificates: KnownCertificates::new(Arc::clone(&facts), certificates, of_certificates),
            entries: KnownEntries::new(bytes / 2),
            facts,
        }
    }
}
