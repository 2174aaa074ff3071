//! Tables of multiples of a point that are known beforehand, so that a product by a scalar is additions alone, without doublings.

#![expect(
    clippy::indexing_slicing,
    reason = "a digit's index is below the number of multiples of its window"
)]

use super::field::Field;
use super::limbs::{self, Limbs};
use super::order::{self, OddDigit};
use super::point::{Affine, Jacobian, add_pairs};

/// A point as lanes read it, one cache line: x · 2^260 mod p and y · 2^260 mod p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Entry {
    pub(super) x: Limbs,
    pub(super) y: Limbs,
}

impl Entry {
    /// What lanes start from.
    #[cfg(target_arch = "x86_64")]
    pub(super) const ZERO: Self = Self { x: [0; 4], y: [0; 4] };

    pub(super) fn new(point: &Affine) -> Self {
        Self { x: *sixteenfold(&point.x).montgomery(), y: *sixteenfold(&point.y).montgomery() }
    }

    #[inline(always)]
    pub(super) const fn affine(&self) -> Affine {
        Affine { x: Field::sixteenth(&self.x), y: Field::sixteenth(&self.y) }
    }
}

fn sixteenfold(a: &Field) -> Field {
    a.double().double().double().double()
}

/// For each window i the odd multiples 1, 3, … 2^width − 1 of 2^(width·i)·P, for scalars of [`order::OddDigits`].
#[derive(Debug)]
pub(super) struct Comb {
    width: u32,
    entries: Box<[Entry]>,
}

impl Comb {
    pub(super) fn new(point: &Affine, width: u32) -> Self {
        let windows = order::windows(width);
        let size = 1_usize << (width - 1);
        let bits = windows * width as usize;
        let mut power = Jacobian::from(*point);
        let mut powers = Vec::with_capacity(bits);
        for _ in 0..bits {
            powers.push(power);
            power = power.double();
        }
        let powers = Jacobian::normalize(&powers);
        // rounds[l]: of each window the multiples with 2^l ≤ index < 2^(l+1), each the one 2^l before it plus 2^(l+1)·base.
        // Sums of less than n times the base have no exceptional addition.
        let windows_of = |multiples: Vec<Affine>, per_window: usize| -> Vec<Vec<Affine>> {
            multiples.chunks(per_window).map(<[Affine]>::to_vec).collect()
        };
        let mut multiples: Vec<Vec<Affine>> =
            powers.iter().step_by(width as usize).map(|base| vec![*base]).collect();
        for level in 1..width as usize {
            let steps = powers.iter().skip(level).step_by(width as usize);
            let pairs: Vec<(Affine, Affine)> = multiples
                .iter()
                .zip(steps)
                .flat_map(|(window, step)| window.iter().map(|multiple| (*multiple, *step)))
                .collect();
            let sums = windows_of(add_pairs(&pairs), 1 << (level - 1));
            for (window, sums) in multiples.iter_mut().zip(sums) {
                window.extend(sums);
            }
        }
        debug_assert!(multiples.iter().all(|window| window.len() == size));
        let entries = multiples.iter().flatten().map(Entry::new).collect();
        Self { width, entries }
    }

    /// Width of the windows, which lanes cut scalars into themselves.
    #[cfg(target_arch = "x86_64")]
    pub(super) const fn width(&self) -> u32 {
        self.width
    }

    pub(super) const fn windows(&self) -> usize {
        order::windows(self.width)
    }

    /// Memory of a table of this width, in bytes.
    pub(super) const fn bytes(width: u32) -> usize {
        (order::windows(width) << (width - 1)) * size_of::<Entry>()
    }

    /// The multiple of a digit, without its sign.
    #[inline(always)]
    pub(super) fn entry(&self, window: usize, digit: OddDigit) -> &Entry {
        &self.entries[(window << (self.width - 1)) + digit.index]
    }

    /// The digits of a scalar with their entries.
    #[inline(always)]
    pub(super) fn terms(&self, scalar: &Limbs) -> impl Iterator<Item = (&Entry, bool)> {
        debug_assert!(!limbs::is_zero(scalar));
        let digits = order::OddDigits::new(scalar);
        let windows = self.windows();
        (0..windows).map(move |window| {
            let digit = digits.digit(window, windows, self.width);
            (self.entry(window, digit), digit.negative)
        })
    }
}
