//! A list of a million entries: how much memory loading takes, and how long a question.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/million.rs"]
mod million;
#[path = "support/samples.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod samples;
#[path = "support/statements.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod statements;

use std::fs;
use std::hint::black_box;
use std::io::Write;
use std::process::Command;
use std::time::Instant;

use million::{ENTRIES, authority, serial};
use tongban::budget::{Budget, Limits};
use tongban::pki::Certificate;
use tongban::pki::revocation::{List, ListLimits};

const ROUNDS: usize = 20;
/// The file for the measuring process. It has one to itself, so that what making the list took does not count.
const FILE: &str = "TONGBAN_LARGE_LIST";

/// A figure of this process in kilobytes.
fn kilobytes(figure: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap();
    line.trim_start_matches(':').split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn a_million_entries_fit_and_answer_fast() {
    if !fs::exists("/proc/self/status").unwrap() {
        samples::skip("memory is read from /proc");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("large.crl");
    fs::write(&file, million::list()).unwrap();
    let measured = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "measures"])
        .env(FILE, &file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&measured.stdout);
    let figures = said.lines().find(|line| line.contains("loaded in")).unwrap_or_default();
    // Past the harness, which keeps what is printed from whoever measures.
    let _ = writeln!(std::io::stderr(), "a million entries: {figures}");
    assert!(measured.status.success(), "{}", String::from_utf8_lossy(&measured.stderr));
}

#[test]
#[ignore = "run by the test above in a process of its own"]
fn measures() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let authorities = [Certificate::from_der(authority().certificate()).unwrap()];
    let before = kilobytes("VmHWM");
    let der = fs::read(path).unwrap();
    let start = Instant::now();
    let mut budget = Budget::new(Limits::default());
    let list = List::load(&der, &authorities, &ListLimits::default(), &mut budget).unwrap();
    let took = start.elapsed();
    assert!(list.is_verified());
    assert_eq!(list.len() as u64, ENTRIES);
    let peak = kilobytes("VmHWM") - before;
    let size = der.len() as u64 / 1024;
    drop(der);
    let kept = kilobytes("VmRSS").saturating_sub(before);

    let issuer = list.issuer().clone();
    let asked: Vec<[u8; 17]> =
        (0..200_000).map(|number: u64| serial(number.wrapping_mul(7_919) % (2 * ENTRIES))).collect();
    let mut each = u128::MAX;
    let mut found = 0;
    // The best of several rounds: what else the machine does in the meantime is not asked.
    for _ in 0..ROUNDS {
        let start = Instant::now();
        found = asked.iter().filter(|serial| black_box(list.find(&issuer, *serial)).is_some()).count();
        each = each.min(start.elapsed().as_nanos() / asked.len() as u128);
    }
    let there =
        (0..200_000_u64).filter(|number| number.wrapping_mul(7_919) % (2 * ENTRIES) < ENTRIES).count();
    assert_eq!(found, there);
    println!(
        "{size} KiB loaded in {took:?}; peak {peak} KiB with the file, {kept} KiB kept; {each} ns a question"
    );
    assert!(peak < 3 * size, "peak {peak} KiB for {size} KiB");
    // Without optimization the figure says nothing.
    assert!(cfg!(debug_assertions) || each < 1000, "{each} ns");
}
