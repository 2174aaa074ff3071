//! What verification comes to: GB/T 32918.2-2016 §7.1 from step B5 on, without a division.

use super::field::Field;
use super::limbs::{self, Limbs};
use super::order;
use super::point::Jacobian;

/// A signature value with r and s in [1, n−1] (steps B1 and B2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::crypto) struct Signature {
    r: Limbs,
    s: Limbs,
}

impl Signature {
    /// From r ‖ s, 32 bytes each; `None` if either is out of range.
    pub(in crate::crypto) fn from_bytes(bytes: &[u8; 64]) -> Option<Self> {
        let ([r, s], []) = bytes.as_chunks::<32>() else { return None };
        let (r, s) = (limbs::from_bytes(r), limbs::from_bytes(s));
        (order::is_scalar(&r) && order::is_scalar(&s)).then_some(Self { r, s })
    }
}

/// The question whether the x-coordinate of s·G + t·P is v modulo n.
#[derive(Clone, Copy, Debug)]
pub(super) struct Equation {
    /// In [1, n−1].
    pub(super) s: Limbs,
    /// (r + s) mod n, in [1, n−1].
    pub(super) t: Limbs,
    /// (r − e) mod n.
    pub(super) v: Limbs,
}

impl Equation {
    /// `None` if t = 0, which no signature has (step B5).
    pub(super) fn new(signature: &Signature, e: &[u8; 32]) -> Option<Self> {
        let t = order::add(&signature.r, &signature.s);
        let e = order::reduce(&limbs::from_bytes(e));
        let v = order::sub(&signature.r, &e);
        (!limbs::is_zero(&t)).then_some(Self { s: signature.s, t, v })
    }

    /// The x-coordinate, below p < 2n, may be v or v + n.
    pub(super) const fn second_candidate(&self) -> Option<Limbs> {
        if limbs::less(&self.v, &order::P_LESS_N) { Some(limbs::add(&self.v, &order::N).0) } else { None }
    }

    /// Whether the sum of both products is the one that is asked for: x = X/Z², so X = v·Z² saves the inversion.
    pub(super) fn is_met_by(&self, sum: &Jacobian) -> bool {
        let zz = sum.z.square();
        let is = |x: &Limbs| Field::from_limbs(x).mul(&zz) == sum.x;
        !sum.is_infinity() && (is(&self.v) || self.second_candidate().is_some_and(|x| is(&x)))
    }
}
