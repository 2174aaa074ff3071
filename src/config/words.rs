//! What serde says of a wrong value, in words for whoever wrote the file.

use std::borrow::Cow;

/// What was expected, as serde calls it and in plain words.
const EXPECTED: [(&str, &str); 14] = [
    ("a nonzero u32", "a whole number from 1 to 4294967295"),
    ("a nonzero u64", "a whole number of at least 1"),
    ("a nonzero usize", "a whole number of at least 1"),
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number of at least 0"),
    ("usize", "a whole number of at least 0"),
    ("a boolean", "`true` or `false`"),
    ("a string", "a text in quotes"),
    ("path string", "a path in quotes"),
    ("a sequence", "a list in brackets"),
    ("a map", "a table"),
    ("socket address", "an address with a port, such as \"127.0.0.1:9440\""),
];

/// What was found, as serde calls its kind; the value follows.
const FOUND: [&str; 4] = ["integer ", "floating point ", "boolean ", "string "];

/// `message` of serde in plain words, as far as these are known.
pub(super) fn plain(message: &str) -> Cow<'_, str> {
    let wrong = message.strip_prefix("invalid value: ").or_else(|| message.strip_prefix("invalid type: "));
    if let Some((found, expected)) = wrong.and_then(|wrong| wrong.rsplit_once(", expected ")) {
        return format!("{} is not {}", value(found), plain_of(expected)).into();
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return format!("the key {key} is missing").into();
    }
    if let Some(rest) = message.strip_prefix("unknown field ")
        && let Some((_, keys)) = rest.split_once(", expected ")
    {
        let keys = keys.strip_prefix("one of ").unwrap_or(keys);
        return format!("there is no such key; there are {keys}").into();
    }
    message.into()
}

fn plain_of(expected: &str) -> &str {
    let known = EXPECTED.iter().find(|(serde, _)| *serde == expected);
    match known {
        Some((_, plain)) => plain,
        None if expected.starts_with("struct ") => "a table",
        None => expected,
    }
}

fn value(found: &str) -> Cow<'_, str> {
    match FOUND.iter().find_map(|kind| found.strip_prefix(kind)) {
        Some(value) => {
            let bare = value.trim_matches(|quote| quote == '`' || quote == '"');
            format!("`{bare}`").into()
        }
        None if found == "map" => "a table".into(),
        None if found == "sequence" => "a list".into(),
        None => found.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_says_is_told_in_plain_words() {
        for (message, told) in [
            (
                "invalid value: integer `0`, expected a nonzero usize",
                "`0` is not a whole number of at least 1",
            ),
            ("invalid value: integer `-1`, expected u32", "`-1` is not a whole number from 0 to 4294967295"),
            (
                "invalid type: string \"long\", expected a nonzero u64",
                "`long` is not a whole number of at least 1",
            ),
            ("invalid type: integer `1`, expected a boolean", "`1` is not `true` or `false`"),
            (
                "invalid type: floating point `1.5`, expected usize",
                "`1.5` is not a whole number of at least 0",
            ),
            ("invalid type: map, expected a string", "a table is not a text in quotes"),
            ("invalid type: sequence, expected struct Config", "a list is not a table"),
            ("missing field `source`", "the key `source` is missing"),
            ("unknown field `x`, expected one of `a`, `b`", "there is no such key; there are `a`, `b`"),
            ("unknown field `x`, expected `a`", "there is no such key; there are `a`"),
            ("unknown variant `x`, expected `a` or `b`", "unknown variant `x`, expected `a` or `b`"),
            ("`0/s` is not a rate", "`0/s` is not a rate"),
        ] {
            assert_eq!(plain(message), told);
        }
    }
}
