//! What checking costs as work grows: from 1 to 10,000 distinct signers, and files from one kilobyte to 20 MB.
//! `cargo bench --bench scaling` prints two tables, `-- signers` or `-- sizes` one of them, which `benches/plot.py` draws. Time is that which the thread was running, so that
//! other load disturbs little.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark"
)]

#[path = "../tests/support/measure.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod measure;
#[path = "../tests/support/sealed.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod sealed;
#[path = "../tests/support/signed.rs"]
mod signed;
#[path = "../tests/support/together.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod together;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use measure::rate;
use sealed::{Offices, now};
use signed::Signed;
use together::judge_together;
use tongban::budget::Limits;
use tongban::crypto::{Engine, KnownSigners, Standing, Verification};
use tongban::demo::forge::{Cms, Encoding, Flavor};
use tongban::license::{Circumstances, Known, Sought, judge_traced};

/// Tables that signers share, as the verifier has them by default.
const TABLES: usize = 256;
/// Signatures that are checked together.
const TOGETHER: usize = 64;
/// How long each figure is measured.
const SLICE: Duration = Duration::from_millis(400);

fn main() {
    let asked = |what: &str| std::env::args().any(|argument| argument == what);
    if asked("signers") || !asked("sizes") {
        signers();
    }
    if asked("sizes") || !asked("signers") {
        sizes();
    }
}

fn signers() {
    println!(
        "# {TABLES} tables. Above {TABLES} signers, the first {TABLES} have them while they sign in turn; beyond 2,048 nobody signs often enough for one."
    );
    println!("signers\tlanes_per_second\tscalar_per_second\ttables");
    let all: Vec<Signed> = (0..10_000).map(Signed::by).collect();
    for count in [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000] {
        let known = KnownSigners::new(TABLES);
        let mut next = 0;
        let mut rates = Vec::new();
        for engine in [Engine::detect(), Engine::portable()] {
            let mut check = || {
                let items: Vec<Verification<'_>> = (next..next + TOGETHER)
                    .map(|at| &all[at % count])
                    .map(|signed| {
                        known.recall(&signed.key);
                        signed.item()
                    })
                    .collect();
                assert!(engine.verify_many(black_box(&items)).iter().all(Result::is_ok));
                items.iter().for_each(|item| known.admit(item.key, Standing::ChainValidated));
                next += TOGETHER;
            };
            // Everybody often enough to be known.
            (0..=10 * count / TOGETHER).for_each(|_| check());
            rates.push(steady(TOGETHER, &mut check));
        }
        println!("{count}\t{:.0}\t{:.0}\t{}", rates[0], rates[1], known.tables());
    }
}

fn sizes() {
    println!(
        "bytes\tstranger_per_second\tknown_per_second\ttogether_per_second\ttogether_megabytes_per_second"
    );
    let offices = Offices::with_pictures(16, 16);
    // A signature that holds its content comes with less than any package does.
    size(&offices, (0..16).map(|number| bare(&offices, number)).collect());
    // The smallest is what a sealed document takes at least, with a picture of a few bytes.
    for (pages, picture, image) in [
        (1, 16, 0),
        (1, 3_000, 0),
        (5, 16_200, 0),
        (5, 16_200, 60_000),
        (5, 16_200, 260_000),
        (5, 16_200, 1_000_000),
        (5, 16_200, 4_000_000),
        (5, 16_200, 20_000_000),
    ] {
        let offices = Offices::with_pictures(16, picture);
        size(&offices, (0..16).map(|number| offices.cut(number, pages, image)).collect());
    }
}

/// SignedData (GM/T 0010) around a digest, with the certificate of its signer.
fn bare(offices: &Offices, number: usize) -> Arc<[u8]> {
    let signer = &offices.offices[number].signer;
    let mut signed =
        Cms::new(Flavor::EnclosedDigest, Encoding::Der, signer, now(), &number.to_be_bytes()).unwrap();
    signed.certificates.truncate(1);
    signed.to_bytes().unwrap().into()
}

/// One row: `documents` of `offices`, one after the other with nothing known of who signed and with all known, and all together.
fn size(offices: &Offices, documents: Vec<Arc<[u8]>>) {
    let (anchors, limits) = (offices.anchors(), Limits::default());
    let known = Known::new(TABLES, 64 << 20);
    let usual = Circumstances::new(&anchors, now(), &limits);
    let known = Circumstances { known: Some(&known), ..usual };
    let size = documents.iter().map(|document| document.len()).sum::<usize>() / documents.len();
    let mut next = 0;
    let judged = judge_traced(Sought::File, &documents[0], &usual).0;
    assert_ne!(judged.verdict().as_str(), "not_genuine", "{judged:?}");
    let [stranger, met] = [usual, known].map(|circumstances| {
        steady(1, || {
            next += 1;
            black_box(judge_traced(Sought::File, &documents[next % 16], &circumstances));
        })
    });
    let together = steady(16, || {
        judge_together(&documents, &known, |_, judged| drop(black_box(judged.unwrap())));
    });
    println!("{size}\t{stranger:.0}\t{met:.0}\t{together:.0}\t{:.0}", together * size as f64 / 1e6);
}

/// Things in a second of `work`, which does `each` of them at once and has been met before.
fn steady(each: usize, mut work: impl FnMut()) -> f64 {
    work();
    rate(each, SLICE, work)
}
