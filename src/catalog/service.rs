//! Data services: what can be asked of a province, what comes back, how sensitive it is.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Domain, FieldPath, Parameter};
use crate::crypto::Digest;

/// The name of a service, such as `sb.insured.query`: lower-case letters, digits, `_` and `.`. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(Arc<str>);

impl ServiceId {
    /// Parses a name of up to 64 characters; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_');
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Sharing attribute (共享属性) of the catalog; Regulation on government data sharing (Decree 809), chapter 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Shared under conditions (有条件).
    Conditional,
    /// Shared with every department (无条件). An agreement is needed all the same: it names purpose and fields.
    Unconditional,
    /// Not shared (不予).
    Withheld,
}

impl Share {
    /// The name in files and agreements.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conditional => "conditional",
            Self::Unconditional => "unconditional",
            Self::Withheld => "withheld",
        }
    }
}

/// What a service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Moves a case on: it writes, so it is never cached and never repeated.
    Case,
    /// Gives data.
    Query,
    /// Says whether given data are right.
    Verify,
}

impl Mode {
    /// The name in files and agreements.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Query => "query",
            Self::Verify => "verify",
        }
    }
}

/// How sensitive the answers of a service are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensitivity {
    /// 1: public, or nearly so.
    Public,
    /// 2: personal.
    Personal,
    /// 3: sensitive by article 28 of the Personal Information Protection Law, or about a family.
    Sensitive,
    /// 4: medical detail, persons under fourteen, biometrics.
    Highest,
}

impl Sensitivity {
    /// The grade in files, 1 to 4.
    pub const fn grade(self) -> u8 {
        match self {
            Self::Public => 1,
            Self::Personal => 2,
            Self::Sensitive => 3,
            Self::Highest => 4,
        }
    }

    /// The sensitivity of `grade`; `None` outside 1 to 4.
    pub const fn from_grade(grade: u8) -> Option<Self> {
        match grade {
            1 => Some(Self::Public),
            2 => Some(Self::Personal),
            3 => Some(Self::Sensitive),
            4 => Some(Self::Highest),
            _ => None,
        }
    }
}

/// How the names of a service's fields are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldSource {
    /// Made here, until the providing ministry's own list is at hand.
    Designed,
    /// Some of them seen.
    Partial,
    /// Seen in interfaces in use.
    Verified,
}

/// A data service, as every province offers it.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub id: ServiceId,
    /// The Chinese name.
    pub name: String,
    /// The domain.
    pub domain: Domain,
    /// The ministry whose data it gives.
    pub provider: String,
    /// Whether it is shared.
    pub share: Share,
    /// What it does.
    pub mode: Mode,
    /// The parameters of a request.
    pub request: Vec<Parameter>,
    /// The parameter that holds the number of whoever is asked about; one of `request`, required and no list.
    pub subject: String,
    /// The fields of an answer, in the catalog's order. No two of them clash.
    pub response: Vec<FieldPath>,
    /// Those of the response that leave only masked.
    pub masked: Vec<FieldPath>,
    /// How sensitive the answers are.
    pub sensitivity: Sensitivity,
    /// How long an answer may be kept, in seconds; 0 for never.
    pub cache_seconds: u32,
    /// How much longer a kept answer may stand in while the provider cannot answer, in seconds; 0 for not at all.
    pub stale_seconds: u32,
    /// Who uses it for what, in the words of the catalog; for people.
    pub consumers: Vec<String>,
    /// How the names of its fields are known.
    pub source: FieldSource,
    /// A remark for people.
    pub note: Option<String>,
    /// SM3 of its entry in the catalog, so that what was derived from an older entry is told apart.
    pub digest: Digest,
}
