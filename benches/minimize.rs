//! How long it takes to look an answer through and to cut it to the agreed fields.

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

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tongban::catalog::{Catalog, ServiceId};
use tongban::clock::Timestamp;
use tongban::demo::policies::SHIPPED;
use tongban::disclosure::{Answer, Document, Outcome, disclose};
use tongban::fault::Source;
use tongban::identifier::{Department, Province};
use tongban::policy::{Agreements, Basis, Operation, Permit, Purpose, Question};

/// Years of payments by the month, of which counts and months are released and amounts are not.
const AGREEMENT: &str = r#"@agreement("payments")
@basis("statute:made for measurements")
@authorise("none")
@fields("months,list[].aae002,list[].flag")
@mask("list[].aae002=month")
@from("2025-08-01T00:00:00+08:00")
@until("2099-08-01T00:00:00+08:00")
permit (
  principal == Department::"11440000DEM000006C@440000",
  action == Action::"query",
  resource == ProvincialService::"43/sb.payment.query"
)
when { context.purpose == "public_rental_housing" };
"#;

fn permit() -> Permit {
    let shipped = |directory: &str| -> Vec<Source<'static>> {
        let files = SHIPPED.iter().filter(|(path, _)| path.starts_with(directory));
        files.map(|(name, text)| Source { name, text }).collect()
    };
    let catalog = Catalog::parse(&shipped("catalog/")).unwrap();
    let file = Source { name: "agreements/payments.cedar", text: AGREEMENT };
    let agreements = Agreements::compile(&catalog, shipped("schema.cedarschema")[0], &[file]).unwrap();
    let permit = agreements.decide(&Question {
        department: &Department::parse("11440000DEM000006C@440000").unwrap(),
        operation: Operation::Query {
            province: Province::parse("43").unwrap(),
            service: ServiceId::parse("sb.payment.query").unwrap(),
        },
        purpose: &Purpose::parse("public_rental_housing").unwrap(),
        matter: None,
        case: false,
        operator: false,
        basis: Basis::Statute,
        evidence: &[],
        age: None,
        party: None,
        at: Timestamp::parse_rfc3339("2026-11-21T00:00:00Z").unwrap(),
    });
    permit.unwrap()
}

/// An answer about so many months, as a provider writes it.
fn payments(months: usize) -> String {
    let mut rows = String::new();
    for month in 0..months {
        let comma = if month > 0 { "," } else { "" };
        let (year, month) = (2000 + month / 12, month % 12 + 1);
        write!(
            rows,
            "{comma}{{\"aae002\":\"{year}{month:02}\",\"aae180\":{month}234.50,\"bab010\":\"91430000DEM0000001\",\
             \"aab301\":\"430100\",\"flag\":\"1\",\"remark\":\"正常缴费\"}}"
        )
        .unwrap();
    }
    format!("{{\"months\":{months},\"list\":[{rows}]}}")
}

fn minimize(criterion: &mut Criterion) {
    let permit = permit();
    for months in [1, 12, 240] {
        let text = payments(months);
        let answer = Answer::new(Outcome::Answered, Document::parse(&text).unwrap(), None, text.len());
        let mut group = criterion.benchmark_group(format!("{months} months"));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("look through", |bencher| {
            bencher.iter(|| Document::parse(black_box(&text)).unwrap())
        });
        group.bench_function("cut", |bencher| {
            bencher.iter(|| disclose(black_box(&permit), black_box(&answer)))
        });
        group.finish();
    }
}

criterion_group!(benches, minimize);
criterion_main!(benches);
