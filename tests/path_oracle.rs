//! OpenSSL as an oracle for certificate paths: the verdicts on all cases of NIST PKITS, without revocation.

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

use std::path::Path;
use std::process::Command;

use pkits::{Case, Suite};
use tongban::demo::forge::pem;

/// Where the two differ, and why: OpenSSL does not let a DSA key inherit parameters (RFC 5280 §6.1.4 e).
const DIFFERENT: [&str; 1] = ["4.1.5"];

/// The verdict of `openssl verify`; `None` if it cannot be run.
fn openssl(suite: &Suite, case: &Case, directory: &Path) -> Option<bool> {
    let file = |name: &str, of: &[String]| {
        let text: String = of.iter().map(|name| pem("CERTIFICATE", &suite.certificates[name])).collect();
        std::fs::write(directory.join(name), text).unwrap();
    };
    let [anchor, between @ .., leaf] = case.path.as_slice() else { panic!("{}", case.name) };
    file("anchor.pem", std::slice::from_ref(anchor));
    file("between.pem", between);
    file("leaf.pem", std::slice::from_ref(leaf));
    let mut command = Command::new("openssl");
    let at = pkits::at().seconds().to_string();
    command.current_dir(directory).args([
        "verify",
        "-no-CAfile",
        "-no-CApath",
        "-no-CAstore",
        "-attime",
        &at,
    ]);
    command.args(["-trusted", "anchor.pem", "-untrusted", "between.pem", "-policy_check"]);
    for policy in &case.policies.acceptable {
        command.args(["-policy", &policy.to_string()]);
    }
    for (flag, name) in [
        (case.policies.require_explicit, "-explicit_policy"),
        (case.policies.inhibit_any, "-inhibit_any"),
        (case.policies.inhibit_mapping, "-inhibit_map"),
    ] {
        command.args(flag.then_some(name));
    }
    // A file without certificates is refused.
    if between.is_empty() {
        std::fs::copy(directory.join("anchor.pem"), directory.join("between.pem")).unwrap();
    }
    command.arg("leaf.pem").output().ok().map(|output| output.status.success())
}

#[test]
fn openssl_agrees_on_every_case() {
    let Some(shared) = samples::shared("vectors/pkits") else { return };
    let suite = Suite::read(&shared);
    let directory = tempfile::tempdir().unwrap();
    let mut differences = Vec::new();
    for case in &suite.cases {
        let Some(theirs) = openssl(&suite, case, directory.path()) else {
            return samples::skip("openssl 3 is needed as the oracle");
        };
        let ours = suite.judge(case).is_ok();
        if ours != theirs {
            differences.push(case.id.clone());
        }
    }
    assert_eq!(differences, DIFFERENT);
}
