//! Citizen identity numbers (公民身份号码), GB 11643-1999.

use time::UtcOffset;

use super::{Error, check};
use crate::clock::{CHINA, Timestamp};
use crate::sensitive::Sensitive;

/// A number of 18 characters whose date exists and whose check character fits. Never prints.
///
/// The region is not looked up: abolished codes stay on valid cards for life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CitizenNumber(Sensitive<String>);

impl CitizenNumber {
    /// Parses `text`; a lower-case `x` is taken for `X`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let number = text.to_ascii_uppercase();
        let (body, check) = match number.as_bytes() {
            [body @ .., check] if body.len() == 17 => (body, *check),
            _ => return Err(Error::Length),
        };
        let expected = check::mod_11_2(body).ok_or(Error::Alphabet)?;
        birth_date(body).ok_or(Error::Date)?;
        if check == expected { Ok(Self(Sensitive::new(number))) } else { Err(Error::Check) }
    }

    /// A number from its first 17 digits, with the check character added.
    pub fn complete(body: &str) -> Result<Self, Error> {
        if body.len() != 17 {
            return Err(Error::Length);
        }
        let check = check::mod_11_2(body.as_bytes()).ok_or(Error::Alphabet)?;
        Self::parse(&format!("{body}{}", char::from(check)))
    }

    /// Opens the number.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Midnight in UTC of the date of birth.
    pub fn birth_date(&self) -> Option<Timestamp> {
        birth_date(self.expose().as_bytes())
    }

    /// The first instant in China of the day on which the person becomes `years` old, by the calendar (周岁).
    ///
    /// Whoever was born on 29 February does so on 1 March of a year without that day: a term of years for which the last
    /// month has no such day ends with the last of it (Civil Code, article 202).
    pub fn reaches(&self, years: u16) -> Option<Timestamp> {
        let [year, month, day, ..] = self.birth_date()?.fields(UtcOffset::UTC)?;
        let year = year.checked_add(years)?;
        Timestamp::from_fields([year, month, day, 0, 0, 0], CHINA)
            .or_else(|| Timestamp::from_fields([year, 3, 1, 0, 0, 0], CHINA))
    }
}

fn birth_date(number: &[u8]) -> Option<Timestamp> {
    let field = |from: usize, to: usize| -> Option<u16> {
        std::str::from_utf8(number.get(from..to)?).ok()?.parse().ok()
    };
    let fields = [field(6, 10)?, field(10, 12)?, field(12, 14)?, 0, 0, 0];
    Timestamp::from_fields(fields, UtcOffset::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers() {
        // GB 11643-1999 §6, and the resident-permit number of 国办发〔2018〕81号.
        for good in ["11010519491231002X", "11010519491231002x", "440524188001010014", "810000199001010019"] {
            let number = CitizenNumber::parse(good).unwrap();
            assert_eq!(CitizenNumber::complete(good.get(..17).unwrap()), Ok(number));
        }
        let refused = [
            ("110105194912310021", Error::Check),
            ("11010519491331002X", Error::Date),
            ("1101051949123100", Error::Length),
            ("1101051949123100二", Error::Length),
            ("1101051949123100AX", Error::Alphabet),
        ];
        for (bad, error) in refused {
            assert!(matches!(CitizenNumber::parse(bad), Err(found) if found == error), "{bad}");
        }
    }

    #[test]
    fn years_are_reached_by_the_calendar_of_china() {
        let reaches = |body: &str| CitizenNumber::complete(body).unwrap().reaches(14).unwrap().in_china();
        assert_eq!(reaches("44990020120610001"), "2026-06-10T00:00:00+08:00");
        assert_eq!(reaches("44990020120229001"), "2026-03-01T00:00:00+08:00");
        // Fourteen years after a leap day there never is one; eight years after there is.
        let leap = CitizenNumber::complete("44990020120229001").unwrap();
        assert_eq!(leap.reaches(8).unwrap().in_china(), "2020-02-29T00:00:00+08:00");
        assert_eq!(CitizenNumber::complete("44990099991231001").unwrap().reaches(14), None);
    }

    #[test]
    fn never_prints() {
        let number = CitizenNumber::parse("11010519491231002X").unwrap();
        assert!(!format!("{number:?}").contains("1949"));
        assert_eq!(number.birth_date().unwrap().to_string(), "1949-12-31T00:00:00Z");
    }
}
