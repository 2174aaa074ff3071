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
    let known: [(&[u8], [u64; 4]); 2] = [
        (
            b"abc",
            [0x66C7_F0F4_62EE_EDD9, 0xD1F2_D46B_DC10_E4E2, 0x4167_C487_5CF2_F7A2, 0x297D_A02B_8F4B_A8E0],
        ),
        (
            &b"abcd".repeat(16),
            [0xDEBE_9FF9_2275_B8A1, 0x3860_4889_C18E_5A4D, 0x6FDB_70E5_387E_5765, 0x293D_CBA3_9C0C_5732],
        ),
    ];
    for (message, words) in known {
        let expected = words.map(u64::to_be_bytes).concat();
        for lanes in [Lanes::detect(), Lanes::off()] {
            for count in [1, 2, 17] {
                let parts = [message];
                for digest in digest_many(lanes, &vec![&parts[..]; count]) {
                    assert_eq!(digest[..], expected);
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
