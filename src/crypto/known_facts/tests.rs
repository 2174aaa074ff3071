//! Facts that are known: found by what they say alone, and within their room.

use super::*;

/// A fact of a hundred bytes, with its name and what it weighs.
const WEIGHT: usize = 100 + 1 + OVERHEAD;

fn digest(known: &KnownFacts, name: u8) {
    let fact = Fact {
        kind: Kind::Digest(DigestAlgorithm::Sm3),
        data: Arc::new(vec![name; 100]),
        last: AtomicU64::new(known.tick()),
    };
    known.keep(vec![name], fact);
}

fn has(known: &KnownFacts, name: u8) -> bool {
    known.digested(DigestAlgorithm::Sm3, &Arc::new(vec![name; 100]), &[name]).is_some()
}

#[test]
fn only_what_was_found_true_is_known() {
    let known = KnownFacts::new(10 * WEIGHT);
    digest(&known, 1);
    let data = Arc::new(vec![1; 100]);
    assert!(known.digested(DigestAlgorithm::Sm3, &data, &[1]).is_some());
    assert!(known.digested(DigestAlgorithm::Sha256, &data, &[1]).is_none());
    assert!(known.digested(DigestAlgorithm::Sm3, &data, &[2]).is_none());
    assert!(known.digested(DigestAlgorithm::Sm3, &Arc::new(vec![2; 100]), &[1]).is_none());
    // A digest is nobody's signature.
    assert!(!known.is_signed(&data, &[1]));

    let fact = Fact {
        kind: Kind::Signature([4; 65], Encoding::Raw),
        data: Arc::new(b"message".to_vec()),
        last: AtomicU64::new(0),
    };
    known.keep(vec![9], fact);
    assert_eq!(known.signature(&[4; 65], b"message", &[9]), Some(Encoding::Raw));
    assert_eq!(known.signature(&[5; 65], b"message", &[9]), None);
    assert_eq!(known.signature(&[4; 65], b"massage", &[9]), None);
    assert_eq!(known.signature(&[4; 65], b"message", &[8]), None);
    assert!(known.is_signed(b"message", &[9]) && !known.is_signed(b"massage", &[9]));
}

#[test]
fn what_was_used_last_stays_when_room_runs_out() {
    let known = KnownFacts::new(4 * WEIGHT);
    for name in 1..=4 {
        digest(&known, name);
    }
    assert_eq!(known.bytes(), 4 * WEIGHT);
    assert!(has(&known, 2) && has(&known, 1));
    digest(&known, 5);
    assert_eq!(known.bytes(), 3 * WEIGHT);
    assert_eq!((1..=5).map(|name| has(&known, name)).collect::<Vec<_>>(), [true, true, false, false, true]);
    // The same again weighs nothing, and what would take more than half has no place.
    digest(&known, 5);
    let great = Fact {
        kind: Kind::Digest(DigestAlgorithm::Sm3),
        data: Arc::new(vec![6; 2 * WEIGHT]),
        last: AtomicU64::new(known.tick()),
    };
    known.keep(vec![6], great);
    assert_eq!(known.bytes(), 3 * WEIGHT);
    for name in 7..100 {
        digest(&known, name);
        assert!(known.bytes() <= 4 * WEIGHT && has(&known, name));
    }
}
