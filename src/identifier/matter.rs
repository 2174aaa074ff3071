//! Codes of government matters (政务服务事项): every length reduces to the 12-character base code
//! (ZWFW C0109.1-2018 as deployed: implementation 31 = credit code 18 + level 1 + base 12; handling item 33).

use std::fmt;

use super::{CreditCode, Error};

/// A matter by its base code (基本编码): region 2, type 2, department 2, sequence 3, sub-item 3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatterCode(String);

impl MatterCode {
    /// Parses a base, implementation or handling-item code and keeps its base.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let base = match text.len() {
            12 => text,
            31 | 33 => {
                CreditCode::parse(text.get(..18).ok_or(Error::Alphabet)?)?;
                text.get(19..31).ok_or(Error::Alphabet)?
            }
            _ => return Err(Error::Length),
        };
        let plain = base.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if plain { Ok(Self(base.to_owned())) } else { Err(Error::Alphabet) }
    }

    /// The base code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MatterCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_reduces_to_the_base() {
        let codes = ["000115035000", "11100000MB032716991000115035000", "11100000MB03271699100011503500001"];
        for code in codes {
            assert_eq!(MatterCode::parse(code).unwrap().as_str(), "000115035000");
        }
        assert_eq!(MatterCode::parse("0001150350"), Err(Error::Length));
        assert_eq!(MatterCode::parse("00011503500é"), Err(Error::Length));
    }
}
