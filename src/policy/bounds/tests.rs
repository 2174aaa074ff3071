//! What is measured, and that the worst text within the bounds is read, decided on and dropped without optimization, on the
//! stacks that a gateway has.

use super::*;
use crate::policy::tests::{catalog, schema};
use crate::policy::{Agreements, Basis, Denial, DenialCode, Operation, Purpose, Question};

/// An agreement whose one condition beside its purpose is `condition`.
fn agreement(condition: &str) -> String {
    format!(
        r#"@agreement("worst") @basis("statute:s") @fields("swbs")
@from("2020-01-01T00:00:00Z") @until("2040-01-01T00:00:00Z")
permit (principal, action == Action::"query", resource in Service::"hj.identity.verify")
when {{ context.purpose == "p" }}
when {{ {condition} }};"#
    )
}

fn fault(text: &str) -> Option<String> {
    of_policies(Source { name: "a.cedar", text }).map(|fault| fault.to_string())
}

fn around(open: &str, inside: &str, close: &str, times: usize) -> String {
    format!("{}{inside}{}", open.repeat(times), close.repeat(times))
}

/// Texts at the bounds, by what nests in them.
fn worst() -> Vec<(&'static str, String)> {
    // One bracket is that of `when`, ten operators are those of the rest.
    let (deep, many) = (NESTING - 1, OPERATORS - 16);
    let joined = |operator: &str, operand: &str, times: usize| {
        std::iter::repeat_n(operand, times).collect::<Vec<_>>().join(operator)
    };
    let both = format!("{}{}", "!!!!(".repeat(deep), joined(" && ", "context.case", (many - 5 * deep) / 2));
    let alternating = format!("{}true{}", "(false || true && ".repeat(deep), ")".repeat(deep));
    vec![
        ("brackets", around("(", "context.case", ")", deep)),
        ("negations", format!("{both}{}", ")".repeat(deep))),
        ("operands in brackets", alternating),
        ("sets", format!("{}.isEmpty()", around("[", "1", "]", deep - 1))),
        ("records", format!("{} == {{}}", around("{ \"a\": ", "1", "}", deep))),
        ("choices", format!("{}true{}", "if context.case then ".repeat(deep), " else false".repeat(deep))),
        ("other choices", format!("{}true", "if context.case then true else ".repeat(deep))),
        ("conjunctions", joined(" && ", "context.case", many / 2)),
        ("literals", joined(" && ", "true", many)),
        ("alternatives", joined(" || ", "false", many)),
        ("sums", format!("1 == {}", joined(" + ", "1", many))),
        ("attributes", format!("context{}", ".case".repeat(many))),
        ("presence", format!("context has {}", joined(".", "a", many))),
        ("conditions", joined("} when {", "true", many)),
    ]
}

#[test]
fn nothing_doubles_with_each_bracket() {
    let tested = around("(", "principal", " is Department in Province::\"44\")", 20);
    let chosen = around("(if ", "principal", " is Department then principal else principal)", 9);
    for condition in [
        tested,
        format!("{chosen} in Province::\"44\" && {chosen} is Department"),
        "(context) has a.b".to_owned(),
    ] {
        let fault = fault(&agreement(&condition)).unwrap();
        assert!(fault.contains("`policy.tested_twice`"), "{fault}");
    }
    for plain in
        ["principal is Department in Province::\"44\"", "context has party && !(principal in context.party)"]
    {
        assert_eq!(fault(&agreement(plain)), None, "{plain}");
    }
}

fn decide(agreements: &Agreements, case: bool) -> Result<(), Denial> {
    let catalog = catalog();
    let office = catalog.offices().next().unwrap();
    let province = crate::identifier::Province::parse("43").unwrap();
    let service = crate::catalog::ServiceId::parse("hj.identity.verify").unwrap();
    let question = Question {
        department: &office.department,
        operation: Operation::Query { province, service },
        purpose: &Purpose::parse("p").unwrap(),
        matter: None,
        case,
        operator: false,
        basis: Basis::Statute,
        evidence: &[],
        age: None,
        party: None,
        at: crate::clock::Timestamp::parse_rfc3339("2026-06-30T08:00:00Z").unwrap(),
    };
    agreements.decide(&question).map(drop)
}

#[test]
fn the_worst_text_within_the_bounds_is_read_and_decided_on() {
    let catalog = catalog();
    let mut compiled = Vec::new();
    for (name, condition) in worst() {
        let text = agreement(&condition);
        let file = Source { name, text: &text };
        assert_eq!(of_policies(file), None, "{name}");
        // What Cedar finds wrong with one is its own; that it can say so is what counts here.
        compiled.extend(Agreements::compile(&catalog, schema(), &[file]).ok().map(|one| (name, one)));
        assert!(Agreements::faults_of_grammar(&[file]).len() < 2, "{name}");
        Agreements::stated_in(&[file]);
    }
    let names: Vec<&str> = compiled.iter().map(|(name, _)| *name).collect();
    assert!(
        names.contains(&"negations") && names.contains(&"conjunctions") && names.contains(&"choices"),
        "{names:?}"
    );
    // The stack of the threads on which requests are answered.
    let thread = thread::Builder::new().stack_size(2 << 20).spawn(move || {
        for (name, agreements) in compiled {
            for case in [true, false] {
                let decided = decide(&agreements, case);
                if let Err(denial) = &decided {
                    assert_ne!(denial.code, DenialCode::NoAgreement, "{name}");
                    assert_ne!(denial.code, DenialCode::EvaluationFailed, "{name}");
                }
            }
            drop(agreements);
        }
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn what_is_beyond_the_bounds_is_refused_with_its_line() {
    let deep = "`policy.too_deep`: more than 32 brackets and `if`s are inside each other; divide it";
    for (open, inside, close) in
        [("(", "true", ")"), ("!(", "true", ")"), ("-(", "1", ")"), ("[", "1", "]"), ("{a: ", "1", "}")]
    {
        for times in [NESTING, 100_000 / open.len()] {
            let text = format!("\n{}", agreement(&format!("\n{}", around(open, inside, close, times))));
            assert_eq!(fault(&text), Some(format!("a.cedar:7: {deep}")), "{open} {times}");
        }
    }
    let choices = agreement(&format!("{}true", "if true then false else ".repeat(NESTING)));
    assert_eq!(fault(&choices), Some(format!("a.cedar:5: {deep}")));
    let operators = "a.cedar:5: `policy.too_many_operators`: one policy has more than 256; put what is listed into a set, or divide it";
    for many in [
        " && true",
        " || true",
        " + 1",
        " * 1",
        ".a",
        " has a",
        " in a",
        "(1)",
        "[1]",
        "} when { true",
        "} unless { true",
    ] {
        for times in [OPERATORS, 10_000] {
            let text = agreement(&format!("true{}", many.repeat(times)));
            assert_eq!(fault(&text).as_deref(), Some(operators), "{many} {times}");
        }
    }
    let long = format!("//{}", " ".repeat(FILE_BYTES));
    assert_eq!(
        fault(&long).as_deref(),
        Some("a.cedar: `policy.too_long`: it has more than 262144 bytes; divide it")
    );
    // One file at fault hides none of the others, with a catalog or without.
    let (good, bad) = (agreement("context.case"), agreement(&around("(", "true", ")", 10_000)));
    let files = [
        Source { name: "bad", text: &bad },
        Source { name: "good", text: &good },
        Source { name: "c", text: "permit" },
    ];
    let with = Agreements::compile(&catalog(), schema(), &files).unwrap_err();
    let without = Agreements::faults_of_grammar(&files);
    for faults in [with, without] {
        assert_eq!(faults.iter().map(|fault| fault.file.as_str()).collect::<Vec<_>>(), ["bad", "c"]);
    }
    assert_eq!(Agreements::stated_in(&files).len(), 1);
}

#[test]
fn strings_and_comments_do_not_count_and_hide_nothing() {
    let many = "(".repeat(100);
    for quiet in [
        format!("\"{many}\" == \"{many}\""),
        format!("\"\\\"{many}\" == \"\\\\\""),
        format!("true // {many}\n"),
        format!("\"//\" == \"\" // \" {many}\n"),
    ] {
        assert_eq!(fault(&agreement(&quiet)), None, "{quiet}");
    }
    for loud in [
        // A comment ends with either sign for the end of a line.
        format!("true // \r {many}"),
        format!("true // \n {many}"),
        format!("\"a\\\\\" == {many}"),
        format!("\"//\" == {many}"),
        format!("1 / {many}"),
        // What closes another kind of bracket closes none.
        "(]".repeat(100),
        "(;".repeat(100),
    ] {
        assert!(fault(&agreement(&loud)).is_some_and(|fault| fault.contains("too_deep")), "{loud}");
    }
    // Policies beside each other are counted each by itself.
    let one = format!("forbid (principal, action, resource) when {{ true{} }};", " && true".repeat(200));
    assert_eq!(fault(&one.repeat(10)), None);
    assert_eq!(fault("\""), None);
}

#[test]
fn a_schema_is_held_to_bounds_of_its_own() {
    assert_eq!(of_schema(schema()), None);
    let code = |text: &str| {
        let source = Source { name: "s", text };
        Agreements::compile(&catalog(), source, &[]).unwrap_err().remove(0).to_string()
    };
    let shipped = schema().text;
    let lines = shipped.lines().count();
    for (open, close) in [("{ a: ", "}"), ("Set<", ">")] {
        let deep = format!("{shipped}type Deep = {};", around(open, "Long", close, 10_000));
        assert!(code(&deep).contains("`policy.too_deep`"), "{}", code(&deep));
    }
    let doubling: String =
        (0..60).map(|at| format!("type T{} = {{ a: T{at}, b: T{at} }};\n", at + 1)).collect();
    let doubled = code(&format!("{shipped}type T0 = Long;\n{doubling}"));
    assert!(doubled.contains("`policy.schema_too_large`: its types"), "{doubled}");
    let chain: String = (0..400).map(|at| format!("type T{} = Set<T{at}>;\n", at + 1)).collect();
    assert!(code(&format!("{shipped}type T0 = Long;\n{chain}")).contains("`policy.schema_too_large`"));
    let wide: Vec<String> = (0..1_000).map(|at| format!("\"a{at}\"")).collect();
    let wide = code(&format!(
        "{shipped}action {} appliesTo {{ principal: [Department], resource: [Service] }};",
        wide.join(", ")
    ));
    assert!(wide.starts_with(&format!("s:{}: `policy.schema_too_large`", lines + 1)), "{wide}");
    let requests: Vec<String> = (0..70).map(|at| format!("\"a{at}\"")).collect();
    let requests = code(&format!(
        "{shipped}action {} appliesTo {{ principal: [Department], resource: [Service] }};",
        requests.join(", ")
    ));
    assert!(requests.contains("more than 64 kinds of requests"), "{requests}");
    // The worst that is left: as deep as its words reach.
    let deep: String = (0..6)
        .map(|at| format!("type T{} = {};\n", at + 1, around("{ a: ", &format!("T{at}"), "}", NESTING)))
        .collect();
    let text = format!("{}type T0 = Long;\n{deep}", shipped);
    let found = Agreements::compile(&catalog(), Source { name: "s", text: &text }, &[]);
    assert!(found.is_ok(), "{:?}", found.err());
}
