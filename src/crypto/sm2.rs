//! Verification of SM2 signatures, GB/T 32918.2-2016 §7, and nothing else: no secrets come here, so all is in variable time.
//!
//! Three ways lead to the same answer: one signature at a time on any processor ([`single`]), eight lanes on AVX-512 IFMA
//! ([`lanes`]), and either of them with a table of multiples of the signer's key ([`SignerTable`]), which leaves no doublings to do.

mod comb;
mod equation;
mod field;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod limbs;
mod order;
mod point;
mod single;

use std::sync::LazyLock;

use self::comb::Comb;
use self::equation::Equation;
pub(super) use self::equation::Signature;
use self::field::Field;
use self::point::{Affine, BASE};

/// Width of the windows of G's table: 32 windows of 128 multiples, 256 KiB, made once in half a millisecond.
const BASE_WIDTH: u32 = 8;

/// Width of the windows of signers' tables: 43 windows of 32 multiples. One bit more would save 6 of 75 additions and take 70 % more
/// memory; one less would cost 9.
const SIGNER_WIDTH: u32 = 6;

static BASE_COMB: LazyLock<Comb> = LazyLock::new(|| Comb::new(&BASE, BASE_WIDTH));

/// A public key: a point of the curve other than infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(Affine);

impl Key {
    /// From an uncompressed point, 04 ‖ x ‖ y; `None` if it is not on the curve.
    pub(super) fn from_sec1(bytes: &[u8; 65]) -> Option<Self> {
        let [4, coordinates @ ..] = bytes else { return None };
        let ([x, y], []) = coordinates.as_chunks::<32>() else { return None };
        let (x, y) = (limbs::from_bytes(x), limbs::from_bytes(y));
        if !limbs::less(&x, &field::P) || !limbs::less(&y, &field::P) {
            return None;
        }
        let point = Affine { x: Field::from_limbs(&x), y: Field::from_limbs(&y) };
        point.is_on_curve().then_some(Self(point))
    }
}

/// Multiples of a signer's key, for signers that many signatures come from.
#[derive(Debug)]
pub(super) struct SignerTable(Comb);

impl SignerTable {
    /// What one table takes, in bytes.
    pub(super) const BYTES: usize = Comb::bytes(SIGNER_WIDTH);

    /// Makes the table, which costs as much as half a dozen verifications.
    pub(super) fn new(key: &Key) -> Self {
        Self(Comb::new(&key.0, SIGNER_WIDTH))
    }
}

/// Whose key is asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signer<'a> {
    /// A key that is met once.
    Unknown(&'a Key),
    /// A key with a table.
    Known(&'a SignerTable),
}

/// The claim that a signature over the digest e = SM3(Z_A ‖ message) is the signer's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    /// Whose it is said to be.
    pub(super) signer: Signer<'a>,
    /// e.
    pub(super) digest: &'a [u8; 32],
    /// r and s.
    pub(super) signature: &'a Signature,
}

impl Claim<'_> {
    /// Whether the claim is true, computed by itself.
    pub(super) fn holds(&self) -> bool {
        Equation::new(self.signature, self.digest).is_some_and(|equation| self.meets(&equation))
    }

    fn meets(&self, equation: &Equation) -> bool {
        match self.signer {
            Signer::Unknown(key) => single::holds(equation, &key.0),
            Signer::Known(table) => single::holds_with(equation, &BASE_COMB, &table.0),
        }
    }
}

/// Whether claims that wait together are computed in lanes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes(
    #[cfg(target_arch = "x86_64")] Option<lanes::Processor>,
    #[cfg(not(target_arch = "x86_64"))] Option<std::convert::Infallible>,
);

impl Lanes {
    /// Lanes if this processor has them.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        return Self(lanes::Processor::detect());
        #[cfg(not(target_arch = "x86_64"))]
        Self(None)
    }

    /// One claim after the other, whatever the processor.
    pub(super) const fn off() -> Self {
        Self(None)
    }

    /// Whether there are lanes.
    pub(super) const fn are_on(self) -> bool {
        self.0.is_some()
    }

    /// Which claims are true.
    pub(super) fn check(self, claims: &[Claim<'_>]) -> Vec<bool> {
        #[cfg(target_arch = "x86_64")]
        if let Some(processor) = self.0 {
            return lanes::check(processor, claims);
        }
        claims.iter().map(Claim::holds).collect()
    }
}

#[cfg(test)]
mod tests;
