//! What the shipped agreements decide.

use super::*;

const CIVIL_AFFAIRS: &str = "11440000DEM0000020@440000";
const EDUCATION: &str = "11440000DEM0000059@440000";
const HOUSING: &str = "11440000DEM000006C@440000";
const MEDICAL: &str = "11440000DEM0000046@440000";
const PUBLIC_SECURITY: &str = "11440000DEM000001W@440000";
const TAX: &str = "11440000DEM000007F@440000";

fn denied(asking: &Asking, agreements: &Agreements) -> (DenialCode, Vec<String>, Vec<String>) {
    let Denial { code, policies, missing } = asking.decide(agreements).unwrap_err();
    (code, policies, missing)
}

fn none() -> Vec<String> {
    Vec::new()
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[test]
fn a_permit_carries_its_terms() {
    let permit =
        Asking::new(HOUSING, "43/sb.insured.query", "public_rental_housing").decide(&agreements()).unwrap();
    assert_eq!(permit.agreement().as_str(), "gd-housing-social-insurance");
    assert_eq!(
        permit.release().released(),
        names(&["aab004", "aae140", "aac008", "aac031", "aae030", "aab301"])
    );
    assert_eq!(permit.release().withheld(), names(&["aac001", "aab001", "bab010", "aae031"]));
    assert_eq!(permit.release().masked(), names(&["aab004", "aae030"]));
    assert_eq!(Some(permit.rate()), Rate::parse("5/s burst 10"));
    assert_eq!(permit.daily(), Some(2000));
    assert_eq!(permit.cache_seconds(), 300);
}

#[test]
fn without_an_agreement_nothing_is_permitted() {
    let agreements = agreements();
    let asking = Asking::new(TAX, "43/hj.household.query", "social_assistance");
    assert_eq!(denied(&asking, &agreements), (DenialCode::NoAgreement, none(), names(&["agreement"])));
    // The same service of another province is another matter.
    let asking = Asking::new(HOUSING, "44/sb.insured.query", "public_rental_housing");
    assert_eq!(denied(&asking, &agreements).0, DenialCode::NoAgreement);
    let asking = Asking::new(HOUSING, "43/sb.insured.query", "curiosity");
    assert_eq!(denied(&asking, &agreements), (DenialCode::PurposeNotAgreed, none(), names(&["purpose"])));
    let asking = Asking::new("91440300708461136T@440300", "43/sb.insured.query", "public_rental_housing");
    assert_eq!(denied(&asking, &agreements).0, DenialCode::UnknownDepartment);
    let asking = Asking::new(HOUSING, "43/sb.nothing.query", "public_rental_housing");
    assert_eq!(denied(&asking, &agreements).0, DenialCode::UnknownService);
    let ministry = "11100000000013338W@000000";
    assert_eq!(
        denied(&Asking::new(ministry, "verify", "license_verification"), &agreements).0,
        DenialCode::NoAgreement
    );
}

#[test]
fn every_department_of_the_province_verifies() {
    let agreements = agreements();
    for department in [HOUSING, TAX] {
        let permit = Asking::new(department, "verify", "license_verification").decide(&agreements).unwrap();
        assert_eq!(permit.agreement().as_str(), "guangdong-license-verification");
        assert!(permit.service().is_none());
    }
}

#[test]
fn an_agreement_with_everyone_or_a_function_reaches_each() {
    let agreements = agreements();
    for (department, service, purpose, expected) in [
        (TAX, "43/hj.identity.verify", "identity_check", "all-identity"),
        (EDUCATION, "44/hj.identity.verify", "identity_check", "all-identity"),
        (
            "11430000DEM000003Y@430000",
            "44/sw.ent.base",
            "employment_registration",
            "market-regulation-enterprise",
        ),
    ] {
        let permit = Asking::new(department, service, purpose).decide(&agreements).unwrap();
        assert_eq!(permit.agreement().as_str(), expected);
    }
}

#[test]
fn the_authorization_that_is_agreed_must_be_brought() {
    let agreements = agreements();
    let mut asking = Asking::new(CIVIL_AFFAIRS, "43/hj.household.query", "social_assistance");
    assert!(asking.decide(&agreements).is_ok());
    for basis in [Basis::Statute, Basis::Authorization(Authorizer::Enterprise)] {
        asking.basis = basis;
        let (code, policies, missing) = denied(&asking, &agreements);
        assert_eq!(code, DenialCode::AuthorizationMissing);
        assert_eq!(policies, names(&["gd-civil-affairs-household"]));
        assert_eq!(missing, names(&["authorisation:subject"]));
    }
}

#[test]
fn conditions_name_what_was_missing() {
    let agreements = agreements();
    let mut asking = Asking::new(PUBLIC_SECURITY, "43/hj.marriage.couple", "spouse_household_transfer");
    let expected =
        (DenialCode::ConditionsNotMet, names(&["gd-public-security-marriage"]), names(&["matter"]));
    assert_eq!(denied(&asking, &agreements), expected);
    asking.matter = Some(MatterCode::parse("000109004001").unwrap());
    assert_eq!(denied(&asking, &agreements), expected);
    asking.matter = Some(MatterCode::parse("990700004000").unwrap());
    assert!(asking.decide(&agreements).is_ok());
}

#[test]
fn a_gateway_speaks_only_for_its_own_province() {
    let agreements = agreements();
    let mut asking = Asking::new(HOUSING, "43/sb.insured.query", "public_rental_housing");
    asking.party = Some(Province::parse("44").unwrap());
    assert!(asking.decide(&agreements).is_ok());
    asking.party = Some(Province::parse("45").unwrap());
    let expected = (DenialCode::RedLine, names(&["party-speaks-for-its-own"]), names(&["party"]));
    assert_eq!(denied(&asking, &agreements), expected);
}

#[test]
fn validity_holds_to_the_second() {
    let agreements = agreements();
    let mut asking = Asking::new(HOUSING, "43/sb.insured.query", "public_rental_housing");
    for (at, expected) in [
        ("2025-07-31T15:59:59.999Z", Some(DenialCode::NotYetInForce)),
        ("2025-07-31T16:00:00Z", None),
        ("2030-07-31T15:59:59.999Z", None),
        ("2030-07-31T16:00:00Z", Some(DenialCode::Expired)),
    ] {
        asking.at = Timestamp::parse_rfc3339(at).unwrap();
        assert_eq!(asking.decide(&agreements).err().map(|denial| denial.code), expected, "{at}");
    }
    // Near its end an agreement lets nothing be kept beyond it.
    asking.at = Timestamp::parse_rfc3339("2030-07-31T15:59:50Z").unwrap();
    assert_eq!(asking.decide(&agreements).unwrap().cache_seconds(), 10);
}

#[test]
fn red_lines_stand_above_agreements() {
    let widest = r#"@agreement("widest")
@basis("statute:test")
@fields("babyName")
@from("2020-01-01T00:00:00Z")
@until("2040-01-01T00:00:00Z")
permit (principal, action == Action::"query", resource in Service::"hj.birthcert.query")
when { context.purpose == "newborn" };"#;
    let red_lines =
        *shipped("agreements/").iter().find(|file| file.name.ends_with("red-lines.cedar")).unwrap();
    let files = [Source { name: "widest.cedar", text: widest }, red_lines];
    let agreements = Agreements::compile(&catalog(), schema(), &files).unwrap();
    let mut asking = Asking::new(MEDICAL, "43/hj.birthcert.query", "newborn");
    let (code, lines, missing) = denied(&asking, &agreements);
    assert_eq!((code, lines), (DenialCode::RedLine, names(&["birth-certificate-needs-guardian"])));
    assert_eq!(missing, names(&["basis", "guardian"]));
    asking.basis = Basis::Statute;
    let both = names(&["birth-certificate-needs-guardian", "highest-grade-needs-authorization"]);
    assert_eq!(denied(&asking, &agreements).1, both);
    // The word of the caller that a guardian authorizes it is not enough. The basis is right by then, and not missing.
    asking.basis = Basis::Authorization(Authorizer::Guardian);
    let (_, lines, missing) = denied(&asking, &agreements);
    assert_eq!((lines, missing), (names(&["birth-certificate-needs-guardian"]), names(&["guardian"])));
    let wanted = |what: &str| agreements.wanted("birth-certificate-needs-guardian", what);
    assert_eq!(wanted("basis"), ["authorisation:guardian"]);
    assert_eq!(wanted("guardian"), ["birth_certificate/parent_of", "household_register/parent_of"]);
    assert!(agreements.is_red_line("birth-certificate-needs-guardian") && !agreements.is_red_line("widest"));
    asking.evidence = vec![Claim::parse("birth_certificate/parent_of").unwrap()];
    assert!(asking.decide(&agreements).is_ok());
}

#[test]
fn an_evaluation_error_never_permits() {
    let failing = |effect: &str, annotations: &str, condition: &str| {
        format!(
            "{annotations}\n{effect} (principal, action == Action::\"query\", resource in Service::\"hj.identity.verify\")\n\
             {condition};"
        )
    };
    let terms = r#"@basis("statute:test")
@fields("swbs")
@from("2020-01-01T00:00:00Z")
@until("2040-01-01T00:00:00Z")"#;
    let purpose = r#"when { context.purpose == "identity_check" }"#;
    // The sum overflows for every sensitivity, which the validator cannot see.
    let overflow = "(resource.sensitivity + 9223372036854775807 > 0)";
    let good = failing("permit", &format!("@agreement(\"good\")\n{terms}"), purpose);
    let bad = failing(
        "permit",
        &format!("@agreement(\"bad\")\n{terms}"),
        &format!("{purpose} when {{ {overflow} }}"),
    );
    let line = failing("forbid", "@red_line(\"line\")", &format!("when {{ {overflow} }}"));
    let source = |name, text| Source { name, text };
    let decide = |files: &[Source<'_>]| {
        let agreements = Agreements::compile(&catalog(), schema(), files).unwrap();
        Asking::new(TAX, "43/hj.identity.verify", "identity_check").decide(&agreements)
    };
    let denial = decide(&[source("bad", &bad)]).unwrap_err();
    assert_eq!((denial.code, denial.policies), (DenialCode::EvaluationFailed, names(&["bad"])));
    // An agreement that fails does not stand in the way of one that holds; a red line that fails does.
    let permit = decide(&[source("bad", &bad), source("good", &good)]).unwrap();
    assert_eq!(permit.agreement().as_str(), "good");
    let denial = decide(&[source("good", &good), source("line", &line)]).unwrap_err();
    assert_eq!((denial.code, denial.policies), (DenialCode::EvaluationFailed, names(&["line"])));
}

#[test]
fn the_most_specific_agreement_counts() {
    let with = |id: &str, principal: &str, resource: &str, fields: &str| {
        format!(
            r#"@agreement("{id}")
@basis("statute:test")
@fields("{fields}")
@from("2020-01-01T00:00:00Z")
@until("2040-01-01T00:00:00Z")
permit ({principal}, action == Action::"query", {resource}) when {{ context.purpose == "test" }};"#
        )
    };
    let here = r#"resource == ProvincialService::"43/hj.baseinfo.query""#;
    let anywhere = r#"resource in Service::"hj.baseinfo.query""#;
    let housing = format!("principal == Department::\"{HOUSING}\"");
    let texts = [
        with("everyone", "principal", here, "xm"),
        with("province", "principal in Province::\"44\"", here, "xm"),
        with("function", "principal in Function::\"housing\"", here, "xm"),
        with("department-anywhere", &housing, anywhere, "xm"),
        with("department-wide", &housing, here, "xm,csrq,swbs"),
        with("department", &housing, here, "xm,csrq"),
    ];
    // Whatever is taken away, the next in line decides; the order of the files does not matter.
    for (left, expected) in [
        (6, "department"),
        (5, "department-wide"),
        (4, "department-anywhere"),
        (3, "function"),
        (2, "province"),
        (1, "everyone"),
    ] {
        let mut files: Vec<Source<'_>> =
            texts.iter().take(left).map(|text| Source { name: "test", text }).collect();
        files.reverse();
        let agreements = Agreements::compile(&catalog(), schema(), &files).unwrap();
        let permit = Asking::new(HOUSING, "43/hj.baseinfo.query", "test").decide(&agreements).unwrap();
        assert_eq!(permit.agreement().as_str(), expected);
    }
}

#[test]
fn parents_are_guardians_until_their_children_are_of_age() {
    let agreements = agreements();
    let mut asking = Asking::new(CIVIL_AFFAIRS, "43/hj.household.query", "social_assistance");
    asking.basis = Basis::Authorization(Authorizer::Guardian);
    asking.evidence = vec![Claim::parse("household_register/parent_of").unwrap()];
    asking.age = Some(Age::UnderFourteen);
    assert!(asking.decide(&agreements).is_ok());

    let guarded = |condition: &str| {
        let text = format!(
            r#"@agreement("guarded") @basis("authorisation:test") @authorise("guardian") @fields("yhzgx")
@from("2020-01-01T00:00:00Z") @until("2040-01-01T00:00:00Z")
permit (principal, action == Action::"query", resource in Service::"hj.household.query")
when {{ context.purpose == "social_assistance" }} {condition};"#
        );
        Agreements::compile(&catalog(), schema(), &[Source { name: "guarded.cedar", text: &text }]).unwrap()
    };
    let (silent, stated) = (guarded(""), guarded("when { context has adult && context.adult }"));
    for (age, by_law, by_agreement) in
        [(Age::UnderFourteen, true, false), (Age::UnderEighteen, true, false), (Age::Adult, false, true)]
    {
        asking.age = Some(age);
        assert_eq!(asking.decide(&silent).is_ok(), by_law, "{age:?}");
        assert_eq!(asking.decide(&stated).is_ok(), by_agreement, "{age:?}");
    }
    let expected = (DenialCode::AuthorizationMissing, names(&["guarded"]), names(&["guardian"]));
    assert_eq!(denied(&asking, &silent), expected);
}

#[test]
fn a_denial_names_what_would_have_made_a_difference() {
    let agreements = agreements();
    let mut asking = Asking::new(PUBLIC_SECURITY, "43/hj.marriage.couple", "spouse_household_transfer");
    assert_eq!(denied(&asking, &agreements).2, names(&["matter"]));
    assert_eq!(agreements.wanted("gd-public-security-marriage", "matter"), ["990700004000"]);
    asking.purpose = Purpose::parse("curiosity").unwrap();
    assert_eq!(denied(&asking, &agreements).2, names(&["purpose"]));
    assert!(!agreements.knows_purpose(&asking.purpose));
    let purposes = agreements.purposes(&asking.department, &asking.operation);
    assert_eq!(purposes, [&Purpose::parse("spouse_household_transfer").unwrap()]);

    // What is not looked at by any policy makes no difference, and what all of them look at together is there.
    let odd = r#"@agreement("odd") @basis("statute:test") @fields("swbs")
@from("2020-01-01T00:00:00Z") @until("2040-01-01T00:00:00Z")
permit (principal, action == Action::"query", resource in Service::"hj.identity.verify")
when { ["odd"].contains(context.purpose) && !(context.case || !context.operator) // comment }
} unless { context.hour > 15 && "}" != "{" };"#;
    let agreements =
        Agreements::compile(&catalog(), schema(), &[Source { name: "odd.cedar", text: odd }]).unwrap();
    let mut asking = Asking::new(TAX, "43/hj.identity.verify", "odd");
    assert_eq!(denied(&asking, &agreements).2, names(&["hour", "operator"]));
    asking.at = asking.at.plus_millis(-3_600_000);
    (asking.case, asking.operator) = (true, true);
    assert_eq!(denied(&asking, &agreements).2, names(&["case"]));
    asking.case = false;
    assert!(asking.decide(&agreements).is_ok());
}
