//! Certificates, anchors and paths. Only this module names the X.509 parser.

/// A certificate, parsed once and kept with its bytes.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
}

impl Certificate {
    /// The bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

/// The certificates that judgement starts from.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    certificates: Vec<Certificate>,
}

impl Anchors {
    /// Trusts `certificates`.
    pub fn new(certificates: Vec<Certificate>) -> Self {
        Self { certificates }
    }
}
