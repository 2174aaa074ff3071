//! One signature at a time, on any processor.

use std::hint::black_box;
use std::sync::LazyLock;

use super::comb::{Comb, Entry};
use super::equation::Equation;
use super::order::{self, NAF_LENGTH};
use super::point::{Addend, Affine, BASE, Jacobian};

/// Width of the digits of t: 8 multiples of a key that is met once, computed for it.
const KEY_WIDTH: u32 = 5;
/// Width of the digits of s: 512 multiples of G in 32 KiB, which leaves the second-level cache to the tables of signers.
const BASE_WIDTH: u32 = 11;

/// The odd multiples of G below 2^(BASE_WIDTH−1).
static BASE_MULTIPLES: LazyLock<Vec<Affine>> = LazyLock::new(|| {
    let base = Jacobian::from(BASE);
    Jacobian::normalize(&odd_multiples(&base, 1 << (BASE_WIDTH - 2)))
});

fn odd_multiples(point: &Jacobian, count: usize) -> Vec<Jacobian> {
    let step = point.double().addend();
    std::iter::successors(Some(*point), |multiple| Some(multiple.add_addend(&step, false)))
        .take(count)
        .collect()
}

/// Whether the equation holds, for a key without a table: s·G + t·P by interleaved non-adjacent forms (Möller, "Algorithms for
/// multi-exponentiation", SAC 2001).
pub(super) fn holds(equation: &Equation, key: &Affine) -> bool {
    let mut base_digits = [0; NAF_LENGTH];
    let mut key_digits = [0; NAF_LENGTH];
    let length = order::naf(&equation.s, BASE_WIDTH, &mut base_digits).max(order::naf(
        &equation.t,
        KEY_WIDTH,
        &mut key_digits,
    ));
    let key_multiples: Vec<Addend> =
        odd_multiples(&(*key).into(), 1 << (KEY_WIDTH - 2)).iter().map(Jacobian::addend).collect();
    let base_multiples = BASE_MULTIPLES.as_slice();
    let mut sum = Jacobian::INFINITY;
    for (base_digit, key_digit) in base_digits.iter().zip(&key_digits).take(length).rev() {
        sum = sum.double();
        // Digits are odd or zero: |d| = 2·index + 1. Each has its multiple; one without could only be refused.
        if *key_digit != 0 {
            let Some(multiple) = key_multiples.get(usize::from(key_digit.unsigned_abs() / 2)) else {
                return false;
            };
            sum = sum.add_addend(multiple, *key_digit < 0);
        }
        if *base_digit != 0 {
            let Some(multiple) = base_multiples.get(usize::from(base_digit.unsigned_abs() / 2)) else {
                return false;
            };
            sum = sum.add_affine(&multiple.negated_if(*base_digit < 0));
        }
    }
    equation.is_met_by(&sum)
}

/// The same for a key with a table: additions alone.
pub(super) fn holds_with(equation: &Equation, base: &Comb, key: &Comb) -> bool {
    let terms: Vec<(&Entry, bool)> = base.terms(&equation.s).chain(key.terms(&equation.t)).collect();
    // A look at each entry, so that those which are in no near cache come at the same time and not one after the other.
    black_box(terms.iter().fold(0, |seen, (entry, _)| seen ^ entry.x[0]));
    let sum = terms.iter().fold(Jacobian::INFINITY, |sum, (entry, negative)| {
        sum.add_affine(&entry.affine().negated_if(*negative))
    });
    equation.is_met_by(&sum)
}
