//! Entries that are known: only the same bytes find their contents, and never more are kept than have room.

use super::*;

fn contents(length: usize) -> Arc<Vec<u8>> {
    Arc::new(vec![7; length])
}

#[test]
fn other_bytes_of_the_same_checksum_and_size_are_not_known() {
    let known = KnownEntries::new(1000);
    known.keep(1, 5, b"own", contents(5));
    assert_eq!(known.contents(1, 5, b"own"), Some(contents(5)));
    assert_eq!(known.contents(1, 5, b"owm"), None);
    assert_eq!(known.contents(1, 6, b"own"), None);
    assert_eq!(known.contents(2, 5, b"own"), None);
    // What is kept later takes the place of the first.
    known.keep(1, 5, b"other", contents(5));
    assert_eq!(known.contents(1, 5, b"own"), None);
    assert_eq!(known.contents(1, 5, b"other"), Some(contents(5)));
    assert_eq!(known.kept.read().unwrap().1, 10);
}

#[test]
fn what_is_longer_than_anybody_deflates_it_is_not_kept() {
    let known = KnownEntries::new(1000);
    known.keep(1, 20, &[0; 85], contents(20));
    assert_eq!(known.contents(1, 20, &[0; 85]), None);
    known.keep(1, 20, &[0; 84], contents(20));
    assert_eq!(known.contents(1, 20, &[0; 84]), Some(contents(20)));
}

#[test]
fn one_more_than_have_room_takes_the_place_of_all() {
    let known = KnownEntries::new(40);
    for crc in 0..4 {
        known.keep(crc, 8, b"22", contents(8));
    }
    assert!((0..4).all(|crc| known.contents(crc, 8, b"22").is_some()));
    assert_eq!(known.kept.read().unwrap().1, 40);
    known.keep(4, 8, b"22", contents(8));
    assert!((0..4).all(|crc| known.contents(crc, 8, b"22").is_none()));
    assert_eq!(known.contents(4, 8, b"22"), Some(contents(8)));
    assert_eq!(known.kept.read().unwrap().1, 10);
    // What has no room by itself leaves the others where they are.
    known.keep(5, 39, b"22", contents(39));
    assert_eq!(known.contents(5, 39, b"22"), None);
    assert_eq!(known.contents(4, 8, b"22"), Some(contents(8)));
}
