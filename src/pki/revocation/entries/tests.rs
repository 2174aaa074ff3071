//! The index of a list: serial numbers by value, the worse of two entries, and what does not fit in.

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn revoked(since: i64, reason: u8, invalid_since: Option<i64>) -> Revoked {
    let reason = RevocationReason::from_number(reason).unwrap();
    Revoked { since: at(since), reason, invalid_since: invalid_since.map(at) }
}

/// A name with one RDN, which only tells issuers apart.
fn name(text: &str) -> Name {
    use crate::asn1::{tag, write};
    let attribute = write::sequence(&[&write::oid("2.5.4.3").unwrap(), &write::utf8(text)]);
    Name::from_der(&write::sequence(&[&write::tlv(tag::SET, &attribute)])).unwrap()
}

#[test]
fn integers_are_compared_by_value() {
    let cases: [(&[u8], &[u8]); 8] = [
        (&[0], &[0]),
        (&[0, 0, 1], &[1]),
        (&[0, 0x80], &[0, 0x80]),
        (&[0, 0, 0x80], &[0, 0x80]),
        (&[0xff, 0xff], &[0xff]),
        (&[0xff, 0x7f], &[0xff, 0x7f]),
        (&[0x80], &[0x80]),
        (&[], &[]),
    ];
    for (written, shortened) in cases {
        assert_eq!(shortest(written), shortened, "{written:02x?}");
    }
}

#[test]
fn of_two_entries_the_worse_counts() {
    let mut gathering = Gathering::new(name("issuer"), 4, 8);
    for said in [revoked(50, 4, Some(20)), revoked(40, 1, None), revoked(60, 6, Some(10))] {
        gathering.push(&[7], said).unwrap();
    }
    gathering.push(&[8], revoked(60, 4, Some(10))).unwrap();
    let entries = gathering.finish();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries.find(&name("issuer"), &[0, 7]), Some(revoked(40, 1, None)));
    assert_eq!(entries.find(&name("issuer"), &[8]), Some(revoked(60, 4, Some(10))));
    assert_eq!(entries.find(&name("other"), &[8]), None);
}

#[test]
fn a_serial_number_too_long_for_the_index_is_refused() {
    let mut gathering = Gathering::new(Name::default(), 1, 256);
    assert_eq!(gathering.push(&[1; 256], revoked(1, 0, None)), Err(Overflow::Serial));
    assert_eq!(gathering.push(&[1; 255], revoked(1, 0, None)), Ok(()));
}

proptest! {
    #[test]
    fn the_index_finds_what_a_search_finds(
        entries in proptest::collection::vec(
            (0_usize..3, proptest::collection::vec(0_u8..3, 1..4), 0_i64..100, 0_u8..6, proptest::option::of(0_i64..100)),
            0..60,
        ),
        asked in proptest::collection::vec((0_usize..3, proptest::collection::vec(0_u8..3, 1..4)), 20),
    ) {
        let issuers = [name("a"), name("b"), name("c")];
        let mut gathering = Gathering::new(issuers[0].clone(), entries.len(), 0);
        let mut linear: Vec<(usize, Vec<u8>, Revoked)> = Vec::new();
        for (issuer, serial, since, reason, invalid) in entries {
            let said = revoked(since, reason, invalid);
            gathering.turn_to(issuers[issuer].clone()).unwrap();
            gathering.push(&serial, said).unwrap();
            linear.push((issuer, shortest(&serial).to_vec(), said));
        }
        let index = gathering.finish();
        for (issuer, serial) in asked {
            let alike = linear.iter().filter(|(by, number, _)| *by == issuer && number == shortest(&serial));
            let expected = alike.map(|(.., said)| *said).reduce(Revoked::and);
            let found = index.find(&issuers[issuer], &serial);
            prop_assert_eq!(found.map(|said| said.since), expected.map(|said| said.since));
            prop_assert_eq!(found.map(|said| said.reason.is_compromise()), expected.map(|said| said.reason.is_compromise()));
        }
    }
}
