//! Certificates and keys of TLS connections, from PEM to what rustls takes.
//! It judges no path: rustls does that during the handshake, with the authorities parsed here.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{DigestAlgorithm, tls_provider};
use crate::hex;

/// Why PEM text is no identity and no set of authorities. Never repeats the text: it may be a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsMaterialError {
    /// A PEM section cannot be decoded.
    #[error("a PEM section cannot be decoded")]
    Pem,
    /// There is no certificate.
    #[error("there is no certificate inside")]
    NoCertificate,
    /// There is no private key.
    #[error("there is no private key inside")]
    NoKey,
    /// A certificate cannot be parsed.
    #[error("a certificate cannot be parsed")]
    Certificate,
    /// The private key is of a kind that is not supported.
    #[error("the private key is of a kind that is not supported")]
    Key,
    /// The private key is not that of the first certificate.
    #[error("the private key is not that of the first certificate")]
    Mismatch,
}

/// A certificate chain with the private key of its first certificate, matched with each other.
#[derive(Clone, Debug)]
pub struct TlsIdentity(Arc<SingleCertAndKey>);

impl TlsIdentity {
    /// Parses a chain (end entity first) and a private key (PKCS#8, PKCS#1 or SEC 1).
    pub fn parse(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, TlsMaterialError> {
        let chain = certificates(chain_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| match error {
            rustls_pki_types::pem::Error::NoItemsFound => TlsMaterialError::NoKey,
            _ => TlsMaterialError::Pem,
        })?;
        let certified = CertifiedKey::from_der(chain, key, &tls_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsMaterialError::Mismatch,
            rustls::Error::InvalidCertificate(_) => TlsMaterialError::Certificate,
            _ => TlsMaterialError::Key,
        })?;
        Ok(Self(Arc::new(SingleCertAndKey::from(certified))))
    }

    /// The identity as rustls asks for it, as server and as client.
    pub fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::clone(&self.0)
    }
}

/// The certification authorities that a TLS peer's certificate must lead to. Never empty.
#[derive(Clone, Debug)]
pub struct TlsAuthorities(Arc<RootCertStore>);

impl TlsAuthorities {
    /// Parses one or more certificates.
    pub fn parse(pem: &[u8]) -> Result<Self, TlsMaterialError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(pem)? {
            roots.add(certificate).map_err(|_| TlsMaterialError::Certificate)?;
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
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| TlsMaterialError::Pem)?;
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

        TlsIdentity::parse(pem.as_bytes(), key.serialize_pem().as_bytes()).unwrap();
        TlsAuthorities::parse(pem.as_bytes()).unwrap();
        let refused =
            |chain: &str, key: &str| TlsIdentity::parse(chain.as_bytes(), key.as_bytes()).unwrap_err();
        assert_eq!(refused(&pem, &other.serialize_pem()), TlsMaterialError::Mismatch);
        assert_eq!(refused(&pem, &pem), TlsMaterialError::NoKey);
        assert_eq!(refused("", &key.serialize_pem()), TlsMaterialError::NoCertificate);
        assert_eq!(TlsAuthorities::parse(b"-----BEGIN CERT").unwrap_err(), TlsMaterialError::Pem);
        assert_eq!(
            TlsAuthorities::parse(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                .unwrap_err(),
            TlsMaterialError::Certificate
        );
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
