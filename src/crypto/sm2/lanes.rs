//! Eight lanes on AVX-512 IFMA: the proof that this processor has them, and how claims are dealt out to them.

mod batch;
mod field;
mod point;
mod tree;

use self::batch::{GROUPS, Outcome, WIDTH};
use super::comb::Comb;
use super::equation::Equation;
use super::point::Affine;
use super::{BASE_COMB, Claim, Signer};

/// Claims below which a group of lanes costs more than one after the other does: all lanes take as long as one and a half.
const LEAST: usize = 2;

/// Proof that this processor has the instructions; made by [`Processor::detect`] alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Processor(());

impl Processor {
    pub(super) fn detect() -> Option<Self> {
        let has = std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512ifma");
        has.then_some(Self(()))
    }

    #[expect(
        unsafe_code,
        reason = "a call of code that is compiled for more than every x86-64 processor has"
    )]
    fn known(self, signed: &[(Equation, &Comb)]) -> Vec<Outcome> {
        // SAFETY: `self` exists, so the processor has the features that the function is compiled for.
        unsafe { batch::known(&BASE_COMB, signed) }
    }

    #[expect(unsafe_code, reason = "as above")]
    fn unknown(self, signed: &[(Equation, &Affine)]) -> Vec<Outcome> {
        // SAFETY: as above.
        unsafe { batch::unknown(&BASE_COMB, signed) }
    }
}

/// Which claims are true. What the lanes leave open, and a claim that would have a group for itself, is computed alone.
pub(super) fn check(processor: Processor, claims: &[Claim<'_>]) -> Vec<bool> {
    let mut answers = vec![false; claims.len()];
    let (mut known, mut known_places) = (Vec::new(), Vec::new());
    let (mut unknown, mut unknown_places) = (Vec::new(), Vec::new());
    for (place, claim) in claims.iter().enumerate() {
        // Without an equation there is no signature, and the answer stays no.
        let Some(equation) = Equation::new(claim.signature, claim.digest) else { continue };
        match claim.signer {
            Signer::Known(table) => {
                known.push((equation, &table.0));
                known_places.push(place);
            }
            Signer::Unknown(key) => {
                unknown.push((equation, &key.0));
                unknown_places.push(place);
            }
        }
    }
    let mut settle = |place: usize, equation: &Equation, outcome: Outcome| {
        if let (Some(answer), Some(claim)) = (answers.get_mut(place), claims.get(place)) {
            *answer = match outcome {
                Outcome::Holds => true,
                Outcome::Fails => false,
                Outcome::Open => claim.meets(equation),
            };
        }
    };
    deal(&known, &known_places, |signed| processor.known(signed), &mut settle);
    deal(&unknown, &unknown_places, |signed| processor.unknown(signed), &mut settle);
    answers
}

/// Deals equations out in batches of about the same size, since the groups of a batch share inversions.
fn deal<T: Copy>(
    signed: &[(Equation, T)],
    places: &[usize],
    lanes: impl Fn(&[(Equation, T)]) -> Vec<Outcome>,
    settle: &mut impl FnMut(usize, &Equation, Outcome),
) {
    let alone = if signed.len() % WIDTH < LEAST { signed.len() % WIDTH } else { 0 };
    let (together, rest) = signed.split_at(signed.len() - alone);
    let groups = together.len().div_ceil(WIDTH);
    let groups_each = groups.div_ceil(groups.div_ceil(GROUPS).max(1));
    let outcomes = together.chunks((groups_each * WIDTH).max(1)).flat_map(lanes);
    let open = rest.iter().map(|_| Outcome::Open);
    for (((equation, _), place), outcome) in signed.iter().zip(places).zip(outcomes.chain(open)) {
        settle(*place, equation, outcome);
    }
}

/// How many of some claims, all by keys with tables or all by keys without, the lanes themselves do not answer.
#[cfg(test)]
pub(super) fn left_open(processor: Processor, claims: &[Claim<'_>]) -> usize {
    let equation = |claim: &Claim<'_>| Equation::new(claim.signature, claim.digest);
    let known: Vec<(Equation, &Comb)> = claims
        .iter()
        .filter_map(|claim| match claim.signer {
            Signer::Known(table) => Some((equation(claim)?, &table.0)),
            Signer::Unknown(_) => None,
        })
        .collect();
    let unknown: Vec<(Equation, &Affine)> = claims
        .iter()
        .filter_map(|claim| match claim.signer {
            Signer::Known(_) => None,
            Signer::Unknown(key) => Some((equation(claim)?, &key.0)),
        })
        .collect();
    let batch = GROUPS * WIDTH;
    let mut outcomes: Vec<Outcome> = known.chunks(batch).flat_map(|signed| processor.known(signed)).collect();
    outcomes.extend(unknown.chunks(batch).flat_map(|signed| processor.unknown(signed)));
    outcomes.iter().filter(|outcome| **outcome == Outcome::Open).count()
}
