//! What a question may say of evidence and age: which licenses show which relation, and who is too young to decide alone.
//! Whether a license really shows it is not for here; who asks a question answers for its claims.

use std::fmt;

use crate::catalog::{LicenseTypeId, Relation};
use crate::clock::Timestamp;
use crate::identifier::{CitizenNumber, SubjectNumber};

/// That a license of some type shows some relation to whoever is asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// The type of the license.
    pub license: LicenseTypeId,
    /// The relation.
    pub relation: Relation,
}

impl Claim {
    /// Parses `birth_certificate/parent_of`; `None` if it is no claim.
    pub fn parse(text: &str) -> Option<Self> {
        let (license, relation) = text.split_once('/')?;
        Some(Self { license: LicenseTypeId::parse(license)?, relation: Relation::parse(relation)? })
    }
}

/// As [`Claim::parse`] takes it.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.license, self.relation.as_str())
    }
}

/// How old whoever is asked about is, as far as decisions need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Age {
    /// Fourteen or older.
    FourteenOrOlder,
    /// Under fourteen: their data are sensitive, and their guardian decides (Personal Information Protection Law, articles 28
    /// and 31).
    UnderFourteen,
}

impl Age {
    const YEARS: u16 = 14;

    /// The age at `at` of whoever has the citizen number `subject`; `None` for any other number, which tells no age.
    pub fn of(subject: &SubjectNumber, at: Timestamp) -> Option<Self> {
        let number = CitizenNumber::parse(subject.expose()).ok()?;
        Some(if number.reaches(Self::YEARS)? <= at { Self::FourteenOrOlder } else { Self::UnderFourteen })
    }

    /// The name in decisions, records and tests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FourteenOrOlder => "fourteen_or_older",
            Self::UnderFourteen => "under_fourteen",
        }
    }

    /// The age with that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::FourteenOrOlder, Self::UnderFourteen].into_iter().find(|one| one.as_str() == text)
    }
}
