//! Broken agreements: every fault at once, with its line.

use super::*;

fn faults(text: &str) -> Vec<String> {
    let files = [Source { name: "a.cedar", text }];
    reasons(&Agreements::compile(&catalog(), schema(), &files).unwrap_err())
}

#[test]
fn every_fault_of_every_file_at_once() {
    let syntax = "@agreement(\"a\")\npermit (principal, action,\n  resource is";
    let terms = r#"// About @fields.
@agreement("two words")
@basis("custom")
@authorise("mother")
@fields("aac008,nothing,aac001")
@mask("aab004=first(4)")
@rate("5 a second")
@daily("many")
@cache("-1")
@color("red")
@from("2026-01-01")
@until("2027-01-01T00:00:00+08:00")
permit (
  principal == Department::"11440000DEM000006C@450000",
  action == Action::"query",
  resource == ProvincialService::"43/sb.insured.query"
)
when { context.purpose == "Public housing" };"#;
    let types = r#"@red_line("r")
forbid (principal, action, resource)
when { context.matter == 12 };"#;
    let files = [
        Source { name: "syntax.cedar", text: syntax },
        Source { name: "terms.cedar", text: terms },
        Source { name: "types.cedar", text: types },
    ];
    let faults = reasons(&Agreements::compile(&catalog(), schema(), &files).unwrap_err());
    assert_eq!(
        faults,
        [
            "syntax.cedar:3: unexpected end of input",
            "terms.cedar:2: `two words` is not a name of letters, digits, `-`, `.` and `_`",
            "terms.cedar:3: `@basis(\"custom\")` is not `statute:…` or `authorisation:…`",
            "terms.cedar:4: `@authorise(\"mother\")` is not `none`, `subject`, `guardian` or `enterprise`",
            "terms.cedar:5: service `sb.insured.query` has no field `nothing`; it has `aac001`, `aab001`, `bab010`, `aab004`, `aae140`, `aac008`, `aac031`, `aae030`, `aae031`, `aab301`",
            "terms.cedar:6: `aab004` is masked but not in `@fields`; add it there, or take its mask out",
            "terms.cedar:7: `@rate(\"5 a second\")` is not a rate such as `5/s burst 10`",
            "terms.cedar:8: `@daily(\"many\")` is not a number of requests",
            "terms.cedar:9: `@cache(\"-1\")` is not a number of seconds",
            "terms.cedar:10: `@color` is not an annotation of agreements; they are agreement, authorise, basis, cache, daily, fields, from, mask, rate, reviewed, subjects, until",
            "terms.cedar:11: `@from(\"2026-01-01\")` is not an instant such as `2026-01-01T00:00:00+08:00`",
            "terms.cedar:14: `Department::\"11440000DEM000006C@450000\"` is not in the catalog; enter it there, or name another",
            "terms.cedar:18: purpose `Public housing` is not of lower-case letters, digits and `_`, a letter first",
            "types.cedar:3: the types Long and String are not compatible",
            "types.cedar:3: unable to guarantee safety of access to optional attribute `matter` in context for Action::\"query\"",
            "types.cedar:3: unable to guarantee safety of access to optional attribute `matter` in context for Action::\"verify\"",
        ]
    );
}

#[test]
fn an_agreement_must_say_with_whom_about_what_and_what_for() {
    let with = |scope: &str, conditions: &str| {
        faults(&format!(
            r#"@agreement("a")
@basis("statute:s")
@fields("swbs")
@from("2026-01-01T00:00:00+08:00")
@until("2027-01-01T00:00:00+08:00")
permit ({scope}) {conditions};"#
        ))
    };
    let service = r#"resource in Service::"hj.identity.verify""#;
    let query = r#"action == Action::"query""#;
    let purpose = r#"when { context.purpose == "p" }"#;
    assert_eq!(
        with(&format!("principal, {query}, {service}"), ""),
        ["a.cedar: an agreement demands its purpose: `when { context.purpose == \"…\" }`"]
    );
    for open in [
        r#"when { context.purpose == "p" || context.basis == "statute" }"#,
        r#"when { context.purpose != "p" }"#,
        r#"unless { context.purpose == "p" }"#,
        r#"when { context.purpose like "p*" }"#,
    ] {
        assert_eq!(with(&format!("principal, {query}, {service}"), open).len(), 1, "{open}");
    }
    for bound in [
        r#"when { "p" == context.purpose }"#,
        r#"when { context.basis == "statute" && (context.purpose == "p" && true) }"#,
        r#"when { ["p", "q"].contains(context.purpose) }"#,
        r#"unless { context.basis == "statute" } when { context.purpose == "p" }"#,
    ] {
        let files = format!(
            r#"@agreement("a") @basis("statute:s") @fields("swbs") @from("2026-01-01T00:00:00Z")
@until("2027-01-01T00:00:00Z") permit (principal, {query}, {service}) {bound};"#
        );
        let files = [Source { name: "a.cedar", text: &files }];
        assert!(Agreements::compile(&catalog(), schema(), &files).is_ok(), "{bound}");
    }
    assert_eq!(
        with(&format!("principal, action, {service}"), purpose),
        ["a.cedar:6: an agreement is about `action == Action::\"query\"` or `Action::\"verify\"`"]
    );
    assert_eq!(
        with(&format!("principal, {query}, resource in Domain::\"tax\""), purpose),
        ["a.cedar:6: an agreement is about one service, of one province or of all, because it names fields"]
    );
}

#[test]
fn a_verification_has_no_fields() {
    let text = r#"@agreement("a")
@basis("statute:s")
@fields("xm")
@cache("5")
@from("2026-01-01T00:00:00Z")
@until("2027-01-01T00:00:00Z")
permit (principal, action == Action::"verify", resource)
when { context.purpose == "p" };"#;
    assert_eq!(
        faults(text),
        ["a.cedar:3: a verification has no `@fields`", "a.cedar:4: a verification has no `@cache`"]
    );
}

#[test]
fn files_hold_one_agreement_or_red_lines() {
    assert_eq!(faults(""), ["a.cedar: a file holds one agreement or red lines, and nothing else"]);
    let two = "@red_line(\"r\") forbid (principal, action, resource);\n\
               @red_line(\"r\") forbid (principal, action, resource);";
    assert_eq!(faults(two), ["a.cedar:1: `r` is already the name of one in `a.cedar`; give each its own"]);
    let template = "@red_line(\"t\") forbid (principal == ?principal, action, resource);";
    assert_eq!(
        faults(template),
        [
            "a.cedar: a file holds one agreement or red lines, and nothing else",
            "a.cedar: templates are not agreements; write out principal and resource"
        ]
    );
}

#[test]
fn what_the_catalog_masks_leaves_only_masked() {
    let text = r#"@agreement("a")
@basis("authorisation:s")
@fields("hjdz")
@from("2026-01-01T00:00:00+08:00")
@until("2026-01-01T00:00:00+08:00")
permit (principal, action == Action::"query", resource in Service::"hj.household.query")
when { context.purpose == "p" };"#;
    assert_eq!(
        faults(text),
        [
            "a.cedar:2: a basis of authorisation needs `@authorise`; say whose it is",
            "a.cedar:3: the catalog releases `hjdz` only masked; mask it, or take it out",
            "a.cedar:5: `@until` is not after `@from`; mend one of the two",
        ]
    );
}

#[test]
fn a_mask_that_is_none_is_named() {
    let with = |mask: &str| {
        faults(&format!(
            r#"@agreement("a")
@basis("statute:s")
@fields("hh,hjdz")
@mask("{mask}")
@from("2026-01-01T00:00:00+08:00")
@until("2027-01-01T00:00:00+08:00")
permit (principal, action == Action::"query", resource in Service::"hj.household.query")
when {{ context.purpose == "p" }};"#
        ))
    };
    let none = |mask: &str| {
        format!(
            "a.cedar:4: `{mask}` is no mask; they are `first(n)` and `last(n)` with n from 1 to 64, `band(n)` with a width, \
             `month` and `yes_no`"
        )
    };
    assert_eq!(with("hjdz=hidden, hh=first(65)"), [none("first(65)"), none("hidden")]);
    assert_eq!(
        with("hjdz"),
        ["a.cedar:4: `@mask(\"hjdz\")` is not a list such as `name=first(1), born=month`"]
    );
}

#[test]
fn evidence_is_what_a_license_of_the_catalog_can_show() {
    let with = |license: &str, relation: &str| {
        faults(&format!(
            r#"@agreement("a")
@basis("statute:s")
@fields("swbs")
@reviewed("2026-02-30")
@from("2026-01-01T00:00:00+08:00")
@until("2027-01-01T00:00:00+08:00")
permit (principal, action == Action::"query", resource in Service::"hj.identity.verify")
when {{ context.purpose == "p" }}
when {{ context.evidence.contains({{ "license": "{license}", "relation": "{relation}" }}) }};"#
        ))
    };
    let reviewed = "a.cedar:4: `@reviewed(\"2026-02-30\")` is not a day such as `2026-01-31`";
    for (license, relation) in
        [("driving_license", "spouse"), ("library_card", "self"), ("marriage_certificate", "mother_of")]
    {
        let fault =
            format!("a.cedar:9: no license type `{license}` of the catalog shows relation `{relation}`");
        assert_eq!(with(license, relation), [reviewed.to_owned(), fault]);
    }
    assert_eq!(with("marriage_certificate", "spouse"), [reviewed]);
}

#[test]
fn a_schema_that_decisions_do_not_fit_is_refused() {
    let catalog = catalog();
    let broken = Source { name: "s", text: "entity Province;\nentity ;" };
    assert_eq!(Agreements::compile(&catalog, broken, &[]).unwrap_err()[0].line, 2);
    let text = schema().text.replace("\"basis\": String,", "\"grounds\": String,");
    let faults = reasons(&Agreements::compile(&catalog, Source { name: "s", text: &text }, &[]).unwrap_err());
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults.iter().all(|fault| fault.contains("context")), "{faults:?}");
}
