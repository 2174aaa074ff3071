//! `tongban ledger` on what a gateway recorded: whole, found by record and by request, broken, torn, not there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use tongban::clock::{Clock, FixedClock, Timestamp};
use tongban::ledger::{Config, Entry, Ledger};
use tongban::metrics::Metrics;

const REQUESTS: [&str; 3] = [
    "0123456789abcdef0123456789abcdef",
    "ffffffffffffffffffffffffffffffff",
    "00000000000000000000000000000000",
];

/// A ledger of three records, and their ids.
async fn ledger(directory: &Path) -> (PathBuf, Vec<String>) {
    let path = directory.join("records.ledger");
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(Timestamp::from_millis(1_795_276_800_123)));
    let ledger = Ledger::open(&Config::new(&path), clock, &mut Metrics::new()).unwrap();
    let mut ids = Vec::new();
    for request in REQUESTS {
        let entry = Entry { request: request.to_owned(), operation: "verify", ..Entry::default() };
        ids.push(ledger.record(&entry).await.unwrap().id().to_owned());
    }
    (path, ids)
}

/// Exit status and standard output.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tongban")).arg("ledger").args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn a_whole_ledger_is_verified_and_read() {
    let directory = tempfile::tempdir().unwrap();
    let (path, ids) = ledger(directory.path()).await;
    let file = path.to_str().unwrap();

    let (code, text) = run(&["verify", file]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("whole, 3 records"), "{text}");
    let (code, text) = run(&["verify", "--json", file]);
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &found["whole"], &found["records"]), (Some(0), &Value::from(true), &Value::from(3)));
    assert!(found["head"].as_str().unwrap().starts_with(&ids[2]));

    for id in [ids[1].as_str(), REQUESTS[1]] {
        let (code, text) = run(&["show", file, id, "--json"]);
        let found: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((code, &found["id"]), (Some(0), &Value::from(ids[1].as_str())));
        assert_eq!(found["record"]["request"], REQUESTS[1]);
        let (code, text) = run(&["show", file, id]);
        assert_eq!(code, Some(0));
        assert!(text.contains(REQUESTS[1]) && text.contains("2026-11-21"), "{text}");
    }
    for unknown in ["", "\"", &"1".repeat(32)] {
        assert_eq!(run(&["show", file, unknown]), (Some(1), String::new()), "{unknown}");
    }
}

#[tokio::test]
async fn a_broken_ledger_is_told_from_a_torn_one() {
    let directory = tempfile::tempdir().unwrap();
    let (path, ids) = ledger(directory.path()).await;
    let file = path.to_str().unwrap();
    let whole = fs::read_to_string(&path).unwrap();

    fs::write(&path, format!("{whole}{{\"hash\":\"")).unwrap();
    let (code, text) = run(&["verify", file]);
    assert!(code == Some(0) && text.contains("9 bytes at the end"), "{text}");

    fs::write(&path, whole.replace("verify", "verity")).unwrap();
    let (code, text) = run(&["verify", file]);
    assert!(code == Some(1) && text.contains("broken: line 1 "), "{text}");
    let (code, text) = run(&["verify", file, "--json"]);
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &found["whole"]), (Some(1), &Value::from(false)));
    assert_eq!(run(&["show", file, &ids[0]]).0, Some(1));

    assert_eq!(run(&["verify", "/nonexistent"]).0, Some(64));
    assert_eq!(run(&["verify"]).0, Some(64));
}
