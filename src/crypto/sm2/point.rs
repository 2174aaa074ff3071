//! Points of the curve y² = x³ − 3x + b, GB/T 32918.5-2017, one at a time. Variable time; every exceptional addition is handled.
//!
//! Formulas, from the Explicit-Formulas Database (EFD), short Weierstrass, Jacobian coordinates, a = −3: doubling
//! `dbl-2001-b`, addition `add-1998-cmo-2`, mixed addition `madd` with Z2 = 1 of the same.

use super::field::Field;
use super::limbs::Limbs;

/// The coefficient b.
const B: Limbs = [0xDDBC_BD41_4D94_0E93, 0xF397_89F5_15AB_8F92, 0x4D5A_9E4B_CF65_09A7, 0x28E9_FA9E_9D9F_5E34];
const GX: Limbs =
    [0x715A_4589_334C_74C7, 0x8FE3_0BBF_F266_0BE1, 0x5F99_0446_6A39_C994, 0x32C4_AE2C_1F19_8119];
const GY: Limbs =
    [0x02DF_32E5_2139_F0A0, 0xD0A9_877C_C62A_4740, 0x59BD_CEE3_6B69_2153, 0xBC37_36A2_F4F6_779C];

/// The base point G.
pub(super) const BASE: Affine = Affine { x: Field::from_limbs(&GX), y: Field::from_limbs(&GY) };

/// A point other than infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Affine {
    pub(super) x: Field,
    pub(super) y: Field,
}

impl Affine {
    pub(super) const fn is_on_curve(&self) -> bool {
        let x3 = self.x.square().mul(&self.x);
        let ax = self.x.double().add(&self.x);
        let right = x3.sub(&ax).add(&Field::from_limbs(&B));
        self.y.square().sub(&right).is_zero()
    }

    #[inline(always)]
    pub(super) fn negated_if(&self, negative: bool) -> Self {
        Self { x: self.x, y: if negative { self.y.neg() } else { self.y } }
    }
}

/// (X/Z², Y/Z³), or infinity where Z = 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jacobian {
    pub(super) x: Field,
    pub(super) y: Field,
    pub(super) z: Field,
}

/// A point that is added often, with Z² and Z³.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addend {
    point: Jacobian,
    zz: Field,
    zzz: Field,
}

impl From<Affine> for Jacobian {
    fn from(point: Affine) -> Self {
        Self { x: point.x, y: point.y, z: Field::ONE }
    }
}

impl Jacobian {
    pub(super) const INFINITY: Self = Self { x: Field::ONE, y: Field::ONE, z: Field::ZERO };

    #[inline(always)]
    pub(super) const fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    /// `dbl-2001-b`, 3M + 5S. Infinity stays infinity, since Z3 = 2YZ; no point has order two.
    #[inline(always)]
    pub(super) fn double(&self) -> Self {
        let delta = self.z.square();
        let gamma = self.y.square();
        let beta = self.x.mul(&gamma);
        let third = self.x.sub(&delta).mul(&self.x.add(&delta));
        let alpha = third.double().add(&third);
        let beta4 = beta.double().double();
        let x = alpha.square().sub(&beta4.double());
        let z = self.y.add(&self.z).square().sub(&gamma).sub(&delta);
        let gamma8 = gamma.double().square().double();
        let y = alpha.mul(&beta4.sub(&x)).sub(&gamma8);
        Self { x, y, z }
    }

    /// 8M + 3S.
    #[inline(always)]
    pub(super) fn add_affine(&self, other: &Affine) -> Self {
        if self.is_infinity() {
            return (*other).into();
        }
        let zz = self.z.square();
        let u2 = other.x.mul(&zz);
        let s2 = other.y.mul(&self.z.mul(&zz));
        self.chord(&self.x, &self.y, &u2, &s2, &self.z)
    }

    /// 10M + 4S.
    #[inline(always)]
    pub(super) fn add_addend(&self, other: &Addend, negative: bool) -> Self {
        let theirs = &other.point;
        let y2 = if negative { theirs.y.neg() } else { theirs.y };
        if self.is_infinity() {
            return Self { x: theirs.x, y: y2, z: theirs.z };
        }
        if theirs.is_infinity() {
            return *self;
        }
        let zz = self.z.square();
        let u1 = self.x.mul(&other.zz);
        let u2 = theirs.x.mul(&zz);
        let s1 = self.y.mul(&other.zzz);
        let s2 = y2.mul(&self.z.mul(&zz));
        self.chord(&u1, &s1, &u2, &s2, &self.z.mul(&theirs.z))
    }

    /// The sum of self, (U1, S1), and a point (U2, S2), all over the same Z, which is `z`.
    #[inline(always)]
    fn chord(&self, u1: &Field, s1: &Field, u2: &Field, s2: &Field, z: &Field) -> Self {
        let h = u2.sub(u1);
        let r = s2.sub(s1);
        if h.is_zero() {
            return if r.is_zero() { self.double() } else { Self::INFINITY };
        }
        let hh = h.square();
        let hhh = h.mul(&hh);
        let v = u1.mul(&hh);
        let x = r.square().sub(&hhh).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&s1.mul(&hhh));
        Self { x, y, z: z.mul(&h) }
    }

    pub(super) fn addend(&self) -> Addend {
        let zz = self.z.square();
        Addend { point: *self, zz, zzz: zz.mul(&self.z) }
    }

    /// Brings points, none of them infinity, to Z = 1 with one inversion for all.
    pub(super) fn normalize(points: &[Self]) -> Vec<Affine> {
        let mut inverses: Vec<Field> = points.iter().map(|point| point.z).collect();
        Field::invert_all(&mut inverses);
        let affine = |(point, inverse): (&Self, &Field)| {
            let square = inverse.square();
            Affine { x: point.x.mul(&square), y: point.y.mul(&square.mul(inverse)) }
        };
        points.iter().zip(&inverses).map(affine).collect()
    }
}

/// left + right for pairs of points with different x, with one inversion for all: 5M + 1S and a share of the inversion.
pub(super) fn add_pairs(pairs: &[(Affine, Affine)]) -> Vec<Affine> {
    let mut inverses: Vec<Field> = pairs.iter().map(|(left, right)| right.x.sub(&left.x)).collect();
    Field::invert_all(&mut inverses);
    let sum = |((left, right), inverse): (&(Affine, Affine), &Field)| {
        let slope = right.y.sub(&left.y).mul(inverse);
        let x = slope.square().sub(&left.x).sub(&right.x);
        Affine { x, y: slope.mul(&left.x.sub(&x)).sub(&left.y) }
    };
    pairs.iter().zip(&inverses).map(sum).collect()
}
