//! What a decision is asked: who wants what, for which purpose, on which basis, when.

use std::fmt;

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
    /// The name in requests, agreements and records: `statute` or `authorization:subject`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization(Authorizer::Enterprise) => "authorization:enterprise",
            Self::Authorization(Authorizer::Guardian) => "authorization:guardian",
            Self::Authorization(Authorizer::Subject) => "authorization:subject",
            Self::Statute => "statute",
        }
    }

    /// The basis with that name.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("authorization:") {
            Some(authorizer) => Authorizer::parse(authorizer).map(Self::Authorization),
            None => (text == "statute").then_some(Self::Statute),
        }
    }
}

/// One question. Holds no personal data: who is asked about does not decide.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub department: &'a Department,
    /// What for.
    pub operation: Operation,
    /// The purpose, as agreements name it, such as `public_rental_housing`.
    pub purpose: &'a str,
    /// The matter that is handled.
    pub matter: Option<&'a MatterCode>,
    /// The legal basis.
    pub basis: Basis,
    /// On the providing side of an exchange, the province whose gateway asks.
    pub party: Option<Province>,
    /// When.
    pub at: Timestamp,
}
