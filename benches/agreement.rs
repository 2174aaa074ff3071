//! The SM2 engine against RustCrypto and OpenSSL, on as many cases as one asks for:
//! `cargo bench --bench agreement -- CASES [SEED [OPENSSL]]`, by default 20,000 cases, of which OpenSSL is asked 2,000.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test of any length"
)]

#[path = "../tests/support/libcrypto.rs"]
mod libcrypto;
#[path = "../tests/support/sm2_agreement.rs"]
mod sm2_agreement;
#[path = "../tests/support/sm2_cases.rs"]
#[allow(dead_code, reason = "the fuzzer uses the rest")]
mod sm2_cases;

/// Of this many random cases, RustCrypto's `verify_prehash` is asked one; its point additions answer them all.
const EVERY: usize = 64;

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let number = |at: usize, default: u64| numbers.get(at).copied().unwrap_or(default);
    let (count, seed, openssl) = (number(0, 20_000), number(1, 1), number(2, 2_000));
    let library = libcrypto::Libcrypto::open();
    match &library {
        Ok(library) => println!("with {}", library.version()),
        Err(reason) => println!("without OpenSSL: {reason}"),
    }
    let library = library.ok().map(|library| (library, usize::try_from(openssl).unwrap()));
    let report = sm2_agreement::run(usize::try_from(count).unwrap(), seed, EVERY, library);
    println!("{count} cases agree, seed {seed}");
    println!("RustCrypto's verify_prehash: {}, OpenSSL: {}", report.rustcrypto, report.openssl);
    for ((kind, holds), cases) in report.kinds {
        println!("  {cases:>9} {kind}, {}", if holds { "hold" } else { "do not hold" });
    }
}
