//! What evidence lets a department have: every kind of evidence with every age and basis, decided by the shipped agreements
//! and red lines, as a table with reasons. Whether a license is evidence is not decided here; `tests/gateway` shows that.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::sync::LazyLock;

use proptest::prelude::*;
use tongban::catalog::{Catalog, Relation, ServiceId};
use tongban::clock::Timestamp;
use tongban::demo::policies::SHIPPED;
use tongban::fault::Source;
use tongban::identifier::{CitizenNumber, Department, MatterCode, Province, SubjectNumber};
use tongban::policy::{Age, Agreements, Basis, Claim, Denial, Operation, Purpose, Question};

#[path = "support/golden.rs"]
mod golden;

fn shipped(directory: &str) -> Vec<Source<'static>> {
    let files = SHIPPED.iter().filter(|(path, _)| path.starts_with(directory));
    files.map(|(name, text)| Source { name, text }).collect()
}

fn agreements() -> Agreements {
    let catalog = Catalog::parse(&shipped("catalog/")).unwrap();
    let schema = shipped("schema.cedarschema")[0];
    Agreements::compile(&catalog, schema, &shipped("agreements/")).unwrap()
}

/// Department, service of Hunan, purpose, matter.
const CASES: [(&str, &str, &str, &str); 5] = [
    ("11440000DEM000001W@440000", "hj.birthcert.query", "newborn_registration", "990700005000"),
    ("11440000DEM000001W@440000", "hj.household.query", "spouse_household_transfer", "990700004000"),
    ("11440000DEM0000059@440000", "hj.household.query", "school_enrollment", "990700003000"),
    ("11440000DEM0000046@440000", "hj.baseinfo.query", "insurance_enrollment", "992000006000"),
    ("11440000DEM000006C@440000", "sb.insured.query", "public_rental_housing", "990700001000"),
];

const EVIDENCE: [&str; 6] = [
    "",
    "birth_certificate/parent_of",
    "household_register/parent_of",
    "household_register/self",
    "marriage_certificate/spouse",
    "resident_identity_card/self birth_certificate/parent_of",
];

const AGES: [Option<Age>; 4] = [None, Some(Age::UnderFourteen), Some(Age::UnderEighteen), Some(Age::Adult)];

const BASES: [&str; 4] =
    ["statute", "authorisation:subject", "authorisation:guardian", "authorisation:enterprise"];

/// Why a decision is what it is, in the terms of the rule, apart from how it is made.
fn why(outcome: &str, policies: &str, missing: &str) -> &'static str {
    match (outcome, policies) {
        ("permit", _) => "the agreement's terms are met and no red line is crossed",
        ("red_line", lines) if lines.contains("under-fourteen") && missing.contains("guardian") => {
            "under fourteen, no statute, and nobody is shown to be the guardian"
        }
        ("red_line", lines) if lines.contains("under-fourteen") => {
            "under fourteen, and the basis is not the guardian's authorization"
        }
        ("red_line", lines) if lines.contains("highest-grade") => {
            "the highest grade never leaves on a statute, nor without a guardian"
        }
        ("red_line", _) => {
            "birth certificates need a guardian who is shown to be one, and their authorization"
        }
        ("authorization_missing", _) if missing.contains("guardian") => {
            "whose authorization counts is a guardian shown to be one"
        }
        ("authorization_missing", _) => "the basis is not the authorization that the agreement names",
        ("conditions_not_met", _) => "the agreement demands evidence that the request does not bring",
        _ => "?",
    }
}

#[test]
fn evidence_by_relation_age_and_basis() {
    let agreements = agreements();
    let mut rows = Vec::new();
    for (department, service, purpose, matter) in CASES {
        for evidence in EVIDENCE {
            for age in AGES {
                for basis in BASES {
                    let claims: Vec<Claim> =
                        evidence.split_whitespace().map(|claim| Claim::parse(claim).unwrap()).collect();
                    let decided = agreements.decide(&Question {
                        department: &Department::parse(department).unwrap(),
                        operation: Operation::Query {
                            province: Province::parse("43").unwrap(),
                            service: ServiceId::parse(service).unwrap(),
                        },
                        purpose: &Purpose::parse(purpose).unwrap(),
                        matter: Some(&MatterCode::parse(matter).unwrap()),
                        case: true,
                        operator: true,
                        basis: Basis::parse(basis).unwrap(),
                        evidence: &claims,
                        age,
                        party: None,
                        at: Timestamp::parse_rfc3339("2026-06-30T08:00:00Z").unwrap(),
                    });
                    let (outcome, policies, missing) = match decided {
                        Ok(permit) => ("permit", permit.agreement().to_string(), String::new()),
                        Err(denial) => {
                            // Each has words of its own.
                            denial
                                .missing
                                .iter()
                                .for_each(|one| assert_ne!(Denial::mend(one), Denial::mend("")));
                            (denial.code.as_str(), denial.policies.join(" "), denial.missing.join(" "))
                        }
                    };
                    let shown = if evidence.is_empty() { "-" } else { evidence };
                    let age = age.map_or("unknown", Age::as_str);
                    let why = why(outcome, &policies, &missing);
                    rows.push(format!(
                        "{service} {purpose}\t{shown}\t{age}\t{basis}\t{outcome}\t{policies}\t{missing}\t{why}"
                    ));
                }
            }
        }
    }
    let head = "service and purpose\tevidence\tage\tbasis\toutcome\tdecided by\tmissing\twhy";
    // Beside the tables of judgements, which name reasons.
    golden::compare("../evidence.tsv", head, &rows);
}

/// Everything that a license of the catalog can show, and what makes a guardian.
fn claims() -> (Vec<Claim>, Vec<Claim>) {
    let catalog = Catalog::parse(&shipped("catalog/")).unwrap();
    let (mut all, mut guards) = (Vec::new(), Vec::new());
    for license in catalog.license_types() {
        for rule in &license.relations {
            let claim = Claim { license: license.id.clone(), relation: rule.relation };
            all.push(claim.clone());
            guards.extend(rule.guardian.then_some(claim));
        }
    }
    (all, guards)
}

proptest! {
    /// Whoever asks whatever for whatever purpose, with any evidence and at any hour: nothing is permitted about a child without a
    /// guardian who is shown to be one, unless a statute is the basis; and what an agreement demands is there.
    #[test]
    fn no_child_without_a_guardian(
        office in any::<prop::sample::Index>(),
        case in any::<prop::sample::Index>(),
        chosen in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        age in prop::sample::select(&AGES[..]),
        basis in prop::sample::select(&BASES[..]),
        (named, hour) in (any::<bool>(), 0..24_i64),
    ) {
        static AGREEMENTS: LazyLock<(Agreements, Vec<Department>)> = LazyLock::new(|| {
            let catalog = Catalog::parse(&shipped("catalog/")).unwrap();
            (agreements(), catalog.offices().map(|office| office.department.clone()).collect())
        });
        static CLAIMS: LazyLock<(Vec<Claim>, Vec<Claim>)> = LazyLock::new(claims);
        let (agreements, offices) = &*AGREEMENTS;
        let (all, guards) = &*CLAIMS;
        let (usual, service, purpose, matter) = *case.get(&CASES);
        // Half of the time by whom it is agreed with, or almost everything would be denied for that alone.
        let department = match named {
            true => Department::parse(usual).unwrap(),
            false => office.get(offices).clone(),
        };
        let evidence: Vec<Claim> = chosen.iter().map(|index| index.get(all).clone()).collect();
        let permitted = agreements.decide(&Question {
            department: &department,
            operation: Operation::Query {
                province: Province::parse("43").unwrap(),
                service: ServiceId::parse(service).unwrap(),
            },
            purpose: &Purpose::parse(purpose).unwrap(),
            matter: Some(&MatterCode::parse(matter).unwrap()),
            case: named,
            operator: named,
            basis: Basis::parse(basis).unwrap(),
            evidence: &evidence,
            age,
            party: None,
            at: Timestamp::from_millis(1_782_806_400_000 + hour * 3_600_000),
        });
        if permitted.is_ok() {
            let guarded = evidence.iter().any(|claim| guards.contains(claim));
            let child = age == Some(Age::UnderFourteen) || service == "hj.birthcert.query";
            // Of adults nobody is the guardian by birth.
            let parents = |claim: &Claim| claim.relation == Relation::ParentOf;
            prop_assert!(
                service != "hj.birthcert.query" || age != Some(Age::Adult) || !evidence.iter().all(parents)
            );
            prop_assert!(!child || basis == "statute" || (guarded && basis == "authorisation:guardian"));
            let spouse = Claim::parse("marriage_certificate/spouse").unwrap();
            prop_assert!(purpose != "spouse_household_transfer" || evidence.contains(&spouse));
        }
    }
}

#[test]
fn somebody_is_under_fourteen_until_the_birthday_begins_in_china() {
    let age = |body: &str, at: &str| {
        let number = CitizenNumber::complete(body).unwrap();
        Age::of(&SubjectNumber::new(number.expose()), Timestamp::parse_rfc3339(at).unwrap())
    };
    for (body, at, expected) in [
        // 13 years and 364 days; the last instant; 14 years and 0 days. In UTC it is still the day before.
        ("43990020120610001", "2026-06-08T20:00:00+08:00", Age::UnderFourteen),
        ("43990020120610001", "2026-06-09T15:59:59.999Z", Age::UnderFourteen),
        ("43990020120610001", "2026-06-09T16:00:00Z", Age::UnderEighteen),
        // Born on a leap day: the day comes on 1 March.
        ("43990020120229001", "2026-02-28T15:59:59.999Z", Age::UnderFourteen),
        ("43990020120229001", "2026-02-28T16:00:00Z", Age::UnderEighteen),
        ("43990020120301001", "2026-02-28T16:00:00Z", Age::UnderEighteen),
        ("43990020120228001", "2026-02-27T16:00:00Z", Age::UnderEighteen),
        // 18 years, to the instant.
        ("43990020080610001", "2026-06-09T15:59:59.999Z", Age::UnderEighteen),
        ("43990020080610001", "2026-06-09T16:00:00Z", Age::Adult),
        // Not yet born, by the clock of whoever asks.
        ("43990020300101001", "2026-06-30T08:00:00Z", Age::UnderFourteen),
    ] {
        assert_eq!(age(body, at), Some(expected), "{body} {at}");
    }
    let at = Timestamp::parse_rfc3339("2026-06-30T08:00:00Z").unwrap();
    // Whoever has no other number than that of the birth certificate.
    assert_eq!(Age::of(&SubjectNumber::new("M430000001"), at), Some(Age::UnderFourteen));
    for unknown in ["M43000001", "E12345678", "91430000DEM000001W", "439900201206100011", ""] {
        assert_eq!(Age::of(&SubjectNumber::new(unknown), at), None, "{unknown}");
    }
}
