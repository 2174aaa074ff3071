//! Masks (脱敏): how a released value is made coarser. What a mask cannot read it hides.

use std::fmt;

use serde_json::Value;

/// What stands for the hidden part; always the same, so that it tells no length.
const HIDDEN: &str = "***";

/// How many characters a mask may keep, at most.
const KEEP: usize = 64;

/// One way of masking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// `value` masked. Null stays null; objects and lists become null, because masks are for single values.
    pub fn apply(self, value: &Value) -> Value {
        match (self, value) {
            (_, Value::Null | Value::Array(_) | Value::Object(_)) => Value::Null,
            (Self::YesNo, value) => Value::Bool(is_something(value)),
            (Self::Band(width), value) => band(width, value).map_or(Value::Null, Value::String),
            (Self::Month, value) => month(&plain(value)).map_or(Value::Null, Value::String),
            (Self::First(keep), value) => Value::String(first(keep, &plain(value))),
            (Self::Last(keep), value) => Value::String(last(keep, &plain(value))),
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

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => {
            let text = text.trim();
            !text.is_empty() && text.parse::<f64>() != Ok(0.0)
        }
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
    }
}

/// The digits before the decimal point decide, so that amounts of any size keep their exact band.
fn band(width: u64, value: &Value) -> Option<String> {
    let text = plain(value);
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
    use serde_json::json;

    use super::*;

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
            ("first(2)", json!({"a": 1}), json!(null)),
            ("yes_no", json!([1]), json!(null)),
        ] {
            let mask = Mask::parse(mask).unwrap();
            assert_eq!(mask.apply(&value), expected, "{mask} of {value}");
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

        #[test]
        fn written_and_parsed_again(number in 1_u64..=64) {
            for kind in ["band", "first", "last"] {
                let text = format!("{kind}({number})");
                prop_assert_eq!(Mask::parse(&text).unwrap().to_string(), text);
            }
        }
    }
}
