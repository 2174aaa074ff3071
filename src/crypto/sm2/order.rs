//! Numbers modulo the order n of the curve, GB/T 32918.5-2017, and how scalars are written as digits. Verification multiplies
//! nothing modulo n: it adds and subtracts.

use super::limbs::{self, Limbs};

/// The order of the base point.
pub(super) const N: Limbs =
    [0x53BB_F409_39D5_4123, 0x7203_DF6B_21C6_052B, 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFE_FFFF_FFFF];

/// p − n: a number below it that an x-coordinate left modulo n may have been that number or n more.
pub(super) const P_LESS_N: Limbs = limbs::sub(&super::field::P, &N).0;

/// Digits of a non-adjacent form ([`naf`]): one more than the scalar has bits.
pub(super) const NAF_LENGTH: usize = 257;

/// Whether a number lies in [1, n−1].
pub(super) const fn is_scalar(number: &Limbs) -> bool {
    !limbs::is_zero(number) && limbs::less(number, &N)
}

/// Reduces any 256 bits; n > 2^255, so that one subtraction does.
pub(super) const fn reduce(number: &Limbs) -> Limbs {
    let (difference, borrow) = limbs::sub(number, &N);
    limbs::select(borrow, number, &difference)
}

/// a + b mod n.
pub(super) const fn add(a: &Limbs, b: &Limbs) -> Limbs {
    limbs::add_mod(a, b, &N)
}

/// a − b mod n.
pub(super) const fn sub(a: &Limbs, b: &Limbs) -> Limbs {
    limbs::sub_mod(a, b, &N)
}

/// A scalar as digits of a fixed width, all of them odd: Joye and Tunstall, "Exponent recoding and regular exponentiation
/// algorithms", AFRICACRYPT 2009, without carries.
///
/// For odd k < 2^256 and m windows of w bits with w·m > 255, u = (k + 2^(wm) − 1)/2 = (k >> 1) + 2^(wm−1) has digits u_i with
/// Σ (2u_i + 1 − 2^w)·2^(wi) = 2u + 1 − 2^(wm) = k. No digit is zero, so no table needs infinity. An even k, of which n − k is
/// odd, has the digits of n − k negated.
#[derive(Clone, Copy, Debug)]
pub(super) struct OddDigits {
    half: Limbs,
    negated: bool,
}

/// One of them: ±(2·index + 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OddDigit {
    pub(super) index: usize,
    pub(super) negative: bool,
}

impl OddDigits {
    /// Of a scalar in [1, n−1].
    pub(super) fn new(scalar: &Limbs) -> Self {
        debug_assert!(is_scalar(scalar));
        let negated = scalar[0] & 1 == 0;
        let odd = if negated { limbs::sub(&N, scalar).0 } else { *scalar };
        Self { half: limbs::shift_right(&odd, 1), negated }
    }

    /// The digit of window `at` of `windows` windows of `width` bits.
    #[inline(always)]
    pub(super) fn digit(&self, at: usize, windows: usize, width: u32) -> OddDigit {
        let sign = 1 << (width - 1);
        let own = limbs::bits(&self.half, at * width as usize, width);
        let window = if at + 1 == windows { own | sign } else { own };
        let negative = window & sign == 0;
        let magnitude = if negative { !window } else { window };
        OddDigit { index: (magnitude & (sign - 1)) as usize, negative: negative != self.negated }
    }
}

/// How many windows of `width` bits [`OddDigits`] needs.
pub(super) const fn windows(width: u32) -> usize {
    256_usize.div_ceil(width as usize)
}

/// The non-adjacent form of width `width`: k = Σ d_i·2^i, each digit zero or odd with |d_i| < 2^(width−1), and of any `width` in a
/// row at most one not zero (Solinas, 2000). Gives the number of digits.
pub(super) fn naf(scalar: &Limbs, width: u32, digits: &mut [i16; NAF_LENGTH]) -> usize {
    debug_assert!((2..=15).contains(&width));
    let mut carry = 0;
    let mut position = 0;
    let mut length = 0;
    while let Some(digit) = digits.get_mut(position) {
        // What is left, seen from here, is bits of the scalar plus the carry; an even one shifts on.
        let bit = limbs::bits(scalar, position, 1);
        if bit == carry {
            position += 1;
            continue;
        }
        let window = (limbs::bits(scalar, position, width) + carry) as i32;
        let high = window >> (width - 1) & 1;
        carry = high as u64;
        // |window − 2^width·high| < 2^(width−1) ≤ 2^14
        *digit = (window - (high << width)) as i16;
        length = position + 1;
        position += width as usize;
    }
    // Beyond the scalar's 256 bits there is at most one carry, which digit 256 takes.
    debug_assert!(carry == 0);
    length
}
