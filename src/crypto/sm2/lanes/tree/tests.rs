//! The tree of additions where it cannot add: terms of the same x are set apart, and no other lane suffers.

use super::super::super::comb::Entry;
use super::super::super::point::{BASE, Jacobian};
use super::super::Processor;
use super::*;

const GROUPS: usize = 8;
const ROWS: usize = 9;

/// Rows of different multiples of G; in two lanes of the second group, and in one of the last, a neighbor of the same x.
#[target_feature(enable = "avx512f,avx512ifma")]
fn shrink_with_exceptional_lanes() {
    let mut multiples = Vec::with_capacity(GROUPS * ROWS * 8);
    let mut point = Jacobian::from(BASE);
    for _ in 0..GROUPS * ROWS * 8 {
        multiples.push(point);
        point = point.double().add_affine(&BASE);
    }
    let multiples = Jacobian::normalize(&multiples);
    let at = |row: usize, group: usize, lane: usize| match (row, group, lane) {
        (1, 1, 3) | (3, 1, 6) | (7, 7, 0) => (row - 1, group, lane, lane != 6),
        _ => (row, group, lane, false),
    };
    let term = |row: usize, group: usize, lane: usize| {
        let (row, group, lane, negative) = at(row, group, lane);
        multiples[(row * GROUPS + group) * 8 + lane].negated_if(negative)
    };
    let mut tree = Tree::default();
    // Twice, because a tree keeps its memory.
    for _ in 0..2 {
        tree.begin(GROUPS);
        for row in 0..ROWS {
            for group in 0..GROUPS {
                let entries: [Entry; 8] = std::array::from_fn(|lane| Entry::new(&term(row, group, lane)));
                tree.push(AffineLanes::load(&entries.each_ref(), 0));
            }
        }
        let (rows, exceptional) = tree.shrink();
        assert_eq!(exceptional, [0, 1 << 3 | 1 << 6, 0, 0, 0, 0, 0, 1]);
        // Four pairs and an odd one make five rows; two pairs of eight groups are not enough for another level.
        assert_eq!(rows.len(), 5 * GROUPS);
        for (place, sums) in rows.iter().enumerate() {
            let (row, group) = (place / GROUPS, place % GROUPS);
            let (x, y) = (store_words(sums.x), store_words(sums.y.tight()));
            for lane in (0..8).filter(|lane| exceptional[group] >> lane & 1 == 0) {
                let mut sum = Jacobian::from(term(2 * row, group, lane));
                if 2 * row + 1 < ROWS {
                    sum = sum.add_affine(&term(2 * row + 1, group, lane));
                }
                let expected = Entry::new(&Jacobian::normalize(&[sum])[0]);
                assert_eq!(Entry { x: x[lane], y: y[lane] }, expected, "{row} {group} {lane}");
            }
        }
    }
}

#[test]
#[expect(unsafe_code, reason = "a call of code for AVX-512")]
fn terms_of_the_same_x_are_set_apart() {
    if Processor::detect().is_some() {
        // SAFETY: the processor has the features.
        unsafe { shrink_with_exceptional_lanes() }
    }
}

/// What the engine's numbers are asserted to do when it is compiled, others do not.
#[test]
fn other_numbers_of_windows_or_groups_need_not_keep_scalars_apart() {
    assert!(keeps_apart(8, 32, 43) && keeps_apart(8, 32, 0));
    // An odd number of windows puts the last of one scalar beside the first of the other.
    assert!(!keeps_apart(8, 33, 43));
    // So many groups that the tree goes on to one sum of each.
    assert!(!keeps_apart(64, 32, 43) && !keeps_apart(64, 32, 0));
    assert!(!keeps_apart(64, 64, 2));
}
