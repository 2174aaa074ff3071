//! Sums of many affine points at once: pairs are added, then pairs of the sums, and so on, all divisions of one level by one
//! inversion (Montgomery's trick). An addition costs 5M + 1S in place of the 8M + 3S of a mixed one.

#![expect(clippy::indexing_slicing, reason = "pairs below the number of rows that were pushed")]

use std::arch::x86_64::__mmask8;

use super::super::field::Field;
use super::field::Lanes;
use super::point::{AffineLanes, ONE, each, load_words, store_words};

/// Pairs of a level below which its inversion costs more than it saves; measured.
const LEAST_PAIRS: usize = 24;

/// Chains of products, so that the next product of one need not wait for the last of the other.
pub(super) const CHAINS: usize = 2;

/// 2^8: see [`inverted`].
const SHIFT: Field = Field::from_limbs(&[256, 0, 0, 0]);

/// Whether adding up `rows` rows in pairs is worth an inversion.
const fn pays(rows: usize, groups: usize) -> bool {
    rows / 2 * groups >= LEAST_PAIRS
}

/// Whether [`Tree::shrink`], given a row for each of `base` windows of one scalar and then for each of `key` windows of another, adds
/// none of the one to any of the other, and never all windows of one together.
pub(super) const fn keeps_apart(groups: usize, mut base: usize, mut key: usize) -> bool {
    while pays(base + key, groups) {
        let crosses = key > 0 && !base.is_multiple_of(2);
        (base, key) = (base.div_ceil(2), key.div_ceil(2));
        if crosses || base == 1 || key == 1 {
            return false;
        }
    }
    true
}

/// Memory of a tree, kept from one sum to the next.
#[derive(Default)]
pub(super) struct Tree {
    /// Rows of one point for each group.
    points: Vec<AffineLanes>,
    /// x2 − x1 of each pair, and the product of all that come after it in its chain.
    differences: Vec<(Lanes, Lanes)>,
    /// Lanes of each group with an exceptional addition.
    exceptional: Vec<__mmask8>,
}

impl Tree {
    /// Begins sums for `groups` groups of eight.
    pub(super) fn begin(&mut self, groups: usize) {
        self.points.clear();
        self.exceptional.clear();
        self.exceptional.resize(groups, 0);
    }

    /// Adds a term of the group whose turn it is: all groups get their first, then all their second, and so on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn push(&mut self, term: AffineLanes) {
        self.points.push(term);
    }

    /// Adds pairs while that pays. Gives the rows of terms that are left, and the lanes of each group in which two points had the
    /// same x, which have to be computed otherwise altogether.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn shrink(&mut self) -> (&[AffineLanes], &[__mmask8]) {
        let groups = self.exceptional.len().max(1);
        let mut rows = self.points.len() / groups;
        while pays(rows, groups) {
            self.add_rows(groups, rows / 2);
            if rows % 2 == 1 {
                self.points.copy_within((rows - 1) * groups..rows * groups, rows / 2 * groups);
            }
            rows = rows.div_ceil(2);
        }
        (self.points.get(..rows * groups).unwrap_or_default(), &self.exceptional)
    }

    /// Adds row 2i + 1 to row 2i, for i below `pairs`; the sum becomes row i.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add_rows(&mut self, groups: usize, pairs: usize) {
        let count = groups * pairs;
        self.differences.clear();
        for pair in 0..count {
            let left = pair + pair / groups * groups;
            let difference = self.points[left + groups].x.sums().minus(self.points[left].x.sums()).tight();
            self.differences.push((difference, difference));
        }
        let mut inverses = match inverted(&self.products()) {
            Some(inverses) => inverses,
            None => {
                self.set_exceptional_apart(groups);
                let Some(inverses) = inverted(&self.products()) else {
                    // Cannot be: no difference is zero any more. Were it so, no sum could be relied on.
                    self.exceptional.fill(!0);
                    return;
                };
                inverses
            }
        };
        // From the front, so that a sum's place has been read before.
        let mut pair = 0;
        while pair + CHAINS <= count {
            self.add_pairs::<CHAINS>(groups, pair, &mut inverses);
            pair += CHAINS;
        }
        while pair < count {
            let mut inverse = [inverses[pair % CHAINS]];
            self.add_pairs::<1>(groups, pair, &mut inverse);
            pair += 1;
        }
    }

    /// The products of all differences of each chain, formed from the back; on the way each pair learns that of those behind it.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn products(&mut self) -> [Lanes; CHAINS] {
        let mut products = [Lanes::splat(&ONE); CHAINS];
        for (pair, (difference, behind)) in self.differences.iter_mut().enumerate().rev() {
            let product = &mut products[pair % CHAINS];
            *behind = *product;
            *product = product.mul(difference);
        }
        products
    }

    /// Marks the lanes whose difference is zero, and puts one in its place, so that others' inverses exist.
    ///
    /// No signature comes here: sums of neighboring windows are multiples of one point by numbers that are different, not opposite and,
    /// while the lowest and the highest window are apart, no multiples of n apart; and what is left when a tree stops keeps G and a
    /// key apart. That both is so for all numbers of groups is asserted by [`keeps_apart`]; the tree does not rest on it.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn set_exceptional_apart(&mut self, groups: usize) {
        for (pair, (difference, _)) in self.differences.iter_mut().enumerate() {
            let zero = difference.is_zero();
            self.exceptional[pair % groups] |= zero;
            *difference = difference.replaced(zero, &Lanes::splat(&ONE));
        }
    }

    /// The sums of `N` successive pairs, each of its own chain. `inverses` are those of the products from these pairs on, and become
    /// those from the next.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add_pairs<const N: usize>(&mut self, groups: usize, pair: usize, inverses: &mut [Lanes; N]) {
        let zero = Lanes::zero();
        let mut left = [0; N];
        for (at, left) in left.iter_mut().enumerate() {
            *left = pair + at + (pair + at) / groups * groups;
        }
        let points = &mut self.points;
        let differences = &self.differences;
        let inverse = each!(N, i, zero, inverses[i].mul(&differences[pair + i].1));
        *inverses = each!(N, i, zero, inverses[i].mul(&differences[pair + i].0));
        let rise = each!(N, i, zero, points[left[i] + groups].y.minus(points[left[i]].y).tight());
        let slope = each!(N, i, zero, rise[i].mul(&inverse[i]));
        let x = each!(N, i, zero, {
            slope[i]
                .squared()
                .minus(points[left[i]].x.sums())
                .minus(points[left[i] + groups].x.sums())
                .tight()
        });
        let run = each!(N, i, zero, points[left[i]].x.sums().minus(x[i].sums()).tight());
        let y = each!(N, i, zero, slope[i].times(&run[i]).minus(points[left[i]].y).tight());
        for i in 0..N {
            points[pair + i] = AffineLanes { x: x[i], y: y[i].sums() };
        }
    }
}

/// The inverses of the chains' products, lane by lane, with one inversion for all; `None` if one of them is zero.
///
/// A lane holds a·2^260, which the scalar field with R = 2^256 takes for the inner form of 16a. Its inverse there is
/// 2^256/(16a), and 2^8 times that is 2^260/a, the lane's form of 1/a.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn inverted(products: &[Lanes; CHAINS]) -> Option<[Lanes; CHAINS]> {
    let all = products[0].mul(&products[1]);
    let mut elements = store_words(all).map(Field::from_montgomery);
    if elements.iter().any(Field::is_zero) {
        return None;
    }
    Field::invert_all(&mut elements);
    let inverse = load_words(&elements.map(|element| *element.mul(&SHIFT).montgomery()));
    Some([inverse.mul(&products[1]), inverse.mul(&products[0])])
}

#[cfg(test)]
mod tests;
