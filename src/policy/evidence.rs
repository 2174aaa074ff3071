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
    /// Eighteen or older, and so without a guardian but by appointment (Civil Code, articles 17, 18 and 28).
    Adult,
    /// Fourteen or older and under eighteen: their parents are their guardians (Civil Code, article 27).
    UnderEighteen,
    /// Under fourteen: their data are sensitive, and their guardian decides (Personal Information Protection Law, articles 28
    /// and 31).
    UnderFourteen,
}

impl Age {
    /// All ages.
    pub const ALL: [Self; 3] = [Self::UnderFourteen, Self::UnderEighteen, Self::Adult];

    /// The age at `at` of whoever has the citizen number `subject`; `None` for other numbers, which tell no age.
    ///
    /// Whoever goes by the number of a birth certificate has no other yet, and counts as under fourteen.
    pub fn of(subject: &SubjectNumber, at: Timestamp) -> Option<Self> {
        if is_of_birth_certificate(subject.expose()) {
            return Some(Self::UnderFourteen);
        }
        let number = CitizenNumber::parse(subject.expose()).ok()?;
        let reached = |years| number.reaches(years).map(|day| day <= at);
        Some(match (reached(14)?, reached(18)?) {
            (false, _) => Self::UnderFourteen,
            (true, false) => Self::UnderEighteen,
            (true, true) => Self::Adult,
        })
    }

    /// The name in decisions, records and tests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adult => "adult",
            Self::UnderEighteen => "under_eighteen",
            Self::UnderFourteen => "under_fourteen",
        }
    }

    /// The age with that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// Whether `number` has the form of the number of a birth certificate (出生医学证明编号): a letter for the year of printing and nine
/// digits, as on the forms in use since 1999.
fn is_of_birth_certificate(number: &str) -> bool {
    let (letter, digits) = number.split_at_checked(1).unwrap_or_default();
    let fits = letter.bytes().all(|byte| byte.is_ascii_uppercase()) && digits.len() == 9;
    fits && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_turn_on_birthdays_in_china() {
        let of = |number: &str, at: &str| {
            let at = Timestamp::parse_rfc3339(at).unwrap();
            Age::of(&SubjectNumber::new(number), at).map_or("none", Age::as_str)
        };
        let number = CitizenNumber::complete("44990020120610001").unwrap();
        for (at, expected) in [
            ("2026-06-09T23:59:59+08:00", "under_fourteen"),
            ("2026-06-10T00:00:00+08:00", "under_eighteen"),
            ("2030-06-09T23:59:59+08:00", "under_eighteen"),
            ("2030-06-10T00:00:00+08:00", "adult"),
        ] {
            assert_eq!(of(number.expose(), at), expected, "{at}");
        }
        for (number, expected) in [
            ("Z990000001", "under_fourteen"),
            ("E12345678", "none"),
            ("z990000001", "none"),
            ("91350100M000100Y43", "none"),
            ("", "none"),
        ] {
            assert_eq!(of(number, "2026-06-10T00:00:00Z"), expected, "{number}");
        }
    }
}
