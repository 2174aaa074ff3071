//! Golden tables: expected outcomes as files that are reviewed, and rewritten on demand.

use std::fs;
use std::path::Path;

use tongban::verdict::{Judgement, Severity};

/// Verdict, integrity of each signature, and all reasons but the notes, as columns of a table.
pub(crate) fn outcome(judgement: &Judgement) -> String {
    let own = judgement.reasons.iter();
    let mut codes: Vec<&str> = own
        .chain(judgement.signatures.iter().flat_map(|signature| &signature.reasons))
        .filter(|reason| reason.code.severity() != Severity::Note)
        .map(|reason| reason.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let integrities: Vec<&str> =
        judgement.signatures.iter().map(|signature| signature.integrity.as_str()).collect();
    format!("{}\t{}\t{}", judgement.verdict().as_str(), integrities.join(","), codes.join(" "))
}

/// All notes, as a column of a table.
#[allow(dead_code, reason = "most tables leave them out")]
pub(crate) fn notes(judgement: &Judgement) -> String {
    let own = judgement.reasons.iter();
    let mut codes: Vec<&str> = own
        .chain(judgement.signatures.iter().flat_map(|signature| &signature.reasons))
        .filter(|reason| reason.code.severity() == Severity::Note)
        .map(|reason| reason.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes.join(" ")
}

/// Compares `rows` with the table `name`; `UPDATE_GOLDEN=1` writes it anew instead.
pub(crate) fn compare(name: &str, head: &str, rows: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let table = format!("{head}\n{}\n", rows.join("\n"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, table).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let differences: Vec<String> = expected
        .lines()
        .filter(|line| !table.lines().any(|row| row == *line))
        .map(|line| format!("- {line}"))
        .chain(
            table
                .lines()
                .filter(|row| !expected.lines().any(|line| line == *row))
                .map(|row| format!("+ {row}")),
        )
        .collect();
    assert!(differences.is_empty(), "{} differs:\n{}", path.display(), differences.join("\n"));
    assert_eq!(expected, table, "{} has its rows in another order", path.display());
}
