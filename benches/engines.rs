//! The engines by themselves: SM2 signatures and SM3 digests, many together and one alone, in lanes and without. Run with
//! `cargo bench --bench engines`. Beside their peers they stand in `peers`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench"
)]

#[path = "../tests/support/signed.rs"]
mod signed;

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use signed::Signed;
use tongban::crypto::{DigestAlgorithm, Engine, HasLanes, KnownSigners, Standing, Verification};

/// Distinct signers, as many signatures; full lanes.
const SIGNERS: usize = 64;
/// Messages that SM3 hashes together, one a lane.
const MESSAGES: usize = 16;
/// Bytes of a document as it comes in bulk; see `documents`.
const DOCUMENT: usize = 39 << 10;

/// Both engines, with their names; one where the processor has no lanes.
fn engines() -> Vec<(&'static str, Engine)> {
    let (lanes, portable) = (("lanes", Engine::detect()), ("scalar", Engine::portable()));
    if Engine::detect().has_lanes() == (HasLanes { sm2: true, sm3: true }) {
        vec![lanes, portable]
    } else {
        vec![portable]
    }
}

fn sm2(criterion: &mut Criterion) {
    let signatures = || (0..SIGNERS).map(Signed::by).collect::<Vec<Signed>>();
    let (unknown, known, tables) = (signatures(), signatures(), KnownSigners::new(SIGNERS));
    known.iter().for_each(|signed| tables.admit(&signed.key, Standing::Configured));
    let check = |engine: Engine, items: &[Verification<'_>]| {
        assert!(engine.verify_many(black_box(items)).iter().all(Result::is_ok));
    };
    for (signers, signatures) in [("unknown", &unknown), ("known", &known)] {
        let items: Vec<Verification<'_>> = signatures.iter().map(Signed::item).collect();
        let mut group = criterion.benchmark_group(format!("SM2 signatures of {signers} signers"));
        for (name, engine) in engines() {
            // A lone one has no lanes to fill, and takes the same way through both.
            for count in if name == "scalar" { vec![1, SIGNERS] } else { vec![SIGNERS] } {
                group.throughput(Throughput::Elements(count as u64));
                let id = BenchmarkId::new(name, count);
                group.bench_function(id, |bencher| bencher.iter(|| check(engine, &items[..count])));
            }
        }
        group.finish();
    }
    criterion.bench_function("a signer's table", |bencher| {
        let key = Signed::by(0).key;
        let fresh = || KnownSigners::new(1);
        bencher.iter_batched(fresh, |tables| tables.admit(&key, Standing::Configured), BatchSize::SmallInput);
    });
}

fn sm3(criterion: &mut Criterion) {
    for (what, count, length) in [("messages of 4 KB", MESSAGES, 4 << 10), ("a document", 1, DOCUMENT)] {
        let messages: Vec<Vec<u8>> = (0..count).map(|at| vec![at as u8; length]).collect();
        let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let mut group = criterion.benchmark_group(format!("SM3 of {what}"));
        group.throughput(Throughput::Bytes((count * length) as u64));
        for (name, engine) in engines() {
            if count == 1 && name == "lanes" {
                continue;
            }
            group.bench_function(BenchmarkId::new(name, count), |bencher| {
                bencher.iter(|| engine.digest_many(DigestAlgorithm::Sm3, black_box(&slices)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, sm2, sm3);
criterion_main!(benches);
