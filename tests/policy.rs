//! `tongban policy` as officers use it: what each subcommand says, what it makes of overlaps and duplicates, and of files that
//! mean harm. What it says of the shipped policies and of changed ones stands in `tests/policy/`; `UPDATE_GOLDEN=1` rewrites it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tongban::catalog::Catalog;
use tongban::clock::Timestamp;
use tongban::policy::Agreements;
use tongban::review::{self, Move, Survey, difference};
use tongban::rulebook::store::Policies;

/// A day on which all shipped agreements are in force.
const AT: &str = "--at 2026-12-01T10:00:00+08:00";

fn at() -> Timestamp {
    Timestamp::parse_rfc3339(AT.trim_start_matches("--at ")).unwrap()
}

/// A directory with the shipped policies, to be changed.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        tongban::demo::policies::write(&desk.path("policies")).unwrap();
        desk
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    /// Replaces `from` in a file, where it must be.
    fn change(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        fs::write(self.path(path), text.replace(from, to)).unwrap();
    }

    /// Runs a subcommand: its exit status, what it printed and what it complained of.
    fn run(&self, command: &str) -> (i32, String, String) {
        let output = Command::new("sh")
            .args(["-c", &format!("'{}' policy {command}", env!("CARGO_BIN_EXE_tongban"))])
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// An agreement beside the shipped ones, with what differs from one about pensions.
    fn agree(&self, name: &str, annotations: &str, conditions: &str) {
        self.write(
            &format!("policies/agreements/{name}.cedar"),
            &format!(
                "@agreement(\"{name}\")\n@basis(\"statute:社会保险经办条例 第二十六条\")\n{annotations}\n\
                 @from(\"2026-01-01T00:00:00+08:00\")\npermit (\n  \
                 principal == Department::\"11430000DEM000003Y@430000\",\n  action == Action::\"query\",\n  \
                 resource == ProvincialService::\"44/ya.pension.status\"\n)\n{conditions};\n"
            ),
        );
    }
}

/// Compares with `tests/policy/NAME`.
fn golden(name: &str, found: &(i32, String, String)) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy").join(name);
    let (status, said, complained) = found;
    let found = format!("exit status {status}\n{said}{complained}");
    assert!(!found.contains('\u{1b}'), "colors are for terminals");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(&path).unwrap_or_default(), "{}", path.display());
}

const PURPOSE: &str = "when { context.purpose == \"duplicate_benefit_check\" }";

#[test]
fn check_tells_everything_that_stands_out() {
    let desk = Desk::new();
    let terms = "@fields(\"aae116,aab301,aae140\")\n@rate(\"10/s burst 20\")\n@daily(\"10000\")";
    let (until, late) = ("@until(\"2030-08-01T00:00:00+08:00\")", "@until(\"2031-08-01T00:00:00+08:00\")");
    // The same as hn-human-resources-pension, whose beginning is this.
    desk.change("policies/agreements/hn-human-resources-pension.cedar", "2025-08-01T00", "2026-01-01T00");
    desk.change("policies/agreements/hn-human-resources-pension.cedar", "@reviewed(\"2025-07-15\")\n", "");
    desk.agree("twin", &format!("{terms}\n@authorise(\"none\")\n{until}"), PURPOSE);
    desk.agree("wider", &format!("@fields(\"aae116,aab301,aae140,aic162\")\n{late}"), PURPOSE);
    // What can never apply, and why.
    let other = |condition: &str| format!("when {{ context.purpose == \"other\" }}\nwhen {{ {condition} }}");
    let short = format!("@fields(\"aae140\")\n{until}");
    desk.agree("nobody", &short, &other("principal in Function::\"taxation\""));
    desk.agree("matterless", &short, &other("context has matter && context.matter == \"990799999000\""));
    desk.agree("uncovered", &short, &other("context has matter && context.matter == \"990700014000\""));
    desk.agree(
        "two-words",
        &format!("{short}\n@authorise(\"subject\")"),
        &other("context.basis == \"statute\""),
    );
    desk.agree("lined", &short, &other("context has party && context.party == Province::\"44\""));
    desk.agree("ended", "@fields(\"aae140\")\n@until(\"2026-11-01T00:00:00+08:00\")", &other("true"));
    desk.agree(
        "ending",
        "@fields(\"aae140\")\n@until(\"2026-12-20T00:00:00+08:00\")",
        &other("context.case"),
    );
    desk.agree(
        "hidden",
        &format!("@fields(\"aae140,aab301\")\n{until}"),
        "when { context.purpose == \"hidden\" }",
    );
    desk.agree("hiding", &short, "when { context.purpose == \"hidden\" }");
    let found = desk.run(&format!("check {AT} --within 30"));
    golden("check.txt", &found);
    assert_eq!(found.0, 1);

    let (status, said, _) = desk.run(&format!("check {AT} --within 30 --json"));
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, json["errors"].as_u64()), (1, Some(5)));
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(json["warnings"].as_u64().unwrap() + 5, u64::try_from(findings.len()).unwrap());
    for finding in findings {
        assert!(finding["line"].as_u64().unwrap() > 0, "{finding}");
        assert!(!finding["mend"].as_str().unwrap().is_empty(), "{finding}");
    }
}

#[test]
fn check_counts_warnings_alone_apart() {
    let desk = Desk::new();
    assert_eq!(desk.run(&format!("check {AT}")).0, 0);
    let (status, said, _) = desk.run("check --at 2030-07-01T00:00:00+08:00");
    assert_eq!(status, 2);
    assert!(said.contains("ends on 2030-08-01T00:00:00+08:00, in 31 days"), "{said}");
    assert!(said.contains("ended on 2030-01-01T00:00:00+08:00 and permits nothing"), "{said}");
}

/// Conditions on the hour, the clerk or evidence do not hide an overlap, and renewals that follow each other are none.
#[test]
fn agreements_that_follow_each_other_do_not_overlap() {
    let desk = Desk::new();
    let renewed = "@fields(\"aae116,aab301,aae140,aic162\")\n@until(\"2035-08-01T00:00:00+08:00\")";
    desk.agree("renewed", renewed, PURPOSE);
    desk.change("policies/agreements/renewed.cedar", "@from(\"2026-01-01T00", "@from(\"2030-08-01T00");
    assert_eq!(desk.run(&format!("check {AT}")).0, 0);
    desk.change("policies/agreements/renewed.cedar", "@from(\"2030-08-01T00", "@from(\"2030-07-31T00");
    let (status, said, _) = desk.run(&format!("check {AT}"));
    assert_eq!(status, 2);
    assert!(said.contains("(widens)"), "{said}");
    desk.change(
        "policies/agreements/renewed.cedar",
        PURPOSE,
        &format!("{PURPOSE}\nwhen {{ context.hour < 6 }}"),
    );
    let (status, said, _) = desk.run(&format!("check {AT}"));
    assert_eq!(status, 2, "{said}");
}

/// What policies tell apart multiplies; the search is bounded all the same, and says so where it did not see all.
#[test]
fn conditions_on_hours_and_much_else_do_not_hold_up_a_check() {
    let desk = Desk::new();
    desk.write(
        "policies/agreements/night.cedar",
        "@red_line(\"night\")\nforbid (principal, action, resource)\nwhen { context.hour > 20 };\n",
    );
    let (status, said, _) = desk.run(&format!("check {AT}"));
    assert_eq!(status, 0, "{said}");

    let claims = [
        "birth_certificate/parent_of",
        "household_register/parent_of",
        "marriage_certificate/spouse",
        "resident_identity_card/self",
    ];
    let many = claims.map(|claim| {
        let (license, relation) = claim.split_once('/').unwrap();
        format!("context.evidence.contains({{ \"license\": \"{license}\", \"relation\": \"{relation}\" }})")
    });
    let hours: Vec<String> = (0..24).map(|hour| format!("context.hour == {hour}")).collect();
    let conditions = format!(
        "when {{ context.purpose == \"much\" }}\nwhen {{ {} || ({}) }}\nwhen {{ context.case && !context.case && context.operator \
         && context has matter && context.matter like \"99*\" }}",
        hours.join(" || "),
        many.join(" && "),
    );
    desk.agree("much", "@fields(\"aae140\")\n@until(\"2030-08-01T00:00:00+08:00\")", &conditions);
    let (status, said, _) = desk.run(&format!("check {AT}"));
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("(not_all_tried)"), "{said}");
    // Nor does a comparison say that nothing else changes.
    tongban::demo::policies::write(&desk.path("old")).unwrap();
    let (status, said, _) = desk.run(&format!("diff {AT} old policies"));
    assert_eq!(status, 1, "{said}");
    assert!(
        said.contains("not all requests were tried of 11430000DEM000003Y@430000  ya.pension.status  much"),
        "{said}"
    );
    let (_, said, _) = desk.run(&format!("diff {AT} --json old policies"));
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["not_all_tried"].as_array().map(Vec::len), Some(1), "{said}");
}

#[test]
fn test_holds_requests_to_their_matters() {
    let desk = Desk::new();
    let case = |matter: &str, expected: &str| {
        format!(
            "[[decision]]\nname = \"{matter}\"\nat = 2026-12-01T02:00:00Z\ndepartment = \"广东省住房和城乡建设厅\"\n\
             operation = \"43/sb.insured.query\"\npurpose = \"public_rental_housing\"\n\
             basis = \"authorisation:subject\"\nmatter = \"{matter}\"\n{expected}\n\n"
        )
    };
    let permit = "permit = \"gd-housing-social-insurance\"";
    desk.write(
        "policies/tests/matters.toml",
        &[
            case("990700001000", permit),
            case("990700014000", "refuse = \"matter.not_covered\"\nby = []"),
            case("990799999000", "refuse = \"matter.unknown\""),
        ]
        .concat(),
    );
    let (status, said, _) = desk.run("test");
    assert_eq!(status, 0, "{said}");
    desk.write("policies/tests/matters.toml", &case("990700014000", permit));
    let (status, said, _) = desk.run("test");
    assert_eq!(status, 1);
    assert!(said.contains("refusal matter.not_covered"), "{said}");
}

#[test]
fn test_tells_each_case_that_fails() {
    let desk = Desk::new();
    let (status, said, _) = desk.run("test");
    assert_eq!(status, 0, "{said}");
    desk.change("policies/agreements/gd-housing-social-insurance.cedar", "aab004=first(4),", "");
    desk.change(
        "policies/agreements/gd-housing-tax.cedar",
        "@authorise(\"subject\")",
        "@authorise(\"guardian\")",
    );
    desk.change("policies/agreements/human-resources-death.cedar", "pension_termination", "pensions");
    let found = desk.run("test");
    golden("test.txt", &found);
    assert_eq!(found.0, 1);
    let (status, said, _) = desk.run("test --json");
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, json["failed"].as_u64()), (1, Some(3)));
    assert_eq!(json["failures"].as_array().unwrap().len(), 3);
}

#[test]
fn bad_files_of_cases_are_refused_with_every_fault() {
    let desk = Desk::new();
    desk.write(
        "policies/tests/bad.toml",
        r#"at = 2026-12-01T02:00:00Z
operation = "43/sb.insured.query"
color = "red"

[[decision]]
department = "广东省住房和城乡建设厅"
purpose = "Rental housing"
permit = "gd-housing-social-insurance"

[[decision]]
name = "both"
department = "nobody"
purpose = "p"
basis = "mother"
permit = "a"
refuse = "no"

[[decision]]
name = "neither"
department = "11440000DEM000006C@440000"
operation = "43/sb.nothing.query"
purpose = "p"
basis = "statute"
at = "yesterday"
evidence = ["library_card/self", "marriage_certificate/mother_of", "driving_license/spouse"]
fields = ["a b", "aab004=first(0)"]
age = "13"
case = "yes"
hour = "24"
matter = "12"
party = "99"
"#,
    );
    desk.write("policies/tests/broken.toml", "at = 2026-12-01T02:00:00Z\n[[decision]\nname = \n");
    desk.write("policies/tests/empty.toml", "");
    let found = desk.run("test");
    golden("bad-cases.txt", &found);
    assert_eq!(found.0, 2);
    // They stand out when policies are checked as well.
    let (status, said, _) = desk.run(&format!("check {AT}"));
    assert_eq!(status, 1);
    assert!(said.contains("policies/tests/broken.toml:2"), "{said}");
}

#[test]
fn explain_says_why_and_what_would_pass() {
    let desk = Desk::new();
    let request = r#"
department = "广东省公安厅"
operation = "43/hj.household.query"
purpose = "spouse_household_transfer"
basis = "authorisation:subject"
matter = "990700004000"
"#;
    desk.write("request.toml", request);
    let found = desk.run(&format!("explain request.toml {AT}"));
    golden("explain-conditions.txt", &found);
    assert_eq!(found.0, 1);

    desk.write("request.toml", &format!("{request}evidence = [\"marriage_certificate/spouse\"]"));
    let found = desk.run(&format!("explain request.toml {AT}"));
    golden("explain-permit.txt", &found);
    assert_eq!(found.0, 0);

    desk.write("request.toml", &format!("{request}age = \"under_fourteen\""));
    golden("explain-child.txt", &desk.run(&format!("explain request.toml {AT}")));

    desk.write("request.toml", &request.replace("spouse_household_transfer", "curiosity"));
    golden("explain-purpose.txt", &desk.run(&format!("explain request.toml {AT}")));

    desk.write("request.toml", &request.replace("广东省公安厅", "湖南省教育厅"));
    golden("explain-nobody.txt", &desk.run(&format!("explain request.toml {AT}")));

    // What the agreements permit is refused by the matter all the same, as a gateway does.
    let rental = |matter: &str| {
        json!({
            "department": "广东省住房和城乡建设厅", "operation": "43/sb.insured.query", "matter": matter,
            "purpose": "public_rental_housing", "basis": "authorisation:subject",
        })
        .to_string()
    };
    for (matter, code, status) in [
        ("990700001000", None, 0),
        ("990700014000", Some("matter.not_covered"), 1),
        ("990799999000", Some("matter.unknown"), 1),
    ] {
        desk.write("matter.json", &rental(matter));
        let (found, said, _) = desk.run(&format!("explain --json {AT} matter.json"));
        let json: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((found, json["decision"]["refusal"]["code"].as_str()), (status, code), "{said}");
        assert_eq!(json["would_pass"].as_array().unwrap().is_empty(), status == 0, "{said}");
    }
    golden("explain-matter.txt", &desk.run(&format!("explain matter.json {AT}")));
    desk.write("key.toml", "departmant = \"广东省公安厅\"\n");
    let (status, _, complained) = desk.run("explain key.toml");
    assert_eq!(status, 2);
    assert!(
        complained.contains("there is no key `departmant`; a request has `department`, "),
        "{complained}"
    );

    // The time of the request counts, unless another is asked for.
    let early = r#"{"department":"11510000DEM000003D@510000","operation":"44/ya.pension.status",
        "purpose":"duplicate_benefit_check","basis":"statute","at":"2025-12-31T23:59:59+08:00"}"#;
    desk.write("request.json", early);
    golden("explain-early.txt", &desk.run("explain request.json"));
    assert_eq!(desk.run(&format!("explain request.json {AT}")).0, 0);
    let (status, said, _) = desk.run(&format!("explain - --json {AT} < request.json"));
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, &json["decision"]["agreement"]), (0, &Value::from("sc-human-resources-pension")));
}

/// Whatever is told to make a request pass does so, when it is asked again with that.
#[test]
fn what_would_pass_passes() {
    let desk = Desk::new();
    let policies = Policies::read(&desk.path("policies")).unwrap();
    let (catalog, agreements) = policies.rules.as_ref().unwrap();
    let survey = Survey::new(catalog, agreements, at());
    for (department, operation, purpose, basis) in [
        ("广东省公安厅", "43/hj.household.query", "curiosity", "statute"),
        ("四川省医疗保障局", "43/yl.transfer.cert", "medical_insurance_transfer", "statute"),
        ("湖南省医疗保障局", "44/hj.birthcert.query", "newborn_insurance", "authorisation:subject"),
        ("广西壮族自治区市场监督管理局", "43/sw.credit.query", "credit_repair", "statute"),
    ] {
        let request = json!({
            "department": department, "operation": operation, "purpose": purpose, "basis": basis,
        });
        let (asking, _) = review::read("request", &request.to_string(), catalog).unwrap();
        let explanation = review::explain(&survey, asking);
        assert!(explanation.considered.decision.is_err(), "{request}");
        assert!(!explanation.mends.is_empty(), "{request}");
        for mend in explanation.mends {
            // As it is printed, so that a reader can copy it.
            let (again, _) = review::read("again", &mend.asking.to_json().to_string(), catalog).unwrap();
            assert_eq!(again, mend.asking);
            let permit = agreements.decide(&again.question(mend.at.unwrap_or(at()))).unwrap();
            assert_eq!(*permit.agreement(), mend.agreement, "{request}");
        }
    }
}

#[test]
fn who_shows_departments_purposes_masks_and_bases() {
    let desk = Desk::new();
    for (name, wanted, status) in [
        ("who-field.txt", "aab004", 0),
        ("who-service.txt", "sw.ent.base", 0),
        ("who-one-field.txt", "zf.fund.query/jzny", 0),
        ("who-nobody.txt", "zf.fund.query/grzhye", 1),
        ("who-unknown.txt", "住房", 64),
    ] {
        let found = desk.run(&format!("who {wanted} {AT}"));
        golden(name, &found);
        assert_eq!(found.0, status, "{wanted}");
    }
    // Of one province's data alone; and what was meant where a letter is wrong.
    let (_, all, _) = desk.run(&format!("who sw.ent.base --json {AT}"));
    let (_, one, _) = desk.run(&format!("who 43/sw.ent.base --json {AT}"));
    assert_eq!(all, one);
    let (status, said, _) = desk.run(&format!("who 11/sb.insured.query {AT}"));
    assert_eq!(status, 1, "{said}");
    for (wanted, meant) in [
        ("aab040", "`sb.insured.query/aab004`"),
        ("sb.insurd.query", "`sb.insured.query`"),
        ("43/sb.insurd.query/aab004", "`sb.insured.query`"),
    ] {
        let (status, _, complained) = desk.run(&format!("who {wanted}"));
        assert_eq!(status, 64);
        assert!(complained.contains(meant), "{complained}");
    }
    let (_, said, _) = desk.run(&format!("who verify --json {AT}"));
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["sights"].as_array().unwrap().len(), 40);
}

#[test]
fn diff_shows_every_field_that_is_seen_otherwise() {
    let (old, new) = (Desk::new(), Desk::new());
    let between = |options: &str| {
        new.run(&format!("diff '{}' policies {AT} {options}", old.path("policies").display()))
    };
    let same = between("");
    assert_eq!((same.0, same.1.starts_with("nothing changes")), (0, true), "{}", same.1);

    let agreement = "policies/agreements/gd-housing-social-insurance.cedar";
    new.change(agreement, "aab004,aae140", "aac001,aab004");
    new.change(agreement, "aab004=first(4)", "aab004=first(8)");
    new.change(agreement, "@daily(\"2000\")", "@daily(\"9000\")");
    new.change(
        "policies/agreements/gd-housing-tax.cedar",
        "@authorise(\"subject\")",
        "@authorise(\"guardian\")",
    );
    fs::remove_file(new.path("policies/agreements/hunan-license-verification.cedar")).unwrap();
    new.change("policies/tests/identity.toml", "hunan-license-verification", "none");
    new.agree(
        "amounts",
        "@fields(\"aic162\")\n@mask(\"aic162=band(500)\")\n@until(\"2030-08-01T00:00:00+08:00\")",
        "when { context.purpose == \"amounts\" }\nwhen { context.operator }",
    );
    let found = between("");
    golden("diff.txt", &found);
    assert_eq!(found.0, 1);
    let (_, said, _) = between("--json");
    let json: Value = serde_json::from_str(&said).unwrap();
    let changes = json["changes"].as_array().unwrap();

    // Each example shows what it is an example of.
    let [was, is] = [&old, &new].map(|desk| Policies::read(&desk.path("policies")).unwrap().rules.unwrap());
    let by = |(catalog, agreements): &(Catalog, Agreements), request: &Value| {
        let (asking, _) = review::read("request", &request.to_string(), catalog).unwrap();
        let permit = agreements.decide(&asking.question(at())).ok();
        permit.map_or(Value::Null, |permit| Value::from(permit.agreement().as_str()))
    };
    for change in changes {
        assert_eq!(by(&was, &change["request"]), change["agreement_before"], "{change}");
        assert_eq!(by(&is, &change["request"]), change["agreement_after"], "{change}");
    }

    // And the other way round, what was wider is narrower.
    let survey =
        |(catalog, agreements): &'static (Catalog, Agreements)| Survey::new(catalog, agreements, at());
    let [was, is] = [was, is].map(|rules| survey(Box::leak(Box::new(rules))));
    let back = difference(&is, &was).changes;
    assert_eq!(changes.len(), back.len());
    for (way, opposite) in [(Move::Widens, "narrows"), (Move::Narrows, "widens"), (Move::Alters, "alters")] {
        let forward = changes.iter().filter(|change| change["direction"] == opposite).count();
        assert_eq!(back.iter().filter(|change| change.direction == way).count(), forward, "{opposite}");
    }
}

#[test]
fn broken_policies_give_every_fault_and_no_answer() {
    let desk = Desk::new();
    desk.change("policies/agreements/gd-housing-tax.cedar", "months_with_tax,", "months,");
    desk.change("policies/agreements/license-state.cedar", "permit (", "permit");
    let found = desk.run("who aab004");
    golden("broken.txt", &found);
    assert_eq!(found.0, 2);
    desk.write("request.json", "{}");
    assert_eq!(desk.run("explain request.json").0, 2);
    assert_eq!(desk.run("test").0, 2);
    assert_eq!(desk.run("diff policies policies").0, 2);
    assert_eq!(desk.run("check").0, 1);
    for command in
        ["check --policies nowhere", "test nowhere", "who x --policies nowhere", "diff nowhere policies"]
    {
        let (status, said, complained) = desk.run(command);
        assert_eq!((status, said.as_str()), (64, ""), "{command}");
        assert!(complained.contains("`nowhere`") || complained.contains("nowhere"), "{complained}");
    }
}

/// Files that are huge, deep, or written to deceive whoever reads what is said of them.
#[test]
fn files_that_mean_harm_are_refused_and_shown_harmless() {
    let desk = Desk::new();
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    desk.write("deep.toml", &format!("department = {deep}"));
    desk.write("deep.json", &format!("{{\"department\":{deep}}}"));
    desk.write("huge.json", &" ".repeat((1 << 20) + 1));
    desk.write("many.json", &format!("{{{}}}", vec!["\"basis\":\"statute\""; 20_000].join(",")));
    desk.write("bidi.toml", "department = \"\u{202e}\u{1b}[2Jgnp.\"\n\"\u{202e}key\" = 1\n");
    desk.write("list.json", "[1,2]");
    fs::write(desk.path("latin.toml"), b"department = \"\xff\"").unwrap();
    for (file, status, says) in [
        ("deep.toml", 2, "deep.toml:1:"),
        ("deep.json", 2, "recursion limit exceeded"),
        ("huge.json", 64, "has more than 1048576 bytes"),
        ("many.json", 2, "`basis` is there twice"),
        ("bidi.toml", 2, "bidi.toml:1: "),
        ("list.json", 2, "list.json:1"),
        ("latin.toml", 64, "is not UTF-8"),
        ("nothing.toml", 64, "cannot be read"),
    ] {
        let (found, said, complained) = desk.run(&format!("explain {file} {AT}"));
        assert_eq!((found, said.as_str()), (status, ""), "{file}: {complained}");
        assert!(complained.contains(says), "{file}: {complained}");
        assert!(!complained.contains(['\u{202e}', '\u{1b}']), "{file}");
        assert!(complained.len() < 2_000, "{file}: {} bytes", complained.len());
    }
    // In policies and cases as well.
    desk.write(
        "policies/tests/bidi.toml",
        "[[decision]]\nname = \"\u{202e}\u{1b}[31m\"\npermit = \"\u{202e}\"\n",
    );
    desk.write(
        "policies/agreements/bidi.cedar",
        "@agreement(\"\u{202e}a\")\npermit (principal, action, resource);\n",
    );
    desk.write(
        "policies/agreements/deep.cedar",
        &format!("permit (principal, action, resource) when {{ {} }};", "!".repeat(10_000)),
    );
    for command in ["check", "test", "who aab004"] {
        let (status, said, complained) = desk.run(&format!("{command} "));
        assert!(status == 1 || status == 2, "{command}: {status}");
        let all = format!("{said}{complained}");
        assert!(!all.contains(['\u{202e}', '\u{1b}']), "{command}: {all}");
        assert!(all.contains("bidi.cedar"), "{command}: {all}");
    }
}

#[test]
fn help_has_examples_and_exit_statuses() {
    let desk = Desk::new();
    for command in ["check", "test", "explain", "who", "diff"] {
        let (status, said, _) = desk.run(&format!("{command} --help"));
        assert_eq!(status, 0);
        assert!(said.contains(&format!("  tongban policy {command}")), "{said}");
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("Exit status"), "{said}");
        assert!(words.contains("64 usage, or a file cannot be read"), "{said}");
    }
}
