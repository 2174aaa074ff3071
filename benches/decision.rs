//! How long a decision takes, from a typed question to a permit, with few agreements and with a hundred thousand; and what loading
//! those costs. Run with `cargo bench --bench decision`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    reason = "measurements"
)]

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tongban::catalog::{Catalog, ServiceId};
use tongban::clock::Timestamp;
use tongban::demo::policies::SHIPPED;
use tongban::fault::Source;
use tongban::identifier::{Department, MatterCode, Province};
use tongban::policy::{Agreements, Authorizer, Basis, Operation, Purpose, Question};

/// About as many as have something to exchange: sixty in each of thirty-one provinces.
const DEPARTMENTS: usize = 60 * PROVINCES.len();

/// GB/T 2260, the mainland.
const PROVINCES: [&str; 31] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42",
    "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
];

/// Services of the shipped catalog that have the field that the agreements release.
const SERVICES: [(&str, &str); 2] = [("sb.insured.query", "aac008"), ("hj.household.query", "hh")];

const MATTER: &str = "990700004000";

/// A department of `province`, with the check characters of its code found by trying.
fn department(province: &str, number: usize) -> String {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let code = ALPHABET.chars().find_map(|check| {
        let organization = "0123456789X".chars();
        organization.map(|inner| format!("11{province}0000MB{number:06}{inner}{check}")).find_map(|code| {
            let department = format!("{code}@{province}0000");
            Department::parse(&department).is_ok().then_some(department)
        })
    });
    code.unwrap()
}

/// Agreements by the group: one service of one province for one purpose. In each there is one agreement with everyone, one with a
/// function, one with each province, and one with each department, of which only the one with everyone permits what is asked.
struct Many {
    departments: Vec<String>,
    texts: Vec<String>,
    /// Who asks which service for which purpose: each has four candidates, and the last permits.
    asked: Vec<(usize, usize)>,
}

fn service_of(group: usize) -> (&'static str, &'static str, &'static str) {
    let (service, field) = SERVICES[group % SERVICES.len()];
    (PROVINCES[group / SERVICES.len() % PROVINCES.len()], service, field)
}

fn agreement(number: usize, group: usize, principal: &str, condition: &str) -> String {
    let (province, service, field) = service_of(group);
    format!(
        r#"@agreement("a{number}") @basis("authorisation:made for measurements") @authorise("subject")
@fields("{field}") @rate("5/s burst 10") @daily("2000")
@from("2025-08-01T00:00:00+08:00") @until("2099-08-01T00:00:00+08:00")
permit ({principal}, action == Action::"query", resource == ProvincialService::"{province}/{service}")
when {{ context.purpose == "purpose_{group}"{condition} }};"#
    )
}

impl Many {
    fn new(count: usize) -> Self {
        let departments: Vec<String> =
            (0..DEPARTMENTS).map(|number| department(PROVINCES[number % PROVINCES.len()], number)).collect();
        let other = r#" && context has matter && context.matter == "440700004000""#;
        let mut many = Self { departments, texts: Vec::new(), asked: Vec::new() };
        // A small set has one department's province alone, so that a few are left for departments.
        let provinces = if count < 100 { 1 } else { PROVINCES.len() };
        for group in 0.. {
            many.add(count, group, "principal", "");
            many.add(count, group, r#"principal in Function::"housing""#, other);
            for province in &PROVINCES[..provinces] {
                many.add(count, group, &format!(r#"principal in Province::"{province}""#), other);
            }
            for number in (0..DEPARTMENTS).filter(|number| number % PROVINCES.len() < provinces) {
                let principal = format!(r#"principal == Department::"{}""#, many.departments[number]);
                if many.add(count, group, &principal, other) {
                    many.asked.push((group, number));
                }
            }
            if many.texts.len() == count {
                return many;
            }
        }
        many
    }

    fn add(&mut self, count: usize, group: usize, principal: &str, condition: &str) -> bool {
        let fits = self.texts.len() < count;
        if fits {
            self.texts.push(agreement(self.texts.len(), group, principal, condition));
        }
        fits
    }
}

fn shipped(directory: &str) -> Vec<Source<'static>> {
    let files = SHIPPED.iter().filter(|(path, _)| path.starts_with(directory));
    files.map(|(name, text)| Source { name, text }).collect()
}

/// The shipped catalog with these departments in it.
fn catalog(departments: &[String]) -> Catalog {
    let mut files = shipped("catalog/");
    let file = files.iter_mut().find(|file| file.name.ends_with("departments.json")).unwrap();
    let mut text: serde_json::Value = serde_json::from_str(file.text).unwrap();
    let listed = text["departments"].as_array_mut().unwrap();
    for department in departments {
        let (code, region) = department.split_once('@').unwrap();
        listed.push(serde_json::json!({
            "code": code, "region": region, "name": department, "function": "housing", "source": "sample",
        }));
    }
    let text = text.to_string();
    file.text = &text;
    Catalog::parse(&files).unwrap()
}

fn compile(catalog: &Catalog, texts: &[String]) -> Agreements {
    let mut files: Vec<Source<'_>> = texts.iter().map(|text| Source { name: "many.cedar", text }).collect();
    // Every decision asks them.
    files.extend(shipped("agreements/red-lines.cedar"));
    Agreements::compile(catalog, shipped("schema.cedarschema")[0], &files).unwrap()
}

/// What is asked, as the edge has parsed it.
#[derive(Clone)]
struct Asked {
    department: Department,
    province: Province,
    service: ServiceId,
    purpose: Purpose,
}

impl Asked {
    fn new(department: &str, group: usize) -> Self {
        let (province, service, _) = service_of(group);
        Self {
            department: Department::parse(department).unwrap(),
            province: Province::parse(province).unwrap(),
            service: ServiceId::parse(service).unwrap(),
            purpose: Purpose::parse(&format!("purpose_{group}")).unwrap(),
        }
    }

    fn question<'q>(&'q self, matter: &'q MatterCode, at: Timestamp) -> Question<'q> {
        Question {
            department: &self.department,
            operation: Operation::Query { province: self.province, service: self.service.clone() },
            purpose: &self.purpose,
            matter: Some(matter),
            case: true,
            operator: true,
            basis: Basis::Authorization(Authorizer::Subject),
            evidence: &[],
            age: None,
            party: None,
            at,
        }
    }
}

/// The most memory that this process has held, in MiB, where the system tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map_or("an unknown amount of memory".to_owned(), |kib| format!("{} MiB at the most", kib / 1024))
}

fn decision(criterion: &mut Criterion) {
    let matter = MatterCode::parse(MATTER).unwrap();
    let at = Timestamp::parse_rfc3339("2026-11-21T00:00:00Z").unwrap();

    let mut group = criterion.benchmark_group("a decision over four candidates");
    for count in [10, 1_000, 100_000] {
        let many = Many::new(count);
        let catalog = catalog(&many.departments);
        let started = Instant::now();
        let agreements = compile(&catalog, &many.texts);
        println!("{count} agreements loaded in {:.2} s, {}", started.elapsed().as_secs_f64(), peak());
        // In an order in which neighbors share nothing.
        let stride = 7_919;
        let asked: Vec<Asked> = (0..many.asked.len().min(10_000))
            .map(|number| many.asked[number * stride % many.asked.len()])
            .map(|(group, number)| Asked::new(&many.departments[number], group))
            .collect();
        let mut turn = asked.iter().cycle();
        group.bench_function(format!("of {count} agreements"), |bencher| {
            // Made anew, as the edge makes it right before it is decided: what is not at hand then is the agreements.
            bencher.iter_batched(
                || turn.next().unwrap().clone(),
                |asked| agreements.decide(black_box(&asked.question(&matter, at))).unwrap(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("a decision of which the last candidate permits");
    for candidates in [1, 4, 10, 50] {
        let departments = [department("44", 0)];
        let catalog = catalog(&departments);
        let principal = format!(r#"principal == Department::"{}""#, departments[0]);
        let mut texts = vec![agreement(0, 0, "principal", "")];
        for number in 1..candidates {
            let mut condition = String::new();
            write!(condition, r#" && context has matter && context.matter == "44070000{number:04}""#)
                .unwrap();
            texts.push(agreement(number, 0, &principal, &condition));
        }
        let agreements = compile(&catalog, &texts);
        let asked = Asked::new(&departments[0], 0);
        group.bench_function(format!("{candidates} candidates"), |bencher| {
            bencher.iter(|| agreements.decide(black_box(&asked.question(&matter, at))).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, decision);
criterion_main!(benches);
