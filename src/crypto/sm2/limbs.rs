//! Integers of 256 bits as four limbs of 64, least significant first: what the field and the order of the curve share.
//! It knows no modulus.

/// 256 bits, least significant limb first.
pub(super) type Limbs = [u64; 4];

/// a + b + carry, and the carry out. The standard library's `carrying_add` is not yet usable in constants.
#[inline(always)]
pub(super) const fn adc(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry as u64);
    (sum, first | second)
}

/// a − b − borrow, and the borrow out.
#[inline(always)]
pub(super) const fn sbb(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(borrow as u64);
    (difference, first | second)
}

/// a · b, low and high.
#[inline(always)]
pub(super) const fn wide(a: u64, b: u64) -> (u64, u64) {
    let product = a as u128 * b as u128;
    (product as u64, (product >> 64) as u64)
}

/// a + b, and whether it overflowed.
#[inline(always)]
pub(super) const fn add(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, carry) = adc(a[0], b[0], false);
    let (r1, carry) = adc(a[1], b[1], carry);
    let (r2, carry) = adc(a[2], b[2], carry);
    let (r3, carry) = adc(a[3], b[3], carry);
    ([r0, r1, r2, r3], carry)
}

/// a − b modulo 2^256, and whether b was greater.
#[inline(always)]
pub(super) const fn sub(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, borrow) = sbb(a[0], b[0], false);
    let (r1, borrow) = sbb(a[1], b[1], borrow);
    let (r2, borrow) = sbb(a[2], b[2], borrow);
    let (r3, borrow) = sbb(a[3], b[3], borrow);
    ([r0, r1, r2, r3], borrow)
}

/// `yes` if `condition`, else `no`, without a branch: the outcome is as good as random, and a wrong guess costs more.
#[inline(always)]
pub(super) const fn select(condition: bool, yes: &Limbs, no: &Limbs) -> Limbs {
    let mask = (condition as u64).wrapping_neg();
    [
        no[0] ^ (mask & (yes[0] ^ no[0])),
        no[1] ^ (mask & (yes[1] ^ no[1])),
        no[2] ^ (mask & (yes[2] ^ no[2])),
        no[3] ^ (mask & (yes[3] ^ no[3])),
    ]
}

/// Whether a < b.
#[inline(always)]
pub(super) const fn less(a: &Limbs, b: &Limbs) -> bool {
    sub(a, b).1
}

/// Whether a = 0.
#[inline(always)]
pub(super) const fn is_zero(a: &Limbs) -> bool {
    a[0] | a[1] | a[2] | a[3] == 0
}

/// a + b mod m for a, b < m, as a − (m − b): one carry chain more than a sum, but nothing to choose between.
#[inline(always)]
pub(super) const fn add_mod(a: &Limbs, b: &Limbs, m: &Limbs) -> Limbs {
    sub_mod(a, &sub(m, b).0, m)
}

/// a − b mod m for a, b ≤ m that are not a = m and b = 0.
#[inline(always)]
pub(super) const fn sub_mod(a: &Limbs, b: &Limbs, m: &Limbs) -> Limbs {
    let (difference, borrow) = sub(a, b);
    let mask = (borrow as u64).wrapping_neg();
    add(&difference, &[m[0] & mask, m[1] & mask, m[2] & mask, m[3] & mask]).0
}

/// a · 2^−n, the bits below dropped, for n in 1..64.
#[inline(always)]
pub(super) const fn shift_right(a: &Limbs, n: u32) -> Limbs {
    let up = 64 - n;
    [a[0] >> n | a[1] << up, a[1] >> n | a[2] << up, a[2] >> n | a[3] << up, a[3] >> n]
}

/// a · 2^n modulo 2^256, for n in 1..64.
#[inline(always)]
pub(super) const fn shift_left(a: &Limbs, n: u32) -> Limbs {
    let down = 64 - n;
    [a[0] << n, a[1] << n | a[0] >> down, a[2] << n | a[1] >> down, a[3] << n | a[2] >> down]
}

/// The `count` bits from bit `from` on, for `count` below 64; bits beyond the number are 0.
#[inline(always)]
pub(super) fn bits(a: &Limbs, from: usize, count: u32) -> u64 {
    let limb = |at: usize| a.get(at).copied().unwrap_or(0);
    let (at, offset) = (from / 64, from % 64);
    let low = limb(at) >> offset;
    let high = if offset == 0 { 0 } else { limb(at + 1) << (64 - offset) };
    (low | high) & ((1 << count) - 1)
}

/// From 32 bytes, most significant first.
pub(super) fn from_bytes(bytes: &[u8; 32]) -> Limbs {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*chunk);
    }
    limbs
}
