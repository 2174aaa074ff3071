//! One agreement as compiled.

use std::fmt;
use std::sync::Arc;

use super::{Release, Terms};
use crate::catalog::Service;

/// The name of an agreement or a red line: up to 64 letters, digits, `-`, `.` and `_`. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgreementId(Arc<str>);

impl AgreementId {
    /// Parses a name; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgreementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An agreement: its terms, and the service and fields it is about.
#[derive(Debug)]
pub struct Agreement {
    /// Its name.
    pub id: AgreementId,
    /// What it obliges.
    pub terms: Terms,
    /// The service, `None` for the verification of licenses.
    pub service: Option<Arc<Service>>,
    /// Which fields leave; one for all agreements that release the same.
    pub release: Arc<Release>,
}
