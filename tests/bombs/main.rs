//! Files made to cost more than they are worth, each judged by the built program under hard limits of memory and
//! processor time: what would exceed them is stopped by the system, and the test fails.
//!
//! The bounds are those of a build without optimization, several times above what was measured, because machines
//! differ; what the bombs did before they were mended lies far beyond them. Processor time is limited and not the
//! time that passes, so that a busy machine changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod container;
mod der;
#[path = "../support/lab.rs"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod lab;
mod package;
mod pdf;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Address space in MiB, which nothing that a program holds can exceed: 60 for the program with its libraries (its text
/// alone is 40 without optimization), twice the largest file (64), twice the largest entry (64), and the rest for what is
/// made of them.
const MEMORY: u32 = 430;
/// Address space in MiB for files that carry no more than a few: 60 for the program, and what is made of the file.
const LITTLE: u32 = 190;
/// Processor time in seconds: six times what the slowest takes without optimization; most take less than one.
const SECONDS: u32 = 60;

/// One bomb.
pub(crate) struct Bomb {
    /// What it is, as a file name.
    pub(crate) name: &'static str,
    pub(crate) file: Vec<u8>,
    /// A reason that it gets.
    pub(crate) code: &'static str,
    /// What it may take, in MiB of address space.
    pub(crate) memory: u32,
    /// What it may take, in seconds of processor time.
    pub(crate) seconds: u32,
}

impl Bomb {
    /// A bomb of a small file, which may cost little.
    pub(crate) fn new(name: &'static str, file: Vec<u8>, code: &'static str) -> Self {
        Self { name, file, code, memory: LITTLE, seconds: SECONDS }
    }

    /// The same where `memory` MiB are due.
    pub(crate) fn within(self, memory: u32) -> Self {
        Self { memory, ..self }
    }
}

/// Judges `path` under the limits; gives the codes in the report, or what went wrong.
fn judged(path: &Path, memory: u32, seconds: u32) -> Result<BTreeSet<String>, String> {
    let limits = format!("ulimit -v {} -t {seconds}; exec \"$0\" \"$@\"", memory * 1024);
    let output = Command::new("bash")
        .args(["-c", &limits, env!("CARGO_BIN_EXE_tongban"), "verify", "--json"])
        .args(["--at", "2026-11-21T00:00:00Z"])
        .arg(path)
        .output()
        .unwrap();
    let fault = String::from_utf8_lossy(&output.stderr).into_owned();
    if !matches!(output.status.code(), Some(1 | 2)) {
        return Err(format!("{:?} {fault}", output.status));
    }
    let report = serde_json::from_slice(&output.stdout).map_err(|error| format!("{error} {fault}"))?;
    let mut found = BTreeSet::new();
    codes(&report, &mut found);
    Ok(found)
}

/// Every code in a report, wherever it stands.
fn codes(report: &Value, found: &mut BTreeSet<String>) {
    match report {
        Value::Array(list) => list.iter().for_each(|one| codes(one, found)),
        Value::Object(members) => {
            found.extend(members.get("code").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|one| codes(one, found));
        }
        _ => {}
    }
}

/// Judges each bomb. Those that fail stay below `target/`, to be looked at.
fn cost_little(family: &str, bombs: Vec<Bomb>) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bombs").join(family);
    fs::create_dir_all(&directory).unwrap();
    let mut failed = Vec::new();
    for bomb in bombs {
        let path = directory.join(bomb.name);
        fs::write(&path, &bomb.file).unwrap();
        match judged(&path, bomb.memory, bomb.seconds) {
            Ok(found) if found.contains(bomb.code) => fs::remove_file(&path).unwrap(),
            other => failed.push(format!("{}: {other:?}", bomb.name)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn containers() {
    cost_little("container", container::bombs());
}

#[test]
fn a_file_above_the_limit_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("huge.ofd");
    fs::write(&path, b"PK\x03\x04").unwrap();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    let found = judged(&path, MEMORY, SECONDS).unwrap();
    assert!(found.contains("document.over_budget"), "{found:?}");
}

#[test]
fn packages() {
    cost_little("package", package::bombs());
}

#[test]
fn signatures_and_seals() {
    cost_little("der", der::bombs());
}

#[test]
fn pdf_files() {
    cost_little("pdf", pdf::bombs());
}
