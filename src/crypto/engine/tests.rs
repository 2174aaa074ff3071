//! Many checks and many digests at once give what each gives alone, in lanes and without.

use super::*;
use crate::crypto::{KnownSigners, SigningKey, Standing};

fn engines() -> [Engine; 2] {
    [Engine::detect(), Engine::portable()]
}

#[test]
fn many_checks_give_what_each_gives_alone() {
    let known = KnownSigners::new(4);
    let keys: Vec<SigningKey> =
        (1..=6).map(|secret| SigningKey::from_secret(&[secret; 32]).unwrap()).collect();
    let publics: Vec<PublicKey> = keys.iter().map(|key| key.public_key().unwrap()).collect();
    for public in publics.iter().step_by(2) {
        known.admit(public, Standing::Configured);
    }
    let messages: Vec<Vec<u8>> = (0..30_usize).map(|length| vec![7; length * length]).collect();
    let signatures: Vec<Vec<u8>> = messages
        .iter()
        .enumerate()
        .map(|(at, message)| {
            let key = &keys[at % 6];
            let mut value = if at % 2 == 0 {
                key.sign(message).unwrap()
            } else {
                key.sign_raw(message).unwrap().to_vec()
            };
            match at % 7 {
                3 => *value.last_mut().unwrap() ^= 1,
                5 => value.truncate(63),
                _ => {}
            }
            value
        })
        .collect();
    let ed25519 = PublicKey::Ed25519(vec![0; 32]);
    let items: Vec<Verification<'_>> = messages
        .iter()
        .zip(&signatures)
        .enumerate()
        .map(|(at, (message, signature))| Verification {
            algorithm: if at == 11 { SignatureAlgorithm::EcdsaSha256 } else { SignatureAlgorithm::Sm2Sm3 },
            key: if at == 17 { &ed25519 } else { &publics[at % 6] },
            message: if at % 4 == 1 {
                Message::Sm2Digest(
                    publics[at % 6].prefixed_digest(message).unwrap().as_ref().try_into().unwrap(),
                )
            } else {
                Message::Whole(message)
            },
            signature,
        })
        .collect();
    let alone: Vec<_> = items
        .iter()
        .map(|item| item.algorithm.verify_message(item.key, item.message, item.signature))
        .collect();
    assert!(alone.contains(&Ok(Encoding::Raw)) && alone.contains(&Ok(Encoding::Der)));
    for error in [VerifyError::KeyMismatch, VerifyError::Malformed, VerifyError::Mismatch] {
        assert!(alone.contains(&Err(error)));
    }
    for engine in engines() {
        for count in [0, 1, 2, 15, 30] {
            assert_eq!(engine.verify_many(&items[..count]), alone[..count], "{engine:?}");
        }
    }
}

#[test]
fn many_digests_are_what_each_is_alone() {
    let data: Vec<Vec<u8>> = (0..50_usize).map(|at| vec![at as u8; at * 37 % 400]).collect();
    let slices: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
    for algorithm in [DigestAlgorithm::Sm3, DigestAlgorithm::Sha256] {
        let alone: Vec<Digest> = data.iter().map(|data| algorithm.digest(data)).collect();
        for engine in engines() {
            assert_eq!(engine.digest_many(algorithm, &slices), alone);
        }
    }
}
