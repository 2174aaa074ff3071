//! NIST PKITS: every verdict as published, each with its policy inputs, over certificate paths.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/pkits.rs"]
mod pkits;
#[path = "support/samples.rs"]
#[allow(dead_code, reason = "only the shared samples are used")]
mod samples;

use pkits::Suite;
use tongban::crypto::PublicKey;
use tongban::pki::{Certificate, PathReason};

/// Cases that ask something of DSA, which the suite under SM2 keys cannot: there they ask what 4.1.1 to 4.1.3 do.
const OF_DSA: [&str; 3] = ["4.1.4", "4.1.5", "4.1.6"];

/// Judges all cases; one line each, for the golden table.
fn judge(suite: &Suite) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut lines = Vec::new();
    for case in &suite.cases {
        let verdict = suite.judge(case);
        if verdict.is_ok() != case.valid {
            wrong.push(format!("{}: {verdict:?}", case.name));
        }
        let outcome = match &verdict {
            Ok(_) => "valid".to_owned(),
            Err(pkits::Fault::Unreadable(error)) => format!("unreadable: {error}"),
            Err(pkits::Fault::Path(error)) => {
                let reason = PathReason::from(error.clone());
                format!("{}\t{}", reason.code, reason.position.map(|at| at.to_string()).unwrap_or_default())
            }
        };
        lines.push(format!("{}\t{outcome}", case.id));
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), suite.cases.len(), wrong.join("\n"));
    lines
}

#[test]
fn every_verdict_is_as_published_and_for_its_reason() {
    let Some(directory) = samples::shared("vectors/pkits") else { return };
    let suite = Suite::read(&directory);
    assert_eq!((suite.cases.len(), suite.certificates.len(), suite.lists.len()), (249, 405, 173));
    // Beside the tables of reasons, which are of licenses.
    golden::compare("../pkits.tsv", "case\toutcome\tcertificate", &judge(&suite));
}

#[test]
fn every_verdict_stays_under_sm2_keys() {
    let Some(directory) = samples::shared("vectors/pkits") else { return };
    let original = Suite::read(&directory);
    let suite = original.under_sm2();
    for (old, new) in judge(&original).iter().zip(judge(&suite)) {
        let id = old.split('\t').next().unwrap();
        assert!(*old == new || OF_DSA.contains(&id), "{old} became {new}");
    }
    let rsa = suite.certificates.values().filter(|der| {
        let certificate = Certificate::from_der(der).unwrap();
        !matches!(certificate.key, Ok(PublicKey::Sm2(_)))
    });
    assert_eq!(rsa.count(), 0);
}
