//! The documented table of reason codes: `docs/reasons.md` is generated from the code and reviewed as a file.
//! With `UPDATE_GOLDEN=1` the test rewrites it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tongban::verdict::{Code, Language, Severity};

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
