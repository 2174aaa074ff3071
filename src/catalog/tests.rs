//! The shipped catalog as a whole, its schemas, and paths.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::demo::policies::SHIPPED;
use crate::verdict::Language;

/// Reading it takes longer than what is tested of it.
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let files = SHIPPED.iter().filter(|(path, _)| path.starts_with("catalog/"));
    let files: Vec<_> = files.map(|(name, text)| Source { name, text }).collect();
    Catalog::parse(&files).unwrap()
});

fn shipped() -> &'static Catalog {
    &CATALOG
}

fn service(id: &str) -> Arc<Service> {
    Arc::clone(shipped().service(&ServiceId::parse(id).unwrap()).unwrap())
}

#[test]
fn the_shipped_catalog_is_whole() {
    let catalog = shipped();
    assert_eq!(catalog.services().count(), 32);
    assert_eq!(catalog.license_types().len(), 26);
    let unknown = catalog.license_types().iter().filter(|one| one.code.is_none()).count();
    assert_eq!(unknown, 14);
    for domain in Domain::ALL {
        assert!(catalog.services().any(|service| service.domain == domain), "{domain}");
    }
    let response: Vec<String> =
        service("sw.iit.record").response.iter().map(|field| field.path.to_string()).collect();
    assert_eq!(response.join(" "), "months_with_tax list[].ssq list[].sdxm list[].ynse_band list[].rkrq");
    let estate = service("zf.realestate.query");
    let optional: Vec<&str> =
        estate.request.iter().filter(|one| !one.required).map(|one| one.name.as_str()).collect();
    assert_eq!(optional, ["bdcqzh"]);
    let subject = |id: &str| service(id).subject.clone();
    assert_eq!([subject("sb.insured.query"), subject("sw.credit.query")], ["aac147", "uniscid"]);
    let ministry = Department::parse("11100000000013127D@000000").unwrap();
    assert_eq!(catalog.office(&ministry).unwrap().source, OfficeSource::Published);
    assert_eq!((catalog.provinces().count(), catalog.blocs().count()), (34, 4));
}

#[test]
fn every_service_serves_a_matter_and_what_is_not_known_is_not_invented() {
    let catalog = shipped();
    for service in catalog.services().filter(|service| service.domain != Domain::License) {
        assert!(catalog.matters().any(|matter| matter.services.contains(&service.id)), "{}", service.id);
    }
    for matter in catalog.matters() {
        // No row was held to a published list, so none says so; only samples have names.
        assert!(!matter.verified);
        assert_eq!(matter.sample, matter.name.is_some(), "{}", matter.code);
    }
    assert!(catalog.unidentified().iter().any(|office| office.name == "国家税务总局"));
}

/// The paths of the leaves of an answer's schema, in the order of the schema.
fn leaves(schema: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        assert_eq!(schema["additionalProperties"], false);
        let dot = if path.is_empty() { "" } else { "." };
        properties.iter().for_each(|(name, one)| leaves(one, &format!("{path}{dot}{name}"), found));
    } else if schema["items"].is_object() {
        leaves(&schema["items"], &format!("{path}[]"), found);
    } else {
        found.push(path.to_owned());
    }
}

#[test]
fn schemas_have_the_members_that_are_listed_and_no_others() {
    for service in shipped().services() {
        let (mut asked, mut answered) = (Vec::new(), Vec::new());
        leaves(&service.request_schema(Language::English), "", &mut asked);
        leaves(&service.response_schema(Language::English), "", &mut answered);
        let listed = |one: &Parameter| format!("{}{}", one.name, if one.list { "[]" } else { "" });
        assert_eq!(asked, service.request.iter().map(listed).collect::<Vec<_>>());
        let fields: Vec<String> = service.response.iter().map(|field| field.path.to_string()).collect();
        assert_eq!(answered, fields);
        let required = service.request.iter().filter(|one| one.required).count();
        assert_eq!(service.request_schema(Language::Chinese)["required"].as_array().unwrap().len(), required);
    }
    let schema = service("sw.iit.record").response_schema(Language::Chinese);
    let month =
        json!({ "title": "税款所属期", "type": ["string", "null"], "maxLength": 32, "format": "month" });
    assert_eq!(schema["properties"]["list"]["items"]["properties"]["ssq"], month);
}

fn schema_of(id: &str) -> Schema {
    shipped().types.get(id).unwrap().schema.clone()
}

#[test]
fn values_are_held_to_their_schema() {
    let told = |id: &str, value: Value| schema_of(id).check(&value).map_err(|unfit| unfit.to_string());
    for (id, good) in [
        ("citizen_number", json!("11010519491231002x")),
        ("credit_code", json!("91350100M000100Y43")),
        ("date", json!("20240229")),
        ("date", json!("2024-02-29")),
        ("month", json!("202613".replace("13", "12"))),
        ("month", json!("2026-12")),
        ("moment", json!("20261122083000")),
        ("moment", json!("2026-11-22T08:30:00+08:00")),
        ("region", json!("430100")),
        ("amount", json!(12.5)),
        ("amount", json!("12.50")),
        ("count", json!(24)),
        ("flag", json!(true)),
        ("record", json!({ "anything": [1] })),
        ("year", json!("2025")),
    ] {
        assert_eq!(told(id, good.clone()), Ok(()), "{id} {good}");
    }
    for (id, bad, why) in [
        ("citizen_number", json!("110105194912310021"), "it is no citizen number whose check character fits"),
        ("citizen_number", json!(11), "it is no string"),
        ("credit_code", json!("91350100M000100Y44"), "it is no credit code whose check character fits"),
        ("date", json!("20230229"), "it is no day, written `YYYYMMDD` or `YYYY-MM-DD`"),
        ("date", json!("2023-1-029"), "it is no day, written `YYYYMMDD` or `YYYY-MM-DD`"),
        ("date", json!("x".repeat(33)), "it has more than 32 characters"),
        ("month", json!("202613"), "it is no month, written `YYYYMM` or `YYYY-MM`"),
        ("month", json!("2026-1"), "it is no month, written `YYYYMM` or `YYYY-MM`"),
        ("moment", json!("20261122253000"), "it is no moment, written `YYYYMMDDhhmmss` or as in RFC 3339"),
        ("region", json!("990100"), "it is no region of six digits"),
        ("amount", json!("1.2.3"), "it is no number, written with digits and at most one decimal point"),
        ("amount", json!("-1"), "it is no number, written with digits and at most one decimal point"),
        ("count", json!(-1), "it is not between 0 and 1200"),
        ("count", json!(1.5), "it is no integer or string"),
        ("person_name", json!(""), "it has fewer than 1 characters"),
        ("record", json!("x"), "it is no object"),
        ("person_name", Value::Null, "it is no string"),
    ] {
        assert_eq!(told(id, bad.clone()), Err(why.to_owned()), "{id} {bad}");
    }
    // Answers are held to type and length alone.
    assert_eq!(schema_of("date").check_shape(Shape::String("2018-01-01 00:00:00")), Ok(()));
    assert!(schema_of("date").check_shape(Shape::Number("20180101")).is_err());
}

#[test]
fn schemas_that_mean_nothing_are_refused() {
    let compiled = |text: &str| Schema::compile(serde_json::from_str(text).unwrap());
    for (text, faults) in [
        (r#"{"type":[]}"#, 1),
        (r#"{"type":"string"}"#, 1),
        (r#"{"type":"integer","maxLength":3}"#, 1),
        (r#"{"type":"string","maxLength":3,"minimum":1}"#, 1),
        (r#"{"type":"string","maxLength":3,"minLength":4}"#, 1),
        (r#"{"type":"string","maxLength":4001}"#, 1),
        (r#"{"type":"number","minimum":2,"maximum":1}"#, 1),
        (r#"{"type":"boolean","format":"date","minimum":1}"#, 2),
    ] {
        assert_eq!(compiled(text).unwrap_err().len(), faults, "{text}");
    }
    for text in [r#"{"type":"string","pattern":"a*"}"#, r##"{"$ref":"#"}"##, r#"{"type":"null"}"#] {
        assert!(serde_json::from_str::<schema::Written>(text).is_err(), "{text}");
    }
    let choice = compiled(r#"{"type":"string","enum":["a","b"]}"#).unwrap();
    assert_eq!(choice.check(&json!("c")).unwrap_err().to_string(), "it is none of `a`, `b`");
}

proptest! {
    /// Values that fit in full fit in shape, and no text of whatever kind makes checking fail or tell of it.
    #[test]
    fn checking_is_total_and_discreet(text in "\\PC{0,40}|[0-9-]{4,14}", number in any::<f64>()) {
        for field_type in shipped().types.values() {
            let digits = json!(number).to_string();
            for (value, shape) in [(json!(text), Shape::String(&text)), (json!(number), Shape::Number(&digits))] {
                match field_type.schema.check(&value) {
                    Ok(()) => prop_assert_eq!(field_type.schema.check_shape(shape), Ok(())),
                    Err(unfit) => prop_assert!(text.len() < 12 || !unfit.to_string().contains(&text)),
                }
            }
        }
    }
}

#[test]
fn paths_clash_when_one_answer_cannot_have_both() {
    let path = |text| FieldPath::parse(text).unwrap();
    assert!(path("a").clashes(&path("a")));
    assert!(path("a").clashes(&path("a.b")));
    assert!(path("a[].b").clashes(&path("a.c")));
    assert!(!path("a[].b").clashes(&path("a[].c")));
    assert!(!path("a").clashes(&path("ab")));
    for bad in ["", ".", "a.", "a[]b", "a b", "[]", "a.a.a.a.a.a.a.a.a"] {
        assert!(FieldPath::parse(bad).is_none(), "{bad}");
    }
}
