//! OpenSSL as an oracle for certificate paths: the verdicts on all cases of NIST PKITS, without and with
//! their lists of revoked certificates.

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
use tongban::pki::revocation::RevocationMode;

/// Where the two differ, and why: OpenSSL does not let a DSA key inherit parameters (RFC 5280 §6.1.4 e).
const DIFFERENT: [&str; 1] = ["4.1.5"];

/// Where they differ once lists count: OpenSSL knows no issuer of lists whose own certificate is on its list by the word
/// of the authority above (§6.3.3 b).
const DIFFERENT_WITH_LISTS: [&str; 2] = ["4.1.5", "4.14.30"];

/// The verdict of `openssl verify`; `None` if it cannot be run.
fn openssl(suite: &Suite, case: &Case, mode: RevocationMode, directory: &Path) -> Option<bool> {
    let write = |name: &str, text: String| std::fs::write(directory.join(name), text).unwrap();
    let file = |name: &str, of: &[String]| {
        write(name, of.iter().map(|name| pem("CERTIFICATE", &suite.certificates[name])).collect());
    };
    let [anchor, between @ .., leaf] = case.path.as_slice() else { panic!("{}", case.name) };
    file("anchor.pem", std::slice::from_ref(anchor));
    file("between.pem", between);
    file("leaf.pem", std::slice::from_ref(leaf));
    let mut command = Command::new("openssl");
    let at = pkits::at().seconds().to_string();
    command.current_dir(directory).args(["verify", "-no-CApath", "-no-CAstore", "-attime", &at]);
    command.args(["-CAfile", "anchor.pem", "-untrusted", "between.pem", "-policy_check"]);
    if mode != RevocationMode::Off {
        write("lists.pem", case.revocation.iter().map(|name| pem("X509 CRL", &suite.lists[name])).collect());
        command.args(["-crl_check_all", "-extended_crl", "-use_deltas", "-CRLfile", "lists.pem"]);
    }
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
    for (mode, expected) in
        [(RevocationMode::Off, &DIFFERENT[..]), (RevocationMode::IfPresent, &DIFFERENT_WITH_LISTS)]
    {
        let mut differences = Vec::new();
        for case in &suite.cases {
            let Some(theirs) = openssl(&suite, case, mode, directory.path()) else {
                return samples::skip("openssl 3 is needed as the oracle");
            };
            if suite.judge_in(mode, case).is_ok() != theirs {
                differences.push(case.id.clone());
            }
        }
        assert_eq!(differences, expected, "{mode:?}");
    }
}
