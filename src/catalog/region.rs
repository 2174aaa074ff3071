//! Provinces by their full names, and the blocs (区域协同) in which some of them work together.

use std::fmt;

use crate::identifier::Province;

/// A province as the catalog names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvinceEntry {
    /// Its code.
    pub code: Province,
    /// The full Chinese name.
    pub name: String,
    /// The English name.
    pub english: String,
}

/// The name of a bloc, such as `yangtze_river_delta`: lower-case letters and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlocId(String);

impl BlocId {
    /// Parses a name; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Provinces that work together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bloc {
    /// Its name in files.
    pub id: BlocId,
    /// The Chinese name.
    pub name: String,
    /// The English name.
    pub english: String,
    /// Its members, at least two.
    pub provinces: Vec<Province>,
    /// The document that names them.
    pub source: String,
    /// Whether somebody has held the row to that document.
    pub verified: bool,
}
