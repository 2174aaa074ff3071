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

/// Whatever the cases show of bounds rests on this: they are checked by a build that panics where a number overflows, and where what the
/// engines state of their numbers is not so.
#[test]
#[cfg_attr(not(debug_assertions), ignore = "an optimized build checks no overflows")]
fn overflows_and_stated_bounds_are_checked() {
    let overflow = || std::hint::black_box(u64::MAX) + std::hint::black_box(1);
    assert!(std::panic::catch_unwind(overflow).is_err());
}

/// Enough for every kind of case, at a hundredth of a second each without optimization.
const CASES: usize = 400;

#[test]
fn engines_agree_with_rustcrypto_and_openssl() {
    let library = libcrypto::Libcrypto::open().ok().map(|library| (library, CASES));
    let report = sm2_agreement::run(CASES, 20_261_122, 16, library);
    assert_eq!(report.kinds.values().sum::<usize>(), CASES);
    for kind in ["random", "bit of e", "another key", "x in [n, p)", "e above n"] {
        assert!(report.kinds.keys().any(|(known, _)| *known == kind), "{kind}: {:?}", report.kinds);
    }
    assert!(report.rustcrypto >= CASES / 32);
}
