//! SM3 against the answers of the standard and RustCrypto: every length around blocks, alone and many together.

use ::sm3::Digest as _;
use proptest::prelude::*;

use super::*;

fn theirs(data: &[u8]) -> [u8; 32] {
    ::sm3::Sm3::digest(data).into()
}

#[test]
fn the_digests_of_the_standard_come_out() {
    // GB/T 32905-2016 annex A.
    let known: [(&[u8], [u8; 4]); 2] =
        [(b"abc", [0x66, 0xC7, 0xF0, 0xF4]), (&b"abcd".repeat(16), [0xDE, 0xBE, 0x9F, 0xF9])];
    for (message, beginning) in known {
        for lanes in [Lanes::detect(), Lanes::off()] {
            for count in [1, 2, 17] {
                let parts = [message];
                for digest in digest_many(lanes, &vec![&parts[..]; count]) {
                    assert_eq!(digest, theirs(message));
                    assert_eq!(digest[..4], beginning);
                }
            }
        }
    }
}

#[test]
fn every_length_around_blocks_comes_out() {
    let data: Vec<u8> = (0..=255).cycle().take(400).collect();
    for length in 0..data.len() {
        let mut hasher = Sm3::new();
        let (left, right) = data[..length].split_at(length / 3);
        hasher.update(left);
        hasher.update(right);
        assert_eq!(hasher.finish(), theirs(&data[..length]), "{length}");
    }
}

proptest! {
    /// Any number of messages of any lengths, cut into any parts.
    #[test]
    fn many_are_what_each_is_alone(
        messages in proptest::collection::vec(
            proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..4),
            0..40,
        ),
    ) {
        let parts: Vec<Vec<&[u8]>> =
            messages.iter().map(|parts| parts.iter().map(Vec::as_slice).collect()).collect();
        let slices: Vec<&[&[u8]]> = parts.iter().map(Vec::as_slice).collect();
        let expected: Vec<[u8; 32]> = messages.iter().map(|parts| theirs(&parts.concat())).collect();
        for lanes in [Lanes::detect(), Lanes::off()] {
            prop_assert_eq!(&digest_many(lanes, &slices), &expected);
        }
    }
}
