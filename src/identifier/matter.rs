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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// All codes of one matter reduce to its base, whatever organization, level and item they add; and a base to itself.
        #[test]
        fn reduction_keeps_the_base_and_nothing_else(
            base in "[0-9A-Z]{12}", organization in "[0-9A-HJ-NPQRTUWXY]{17}", level in "[1-7]", item in "[0-9]{2}"
        ) {
            let organization = CreditCode::complete(&organization).unwrap();
            let implementation = format!("{organization}{level}{base}");
            for code in [base.clone(), implementation.clone(), format!("{implementation}{item}")] {
                let matter = MatterCode::parse(&code).unwrap();
                prop_assert_eq!(matter.as_str(), &base);
                prop_assert_eq!(MatterCode::parse(matter.as_str()), Ok(matter.clone()));
            }
        }

        /// What is no code is refused, and nothing makes parsing fail otherwise.
        #[test]
        fn whatever_is_parsed_is_a_base(text in "\\PC{0,40}|[0-9A-Za-z]{11,13}|[0-9A-Z]{31}|[0-9A-Z]{33}") {
            if let Ok(matter) = MatterCode::parse(&text) {
                prop_assert_eq!(matter.as_str().len(), 12);
                prop_assert!(text.contains(matter.as_str()));
            }
        }
    }

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
