//! Which edition of the catalog is at hand; shown with everything that is told of it.

use std::fmt;

use crate::clock::Timestamp;

/// The version of a catalog, such as `2026.11.0`: up to 32 digits, lower-case letters, `-` and `.`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// Parses a version; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase() || matches!(byte, b'-' | b'.');
        let fits = (1..=32).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An edition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edition {
    /// Its version.
    pub version: Version,
    /// The day of its issue, `YYYY-MM-DD`.
    pub issued: String,
}

/// Whether `text` is a day that exists, written `YYYY-MM-DD`.
pub(super) fn is_day(text: &str) -> bool {
    text.len() == 10 && Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).is_some()
}
