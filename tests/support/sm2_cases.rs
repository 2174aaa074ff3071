//! Claims that SM2 signatures hold, with the answer that RustCrypto's `sm2` gives: random ones and those at every edge.
//!
//! A random case takes s·G + t·P from sums of points that RustCrypto multiplied beforehand, which costs a hundredth of a
//! verification; one case of `every` is asked of RustCrypto's `verify_prehash` besides, and so is each structured case. Random cases
//! that were changed in one place are taken for false, and only those of them that are among the one in `every` are asked about.

use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm2::dsa::{Signature, VerifyingKey};
use sm2::elliptic_curve::PrimeField;
use sm2::elliptic_curve::group::Group;
use sm2::elliptic_curve::ops::Reduce;
use sm2::elliptic_curve::point::{AffineCoordinates, BatchNormalize};
use sm2::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use sm2::{AffinePoint, FieldBytes, ProjectivePoint, Scalar, Sec1Point};

/// One claim.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about.
    pub kind: &'static str,
    /// 04 ‖ x ‖ y.
    pub key: [u8; 65],
    /// e.
    pub digest: [u8; 32],
    /// r ‖ s.
    pub value: [u8; 64],
    /// Whether it holds.
    pub holds: bool,
}

/// The order of the curve.
const N: [u8; 32] = *b"\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x72\x03\xDF\x6B\x21\xC6\x05\x2B\x53\xBB\xF4\x09\x39\xD5\x41\x23";

/// The modulus of the field.
const P: [u8; 32] = *b"\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";

/// Numbers without order that a seed fixes (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.word() % limit as u64) as usize
    }

    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.word().to_be_bytes()));
        bytes
    }

    fn scalar(&mut self) -> Scalar {
        Scalar::reduce(&FieldBytes::from(self.bytes()))
    }
}

/// 32 bytes of a scalar.
fn bytes(scalar: &Scalar) -> [u8; 32] {
    scalar.to_repr().into()
}

fn number(value: u64) -> Scalar {
    Scalar::from(value)
}

/// a + b of numbers as bytes; whether it overflowed.
fn plus(a: &[u8; 32], b: &[u8; 32]) -> ([u8; 32], bool) {
    let mut sum = [0; 32];
    let mut carry = 0;
    for at in (0..32).rev() {
        let wide = u16::from(a[at]) + u16::from(b[at]) + carry;
        sum[at] = wide as u8;
        carry = wide >> 8;
    }
    (sum, carry > 0)
}

fn sec1(point: &AffinePoint) -> [u8; 65] {
    point.to_sec1_point(false).as_bytes().try_into().unwrap()
}

fn affine(points: &[ProjectivePoint]) -> Vec<AffinePoint> {
    <ProjectivePoint as BatchNormalize<[ProjectivePoint]>>::batch_normalize(points)
}

fn x_modulo_n(point: &AffinePoint) -> Scalar {
    Scalar::reduce(&point.x())
}

/// What RustCrypto says.
pub fn oracle(case: &Case) -> bool {
    let Ok(key) = VerifyingKey::from_sec1_bytes("1234567812345678", &case.key) else { return false };
    let Ok(value) = Signature::from_slice(&case.value) else { return false };
    key.verify_prehash(&case.digest, &value).is_ok()
}

/// Whether RustCrypto takes 04 ‖ x ‖ y for a key; it also takes forms with another first byte, which mean something else.
pub fn is_key(point: &[u8; 65]) -> bool {
    point[0] == 4 && VerifyingKey::from_sec1_bytes("1234567812345678", point).is_ok()
}

fn value(r: &Scalar, s: &Scalar) -> [u8; 64] {
    [bytes(r), bytes(s)].concat().try_into().unwrap()
}

/// Scalars with their multiples of a point.
type Multiples = Vec<(Scalar, ProjectivePoint)>;

/// Points multiplied beforehand.
struct Pool {
    base: Multiples,
    keys: Vec<([u8; 65], Multiples)>,
}

impl Pool {
    fn new(random: &mut Random, keys: usize, multiples: usize) -> Self {
        let mut multiply = |point: &ProjectivePoint| -> Multiples {
            (0..multiples)
                .map(|_| {
                    let scalar = random.scalar();
                    (scalar, *point * scalar)
                })
                .collect()
        };
        let base = multiply(&ProjectivePoint::generator());
        let keys =
            base.iter().take(keys).map(|(_, point)| (sec1(&affine(&[*point])[0]), multiply(point))).collect();
        Self { base, keys }
    }

    /// `count` claims, most of which hold.
    fn cases(&self, random: &mut Random, count: usize) -> Vec<Case> {
        let mut sums = Vec::with_capacity(count);
        let mut chosen = Vec::with_capacity(count);
        while chosen.len() < count {
            let key = random.below(self.keys.len());
            let [(a, ag), (b, bg)] = [0; 2].map(|_| self.base[random.below(self.base.len())]);
            let multiples = &self.keys[key].1;
            let [(c, cp), (d, dp)] = [0; 2].map(|_| multiples[random.below(multiples.len())]);
            let (s, t) = (a + b, c + d);
            if bool::from(s.is_zero() | t.is_zero() | (t - s).is_zero()) {
                continue;
            }
            sums.push(ag + bg + cp + dp);
            chosen.push((key, s, t));
        }
        affine(&sums).iter().zip(chosen).map(|(sum, (key, s, t))| self.case(random, sum, key, s, t)).collect()
    }

    fn case(&self, random: &mut Random, sum: &AffinePoint, key: usize, s: Scalar, t: Scalar) -> Case {
        let r = t - s;
        let digest = bytes(&(r - x_modulo_n(sum)));
        let mut case =
            Case { kind: "random", key: self.keys[key].0, digest, value: value(&r, &s), holds: true };
        match random.below(8) {
            0 => {
                case.kind = "bit of e";
                case.digest[random.below(32)] ^= 1 << random.below(8);
                case.holds = false;
            }
            1 => {
                case.kind = "bit of r or s";
                case.value[random.below(64)] ^= 1 << random.below(8);
                case.holds = false;
            }
            2 => {
                case.kind = "another key";
                let other = (key + 1 + random.below(self.keys.len() - 1)) % self.keys.len();
                case.key = self.keys[other].0;
                case.holds = false;
            }
            _ => {}
        }
        case
    }
}

/// Scalars at edges: of words, of windows and of the order.
fn edges() -> Vec<Scalar> {
    let mut edges: Vec<Scalar> = (1..40).map(number).collect();
    let mut power = Scalar::ONE;
    for _ in 0..256 {
        edges.extend([power, power - number(1), power + number(1)]);
        power = power.double();
    }
    let half = number(2).invert().unwrap();
    edges.extend([half, half - number(1), half + number(1), number(3).invert().unwrap()]);
    edges.extend(
        [0x55, 0xAA, 0x0F, 0xF0, 0x7F, 0x80].map(|byte| Scalar::reduce(&FieldBytes::from([byte; 32]))),
    );
    let negated: Vec<Scalar> = edges.iter().map(|edge| -*edge).collect();
    edges.extend(negated);
    edges.retain(|edge| !bool::from(edge.is_zero()));
    edges
}

/// A claim at an edge: scalars, keys that are multiples of G of which sG and tP or parts of them agree, and numbers out of range.
fn structured(random: &mut Random, edges: &[Scalar]) -> Case {
    let pick = |random: &mut Random| {
        if random.below(4) == 0 { random.scalar() } else { edges[random.below(edges.len())] }
    };
    let (s, t) = (pick(random), pick(random));
    let quotient = s * t.invert().unwrap_or(Scalar::ONE);
    let (kind, secret) = match random.below(6) {
        0 => ("opposite products", -quotient),
        1 => ("equal products", quotient),
        2 => ("opposite parts", -(pick(random) * t.invert().unwrap_or(Scalar::ONE))),
        3 => ("equal parts", pick(random) * t.invert().unwrap_or(Scalar::ONE)),
        4 => ("small key", edges[random.below(40)]),
        _ => ("edge scalars", pick(random)),
    };
    let secret = if bool::from(secret.is_zero()) { Scalar::ONE } else { secret };
    let generator = ProjectivePoint::generator();
    let sum = generator * (s + t * secret);
    let key = sec1(&affine(&[generator * secret])[0]);
    let r = t - s;
    // Infinity has no x; zero in its place makes what a careless check would take.
    let x = if bool::from(sum.is_identity()) { Scalar::ZERO } else { x_modulo_n(&affine(&[sum])[0]) };
    let digest = bytes(&(r - x));
    let mut case = Case { kind, key, digest, value: value(&r, &s), holds: false };
    match random.below(6) {
        1 => {
            let number = [
                [0; 32],
                bytes(&number(1)),
                bytes(&-number(1)),
                N,
                plus(&bytes(&number(1)), &N).0,
                [0xFF; 32],
            ][random.below(6)];
            let half = 32 * random.below(2);
            case.value[half..half + 32].copy_from_slice(&number);
            case.kind = "r or s at an edge";
        }
        2 => {
            case.value = value(&-s, &s);
            case.kind = "t = 0";
        }
        _ => {}
    }
    case.holds = oracle(&case);
    case
}

/// Claims whose sum has an x-coordinate in [n, p), so that v + n is x, or one below p − n, so that v + n would be below p too.
fn second_candidates(random: &mut Random, count: usize) -> Vec<Case> {
    let mut cases = Vec::with_capacity(count);
    let mut step = 0_u64;
    while cases.len() < count {
        step += 1;
        let low = bytes(&number(step / 2));
        let (kind, x) =
            if step.is_multiple_of(2) { ("x in [n, p)", plus(&low, &N).0) } else { ("small x", low) };
        let compressed = [vec![2 + (random.word() & 1) as u8], x.to_vec()].concat();
        let Ok(encoded) = Sec1Point::from_bytes(&compressed) else { continue };
        let Some(sum) = Option::<AffinePoint>::from(AffinePoint::from_sec1_point(&encoded)) else { continue };
        let (s, t) = (random.scalar(), random.scalar());
        let key = (ProjectivePoint::from(sum) - ProjectivePoint::generator() * s) * t.invert().unwrap();
        let r = t - s;
        let digest = bytes(&(r - x_modulo_n(&sum)));
        let case = Case { kind, key: sec1(&affine(&[key])[0]), digest, value: value(&r, &s), holds: true };
        // Off by the difference of the candidates: v + n for v, which is x plus n, and no coordinate.
        let moved = Scalar::reduce(&FieldBytes::from(x)) + number(1);
        let near = Case { kind: "near x", digest: bytes(&(r - moved)), holds: false, ..case.clone() };
        cases.extend([case, near]);
    }
    cases
}

/// Claims with e in [n, 2^256), which the check takes modulo n. So few numbers are there that the key is made for e.
fn digests_above_n(random: &mut Random, count: usize) -> Vec<Case> {
    let mut low = [0; 32];
    let mut case = |at: usize| {
        // 2^256 − n is 2^224 and a little.
        low[4..].copy_from_slice(&random.bytes()[4..]);
        if at < 4 {
            low = bytes(&number(at as u64));
        }
        let sum = ProjectivePoint::generator() * random.scalar();
        let x = x_modulo_n(&affine(&[sum])[0]);
        let s = random.scalar();
        let r = Scalar::reduce(&FieldBytes::from(low)) + x;
        let key = (sum - ProjectivePoint::generator() * s) * (r + s).invert().unwrap();
        let (digest, overflowed) = plus(&low, &N);
        assert!(!overflowed);
        Case { kind: "e above n", key: sec1(&affine(&[key])[0]), digest, value: value(&r, &s), holds: true }
    };
    (0..count).map(&mut case).collect()
}

/// The claim that holds for a secret key, s and t, if there is one: its r is t − s, and its e what makes it hold.
pub fn constructed(secret: &[u8; 32], s: &[u8; 32], t: &[u8; 32]) -> Option<Case> {
    let [secret, s, t] = [secret, s, t].map(|bytes| Scalar::reduce(&FieldBytes::from(*bytes)));
    let generator = ProjectivePoint::generator();
    let sum = generator * (s + t * secret);
    let key = generator * secret;
    let r = t - s;
    if [key, sum].iter().any(|point| bool::from(point.is_identity()))
        || [r, s, t].iter().any(|scalar| bool::from(scalar.is_zero()))
    {
        return None;
    }
    let points = affine(&[key, sum]);
    let digest = bytes(&(r - x_modulo_n(&points[1])));
    Some(Case { kind: "constructed", key: sec1(&points[0]), digest, value: value(&r, &s), holds: true })
}

/// Uncompressed points that are no keys: off the curve, beyond the field, infinity as some write it, other forms.
pub fn no_keys() -> Vec<[u8; 65]> {
    let good = sec1(&affine(&[ProjectivePoint::generator() * number(3)])[0]);
    let (x, y) = (&good[1..33], &good[33..]);
    let point = |form: u8, x: &[u8], y: &[u8]| [&[form], x, y].concat().try_into().unwrap();
    let mut points = vec![
        point(4, &[0; 32], &[0; 32]),
        point(0, &[0; 32], &[0; 32]),
        point(0, x, y),
        point(4, y, x),
        point(4, &[0xFF; 32], y),
        point(4, x, &[0xFF; 32]),
        point(4, &P, y),
        point(4, x, &P),
        point(4, &plus(&bytes(&number(1)), &P).0, y),
    ];
    for at in 1..65 {
        let mut changed = good;
        changed[at] ^= 1 << (at % 8);
        points.push(changed);
    }
    points
}

/// Gives `count` cases to `check`, in batches of 1 to 200, structured and random ones mixed. How many of them RustCrypto's
/// `verify_prehash` answered.
pub fn run(count: usize, seed: u64, every: usize, mut check: impl FnMut(&[Case])) -> usize {
    let random = &mut Random::new(seed);
    let edges = edges();
    let scale = count.clamp(64, 1 << 14);
    let pool = Pool::new(random, scale.isqrt() / 2, scale.isqrt() * 2);
    let mut asked = 0;
    let mut done = 0;
    let mut waiting = second_candidates(random, (count / 100).clamp(16, 2000));
    waiting.extend(digests_above_n(random, (count / 100).clamp(16, 2000)));
    // So many that even a short run has structured cases of every kind.
    let many = (count / 100).clamp(96, 2000);
    waiting.extend((0..many).map(|_| structured(random, &edges)));
    for case in &waiting {
        assert_eq!(oracle(case), case.holds, "{case:?}");
        asked += 1;
    }
    while done < count {
        let size = (1 + random.below(200)).min(count - done);
        while waiting.len() < size {
            if random.below(8) == 0 {
                waiting.extend((0..8).map(|_| structured(random, &edges)));
                asked += 8;
            } else {
                let cases = pool.cases(random, 64);
                for case in cases.iter().step_by(every.max(1)) {
                    assert_eq!(oracle(case), case.holds, "{case:?}");
                    asked += 1;
                }
                waiting.extend(cases);
            }
        }
        // Structured and random ones side by side, in any lane.
        for at in (1..waiting.len()).rev() {
            waiting.swap(at, random.below(at + 1));
        }
        let rest = waiting.split_off(size);
        check(&waiting);
        done += size;
        waiting = rest;
    }
    asked
}
