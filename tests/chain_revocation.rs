//! `tongban chain` with lists and OCSP responses: a registry of questions in one batch, and single files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/pkits.rs"]
#[allow(dead_code, reason = "only the cases are used")]
mod pkits;
#[path = "support/samples.rs"]
mod samples;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pkits::Suite;
use serde_json::{Value, json};

fn tongban(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tongban"));
    command.arg("chain").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let feeding = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap().unwrap();
    output
}

#[test]
fn a_batch_answers_pkits_as_published() {
    let Some(directory) = samples::shared("vectors/pkits") else { return };
    let suite = Suite::read(&directory);
    let question = |case: &pkits::Case| {
        let encode = |name: &String| STANDARD.encode(&suite.certificates[name]);
        let [anchor, between @ .., leaf] = case.path.as_slice() else { panic!("{}", case.name) };
        let lists: Vec<String> =
            case.revocation.iter().map(|name| STANDARD.encode(&suite.lists[name])).collect();
        json!({
            "id": case.id,
            "anchors": [encode(anchor)],
            "intermediates": between.iter().map(encode).collect::<Vec<_>>(),
            "leaf": encode(leaf),
            "at": pkits::at(),
            "crls": lists,
            "policies": case.policies.acceptable.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "require_explicit_policy": case.policies.require_explicit,
            "inhibit_any_policy": case.policies.inhibit_any,
            "inhibit_policy_mapping": case.policies.inhibit_mapping,
        })
        .to_string()
    };
    let questions: Vec<String> = suite.cases.iter().map(question).collect();
    let output = tongban(&["--batch"], &questions.join("\n"));
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 249);
    for (case, answer) in suite.cases.iter().zip(&answers) {
        assert_eq!(answer["id"], case.id);
        assert_eq!(answer["verdict"] == "valid", case.valid, "{}: {answer}", case.name);
        assert!(case.valid || answer["reasons"][0]["code"].as_str().unwrap().starts_with("path."));
    }
    let of = |id: &str| answers.iter().find(|answer| answer["id"] == id).unwrap();
    // What is wrong, what is not shown, and a list that cannot be used, which is said.
    assert_eq!(
        (&of("4.4.3")["verdict"], &of("4.4.1")["verdict"]),
        (&json!("invalid"), &json!("undetermined"))
    );
    let codes: Vec<&Value> =
        of("4.4.9")["reasons"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["path.revocation_missing", "path.list_unusable"]);
}

#[test]
fn files_are_judged_with_their_lists() {
    let Some(directory) = samples::shared("vectors/pkits") else { return };
    let certificate = |name: &str| directory.join("certs").join(name).display().to_string();
    let list = |name: &str| directory.join("crls").join(name).display().to_string();
    let (anchor, between) = (certificate("TrustAnchorRootCertificate.crt"), certificate("GoodCACert.crt"));
    let (root, good) = (list("TrustAnchorRootCRL.crl"), list("GoodCACRL.crl"));
    let judged = |leaf: &str, more: &[&str]| {
        let leaf = certificate(leaf);
        let usual =
            ["--anchor", &anchor, "--intermediate", &between, "--at", "2020-06-01T00:00:00Z", "--json"];
        let output = tongban(&[&usual, more, &[leaf.as_str()]].concat(), "");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), report)
    };
    let lists = ["--crl", root.as_str(), "--crl", good.as_str()];
    let (status, report) = judged("ValidCertificatePathTest1EE.crt", &lists);
    assert_eq!((status, &report["revocation"][0]["then"]["state"]), (0, &json!("good")), "{report}");
    assert_eq!(report["revocation"][1]["then"]["as_of"], "2010-01-01T08:30:00Z");
    let (status, report) = judged("InvalidRevokedEETest3EE.crt", &lists);
    assert_eq!((status, &report["reasons"][0]["code"]), (1, &json!("path.revoked")), "{report}");
    // Without lists nobody asks, unless told to; with one, all of the path needs one.
    assert_eq!(judged("InvalidRevokedEETest3EE.crt", &[]).0, 0);
    assert_eq!(judged("InvalidRevokedEETest3EE.crt", &[&lists[..], &["--revocation", "off"]].concat()).0, 0);
    let (status, report) = judged("ValidCertificatePathTest1EE.crt", &["--revocation", "require"]);
    assert_eq!((status, &report["verdict"]), (1, &json!("undetermined")), "{report}");
    let (status, report) = judged("ValidCertificatePathTest1EE.crt", &lists[..2]);
    assert_eq!((status, &report["reasons"][0]["code"]), (1, &json!("path.revocation_missing")), "{report}");
    let (_, report) = judged("ValidCertificatePathTest1EE.crt", &["--crl", &anchor]);
    let unusable = report["reasons"].as_array().unwrap().last().unwrap();
    assert_eq!(unusable["code"], "path.list_unusable", "{report}");
    assert!(unusable["text"].as_str().unwrap().contains("TrustAnchorRootCertificate.crt"), "{report}");
}
