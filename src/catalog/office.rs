//! Departments as enrolled: their names and what they are for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identifier::{Department, Region};

/// The name of a function, such as `civil_affairs`: lower-case letters and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(String);

impl FunctionId {
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

impl fmt::Display for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What departments are for (职能), so that an agreement can be made with all of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name in files and agreements.
    pub id: FunctionId,
    /// The Chinese name.
    pub name: String,
    /// The English name.
    pub english: String,
}

/// Where the code of a department comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficeSource {
    /// Published by the department or seen in its licenses.
    Published,
    /// Made up for demonstrations and tests; its check character fits.
    Sample,
    /// The code is not known; it is left empty and never invented.
    Unknown,
}

/// A department as enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// The organization and where it acts.
    pub department: Department,
    /// The Chinese name.
    pub name: String,
    /// What it is for.
    pub function: FunctionId,
    /// Where its code comes from.
    pub source: OfficeSource,
}

/// A department whose credit code is not known. It cannot call and no agreement can name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unidentified {
    /// Where it acts.
    pub region: Region,
    /// The Chinese name.
    pub name: String,
    /// What it is for.
    pub function: FunctionId,
}
