//! Trust anchors, and how certificates are found in files.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::certificate::{Certificate, CertificateError};

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

/// The certificates that paths may end in, and others that may help on the way.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    anchors: Vec<Certificate>,
    intermediates: Vec<Certificate>,
}

impl Anchors {
    /// Trusts `anchors`; `intermediates` are used on the way and not trusted by themselves.
    pub fn new(anchors: Vec<Certificate>, intermediates: Vec<Certificate>) -> Self {
        Self { anchors, intermediates }
    }

    /// The trusted certificates.
    pub fn trusted(&self) -> &[Certificate] {
        &self.anchors
    }

    /// The certificates that may help on the way.
    pub fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }
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
