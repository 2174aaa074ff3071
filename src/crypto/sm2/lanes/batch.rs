//! Many signatures at a time: groups of eight lanes, several groups together so that they share inversions.

#![expect(
    clippy::indexing_slicing,
    reason = "groups and lanes below the numbers that the vectors were made with"
)]

use std::arch::x86_64::__mmask8;
use std::cell::RefCell;

use super::super::comb::{Comb, Entry};
use super::super::equation::Equation;
use super::super::field::power_of_two;
use super::super::limbs::Limbs;
use super::super::order::{self, OddDigit, OddDigits};
use super::super::point::Affine;
use super::super::{BASE_WIDTH, SIGNER_WIDTH};
use super::field::Lanes;
use super::point::{AffineLanes, JacobianLanes, ONE, add, double, each, fetch, load_words, store};
use super::tree::{CHAINS, Tree, inverted, keeps_apart};

/// Lanes of a group.
pub(super) const WIDTH: usize = 8;

/// Groups that are computed together: the tree of so many takes half a megabyte, which is half of the second-level cache of the
/// processors that have IFMA. More would save little, since the inversions are shared by enough.
pub(super) const GROUPS: usize = 8;

/// A tree meets no exceptional addition that is not made for it, because of these widths and this number of groups.
const _: () = {
    let (base, key) = (order::windows(BASE_WIDTH), order::windows(SIGNER_WIDTH));
    let mut groups = 1;
    while groups <= GROUPS {
        assert!(keeps_apart(groups, base, key) && keeps_apart(groups, base, 0));
        groups += 1;
    }
};

/// What the lanes found out about one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Holds,
    Fails,
    /// An exceptional addition, or a second candidate: one by one.
    Open,
}

/// 2^520 mod p: makes a number an element in Montgomery form.
const R2: Limbs = power_of_two(520);

/// Width of the digits of t for keys without tables: eight multiples a key, computed for it.
const KEY_WIDTH: u32 = 4;
const KEY_WINDOWS: usize = 64;
const KEY_MULTIPLES: usize = 1 << (KEY_WIDTH - 1);

/// The odd multiples of the keys of a group.
type Multiples = [[Entry; WIDTH]; KEY_MULTIPLES];

#[derive(Default)]
struct Scratch {
    tree: Tree,
    multiples: Vec<Multiples>,
    jacobian: Vec<[JacobianLanes; KEY_MULTIPLES]>,
    products: Vec<Lanes>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A group of up to eight signatures; lanes that are left over repeat the last.
struct Group<'a> {
    equations: [&'a Equation; WIDTH],
    base: [OddDigits; WIDTH],
    key: [OddDigits; WIDTH],
}

impl<'a> Group<'a> {
    fn new(equations: [&'a Equation; WIDTH]) -> Self {
        let base = equations.map(|equation| OddDigits::new(&equation.s));
        let key = equations.map(|equation| OddDigits::new(&equation.t));
        Self { equations, base, key }
    }
}

/// What lane `lane` of a group that starts at `group` is given.
fn member<T>(items: &[T], group: usize, lane: usize) -> &T {
    &items[(group * WIDTH + lane).min(items.len() - 1)]
}

/// The entries of one window's digits, and the mask of those to be negated.
#[inline(always)]
fn chosen<'a>(
    digits: &[OddDigits; WIDTH],
    window: usize,
    windows: usize,
    width: u32,
    mut entry: impl FnMut(usize, OddDigit) -> &'a Entry,
) -> ([&'a Entry; WIDTH], __mmask8) {
    let mut negative = 0;
    let entries = std::array::from_fn(|lane| {
        let digit = digits[lane].digit(window, windows, width);
        negative |= u8::from(digit.negative) << lane;
        entry(lane, digit)
    });
    (entries, negative)
}

/// Signatures by keys with tables: sums of entries alone.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn known(base: &Comb, signed: &[(Equation, &Comb)]) -> Vec<Outcome> {
    let groups: Vec<Group<'_>> = (0..signed.len().div_ceil(WIDTH))
        .map(|group| Group::new(std::array::from_fn(|lane| &member(signed, group, lane).0)))
        .collect();
    SCRATCH.with_borrow_mut(|scratch| {
        let tree = &mut scratch.tree;
        tree.begin(groups.len());
        // The tables of many signers are in no near cache: while one window is read, the next is fetched.
        let windows = signed[0].1.windows();
        let window_of = |window: usize| -> Vec<([&Entry; WIDTH], __mmask8)> {
            let terms = groups.iter().enumerate().map(|(at, group)| {
                let entry = |lane, digit| member(signed, at, lane).1.entry(window, digit);
                let terms = chosen(&group.key, window, windows, signed[0].1.width(), entry);
                fetch(&terms.0);
                terms
            });
            terms.collect()
        };
        let mut next = window_of(0);
        push_base(tree, base, &groups);
        for window in 1..=windows {
            let now = std::mem::take(&mut next);
            if window < windows {
                next = window_of(window);
            }
            for (entries, negative) in &now {
                tree.push(AffineLanes::load(entries, *negative));
            }
        }
        let (rows, exceptional) = tree.shrink();
        let (first, others) = rows.split_at(groups.len());
        let mut outcomes = Vec::with_capacity(groups.len() * WIDTH);
        for (pair, groups_of_pair) in groups.chunks(2).enumerate() {
            let at = 2 * pair;
            if let [left, right] = groups_of_pair {
                let sums =
                    [JacobianLanes::from_affine(&first[at]), JacobianLanes::from_affine(&first[at + 1])];
                let [left_sum, right_sum] = summed(sums, others, groups.len(), at);
                finish(&left_sum, left, exceptional[at], &mut outcomes);
                finish(&right_sum, right, exceptional[at + 1], &mut outcomes);
            } else if let [last] = groups_of_pair {
                let sums = [JacobianLanes::from_affine(&first[at])];
                let [sum] = summed(sums, others, groups.len(), at);
                finish(&sum, last, exceptional[at], &mut outcomes);
            }
        }
        outcomes.truncate(signed.len());
        outcomes
    })
}

/// The terms of s·G.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn push_base(tree: &mut Tree, base: &Comb, groups: &[Group<'_>]) {
    for window in 0..base.windows() {
        for group in groups {
            let (entries, negative) =
                chosen(&group.base, window, base.windows(), base.width(), |_, digit| {
                    base.entry(window, digit)
                });
            tree.push(AffineLanes::load(&entries, negative));
        }
    }
}

/// Signatures by keys without tables.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn unknown(base: &Comb, signed: &[(Equation, &Affine)]) -> Vec<Outcome> {
    let groups: Vec<Group<'_>> = (0..signed.len().div_ceil(WIDTH))
        .map(|group| Group::new(std::array::from_fn(|lane| &member(signed, group, lane).0)))
        .collect();
    SCRATCH.with_borrow_mut(|scratch| {
        let Scratch { tree, multiples, jacobian, products } = scratch;
        if !multiply_keys(signed, groups.len(), multiples, jacobian, products) {
            return vec![Outcome::Open; signed.len()];
        }
        tree.begin(groups.len());
        push_base(tree, base, &groups);
        let (rows, exceptional) = tree.shrink();
        let mut outcomes = Vec::with_capacity(groups.len() * WIDTH);
        for (pair, groups_of_pair) in groups.chunks(2).enumerate() {
            let at = 2 * pair;
            if let [left, right] = groups_of_pair {
                let sums = multiplied([left, right], [&multiples[at], &multiples[at + 1]]);
                let [left_sum, right_sum] = summed(sums, rows, groups.len(), at);
                finish(&left_sum, left, exceptional[at], &mut outcomes);
                finish(&right_sum, right, exceptional[at + 1], &mut outcomes);
            } else if let [last] = groups_of_pair {
                let [sum] = summed(multiplied([last], [&multiples[at]]), rows, groups.len(), at);
                finish(&sum, last, exceptional[at], &mut outcomes);
            }
        }
        outcomes.truncate(signed.len());
        outcomes
    })
}

/// Adds what a tree has left of `N` groups from the group `at` on.
#[target_feature(enable = "avx512f,avx512ifma")]
fn summed<const N: usize>(
    mut sums: [JacobianLanes; N],
    rows: &[AffineLanes],
    groups: usize,
    at: usize,
) -> [JacobianLanes; N] {
    for row in rows.chunks_exact(groups) {
        let mut terms = [row[at]; N];
        terms.copy_from_slice(&row[at..at + N]);
        sums = add(&sums, &terms);
    }
    sums
}

/// t·P for `N` groups: four doublings and an addition for each digit of t.
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiplied<const N: usize>(groups: [&Group<'_>; N], multiples: [&Multiples; N]) -> [JacobianLanes; N] {
    let term = |group: usize, window: usize| {
        let (entries, negative) =
            chosen(&groups[group].key, window, KEY_WINDOWS, KEY_WIDTH, |lane, digit| {
                &multiples[group][digit.index][lane]
            });
        AffineLanes::load(&entries, negative)
    };
    let mut sums = each!(N, i, JacobianLanes::zero(), JacobianLanes::from_affine(&term(i, KEY_WINDOWS - 1)));
    for window in (0..KEY_WINDOWS - 1).rev() {
        for _ in 0..KEY_WIDTH {
            sums = double(&sums);
        }
        let mut terms = [term(0, window); N];
        for (i, own) in terms.iter_mut().enumerate().skip(1) {
            *own = term(i, window);
        }
        sums = add(&sums, &terms);
    }
    sums
}

/// Fills `multiples` with P, 3P, … 15P of each key.
///
/// With 2P = (X : Y : Z), the map (x, y) → (xZ², yZ³) takes the curve to one of the same form on which 2P has Z = 1, so that adding
/// it is a mixed addition, whose formulas name no coefficient of the curve. A point's Z there times Z is its Z here; all are
/// inverted together. Keys have prime order, so no addition is exceptional, and no Z is zero.
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply_keys(
    signed: &[(Equation, &Affine)],
    groups: usize,
    multiples: &mut Vec<Multiples>,
    jacobian: &mut Vec<[JacobianLanes; KEY_MULTIPLES]>,
    products: &mut Vec<Lanes>,
) -> bool {
    multiples.resize(groups, [[Entry::ZERO; WIDTH]; KEY_MULTIPLES]);
    jacobian.clear();
    for (group, own) in multiples.iter_mut().enumerate() {
        let entries: [Entry; WIDTH] = std::array::from_fn(|lane| Entry::new(member(signed, group, lane).1));
        let key = AffineLanes::load(&entries.each_ref(), 0);
        own[0] = entries;
        let [twice] = double(&[JacobianLanes::from_affine(&key)]);
        let zz = twice.z.square();
        let zzz = zz.mul(&twice.z);
        let step = AffineLanes { x: twice.x, y: twice.y.sums() };
        let mut multiple =
            JacobianLanes { x: key.x.mul(&zz), y: key.y.tight().mul(&zzz), z: Lanes::splat(&ONE) };
        let mut all = [multiple; KEY_MULTIPLES];
        for next in all.iter_mut().skip(1) {
            [multiple] = add(&[multiple], &[step]);
            *next = JacobianLanes { z: multiple.z.mul(&twice.z), ..multiple };
        }
        jacobian.push(all);
    }
    products.clear();
    let mut chains = [Lanes::splat(&ONE); CHAINS];
    for all in jacobian.iter() {
        for (at, point) in all.iter().enumerate().skip(1) {
            let chain = &mut chains[at % CHAINS];
            products.push(*chain);
            *chain = chain.mul(&point.z);
        }
    }
    let Some(mut inverses) = inverted(&chains) else { return false };
    for (all, entries) in jacobian.iter().zip(multiples.iter_mut()).rev() {
        for (at, point) in all.iter().enumerate().skip(1).rev() {
            let Some(before) = products.pop() else { return false };
            let inverse = inverses[at % CHAINS].mul(&before);
            inverses[at % CHAINS] = inverses[at % CHAINS].mul(&point.z);
            let square = inverse.square();
            let x = point.x.mul(&square);
            let y = point.y.mul(&square.mul(&inverse));
            store(&x, &y, &mut entries[at]);
        }
    }
    true
}

/// Whether X = v·Z² in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn finish(sum: &JacobianLanes, group: &Group<'_>, exceptional: __mmask8, outcomes: &mut Vec<Outcome>) {
    let v = load_words(&group.equations.map(|equation| equation.v)).mul(&Lanes::splat(&R2));
    let zz = sum.z.square();
    let equal = v.times(&zz).minus(sum.x.sums()).tight().is_zero();
    let open = exceptional | sum.z.is_zero();
    for (lane, equation) in group.equations.iter().enumerate() {
        let is = |mask: __mmask8| mask >> lane & 1 == 1;
        outcomes.push(match (is(open), is(equal)) {
            (true, _) => Outcome::Open,
            (false, true) => Outcome::Holds,
            (false, false) if equation.second_candidate().is_some() => Outcome::Open,
            (false, false) => Outcome::Fails,
        });
    }
}
