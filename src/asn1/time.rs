//! The two time types of ASN.1, in the forms that DER allows (X.690 §11.7, §11.8).
//! Looser forms of the 2014 seal layout are the business of `seal`.

use time::UtcOffset;

use crate::clock::Timestamp;

/// Parses `YYMMDDhhmmssZ`; years 50–99 are 1950–1999 (RFC 5280 §4.1.2.5.1).
pub fn parse_utc(text: &[u8]) -> Option<Timestamp> {
    let fields = digits(text.strip_suffix(b"Z")?, 2)?;
    let [year, month, day, hour, minute, second] = fields;
    let century = if year >= 50 { 1900 } else { 2000 };
    Timestamp::from_fields([century + year, month, day, hour, minute, second], UtcOffset::UTC)
}

/// Parses `YYYYMMDDhhmmss[.f…]Z`; fractions are kept to the millisecond and may not end in zero.
pub fn parse_generalized(text: &[u8]) -> Option<Timestamp> {
    let text = text.strip_suffix(b"Z")?;
    let (whole, fraction) = match text.iter().position(|byte| *byte == b'.') {
        None => (text, None),
        Some(dot) => (text.get(..dot)?, Some(text.get(dot + 1..)?)),
    };
    let at = Timestamp::from_fields(digits(whole, 4)?, UtcOffset::UTC)?;
    let Some(fraction) = fraction else { return Some(at) };
    let valid = fraction.iter().all(u8::is_ascii_digit) && fraction.last().is_some_and(|last| *last != b'0');
    if !valid {
        return None;
    }
    let millis = (0..3).fold(0, |millis, place| {
        millis * 10 + fraction.get(place).map_or(0, |digit| i64::from(digit - b'0'))
    });
    Some(at.plus_millis(millis))
}

/// Writes what [`parse_utc`] reads; `None` outside 1950 to 2049.
pub fn format_utc(at: Timestamp) -> Option<String> {
    let [year, month, day, hour, minute, second] = at.fields(UtcOffset::UTC)?;
    let short = year % 100;
    (1950..2050)
        .contains(&year)
        .then(|| format!("{short:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z"))
}

/// Writes what [`parse_generalized`] reads, in whole seconds; `None` outside years 0 to 9999.
pub fn format_generalized(at: Timestamp) -> Option<String> {
    let [year, month, day, hour, minute, second] = at.fields(UtcOffset::UTC)?;
    Some(format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z"))
}

fn digits(text: &[u8], year: usize) -> Option<[u16; 6]> {
    if text.len() != year + 10 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut fields = [0; 6];
    let mut rest = text;
    for (index, field) in fields.iter_mut().enumerate() {
        let (now, later) = rest.split_at_checked(if index == 0 { year } else { 2 })?;
        *field = now.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
        rest = later;
    }
    Some(fields)
}
