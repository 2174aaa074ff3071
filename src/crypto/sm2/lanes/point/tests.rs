//! Doubling and addition in lanes against those of one point, coordinate by coordinate. Both are formulas, which give the same for any
//! coordinates, on the curve or not; so those at the edges of their bounds are taken too.

use proptest::array::{uniform2, uniform8};
use proptest::prelude::*;

use super::super::super::point::{Affine, Jacobian};
use super::super::field::split;
use super::super::field::tests::{Number, any_factor, are_there, element, factors, sums};
use super::*;

/// Coordinates X, Y, Z of a point, and x, y of another, in one lane.
type Lane = ([Number; 3], [Number; 2]);

/// A coordinate of all lanes.
fn of(lanes: &[Lane; 8], coordinate: impl Fn(&Lane) -> Number) -> [Number; 8] {
    lanes.each_ref().map(coordinate)
}

/// Any coordinates; and what makes exceptional additions: Z = 0, and points of the same x.
fn any_lane() -> BoxedStrategy<Lane> {
    let signed = |(y, negative): (Number, bool)| if negative { y.map(|limb: i64| -limb) } else { y };
    // y is negated by leaving signed limbs: of 0 − y here.
    let y = (any_factor(), any::<bool>()).prop_map(signed);
    let z = prop_oneof![5 => any_factor(), 1 => Just([0; 5])];
    let different = ([any_factor(), any_factor()], z, any_factor(), y)
        .prop_map(|([x, y], z, other_x, other_y)| ([x, y, z], [other_x, other_y]));
    let one = split(&ONE).map(u64::cast_signed);
    let same = (any_factor(), any_factor(), any::<bool>())
        .prop_map(move |(x, y, negative)| ([x, y, one], [x, signed((y, negative))]));
    prop_oneof![5 => different, 1 => same].boxed()
}

/// The elements that the lanes hold.
#[target_feature(enable = "avx512f,avx512ifma")]
fn stored(point: &JacobianLanes) -> [[Field; 3]; 8] {
    let [x, y, z] = [point.x, point.y, point.z].map(|lanes| store_words(lanes));
    std::array::from_fn(|lane| [x[lane], y[lane], z[lane]].map(|words| Field::sixteenth(&words)))
}

/// 2P and P + Q of two groups at a time.
#[target_feature(enable = "avx512f,avx512ifma")]
fn computed(groups: &[[Lane; 8]; 2]) -> [[[[Field; 3]; 8]; 2]; 2] {
    let p = groups.each_ref().map(|lanes| {
        let coordinate = |at: usize| factors(&of(lanes, |(p, _)| p[at]));
        JacobianLanes { x: coordinate(0), y: coordinate(1), z: coordinate(2) }
    });
    let q = groups.each_ref().map(|lanes| AffineLanes {
        x: factors(&of(lanes, |(_, q)| q[0])),
        y: sums(&of(lanes, |(_, q)| q[1])),
    });
    [double(&p), add(&p, &q)].map(|sums| sums.each_ref().map(|sum| stored(sum)))
}

/// Coordinates as they are, without branches for exceptional additions.
fn coordinates(point: &Jacobian) -> [Field; 3] {
    [point.x, point.y, point.z]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    #[expect(unsafe_code, reason = "a call of code for AVX-512")]
    fn sums_are_those_of_one_point(groups in uniform2(uniform8(any_lane()))) {
        if !are_there() {
            return Ok(());
        }
        // SAFETY: the processor has the features.
        let [doubled, added] = unsafe { computed(&groups) };
        for (group, lanes) in groups.iter().enumerate() {
            for (lane, (p, q)) in lanes.iter().enumerate() {
                let [x, y, z] = p.each_ref().map(element);
                let p = Jacobian { x, y, z };
                let q = Affine { x: element(&q[0]), y: element(&q[1]) };
                prop_assert_eq!(doubled[group][lane], coordinates(&p.double()));
                let own = added[group][lane];
                if p.z.is_zero() || p.x == q.x.mul(&p.z.square()) {
                    // The trace of an exceptional addition.
                    prop_assert!(own[2].is_zero());
                } else {
                    prop_assert_eq!(own, coordinates(&p.add_affine(&q)));
                }
            }
        }
    }
}
