//! Unified social credit codes (统一社会信用代码), GB 32100-2015.

use std::fmt;

use super::{Error, OrganizationCode, check};

/// A code of 18 characters whose check character fits. Names an organization, so it prints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

impl CreditCode {
    /// Parses `text`, which must be in capitals.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (body, check) = match text.as_bytes() {
            [body @ .., check] if body.len() == 17 => (body, *check),
            _ => return Err(Error::Length),
        };
        let expected = check::mod_31(body).ok_or(Error::Alphabet)?;
        if check == expected { Ok(Self(text.to_owned())) } else { Err(Error::Check) }
    }

    /// The code of an organization from its first 17 characters, with the check character added.
    pub fn complete(body: &str) -> Result<Self, Error> {
        if body.len() != 17 {
            return Err(Error::Length);
        }
        let check = check::mod_31(body.as_bytes()).ok_or(Error::Alphabet)?;
        Ok(Self(format!("{body}{}", char::from(check))))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The six digits of the region where the organization is registered.
    pub fn region(&self) -> &str {
        self.0.get(2..8).unwrap_or_default()
    }

    /// The organization code inside (GB 32100-2015 §5.5). Codes in the field exist that check while this does not.
    pub fn organization(&self) -> Result<OrganizationCode, Error> {
        OrganizationCode::parse(self.0.get(8..17).unwrap_or_default())
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_public_bodies() {
        for good in [
            "91350100M000100Y43",
            "11100000000013338W",
            "11100000000013127D",
            "11100000MB0143028R",
            "111000000000131433",
            "11430000006122244L",
            "1110000000001332XW",
            "91440300708461136T",
        ] {
            assert_eq!(CreditCode::parse(good).unwrap().as_str(), good);
            assert_eq!(CreditCode::complete(good.get(..17).unwrap()).unwrap().as_str(), good);
        }
        assert_eq!(CreditCode::parse("11420503087246977G"), Err(Error::Check));
        assert_eq!(CreditCode::parse("1142050308724697IF"), Err(Error::Alphabet));
        assert_eq!(CreditCode::parse("1142"), Err(Error::Length));
    }
}
