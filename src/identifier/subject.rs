//! The number under which a request names a person or an enterprise, in the one spelling that pseudonyms are made of.
//! It may be of any kind, foreign passports included, so nothing is checked; where a check fits, it is done elsewhere.

use crate::sensitive::Sensitive;

/// The number of whoever a request is about, or of whoever acts for them (办理对象). Never prints.
///
/// Two spellings of one citizen number are one number: a final `x` is taken for `X` (GB 11643-1999 §4.2.4), and white
/// space around a number is no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SubjectNumber(Sensitive<String>);

impl SubjectNumber {
    /// The number that `text` writes.
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        let digits = text.strip_suffix('x').filter(|digits| digits.len() == 17);
        let citizen = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        Self(Sensitive::new(citizen.map_or_else(|| text.to_owned(), |digits| format!("{digits}X"))))
    }

    /// Opens the number.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_a_citizen_number_are_one() {
        assert_eq!(SubjectNumber::new("11010519491231002x"), SubjectNumber::new("11010519491231002X"));
        for kept in ["", "x", "E1234567x", "1101051949123100xx", "91350100m000100y43", "测试测试测试测试测x"]
        {
            assert_eq!(SubjectNumber::new(kept).expose(), kept);
        }
        assert!(!format!("{:?}", SubjectNumber::new("11010519491231002x")).contains("1949"));
    }
}
