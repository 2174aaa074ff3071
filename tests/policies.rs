//! The shipped policies: nothing stands out in them, they decide as expected, and all that they permit is a table that is
//! reviewed. `UPDATE_GOLDEN=1` rewrites `permissions.tsv`; a change of a policy is a change of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tongban::catalog::{Catalog, Domain};
use tongban::clock::Timestamp;
use tongban::identifier::Province;
use tongban::policy::{Agreements, Basis, DenialCode, Operation, Purpose};
use tongban::review::{self, Asking, CaseFile, Cell, Survey};
use tongban::rulebook::store::Policies;

/// A day on which all shipped agreements are in force.
const DAY: &str = "2026-12-01T10:00:00+08:00";

fn at() -> Timestamp {
    Timestamp::parse_rfc3339(DAY).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> &'static Policies {
    static SHIPPED: LazyLock<Policies> = LazyLock::new(|| Policies::read(&root().join("policies")).unwrap());
    &SHIPPED
}

/// All that is permitted, surveyed once.
fn cells() -> &'static [Cell] {
    static CELLS: LazyLock<Vec<Cell>> = LazyLock::new(|| {
        let (catalog, agreements) = shipped().rules.as_ref().unwrap();
        Survey::new(catalog, agreements, at()).cells()
    });
    &CELLS
}

#[test]
fn nothing_stands_out() {
    let policies = shipped();
    assert_eq!(policies.faults, []);
    let (catalog, agreements) = policies.rules.as_ref().unwrap();
    assert_eq!(review::check(catalog, agreements, &policies.agreements(), at(), 365, &mut |_, _| {}), []);
}

#[test]
fn every_case_comes_out_as_expected() {
    let policies = shipped();
    let (catalog, agreements) = policies.rules.as_ref().unwrap();
    let files: Vec<CaseFile> =
        policies.tests().into_iter().map(|file| CaseFile::parse(file, catalog).unwrap()).collect();
    for file in &files {
        assert_eq!(file.failures(catalog, agreements), [], "{}", file.name);
    }
    // Each agreement permits in at least one case, and there are more refusals than a few.
    let expected = |case: &review::Case| match &case.expected {
        review::Expected::Permit { agreement, .. } => Some(agreement.clone()),
        review::Expected::Refusal { .. } => None,
    };
    let permitting: BTreeSet<_> = files.iter().flat_map(|file| &file.cases).filter_map(expected).collect();
    let shown = |id: &_| permitting.contains(id);
    let without: Vec<_> = agreements.agreements().map(|one| &one.id).filter(|id| !shown(id)).collect();
    assert!(without.is_empty(), "no case shows {without:?}");
    for file in &files {
        let refusals = file.cases.iter().filter(|case| expected(case).is_none()).count();
        assert!(refusals >= 3, "{}: only {refusals} refusals", file.name);
    }
}

#[test]
fn they_cover_every_domain_for_departments_of_four_provinces() {
    let policies = shipped();
    let (catalog, _) = policies.rules.as_ref().unwrap();
    let cells = cells();
    // What every department may do says nothing about any of them.
    let own = |cell: &&Cell| {
        cell.service
            .as_ref()
            .is_some_and(|service| !["hj.identity.verify", "zz.license.state"].contains(&service.id.as_str()))
    };
    let departments: BTreeSet<String> =
        cells.iter().filter(own).map(|cell| cell.office.department.to_string()).collect();
    let provinces: BTreeSet<Option<Province>> =
        cells.iter().filter(own).map(|cell| cell.office.department.region.province()).collect();
    assert!(departments.len() >= 12, "{departments:?}");
    assert!(provinces.iter().flatten().count() >= 4, "{provinces:?}");
    let domains: BTreeSet<Domain> =
        cells.iter().filter_map(|cell| Some(cell.service.as_ref()?.domain)).collect();
    assert_eq!(domains, BTreeSet::from(Domain::ALL));
    let services: BTreeSet<String> =
        cells.iter().filter_map(|cell| Some(cell.service.as_ref()?.id.to_string())).collect();
    let unused: Vec<_> =
        catalog.services().map(|one| one.id.to_string()).filter(|id| !services.contains(id)).collect();
    assert!(unused.is_empty(), "nobody may ask {unused:?}");
}

/// What a request brings beside department, operation and purpose.
fn brings(asking: &Asking) -> String {
    let skipped = ["department", "operation", "purpose", "age"];
    let members = asking.members().into_iter().filter(|(name, _)| !skipped.contains(name));
    let written = |(name, value): (&str, serde_json::Value)| match (name, &value) {
        ("basis", value) => value.as_str().unwrap().to_owned(),
        (name, serde_json::Value::Bool(_)) => name.to_owned(),
        ("evidence", list) => {
            let claims: Vec<&str> =
                list.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
            format!("evidence {}", claims.join(" "))
        }
        (name, value) => format!("{name} {}", value.as_str().unwrap()),
    };
    members.map(written).collect::<Vec<_>>().join(", ")
}

/// One row for what is the same for several departments.
fn rows(catalog: &Catalog, cells: &[Cell]) -> Vec<String> {
    let mut grouped: BTreeMap<[String; 7], Vec<String>> = BTreeMap::new();
    let mut add = |row: [String; 7], name: &str| grouped.entry(row).or_default().push(name.to_owned());
    for cell in cells {
        let service = cell.service.as_ref().map_or_else(|| "verify".to_owned(), |one| one.id.to_string());
        let (provinces, purpose) = (cell.provinces.to_string(), cell.purpose.to_string());
        let minor = cell.minor.as_ref().map_or_else(|| "refused".to_owned(), brings);
        for grant in &cell.grants {
            let fields = review::released(&grant.permit).join(", ");
            let agreement = grant.permit.agreement().to_string();
            let (service, provinces) = (service.clone(), provinces.clone());
            let row = [
                service,
                provinces,
                purpose.clone(),
                agreement,
                brings(&grant.asking),
                minor.clone(),
                fields,
            ];
            add(row, &cell.office.name);
        }
        if let Some(denial) = &cell.refusal {
            let by = denial.policies.join(" ");
            add(
                [service, provinces, purpose, by, denial.code.to_string(), minor, String::new()],
                &cell.office.name,
            );
        }
    }
    let everyone = catalog.offices().count();
    let row = |(row, names): ([String; 7], Vec<String>)| {
        let who = if names.len() == everyone { format!("all {everyone}") } else { names.join("、") };
        let [service, provinces, purpose, agreement, brings, minor, fields] = row;
        [service, provinces, purpose, who, agreement, brings, minor, fields].join("\t")
    };
    grouped.into_iter().map(row).collect()
}

/// How everything else is refused, counted over one province that agreements name and one that none names.
fn rest(catalog: &Catalog, agreements: &Agreements) -> BTreeMap<DenialCode, usize> {
    let purposes: BTreeSet<Purpose> =
        agreements.reaches().flat_map(|reach| reach.purposes.iter().cloned()).collect();
    let mut provinces: BTreeSet<Province> =
        agreements.reaches().filter_map(|reach| reach.province()).collect();
    provinces.retain(|province| province.to_string() == "43");
    provinces.insert(Province::parse("11").unwrap());
    let query = |service: &tongban::catalog::ServiceId| {
        let service = service.clone();
        provinces
            .iter()
            .map(move |province| Operation::Query { province: *province, service: service.clone() })
    };
    let mut operations: Vec<Operation> =
        catalog.services().flat_map(|service| query(&service.id).collect::<Vec<_>>()).collect();
    operations.push(Operation::Verify);
    let mut counts = BTreeMap::new();
    for office in catalog.offices() {
        for operation in &operations {
            for purpose in &purposes {
                let asking = Asking {
                    department: office.department.clone(),
                    operation: operation.clone(),
                    purpose: purpose.clone(),
                    basis: Basis::Statute,
                    matter: None,
                    case: false,
                    operator: false,
                    evidence: Vec::new(),
                    age: None,
                    party: None,
                    hour: None,
                };
                let refused = agreements.outcome(&asking.question(at())).err().map(|denial| denial.code);
                if let Some(code @ (DenialCode::NoAgreement | DenialCode::PurposeNotAgreed)) = refused {
                    *counts.entry(code).or_default() += 1;
                }
            }
        }
    }
    counts
}

#[test]
fn all_that_is_permitted_is_the_reviewed_table() {
    let policies = shipped();
    let (catalog, agreements) = policies.rules.as_ref().unwrap();
    let mut table = String::from(
        "service\tdata of\tpurpose\tdepartments\tagreement\tweakest request, or refusal\tunder fourteen\tfields\n",
    );
    for row in rows(catalog, cells()) {
        table.push_str(&row);
        table.push('\n');
    }
    for (code, count) in rest(catalog, agreements) {
        table.push_str(&format!("(everything else)\t\t\t\t\t{code}\t\t{count} cells\n"));
    }
    let path = root().join("tests/permissions.tsv");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let only = |these: &str, those: &str, mark: &str| -> Vec<String> {
        let known: BTreeSet<&str> = those.lines().collect();
        these.lines().filter(|line| !known.contains(line)).map(|line| format!("{mark} {line}")).collect()
    };
    let mut differences = only(&expected, &table, "-");
    differences.extend(only(&table, &expected, "+"));
    assert!(differences.is_empty(), "{} differs:\n{}", path.display(), differences.join("\n"));
    assert_eq!(expected, table);
}

/// A policy that is changed shows in the table, whichever way it is.
#[test]
fn a_change_of_a_policy_is_a_change_of_the_table() {
    let scratch = tempfile::tempdir().unwrap();
    tongban::demo::policies::write(scratch.path()).unwrap();
    let reviewed: BTreeSet<String> = fs::read_to_string(root().join("tests/permissions.tsv"))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    for (file, from, to, service) in [
        ("gd-housing-social-insurance", "aab004=first(4)", "aab004=first(6)", "sb.insured.query"),
        ("gd-housing-social-insurance", "@until(\"2030", "@until(\"2026", "sb.insured.query"),
        ("human-resources-death", "swbs,swrq", "swbs", "hj.death.query"),
        ("gd-natural-resources-tax", "990700014000", "990700004000", "sw.paidcert.verify"),
        (
            "red-lines",
            "\"authorisation:guardian\" && context.guardian",
            "\"authorisation:subject\"",
            "zf.fund.query",
        ),
    ] {
        let path = scratch.path().join(format!("agreements/{file}.cedar"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let policies = Policies::read(scratch.path()).unwrap();
        let (catalog, agreements) =
            policies.rules.as_ref().unwrap_or_else(|| panic!("{:?}", policies.faults));
        let survey = Survey::new(catalog, agreements, at());
        let rows = rows(catalog, &survey.cells_about(|one| one.is_some_and(|one| one.as_str() == service)));
        let known = reviewed.iter().filter(|row| row.starts_with(&format!("{service}\t"))).count();
        let same = rows.iter().filter(|row| reviewed.contains(*row)).count();
        assert!(same < known, "{file}: all {known} rows of {service} stayed");
        fs::write(&path, text).unwrap();
    }
}
