//! The engines beside their peers, on one core: `cargo bench --bench peers` prints `NAME OURS_PER_S PEER_PER_S RATIO` a row.
//!
//! Both sides of a row get the same input in turn, round after round; figures are medians over the rounds, and the ratio is the
//! median of the rounds' ratios. Time is that which the thread was running, so that other load disturbs little.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a benchmark"
)]

#[path = "../tests/support/libcrypto.rs"]
#[allow(dead_code, reason = "the agreement run tells the version")]
mod libcrypto;
#[path = "../tests/support/measure.rs"]
mod measure;
#[path = "../tests/support/sealed.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod sealed;
#[path = "../tests/support/signed.rs"]
mod signed;
#[path = "../tests/support/together.rs"]
mod together;

use std::hint::black_box;
use std::time::Duration;

use libcrypto::{Checker, Libcrypto};
use measure::{median, rate, running};
use sealed::{Offices, assert_genuine, now};
use signed::{Signed, signing_key};
use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm3::Digest as _;
use together::{TOGETHER, judge_together};
use tongban::asn1::write;
use tongban::budget::Limits;
use tongban::crypto::{DigestAlgorithm, Engine, KnownSigners, Standing, Verification};
use tongban::license::{Circumstances, Known, Sought, judge_traced};

/// Distinct signers, as many signatures; full lanes.
const SIGNERS: usize = 64;
/// Rounds of which the median counts; odd.
const ROUNDS: usize = 21;
/// Each side's time in a round.
const SLICE: Duration = Duration::from_millis(30);

/// One row; both sides do so many things at a call.
fn row(name: &str, each: usize, ours: &mut dyn FnMut(), peer: &mut dyn FnMut()) {
    ours();
    peer();
    let rounds: Vec<(f64, f64)> =
        (0..ROUNDS).map(|_| (rate(each, SLICE, &mut *ours), rate(each, SLICE, &mut *peer))).collect();
    let our = median(rounds.iter().map(|(our, _)| *our).collect());
    let their = median(rounds.iter().map(|(_, their)| *their).collect());
    let ratio = median(rounds.iter().map(|(our, their)| our / their).collect());
    println!("{name} {our:.0} {their:.0} {ratio:.2}");
}

/// What the others check a signature with.
struct Peers {
    digest: [u8; 32],
    der: Vec<u8>,
    rustcrypto: (sm2::dsa::VerifyingKey, sm2::dsa::Signature),
    openssl: Option<Checker>,
}

impl Peers {
    fn new(signer: usize, signed: &Signed, library: Option<Libcrypto>) -> Self {
        let point: [u8; 65] = signing_key(signer).public_point().try_into().unwrap();
        let (r, s) = signed.value.split_at(32);
        Self {
            digest: signed.digest,
            der: write::sequence(&[&write::integer(r), &write::integer(s)]),
            rustcrypto: (
                sm2::dsa::VerifyingKey::from_sec1_bytes("1234567812345678", &point).unwrap(),
                sm2::dsa::Signature::from_slice(&signed.value).unwrap(),
            ),
            openssl: library.map(|library| library.checker(&point).unwrap()),
        }
    }

    fn openssl_holds(&self) -> bool {
        self.openssl.as_ref().unwrap().holds(black_box(&self.digest), &self.der)
    }
}

fn items(signed: &[Signed]) -> Vec<Verification<'_>> {
    signed.iter().map(Signed::item).collect()
}

fn main() {
    let tables = KnownSigners::new(SIGNERS);
    let library = Libcrypto::open();
    let opened = library.as_ref().ok().copied();
    let [plain, known] = [(); 2].map(|()| (0..SIGNERS).map(Signed::by).collect::<Vec<Signed>>());
    known.iter().for_each(|signed| tables.admit(&signed.key, Standing::Configured));
    let peers: Vec<Peers> =
        plain.iter().enumerate().map(|(signer, signed)| Peers::new(signer, signed, opened)).collect();
    let check = |engine: Engine, items: &[Verification<'_>]| {
        assert!(engine.verify_many(black_box(items)).iter().all(Result::is_ok));
    };
    let mut openssl = || peers.iter().for_each(|peer| assert!(peer.openssl_holds()));
    let rows = [
        ("sm2_known_lanes", Engine::detect(), &known),
        ("sm2_unknown_lanes", Engine::detect(), &plain),
        ("sm2_known_scalar", Engine::portable(), &known),
        ("sm2_unknown_scalar", Engine::portable(), &plain),
    ];
    for (name, engine, signed) in rows {
        let items = items(signed);
        match &library {
            _ if name.ends_with("lanes") && !engine.has_lanes().sm2 => {
                eprintln!("{name}: no AVX-512 IFMA here")
            }
            Ok(_) => row(name, SIGNERS, &mut || check(engine, &items), &mut openssl),
            Err(reason) => eprintln!("{name}: {reason}"),
        }
    }
    if Engine::detect().has_lanes().sm2 && library.is_ok() {
        let items = items(&known);
        let (round, _) = items.split_at(TOGETHER);
        let mut openssl = || peers.iter().take(TOGETHER).for_each(|peer| assert!(peer.openssl_holds()));
        row("sm2_known_lanes_16", TOGETHER, &mut || check(Engine::detect(), round), &mut openssl);
    }
    if Engine::detect().has_lanes().sm2 {
        let items = items(&known);
        row("sm2_known_lanes_rustcrypto", SIGNERS, &mut || check(Engine::detect(), &items), &mut || {
            for Peers { digest, rustcrypto: (key, signature), .. } in &peers {
                key.verify_prehash(black_box(digest), signature).unwrap();
            }
        });
    }
    sm3_rows();
    document_rows();
}

fn sm3_rows() {
    let messages: Vec<Vec<u8>> = (0..16_u8).map(|at| vec![at; 4096]).collect();
    let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let mut theirs = || {
        for message in &messages {
            black_box(sm3::Sm3::digest(black_box(message)));
        }
    };
    let digests = |engine: Engine| black_box(engine.digest_many(DigestAlgorithm::Sm3, black_box(&slices)));
    if Engine::detect().has_lanes().sm3 {
        row("sm3_lanes", slices.len(), &mut || drop(digests(Engine::detect())), &mut theirs);
    }
    row("sm3_scalar", slices.len(), &mut || drop(digests(Engine::portable())), &mut theirs);
}

/// 256 distinct documents from 16 signers and seals judged whole, nothing kept but what is known of the signers: side by side, and one
/// at a time, whose row is the median time of one in microseconds.
fn document_rows() {
    let offices = Offices::new(16);
    let anchors = offices.anchors();
    let documents = offices.documents(256);
    assert_genuine(&documents, &anchors);
    let (limits, known) = (Limits::default(), Known::new(64, 64 << 20));
    let circumstances = Circumstances { known: Some(&known), ..Circumstances::new(&anchors, now(), &limits) };
    let mut next = 0;
    let mut judge = || {
        let chunk: Vec<&[u8]> = (next..next + TOGETHER).map(|at| documents[at % 256].as_ref()).collect();
        next += TOGETHER;
        judge_together(&chunk, &circumstances, |_, judged| drop(black_box(judged.unwrap())));
    };
    // Every signer is met often enough to be known.
    (0..256 / TOGETHER).for_each(|_| judge());
    let rates: Vec<f64> = (0..ROUNDS).map(|_| rate(TOGETHER, SLICE, &mut judge)).collect();
    println!("ofd_judged {:.0} - -", median(rates));
    let alone = (0..2_000).map(|at| {
        let start = running();
        black_box(judge_traced(Sought::File, &documents[at % 256], &circumstances));
        (running() - start).as_secs_f64() * 1e6
    });
    println!("ofd_judged_alone_us {:.0} - -", median(alone.collect()));
}
