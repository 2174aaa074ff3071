//! The files of a certificate that this gateway shows, and of its private key, read into a pair that can be shown now.
//! Only what a peer could never accept is refused; whether peers trust the issuer is theirs to say.

use std::io;
use std::path::{Path, PathBuf};

use crate::clock::Timestamp;
use crate::crypto::{TlsIdentity, TlsKeyPair, TlsMaterialError};
use crate::fault::Fault;
use crate::pki::Certificate;

/// To whom a certificate is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// To those who call; and to those who are called, if there is no other for them.
    Server,
    /// To those who are called.
    Client,
}

/// An identity and where it is read from.
#[derive(Clone, Debug)]
pub struct IdentityFiles {
    /// To whom it is shown.
    pub shows: Shows,
    /// The file of the certificates, end entity first.
    pub certificate: PathBuf,
    /// The file of the private key.
    pub key: PathBuf,
    /// What is shown, as read last.
    pub identity: TlsIdentity,
}

/// Why a pair cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The file of the certificates cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// The file of the key cannot be read.
    #[error("cannot be read: {0}")]
    KeyUnreadable(io::ErrorKind),
    /// It is no pair.
    #[error(transparent)]
    Material(#[from] TlsMaterialError),
    /// The certificate has expired.
    #[error("certificate 1 has expired at {0}")]
    Expired(Timestamp),
    /// The certificate is not valid yet.
    #[error("certificate 1 is not valid before {0}")]
    NotYetValid(Timestamp),
}

impl IdentityError {
    /// The stable name in logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable(_) | Self::KeyUnreadable(_) => "tls.unreadable",
            Self::Material(error) => error.code(),
            Self::Expired(_) => "tls.expired",
            Self::NotYetValid(_) => "tls.not_yet_valid",
        }
    }

    pub(super) const fn is_of_key(self) -> bool {
        match self {
            Self::KeyUnreadable(_) => true,
            Self::Material(error) => error.is_of_key(),
            Self::Unreadable(_) | Self::Expired(_) | Self::NotYetValid(_) => false,
        }
    }
}

/// Reads a pair as it stands in its files now.
pub(super) fn read(certificate: &Path, key: &Path) -> Result<TlsKeyPair, IdentityError> {
    let chain = std::fs::read(certificate).map_err(|error| IdentityError::Unreadable(error.kind()))?;
    let key = std::fs::read(key).map_err(|error| IdentityError::KeyUnreadable(error.kind()))?;
    let pair = TlsKeyPair::parse(&chain, &key)?;
    for (position, certificate) in (1..).zip(pair.certificates()) {
        Certificate::from_der(certificate).map_err(|_| TlsMaterialError::Certificate(position))?;
    }
    Ok(pair)
}

impl IdentityFiles {
    /// What stands in the files now.
    pub fn read(&self) -> Result<TlsKeyPair, IdentityError> {
        read(&self.certificate, &self.key)
    }

    /// When `pair` expires, if it may be shown at `now`.
    pub fn expiry(pair: &TlsKeyPair, now: Timestamp) -> Result<Timestamp, IdentityError> {
        let leaf = pair.certificates().next().and_then(|leaf| Certificate::from_der(leaf).ok());
        let leaf = leaf.ok_or(TlsMaterialError::Certificate(1))?;
        if now < leaf.not_before {
            return Err(IdentityError::NotYetValid(leaf.not_before));
        }
        if now > leaf.not_after {
            return Err(IdentityError::Expired(leaf.not_after));
        }
        Ok(leaf.not_after)
    }

    /// `error` with the file that it is in.
    pub fn fault(&self, error: IdentityError) -> Fault {
        let file = if error.is_of_key() { &self.key } else { &self.certificate };
        Fault::new(&file.display().to_string(), 0, format!("`{}`: {error}", error.code()))
    }
}
