//! Says what is wrong with JSON in words that are the gateway's own: serde's messages quote what was sent, and that may be
//! about a person.

use serde_json::Error;
use serde_json::error::Category;

use crate::exchange::Refusal;

/// The refusal for `error`. `before` lines stand before the text.
pub(super) fn refusal(error: &Error, before: usize) -> Refusal {
    let (line, column) = (error.line().saturating_add(before), error.column());
    if error.classify() != Category::Data {
        return Refusal::InvalidJson { line, column };
    }
    let message = error.to_string();
    let named = |beginning: &str| message.strip_prefix(beginning).and_then(|rest| rest.split('`').next());
    // Members that are missing or there twice are known, so their names are the gateway's.
    if let Some(member) = named("missing field `") {
        return Refusal::malformed(member, "it is missing");
    }
    if let Some(member) = named("duplicate field `") {
        return Refusal::malformed(member, "it is there twice");
    }
    let what = if message.starts_with("unknown field `") {
        "a member is unknown"
    } else if message.starts_with("invalid type: ") {
        "a value is of another type"
    } else {
        "a value cannot be taken"
    };
    let place = format!("line {line}, column {column}");
    match expected(&message) {
        Some(expected) => Refusal::malformed(place, format!("{what}: expected {expected}")),
        None => Refusal::malformed(place, what),
    }
}

/// What serde expected. Its last words are a text of this program, whatever was quoted before them.
fn expected(message: &str) -> Option<&str> {
    let ours = ["unknown field `", "invalid type: "].iter().any(|beginning| message.starts_with(beginning));
    let (_, expected) = message.rsplit_once(", expected ").filter(|_| ours)?;
    Some(expected.rsplit_once(" at line ").map_or(expected, |(expected, _)| expected))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its faults are looked at")]
    struct Body {
        first: String,
        second: Option<u32>,
    }

    #[test]
    fn faults_name_places_and_repeat_nothing() {
        for (body, told) in [
            (r#"{}"#, "`first`: it is missing"),
            (r#"{"first":"a","first":"b"}"#, "`first`: it is there twice"),
            (
                r#"{"canary, expected `canary`":1}"#,
                "`line 1, column 28`: a member is unknown: expected `first` or `second`",
            ),
            (
                r#"{"first":{"canary":1}}"#,
                "`line 1, column 9`: a value is of another type: expected a string",
            ),
            (
                r#"{"first":"a","second":"canary, expected canary"}"#,
                "`line 1, column 47`: a value is of another type: expected u32",
            ),
            (r#"{"first":"a","second":-1}"#, "`line 1, column 24`: a value cannot be taken"),
        ] {
            let refusal = refusal(&serde_json::from_str::<Body>(body).unwrap_err(), 0);
            assert_eq!(refusal.to_string(), told, "{body}");
        }
        let torn = serde_json::from_str::<Body>("{\n x").unwrap_err();
        assert!(matches!(refusal(&torn, 3), Refusal::InvalidJson { line: 5, .. }));
    }
}
