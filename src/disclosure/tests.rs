//! Golden cuts, and the property that nothing but what was agreed ever leaves.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::policy::tests::permit;

mod hostile;

fn answer(data: Value) -> Answer {
    written(&data.to_string())
}

fn written(text: &str) -> Answer {
    Answer::new(Outcome::Answered, Document::parse(text).unwrap(), None, 100)
}

/// What leaves, read.
fn left(disclosed: &Disclosed) -> Value {
    serde_json::from_str(disclosed.data().expose().get()).unwrap()
}

fn tax(fields: &str) -> Permit {
    permit("sw.iit.record", &format!("@fields(\"{fields}\")\n@mask(\"list[].ssq=month\")"))
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_not_agreed_stays_and_is_named() {
    let permit = tax("months_with_tax,list[].ssq,list[].sdxm");
    let disclosed = disclose(
        &permit,
        &answer(json!({
            "months_with_tax": 2,
            "list": [
                { "ssq": "20260115", "sdxm": "工资薪金", "ynse_band": "3", "rkrq": "20260210", "extra": 1 },
                { "ssq": "202602", "sdxm": null },
            ],
            "name": "张三",
            "nested": { "list": [{ "ssq": "20260115" }] },
        })),
    );
    let expected = json!({
        "months_with_tax": 2,
        "list": [{ "ssq": "2026-01", "sdxm": "工资薪金" }, { "ssq": "2026-02", "sdxm": null }],
    });
    assert_eq!(left(&disclosed), expected);
    assert_eq!(disclosed.withheld(), names(&["list[].ynse_band", "list[].rkrq"]));
    assert_eq!(disclosed.masked(), names(&["list[].ssq"]));
    assert_eq!(disclosed.dropped(), 3);
    assert!(!format!("{disclosed:?}").contains("2026-01"));
}

#[test]
fn rows_are_cut_one_by_one() {
    let permit = permit("sb.insured.query", "@fields(\"aae140\")");
    let rows =
        json!([{ "aae140": "110", "aac001": "secret" }, "row", [{ "aae140": "120" }], { "aae140": "310" }]);
    let disclosed = disclose(&permit, &answer(rows));
    assert_eq!(left(&disclosed), json!([{ "aae140": "110" }, { "aae140": "310" }]));
    assert_eq!(disclosed.dropped(), 2);
    assert_eq!(disclosed.withheld().len(), 9);
}

#[test]
fn a_value_of_another_shape_is_not_what_was_agreed() {
    let permit = tax("months_with_tax,list[].ssq");
    for (data, dropped) in [
        (json!({ "months_with_tax": { "name": "张三" } }), 1),
        (json!({ "months_with_tax": ["张三"] }), 1),
        (json!({ "list": { "ssq": "20260115" } }), 1),
        (json!({ "list": "张三" }), 1),
    ] {
        let disclosed = disclose(&permit, &answer(data));
        assert_eq!((left(&disclosed), disclosed.dropped()), (json!({}), dropped));
    }
    let nested = json!({ "list": [[{ "ssq": "20260115" }], { "ssq": ["20260115"] }] });
    let disclosed = disclose(&permit, &answer(nested));
    assert_eq!((left(&disclosed), disclosed.dropped()), (json!({ "list": [{}] }), 2));
    for scalar in [json!("张三"), json!(17)] {
        assert_eq!(left(&disclose(&permit, &answer(scalar))), Value::Null);
    }
}

#[test]
fn a_list_of_which_nothing_leaves_does_not_tell_its_length() {
    let permit = permit("sw.iit.record", "@fields(\"months_with_tax\")");
    let data = json!({ "months_with_tax": 2, "list": [{ "ssq": "1" }, { "ssq": "2" }] });
    assert_eq!(left(&disclose(&permit, &answer(data))), json!({ "months_with_tax": 2 }));
}

#[test]
fn lists_of_plain_values() {
    let permit = permit("yl.transfer.cert", "@fields(\"clct_months[]\")\n@mask(\"clct_months[]=month\")");
    let data = json!({ "clct_months": ["202601", "20260201", "x", { "a": 1 }], "state": "1" });
    let disclosed = disclose(&permit, &answer(data));
    assert_eq!(left(&disclosed), json!({ "clct_months": ["2026-01", "2026-02", null] }));
    assert_eq!(disclosed.dropped(), 1);
}

#[test]
fn outcomes_without_data_have_none() {
    let permit = tax("months_with_tax,list[].ssq");
    for outcome in Outcome::ALL {
        let data = Document::parse(r#"{"months_with_tax":1}"#).unwrap();
        let answer = Answer::new(outcome, data, None, 10);
        let disclosed = disclose(&permit, &answer);
        assert_eq!(left(&disclosed).is_null(), !outcome.has_data(), "{}", outcome.as_str());
        assert_eq!(disclosed.withheld().is_empty(), !outcome.has_data());
        assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
    }
}

/// Every scalar below `value` with the path of keys to it, `[]` for each list.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| leaves(one, &format!("{path}[]"), found)),
        Value::Object(object) => {
            for (key, one) in object {
                let dot = if path.is_empty() || path == "[]" { "" } else { "." };
                let path = if path == "[]" { "" } else { path };
                leaves(one, &format!("{path}{dot}{key}"), found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

/// JSON that often hits the names of the service, in places where they belong and where they do not.
fn arbitrary_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let key =
        prop_oneof!["months_with_tax|list|ssq|sdxm|ynse_band|rkrq|list\\[\\]|list\\[\\]\\.ssq", ".{0,4}",];
    scalar.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_field_outside_the_agreement_is_ever_disclosed(data in arbitrary_json(), choice in 1_usize..32) {
        let all = ["months_with_tax", "list[].ssq", "list[].sdxm", "list[].ynse_band", "list[].rkrq"];
        let agreed: Vec<&str> =
            all.into_iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1).map(|(_, name)| name).collect();
        let disclosed = PERMITS.with(|permits| {
            let mut permits = permits.borrow_mut();
            let permit = permits.entry(choice).or_insert_with(|| {
                permit("sw.iit.record", &format!("@fields(\"{}\")", agreed.join(",")))
            });
            disclose(permit, &answer(data))
        });
        let mut found = Vec::new();
        let cut = &left(&disclosed);
        leaves(cut, "", &mut found);
        for leaf in found {
            // A row that is no object, and lists that hold nothing, leave no leaf.
            prop_assert!(leaf.is_empty() && cut.is_null() || agreed.contains(&leaf.as_str()), "{leaf} in {cut}");
        }
        let mut withheld = disclosed.withheld().to_vec();
        withheld.extend(agreed.iter().map(ToString::to_string));
        prop_assert_eq!(withheld.len(), all.len());
    }

    #[test]
    fn cutting_again_changes_nothing(data in arbitrary_json()) {
        let permit = PERMITS.with(|permits| {
            permits.borrow_mut().entry(7).or_insert_with(|| {
                permit("sw.iit.record", "@fields(\"months_with_tax,list[].ssq,list[].sdxm\")")
            }).clone()
        });
        let once = left(&disclose(&permit, &answer(data)));
        let twice = disclose(&permit, &answer(once.clone()));
        prop_assert_eq!(left(&twice), once);
        prop_assert_eq!(twice.dropped(), 0);
    }
}

thread_local! {
    /// Compiling an agreement takes longer than using it.
    static PERMITS: std::cell::RefCell<std::collections::HashMap<usize, Permit>> = std::cell::RefCell::default();
}
