//! Lists and OCSP responses made by OpenSSL, and the same questions put to both: RSA and ECDSA authorities, good, revoked
//! with reasons, on hold.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/samples.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod samples;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use tongban::budget::{Budget, Limits};
use tongban::clock::{Clock, SystemClock};
use tongban::pki::revocation::{
    Answer, Evidence, EvidenceRules, List, ListLimits, RevocationMode, RevocationTerms, Standing, TimeBasis,
    validate_with_revocation,
};
use tongban::pki::{Anchors, Certificate, Role, Terms, certificates_in};

const SETTINGS: &str = "
[req]
distinguished_name = name
prompt = no
[name]
CN = tongban test
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign,digitalSignature
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
authorityKeyIdentifier = keyid
[responder]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
[ca]
default_ca = made
[made]
dir = .
database = ./index.txt
serial = ./serial
crlnumber = ./crlnumber
new_certs_dir = .
certificate = ./root.pem
private_key = ./root.key
default_md = sha256
default_crl_days = 7
default_days = 30
policy = any
unique_subject = no
crl_extensions = list
[list]
authorityKeyIdentifier = keyid
[any]
commonName = supplied
";

/// Each leaf with the reason that it is revoked for, if it is, and the outcome.
const LEAVES: [(&str, Option<&str>, &str); 5] = [
    ("good", None, "good"),
    ("plain", Some("unspecified"), "revoked unspecified"),
    ("compromised", Some("keyCompromise"), "revoked keyCompromise"),
    ("replaced", Some("superseded"), "revoked superseded"),
    ("held", Some("certificateHold"), "path.revocation_on_hold"),
];

fn openssl(directory: &Path, arguments: &str) -> Output {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    Command::new("openssl").current_dir(directory).args(&arguments).output().unwrap()
}

fn made(directory: &Path, arguments: &str) {
    let output = openssl(directory, arguments);
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A root with keys of `kind`, the leaves, their list, and a responder's answers about each.
fn make(directory: &Path, kind: &str) {
    for (file, content) in
        [("settings", SETTINGS), ("index.txt", ""), ("serial", "7f01\n"), ("crlnumber", "01\n")]
    {
        fs::write(directory.join(file), content).unwrap();
    }
    made(
        directory,
        &format!(
            "req -x509 -newkey {kind} -nodes -keyout root.key -out root.pem -days 60 -subj /CN=root -config settings -extensions root"
        ),
    );
    let leaves = LEAVES.iter().map(|(name, ..)| (*name, "leaf"));
    for (name, extensions) in leaves.chain([("responder", "responder")]) {
        made(
            directory,
            &format!(
                "req -newkey {kind} -nodes -keyout {name}.key -out {name}.csr -subj /CN={name} -config settings"
            ),
        );
        made(
            directory,
            &format!(
                "ca -batch -config settings -in {name}.csr -out {name}.pem -notext -extensions {extensions}"
            ),
        );
    }
    for (name, reason, _) in LEAVES {
        if let Some(reason) = reason {
            made(directory, &format!("ca -config settings -revoke {name}.pem -crl_reason {reason}"));
        }
    }
    made(directory, "ca -config settings -gencrl -out list.pem");
    made(directory, "crl -in list.pem -outform DER -out list.crl");
    for (name, ..) in LEAVES {
        for signer in ["root", "responder"] {
            for digest in ["sha1", "sha256"] {
                made(
                    directory,
                    &format!(
                        "ocsp -index index.txt -CA root.pem -rsigner {signer}.pem -rkey {signer}.key -issuer root.pem -{digest} -cert {name}.pem -ndays 7 -no_nonce -respout {name}.{signer}.{digest}"
                    ),
                );
            }
        }
    }
}

fn certificate(directory: &Path, name: &str) -> Certificate {
    certificates_in(&fs::read(directory.join(name)).unwrap()).unwrap().remove(0)
}

fn judge(directory: &Path, name: &str, evidence: &Evidence) -> String {
    let anchors = Anchors::new(vec![certificate(directory, "root.pem")], Vec::new());
    let now = SystemClock.now();
    let revocation = RevocationTerms {
        evidence,
        rules: EvidenceRules::default(),
        mode: RevocationMode::Require,
        proof: TimeBasis::Shown,
        now,
    };
    let terms = Terms::new(&anchors, Role::Signer, now);
    let leaf = certificate(directory, &format!("{name}.pem"));
    let mut budget = Budget::new(Limits::default());
    let judged = validate_with_revocation(&leaf, &terms, &revocation, &mut budget);
    match &judged.standing.certificates[0].then {
        Standing::Good(_) => "good".to_owned(),
        Standing::Revoked(revocation) => format!("revoked {}", revocation.stated.reason.name()),
        Standing::Undetermined(why) => why.code().to_owned(),
        Standing::Unchecked => "unchecked".to_owned(),
    }
}

#[test]
fn openssl_says_the_same() {
    if Command::new("openssl").arg("version").output().is_err() {
        samples::skip("OpenSSL is not installed");
        return;
    }
    for kind in ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256"] {
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path();
        make(directory, kind);
        let root = [certificate(directory, "root.pem")];
        let mut budget = Budget::new(Limits::default());
        let list = fs::read(directory.join("list.crl")).unwrap();
        let list = List::load(&list, &root, &ListLimits::default(), &mut budget).unwrap();
        assert_eq!(list.len(), LEAVES.iter().filter(|(_, reason, _)| reason.is_some()).count());
        let by_list = Evidence::new([Arc::new(list)], [], false);
        for (name, reason, expected) in LEAVES {
            assert_eq!(judge(directory, name, &by_list), expected, "{kind}: {name} by list");
            let checked = openssl(
                directory,
                &format!("verify -crl_check -CRLfile list.pem -CAfile root.pem {name}.pem"),
            );
            assert_eq!(checked.status.success(), reason.is_none(), "{kind}: OpenSSL on {name}");
            for signer in ["root", "responder"] {
                for digest in ["sha1", "sha256"] {
                    let file = format!("{name}.{signer}.{digest}");
                    let answer = fs::read(directory.join(&file)).unwrap();
                    let answer = Answer::load(&answer, None, &root, &mut budget).unwrap();
                    let by_answer = Evidence::new([], [Arc::new(answer)], false);
                    assert_eq!(judge(directory, name, &by_answer), expected, "{kind}: {file}");
                }
            }
        }
    }
}
