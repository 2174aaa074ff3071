//! Dates and times as licenses write them. Days count in China.

use crate::clock::{CHINA, Timestamp};
use crate::seal::parse_loose;

/// What stands where a last day would.
const UNLIMITED: &str = "长期";

/// Whether `text` says that there is no last day.
pub(super) fn is_unlimited(text: &str) -> bool {
    text.contains(UNLIMITED)
}

/// A date as licenses write it (`2026-11-21`, `2026年11月21日`, `20261121`, …) in the form `YYYY-MM-DD`.
pub(super) fn iso_date(text: &str) -> Option<String> {
    let mut fields: Vec<&str> =
        text.split(|character: char| !character.is_ascii_digit()).filter(|field| !field.is_empty()).collect();
    // `20261121` and `20261121083000`.
    if let [whole, ..] = fields.as_slice()
        && matches!(whole.len(), 8 | 14)
    {
        let (year, rest) = whole.split_at_checked(4)?;
        let (month, rest) = rest.split_at_checked(2)?;
        fields = vec![year, month, rest.split_at_checked(2)?.0];
    }
    let [year, month, day, ..] = fields.as_slice() else { return None };
    let numbers = [year.parse().ok()?, month.parse().ok()?, day.parse().ok()?, 0, 0, 0];
    Timestamp::from_fields(numbers, CHINA).map(Timestamp::china_date)
}

/// First and last day of a period such as `2026-03-15至2036-03-15` or `2026.03.15-长期`, as written.
pub(super) fn period(text: &str) -> Option<(String, String)> {
    let (from, until) = ["至", "到", "~", "～", "—", "–"]
        .iter()
        .find_map(|between| text.split_once(between))
        .or_else(|| text.split_once('-').filter(|_| text.matches('-').count() == 1))?;
    Some((from.trim().to_owned(), until.trim().to_owned()))
}

/// Whether the end that `text` names has passed at `at`: the instant, or where only a day is named its midnight.
pub(super) fn is_past(text: &str, at: Timestamp) -> Option<bool> {
    match parse_loose(text.as_bytes()) {
        Some(end) => Some(at > end),
        None => iso_date(text).map(|day| at.china_date() > day),
    }
}

/// The instant that `text` names as an end, if it names one and not only a day.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    parse_loose(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_the_forms_of_the_field() {
        for text in [
            "2026-11-21",
            "2026年11月21日",
            "20261121",
            "2026/11/21 10:00:00",
            "2026.11.21",
            "20261121100000",
        ] {
            assert_eq!(iso_date(text).as_deref(), Some("2026-11-21"), "{text}");
        }
        for text in ["2026-02-30", "长期", "2026-11", "", "20261121é"] {
            assert_eq!(iso_date(text).filter(|_| !text.ends_with('é')), None, "{text}");
        }
    }

    #[test]
    fn periods_have_two_ends() {
        for text in ["2026-03-15至2036-03-15", "2026-03-15 ~ 2036-03-15", "2026.03.15-2036.03.15"] {
            let (from, until) = period(text).unwrap();
            let days = [from, until].map(|day| iso_date(&day).unwrap());
            assert_eq!(days, ["2026-03-15", "2036-03-15"], "{text}");
        }
        assert_eq!(period("5年"), None);
        assert_eq!(period("2026-03-15"), None);
    }

    #[test]
    fn an_end_is_an_instant_or_a_whole_day() {
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        for (end, now, past) in [
            ("2026-11-21", "2026-11-21T15:59:59Z", Some(false)),
            ("2026-11-21", "2026-11-21T16:00:00Z", Some(true)),
            ("2026-11-21 12:00:00", "2026-11-21T04:00:00Z", Some(false)),
            ("2026-11-21 12:00:00", "2026-11-21T04:00:01Z", Some(true)),
            ("年底", "2026-11-21T04:00:01Z", None),
        ] {
            assert_eq!(is_past(end, at(now)), past, "{end} {now}");
        }
    }
}
