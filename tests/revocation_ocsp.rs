//! The OCSP responses that OpenSSL is tested with, judged for the certificates that they are about, when they were made.
//! All are signed with SHA-1, which counts only where an archive's rules say so.

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
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tongban::budget::{Budget, Limits};
use tongban::pki::revocation::{
    Answer, Evidence, EvidenceRules, Moment, NoOtherSigners, RevocationCheck, RevocationMode, Standing,
    TimeBasis,
};
use tongban::pki::{Certificate, certificates_in};

/// Which of the six hierarchies: ND, the issuer signs itself; D, it appointed a responder. 1: under an intermediate
/// authority, 2: about one, 3: under a root.
const ALL: [&str; 6] = ["ND1", "ND2", "ND3", "D1", "D2", "D3"];
const DELEGATED: [&str; 3] = ["D1", "D2", "D3"];

/// What is wrong, the prefix of the response or of the issuer's certificate, for which hierarchies, the outcome.
const CASES: [(&str, Bent, &[&str], &str); 10] = [
    ("sound", Bent::Nothing, &ALL, "good"),
    ("response's signature", Bent::Response("ISOP"), &ALL, "path.revocation_unverified"),
    ("responder's identity", Bent::Response("WRID"), &ALL, "path.revocation_unverified"),
    ("digest of the issuer's name", Bent::Response("WINH"), &ALL, "path.revocation_missing"),
    ("digest of the issuer's key", Bent::Response("WIKH"), &ALL, "path.revocation_missing"),
    ("responder's key", Bent::Response("WKDOSC"), &DELEGATED, "path.revocation_unverified"),
    ("signature on the responder", Bent::Response("ISDOSC"), &DELEGATED, "path.revocation_unverified"),
    ("issuer's name", Bent::Issuer("WSNIC"), &ALL, "path.revocation_missing"),
    ("issuer's key", Bent::Issuer("WKIC"), &ALL, "path.revocation_missing"),
    // The issuer is trusted as it stands, so nobody asks who signed it.
    ("signature on the issuer", Bent::Issuer("ISIC"), &ALL, "good"),
];

#[derive(Clone, Copy)]
enum Bent {
    Nothing,
    Response(&'static str),
    Issuer(&'static str),
}

fn certificate(folder: &Path, name: &str) -> Certificate {
    certificates_in(&fs::read(folder.join(name)).unwrap()).unwrap().remove(0)
}

fn judge(folder: &Path, hierarchy: &str, bent: Bent, rules: EvidenceRules) -> Standing {
    let (response, issuer) = match bent {
        Bent::Nothing => (format!("{hierarchy}.ors"), String::new()),
        Bent::Response(prefix) => (format!("{prefix}_{hierarchy}.ors"), String::new()),
        Bent::Issuer(prefix) => (format!("{hierarchy}.ors"), format!("{prefix}_")),
    };
    let (subject, above) = match hierarchy.chars().last().unwrap() {
        '1' => ("EE", "ICA"),
        '2' => ("ICA", "Root"),
        _ => ("EE", "Root"),
    };
    let leaf = certificate(folder, &format!("{hierarchy}_Cert_{subject}.pem"));
    let issuer = certificate(folder, &format!("{issuer}{hierarchy}_Issuer_{above}.pem"));
    status(folder, &response, &leaf, &issuer, rules)
}

fn status(
    folder: &Path,
    response: &str,
    leaf: &Certificate,
    issuer: &Certificate,
    rules: EvidenceRules,
) -> Standing {
    let text = fs::read_to_string(folder.join(response)).unwrap();
    let der = STANDARD.decode(text.split_whitespace().collect::<String>()).unwrap();
    let mut budget = Budget::new(Limits::default());
    let answer = Answer::load(&der, None, std::slice::from_ref(issuer), &mut budget).unwrap();
    let now = answer.produced_at();
    let evidence = Evidence::new([], [Arc::new(answer)], false);
    let check = RevocationCheck {
        evidence: &evidence,
        rules,
        mode: RevocationMode::Require,
        moment: Moment { at: now, proof: TimeBasis::Shown },
        now,
        signers: &NoOtherSigners,
    };
    check.judge(&[leaf, issuer], &mut budget).unwrap().certificates.remove(0).then
}

fn label(standing: &Standing) -> &'static str {
    match standing {
        Standing::Good(_) => "good",
        Standing::Revoked(_) => "revoked",
        Standing::Undetermined(why) => why.code(),
        Standing::Unchecked => "unchecked",
    }
}

#[test]
fn responses_count_as_openssl_counts_them() {
    let Some(folder) = samples::shared("vectors/ocsp/openssl") else { return };
    let archive = EvidenceRules {
        accept_weak_signatures: true,
        accept_unchecked_responders: true,
        ..EvidenceRules::default()
    };
    let mut judged = 0;
    for (what, bent, hierarchies, expected) in CASES {
        for hierarchy in hierarchies {
            let standing = judge(&folder, hierarchy, bent, archive);
            assert_eq!(label(&standing), expected, "{what}, {hierarchy}");
            judged += 1;
        }
    }
    // The same authority under another root.
    let leaf = certificate(&folder, "ND1_Cert_EE.pem");
    let crossed = certificate(&folder, "ND1_Issuer_ICA-Cross.pem");
    assert_eq!(label(&status(&folder, "ND1.ors", &leaf, &crossed, archive)), "good");
    assert_eq!(judged + 1, 55, "cases of OpenSSL's test");
}

#[test]
fn rules_for_the_present_are_stricter() {
    let Some(folder) = samples::shared("vectors/ocsp/openssl") else { return };
    let usual = EvidenceRules::default();
    for hierarchy in ALL {
        let standing = judge(&folder, hierarchy, Bent::Nothing, usual);
        assert_eq!(label(&standing), "path.revocation_weakly_signed", "{hierarchy}");
    }
    let weak = EvidenceRules { accept_weak_signatures: true, ..usual };
    for hierarchy in ALL {
        // Of the three responders only that of D3 has no promise that nobody need ask about it.
        let expected = if hierarchy == "D3" { "path.revocation_issuer_open" } else { "good" };
        assert_eq!(label(&judge(&folder, hierarchy, Bent::Nothing, weak)), expected, "{hierarchy}");
    }
}
