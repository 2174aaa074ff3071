//! NIST PKITS: every verdict as published, each with its policy inputs, over certificate paths.

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

/// Cases that are invalid because a certificate is revoked, or its list missing, unsound or of another scope: awaiting
/// revocation. Their certificate paths are sound, which is asserted, so that none of them can pass by mistake.
#[rustfmt::skip]
const AWAITING_REVOCATION: [&str; 46] = [
    // Missing, revoked, wrong and old lists, and their keys.
    "4.4.1", "4.4.2", "4.4.3", "4.4.4", "4.4.5", "4.4.6", "4.4.8", "4.4.9", "4.4.10", "4.4.11", "4.4.12", "4.4.15", "4.4.18", "4.4.20", "4.4.21",
    // Lists of authorities that changed keys, and of those that may not sign lists.
    "4.5.2", "4.5.5", "4.5.7", "4.7.4", "4.7.5",
    // Distribution points, partial and indirect lists.
    "4.14.2", "4.14.3", "4.14.6", "4.14.8", "4.14.9", "4.14.11", "4.14.12", "4.14.14", "4.14.15", "4.14.16", "4.14.17", "4.14.20", "4.14.21", "4.14.23", "4.14.26", "4.14.27", "4.14.31", "4.14.32", "4.14.34", "4.14.35",
    // Delta lists.
    "4.15.1", "4.15.3", "4.15.4", "4.15.6", "4.15.9", "4.15.10",
];

#[test]
fn every_verdict_is_as_published() {
    let Some(directory) = samples::shared("vectors/pkits") else { return };
    let suite = Suite::read(&directory);
    assert_eq!(suite.cases.len(), 249);
    let mut wrong = Vec::new();
    for case in &suite.cases {
        let verdict = suite.judge(case);
        let awaiting = AWAITING_REVOCATION.contains(&case.id.as_str());
        let expected = case.valid || awaiting;
        if verdict.is_ok() != expected {
            wrong.push(format!("{}: {verdict:?}", case.name));
        }
        assert!(!(awaiting && case.valid), "{} is valid", case.name);
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), suite.cases.len(), wrong.join("\n"));
}
