//! Timestamps made and checked by OpenSSL: the judge and `openssl ts -verify` agree on tokens of RSA and ECDSA,
//! sound and bent. OpenSSL 3 makes and checks none with SM2, for which the forge's tests check the parts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/samples.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod samples;

use std::fs;
use std::path::Path;
use std::process::Command;

use tongban::budget::{Budget, Limits};
use tongban::document::timestamp::TimestampToken;
use tongban::pki::{Anchors, certificates_in};
use tongban::timestamp::{Setting, Stamped, TimestampJudgement, judge};

const DEPTH: u32 = 32;

/// Two authorities under one root, one that may make timestamps and one that may not, and settings for each digest.
const SETTINGS: &str = "
[req]
distinguished_name = name
prompt = no
[name]
CN = tongban test
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[made]
dir = .
serial = ./serial
crypto_device = builtin
default_policy = 2.999.1
digests = sha1, sha256, sha384, sha512
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
signer_digest = sha256
[tsa_config]
default_tsa = made
";

/// Runs OpenSSL in `directory`; whether it succeeded.
fn openssl(directory: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("openssl").current_dir(directory).args(arguments).output().unwrap();
    if !output.status.success() {
        println!("openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}

fn made(directory: &Path, arguments: &str) {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    assert!(openssl(directory, &arguments), "openssl {arguments:?}");
}

/// A root of RSA and below it two authorities, of RSA and of ECDSA.
fn authorities(directory: &Path) {
    fs::write(directory.join("settings"), SETTINGS).unwrap();
    fs::write(directory.join("serial"), "01\n").unwrap();
    fs::write(directory.join("message"), "the signature's value").unwrap();
    fs::write(directory.join("other"), "another value").unwrap();
    made(
        directory,
        "req -x509 -config settings -extensions root -subj /CN=root -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 3650",
    );
    for (name, key) in [
        ("rsa", "rsa:2048"),
        ("ecdsa", "ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve"),
    ] {
        made(
            directory,
            &format!(
                "req -config settings -subj /CN={name} -newkey {key} -nodes -keyout {name}.key -out {name}.csr"
            ),
        );
        made(
            directory,
            &format!(
                "x509 -req -in {name}.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile settings -extensions tsa -out {name}.pem -days 3650"
            ),
        );
    }
}

/// A token over `message` by the authority `name`.
fn token(directory: &Path, name: &str, digest: &str) -> Vec<u8> {
    made(directory, &format!("ts -query -data message -{digest} -cert -out query"));
    made(
        directory,
        &format!(
            "ts -reply -config settings -section made -queryfile query -signer {name}.pem -inkey {name}.key -token_out -out token"
        ),
    );
    fs::read(directory.join("token")).unwrap()
}

/// What the judge says, as of the moment that the token states.
fn judged(directory: &Path, token: &[u8], message: &str, root: &str) -> TimestampJudgement {
    let root = certificates_in(&fs::read(directory.join(root)).unwrap()).unwrap();
    let anchors = Anchors::new(root, Vec::new());
    let message = fs::read(directory.join(message)).unwrap();
    // A bent token may state nothing; any time will do then.
    let at = TimestampToken::parse(token, DEPTH).map(|token| token.info.at);
    let at = at.unwrap_or(tongban::clock::Timestamp::from_seconds(0));
    let setting =
        Setting { anchors: &anchors, revocation: None, at, skew_millis: 0, place: "timestamp", known: None };
    judge(&[token], Stamped::Bytes(&message), &[], &setting, &mut Budget::new(Limits::default())).unwrap()
}

/// What OpenSSL says.
fn verified(directory: &Path, token: &[u8], message: &str, root: &str) -> bool {
    fs::write(directory.join("token"), token).unwrap();
    let arguments = ["ts", "-verify", "-data", message, "-in", "token", "-token_in", "-CAfile", root];
    openssl(directory, &arguments)
}

fn codes(judgement: &TimestampJudgement) -> Vec<&'static str> {
    judgement.reasons.iter().map(|reason| reason.code.as_str()).collect()
}

#[test]
fn the_judge_and_openssl_agree_on_timestamps() {
    let version = Command::new("openssl").arg("version").output();
    if !version.is_ok_and(|output| output.stdout.starts_with(b"OpenSSL 3")) {
        return samples::skip("openssl 3 is needed to make and check timestamps");
    }
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    authorities(path);
    let other_root = "req -x509 -config settings -extensions root -subj /CN=root -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 3650";
    made(path, other_root);
    for name in ["rsa", "ecdsa"] {
        for digest in ["sha256", "sha384", "sha512", "sha1"] {
            let token = token(path, name, digest);
            let place = format!("{name} {digest}");
            let judgement = judged(path, &token, "message", "root.pem");
            let facts = judgement.facts.as_ref().unwrap();
            assert_eq!(facts.accuracy_micros, Some(1_500_100), "{place}");
            assert_eq!(facts.policy, "2.999.1", "{place}");
            assert!(verified(path, &token, "message", "root.pem"), "{place}");
            // OpenSSL still takes SHA-1 for proof.
            if digest == "sha1" {
                assert!(judgement.proven.is_none(), "{place}");
                assert_eq!(codes(&judgement), ["timestamp.weak"], "{place}");
                continue;
            }
            assert!(facts.proves && judgement.proven.is_some(), "{place}: {:?}", judgement.reasons);
            assert_eq!(codes(&judgement), ["chain.revocation_unchecked"], "{place}");
            assert_eq!(facts.chain.path.len(), 2, "{place}");

            let judgement = judged(path, &token, "other", "root.pem");
            assert_eq!(codes(&judgement), ["timestamp.imprint_mismatch"], "{place}");
            assert!(!verified(path, &token, "other", "root.pem"), "{place}");
            let judgement = judged(path, &token, "message", "other.pem");
            assert!(judgement.proven.is_none(), "{place}: {:?}", judgement.reasons);
            assert!(!verified(path, &token, "message", "other.pem"), "{place}");
        }
    }
}

#[test]
fn the_judge_never_trusts_a_bent_token_that_openssl_refuses() {
    let version = Command::new("openssl").arg("version").output();
    if !version.is_ok_and(|output| output.stdout.starts_with(b"OpenSSL 3")) {
        return samples::skip("openssl 3 is needed to make and check timestamps");
    }
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    authorities(path);
    let token = token(path, "ecdsa", "sha256");
    let (mut trusted, mut tried) = (0, 0);
    // Every 23rd byte hits each structure of the token; each try starts a process.
    for position in (0..token.len()).step_by(23) {
        let mut bent = token.clone();
        bent[position] ^= 0x01;
        tried += 1;
        if judged(path, &bent, "message", "root.pem").proven.is_some() {
            trusted += 1;
            assert!(verified(path, &bent, "message", "root.pem"), "byte {position}");
        }
    }
    assert!(tried > 20 && trusted <= 2, "{trusted} of {tried}");
}
