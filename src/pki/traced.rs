//! What a search for a path leaves in the trace of the judgement that it is part of: whose names it looked for, what it
//! compared with the present, and what it found.

use std::collections::BTreeSet;

use super::certificate::Certificate;
use super::name::Name;
use super::revocation::{Good, PathStanding, Standing};
use super::terms::Terms;
use crate::budget::Budget;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::trace::TracedPath;

/// Names of authorities that one record of a search without a path keeps. 8: as many as a path may have.
const MISSING: usize = 8;

/// `leaf` was looked for among the anchors.
pub(super) fn leaf(leaf: &Certificate, terms: &Terms<'_>, budget: &mut Budget) {
    if budget.trace().is_kept() {
        looked_for(leaf.subject_name(), terms, budget);
        compared(leaf, terms, budget);
    }
}

/// Authorities of `names` were looked for above a leaf, and these `candidates` were there.
pub(super) fn authorities<'a>(
    names: &BTreeSet<&Name>,
    candidates: impl Iterator<Item = &'a Certificate>,
    terms: &Terms<'_>,
    budget: &mut Budget,
) {
    if budget.trace().is_kept() {
        names.iter().for_each(|name| looked_for(name, terms, budget));
        candidates.for_each(|candidate| compared(candidate, terms, budget));
    }
}

/// A path was found, from the leaf to the anchor.
pub(super) fn found(path: &[Certificate], terms: &Terms<'_>, budget: &mut Budget) {
    let (Some((leaf, above)), true) = (path.split_first(), budget.trace().is_kept()) else { return };
    let sha256 = |certificate: &Certificate| DigestAlgorithm::Sha256.digest(certificate.der());
    let anchor = above.last().unwrap_or(leaf);
    let between = above.split_last().map(|(_, between)| between).unwrap_or_default();
    budget.trace_mut().searched(TracedPath {
        leaf: sm3(leaf),
        role: terms.role.name(),
        anchor: Some(sha256(anchor)),
        intermediates: between.iter().map(sha256).collect(),
        missing: Vec::new(),
    });
}

/// No name led from `leaf` to an anchor; authorities of `names` were looked for.
pub(super) fn not_found(leaf: &Certificate, names: &BTreeSet<&Name>, terms: &Terms<'_>, budget: &mut Budget) {
    if budget.trace().is_kept() {
        budget.trace_mut().searched(TracedPath {
            leaf: sm3(leaf),
            role: terms.role.name(),
            anchor: None,
            intermediates: Vec::new(),
            missing: names.iter().take(MISSING).map(|name| name.digest()).collect(),
        });
    }
}

/// The revocation of a path was looked at: until when what is known says the same. What is open may close at any time.
pub(super) fn standing(standing: &PathStanding, budget: &mut Budget) {
    let trace = budget.trace_mut();
    for certificate in &standing.certificates {
        for state in [&certificate.then, &certificate.now] {
            match state {
                Standing::Unchecked => {}
                Standing::Good(Good { next_update, grace_until, .. }) => {
                    let ends = [*next_update, *grace_until].into_iter().flatten();
                    ends.for_each(|end| trace.may_change_at(end.plus_millis(1)));
                }
                Standing::Revoked(_) | Standing::Undetermined(_) => trace.leave_open(),
            }
        }
        // Who states no next time has newer information at any moment (RFC 6960 §4.2.2.1).
        if matches!(certificate.now, Standing::Good(Good { next_update: None, .. })) {
            trace.leave_open();
        }
    }
}

fn looked_for(name: &Name, terms: &Terms<'_>, budget: &mut Budget) {
    for (_, entry) in terms.anchors.stated_named(name) {
        let (from, until) = (entry.period.from(), entry.period.until());
        from.into_iter().chain(until).for_each(|at| budget.trace_mut().may_change_at(at));
    }
    budget.trace_mut().looked_for(name.digest());
}

fn compared(certificate: &Certificate, terms: &Terms<'_>, budget: &mut Budget) {
    if budget.trace().is_present(terms.at) {
        budget.trace_mut().compared_with(certificate.validity());
    }
}

fn sm3(certificate: &Certificate) -> Digest {
    DigestAlgorithm::Sm3.digest(certificate.der())
}
