//! What revocation costs: loading a list of a million entries, asking it about one serial number, and judging a path by it.
//! Run with `cargo bench --bench revocation`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    reason = "a bench"
)]

#[path = "../tests/support/million.rs"]
mod million;
#[path = "../tests/support/statements.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod statements;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use million::{ENTRIES, authority, serial};
use statements::at;
use tongban::budget::{Budget, Limits};
use tongban::demo::forge::{Name, Profile, Validity};
use tongban::pki::revocation::{
    Evidence, EvidenceRules, List, ListLimits, RevocationMode, RevocationTerms, TimeBasis,
    validate_with_revocation,
};
use tongban::pki::{Anchors, Certificate, Role, Terms};

fn load(der: &[u8], authorities: &[Certificate]) -> List {
    List::load(der, authorities, &ListLimits::default(), &mut Budget::new(Limits::default())).unwrap()
}

fn revocation(criterion: &mut Criterion) {
    let authority = authority();
    let root = Certificate::from_der(authority.certificate()).unwrap();
    let authorities = [root.clone()];
    let der = million::list();

    let mut group = criterion.benchmark_group("a list of a million entries");
    group.sample_size(10).throughput(Throughput::Bytes(der.len() as u64));
    group.bench_function("is loaded", |bencher| bencher.iter(|| load(black_box(&der), &authorities)));
    group.finish();

    let list = Arc::new(load(&der, &authorities));
    let issuer = list.issuer().clone();
    let mut group = criterion.benchmark_group("one question to it");
    // A stride that shares no factor with a million visits all, so that no line of the processor's cache is asked twice.
    for (name, first) in [("about one that is on it", 0), ("about one that is not", ENTRIES)] {
        let mut number = 0_u64;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                number = (number + 7_919) % ENTRIES;
                list.find(&issuer, &serial(black_box(first + number)))
            });
        });
    }
    group.finish();

    let evidence = Evidence::new([list], [], false);
    let anchors = Anchors::new(vec![root], Vec::new());
    let validity = Validity { from: at("2026-01-01"), until: at("2030-01-01") };
    let leaf = authority.issue(Profile::Signer, Name::new("样例机构", "Signer"), validity).unwrap();
    let leaf = Certificate::from_der(&leaf.certificate).unwrap();
    let terms = Terms::new(&anchors, Role::Signer, at("2026-11-21"));
    let mut group = criterion.benchmark_group("one certificate below its anchor");
    for (name, mode) in
        [("by path alone", RevocationMode::Off), ("by path and list", RevocationMode::Require)]
    {
        let asked = RevocationTerms {
            evidence: &evidence,
            rules: EvidenceRules::default(),
            mode,
            proof: TimeBasis::Shown,
            now: at("2026-11-21"),
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut budget = Budget::new(Limits::default());
                validate_with_revocation(black_box(&leaf), &terms, &asked, &mut budget).path.unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, revocation);
criterion_main!(benches);
