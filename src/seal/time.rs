//! Times of the 2014 layout, which says only "BIT STRING": the forms that writers chose.

use time::UtcOffset;

use crate::asn1::{parse_generalized, parse_utc, tag};
use crate::clock::{CHINA, Timestamp};

/// The instant in `content`: DER times, `yyyy-MM-dd HH:mm:ss` with variants, or seconds since 1970.
///
/// Without a zone the time is China's. `None` if it is none of these, a timestamp token for instance.
pub fn parse_loose(content: &[u8]) -> Option<Timestamp> {
    if let Some(at) = parse_generalized(content).or_else(|| parse_utc(content)) {
        return Some(at);
    }
    let text = std::str::from_utf8(content).ok()?.trim();
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && (9..=10).contains(&text.len()) {
        return text.parse().ok().map(Timestamp::from_seconds);
    }
    let (text, offset) = match text.strip_suffix('Z') {
        Some(text) => (text, UtcOffset::UTC),
        None => (text, CHINA),
    };
    let (text, _fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let separators = text.chars().filter(|character| !character.is_ascii_digit());
    if digits.len() != 14 || !separators.clone().all(|character| "-:/ T".contains(character)) {
        return None;
    }
    let mut fields = [0; 6];
    let mut rest = digits.as_str();
    for (index, field) in fields.iter_mut().enumerate() {
        let (now, later) = rest.split_at_checked(if index == 0 { 4 } else { 2 })?;
        *field = now.parse().ok()?;
        rest = later;
    }
    Timestamp::from_fields(fields, offset)
}

/// Whether `content` is a structure, as only a timestamp is here, and not text.
pub(super) const fn is_token(content: &[u8]) -> bool {
    // A SEQUENCE of more than 127 bytes; the shortest token is longer, and text has no such second byte.
    matches!(content, [tag::SEQUENCE, 0x80..=0x84, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_seen_in_the_field() {
        let cases = [
            ("2020-01-25 07:31:56", Some("2020-01-24T23:31:56Z")),
            ("2020-01-25T07:31:56.", Some("2020-01-24T23:31:56Z")),
            ("200125073156Z", Some("2020-01-25T07:31:56Z")),
            ("20200125073156Z", Some("2020-01-25T07:31:56Z")),
            ("20200125073156", Some("2020-01-24T23:31:56Z")),
            ("1579908716", Some("2020-01-24T23:31:56Z")),
            ("2020-01-25", None),
            ("2020-13-25 07:31:56", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let parsed = parse_loose(text.as_bytes()).map(|at| at.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text}");
        }
        assert_eq!(parse_loose(&[0x30, 0x82, 0xff]), None);
    }
}
