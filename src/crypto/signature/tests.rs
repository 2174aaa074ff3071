use proptest::prelude::*;

use super::super::SigningKey;
use super::*;
use crate::asn1::write;

fn key() -> SigningKey {
    // GM/T 0003.5-2012 annex A.2: the private key of the example on the recommended curve.
    let secret = b"\x39\x45\x20\x8F\x7B\x21\x44\xB1\x3F\x36\xE3\x8A\xC6\xD3\x9F\x95\
                   \x88\x93\x93\x69\x28\x60\xB5\x1A\x42\xFB\x81\xEF\x4D\xF7\xC5\xB8";
    SigningKey::from_secret(secret).unwrap()
}

fn scalar(text: &str) -> Vec<u8> {
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn published() -> (Vec<u8>, Vec<u8>) {
    (
        scalar("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"),
        scalar("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"),
    )
}

fn check(signature: &[u8]) -> Result<Encoding, VerifyError> {
    SignatureAlgorithm::Sm2Sm3.verify(&key().public_key().unwrap(), b"message digest", signature)
}

#[test]
fn the_published_signature_holds_in_every_encoding() {
    let (r, s) = published();
    assert_eq!(check(&[r.clone(), s.clone()].concat()), Ok(Encoding::Raw));
    assert_eq!(check(&write::sequence(&[&write::integer(&r), &write::integer(&s)])), Ok(Encoding::Der));
    let negative = write::sequence(&[&write::tlv(2, &r), &write::tlv(2, &s)]);
    assert_eq!(check(&negative), Ok(Encoding::Loose));
    let padded = write::sequence(&[&write::tlv(2, &[&[0, 0], r.as_slice()].concat()), &write::integer(&s)]);
    assert_eq!(check(&padded), Ok(Encoding::Loose));
}

#[test]
fn values_out_of_range_are_malformed() {
    let (r, s) = published();
    let order = scalar("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123");
    let mut above = order.clone();
    above[31] += 1;
    for bad in [vec![0; 32], order, above] {
        assert_eq!(check(&[bad.clone(), s.clone()].concat()), Err(VerifyError::Malformed));
        assert_eq!(check(&[r.clone(), bad].concat()), Err(VerifyError::Malformed));
    }
    let trailing = [write::sequence(&[&write::integer(&r), &write::integer(&s)]), vec![0]].concat();
    assert_eq!(check(&trailing), Err(VerifyError::Malformed));
    assert_eq!(check(&[]), Err(VerifyError::Malformed));
}

#[test]
fn one_changed_bit_breaks_it() {
    let (r, mut s) = published();
    s[31] ^= 1;
    assert_eq!(check(&[r, s].concat()), Err(VerifyError::Mismatch));
}

#[test]
fn a_key_off_the_curve_is_refused() {
    let mut point = key().public_point();
    point[64] ^= 1;
    assert!(PublicKey::sm2(&point).is_err());
    assert!(PublicKey::sm2(&[0]).is_err());
}

proptest! {
    #[test]
    fn what_is_signed_holds_and_nothing_else(message in proptest::collection::vec(any::<u8>(), 0..80), flip in 0_usize..64) {
        let key = key();
        let signature = key.sign(&message).unwrap();
        let public = key.public_key().unwrap();
        prop_assert_eq!(SignatureAlgorithm::Sm2Sm3.verify(&public, &message, &signature), Ok(Encoding::Der));
        let mut raw = key.sign_raw(&message).unwrap();
        raw[flip] ^= 0x10;
        prop_assert!(SignatureAlgorithm::Sm2Sm3.verify(&public, &message, &raw).is_err());
    }
}
