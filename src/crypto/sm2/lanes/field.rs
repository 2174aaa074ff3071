//! The field, eight elements at a time: limbs of 52 bits, one AVX-512 register for a limb of all eight, Montgomery form with
//! R = 2^260. Products and reduction use IFMA (`vpmadd52luq`, `vpmadd52huq`), which take the low 52 bits of each factor.
//!
//! Two kinds of values, kept apart by their types:
//! - [`Lanes`]: each limb in [0, 2^52), the value in [0, 9p/8). Only these are factors.
//! - [`Sums`]: signed limbs of less than 2^59 in magnitude, the value in (−16p, 16p): products before their carries are
//!   propagated, and sums and differences. [`Sums::tight`] makes them `Lanes` again.
//!
//! Bounds. With p < 2^256 and R = 2^260 > 16p, a product of two `Lanes` is less than (81/64)p²; Montgomery reduction leaves less than
//! (81/64)p²/R + p < (81/1024 + 1)p < 9p/8. Other bounds stand beside the code that they are about, and debug builds check them.

use std::arch::x86_64::{
    __m512i, __mmask8, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_mask_mov_epi64, _mm512_mask_sub_epi64, _mm512_or_si512, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srai_epi64, _mm512_srli_epi64, _mm512_sub_epi64,
    _mm512_ternarylogic_epi64,
};

#[cfg(debug_assertions)]
use std::arch::x86_64::{_mm512_abs_epi64, _mm512_cmpge_epu64_mask};

use super::super::field::P;
use super::super::limbs::Limbs;

/// Bits of a limb.
const BITS: u32 = 52;
const MASK: u64 = (1 << BITS) - 1;

/// p in limbs of 52 bits.
const P52: [u64; 5] = split(&P);

/// p = −1 + 2^52·(2^12 − 2^44) + 2^208·(2^48 − 2^16), so that a step's multiple of p takes two factors only. The first is taken 2^52
/// too great, to be positive.
const MIDDLE: u64 = (1 << 52) - (1 << 44) + (1 << 12);
const TOP: u64 = (1 << 48) - (1 << 16);

/// Eight elements, below 9p/8, with limbs below 2^52.
#[derive(Clone, Copy)]
pub(super) struct Lanes(pub(super) [__m512i; 5]);

/// Eight numbers in signed limbs whose carries are not propagated.
#[derive(Clone, Copy)]
pub(super) struct Sums([__m512i; 5]);

/// A number in limbs of 52 bits.
pub(super) const fn split(a: &Limbs) -> [u64; 5] {
    [
        a[0] & MASK,
        (a[0] >> 52 | a[1] << 12) & MASK,
        (a[1] >> 40 | a[2] << 24) & MASK,
        (a[2] >> 28 | a[3] << 36) & MASK,
        a[3] >> 16,
    ]
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn set(value: u64) -> __m512i {
    _mm512_set1_epi64(value.cast_signed())
}

impl Lanes {
    /// The same element in all lanes, from its limbs in Montgomery form, R = 2^260.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn splat(limbs: &Limbs) -> Self {
        let [a, b, c, d, e] = split(limbs);
        Self([set(a), set(b), set(c), set(d), set(e)])
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn zero() -> Self {
        Self([_mm512_setzero_si512(); 5])
    }

    /// From any numbers in four limbs of 64 bits, limb i of all eight in register i: whatever is below 2^256 is below 9p/8.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn from_words(words: &[__m512i; 4]) -> Self {
        // 0xA8: (a | b) & c
        let [w0, w1, w2, w3] = *words;
        let mask = set(MASK);
        let lanes = Self([
            _mm512_and_si512(w0, mask),
            _mm512_ternarylogic_epi64::<0xA8>(_mm512_srli_epi64::<52>(w0), _mm512_slli_epi64::<12>(w1), mask),
            _mm512_ternarylogic_epi64::<0xA8>(_mm512_srli_epi64::<40>(w1), _mm512_slli_epi64::<24>(w2), mask),
            _mm512_ternarylogic_epi64::<0xA8>(_mm512_srli_epi64::<28>(w2), _mm512_slli_epi64::<36>(w3), mask),
            _mm512_srli_epi64::<16>(w3),
        ]);
        lanes.check();
        lanes
    }

    /// The numbers below p, in limbs of 64 bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn to_words(self) -> [__m512i; 4] {
        let [a, b, c, d, e] = self.canonical().0;
        [
            _mm512_or_si512(a, _mm512_slli_epi64::<52>(b)),
            _mm512_or_si512(_mm512_srli_epi64::<12>(b), _mm512_slli_epi64::<40>(c)),
            _mm512_or_si512(_mm512_srli_epi64::<24>(c), _mm512_slli_epi64::<28>(d)),
            _mm512_or_si512(_mm512_srli_epi64::<36>(d), _mm512_slli_epi64::<16>(e)),
        ]
    }

    /// The same elements, below p: one subtraction does, since they are below 9p/8 and so below 2p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn canonical(self) -> Self {
        self.check();
        let mut less = self.sums().minus_p();
        less.carry();
        // All limbs but the highest are in [0, 2^52) now; that one is negative where p was too much.
        let negative = _mm512_srai_epi64::<63>(less.0[4]);
        let choose = |less, own| _mm512_ternarylogic_epi64::<0xCA>(negative, own, less);
        let [a, b, c, d, e] = less.0;
        let [u, v, w, x, y] = self.0;
        // 0xCA: the second where the first has ones, else the third
        Self([choose(a, u), choose(b, v), choose(c, w), choose(d, x), choose(e, y)])
    }

    /// Which lanes are zero modulo p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn is_zero(self) -> __mmask8 {
        let [a, b, c, d, e] = self.canonical().0;
        let any = _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(_mm512_or_si512(c, d), e));
        _mm512_cmpeq_epi64_mask(any, _mm512_setzero_si512())
    }

    /// `other` in the lanes of `mask`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn replaced(self, mask: __mmask8, other: &Self) -> Self {
        let mut limbs = self.0;
        for (own, other) in limbs.iter_mut().zip(&other.0) {
            *own = _mm512_mask_mov_epi64(*own, mask, *other);
        }
        Self(limbs)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn sums(self) -> Sums {
        Sums(self.0)
    }

    /// p − a in the lanes of `mask`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn negated_where(self, mask: __mmask8) -> Sums {
        let [a, b, c, d, e] = self.0;
        let [u, v, w, x, y] = P52;
        Sums([
            _mm512_mask_sub_epi64(a, mask, set(u), a),
            _mm512_mask_sub_epi64(b, mask, set(v), b),
            _mm512_mask_sub_epi64(c, mask, set(w), c),
            _mm512_mask_sub_epi64(d, mask, set(x), d),
            _mm512_mask_sub_epi64(e, mask, set(y), e),
        ])
    }

    /// a · b, carries left: 50 products for the columns, then [`reduce`].
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn times(&self, other: &Self) -> Sums {
        self.check();
        other.check();
        let [a0, a1, a2, a3, a4] = self.0;
        let [b0, b1, b2, b3, b4] = other.0;
        let zero = _mm512_setzero_si512();
        // Column k sums the low halves of a_i·b_j with i + j = k and the high ones with i + j = k − 1: at most ten numbers below
        // 2^52, less than 2^56.
        let mut t = [zero; 10];
        macro_rules! columns {
            ($($i:ident $j:ident $k:literal $next:literal),*) => {
                $(t[$k] = _mm512_madd52lo_epu64(t[$k], $i, $j);)*
                $(t[$next] = _mm512_madd52hi_epu64(t[$next], $i, $j);)*
            };
        }
        columns!(a0 b0 0 1, a0 b1 1 2, a0 b2 2 3, a0 b3 3 4, a0 b4 4 5);
        columns!(a1 b0 1 2, a1 b1 2 3, a1 b2 3 4, a1 b3 4 5, a1 b4 5 6);
        columns!(a2 b0 2 3, a2 b1 3 4, a2 b2 4 5, a2 b3 5 6, a2 b4 6 7);
        columns!(a3 b0 3 4, a3 b1 4 5, a3 b2 5 6, a3 b3 6 7, a3 b4 7 8);
        columns!(a4 b0 4 5, a4 b1 5 6, a4 b2 6 7, a4 b3 7 8, a4 b4 8 9);
        reduce(t)
    }

    /// a², carries left: the mixed products once, doubled, 30 products in all. The columns are those of a · a, with its bounds.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn squared(&self) -> Sums {
        self.check();
        let [a0, a1, a2, a3, a4] = self.0;
        let zero = _mm512_setzero_si512();
        let mut t = [zero; 10];
        macro_rules! columns {
            ($($i:ident $j:ident $k:literal $next:literal),*) => {
                $(t[$k] = _mm512_madd52lo_epu64(t[$k], $i, $j);)*
                $(t[$next] = _mm512_madd52hi_epu64(t[$next], $i, $j);)*
            };
        }
        columns!(a0 a1 1 2, a0 a2 2 3, a0 a3 3 4, a0 a4 4 5, a1 a2 3 4);
        columns!(a1 a3 4 5, a1 a4 5 6, a2 a3 5 6, a2 a4 6 7, a3 a4 7 8);
        for column in &mut t[1..9] {
            *column = _mm512_add_epi64(*column, *column);
        }
        columns!(a0 a0 0 1, a1 a1 2 3, a2 a2 4 5, a3 a3 6 7, a4 a4 8 9);
        reduce(t)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn mul(&self, other: &Self) -> Self {
        self.times(other).carried()
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn square(&self) -> Self {
        self.squared().carried()
    }

    /// Debug builds: limbs in [0, 2^52), value below 9p/8.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn check(&self) {
        #[cfg(debug_assertions)]
        {
            let limit = set(1 << BITS);
            let beyond = |limb, limit| _mm512_cmpge_epu64_mask(limb, limit);
            // A negative limb is beyond any limit when read without its sign.
            assert!(
                self.0.iter().all(|limb| beyond(*limb, limit) == 0),
                "a factor's limb of more than 52 bits"
            );
            // 9p/8 = 2^256 + 2^253 − …, of which the highest limb is 2^48 + 2^45 − 2^16 − 2^13. The limit is a little below, so that
            // no lower limb matters; nothing comes near, neither products, below (81/1024 + 1)p, nor sums that were tightened.
            let highest = set((1 << 48) + (1 << 45) - (1 << 17));
            assert!(beyond(self.0[4], highest) == 0, "a factor of 9p/8 or more");
        }
    }
}

/// t/R modulo p in five columns, carries left.
///
/// Step i takes q = t_i mod 2^52, which is t_i's own quotient digit since p ≡ −1 modulo 2^52, and adds q·p·2^(52i): that leaves
/// t_i − q, which is 2^52 times t_i's carry, for column i + 1. MIDDLE being 2^52 too great, q is taken from column i + 2 again.
/// Columns grow by less than 2^55 through all steps and stay below 2^57 in magnitude; the shifts are signed because a column that
/// only q was taken from may be negative.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduce(mut t: [__m512i; 10]) -> Sums {
    #[cfg(debug_assertions)]
    check_columns(&t, 56);
    let (mask, middle, top) = (set(MASK), set(MIDDLE), set(TOP));
    macro_rules! step {
        ($i:literal $one:literal $two:literal $four:literal $five:literal) => {
            let q = _mm512_and_si512(t[$i], mask);
            t[$one] = _mm512_add_epi64(t[$one], _mm512_srai_epi64::<BITS>(t[$i]));
            t[$one] = _mm512_madd52lo_epu64(t[$one], q, middle);
            t[$two] = _mm512_madd52hi_epu64(t[$two], q, middle);
            t[$two] = _mm512_sub_epi64(t[$two], q);
            t[$four] = _mm512_madd52lo_epu64(t[$four], q, top);
            t[$five] = _mm512_madd52hi_epu64(t[$five], q, top);
        };
    }
    step!(0 1 2 4 5);
    step!(1 2 3 5 6);
    step!(2 3 4 6 7);
    step!(3 4 5 7 8);
    step!(4 5 6 8 9);
    // Those above 2^260 are the product's: so four times a product's limbs are below 2^59, and so are its limbs added thrice.
    #[cfg(debug_assertions)]
    check_columns(&t, 57);
    Sums([t[5], t[6], t[7], t[8], t[9]])
}

/// Columns below 2^`bits` in magnitude.
#[cfg(debug_assertions)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn check_columns(columns: &[__m512i; 10], bits: u32) {
    let beyond = |column| _mm512_cmpge_epu64_mask(_mm512_abs_epi64(column), set(1 << bits));
    assert!(columns.iter().all(|column| beyond(*column) == 0), "a column of more than {bits} bits");
}

impl Sums {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn plus(self, other: Self) -> Self {
        let mut limbs = self.0;
        for (own, other) in limbs.iter_mut().zip(other.0) {
            *own = _mm512_add_epi64(*own, other);
        }
        Self(limbs)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn minus(self, other: Self) -> Self {
        let mut limbs = self.0;
        for (own, other) in limbs.iter_mut().zip(other.0) {
            *own = _mm512_sub_epi64(*own, other);
        }
        Self(limbs)
    }

    /// 2^N times as much.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn shifted<const N: u32>(self) -> Self {
        Self(self.0.map(|limb| _mm512_slli_epi64::<N>(limb)))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn minus_p(self) -> Self {
        let [a, b, c, d, e] = self.0;
        let [u, v, w, x, y] = P52;
        Self([
            _mm512_sub_epi64(a, set(u)),
            _mm512_sub_epi64(b, set(v)),
            _mm512_sub_epi64(c, set(w)),
            _mm512_sub_epi64(d, set(x)),
            _mm512_sub_epi64(e, set(y)),
        ])
    }

    /// Brings all limbs but the highest into [0, 2^52).
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn carry(&mut self) {
        let mask = set(MASK);
        let [a, b, c, d, e] = self.0;
        let b = _mm512_add_epi64(b, _mm512_srai_epi64::<BITS>(a));
        let c = _mm512_add_epi64(c, _mm512_srai_epi64::<BITS>(b));
        let d = _mm512_add_epi64(d, _mm512_srai_epi64::<BITS>(c));
        let e = _mm512_add_epi64(e, _mm512_srai_epi64::<BITS>(d));
        self.0 = [
            _mm512_and_si512(a, mask),
            _mm512_and_si512(b, mask),
            _mm512_and_si512(c, mask),
            _mm512_and_si512(d, mask),
            e,
        ];
    }

    /// A single product, which is in [0, 9p/8) as it is.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn carried(mut self) -> Lanes {
        self.carry();
        let lanes = Lanes(self.0);
        lanes.check();
        lanes
    }

    /// Any sums: takes h·p away, with h about the value's bits above 2^256, as the highest limb shows them.
    ///
    /// Let e be that limb, h = ⌊(e − 2^21)/2^48⌋, so −16 ≤ h ≤ 16. The value is e·2^208 + L with |L| < 2^216, since the other limbs are
    /// below 2^59. Less h·2^256 it lies in [2^229 − 2^216, 2^256 + 2^229 + 2^216); putting h·(2^256 − p) back, which is less than
    /// 2^228 + 2^101 in magnitude, leaves it in (2^227, 2^256 + 2^230): not negative, and below 9p/8.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn tight(self) -> Lanes {
        let [a, b, c, d, e] = self.0;
        self.check();
        let h = _mm512_srai_epi64::<48>(_mm512_sub_epi64(e, set(1 << 21)));
        #[cfg(debug_assertions)]
        assert!(_mm512_cmpge_epu64_mask(_mm512_abs_epi64(h), set(17)) == 0, "more than 16 times 2^256");
        // h·(2^256 − p) = h·(1 − 2^64 + 2^96 + 2^224), 2^64 = 2^52·2^12, 2^96 = 2^52·2^44, 2^224 = 2^208·2^16
        let a = _mm512_add_epi64(a, h);
        let b = _mm512_sub_epi64(_mm512_add_epi64(b, _mm512_slli_epi64::<44>(h)), _mm512_slli_epi64::<12>(h));
        let e = _mm512_sub_epi64(_mm512_add_epi64(e, _mm512_slli_epi64::<16>(h)), _mm512_slli_epi64::<48>(h));
        Self([a, b, c, d, e]).carried()
    }

    /// Debug builds: limbs below 2^59 in magnitude, value in (−16p, 16p).
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn check(&self) {
        #[cfg(debug_assertions)]
        {
            let beyond = |limb, limit| _mm512_cmpge_epu64_mask(_mm512_abs_epi64(limb), set(limit));
            assert!(
                self.0.iter().all(|limb| beyond(*limb, 1 << 59) == 0),
                "a sum's limb of more than 59 bits"
            );
            // 16p = 2^260 − 2^228 − …, and the other limbs come to less than 2^216: a highest limb of less than 2^52 − 2^20 − 2^9 would
            // do. The limit is a little below, so that no lower limb matters; formulas stay within 10p.
            assert!(beyond(self.0[4], (16 << 48) - (1 << 24)) == 0, "a sum beyond 16p");
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
