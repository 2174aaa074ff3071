//! Points of the curve, eight at a time: reading table entries into lanes, Jacobian doubling and mixed addition.
//!
//! Formulas, from the Explicit-Formulas Database (EFD), a = −3: `dbl-2001-b`, and `madd` with Z2 = 1 as `add-1998-cmo-2` gives it.
//! Exceptional additions are not handled here but leave a trace: where both x agree, H = 0 makes Z = 0, and infinity, once
//! reached, stays, since Z3 = 2YZ and Z3 = ZH. Who asks looks at Z at the end.

#![expect(unsafe_code, reason = "loads and stores of registers take pointers")]
#![expect(clippy::indexing_slicing, reason = "lanes and limbs of arrays of known length, in unrolled loops")]

use std::arch::x86_64::{
    __m512i, __mmask8, _MM_HINT_T0, _mm_prefetch, _mm512_load_si512, _mm512_setzero_si512,
    _mm512_shuffle_i64x2, _mm512_store_si512, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

use super::super::comb::Entry;
use super::super::field::Field;
use super::field::{Lanes, Sums};

/// Eight affine points. Negation leaves signed limbs in y, which only sums see.
#[derive(Clone, Copy)]
pub(super) struct AffineLanes {
    pub(super) x: Lanes,
    pub(super) y: Sums,
}

/// Eight points in Jacobian coordinates.
#[derive(Clone, Copy)]
pub(super) struct JacobianLanes {
    pub(super) x: Lanes,
    pub(super) y: Lanes,
    pub(super) z: Lanes,
}

/// One in Montgomery form with R = 2^260.
pub(super) const ONE: [u64; 4] = *Field::ONE.double().double().double().double().montgomery();

/// `N` values, computed one after the other without waiting for each other: a product keeps a lane's multiplier waiting at its
/// end, and the next one fills in.
macro_rules! each {
    ($count:ident, $index:ident, $filler:expr, $value:expr) => {{
        let mut values = [$filler; $count];
        for $index in 0..$count {
            values[$index] = $value;
        }
        values
    }};
}
pub(super) use each;

/// The transpose of eight times eight words.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn transposed(rows: [__m512i; 8]) -> [__m512i; 8] {
    let [a, b, c, d, e, f, g, h] = rows;
    let even = [
        _mm512_unpacklo_epi64(a, b),
        _mm512_unpacklo_epi64(c, d),
        _mm512_unpacklo_epi64(e, f),
        _mm512_unpacklo_epi64(g, h),
    ];
    let odd = [
        _mm512_unpackhi_epi64(a, b),
        _mm512_unpackhi_epi64(c, d),
        _mm512_unpackhi_epi64(e, f),
        _mm512_unpackhi_epi64(g, h),
    ];
    let [w0, w2, w4, w6] = transposed_halves(even);
    let [w1, w3, w5, w7] = transposed_halves(odd);
    [w0, w1, w2, w3, w4, w5, w6, w7]
}

/// The transpose of four times four pairs of words.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn transposed_halves([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let left_low = _mm512_shuffle_i64x2::<0x44>(a, b);
    let right_low = _mm512_shuffle_i64x2::<0x44>(c, d);
    let left_high = _mm512_shuffle_i64x2::<0xEE>(a, b);
    let right_high = _mm512_shuffle_i64x2::<0xEE>(c, d);
    [
        _mm512_shuffle_i64x2::<0x88>(left_low, right_low),
        _mm512_shuffle_i64x2::<0xDD>(left_low, right_low),
        _mm512_shuffle_i64x2::<0x88>(left_high, right_high),
        _mm512_shuffle_i64x2::<0xDD>(left_high, right_high),
    ]
}

impl AffineLanes {
    /// Reads one entry for each lane, negated in the lanes of `negative`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn load(entries: &[&Entry; 8], negative: __mmask8) -> Self {
        let mut rows = [_mm512_setzero_si512(); 8];
        for (row, entry) in rows.iter_mut().zip(entries) {
            // SAFETY: an `Entry` is 64 bytes in size and alignment (repr(C, align(64)) of eight u64), all of them initialized, and
            // the reference keeps it alive; the load reads these 64 bytes.
            *row = unsafe { _mm512_load_si512(std::ptr::from_ref(*entry).cast()) };
        }
        let [x0, x1, x2, x3, y0, y1, y2, y3] = transposed(rows);
        let x = Lanes::from_words(&[x0, x1, x2, x3]);
        let y = Lanes::from_words(&[y0, y1, y2, y3]);
        Self { x, y: y.negated_where(negative) }
    }
}

/// Brings entries near that are to be read soon.
#[inline(always)]
pub(super) fn fetch(entries: &[&Entry; 8]) {
    for entry in entries {
        // SAFETY: SSE is part of x86-64, and a prefetch reads nothing that the program can see, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(*entry).cast()) };
    }
}

/// Writes the points of eight lanes as entries.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store(x: &Lanes, y: &Lanes, entries: &mut [Entry; 8]) {
    let [x0, x1, x2, x3] = x.to_words();
    let [y0, y1, y2, y3] = y.to_words();
    for (row, entry) in transposed([x0, x1, x2, x3, y0, y1, y2, y3]).into_iter().zip(entries) {
        // SAFETY: as in `AffineLanes::load`; the reference is exclusive, and any 64 bytes are a valid `Entry`.
        unsafe { _mm512_store_si512(std::ptr::from_mut(entry).cast(), row) };
    }
}

/// Four words for each lane, of which limb i of all lanes goes to register i.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn load_words(numbers: &[[u64; 4]; 8]) -> Lanes {
    let mut words = [_mm512_setzero_si512(); 4];
    for (at, word) in words.iter_mut().enumerate() {
        let limb = |lane: usize| numbers[lane][at].cast_signed();
        *word = std::arch::x86_64::_mm512_set_epi64(
            limb(7),
            limb(6),
            limb(5),
            limb(4),
            limb(3),
            limb(2),
            limb(1),
            limb(0),
        );
    }
    Lanes::from_words(&words)
}

/// The numbers of the lanes, below p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store_words(lanes: Lanes) -> [[u64; 4]; 8] {
    let mut columns = [[0; 8]; 4];
    for (column, word) in columns.iter_mut().zip(lanes.to_words()) {
        // SAFETY: the array is 64 bytes, exclusively borrowed, and this store needs no alignment.
        unsafe { std::arch::x86_64::_mm512_storeu_si512(column.as_mut_ptr().cast(), word) };
    }
    let [a, b, c, d] = columns;
    std::array::from_fn(|lane| [a[lane], b[lane], c[lane], d[lane]])
}

impl JacobianLanes {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn from_affine(point: &AffineLanes) -> Self {
        Self { x: point.x, y: point.y.tight(), z: Lanes::splat(&ONE) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn zero() -> Self {
        Self { x: Lanes::zero(), y: Lanes::zero(), z: Lanes::zero() }
    }
}

/// 2P for `N` independent groups: 3M + 5S.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn double<const N: usize>(p: &[JacobianLanes; N]) -> [JacobianLanes; N] {
    let zero = Lanes::zero();
    let delta = each!(N, i, zero, p[i].z.square());
    let gamma = each!(N, i, zero, p[i].y.square());
    let sum = each!(N, i, zero, p[i].x.sums().plus(delta[i].sums()).tight());
    let difference = each!(N, i, zero, p[i].x.sums().minus(delta[i].sums()).tight());
    let beta4 = each!(N, i, zero, p[i].x.times(&gamma[i]).shifted::<2>().tight());
    let alpha = each!(N, i, zero, {
        let third = difference[i].times(&sum[i]);
        third.plus(third).plus(third).tight()
    });
    let both = each!(N, i, zero, p[i].y.sums().plus(p[i].z.sums()).tight());
    let z = each!(N, i, zero, both[i].squared().minus(gamma[i].sums()).minus(delta[i].sums()).tight());
    let x = each!(N, i, zero, alpha[i].squared().minus(beta4[i].sums().shifted::<1>()).tight());
    let rest = each!(N, i, zero, beta4[i].sums().minus(x[i].sums()).tight());
    let gamma2 = each!(N, i, zero, gamma[i].square());
    let y = each!(N, i, zero, alpha[i].times(&rest[i]).minus(gamma2[i].sums().shifted::<3>()).tight());
    each!(N, i, JacobianLanes::zero(), JacobianLanes { x: x[i], y: y[i], z: z[i] })
}

/// P + Q for `N` independent groups, P ≠ ±Q and P not infinity: 8M + 3S.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn add<const N: usize>(p: &[JacobianLanes; N], q: &[AffineLanes; N]) -> [JacobianLanes; N] {
    let zero = Lanes::zero();
    let zz = each!(N, i, zero, p[i].z.square());
    let y2 = each!(N, i, zero, q[i].y.tight());
    let zzz = each!(N, i, zero, p[i].z.mul(&zz[i]));
    let h = each!(N, i, zero, q[i].x.times(&zz[i]).minus(p[i].x.sums()).tight());
    let r = each!(N, i, zero, y2[i].times(&zzz[i]).minus(p[i].y.sums()).tight());
    let hh = each!(N, i, zero, h[i].square());
    let z = each!(N, i, zero, p[i].z.mul(&h[i]));
    let v = each!(N, i, zero, p[i].x.mul(&hh[i]));
    let hhh = each!(N, i, zero, h[i].mul(&hh[i]));
    let x = each!(N, i, zero, r[i].squared().minus(hhh[i].sums()).minus(v[i].sums().shifted::<1>()).tight());
    let rest = each!(N, i, zero, v[i].sums().minus(x[i].sums()).tight());
    let y = each!(N, i, zero, r[i].times(&rest[i]).minus(p[i].y.times(&hhh[i])).tight());
    each!(N, i, JacobianLanes::zero(), JacobianLanes { x: x[i], y: y[i], z: z[i] })
}

#[cfg(test)]
mod tests;
