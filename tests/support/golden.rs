//! Golden tables: expected outcomes as files that are reviewed, and rewritten on demand.

#![allow(dead_code, reason = "each table shows what it needs")]

use std::fs;
use std::path::Path;

use tongban::verdict::{Judgement, Language, Reason, Severity};

/// Codes of all reasons that `keep` keeps, those of the signatures included, each once and sorted.
pub(crate) fn codes(judgement: &Judgement, keep: impl Fn(&Reason) -> bool) -> Vec<&'static str> {
    let own = judgement.reasons.iter();
    let all = own.chain(judgement.signatures.iter().flat_map(|signature| &signature.reasons));
    let mut codes: Vec<&str> = all
        .inspect(|reason| speaks_chinese(reason))
        .filter(|reason| keep(reason))
        .map(|reason| reason.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Two English words in a row are a phrase that nobody translated; names of certificates and quotations have none here.
fn speaks_chinese(reason: &Reason) {
    let text = reason.text(Language::Chinese);
    let english = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let words: Vec<&str> = text.split_whitespace().collect();
    let phrase = words.windows(2).find(|pair| pair.iter().all(|word| english(word)));
    assert!(phrase.is_none(), "not translated in src/verdict/phrase.rs: {text}");
    assert!(!text.contains("Z ") && !text.ends_with("00Z"), "a time in UTC in a text for people: {text}");
}

/// Whether a reason is more than a note.
pub(crate) fn weighs(reason: &Reason) -> bool {
    reason.code.severity() != Severity::Note
}

/// Verdict, integrity of each signature, and the reasons that `keep` keeps, as columns of a table.
pub(crate) fn outcome_with(judgement: &Judgement, keep: impl Fn(&Reason) -> bool) -> String {
    let integrities: Vec<&str> =
        judgement.signatures.iter().map(|signature| signature.integrity.as_str()).collect();
    let codes = codes(judgement, keep).join(" ");
    format!("{}\t{}\t{codes}", judgement.verdict().as_str(), integrities.join(","))
}

/// The same with all reasons but the notes.
pub(crate) fn outcome(judgement: &Judgement) -> String {
    outcome_with(judgement, weighs)
}

/// All notes, as a column of a table.
pub(crate) fn notes(judgement: &Judgement) -> String {
    codes(judgement, |reason| !weighs(reason)).join(" ")
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
