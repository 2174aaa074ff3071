//! Known answers of SM2 and SM3, and certificates of TLCP pairs: what signs, what only encrypts, what has expired.

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

use serde_json::Value;
use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::crypto::{DigestAlgorithm, Encoding, PublicKey, SignatureAlgorithm, SigningKey};
use tongban::pki::{
    Anchors, Certificate, PathError, PathFault, Role, Terms, certificates_in, unchecked, validate,
};

fn bytes(hexadecimal: &Value) -> Vec<u8> {
    let text = hexadecimal.as_str().unwrap();
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn answers(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("gmt0003_5_gmt0004.json")).unwrap()).unwrap()
}

#[test]
fn the_signature_of_the_standard_holds() {
    let Some(folder) = samples::shared("vectors/sm") else { return };
    for example in answers(&folder)["sm2_sign"].as_array().unwrap() {
        let point = [vec![4], bytes(&example["Px"]), bytes(&example["Py"])].concat();
        let key = PublicKey::sm2(&point).unwrap();
        let secret: [u8; 32] = bytes(&example["d"]).try_into().unwrap();
        assert_eq!(SigningKey::from_secret(&secret).unwrap().public_point(), point);
        let message = bytes(&example["msg_hex"]);
        assert_eq!(key.prefixed_digest(&message).unwrap().as_ref(), bytes(&example["e"]));
        let mut value = [bytes(&example["r"]), bytes(&example["s"])].concat();
        let check = |message: &[u8], value: &[u8]| SignatureAlgorithm::Sm2Sm3.verify(&key, message, value);
        assert_eq!(check(&message, &value), Ok(Encoding::Raw));
        assert!(check(b"another message", &value).is_err());
        for position in [0, 31, 32, 63] {
            value[position] ^= 1;
            assert!(check(&message, &value).is_err(), "bit of octet {position}");
            value[position] ^= 1;
        }
    }
}

#[test]
fn the_digests_of_the_standard_come_out() {
    let Some(folder) = samples::shared("vectors/sm") else { return };
    for example in answers(&folder)["sm3"].as_array().unwrap() {
        let digest = DigestAlgorithm::Sm3.digest(&bytes(&example["msg_hex"]));
        assert_eq!(digest.as_ref(), bytes(&example["sm3"]), "{}", example["source"]);
    }
}

/// GB/T 32905-2016 annex A, whole, whether or not the vectors are at hand.
#[test]
fn the_digests_of_the_annex_come_out() {
    for (message, expected) in [
        (b"abc".to_vec(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ] {
        assert_eq!(DigestAlgorithm::Sm3.digest(&message).as_ref(), bytes(&Value::from(expected)));
    }
}

/// What becomes of a TLCP certificate that is used to sign.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Good,
    Expired,
    MayNotSign,
    NoAnchor,
}

#[test]
fn tlcp_certificates_are_what_their_names_say() {
    let Some(folder) = samples::shared("vectors/sm/tlcp") else { return };
    let (roots, others): (Vec<Certificate>, Vec<Certificate>) =
        certificates_in(&fs::read(folder.join("chain-ca.crt")).unwrap())
            .unwrap()
            .into_iter()
            .partition(|certificate| certificate.subject == certificate.issuer);
    let anchors = Anchors::new(roots, others);
    let at = Timestamp::parse_rfc3339("2026-11-21T00:00:00Z").unwrap();
    for (name, expected) in [
        ("client_enc", Outcome::MayNotSign),
        ("client_enc_expire", Outcome::MayNotSign),
        ("client_sign", Outcome::Good),
        ("client_sign_expire", Outcome::Expired),
        ("server_enc", Outcome::MayNotSign),
        ("server_enc2", Outcome::MayNotSign),
        ("server_enc_expire", Outcome::MayNotSign),
        ("server_sign", Outcome::Good),
        // Of an authority whose certificate is not among the samples.
        ("server_sign2", Outcome::NoAnchor),
        ("server_sign_expire", Outcome::Expired),
    ] {
        let file = fs::read(folder.join(format!("{name}.crt"))).unwrap();
        let certificate = certificates_in(&file).unwrap().remove(0);
        let terms = Terms::new(&anchors, Role::Signer, at);
        let mut budget = Budget::new(Limits::default());
        let outcome = match validate(&certificate, &terms, &mut unchecked, &mut budget) {
            Ok(_) => Outcome::Good,
            Err(PathError::Broken { position: 0, fault: PathFault::KeyUsage(_), .. }) => Outcome::MayNotSign,
            Err(PathError::Broken { position: 0, fault: PathFault::Dates(_), .. }) => Outcome::Expired,
            Err(PathError::NoAnchor) => Outcome::NoAnchor,
            Err(error) => panic!("{name}: {error}"),
        };
        assert_eq!(outcome, expected, "{name}");
    }
}
