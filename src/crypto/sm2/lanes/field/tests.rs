//! The lanes' field against the scalar one, with limbs at the edges of their bounds; and what lies beyond them is noticed.

use std::arch::x86_64::{_mm512_set_epi64, _mm512_storeu_si512};

use proptest::array::uniform8;
use proptest::prelude::*;

use super::super::super::field::{Field, power_of_two};
use super::super::super::limbs;
use super::super::Processor;
use super::super::point::store_words;
use super::*;

/// Signed limbs of a number.
pub(in super::super) type Number = [i64; 5];

/// The highest limb of a factor is below this.
const FACTOR_TOP: i64 = (1 << 48) + (1 << 45) - (1 << 17);
/// The highest limb of a sum is below this in magnitude, and the others are below [`SUM_LIMB`].
const SUM_TOP: i64 = (1 << 52) - (1 << 24);
const SUM_LIMB: i64 = 1 << 59;
const LIMB: i64 = 1 << BITS;

/// Whether there are lanes; says so where there are none.
pub(in super::super) fn are_there() -> bool {
    let found = Processor::detect().is_some();
    if !found {
        println!("skipped: this processor has no AVX-512 IFMA");
    }
    found
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn registers(numbers: &[Number; 8]) -> [__m512i; 5] {
    std::array::from_fn(|limb| {
        let [a, b, c, d, e, f, g, h] = numbers.map(|number| number[limb]);
        _mm512_set_epi64(h, g, f, e, d, c, b, a)
    })
}

#[target_feature(enable = "avx512f,avx512ifma")]
pub(in super::super) fn factors(numbers: &[Number; 8]) -> Lanes {
    Lanes(registers(numbers))
}

#[target_feature(enable = "avx512f,avx512ifma")]
pub(in super::super) fn sums(numbers: &[Number; 8]) -> Sums {
    Sums(registers(numbers))
}

#[expect(unsafe_code, reason = "a store of a register")]
#[target_feature(enable = "avx512f,avx512ifma")]
fn limbs_of(lanes: &Lanes) -> [Number; 8] {
    let columns = lanes.0.map(|register| {
        let mut column = [0_i64; 8];
        // SAFETY: the array is 64 bytes, exclusively borrowed, and this store needs no alignment.
        unsafe { _mm512_storeu_si512(column.as_mut_ptr().cast(), register) };
        column
    });
    std::array::from_fn(|lane| columns.map(|column| column[lane]))
}

/// The number modulo p.
fn number(limbs: &Number) -> Field {
    let shift = Field::from_limbs(&[1 << BITS, 0, 0, 0]);
    limbs.iter().rev().fold(Field::ZERO, |sum, limb| {
        let magnitude = Field::from_limbs(&[limb.unsigned_abs(), 0, 0, 0]);
        sum.mul(&shift).add(&if *limb < 0 { magnitude.neg() } else { magnitude })
    })
}

/// The element that a number is in Montgomery form, R = 2^260.
pub(in super::super) fn element(limbs: &Number) -> Field {
    number(limbs).mul(&Field::from_limbs(&power_of_two(260)).invert())
}

/// Limbs of a factor, often the least and the greatest. On the heap, as eight strategies of five limbs are too much for a stack.
pub(in super::super) fn any_factor() -> BoxedStrategy<Number> {
    let limb = || prop_oneof![Just(0), Just(1), Just(LIMB - 1), Just(LIMB - 2), 0..LIMB];
    let top = prop_oneof![Just(0), Just(FACTOR_TOP - 1), Just(1 << 48), 0..FACTOR_TOP];
    (limb(), limb(), limb(), limb(), top).prop_map(|(a, b, c, d, e)| [a, b, c, d, e]).boxed()
}

/// Limbs of a sum, often the least and the greatest, and where the multiple of p to be taken away changes.
fn any_sum() -> BoxedStrategy<Number> {
    let limb = || prop_oneof![Just(0), Just(SUM_LIMB - 1), Just(1 - SUM_LIMB), 1 - SUM_LIMB..SUM_LIMB];
    let change = (-15..16_i64, -2..3_i64).prop_map(|(multiple, near)| (multiple << 48) + (1 << 21) + near);
    let top = prop_oneof![Just(0), Just(SUM_TOP - 1), Just(1 - SUM_TOP), change, 1 - SUM_TOP..SUM_TOP];
    (limb(), limb(), limb(), limb(), top).prop_map(|(a, b, c, d, e)| [a, b, c, d, e]).boxed()
}

/// What comes of lanes: their limbs, and their numbers below p.
type Outcome = ([Number; 8], [[u64; 4]; 8]);

#[target_feature(enable = "avx512f,avx512ifma")]
fn outcome(lanes: Lanes) -> Outcome {
    (limbs_of(&lanes), store_words(lanes))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn tightened(numbers: &[Number; 8]) -> Outcome {
    outcome(sums(numbers).tight())
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiplied(a: &[Number; 8], b: &[Number; 8]) -> [Outcome; 4] {
    let (a, b) = (factors(a), factors(b));
    let product = a.times(&b);
    // As doubling does: the greatest multiples of an untidy product that are tightened.
    let thrice = product.plus(product).plus(product).tight();
    [outcome(a.mul(&b)), outcome(a.square()), outcome(product.shifted::<2>().tight()), outcome(thrice)]
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn reduced(numbers: &[Number; 8]) -> (Outcome, u8) {
    let lanes = factors(numbers);
    (outcome(lanes), lanes.is_zero())
}

/// That limbs are a factor's, and that both they and the words are the numbers `expected`.
fn assert_are((limbs, words): &Outcome, expected: impl Fn(usize) -> Field) {
    for lane in 0..8 {
        let own = &limbs[lane];
        assert!(own[..4].iter().all(|limb| (0..LIMB).contains(limb)), "{own:x?}");
        assert!((0..FACTOR_TOP).contains(&own[4]), "{own:x?}");
        assert_eq!(number(own), expected(lane), "{own:x?}");
        assert!(limbs::less(&words[lane], &P), "{:x?}", words[lane]);
        assert_eq!(Field::from_limbs(&words[lane]), expected(lane), "{:x?}", words[lane]);
    }
}

fn assert_products(a: &[Number; 8], b: &[Number; 8], outcomes: &[Outcome; 4]) {
    let unit = Field::from_limbs(&power_of_two(260)).invert();
    let [product, square, four, three] = outcomes;
    let expected = |lane: usize| number(&a[lane]).mul(&number(&b[lane])).mul(&unit);
    assert_are(product, expected);
    assert_are(square, |lane| number(&a[lane]).square().mul(&unit));
    assert_are(four, |lane| expected(lane).double().double());
    assert_are(three, |lane| expected(lane).double().add(&expected(lane)));
}

#[expect(unsafe_code, reason = "calls of code for AVX-512")]
mod calls {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_sums_are_tightened(numbers in uniform8(any_sum())) {
            if are_there() {
                // SAFETY: the processor has the features.
                assert_are(&unsafe { tightened(&numbers) }, |lane| number(&numbers[lane]));
            }
        }

        #[test]
        fn products_are_those_of_the_scalar_field(a in uniform8(any_factor()), b in uniform8(any_factor())) {
            if are_there() {
                // SAFETY: as above.
                assert_products(&a, &b, &unsafe { multiplied(&a, &b) });
            }
        }

        #[test]
        fn factors_are_reduced_to_numbers_below_p(numbers in uniform8(any_factor())) {
            if are_there() {
                // SAFETY: as above.
                let (outcome, zero) = unsafe { reduced(&numbers) };
                assert_are(&outcome, |lane| number(&numbers[lane]));
                for (lane, own) in numbers.iter().enumerate() {
                    prop_assert_eq!(zero >> lane & 1 == 1, number(own).is_zero());
                }
            }
        }
    }

    #[test]
    fn every_bound_is_met_at_its_edge() {
        if !are_there() {
            return;
        }
        let greatest = [LIMB - 1, LIMB - 1, LIMB - 1, LIMB - 1, FACTOR_TOP - 1];
        let p = P52.map(u64::cast_signed);
        let moved = |by: i64| [p[0] + by, p[1], p[2], p[3], p[4]];
        // p + 1 has a carry to propagate: its lowest limb is all ones.
        let above = [0, p[1] + 1, p[2], p[3], p[4]];
        let numbers = [[0; 5], moved(-1), p, above, greatest, [1, 0, 0, 0, 0], [0, 0, 0, 0, 1], greatest];
        // SAFETY: the processor has the features.
        let (outcome, zero) = unsafe { reduced(&numbers) };
        assert_eq!(zero, 0b101);
        assert_are(&outcome, |lane| number(&numbers[lane]));
        assert_eq!(outcome.1[1], limbs::sub(&P, &[1, 0, 0, 0]).0);
        assert_eq!((outcome.1[2], outcome.1[3]), ([0; 4], [1, 0, 0, 0]));
        for own in &numbers {
            // SAFETY: as above.
            assert_products(&[*own; 8], &numbers, &unsafe { multiplied(&[*own; 8], &numbers) });
        }
        // All signs of the greatest limbs, highest and lower ones.
        let (high, low) = (SUM_TOP - 1, SUM_LIMB - 1);
        let signed = |lane: usize| {
            let sign = |bit: usize| if lane >> bit & 1 == 1 { -1 } else { 1 };
            [sign(0) * low, sign(1) * low, sign(1) * low, sign(0) * low, sign(2) * high]
        };
        let numbers: [Number; 8] = std::array::from_fn(signed);
        // SAFETY: as above.
        assert_are(&unsafe { tightened(&numbers) }, |lane| number(&numbers[lane]));
    }

    /// That `call` panics and says `words`.
    #[cfg(debug_assertions)]
    fn refused(words: &str, call: impl FnOnce() + std::panic::UnwindSafe) {
        let told = std::panic::catch_unwind(call).expect_err(words);
        let told = told.downcast_ref::<String>().map(String::as_str).or(told.downcast_ref::<&str>().copied());
        assert!(told.unwrap().contains(words), "{told:?} is not `{words}`");
    }

    /// In one lane only, each of them in turn.
    #[cfg(debug_assertions)]
    fn in_each_lane(words: &str, number: Number, call: unsafe fn(&[Number; 8])) {
        for lane in 0..8 {
            let mut numbers = [[0; 5]; 8];
            numbers[lane] = number;
            // SAFETY: callers have seen that the processor has the features.
            refused(words, || unsafe { call(&numbers) });
        }
    }

    #[cfg(debug_assertions)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn factor(numbers: &[Number; 8]) {
        factors(numbers).square();
    }

    #[cfg(debug_assertions)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn other_factor(numbers: &[Number; 8]) {
        factors(&[[1; 5]; 8]).mul(&factors(numbers));
    }

    #[cfg(debug_assertions)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn to_be_reduced(numbers: &[Number; 8]) {
        factors(numbers).is_zero();
    }

    #[cfg(debug_assertions)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn sum(numbers: &[Number; 8]) {
        sums(numbers).tight();
    }

    #[cfg(debug_assertions)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn product(numbers: &[Number; 8]) {
        sums(numbers).carried();
    }

    #[cfg(debug_assertions)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn columns(at: usize, value: i64, bits: Option<u32>) {
        let mut columns = [_mm512_setzero_si512(); 10];
        columns[at] = _mm512_set1_epi64(value);
        match bits {
            Some(bits) => check_columns(&columns, bits),
            None => {
                reduce(columns);
            }
        }
    }

    #[test]
    #[cfg(debug_assertions)]
    fn one_past_each_bound_is_noticed() {
        if !are_there() {
            return;
        }
        let limb = |at: usize, value: i64| {
            let mut number = [0; 5];
            number[at] = value;
            number
        };
        for call in [factor, other_factor, to_be_reduced] as [unsafe fn(&[Number; 8]); 3] {
            for at in 0..5 {
                in_each_lane("a factor's limb of more than 52 bits", limb(at, LIMB), call);
                in_each_lane("a factor's limb of more than 52 bits", limb(at, -1), call);
            }
            in_each_lane("a factor of 9p/8 or more", limb(4, FACTOR_TOP), call);
        }
        for sign in [1, -1] {
            for at in 0..5 {
                in_each_lane("a sum's limb of more than 59 bits", limb(at, sign * SUM_LIMB), sum);
            }
            in_each_lane("a sum beyond 16p", limb(4, sign * SUM_TOP), sum);
        }
        // What is no single product: negative, or too great.
        in_each_lane("a factor's limb of more than 52 bits", limb(0, -1), product);
        in_each_lane("a factor of 9p/8 or more", limb(4, FACTOR_TOP), product);
        for at in 0..10 {
            // SAFETY: the processor has the features.
            refused("a column of more than 56 bits", || unsafe { columns(at, 1 << 56, None) });
            for value in [1 << 57, -1 << 57] {
                // SAFETY: as above.
                refused("a column of more than 57 bits", || unsafe { columns(at, value, Some(57)) });
            }
            // SAFETY: as above; at the edge itself nothing is said.
            unsafe { columns(at, (1 << 56) - 1, None) };
        }
    }
}
