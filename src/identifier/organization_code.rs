//! Organization codes (组织机构代码), GB 11714-1997: the code that a credit code carries inside.

use std::fmt;

use super::{Error, check};

/// A code of eight characters and a check character that fits. Names an organization, so it prints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationCode(String);

impl OrganizationCode {
    /// Parses nine characters, or ten with the hyphen before the last that the standard prints.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let plain = match text.as_bytes() {
            [.., b'-', _] if text.len() == 10 => text.replacen('-', "", 1),
            _ => text.to_owned(),
        };
        let (body, check) = match plain.as_bytes() {
            [body @ .., check] if body.len() == 8 => (body, *check),
            _ => return Err(Error::Length),
        };
        let expected = check::mod_11(body).ok_or(Error::Alphabet)?;
        if check == expected { Ok(Self(plain)) } else { Err(Error::Check) }
    }

    /// The nine characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::CreditCode;

    #[test]
    fn codes_inside_credit_codes_of_public_bodies() {
        for (credit, inside) in [
            ("11100000000013338W", "000013338"),
            ("11100000MB0143028R", "MB0143028"),
            ("91440300708461136T", "708461136"),
            ("1110000000001332XW", "00001332X"),
            ("91350100M000100Y43", "M000100Y4"),
        ] {
            let found = CreditCode::parse(credit).unwrap().organization();
            assert_eq!(found.as_ref().map(OrganizationCode::as_str), Ok(inside), "{credit}");
        }
    }

    #[test]
    fn doubtful_ones_are_refused() {
        assert_eq!(OrganizationCode::parse("70846113-6").unwrap().as_str(), "708461136");
        let refused = [
            ("708461137", Error::Check),
            ("70846113", Error::Length),
            ("7084611366", Error::Length),
            ("70846113é", Error::Length),
            ("7084611a6", Error::Alphabet),
        ];
        for (bad, error) in refused {
            assert_eq!(OrganizationCode::parse(bad), Err(error), "{bad}");
        }
    }
}
