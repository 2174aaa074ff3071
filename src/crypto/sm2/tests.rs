//! The parts of the SM2 engine, one at a time, against long arithmetic and RustCrypto; the whole is held to them in `tests/`.

use ::sm2::elliptic_curve::PrimeField;
use ::sm2::elliptic_curve::group::Group;
use ::sm2::elliptic_curve::ops::Reduce;
use ::sm2::elliptic_curve::point::AffineCoordinates;
use ::sm2::elliptic_curve::sec1::ToSec1Point;
use ::sm2::{FieldBytes, ProjectivePoint, Scalar};
use proptest::prelude::*;

use super::limbs::Limbs;
use super::order::{NAF_LENGTH, OddDigits};
use super::*;

fn bytes(scalar: &Scalar) -> [u8; 32] {
    scalar.to_repr().into()
}

fn scalar(limbs: &Limbs) -> Scalar {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(limbs.iter().rev()) {
        *chunk = limb.to_be_bytes();
    }
    Scalar::reduce(&FieldBytes::from(bytes))
}

fn key_of(secret: &Scalar) -> Option<Key> {
    let point = (ProjectivePoint::generator() * secret).to_affine();
    Key::from_sec1(point.to_sec1_point(false).as_bytes().try_into().ok()?)
}

/// Limbs at edges as well as between them.
fn any_limbs() -> impl Strategy<Value = Limbs> {
    let limb = prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(u64::MAX - 1), Just(1 << 63), any::<u64>()];
    proptest::array::uniform4(limb)
}

fn any_element() -> impl Strategy<Value = Limbs> {
    let near = (0..4_u64).prop_map(|less| limbs::sub(&field::P, &[less + 1, 0, 0, 0]).0);
    prop_oneof![any_limbs(), near].prop_map(|limbs| {
        if limbs::less(&limbs, &field::P) { limbs } else { limbs::sub(&limbs, &field::P).0 }
    })
}

fn any_scalar() -> impl Strategy<Value = Limbs> {
    let near = (1..70_u64).prop_map(|less| limbs::sub(&order::N, &[less, 0, 0, 0]).0);
    prop_oneof![any_limbs(), near, (1..70_u64).prop_map(|small| [small, 0, 0, 0])]
        .prop_map(|limbs| order::reduce(&limbs))
        .prop_filter("not zero", |limbs| !limbs::is_zero(limbs))
}

/// a·b mod p, bit by bit.
fn slow_product(a: &Limbs, b: &Limbs) -> Limbs {
    let mut result = [0; 4];
    for bit in (0..256).rev() {
        result = limbs::add_mod(&result, &result, &field::P);
        if limbs::bits(a, bit, 1) == 1 {
            result = limbs::add_mod(&result, b, &field::P);
        }
    }
    result
}

proptest! {
    #[test]
    fn products_are_those_of_long_multiplication(a in any_element(), b in any_element()) {
        let (x, y) = (Field::from_limbs(&a), Field::from_limbs(&b));
        prop_assert_eq!(x.mul(&y), Field::from_limbs(&slow_product(&a, &b)));
        prop_assert_eq!(x.square(), x.mul(&x));
        prop_assert_eq!(x.add(&y).sub(&y), x);
        prop_assert_eq!(x.sub(&y).add(&y.sub(&x)), Field::ZERO);
        prop_assert_eq!(x.double().double().double().double(), Field::from_limbs(&[16, 0, 0, 0]).mul(&x));
        prop_assert_eq!(Field::sixteenth(x.montgomery()).double().double().double().double(), x);
    }

    #[test]
    fn an_inverse_times_its_element_is_one(a in any_element()) {
        let x = Field::from_limbs(&a);
        let product = x.mul(&x.invert());
        prop_assert_eq!(product, if x.is_zero() { Field::ZERO } else { Field::ONE });
        let inner = Field::from_montgomery(a);
        prop_assert_eq!(inner.mul(&inner.invert()), if inner.is_zero() { Field::ZERO } else { Field::ONE });
    }

    #[test]
    fn digits_add_up_to_their_scalar(number in any_scalar()) {
        for width in 2..=13 {
            let digits = OddDigits::new(&number);
            let windows = order::windows(width);
            let mut sum = Scalar::ZERO;
            for window in (0..windows).rev() {
                for _ in 0..width {
                    sum = sum.double();
                }
                let digit = digits.digit(window, windows, width);
                prop_assert!(digit.index < 1 << (width - 1));
                let magnitude = Scalar::from(2 * digit.index as u64 + 1);
                sum += if digit.negative { -magnitude } else { magnitude };
            }
            prop_assert_eq!(sum, scalar(&number));
        }
    }

    #[test]
    fn non_adjacent_forms_add_up_to_their_scalar(number in any_scalar()) {
        for width in [4, 5, 11, 13] {
            let mut digits = [0; NAF_LENGTH];
            let length = order::naf(&number, width, &mut digits);
            let mut sum = Scalar::ZERO;
            for digit in digits[..length].iter().rev() {
                sum = sum.double();
                prop_assert!(*digit == 0 || digit % 2 != 0 && digit.unsigned_abs() < 1 << (width - 1));
                let magnitude = Scalar::from(u64::from(digit.unsigned_abs()));
                sum += if *digit < 0 { -magnitude } else { magnitude };
            }
            prop_assert_eq!(sum, scalar(&number));
            prop_assert!(digits[length..].iter().all(|digit| *digit == 0));
        }
    }
}

#[test]
fn keys_are_points_of_the_curve_below_p() {
    let generator = Key(BASE);
    let encoded = |x: &[u8], y: &[u8]| <[u8; 65]>::try_from([&[4], x, y].concat()).unwrap();
    let point = ProjectivePoint::generator().to_affine().to_sec1_point(false);
    let good: [u8; 65] = point.as_bytes().try_into().unwrap();
    assert_eq!(Key::from_sec1(&good), Some(generator));
    let theirs =
        |bytes: &[u8; 65]| ::sm2::dsa::VerifyingKey::from_sec1_bytes("1234567812345678", bytes).is_ok();
    let mut bad = vec![
        encoded(&[0; 32], &[0; 32]),
        [0; 65],
        encoded(&[0xFF; 32], &good[33..]),
        encoded(&good[1..33], &[0xFF; 32]),
    ];
    for position in 0..65 {
        for bit in 0..8 {
            let mut changed = good;
            changed[position] ^= 1 << bit;
            bad.push(changed);
        }
    }
    // x = p and x = p + 1 stand for 0 and 1 where nobody looks; y² = b has a root.
    let p = b"\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    for y in [&[0; 32], p.as_slice(), &good[33..]] {
        bad.push(encoded(p, y));
    }
    for bytes in &bad {
        assert_eq!(Key::from_sec1(bytes), None, "{bytes:x?}");
        // RustCrypto also takes forms that are none of ours: compressed, and with a prefix of another meaning.
        assert!(!theirs(bytes) || bytes[0] != 4, "{bytes:x?}");
    }
}

/// What the field's functions are not made for is noticed where debug assertions are on.
#[cfg(debug_assertions)]
mod beyond {
    use super::*;

    #[test]
    #[should_panic(expected = "limbs::less(number, &P)")]
    fn a_number_that_is_the_modulus() {
        Field::from_limbs(&field::P);
    }

    #[test]
    #[should_panic(expected = "limbs::less(&limbs, &P)")]
    fn an_inner_form_that_is_the_modulus() {
        Field::from_montgomery(field::P);
    }

    #[test]
    #[should_panic(expected = "an inverse of zero")]
    fn one_zero_among_those_to_be_inverted() {
        Field::invert_all(&mut [Field::ONE, Field::ZERO, Field::ONE]);
    }
}

/// A claim with its parts.
struct Own {
    key: Key,
    table: SignerTable,
    digest: [u8; 32],
    signature: Signature,
    holds: bool,
}

impl Own {
    /// The claim for s, t and a key; `None` if there is none. It holds unless the sum is infinity, or `spoiled`.
    fn new(s: &Scalar, t: &Scalar, secret: &Scalar, spoiled: bool) -> Option<Self> {
        let key = key_of(secret)?;
        let sum = ProjectivePoint::generator() * (*s + *t * secret);
        let x = sum.to_affine().x();
        let r = *t - s;
        let e = r - Scalar::reduce(&x) + Scalar::from(u64::from(spoiled));
        let value: [u8; 64] = [bytes(&r), bytes(s)].concat().try_into().ok()?;
        let infinite = bool::from(sum.is_identity());
        let table = SignerTable::new(&key);
        let signature = Signature::from_bytes(&value)?;
        Some(Self { key, table, digest: bytes(&e), signature, holds: !spoiled && !infinite })
    }

    fn claim(&self, known: bool) -> Claim<'_> {
        let signer = if known { Signer::Known(&self.table) } else { Signer::Unknown(&self.key) };
        Claim { signer, digest: &self.digest, signature: &self.signature }
    }
}

fn ways() -> [Lanes; 2] {
    [Lanes::detect(), Lanes::off()]
}

/// The sum of the digits of some windows of a scalar, as a multiple of the point.
fn part(number: &Limbs, width: u32, windows: std::ops::Range<usize>) -> Scalar {
    let digits = OddDigits::new(number);
    let mut sum = Scalar::ZERO;
    for window in windows.rev() {
        let digit = digits.digit(window, order::windows(width), width);
        let mut magnitude = Scalar::from(2 * digit.index as u64 + 1);
        for _ in 0..window * width as usize {
            magnitude = magnitude.double();
        }
        sum += if digit.negative { -magnitude } else { magnitude };
    }
    sum
}

/// Numbers without pattern, for s and t.
const SOME_S: Limbs =
    [0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, 0x0F1E_2D3C_4B5A_6978, 0x1122_3344_5566_7788];
const SOME_T: Limbs =
    [0x1357_9BDF_0246_8ACE, 0x5555_5555_AAAA_AAAA, 0x9999_8888_7777_6666, 0x4433_2211_0099_8877];

/// Claims that hold or, every third, do not, without exceptional additions.
fn ordinary(count: u64) -> Vec<Own> {
    let claim = |at: u64| {
        Own::new(&scalar(&SOME_S), &Scalar::from(at + 77), &Scalar::from(at * at + 5), at.is_multiple_of(3))
    };
    (1..=count).filter_map(claim).collect()
}

/// Batches of as many groups as there may be, with keys chosen so that an addition meets equal or opposite points: t·P, or what is
/// summed up to there, against the next sum of neighbors of s·G; and s·G, with what is summed of t·P, against the next of these. How
/// many neighbors the tree has added up by then depends on the number of groups.
#[test]
fn equal_and_opposite_operands_are_resolved_in_every_lane() {
    let (s, t) = (scalar(&SOME_S), scalar(&SOME_T));
    let base = |windows| part(&SOME_S, BASE_WIDTH, windows);
    let key = |windows| part(&SOME_T, SIGNER_WIDTH, windows);
    let all = ordinary(64);
    for (groups, in_unknown, in_known) in [(1, 1, 2), (2, 2, 4), (4, 4, 8), (8, 8, 16)] {
        let mut secrets = [const { Vec::new() }; 2];
        for first in [0, in_unknown, 32 - in_unknown] {
            let (before, next) = (base(0..first), base(first..first + in_unknown));
            secrets[0].extend([next, -next].map(|next| (next - before) * t.invert().unwrap()));
        }
        for first in [0, in_known] {
            let (before, next) = (key(0..first), key(first..first + in_known));
            secrets[1].extend([next, -next].map(|next| s * (next - before).invert().unwrap()));
        }
        for (known, secrets) in [(false, &secrets[0]), (true, &secrets[1])] {
            let exceptional: Vec<Own> = secrets
                .iter()
                .enumerate()
                .filter_map(|(at, secret)| Own::new(&s, &t, secret, at % 4 == 3))
                .collect();
            assert_eq!(exceptional.len(), secrets.len());
            assert!(exceptional.iter().all(|own| own.claim(known).holds() == own.holds));
            let mut met = [[false; 8]; 6];
            for turn in 0..8 {
                let mut batch: Vec<&Own> = all.iter().take(8 * groups).collect();
                for (at, own) in exceptional.iter().enumerate() {
                    let lane = (at + turn) % 8;
                    batch[8 * ((3 * at + turn) % groups) + lane] = own;
                    met[at][lane] = true;
                }
                let claims: Vec<Claim<'_>> = batch.iter().map(|own| own.claim(known)).collect();
                let expected: Vec<bool> = batch.iter().map(|own| own.holds).collect();
                assert_eq!(Lanes::detect().check(&claims), expected, "{groups} {known} {turn}");
                #[cfg(target_arch = "x86_64")]
                if let Lanes(Some(processor)) = Lanes::detect() {
                    let open = lanes::left_open(processor, &claims);
                    assert_eq!(open, exceptional.len(), "{groups} {known} {turn}");
                }
            }
            assert!(met[..exceptional.len()].iter().flatten().all(|met| *met), "{groups} {known} {met:?}");
        }
    }
}

/// Scalars near n: 16a + d = n + 2d makes the last addition of the ladder one of equal points.
#[test]
fn scalars_near_the_order_are_resolved() {
    let owns: Vec<Own> = (1..=17_u64)
        .flat_map(|less| {
            let near = -Scalar::from(less);
            [
                Own::new(&Scalar::from(less + 3), &near, &Scalar::from(7_u64), false),
                Own::new(&near, &Scalar::from(less + 9), &Scalar::from(11_u64), false),
                Own::new(&near, &(near - Scalar::ONE), &Scalar::from(13_u64), less % 2 == 0),
            ]
        })
        .flatten()
        .collect();
    for lanes in ways() {
        for known in [false, true] {
            let claims: Vec<Claim<'_>> = owns.iter().map(|own| own.claim(known)).collect();
            let expected: Vec<bool> = owns.iter().map(|own| own.holds).collect();
            assert_eq!(lanes.check(&claims), expected);
        }
    }
}

#[test]
fn every_position_of_batches_of_every_size_has_its_own_answer() {
    let pairs: Vec<[Own; 2]> = (0..17_u64)
        .filter_map(|at| {
            let (s, t, secret) =
                (Scalar::from(at + 1).invert().unwrap(), -Scalar::from(2 * at + 3), Scalar::from(at + 2));
            Some([Own::new(&s, &t, &secret, false)?, Own::new(&s, &t, &secret, true)?])
        })
        .collect();
    assert_eq!(pairs.len(), 17);
    for lanes in ways() {
        for known in [false, true] {
            assert!(lanes.check(&[]).is_empty());
            for size in [1, 2, 8, 9, 17] {
                for wrong in (0..size).filter(|wrong| lanes.are_on() || *wrong == size / 2) {
                    let claims: Vec<Claim<'_>> = pairs[..size]
                        .iter()
                        .enumerate()
                        .map(|(at, pair)| pair[usize::from(at == wrong)].claim(known != (at % 5 == 4)))
                        .collect();
                    let expected: Vec<bool> = (0..size).map(|at| at != wrong).collect();
                    assert_eq!(lanes.check(&claims), expected, "{size} {wrong}");
                }
            }
        }
    }
}
