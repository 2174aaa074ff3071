//! NIST PKITS: every verdict as published, each with its policy inputs and lists.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/pkits.rs"]
mod pkits;
#[path = "support/samples.rs"]
#[allow(dead_code, reason = "only the shared samples are used")]
mod samples;

use pkits::Suite;

#[test]
fn every_verdict_is_as_published() {
    let Some(directory) = samples::shared("vectors/pkits") else { return };
    let suite = Suite::read(&directory);
    assert_eq!(suite.cases.len(), 249);
    let mut wrong = Vec::new();
    for case in &suite.cases {
        let verdict = suite.judge(case);
        if verdict.is_ok() != case.valid {
            wrong.push(format!("{}: {verdict:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), suite.cases.len(), wrong.join("\n"));
}
