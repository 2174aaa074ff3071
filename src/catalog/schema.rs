//! What values may look like: a subset of JSON Schema 2020-12, compiled when the catalog is loaded.
//!
//! Known are `type` (one or several of `string`, `integer`, `number`, `boolean`, `object`), `minLength`, `maxLength`,
//! `minimum`, `maximum`, `enum` (of strings) and `format`, whose names are those of [`Format`]. Every other keyword is a
//! fault. No references, so that nothing is ever fetched; no patterns, so that no value can make checking slow. Members
//! of objects are not described.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::{CHINA, Timestamp};
use crate::identifier::{CitizenNumber, CreditCode, Region};

/// Characters that a string may have in any case. 4,000: the longest in use is the scope of an enterprise's business.
const LONGEST: u32 = 4_000;

/// Characters that a number may have. 64: an amount has some 20, a double written in full 25; what is longer carries
/// something else.
const LONGEST_NUMBER: u32 = 64;

/// A type of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A number without a fraction.
    Integer,
    /// A number.
    Number,
    /// An object; what is in it is not described.
    Object,
    /// A string.
    String,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
        }
    }

    fn is(self, shape: Shape<'_>) -> bool {
        match (self, shape) {
            (Self::Boolean, Shape::Boolean)
            | (Self::Number, Shape::Number(_))
            | (Self::Object, Shape::Object)
            | (Self::String, Shape::String(_)) => true,
            (Self::Integer, Shape::Number(text)) => is_digits(text.strip_prefix('-').unwrap_or(text)),
            _ => false,
        }
    }
}

/// What of a value tells its type and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape<'v> {
    /// `true` or `false`.
    Boolean,
    /// A number, as it was written.
    Number(&'v str),
    /// An object.
    Object,
    /// A string, escapes undone.
    String(&'v str),
    /// A list, or null.
    Other,
}

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A citizen identity number, GB 11643, whose check character fits.
    CitizenNumber,
    /// A unified social credit code, GB 32100, whose check character fits.
    CreditCode,
    /// A day that exists: `YYYYMMDD` or `YYYY-MM-DD`.
    Date,
    /// Digits with at most one decimal point between them.
    Decimal,
    /// A moment: `YYYYMMDDhhmmss` (GB/T 39046) or RFC 3339.
    Moment,
    /// `YYYYMM` or `YYYY-MM`.
    Month,
    /// Six digits of GB/T 2260.
    Region,
}

impl Format {
    /// What a value is not, for people.
    const fn expected(self) -> &'static str {
        match self {
            Self::CitizenNumber => "citizen number whose check character fits",
            Self::CreditCode => "credit code whose check character fits",
            Self::Date => "day, written `YYYYMMDD` or `YYYY-MM-DD`",
            Self::Decimal => "number, written with digits and at most one decimal point",
            Self::Moment => "moment, written `YYYYMMDDhhmmss` or as in RFC 3339",
            Self::Month => "month, written `YYYYMM` or `YYYY-MM`",
            Self::Region => "region of six digits",
        }
    }

    /// Whether it fixes how long a string is.
    const fn bounds_length(self) -> bool {
        match self {
            Self::CitizenNumber | Self::CreditCode => true,
            Self::Date | Self::Decimal | Self::Moment | Self::Month | Self::Region => false,
        }
    }

    fn fits(self, text: &str) -> bool {
        match self {
            Self::CitizenNumber => CitizenNumber::parse(text).is_ok(),
            Self::CreditCode => CreditCode::parse(text).is_ok(),
            Self::Date => is_date(text),
            Self::Decimal => {
                let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
                is_digits(whole) && is_digits(fraction)
            }
            Self::Moment => is_moment(text),
            // The first day stands for the month.
            Self::Month => {
                let day = if text.contains('-') { "-01" } else { "01" };
                is_date(&format!("{text}{day}"))
            }
            Self::Region => Region::parse(text).is_ok(),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    let digits = match text.len() {
        8 => text.to_owned(),
        10 if text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == (at == 4 || at == 7)) => {
            text.replace('-', "")
        }
        _ => return false,
    };
    is_moment(&format!("{digits}000000"))
}

fn is_moment(text: &str) -> bool {
    if text.len() != 14 || !is_digits(text) {
        return Timestamp::parse_rfc3339(text).is_some();
    }
    let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u16>().ok());
    let parts = [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14)];
    let [Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)] = parts else {
        return false;
    };
    Timestamp::from_fields([year, month, day, hour, minute, second], CHINA).is_some()
}

/// What is wrong with a value. Never holds the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is none of the strings listed.
    Choice(Vec<String>),
    /// It is not written as its format says.
    Format(Format),
    /// It is of none of these types.
    Kind(Vec<Kind>),
    /// It has more characters than this.
    Long(u32),
    /// It lies outside these bounds.
    Range(Option<i64>, Option<i64>),
    /// It has fewer characters than this.
    Short(u32),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Choice(choices) => write!(f, "it is none of `{}`", choices.join("`, `")),
            Self::Format(format) => write!(f, "it is no {}", format.expected()),
            Self::Kind(kinds) => {
                let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                write!(f, "it is no {}", names.join(" or "))
            }
            Self::Long(most) => write!(f, "it has more than {most} characters"),
            Self::Range(Some(least), Some(most)) => write!(f, "it is not between {least} and {most}"),
            Self::Range(Some(least), None) => write!(f, "it is below {least}"),
            Self::Range(None, most) => write!(f, "it is above {}", most.unwrap_or(i64::MAX)),
            Self::Short(least) => write!(f, "it has fewer than {least} characters"),
        }
    }
}

/// The schema of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    kinds: Vec<Kind>,
    min_length: u32,
    max_length: u32,
    minimum: Option<i64>,
    maximum: Option<i64>,
    choices: Vec<String>,
    format: Option<Format>,
}

/// A schema as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Written {
    #[serde(rename = "type")]
    kinds: OneOrMany,
    min_length: Option<u32>,
    max_length: Option<u32>,
    minimum: Option<i64>,
    maximum: Option<i64>,
    #[serde(default, rename = "enum")]
    choices: Vec<String>,
    format: Option<Format>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Kind),
    Many(Vec<Kind>),
}

impl Schema {
    /// Compiles what is written; or every reason why it means nothing, each with how to mend it.
    pub(super) fn compile(written: Written) -> Result<Self, Vec<&'static str>> {
        let Written { kinds, min_length, max_length, minimum, maximum, choices, format } = written;
        let kinds = match kinds {
            OneOrMany::One(kind) => vec![kind],
            OneOrMany::Many(kinds) => kinds,
        };
        let string = kinds.contains(&Kind::String);
        let number = kinds.contains(&Kind::Integer) || kinds.contains(&Kind::Number);
        let textual = min_length.is_some() || max_length.is_some() || format.is_some() || !choices.is_empty();
        let bounded =
            max_length.is_some() || !choices.is_empty() || format.is_some_and(Format::bounds_length);
        let checks = [
            (kinds.is_empty(), "`type` is empty; name at least one type"),
            (textual && !string, "it restricts strings and takes none; add `string` to `type`"),
            (
                (minimum.is_some() || maximum.is_some()) && !number,
                "it has bounds and takes no number; add `integer` or `number` to `type`",
            ),
            (string && !bounded, "a string may be of any length; add `maxLength`"),
            (
                max_length.is_some_and(|most| most > LONGEST || min_length.is_some_and(|least| least > most)),
                "`maxLength` is over 4000 or below `minLength`; lower one of them",
            ),
            (
                minimum.zip(maximum).is_some_and(|(least, most)| least > most),
                "`minimum` is above `maximum`; lower it",
            ),
        ];
        let faults: Vec<_> =
            checks.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let max_length = max_length.unwrap_or(LONGEST);
        Ok(Self { kinds, min_length: min_length.unwrap_or(0), max_length, minimum, maximum, choices, format })
    }

    /// Whether `value`, of a request, is as described in all.
    pub fn check(&self, value: &Value) -> Result<(), Unfit> {
        match value {
            Value::Bool(_) => self.check_shape(Shape::Boolean),
            Value::Number(number) => self.check_shape(Shape::Number(&number.to_string())),
            Value::Object(_) => self.check_shape(Shape::Object),
            Value::String(text) => self.check_shape(Shape::String(text)),
            Value::Array(_) | Value::Null => self.check_shape(Shape::Other),
        }?;
        match value {
            Value::String(text) => {
                if text.chars().count() < self.min_length as usize {
                    return Err(Unfit::Short(self.min_length));
                }
                if !self.choices.is_empty() && !self.choices.contains(text) {
                    return Err(Unfit::Choice(self.choices.clone()));
                }
                match self.format {
                    Some(format) if !format.fits(text) => Err(Unfit::Format(format)),
                    _ => Ok(()),
                }
            }
            Value::Number(number) => {
                // Numbers beyond 2⁵³ are beyond every bound in use, so the loss of precision there decides nothing.
                #[expect(clippy::cast_precision_loss, reason = "bounds are small")]
                let outside = number.as_f64().is_none_or(|number| {
                    self.minimum.is_some_and(|least| number < least as f64)
                        || self.maximum.is_some_and(|most| number > most as f64)
                });
                if outside { Err(Unfit::Range(self.minimum, self.maximum)) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    /// Whether a value of this `shape`, in an answer, has the type and at most the length that is described. How a provider
    /// writes a date is no reason to keep it from the counter; a value of another type or size is not the field that it is
    /// said to be.
    pub fn check_shape(&self, shape: Shape<'_>) -> Result<(), Unfit> {
        if !self.kinds.iter().any(|kind| kind.is(shape)) {
            return Err(Unfit::Kind(self.kinds.clone()));
        }
        match shape {
            Shape::String(text) if text.chars().nth(self.max_length as usize).is_some() => {
                Err(Unfit::Long(self.max_length))
            }
            Shape::Number(text) if text.len() > LONGEST_NUMBER as usize => Err(Unfit::Long(LONGEST_NUMBER)),
            _ => Ok(()),
        }
    }

    /// The schema as JSON Schema; for an answer, with `null` for a field that is not filled in.
    pub(super) fn to_json(&self, nullable: bool) -> Map<String, Value> {
        let mut kinds: Vec<Value> = self.kinds.iter().map(|kind| json!(kind.as_str())).collect();
        if nullable {
            kinds.push(json!("null"));
        }
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
        match kinds.as_slice() {
            [only] => put("type", only.clone()),
            _ => put("type", Value::Array(kinds)),
        }
        if self.kinds.contains(&Kind::String) {
            if self.min_length > 0 {
                put("minLength", json!(self.min_length));
            }
            put("maxLength", json!(self.max_length));
        }
        for (name, bound) in [("minimum", self.minimum), ("maximum", self.maximum)] {
            if let Some(bound) = bound {
                put(name, json!(bound));
            }
        }
        if !self.choices.is_empty() {
            put("enum", json!(self.choices));
        }
        if let Some(format) = self.format {
            put("format", json!(format));
        }
        members
    }
}
