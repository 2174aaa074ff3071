//! The field of the recommended curve, GB/T 32918.5-2017: integers modulo
//! p = 2^256 − 2^224 − 2^96 + 2^64 − 1, in Montgomery form with R = 2^256, always below p. Variable time.
//!
//! p ≡ −1 modulo 2^64, so that the quotient digit of a Montgomery step is the lowest limb itself, and adding its multiple of p
//! is shifts and additions: no multiplication is spent on reduction.

use super::limbs::{self, Limbs, adc, sbb, wide};

/// The modulus.
pub(super) const P: Limbs =
    [0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_0000_0000, 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFE_FFFF_FFFF];

/// An element: a · 2^256 mod p for the number a, below p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field(Limbs);

/// R² mod p, by doubling 1 as often as R² has bits.
const R2: Field = Field(power_of_two(512));

impl Field {
    pub(super) const ZERO: Self = Self([0; 4]);
    pub(super) const ONE: Self = Self(power_of_two(256));

    /// The element of a number below p.
    pub(super) const fn from_limbs(number: &Limbs) -> Self {
        debug_assert!(limbs::less(number, &P));
        Self(*number).mul(&R2)
    }

    /// From its inner form, the number times 2^256 modulo p: what lanes come back with.
    #[cfg(any(test, target_arch = "x86_64"))]
    pub(super) const fn from_montgomery(limbs: Limbs) -> Self {
        debug_assert!(limbs::less(&limbs, &P));
        Self(limbs)
    }

    /// The inner form, the number times 2^256 modulo p.
    pub(super) const fn montgomery(&self) -> &Limbs {
        &self.0
    }

    #[inline(always)]
    pub(super) const fn is_zero(&self) -> bool {
        limbs::is_zero(&self.0)
    }

    #[inline(always)]
    pub(super) const fn add(&self, other: &Self) -> Self {
        Self(limbs::add_mod(&self.0, &other.0, &P))
    }

    #[inline(always)]
    pub(super) const fn double(&self) -> Self {
        self.add(self)
    }

    #[inline(always)]
    pub(super) const fn sub(&self, other: &Self) -> Self {
        Self(limbs::sub_mod(&self.0, &other.0, &P))
    }

    #[inline(always)]
    pub(super) const fn neg(&self) -> Self {
        Self::ZERO.sub(self)
    }

    /// Schoolbook product, row by row, then reduction.
    #[inline(always)]
    pub(super) const fn mul(&self, other: &Self) -> Self {
        let (a, b) = (&self.0, &other.0);
        let [t0, t1, t2, t3, t4] = row(a[0], b);
        let [u1, u2, u3, u4, u5] = row(a[1], b);
        let (t1, c) = adc(t1, u1, false);
        let (t2, c) = adc(t2, u2, c);
        let (t3, c) = adc(t3, u3, c);
        let (t4, c) = adc(t4, u4, c);
        let t5 = u5.wrapping_add(c as u64);
        let [u2, u3, u4, u5, u6] = row(a[2], b);
        let (t2, c) = adc(t2, u2, false);
        let (t3, c) = adc(t3, u3, c);
        let (t4, c) = adc(t4, u4, c);
        let (t5, c) = adc(t5, u5, c);
        let t6 = u6.wrapping_add(c as u64);
        let [u3, u4, u5, u6, u7] = row(a[3], b);
        let (t3, c) = adc(t3, u3, false);
        let (t4, c) = adc(t4, u4, c);
        let (t5, c) = adc(t5, u5, c);
        let (t6, c) = adc(t6, u6, c);
        let t7 = u7.wrapping_add(c as u64);
        Self(reduce(&[t0, t1, t2, t3, t4, t5, t6, t7]))
    }

    /// Six mixed products doubled, four squares.
    #[inline(always)]
    pub(super) const fn square(&self) -> Self {
        let a = &self.0;
        let (t1, h1) = wide(a[0], a[1]);
        let (l2, h2) = wide(a[0], a[2]);
        let (l3, h3) = wide(a[0], a[3]);
        let (k3, i3) = wide(a[1], a[2]);
        let (k4, i4) = wide(a[1], a[3]);
        let (k5, i5) = wide(a[2], a[3]);
        let (t2, c) = adc(l2, h1, false);
        let (t3, c) = adc(l3, h2, c);
        let (t4, c) = adc(k4, h3, c);
        let (t5, c) = adc(k5, i4, c);
        let t6 = i5.wrapping_add(c as u64);
        let (t3, c) = adc(t3, k3, false);
        let (t4, c) = adc(t4, i3, c);
        let (t5, c) = adc(t5, 0, c);
        let t6 = t6.wrapping_add(c as u64);

        let t7 = t6 >> 63;
        let t6 = t6 << 1 | t5 >> 63;
        let t5 = t5 << 1 | t4 >> 63;
        let t4 = t4 << 1 | t3 >> 63;
        let t3 = t3 << 1 | t2 >> 63;
        let t2 = t2 << 1 | t1 >> 63;
        let t1 = t1 << 1;

        let (t0, high0) = wide(a[0], a[0]);
        let (low1, high1) = wide(a[1], a[1]);
        let (low2, high2) = wide(a[2], a[2]);
        let (low3, high3) = wide(a[3], a[3]);
        let (t1, c) = adc(t1, high0, false);
        let (t2, c) = adc(t2, low1, c);
        let (t3, c) = adc(t3, high1, c);
        let (t4, c) = adc(t4, low2, c);
        let (t5, c) = adc(t5, high2, c);
        let (t6, c) = adc(t6, low3, c);
        // The square of a number below 2^256 has no more than 512 bits.
        let (t7, _) = adc(t7, high3, c);
        Self(reduce(&[t0, t1, t2, t3, t4, t5, t6, t7]))
    }

    /// The inverse; zero for zero.
    ///
    /// Kaliski's almost inverse (IEEE Trans. Comput. 44(8), 1995) with runs of halvings taken at once. With a the inner form,
    /// u·s + v·r = p, a·r ≡ −u·2^k and a·s ≡ v·2^k (mod p) hold throughout, so that r and s never exceed p, and the loop ends
    /// with u = v = gcd(a, p) = 1 and s = a⁻¹·2^k.
    pub(super) fn invert(&self) -> Self {
        if self.is_zero() {
            return Self::ZERO;
        }
        let (mut u, mut v) = (P, self.0);
        let (mut r, mut s) = ([0; 4], [1, 0, 0, 0]);
        let mut k = halve(&mut v, &mut r);
        while u != v {
            debug_assert!(!limbs::less(&P, &r) && !limbs::less(&P, &s));
            if limbs::less(&u, &v) {
                v = limbs::sub(&v, &u).0;
                s = limbs::add(&s, &r).0;
                k += halve(&mut v, &mut r);
            } else {
                u = limbs::sub(&u, &v).0;
                r = limbs::add(&r, &s).0;
                k += halve(&mut u, &mut s);
            }
        }
        // a⁻¹·2^k · 2^512/R · 2^(512−k)/R, which is a⁻¹·R². Each step of the loop shortens u·v < 2^512 by k bits at least.
        let mut result = Self(s).mul(&R2);
        let mut left = 512_u32.saturating_sub(k);
        while left > 255 {
            result = result.double();
            left -= 1;
        }
        let mut power = [0; 4];
        if let Some(limb) = power.get_mut(left as usize / 64) {
            *limb = 1 << (left % 64);
        }
        result.mul(&Self(power))
    }

    /// Inverts all elements, none of which may be zero, at the cost of one inversion and three products each (Montgomery's trick).
    pub(super) fn invert_all(elements: &mut [Self]) {
        let mut product = Self::ONE;
        let prefixes: Vec<Self> = elements
            .iter()
            .map(|element| {
                let before = product;
                product = product.mul(element);
                before
            })
            .collect();
        // p is prime: the product is zero only if an element is.
        debug_assert!(!product.is_zero(), "an inverse of zero");
        let mut inverse = product.invert();
        for (element, prefix) in elements.iter_mut().zip(prefixes).rev() {
            let own = inverse.mul(&prefix);
            inverse = inverse.mul(element);
            *element = own;
        }
    }

    /// The element divided by 2^4: what takes coordinates from the lanes' Montgomery form, with R = 2^260, to this one.
    ///
    /// p ≡ −1 modulo 16, so that q = x mod 16 makes x + q·p divisible by 16; for x < p the quotient is below p.
    #[inline(always)]
    pub(super) const fn sixteenth(x: &Limbs) -> Self {
        let q = x[0] & 15;
        // x + q·p = x − q + q·(2^64 − 2^96 − 2^224 + 2^256)
        let (r1, carry) = adc(x[1], q, false);
        let (r2, carry) = adc(x[2], 0, carry);
        let (r3, carry) = adc(x[3], 0, carry);
        let r4 = q + carry as u64;
        let (r1, borrow) = sbb(r1, q << 32, false);
        let (r2, borrow) = sbb(r2, 0, borrow);
        let (r3, borrow) = sbb(r3, q << 32, borrow);
        let r4 = r4.wrapping_sub(borrow as u64);
        let r0 = x[0] - q;
        Self([r0 >> 4 | r1 << 60, r1 >> 4 | r2 << 60, r2 >> 4 | r3 << 60, r3 >> 4 | r4 << 60])
    }
}

/// t / R mod p for t < p·R.
///
/// Each of four steps adds q·p with q = the lowest limb, which clears it:
/// q·p = −q + 2^64·(q − 2^32·q + 0·2^64 − 2^32·q·2^128 + q·2^192). Of the product's low half L < 2^256 there remains
/// (L + Q·p)/2^256 ≤ p, with Q < 2^256; the high half is below p; their sum is below 2p. The low part may be p itself, which
/// `add_mod` takes here: it is p − (p − high), and p − high is not zero.
#[inline(always)]
const fn reduce(t: &[u64; 8]) -> Limbs {
    let low = step(step(step(step([t[0], t[1], t[2], t[3]]))));
    let high = [t[4], t[5], t[6], t[7]];
    debug_assert!(limbs::less(&high, &P) && !limbs::less(&P, &low));
    let result = limbs::add_mod(&low, &high, &P);
    debug_assert!(limbs::less(&result, &P));
    result
}

/// a · b, five limbs.
#[inline(always)]
const fn row(a: u64, b: &Limbs) -> [u64; 5] {
    let (r0, h0) = wide(a, b[0]);
    let (l1, h1) = wide(a, b[1]);
    let (l2, h2) = wide(a, b[2]);
    let (l3, h3) = wide(a, b[3]);
    let (r1, c) = adc(l1, h0, false);
    let (r2, c) = adc(l2, h1, c);
    let (r3, c) = adc(l3, h2, c);
    [r0, r1, r2, r3, h3.wrapping_add(c as u64)]
}

/// Makes `even` odd by halving, doubling `other` as often; how often.
#[inline(always)]
fn halve(even: &mut Limbs, other: &mut Limbs) -> u32 {
    let mut halvings = 0;
    loop {
        // Shifts take less than a limb at once; a run of 63 zeros goes on.
        let run = even[0].trailing_zeros().min(63);
        if run == 0 {
            return halvings;
        }
        *even = limbs::shift_right(even, run);
        *other = limbs::shift_left(other, run);
        halvings += run;
    }
}

#[inline(always)]
const fn step(t: Limbs) -> Limbs {
    let q = t[0];
    let (low, high) = (q << 32, q >> 32);
    let (u0, borrow) = sbb(q, low, false);
    let (u1, borrow) = sbb(0, high, borrow);
    let (u2, borrow) = sbb(0, low, borrow);
    // q·(2^192 − 2^160 − 2^32 + 1) is not negative, so that nothing is left to borrow.
    let u3 = q.wrapping_sub(high).wrapping_sub(borrow as u64);
    let (r0, carry) = adc(t[1], u0, false);
    let (r1, carry) = adc(t[2], u1, carry);
    let (r2, carry) = adc(t[3], u2, carry);
    // (t + q·p) / 2^64 < 2^192 + p < 2^256.
    let (r3, _) = adc(u3, 0, carry);
    [r0, r1, r2, r3]
}

/// 2^exponent mod p.
pub(super) const fn power_of_two(exponent: u32) -> Limbs {
    let mut result = [1, 0, 0, 0];
    let mut done = 0;
    while done < exponent {
        result = limbs::add_mod(&result, &result, &P);
        done += 1;
    }
    result
}
