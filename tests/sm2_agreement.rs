//! The SM2 engine, in lanes and without, with tables and without, answers as RustCrypto and OpenSSL do. `cargo bench --bench
//! agreement -- 10000000` is the same at length.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests"
)]

#[path = "support/libcrypto.rs"]
#[allow(dead_code, reason = "the agreement run tells the version")]
mod libcrypto;
#[path = "support/sm2_agreement.rs"]
mod sm2_agreement;
#[path = "support/sm2_cases.rs"]
#[allow(dead_code, reason = "the fuzzer uses the rest")]
mod sm2_cases;

use libcrypto::Libcrypto;
use sm2::dsa::VerifyingKey;
use tongban::crypto::PublicKey;

/// Whatever the cases show of bounds rests on this: they are checked by a build that panics where a number overflows, with debug assertions,
/// in which the engines state their bounds.
#[test]
#[cfg_attr(not(debug_assertions), ignore = "an optimized build checks no overflows")]
fn overflows_are_checked_here() {
    let overflow = || std::hint::black_box(u64::MAX) + std::hint::black_box(1);
    assert!(std::panic::catch_unwind(overflow).is_err());
}

/// Enough for every kind of case, at a hundredth of a second each without optimization.
const CASES: usize = 400;

/// Every kind of case that there is, with what cases of it may come to.
const KINDS: [(&str, &[bool]); 16] = [
    ("random", &[true]),
    ("bit of e", &[false]),
    ("bit of r or s", &[false]),
    ("another key", &[false]),
    ("x in [n, p)", &[true]),
    ("small x", &[true]),
    ("near x", &[false]),
    ("e above n", &[true]),
    ("opposite products", &[false]),
    ("equal products", &[true]),
    ("opposite parts", &[true]),
    ("equal parts", &[true]),
    ("small key", &[true]),
    ("edge scalars", &[true]),
    ("r or s at an edge", &[false]),
    ("t = 0", &[false]),
];

/// OpenSSL, which under CI there must be.
fn openssl() -> Option<Libcrypto> {
    Libcrypto::open()
        .inspect_err(|reason| {
            assert!(std::env::var_os("CI").is_none(), "OpenSSL is needed under CI: {reason}");
            println!("without OpenSSL: {reason}");
        })
        .ok()
}

#[test]
fn engines_agree_with_rustcrypto_and_openssl() {
    let library = openssl();
    let report = sm2_agreement::run(CASES, 20_261_122, 16, library.map(|library| (library, CASES)));
    assert_eq!(report.kinds.values().sum::<usize>(), CASES);
    for (kind, outcomes) in KINDS {
        for holds in outcomes {
            assert!(report.kinds.contains_key(&(kind, *holds)), "{kind} {holds}: {:?}", report.kinds);
        }
    }
    assert!(report.kinds.keys().all(|(kind, _)| KINDS.iter().any(|(known, _)| known == kind)));
    assert!(report.rustcrypto >= CASES / 32);
    assert_eq!(report.openssl, if library.is_some() { CASES } else { 0 });
}

#[test]
fn nobody_takes_what_is_no_point_for_a_key() {
    let library = openssl();
    let points = sm2_cases::no_keys();
    for point in &points {
        assert!(PublicKey::sm2(point).is_err(), "{point:x?}");
        assert!(VerifyingKey::from_sec1_bytes("1234567812345678", point).is_err(), "{point:x?}");
        assert!(library.is_none_or(|library| library.checker(point).is_none()), "{point:x?}");
    }
    // Infinity as the standard writes it, and a key cut off.
    assert!(PublicKey::sm2(&[0]).is_err() && PublicKey::sm2(&points[0][..64]).is_err());
}
