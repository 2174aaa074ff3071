//! Trust anchors, and how certificates are found in files.

use std::collections::BTreeMap;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::certificate::{Certificate, CertificateError};
use super::name::Name;
use crate::crypto::{Digest, DigestAlgorithm};

/// Why a file gives no certificates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The certificate at this position, from 1, cannot be used.
    #[error("certificate {position}: {error}")]
    Certificate {
        /// Which one in the file, from 1.
        position: usize,
        /// What is wrong with it.
        error: CertificateError,
    },
    /// The PEM armor is broken.
    #[error("the PEM text is malformed")]
    Pem,
    /// There is no certificate inside.
    #[error("there is no certificate inside")]
    Nothing,
}

/// The certificates that paths may end in, and others that may help on the way, found by the name that they are of.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    anchors: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    anchors_of: BTreeMap<Name, Vec<usize>>,
    intermediates_of: BTreeMap<Name, Vec<usize>>,
    /// By SM3 of the anchor.
    demands: BTreeMap<Digest, RevocationDemand>,
}

/// What an anchor demands to be known about the revocation of what stands below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RevocationDemand {
    /// Whether each certificate must be shown good, because the anchor states where revocation is published.
    pub required: bool,
    /// How long after its nextUpdate evidence may still show that, in milliseconds. 0: not at all.
    pub grace_millis: i64,
}

impl Anchors {
    /// Trusts `anchors`; `intermediates` are used on the way and not trusted by themselves.
    pub fn new(anchors: Vec<Certificate>, intermediates: Vec<Certificate>) -> Self {
        let (anchors_of, intermediates_of) = (by_name(&anchors), by_name(&intermediates));
        Self { anchors, intermediates, anchors_of, intermediates_of, demands: BTreeMap::new() }
    }

    /// The same with what is demanded below the anchors that have these SM3 digests; of others nothing is.
    #[must_use]
    pub fn demanding(self, demands: impl IntoIterator<Item = (Digest, RevocationDemand)>) -> Self {
        Self { demands: demands.into_iter().collect(), ..self }
    }

    /// What is demanded below `anchor`.
    pub fn demand(&self, anchor: &Certificate) -> RevocationDemand {
        if self.demands.is_empty() {
            return RevocationDemand::default();
        }
        let digest = DigestAlgorithm::Sm3.digest(anchor.der());
        self.demands.get(&digest).copied().unwrap_or_default()
    }

    /// The trusted certificates.
    pub fn trusted(&self) -> &[Certificate] {
        &self.anchors
    }

    /// The certificates that may help on the way.
    pub fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }

    /// Whether `certificate` itself is trusted.
    pub fn trusts(&self, certificate: &Certificate) -> bool {
        self.trusted_named(certificate.subject_name()).any(|trusted| trusted == certificate)
    }

    /// The trusted certificates of `name`.
    pub(super) fn trusted_named(&self, name: &Name) -> impl Iterator<Item = &Certificate> {
        self.anchors_of.get(name).into_iter().flatten().filter_map(|at| self.anchors.get(*at))
    }

    /// The certificates of `name` that may help on the way.
    pub(super) fn intermediates_named(&self, name: &Name) -> impl Iterator<Item = &Certificate> {
        self.intermediates_of.get(name).into_iter().flatten().filter_map(|at| self.intermediates.get(*at))
    }
}

fn by_name(certificates: &[Certificate]) -> BTreeMap<Name, Vec<usize>> {
    let mut index: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for (at, certificate) in certificates.iter().enumerate() {
        index.entry(certificate.subject_name().clone()).or_default().push(at);
    }
    index
}

/// All certificates in a PEM or DER file.
pub fn certificates_in(file: &[u8]) -> Result<Vec<Certificate>, ReadError> {
    if file.first() == Some(&0x30) {
        let certificate =
            Certificate::from_der(file).map_err(|error| ReadError::Certificate { position: 1, error })?;
        return Ok(vec![certificate]);
    }
    let mut certificates = Vec::new();
    for (index, der) in CertificateDer::pem_slice_iter(file).enumerate() {
        let der = der.map_err(|_| ReadError::Pem)?;
        let certificate = Certificate::from_der(&der)
            .map_err(|error| ReadError::Certificate { position: index + 1, error })?;
        certificates.push(certificate);
    }
    if certificates.is_empty() { Err(ReadError::Nothing) } else { Ok(certificates) }
}
