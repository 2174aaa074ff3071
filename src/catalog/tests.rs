//! The shipped catalog, and faults of broken ones.

use super::*;
use crate::demo::policies::SHIPPED;

/// The shipped files of the catalog: departments, license types, services.
fn shipped() -> [Source<'static>; 3] {
    let files = SHIPPED.iter().filter(|(path, _)| path.starts_with("catalog/"));
    let files: Vec<_> = files.map(|(name, text)| Source { name, text }).collect();
    files.try_into().unwrap()
}

#[test]
fn the_shipped_catalog_is_whole() {
    let catalog = Catalog::parse(&shipped()).unwrap();
    assert_eq!(catalog.services().count(), 32);
    assert_eq!(catalog.license_types().len(), 26);
    let unknown = catalog.license_types().iter().filter(|one| one.code.is_none()).count();
    assert_eq!(unknown, 14);
    for domain in Domain::ALL {
        assert!(catalog.services().any(|service| service.domain == domain), "{domain}");
    }
    let service = catalog.service(&ServiceId::parse("sw.iit.record").unwrap()).unwrap();
    let response: Vec<String> = service.response.iter().map(ToString::to_string).collect();
    assert_eq!(response.join(" "), "months_with_tax list[].ssq list[].sdxm list[].ynse_band list[].rkrq");
    let estate = catalog.service(&ServiceId::parse("zf.realestate.query").unwrap()).unwrap();
    let optional: Vec<&str> =
        estate.request.iter().filter(|one| !one.required).map(|one| one.name.as_str()).collect();
    assert_eq!(optional, ["bdcqzh"]);
    let subject = |id: &str| catalog.service(&ServiceId::parse(id).unwrap()).unwrap().subject.clone();
    assert_eq!([subject("sb.insured.query"), subject("sw.credit.query")], ["aac147", "uniscid"]);
    let ministry = Department::parse("11100000000013127D@000000").unwrap();
    assert_eq!(catalog.office(&ministry).unwrap().source, OfficeSource::Published);
}

#[test]
fn all_faults_come_at_once_with_their_lines() {
    let departments = r#"{
  "functions": [{ "id": "tax", "name": "税务", "english": "tax" },
    { "id": "Tax", "name": "税务", "english": "tax" }],
  "departments": [
    { "code": "11100000000013127D", "region": "000000", "name": "公安部", "function": "police", "source": "published" },
    { "code": "11100000000013127E", "region": "990000", "name": "公安部", "function": "tax", "source": "published" },
    { "code": "11100000000013127D", "region": "000000", "name": "公安部",
      "function": "tax", "source": "guessed" }
  ]
}"#;
    let services = r#"{ "services": [
  { "id": "a.b", "name": "n", "domain": "tax", "provider": "p", "share": "conditional", "mode": "case", "request": ["n[]"], "subject": "n",
    "response": ["x", "x.y", "é"], "mask": ["z"], "sensitivity": 5, "cache_seconds": 1, "consumers": [], "source": "designed" }
] }"#;
    let files = [
        Source { name: "catalog/departments.json", text: departments },
        Source { name: "catalog/services.json", text: services },
        Source { name: "catalog/other.json", text: "{}" },
    ];
    let faults: Vec<String> = Catalog::parse(&files).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "catalog/departments.json:3: `Tax` is not the name of a function",
            "catalog/departments.json:5: `police` is not a listed function",
            "catalog/departments.json:6: `11100000000013127E` is not a credit code",
            "catalog/departments.json:6: `990000` is not a region",
            "catalog/departments.json:8: unknown variant `guessed`, expected `published` or `sample`",
            "catalog/other.json: not a file of the catalog",
            "catalog/services.json:2: `5` is not a sensitivity from 1 to 4",
            "catalog/services.json:2: `z` is masked but not in the response",
            "catalog/services.json:2: `é` is not a field",
            "catalog/services.json:2: a service that writes cannot be cached",
            "catalog/services.json:2: field `x.y` clashes with `x`",
            "catalog/services.json:2: the subject `n` is no required parameter of one value",
            "license_types.json: the file is missing",
        ]
    );
}

#[test]
fn broken_json_is_one_fault_on_its_line() {
    let [departments, license_types, _] = shipped();
    let files = [departments, license_types, Source { name: "services.json", text: "{\n\"services\": [\n" }];
    let faults = Catalog::parse(&files).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].line, 3);
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
