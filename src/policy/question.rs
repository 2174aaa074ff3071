//! What a decision is asked: who wants what, for which purpose, on which basis, when.

use std::fmt;

use super::{Age, Claim};
use crate::catalog::ServiceId;
use crate::clock::Timestamp;
use crate::identifier::{Department, MatterCode, Province};

/// What a department wants to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Ask a service of a province.
    Query {
        /// The province whose data it is.
        province: Province,
        /// The service.
        service: ServiceId,
    },
    /// Have a license file judged.
    Verify,
}

/// `44/sb.insured.query`, or `verify`.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query { province, service } => write!(f, "{province}/{service}"),
            Self::Verify => f.write_str("verify"),
        }
    }
}

/// Who may authorize the use of data about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authorizer {
    /// The enterprise that the data are about.
    Enterprise,
    /// The guardian of the person whom the data are about.
    Guardian,
    /// The person whom the data are about.
    Subject,
}

impl Authorizer {
    /// The name in requests and agreements.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::Guardian => "guardian",
            Self::Subject => "subject",
        }
    }

    /// The authorizer with that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Enterprise, Self::Guardian, Self::Subject].into_iter().find(|one| one.as_str() == text)
    }
}

/// On which legal basis a request stands (Personal Information Protection Law, article 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Somebody authorized it.
    Authorization(Authorizer),
    /// A statute gives the duty for which the data are needed.
    Statute,
}

impl Basis {
    /// The name in requests, agreements and records: `statute` or `authorisation:subject`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization(Authorizer::Enterprise) => "authorisation:enterprise",
            Self::Authorization(Authorizer::Guardian) => "authorisation:guardian",
            Self::Authorization(Authorizer::Subject) => "authorisation:subject",
            Self::Statute => "statute",
        }
    }

    /// The basis with that name; the American spelling is understood as well.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("authorisation:").or_else(|| text.strip_prefix("authorization:")) {
            Some(authorizer) => Authorizer::parse(authorizer).map(Self::Authorization),
            None => (text == "statute").then_some(Self::Statute),
        }
    }
}

/// What data are wanted for (使用目的), as agreements name it, such as `public_rental_housing`: up to 64 lower-case letters,
/// digits and `_`, a letter first. So it is safe to record, and no number of a person can be passed off as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(String);

impl Purpose {
    /// Parses a purpose; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = text.len() <= 64 && text.starts_with(|first: char| first.is_ascii_lowercase());
        (fits && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The purpose of a verification that names none: that the license is genuine is all that is asked.
    pub fn license_verification() -> Self {
        Self("license_verification".to_owned())
    }

    /// The purpose as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One question. It holds no personal data: who is asked about does not decide.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub department: &'a Department,
    /// What for.
    pub operation: Operation,
    /// For which purpose.
    pub purpose: &'a Purpose,
    /// The matter that is handled.
    pub matter: Option<&'a MatterCode>,
    /// Whether a case is named.
    pub case: bool,
    /// Whether the clerk is named.
    pub operator: bool,
    /// The legal basis.
    pub basis: Basis,
    /// What licenses that came with the request show.
    pub evidence: &'a [Claim],
    /// How old whoever is asked about is, where their number tells.
    pub age: Option<Age>,
    /// On the providing side of an exchange, the province whose gateway asks.
    pub party: Option<Province>,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_no_place_for_a_person() {
        assert_eq!(Purpose::parse("public_rental_housing_2").unwrap().as_str(), "public_rental_housing_2");
        for bad in ["", "11010519491231002X", "110105194912310021", "张三", "a b", "_a", "A", &"a".repeat(65)]
        {
            assert_eq!(Purpose::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn bases_are_written_as_they_are_parsed() {
        for text in ["statute", "authorisation:subject", "authorisation:guardian", "authorisation:enterprise"]
        {
            assert_eq!(Basis::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(Basis::parse("authorization:subject"), Basis::parse("authorisation:subject"));
        for bad in ["", "statute:", "authorisation", "authorisation:", "authorisation:mother"] {
            assert_eq!(Basis::parse(bad), None, "{bad}");
        }
    }
}
