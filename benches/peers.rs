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
#![allow(unsafe_code, reason = "the clock of the thread is a call of the C library")]

#[path = "../tests/support/libcrypto.rs"]
#[allow(dead_code, reason = "the agreement run tells the version")]
mod libcrypto;
#[path = "../tests/support/sealed.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod sealed;

use std::hint::black_box;
use std::time::{Duration, Instant};

use libcrypto::{Checker, Libcrypto};
use sealed::{Offices, assert_genuine, now};
use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm3::Digest as _;
use tongban::asn1::write;
use tongban::budget::Limits;
use tongban::crypto::{
    DigestAlgorithm, Engine, KnownSigners, Message, PublicKey, SignatureAlgorithm, SigningKey, Standing,
    Verification,
};
use tongban::license::{Circumstances, Draft, Known, Sought, confirm, judge_traced};

/// Distinct signers, as many signatures; full lanes.
const SIGNERS: usize = 64;
/// Rounds of which the median counts; odd.
const ROUNDS: usize = 21;
/// Each side's time in a round.
const SLICE: Duration = Duration::from_millis(30);

/// How long this thread has been running.
fn running() -> Duration {
    #[repr(C)]
    struct Time {
        seconds: i64,
        nanoseconds: i64,
    }
    #[cfg(target_os = "linux")]
    {
        type GetTime = unsafe extern "C" fn(i32, *mut Time) -> i32;
        static CLOCK: std::sync::LazyLock<GetTime> = std::sync::LazyLock::new(|| {
            let own = libloading::os::unix::Library::this();
            // SAFETY: the type is that of time.h on 64-bit Linux; the C library stays loaded.
            *unsafe { own.get::<GetTime>(b"clock_gettime\0") }.unwrap()
        });
        const THREAD: i32 = 3;
        let mut time = Time { seconds: 0, nanoseconds: 0 };
        // SAFETY: the pointer is to a value of the type that the call writes.
        assert_eq!(unsafe { CLOCK(THREAD, &mut time) }, 0);
        Duration::new(time.seconds as u64, time.nanoseconds as u32)
    }
    #[cfg(not(target_os = "linux"))]
    {
        static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
        START.elapsed()
    }
}

/// Calls in a second of `work`, which does `each` things at once.
fn rate(each: usize, work: &mut dyn FnMut()) -> f64 {
    let (began, start) = (Instant::now(), running());
    let mut count = 0;
    while began.elapsed() < SLICE {
        work();
        count += each;
    }
    count as f64 / (running() - start).as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// One row; both sides do so many things at a call.
fn row(name: &str, each: usize, ours: &mut dyn FnMut(), peer: &mut dyn FnMut()) {
    ours();
    peer();
    let rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (rate(each, ours), rate(each, peer))).collect();
    let our = median(rounds.iter().map(|(our, _)| *our).collect());
    let their = median(rounds.iter().map(|(_, their)| *their).collect());
    let ratio = median(rounds.iter().map(|(our, their)| our / their).collect());
    println!("{name} {our:.0} {their:.0} {ratio:.2}");
}

/// What all implementations are given: the digest e of a message, and a signature.
struct Signed {
    plain: PublicKey,
    known: PublicKey,
    digest: [u8; 32],
    value: [u8; 64],
    der: Vec<u8>,
    rustcrypto: (sm2::dsa::VerifyingKey, sm2::dsa::Signature),
    openssl: Option<Checker>,
}

fn signed(at: usize, tables: &KnownSigners, library: Option<Libcrypto>) -> Signed {
    let secret = DigestAlgorithm::Sha256.digest(&at.to_be_bytes());
    let key = SigningKey::from_secret(secret.as_ref().try_into().unwrap()).unwrap();
    let message = [at as u8; 128];
    let value = key.sign_raw(&message).unwrap();
    let (plain, known) = (key.public_key().unwrap(), key.public_key().unwrap());
    tables.admit(&known, Standing::Configured);
    let digest = plain.prefixed_digest(&message).unwrap().as_ref().try_into().unwrap();
    let (r, s) = value.split_at(32);
    let point: [u8; 65] = key.public_point().try_into().unwrap();
    Signed {
        plain,
        known,
        digest,
        value,
        der: write::sequence(&[&write::integer(r), &write::integer(s)]),
        rustcrypto: (
            sm2::dsa::VerifyingKey::from_sec1_bytes("1234567812345678", &point).unwrap(),
            sm2::dsa::Signature::from_slice(&value).unwrap(),
        ),
        openssl: library.map(|library| library.checker(&point).unwrap()),
    }
}

fn items(all: &[Signed], known: bool) -> Vec<Verification<'_>> {
    all.iter().map(|signed| item(signed, known)).collect()
}

fn item(signed: &Signed, known: bool) -> Verification<'_> {
    Verification {
        algorithm: SignatureAlgorithm::Sm2Sm3,
        key: if known { &signed.known } else { &signed.plain },
        message: Message::Sm2Digest(signed.digest),
        signature: &signed.value,
    }
}

fn main() {
    let tables = KnownSigners::new(SIGNERS);
    let library = Libcrypto::open();
    let opened = library.as_ref().ok().copied();
    let all: Vec<Signed> = (0..SIGNERS).map(|at| signed(at, &tables, opened)).collect();
    let check = |engine: Engine, items: &[Verification<'_>]| {
        assert!(engine.verify_many(black_box(items)).iter().all(Result::is_ok));
    };
    let mut openssl = || {
        for signed in &all {
            assert!(signed.openssl.as_ref().unwrap().holds(black_box(&signed.digest), &signed.der));
        }
    };
    let rows = [
        ("sm2_known_lanes", Engine::detect(), true),
        ("sm2_unknown_lanes", Engine::detect(), false),
        ("sm2_known_scalar", Engine::portable(), true),
        ("sm2_unknown_scalar", Engine::portable(), false),
    ];
    for (name, engine, known) in rows {
        let items = items(&all, known);
        match &library {
            _ if name.ends_with("lanes") && !engine.has_lanes().sm2 => {
                eprintln!("{name}: no AVX-512 IFMA here")
            }
            Ok(_) => row(name, SIGNERS, &mut || check(engine, &items), &mut openssl),
            Err(reason) => eprintln!("{name}: {reason}"),
        }
    }
    if Engine::detect().has_lanes().sm2 && library.is_ok() {
        let items = items(&all, true);
        let (round, _) = items.split_at(TOGETHER);
        let mut openssl = || {
            for signed in all.iter().take(TOGETHER) {
                assert!(signed.openssl.as_ref().unwrap().holds(black_box(&signed.digest), &signed.der));
            }
        };
        row("sm2_known_lanes_16", TOGETHER, &mut || check(Engine::detect(), round), &mut openssl);
    }
    if Engine::detect().has_lanes().sm2 {
        let items = items(&all, true);
        row("sm2_known_lanes_rustcrypto", SIGNERS, &mut || check(Engine::detect(), &items), &mut || {
            for Signed { digest, rustcrypto: (key, signature), .. } in &all {
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

/// Documents that are judged side by side, as a thread of the verifier does.
const TOGETHER: usize = 16;

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
        let drafts: Vec<Draft> =
            chunk.iter().map(|file| Draft::new(Sought::File, file, &circumstances)).collect();
        let holds = confirm(circumstances.engine, &drafts);
        for (draft, holds) in drafts.into_iter().zip(holds) {
            black_box(draft.conclude(holds, circumstances.known).unwrap());
        }
    };
    // Every signer is met often enough to be known.
    (0..256 / TOGETHER).for_each(|_| judge());
    let rates: Vec<f64> = (0..ROUNDS).map(|_| rate(TOGETHER, &mut judge)).collect();
    println!("ofd_judged {:.0} - -", median(rates));
    let alone = (0..2_000).map(|at| {
        let start = running();
        black_box(judge_traced(Sought::File, &documents[at % 256], &circumstances));
        (running() - start).as_secs_f64() * 1e6
    });
    println!("ofd_judged_alone_us {:.0} - -", median(alone.collect()));
}
