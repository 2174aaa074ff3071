//! Who asks: a department by its credit code and region, and the system that speaks for it.

use std::fmt;

use super::{CreditCode, Error, Region};

/// A government department (政务部门): one organization acting in one region.
///
/// Written `CREDITCODE@REGION`, such as `11440000006939801C@440000`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Department {
    /// The organization.
    pub code: CreditCode,
    /// Where it acts.
    pub region: Region,
}

impl Department {
    /// Parses the written form.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (code, region) = text.split_once('@').ok_or(Error::Parts)?;
        Ok(Self { code: CreditCode::parse(code)?, region: Region::parse(region)? })
    }
}

impl fmt::Display for Department {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.code, self.region)
    }
}

/// An enrolled system (业务系统), named in the gateway's list of client certificates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct System(String);

impl System {
    /// Parses a name of 1 to 64 lower-case letters, digits, `-`, `.` and `_`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
        if text.is_empty() || text.len() > 64 {
            return Err(Error::Length);
        }
        if text.bytes().all(allowed) { Ok(Self(text.to_owned())) } else { Err(Error::Alphabet) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
