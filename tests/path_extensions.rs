//! Hostile extensions under sound signatures: whatever an authority writes, a path is judged, the same way each time, and
//! what constrains a name still does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests"
)]

#[path = "support/seeds.rs"]
#[allow(dead_code, reason = "only the mutator and the extensions are used")]
mod seeds;

use seeds::{Mutator, constraining, hierarchy_of_three, stating};
use tongban::budget::{Budget, Limits};
use tongban::demo::forge::Extension;
use tongban::pki::{
    Anchors, Certificate, CertificateError, PathError, PathFault, PolicyTerms, Role, Terms, unchecked,
    validate,
};

const ROUNDS: usize = 1_500;

/// What becomes of a path whose authority and leaf have these extensions.
#[derive(Debug, PartialEq)]
enum Outcome {
    Unreadable(CertificateError),
    Refused(PathError),
    Valid,
}

fn judge(authority: &[Extension], leaf: &[Extension], policies: &PolicyTerms) -> Outcome {
    let [root, authority, leaf] = hierarchy_of_three(authority, leaf);
    let read = |der: &[u8]| Certificate::from_der(der);
    let (authority, leaf) = match (read(&authority), read(&leaf)) {
        (Ok(authority), Ok(leaf)) => (authority, leaf),
        (Err(error), _) | (_, Err(error)) => return Outcome::Unreadable(error),
    };
    let anchors = Anchors::new(vec![read(&root).unwrap()], Vec::new());
    let beside = [authority];
    let terms =
        Terms { beside: &beside, policies: Some(policies), ..Terms::new(&anchors, Role::Any, seeds::at()) };
    let mut budget = Budget::new(Limits::default());
    match validate(&leaf, &terms, &mut unchecked, &mut budget) {
        Ok(_) => Outcome::Valid,
        Err(error) => Outcome::Refused(error),
    }
}

#[test]
fn mutated_extensions_are_judged_and_never_loosen_what_is_left_alone() {
    let policies = PolicyTerms { require_explicit: true, ..PolicyTerms::default() };
    assert_eq!(judge(&constraining(), &stating(), &policies), Outcome::Valid);
    let mut mutator = Mutator::new(0x7061_7468);
    let mut counts = [0_usize; 3];
    for round in 0..ROUNDS {
        let (mut authority, mut leaf) = (constraining(), stating());
        let side = if mutator.below(2) == 0 { &mut authority } else { &mut leaf };
        let index = mutator.below(side.len());
        let value = &mut side[index].value;
        // Most of what breaks the structure is refused as unreadable; one bit more often changes what is said.
        if round % 4 == 0 {
            mutator.mutate(value);
        } else {
            let at = mutator.below(value.len());
            value[at] ^= 1 << mutator.below(8);
        }
        let outcome = judge(&authority, &leaf, &policies);
        if round % 8 == 0 {
            assert_eq!(outcome, judge(&authority, &leaf, &policies));
        }
        counts[match outcome {
            Outcome::Unreadable(_) => 0,
            Outcome::Refused(_) => 1,
            Outcome::Valid => 2,
        }] += 1;
    }
    // Each is reached often enough for the test to mean something.
    assert!(counts.iter().all(|count| *count > ROUNDS / 30), "{counts:?}");
}

#[test]
fn a_name_outside_its_constraints_stays_outside_whatever_else_changes() {
    let policies = PolicyTerms::default();
    let outside = |leaf: &mut Vec<Extension>| {
        let names = leaf.iter_mut().find(|extension| extension.oid == "2.5.29.17").unwrap();
        // The constraints permit example.cn; the last label becomes cx.
        let at = names.value.windows(3).position(|three| three == b".cn").unwrap();
        names.value[at + 2] = b'x';
    };
    let mut leaf = stating();
    outside(&mut leaf);
    let outcome = judge(&constraining(), &leaf, &policies);
    assert!(
        matches!(&outcome, Outcome::Refused(PathError::Broken { fault: PathFault::NameConstraints, .. })),
        "{outcome:?}"
    );
    let mut mutator = Mutator::new(0x6e61_6d65);
    for _ in 0..ROUNDS / 3 {
        let (mut authority, mut leaf) = (constraining(), stating());
        outside(&mut leaf);
        let others: Vec<usize> =
            (0..authority.len()).filter(|index| authority[*index].oid != "2.5.29.30").collect();
        let index = others[mutator.below(others.len())];
        mutator.mutate(&mut authority[index].value);
        assert_ne!(judge(&authority, &leaf, &policies), Outcome::Valid);
    }
}
