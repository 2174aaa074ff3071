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

#[path = "../tests/support/sealed.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod sealed;

use std::fs;
use std::hint::black_box;
use std::sync::Arc;

use sealed::{Offices, now};
use tongban::budget::Limits;
use tongban::crypto::{
    DigestAlgorithm, Engine, KnownSigners, Message, PublicKey, SignatureAlgorithm, SigningKey, Standing,
    Verification,
};
use tongban::demo::forge::{Cms, Encoding, Flavor};
use tongban::license::{Circumstances, Draft, Known, Sought, confirm, judge_traced};

/// Tables that signers share, as the verifier has them by default.
const TABLES: usize = 256;
/// Signatures that are checked together.
const TOGETHER: usize = 64;

fn main() {
    let asked = |what: &str| std::env::args().any(|argument| argument == what);
    if asked("signers") || !asked("sizes") {
        signers();
    }
    if asked("sizes") || !asked("signers") {
        sizes();
    }
}

struct Signed {
    key: PublicKey,
    digest: [u8; 32],
    value: [u8; 64],
}

fn signed(at: usize) -> Signed {
    let secret = DigestAlgorithm::Sha256.digest(&at.to_be_bytes());
    let key = SigningKey::from_secret(secret.as_ref().try_into().unwrap()).unwrap();
    let message = at.to_be_bytes();
    let public = key.public_key().unwrap();
    let digest = public.prefixed_digest(&message).unwrap().as_ref().try_into().unwrap();
    Signed { key: public, digest, value: key.sign_raw(&message).unwrap() }
}

fn signers() {
    println!("signers\tlanes_per_second\tscalar_per_second\ttables");
    let all: Vec<Signed> = (0..10_000).map(signed).collect();
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
                        Verification {
                            algorithm: SignatureAlgorithm::Sm2Sm3,
                            key: &signed.key,
                            message: Message::Sm2Digest(signed.digest),
                            signature: &signed.value,
                        }
                    })
                    .collect();
                assert!(engine.verify_many(black_box(&items)).iter().all(Result::is_ok));
                items.iter().for_each(|item| known.admit(item.key, Standing::ChainValidated));
                next += TOGETHER;
            };
            // Everybody often enough to be known.
            (0..=10 * count / TOGETHER).for_each(|_| check());
            rates.push(rate(TOGETHER, &mut check));
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
        rate(1, || {
            next += 1;
            black_box(judge_traced(Sought::File, &documents[next % 16], &circumstances));
        })
    });
    let together = rate(16, || {
        let drafts: Vec<Draft> =
            documents.iter().map(|file| Draft::new(Sought::File, file, &known)).collect();
        let holds = confirm(known.engine, &drafts);
        for (draft, holds) in drafts.into_iter().zip(holds) {
            black_box(draft.conclude(holds, known.known).unwrap());
        }
    });
    println!("{size}\t{stranger:.0}\t{met:.0}\t{together:.0}\t{:.0}", together * size as f64 / 1e6);
}

/// Seconds that this thread has been running, in steps of some milliseconds.
fn running() -> f64 {
    let stated = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stated.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// Calls in a second of `work`, which does `each` things at once.
fn rate(each: usize, mut work: impl FnMut()) -> f64 {
    work();
    let (start, mut done) = (running(), 0);
    while running() - start < 0.4 || done == 0 {
        work();
        done += each;
    }
    done as f64 / (running() - start)
}
