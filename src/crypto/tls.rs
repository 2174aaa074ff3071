//! Certificates and keys of TLS connections, from PEM to what rustls takes.
//! It judges no path and no dates: whoever trusts or shows a certificate does.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::RootCertStore;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{DigestAlgorithm, tls_provider};
use crate::hex;

/// Why PEM text is no identity and no set of authorities. Never repeats the text: it may be a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsMaterialError {
    /// A PEM section of the certificates cannot be decoded.
    #[error("PEM section {0} cannot be decoded")]
    Pem(usize),
    /// There is no certificate.
    #[error("there is no certificate inside")]
    NoCertificate,
    /// There is no private key.
    #[error("there is no private key inside")]
    NoKey,
    /// A certificate cannot be parsed.
    #[error("certificate {0} cannot be parsed")]
    Certificate(usize),
    /// The PEM section of the private key cannot be decoded.
    #[error("the private key's PEM section cannot be decoded")]
    KeyPem,
    /// The private key is of a kind that is not supported.
    #[error("the private key is of a kind that is not supported")]
    Key,
    /// The private key is not that of the first certificate.
    #[error("the private key is not that of the first certificate")]
    Mismatch,
}

impl TlsMaterialError {
    /// The stable name in logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pem(_) | Self::KeyPem => "tls.pem",
            Self::NoCertificate => "tls.no_certificate",
            Self::NoKey => "tls.no_key",
            Self::Certificate(_) => "tls.certificate",
            Self::Key => "tls.key",
            Self::Mismatch => "tls.mismatch",
        }
    }

    /// Whether the private key is at fault, and not the certificates beside it.
    pub const fn is_of_key(self) -> bool {
        matches!(self, Self::NoKey | Self::KeyPem | Self::Key | Self::Mismatch)
    }
}

/// A certificate chain with the private key of its first certificate, matched with each other. Two are equal if their
/// certificates are, because only one private key fits them.
#[derive(Clone, Debug)]
pub struct TlsKeyPair(Arc<CertifiedKey>);

impl TlsKeyPair {
    /// Parses a chain (end entity first) and a private key (PKCS#8, PKCS#1 or SEC 1).
    pub fn parse(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, TlsMaterialError> {
        let chain = certificates(chain_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| match error {
            rustls_pki_types::pem::Error::NoItemsFound => TlsMaterialError::NoKey,
            _ => TlsMaterialError::KeyPem,
        })?;
        let certified = CertifiedKey::from_der(chain, key, &tls_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsMaterialError::Mismatch,
            rustls::Error::InvalidCertificate(_) => TlsMaterialError::Certificate(1),
            _ => TlsMaterialError::Key,
        })?;
        Ok(Self(Arc::new(certified)))
    }

    /// The certificates in DER, the end entity's first.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.0.cert.iter().map(AsRef::as_ref)
    }
}

impl PartialEq for TlsKeyPair {
    fn eq(&self, other: &Self) -> bool {
        self.0.cert == other.0.cert
    }
}

/// Who this gateway is on TLS connections. The key pair may be replaced while it is in use: handshakes that begin
/// afterwards show the new one, and connections that are open live on. Clones are one and the same identity.
#[derive(Clone, Debug)]
pub struct TlsIdentity(Arc<Shown>);

#[derive(Debug)]
struct Shown(RwLock<TlsKeyPair>);

impl TlsIdentity {
    /// An identity that shows `pair`.
    pub fn new(pair: TlsKeyPair) -> Self {
        Self(Arc::new(Shown(RwLock::new(pair))))
    }

    /// Shows `pair` from now on.
    pub fn show(&self, pair: TlsKeyPair) {
        *self.0.0.write().unwrap_or_else(PoisonError::into_inner) = pair;
    }

    /// What is shown now.
    pub fn shown(&self) -> TlsKeyPair {
        self.0.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The identity as rustls asks a server for it.
    pub fn server_resolver(&self) -> Arc<dyn ResolvesServerCert> {
        self.0.clone()
    }

    /// The identity as rustls asks a client for it.
    pub fn client_resolver(&self) -> Arc<dyn ResolvesClientCert> {
        self.0.clone()
    }
}

impl Shown {
    fn pair(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).0)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.pair())
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.pair())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// The certification authorities that a TLS peer's certificate must lead to. Never empty.
#[derive(Clone, Debug)]
pub struct TlsAuthorities(Arc<RootCertStore>);

impl TlsAuthorities {
    /// Parses one or more certificates.
    pub fn parse(pem: &[u8]) -> Result<Self, TlsMaterialError> {
        let mut roots = RootCertStore::empty();
        for (position, certificate) in (1..).zip(certificates(pem)?) {
            roots.add(certificate).map_err(|_| TlsMaterialError::Certificate(position))?;
        }
        Ok(Self(Arc::new(roots)))
    }

    /// The authorities as rustls asks for them.
    pub fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.0)
    }
}

/// How an enrolled certificate is named in settings: SHA-256 of its DER, as `openssl x509 -fingerprint -sha256`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a certificate.
    pub fn of(certificate_der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        let digest = DigestAlgorithm::Sha256.digest(certificate_der);
        for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }

    /// Parses 64 hexadecimal digits of either case, with or without colons between the bytes.
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(&text.replace(':', "")).map(Self)
    }
}

/// 64 lower-case hexadecimal digits.
impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsMaterialError> {
    let sections = (1..).zip(CertificateDer::pem_slice_iter(pem));
    let certificates: Vec<_> = sections
        .map(|(position, section)| section.map_err(|_| TlsMaterialError::Pem(position)))
        .collect::<Result<_, _>>()?;
    if certificates.is_empty() { Err(TlsMaterialError::NoCertificate) } else { Ok(certificates) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_and_authorities() {
        let key = rcgen::KeyPair::generate().unwrap();
        let other = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let pem = certificate.pem();

        let pair = TlsKeyPair::parse(pem.as_bytes(), key.serialize_pem().as_bytes()).unwrap();
        TlsAuthorities::parse(pem.as_bytes()).unwrap();
        let refused =
            |chain: &str, key: &str| TlsKeyPair::parse(chain.as_bytes(), key.as_bytes()).unwrap_err();
        assert_eq!(refused(&pem, &other.serialize_pem()), TlsMaterialError::Mismatch);
        assert_eq!(refused(&pem, &pem), TlsMaterialError::NoKey);
        assert_eq!(refused("", &key.serialize_pem()), TlsMaterialError::NoCertificate);
        assert_eq!(TlsAuthorities::parse(b"-----BEGIN CERT").unwrap_err(), TlsMaterialError::Pem(1));
        assert_eq!(
            TlsAuthorities::parse(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                .unwrap_err(),
            TlsMaterialError::Certificate(1)
        );

        // What rustls was given sees the replacement.
        let renewed =
            rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&other).unwrap();
        let renewed = TlsKeyPair::parse(renewed.pem().as_bytes(), other.serialize_pem().as_bytes()).unwrap();
        assert_ne!(pair, renewed);
        let identity = TlsIdentity::new(pair.clone());
        let resolver = identity.client_resolver();
        let resolved = || TlsKeyPair(resolver.resolve(&[], &[]).unwrap());
        assert_eq!((identity.shown(), resolved()), (pair.clone(), pair));
        identity.clone().show(renewed.clone());
        assert_eq!((identity.shown(), resolved()), (renewed.clone(), renewed));
    }

    #[test]
    fn fingerprints_are_read_as_openssl_prints_them() {
        let fingerprint = Fingerprint::of(b"abc");
        let plain = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(fingerprint.to_string(), plain);
        let colons: Vec<String> =
            plain.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
        assert_eq!(Fingerprint::parse(&colons.join(":")), Some(fingerprint));
        assert_eq!(Fingerprint::parse(plain), Some(fingerprint));
        for bad in ["", "ba78", &plain.replace('b', "g"), &format!("{plain}00")] {
            assert_eq!(Fingerprint::parse(bad), None, "{bad}");
        }
    }
}
