//! The chapters of NIST PKITS about lists (4.4, 4.5, 4.14, 4.15): every certificate of each given path against the given
//! lists alone. What other rules of paths refuse is shown where whole paths are judged.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/climb.rs"]
mod climb;
#[path = "support/samples.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod samples;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use climb::Pool;
use serde_json::Value;
use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::pki::Certificate;
use tongban::pki::revocation::{
    Evidence, EvidenceRules, List, ListLimits, Moment, PathStanding, RevocationCheck, RevocationMode,
    TimeProof,
};

/// Chapters whose verdicts hang on lists.
const CHAPTERS: [&str; 4] = ["4.4.", "4.5.", "4.14.", "4.15."];

fn names(case: &Value, key: &str) -> Vec<String> {
    case[key].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn lists(folder: &Path, names: &[String], authorities: &[Certificate], budget: &mut Budget) -> Evidence {
    let limits = ListLimits::default();
    let loaded: Vec<_> = names
        .iter()
        .map(|name| fs::read(folder.join("crls").join(name)).unwrap())
        .map(|der| List::load(&der, authorities, &limits, budget))
        .collect();
    let unusable = loaded.iter().any(Result::is_err);
    Evidence::new(loaded.into_iter().flatten().map(Arc::new), [], unusable)
}

/// The standings on each path from the last certificate to the first.
fn judge(folder: &Path, case: &Value) -> Vec<PathStanding> {
    let mut budget = Budget::new(Limits::default());
    let mut certificates: Vec<Certificate> = names(case, "CertPath")
        .iter()
        .map(|name| Certificate::from_der(&fs::read(folder.join("certs").join(name)).unwrap()).unwrap())
        .collect();
    let leaf = certificates.pop().unwrap();
    let pool = Pool(certificates);
    let evidence = lists(folder, &names(case, "CRLPath"), &pool.0, &mut budget);
    let now = Timestamp::parse_rfc3339("2026-11-21T00:00:00Z").unwrap();
    let check = RevocationCheck {
        evidence: &evidence,
        rules: EvidenceRules::default(),
        mode: RevocationMode::Require,
        moment: Moment { at: now, proof: TimeProof::Shown },
        now,
        signers: &pool,
    };
    pool.climb(&leaf, &pool.0[0]).iter().map(|path| check.judge(path, &mut budget).unwrap()).collect()
}

#[test]
fn lists_decide_as_published() {
    let Some(folder) = samples::shared("vectors/pkits") else { return };
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("vectors.json")).unwrap()).unwrap();
    let mut judged = 0;
    let mut faults = Vec::new();
    for case in &cases {
        let name = case["Name"].as_str().unwrap();
        if !CHAPTERS.iter().any(|chapter| name.starts_with(chapter)) {
            continue;
        }
        let standings = judge(&folder, case);
        let valid = standings.iter().any(|standing| standing.worst().is_none());
        judged += 1;
        if valid != case["ShouldValidate"].as_bool().unwrap() {
            faults.push(format!("{name}: valid {valid}: {standings:#?}"));
        }
    }
    assert!(faults.is_empty(), "{} of {judged}\n{}", faults.len(), faults.join("\n"));
    assert_eq!(judged, 74, "cases of the chapters");
}
