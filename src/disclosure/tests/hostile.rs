//! Answers as text, the odd ones too: members twice, names in escapes and in other cases, numbers of any length, deep nests.

use std::fmt::Write;

use super::super::scan::DEPTH;
use super::*;

#[test]
fn numbers_and_texts_stay_as_they_were_written() {
    let permit = permit("sw.iit.record", "@fields(\"months_with_tax,list[].sdxm\")");
    for number in [
        "12.10",
        "-0",
        "1E+400",
        "0.1000000000000000055511151231257827",
        "9007199254740993",
        "123456789012345678901234567890",
    ] {
        let disclosed = disclose(&permit, &written(&format!("{{ \"months_with_tax\" :\t{number} }}")));
        assert_eq!(disclosed.data().expose().get(), format!("{{\"months_with_tax\":{number}}}"));
    }
    let data = r#"{"list":[{"sdxm":"\u5de5\u8d44 \"\/\ud83d\ude00"}, {"sdxm":true}]}"#;
    let disclosed = disclose(&permit, &written(data));
    assert_eq!(
        disclosed.data().expose().get(),
        r#"{"list":[{"sdxm":"\u5de5\u8d44 \"\/\ud83d\ude00"},{"sdxm":true}]}"#
    );
}

#[test]
fn masks_see_numbers_as_they_were_written() {
    let permit = permit("sb.payment.query", "@fields(\"list[].aae180\")\n@mask(\"list[].aae180=last(2)\")");
    let disclosed = disclose(
        &permit,
        &written(r#"{"list":[{"aae180":123456789012345678901234567890.10},{"aae180":null}]}"#),
    );
    assert_eq!(disclosed.data().expose().get(), r#"{"list":[{"aae180":"***10"},{"aae180":null}]}"#);
}

#[test]
fn a_name_in_escapes_is_the_name_and_one_in_another_case_is_not() {
    let permit = permit("sb.insured.query", "@fields(\"aae140\")");
    let data = r#"{"\u0061ae140":"110","AAE140":"a","aae140 ":"b","\u0061ac001":"c","aae140\u0000":"d"}"#;
    let disclosed = disclose(&permit, &written(data));
    assert_eq!(disclosed.data().expose().get(), r#"{"aae140":"110"}"#);
    // A withheld field is none that is unknown.
    assert_eq!(disclosed.dropped(), 3);
}

#[test]
fn what_means_two_things_means_neither() {
    for text in [
        r#"{"aae140":"1","aae140":"2"}"#,
        r#"{"aae140":"1","\u0061ae140":"2"}"#,
        r#"{"list":[{"x":{"b":"撤销","b":"有效"}}]}"#,
        r#"[{"a":1},{"a":1,"b":{},"a":1}]"#,
    ] {
        assert_eq!(Document::parse(text).unwrap_err(), Fault::Twice, "{text}");
    }
    assert!(Document::parse(r#"[{"a":1},{"a":{"a":[{"a":1}]}}]"#).is_ok());
    for alone in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\u0061""#, r#""\ud800x""#] {
        assert_eq!(Document::parse(alone).unwrap_err(), Fault::Syntax, "{alone}");
    }
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Document::parse(&nested(DEPTH)).is_ok());
    assert_eq!(Document::parse(&nested(DEPTH + 1)).unwrap_err(), Fault::TooDeep);
    // However deep it goes, reading it takes no stack.
    assert_eq!(Document::parse(&nested(1_000_000)).unwrap_err(), Fault::TooDeep);
    let permit = permit("sb.insured.query", "@fields(\"aae140\")");
    let data = format!("{{\"deep\":{},\"aae140\":{},\"aac001\":0}}", nested(DEPTH - 1), nested(DEPTH - 1));
    let disclosed = disclose(&permit, &written(&data));
    assert_eq!((disclosed.data().expose().get(), disclosed.dropped()), ("{}", 2));
}

#[test]
fn rows_of_nested_lists_are_cut_to_the_fields() {
    let permit =
        permit("sb.payment.query", "@fields(\"list[].aae002,list[].flag\")\n@mask(\"list[].aae002=month\")");
    let mut rows = String::new();
    for month in 1..=12 {
        let comma = if month > 1 { "," } else { "" };
        let _ = write!(
            rows,
            "{comma}{{\"aae180\":{month}000.50,\"aae002\":\"2026{month:02}15\",\"bab010\":\"x\",\"flag\":\"1\"}}"
        );
    }
    let disclosed = disclose(&permit, &written(&format!("{{\"months\":12,\"list\":[{rows}]}}")));
    let list = left(&disclosed)["list"].take();
    assert_eq!(list.as_array().unwrap().len(), 12);
    assert_eq!(list[11], json!({ "aae002": "2026-12", "flag": "1" }));
    assert_eq!(disclosed.withheld(), names(&["months", "list[].aae180", "list[].bab010", "list[].aab301"]));
}

/// JSON as text, with blanks, escapes in names, numbers of any form and members that come twice.
fn text() -> impl Strategy<Value = String> {
    let blank = prop_oneof![4 => Just(""), 1 => Just(" \n"), 1 => Just("\t")];
    let name = prop_oneof![
        6 => "months_with_tax|list|ssq|sdxm|rkrq|Ssq|LIST|list\\[\\]\\.ssq".prop_map(|name| format!("\"{name}\"")),
        2 => "ssq|list|sdxm".prop_map(|name: String| {
            let (first, rest) = name.split_at(1);
            format!("\"\\u{:04X}{rest}\"", u32::from(first.as_bytes()[0]))
        }),
        1 => "[a-z]{0,3}".prop_map(|name| format!("\"{name}\"")),
    ];
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        "SECRET[a-z]{0,6}".prop_map(|text| format!("\"{text}\"")),
        "[^\"\\\\\\x00-\\x1f]{0,6}".prop_map(|text| format!("\"{text}\"")),
    ];
    (scalar, blank).prop_map(|(scalar, blank)| format!("{blank}{scalar}{blank}")).prop_recursive(
        5,
        40,
        5,
        move |inner| {
            let member = (name.clone(), inner.clone()).prop_map(|(name, value)| format!("{name}:{value}"));
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(|values| format!("[{}]", values.join(","))),
                prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
            ]
        },
    )
}

/// What leaves by a slower way, over a tree of values.
fn by_tree(value: &Value, agreed: &[&str], path: &str) -> Option<Value> {
    let joined = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let all = ["months_with_tax", "list[].ssq", "list[].sdxm", "list[].ynse_band", "list[].rkrq"];
    let Value::Object(object) = value else { return None };
    let mut kept = serde_json::Map::new();
    // Some of the names here are paths as they are written, which name nothing.
    for (name, value) in object.iter().filter(|(name, _)| !name.contains('[')) {
        let (field, list) = (joined(name), joined(&format!("{name}[]")));
        if all.contains(&field.as_str()) {
            if agreed.contains(&field.as_str()) && !value.is_array() && !value.is_object() {
                kept.insert(name.clone(), value.clone());
            }
        } else if agreed.iter().any(|one| one.starts_with(&format!("{list}.")))
            && let Value::Array(values) = value
        {
            let values = values.iter().filter_map(|value| by_tree(value, agreed, &list)).collect();
            kept.insert(name.clone(), Value::Array(values));
        }
    }
    Some(Value::Object(kept))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The scanner takes what serde_json takes, but for members that come twice and numbers too large for a float.
    #[test]
    fn what_is_json_is_json_to_both(text in text(), at in any::<prop::sample::Index>(), put in "[\\]\\[{},:\"0-9a.eE+\\-\\\\ ntu]{0,2}") {
        let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = boundaries[at.index(boundaries.len())];
        let mut broken = text.clone();
        let end = boundaries.iter().copied().find(|next| *next > at).unwrap_or(text.len());
        broken.replace_range(at..end, &put);
        for text in [text, broken] {
            let ours = Document::parse(&text);
            let theirs = serde_json::from_str::<&RawValue>(&text).is_ok();
            match ours {
                Ok(_) => prop_assert!(theirs, "{text}"),
                // It is not read to its end then.
                Err(Fault::Twice) => {}
                Err(_) => prop_assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}"),
            }
        }
    }

    #[test]
    fn no_value_outside_the_agreement_leaves_whatever_the_text(text in text(), choice in 1_usize..32) {
        let Ok(document) = Document::parse(&text) else { return Ok(()) };
        let all = ["months_with_tax", "list[].ssq", "list[].sdxm", "list[].ynse_band", "list[].rkrq"];
        let agreed: Vec<&str> =
            all.into_iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1).map(|(_, name)| name).collect();
        let permit = PERMITS.with(|permits| {
            let mut permits = permits.borrow_mut();
            let new = || permit("sw.iit.record", &format!("@fields(\"{}\")", agreed.join(",")));
            permits.entry(choice).or_insert_with(new).clone()
        });
        let disclosed = disclose(&permit, &Answer::new(Outcome::Answered, document, None, text.len()));
        let cut = disclosed.data().expose().get();
        prop_assert!(cut.len() <= text.len().max(4), "{cut} of {text}");
        let Ok(tree) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
        let expected = match &tree {
            Value::Array(rows) => Value::Array(rows.iter().filter_map(|row| by_tree(row, &agreed, "")).collect()),
            one => by_tree(one, &agreed, "").unwrap_or(Value::Null),
        };
        prop_assert_eq!(left(&disclosed), expected);
    }
}
