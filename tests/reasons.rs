//! The table of reason codes: `docs/reasons.md` is generated from the code and reviewed as a file, and every code is
//! one that some judgement gives. With `UPDATE_GOLDEN=1` the documented table is rewritten.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use tongban::verdict::{Code, Language, Reason, Severity};

fn table() -> String {
    let mut table = String::from(
        "# Reason codes\n\n\
         Each reason of a verdict has one of these codes. Codes are added, never changed; clients are to tolerate unknown ones.\n\
         A `fatal` reason makes the verdict `not_genuine`; *at best* is the best verdict that a reason leaves possible.\n\n\
         | code | severity | at best | says | 含义 |\n|---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let severity = match code.severity() {
            Severity::Note => "note",
            Severity::Doubt => "doubt",
            Severity::Fatal => "fatal",
        };
        let (english, chinese) = (code.text(Language::English), code.text(Language::Chinese));
        let ceiling = code.ceiling().as_str();
        writeln!(table, "| `{}` | {severity} | {ceiling} | {english} | {chinese} |", code.as_str()).unwrap();
    }
    table
}

#[test]
fn the_table_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reasons.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, table()).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), table(), "run with UPDATE_GOLDEN=1 and review");
}

/// The codes in the golden tables, each of which is what another test found a judgement to say.
fn in_golden_tables() -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut codes = BTreeSet::new();
    for table in fs::read_dir(directory).unwrap() {
        let table = fs::read_to_string(table.unwrap().path()).unwrap();
        let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let head = lines.next().unwrap();
        assert!(head.contains(&"reasons"), "a table without reasons: {head:?}");
        for row in lines {
            assert_eq!(row.len(), head.len(), "{row:?}");
            let cells = head.iter().zip(row).filter(|(title, _)| matches!(**title, "reasons" | "notes"));
            codes.extend(cells.flat_map(|(_, cell)| cell.split_whitespace()).map(str::to_owned));
        }
    }
    codes
}

/// What the command line says of a file that opens for nobody: a socket, whoever the user is.
#[cfg(unix)]
fn of_a_file_that_cannot_be_read() -> BTreeSet<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("license.ofd");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_tongban")).args(["verify", "--json"]).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "undetermined");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let reasons = report["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
}

#[cfg(unix)]
#[test]
fn every_reason_is_given_by_a_judgement() {
    let known: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    let (in_tables, elsewhere) = (in_golden_tables(), of_a_file_that_cannot_be_read());
    assert!(in_tables.is_disjoint(&elsewhere), "a table has what is made here as well");
    let given: BTreeSet<String> = in_tables.union(&elsewhere).cloned().collect();
    let never: Vec<_> = known.difference(&given).collect();
    let unknown: Vec<_> = given.difference(&known).collect();
    assert!(never.is_empty() && unknown.is_empty(), "never given: {never:?}; no longer known: {unknown:?}");
}

/// The sources whose phrases become particulars of reasons.
const SPEAKING: [&str; 8] = [
    "src/asn1.rs",
    "src/budget.rs",
    "src/document",
    "src/identifier.rs",
    "src/pki",
    "src/registry/silence.rs",
    "src/seal",
    "src/timestamp.rs",
];

fn sources(path: &Path, found: &mut Vec<String>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| sources(&entry.unwrap().path(), found));
    } else if !path.ends_with("tests.rs") {
        let text = fs::read_to_string(path).unwrap();
        found.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
    }
}

/// String literals of two words or more on the lines of `source` that are code.
fn phrases(source: &str) -> impl Iterator<Item = &str> {
    let code =
        source.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.contains("reason ="));
    let literals = code.flat_map(|line| line.split('"').skip(1).step_by(2));
    literals.filter(|text| text.starts_with(|first: char| first.is_ascii_lowercase()) && text.contains(' '))
}

/// `phrase` with a number wherever something is filled in.
fn filled(phrase: &str) -> String {
    let mut parts = phrase.split('{');
    let head = parts.next().unwrap().to_owned();
    parts.fold(head, |text, part| format!("{text}7{}", part.split_once('}').unwrap().1))
}

#[test]
fn what_errors_say_is_said_in_chinese_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut speaking = Vec::new();
    SPEAKING.iter().for_each(|path| sources(&root.join(path), &mut speaking));
    let mut untranslated = BTreeSet::new();
    for phrase in speaking.iter().flat_map(|source| phrases(source)) {
        let english = filled(phrase);
        let reason = Reason::new(Code::ContainerMalformed, "").with(&english);
        let chinese = reason.text(Language::Chinese);
        if chinese.ends_with(&english) {
            untranslated.insert(phrase);
        }
    }
    assert!(untranslated.is_empty(), "not in src/verdict/phrase.rs: {untranslated:#?}");
}
