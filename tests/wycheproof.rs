//! Project Wycheproof's signature tests against the one door to algorithms.

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

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tongban::crypto::{PublicKey, SignatureAlgorithm};

/// Each file, the algorithm that it is about, and how many tests it has.
const FILES: [(&str, SignatureAlgorithm, usize); 8] = [
    ("ecdsa_secp256r1_sha256_test.json", SignatureAlgorithm::EcdsaSha256, 484),
    ("ecdsa_secp384r1_sha384_test.json", SignatureAlgorithm::EcdsaSha384, 504),
    ("ed25519_test.json", SignatureAlgorithm::Ed25519, 151),
    ("rsa_pss_2048_sha256_mgf1_32_test.json", SignatureAlgorithm::RsaPssSha256, 108),
    ("rsa_pss_4096_sha256_mgf1_32_test.json", SignatureAlgorithm::RsaPssSha256, 108),
    ("rsa_signature_2048_sha256_test.json", SignatureAlgorithm::RsaSha256, 259),
    ("rsa_signature_3072_sha256_test.json", SignatureAlgorithm::RsaSha256, 259),
    ("rsa_signature_4096_sha256_test.json", SignatureAlgorithm::RsaSha256, 258),
];

/// Files about what the gateway does not do, and why it does not.
const ELSEWHERE: [(&str, &str); 1] = [("sm4_gcm_test.json", "nothing is encrypted with SM4")];

fn bytes(hexadecimal: &Value) -> Vec<u8> {
    let text = hexadecimal.as_str().unwrap();
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn signatures_hold_exactly_where_they_should() {
    let Some(folder) = samples::shared("vectors/wycheproof") else { return };
    let mut faults = Vec::new();
    let mut tested = 0;
    for (name, algorithm, expected) in FILES {
        let file: Value = serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap();
        let before = tested;
        for group in file["testGroups"].as_array().unwrap() {
            let key = PublicKey::from_spki(&bytes(&group["publicKeyDer"])).unwrap();
            for test in group["tests"].as_array().unwrap() {
                let holds = algorithm.verify(&key, &bytes(&test["msg"]), &bytes(&test["sig"])).is_ok();
                let result = test["result"].as_str().unwrap();
                // What may be accepted or refused (a digest's identifier without its NULL) tells nothing.
                if result != "acceptable" && holds != (result == "valid") {
                    faults.push(format!(
                        "{name} {}: holds {holds}, {result}: {}",
                        test["tcId"], test["comment"]
                    ));
                }
                tested += 1;
            }
        }
        assert_eq!(tested - before, expected, "tests in {name}");
    }
    assert!(faults.is_empty(), "{} of {tested}\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_file_is_used_or_said_to_be_of_no_use() {
    let Some(folder) = samples::shared("vectors/wycheproof") else { return };
    let found: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    let named = FILES.iter().map(|(name, ..)| *name).chain(ELSEWHERE.iter().map(|(name, _)| *name));
    assert_eq!(found, named.map(str::to_owned).collect());
}
