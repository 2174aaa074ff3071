//! Whom a license was issued to (持证主体): the kind of code that names the holder, and the code itself.

use super::{CitizenNumber, CreditCode, Error};
use crate::sensitive::Sensitive;

/// What the code of a kind must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// GB 11643.
    Citizen,
    /// GB 32100.
    Credit,
    /// No check character is known; only the length is looked at.
    Free,
}

/// A row of GB/T 36903-2018 annex A, as far as licenses use it: code, Chinese and English name, form of the code.
#[derive(Debug, PartialEq, Eq)]
struct Row(&'static str, &'static str, &'static str, Form);

/// Which digits stand for which military or police document is known of 114 alone.
static ROWS: [Row; 16] = [
    Row("001", "统一社会信用代码", "unified social credit code", Form::Credit),
    Row("099", "其他法人或其他组织有效证件代码", "other code of an organization", Form::Free),
    Row("111", "公民身份号码", "citizen identity number", Form::Citizen),
    Row("114", "中国人民解放军军官证", "military officer's card", Form::Free),
    Row("115", "军人、武警身份证件", "military or armed police card", Form::Free),
    Row("118", "军人、武警身份证件", "military or armed police card", Form::Free),
    Row("119", "军人、武警身份证件", "military or armed police card", Form::Free),
    Row("120", "军人、武警身份证件", "military or armed police card", Form::Free),
    Row("122", "军人、武警身份证件", "military or armed police card", Form::Free),
    Row("411", "外交护照", "diplomatic passport", Form::Free),
    Row("412", "公务护照", "service passport", Form::Free),
    Row("413", "公务普通护照", "public ordinary passport", Form::Free),
    Row("414", "普通护照", "ordinary passport", Form::Free),
    Row("511", "台湾居民来往大陆通行证", "Taiwan resident's permit", Form::Free),
    Row("516", "港澳居民来往内地通行证", "Hong Kong or Macao resident's permit", Form::Free),
    Row("999", "其他自然人有效证件代码", "other code of a person", Form::Free),
];

/// Other names that licenses write for a kind.
const NAMES: [(&str, &str); 4] =
    [("居民身份证", "111"), ("身份证", "111"), ("居民身份证号码", "111"), ("身份证号码", "111")];

/// The kind of code that names a holder (持证主体代码类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HolderType(&'static Row);

impl HolderType {
    /// The type of code `text`, three digits.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() != 3 {
            return Err(Error::Length);
        }
        ROWS.iter().find(|row| row.0 == text).map(Self).ok_or(Error::Parts)
    }

    /// The only type that goes by `name` in Chinese.
    pub fn named(name: &str) -> Option<Self> {
        let code = NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code);
        let mut rows = ROWS.iter().filter(|row| row.1 == name || Some(row.0) == code);
        let first = rows.next()?;
        rows.next().is_none().then_some(Self(first))
    }

    /// The three digits.
    pub const fn code(self) -> &'static str {
        self.0.0
    }

    /// The name in Chinese.
    pub const fn chinese(self) -> &'static str {
        self.0.1
    }

    /// The name in English.
    pub const fn english(self) -> &'static str {
        self.0.2
    }
}

/// The code of a holder, checked as its type says. Never prints: most name a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderCode {
    kind: HolderType,
    code: Sensitive<String>,
}

/// Codes without a standard of their own; the longest in the field, of military cards, have about 20 characters.
const LONGEST: usize = 64;

impl HolderCode {
    /// Parses `text` as a code of `kind`.
    pub fn parse(kind: HolderType, text: &str) -> Result<Self, Error> {
        let code = match kind.0.3 {
            Form::Citizen => CitizenNumber::parse(text)?.expose().to_owned(),
            Form::Credit => {
                let code = CreditCode::parse(text)?;
                code.organization()?;
                code.as_str().to_owned()
            }
            Form::Free => match text.chars().count() {
                1..=LONGEST if text.chars().any(char::is_control) => return Err(Error::Alphabet),
                1..=LONGEST => text.to_owned(),
                _ => return Err(Error::Length),
            },
        };
        Ok(Self { kind, code: Sensitive::new(code) })
    }

    /// The kind of code.
    pub const fn kind(&self) -> HolderType {
        self.kind
    }

    /// Opens the code.
    pub fn expose(&self) -> &str {
        self.code.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(kind: &str, text: &str) -> Result<String, Error> {
        HolderCode::parse(HolderType::parse(kind)?, text).map(|code| code.expose().to_owned())
    }

    #[test]
    fn codes_are_checked_by_their_type() {
        for (kind, text, expected) in [
            ("111", "11010519491231002x", Ok("11010519491231002X")),
            ("111", "110105194912310021", Err(Error::Check)),
            ("111", "91440300708461136T", Err(Error::Date)),
            ("001", "91440300708461136T", Ok("91440300708461136T")),
            ("001", "11010519491231002X", Err(Error::Check)),
            // The credit code fits, the organization code inside does not.
            ("001", "91440300708461137X", Err(Error::Check)),
            ("114", "军字第1234567号", Ok("军字第1234567号")),
            ("414", "E12345678", Ok("E12345678")),
            ("414", "", Err(Error::Length)),
            ("999", "a\u{7}b", Err(Error::Alphabet)),
            ("112", "1", Err(Error::Parts)),
            ("1", "1", Err(Error::Length)),
        ] {
            assert_eq!(parse(kind, text), expected.map(str::to_owned), "{kind} {text}");
        }
        assert!(CreditCode::parse("91440300708461137X").is_ok());
    }

    #[test]
    fn types_go_by_several_names() {
        for (name, code) in [("公民身份号码", "111"), ("居民身份证", "111"), ("统一社会信用代码", "001")]
        {
            assert_eq!(HolderType::named(name).map(HolderType::code), Some(code));
        }
        assert_eq!(HolderType::named("会员卡"), None);
        assert_eq!(HolderType::named("军人、武警身份证件"), None, "five types share this name");
    }

    #[test]
    fn never_prints() {
        let kind = HolderType::parse("111").unwrap();
        assert!(
            !format!("{:?}", HolderCode::parse(kind, "11010519491231002X").unwrap()).contains("11010519")
        );
    }
}
