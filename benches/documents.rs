//! Sealed documents judged whole: 256 of them from 16 signers. Run with `cargo bench --bench documents`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    reason = "a bench"
)]

#[path = "../tests/support/sealed.rs"]
mod sealed;
#[path = "../tests/support/together.rs"]
mod together;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sealed::{Offices, assert_genuine, now};
use together::{TOGETHER, judge_together};
use tongban::budget::Limits;
use tongban::license::{Circumstances, Known, judge};

fn documents(criterion: &mut Criterion) {
    let offices = Offices::new(16);
    let anchors = offices.anchors();
    let documents = offices.documents(256);
    assert_genuine(&documents, &anchors);
    let limits = Limits::default();
    let strangers = Circumstances::new(&anchors, now(), &limits);
    let known = Known::new(64, 64 << 20);
    let signers = Circumstances { known: Some(&known), ..strangers };

    let mut group = criterion.benchmark_group("a sealed document of 39 KB");
    group.throughput(Throughput::Elements(1));
    for (name, circumstances) in [("of a stranger", strangers), ("of a known signer", signers)] {
        let mut next = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                next = (next + 1) % documents.len();
                judge(black_box(&documents[next]), &circumstances)
            });
        });
    }
    group.throughput(Throughput::Elements(TOGETHER as u64));
    let mut next = 0;
    group.bench_function("of known signers, sixteen together", |bencher| {
        bencher.iter(|| {
            let chunk = (next..next + TOGETHER).map(|at| documents[at % documents.len()].as_ref());
            next += TOGETHER;
            let chunk: Vec<&[u8]> = chunk.collect();
            judge_together(&chunk, &signers, |_, judged| drop(black_box(judged.unwrap())));
        });
    });
    group.finish();
    let sizes: usize = documents.iter().map(|document: &Arc<[u8]>| document.len()).sum();
    eprintln!("{} bytes a document", sizes / documents.len());
}

criterion_group!(benches, documents);
criterion_main!(benches);
