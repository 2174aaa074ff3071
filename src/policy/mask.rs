//! Masks (脱敏): how a released value is made coarser. What a mask cannot read it hides.

use std::borrow::Cow;
use std::fmt;

/// What stands for the hidden part; always the same, so that it tells no length.
const HIDDEN: &str = "***";

/// How many characters a mask may keep, at most.
const KEEP: usize = 64;

/// One way of masking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mask {
    /// `band(n)`: a number becomes the band `low..high` of width `n` that it lies in, the upper end excluded.
    Band(u64),
    /// `first(n)`: the first `n` characters.
    First(usize),
    /// `last(n)`: the last `n` characters.
    Last(usize),
    /// `month`: year and month of a date written `YYYYMM`, `YYYYMMDD…`, `YYYY-MM` or `YYYY-MM-DD…`.
    Month,
    /// `yes_no`: whether there is something: not null, empty, `false` or a zero.
    YesNo,
}

impl Mask {
    /// The written forms, for whoever wrote another.
    pub const FORMS: &str =
        "`first(n)` and `last(n)` with n from 1 to 64, `band(n)` with a width, `month` and `yes_no`";

    /// Parses the written form; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "month" => return Some(Self::Month),
            "yes_no" => return Some(Self::YesNo),
            _ => {}
        }
        let (kind, number) = text.strip_suffix(')')?.split_once('(')?;
        let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
        let keep = usize::try_from(number).ok().filter(|keep| *keep <= KEEP);
        match kind {
            "band" => Some(Self::Band(number)),
            "first" => keep.map(Self::First),
            "last" => keep.map(Self::Last),
            _ => None,
        }
    }

    /// `scalar` masked. Null stays null, and so becomes what the mask cannot read.
    pub fn apply(self, scalar: &Scalar<'_>) -> Masked {
        match (self, scalar) {
            (_, Scalar::Null) => Masked::Null,
            (Self::YesNo, scalar) => Masked::Bool(is_something(scalar)),
            (Self::Band(width), scalar) => band(width, scalar.text()).map_or(Masked::Null, Masked::Text),
            (Self::Month, scalar) => month(scalar.text()).map_or(Masked::Null, Masked::Text),
            (Self::First(keep), scalar) => Masked::Text(first(keep, scalar.text())),
            (Self::Last(keep), scalar) => Masked::Text(last(keep, scalar.text())),
        }
    }
}

/// A single value of JSON. Objects and lists are none, and no mask is for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar<'v> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(&'v str),
    /// A text, escapes undone.
    Text(Cow<'v, str>),
}

/// What a mask leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Masked {
    /// Nothing.
    Null,
    /// Whether there is something.
    Bool(bool),
    /// A text.
    Text(String),
}

impl Scalar<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Number(text) => text,
            Self::Text(text) => text,
        }
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Band(width) => write!(f, "band({width})"),
            Self::First(keep) => write!(f, "first({keep})"),
            Self::Last(keep) => write!(f, "last({keep})"),
            Self::Month => f.write_str("month"),
            Self::YesNo => f.write_str("yes_no"),
        }
    }
}

fn is_something(scalar: &Scalar<'_>) -> bool {
    match scalar {
        Scalar::Null => false,
        Scalar::Bool(bool) => *bool,
        Scalar::Number(text) => !is_zero(text),
        Scalar::Text(text) => {
            let text = text.trim();
            !text.is_empty() && !is_zero(text)
        }
    }
}

/// By its digits, because `1e-400` is not nothing, though it is to a floating-point number.
fn is_zero(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    text.parse::<f64>() == Ok(0.0) && !mantissa.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

/// The digits before the decimal point decide, so that amounts of any size keep their exact band.
fn band(width: u64, text: &str) -> Option<String> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let low = whole - whole.checked_rem(width)?;
    Some(format!("{low}..{}", low.checked_add(width)?))
}

fn month(text: &str) -> Option<String> {
    let digits =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.trim();
    let year = text.get(..4).filter(|year| digits(year, 4))?;
    let rest = text.get(4..)?;
    let (month, rest) = match rest.strip_prefix('-') {
        Some(rest) => (rest.get(..2)?, rest.get(2..)?),
        None => (rest.get(..2)?, rest.get(2..)?),
    };
    let fits = digits(month, 2) && matches!(month.parse::<u8>(), Ok(1..=12));
    // Seven digits and the like are no date, and keeping a part of them would be a guess.
    let ends = rest.is_empty() || rest.starts_with('-') || rest.get(..2).is_some_and(|day| digits(day, 2));
    (fits && ends).then(|| format!("{year}-{month}"))
}

fn first(keep: usize, text: &str) -> String {
    match text.char_indices().nth(keep) {
        Some((end, _)) => format!("{}{HIDDEN}", text.get(..end).unwrap_or_default()),
        // Nothing would be hidden, so nothing is kept.
        None => HIDDEN.to_owned(),
    }
}

fn last(keep: usize, text: &str) -> String {
    let count = text.chars().count();
    match count.checked_sub(keep).filter(|skip| *skip > 0) {
        Some(skip) => format!("{HIDDEN}{}", text.chars().skip(skip).collect::<String>()),
        None => HIDDEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn plain(masked: Masked) -> Value {
        match masked {
            Masked::Null => Value::Null,
            Masked::Bool(bool) => Value::Bool(bool),
            Masked::Text(text) => Value::String(text),
        }
    }

    fn text(text: &str) -> Scalar<'_> {
        Scalar::Text(text.into())
    }

    #[test]
    fn golden() {
        for (mask, value, expected) in [
            ("first(3)", json!("湖南省长沙市"), json!("湖南省***")),
            ("first(3)", json!("湖南省"), json!("***")),
            ("last(4)", json!("11010519491231002X"), json!("***002X")),
            ("last(4)", json!(123456), json!("***3456")),
            ("last(4)", json!("002X"), json!("***")),
            ("first(1)", json!(""), json!("***")),
            ("last(1)", json!(""), json!("***")),
            ("month", json!("20240315"), json!("2024-03")),
            ("month", json!("202403"), json!("2024-03")),
            ("month", json!("2024-03-15T10:00:00"), json!("2024-03")),
            ("month", json!("20240315101112"), json!("2024-03")),
            ("month", json!(202403), json!("2024-03")),
            ("month", json!("2024031"), json!(null)),
            ("month", json!("202413"), json!(null)),
            ("month", json!("二〇二四年三月"), json!(null)),
            ("yes_no", json!("0.00"), json!(false)),
            ("yes_no", json!(" "), json!(false)),
            ("yes_no", json!(17), json!(true)),
            ("yes_no", json!(null), json!(null)),
            ("band(1000)", json!("4999.99"), json!("4000..5000")),
            ("band(1000)", json!(5000), json!("5000..6000")),
            ("band(1000)", json!("-5"), json!(null)),
            ("band(1000)", json!(1e300), json!(null)),
            ("yes_no", json!("-0.0"), json!(false)),
            ("yes_no", json!("1e-400"), json!(true)),
            ("yes_no", json!("inf"), json!(true)),
            ("first(2)", json!(true), json!("tr***")),
        ] {
            let mask = Mask::parse(mask).unwrap();
            let text = value.to_string();
            let scalar = match &value {
                Value::Null => Scalar::Null,
                Value::Bool(bool) => Scalar::Bool(*bool),
                Value::String(text) => Scalar::Text(text.into()),
                _ => Scalar::Number(&text),
            };
            assert_eq!(plain(mask.apply(&scalar)), expected, "{mask} of {value}");
        }
        for bad in ["first", "first()", "first(0)", "first(65)", "band(-1)", "Month", "yes_no()"] {
            assert_eq!(Mask::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn something_is_always_hidden(text in ".{0,40}", keep in 1_usize..=64) {
            for masked in [first(keep, &text), last(keep, &text)] {
                let kept = masked.chars().count() - HIDDEN.len();
                prop_assert!(masked.contains(HIDDEN));
                prop_assert!(kept == 0 || kept < text.chars().count());
            }
        }

        /// Whatever the hidden part is, the outcome is the same; so it tells nothing of it, not even its length.
        #[test]
        fn what_is_hidden_makes_no_difference(
            kept in "[a-z0-9张李]{1,8}",
            one in "[^\\x00]{1,20}",
            other in "[^\\x00]{1,20}",
        ) {
            let keep = kept.chars().count();
            let first = |hidden: &str| Mask::First(keep).apply(&text(&format!("{kept}{hidden}")));
            prop_assert_eq!(first(&one), first(&other));
            prop_assert_eq!(first(&one), Masked::Text(format!("{kept}{HIDDEN}")));
            let last = |hidden: &str| Mask::Last(keep).apply(&text(&format!("{hidden}{kept}")));
            prop_assert_eq!(last(&one), last(&other));
            prop_assert_eq!(last(&one), Masked::Text(format!("{HIDDEN}{kept}")));
        }

        #[test]
        fn numbers_of_one_band_look_the_same(width in 1_u64..100_000, number in 0_u64..1 << 60, step in any::<u64>()) {
            let low = number - number % width;
            let other = low + step % width;
            let written = [number.to_string(), format!("{other}.99"), other.to_string()];
            for text in &written {
                let expected = Masked::Text(format!("{low}..{}", low + width));
                prop_assert_eq!(Mask::Band(width).apply(&Scalar::Number(text)), expected);
            }
        }

        #[test]
        fn days_of_one_month_look_the_same(year in 1900_u16..2100, month in 1_u8..=12, day in 1_u8..=31, rest in "[0-9]{0,6}") {
            let expected = Masked::Text(format!("{year}-{month:02}"));
            for written in [
                format!("{year}{month:02}{day:02}{rest}"),
                format!("{year}-{month:02}-{day:02}T{rest}"),
                format!("{year}{month:02}"),
                format!("{year}-{month:02}"),
            ] {
                prop_assert_eq!(Mask::Month.apply(&text(&written)), expected.clone(), "{}", written);
            }
        }

        /// Over any text at all, no kind lets out more than its form can hold.
        #[test]
        fn no_kind_says_more_than_its_form(value in "\\PC{0,40}|[0-9.eE+-]{0,24}") {
            let is = |masked: Masked, form: fn(&str) -> bool| match masked {
                Masked::Null => true,
                Masked::Text(text) => form(&text),
                Masked::Bool(_) => false,
            };
            prop_assert!(matches!(Mask::YesNo.apply(&text(&value)), Masked::Bool(_)));
            let month = is(Mask::Month.apply(&text(&value)), |text| {
                text.len() == 7 && text.bytes().enumerate().all(|(at, byte)| {
                    if at == 4 { byte == b'-' } else { byte.is_ascii_digit() }
                })
            });
            let band = is(Mask::Band(1000).apply(&text(&value)), |text| {
                text.split_once("..").is_some_and(|(low, high)| {
                    let number = |text: &str| text.parse::<u64>().unwrap();
                    number(low) % 1000 == 0 && number(high) == number(low) + 1000
                })
            });
            prop_assert!(month && band);
        }

        #[test]
        fn written_and_parsed_again(number in 1_u64..=64) {
            for kind in ["band", "first", "last"] {
                let text = format!("{kind}({number})");
                prop_assert_eq!(Mask::parse(&text).unwrap().to_string(), text);
            }
        }
    }
}
