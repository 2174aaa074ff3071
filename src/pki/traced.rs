//! What a search for a path leaves in the trace of the judgement that it is part of: whose names it looked for, what it
//! compared with the present, and what it found.

use std::collections::BTreeSet;

use super::certificate::Certificate;
use super::name::Name;
use super::revocation::{Good, PathStanding, Revocation, Source, Standing};
use super::terms::Terms;
use crate::budget::Budget;
use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::trace::TracedPath;

/// Names of authorities that one record of a search without a path keeps. 8: as many as a path may have.
const MISSING: usize = 8;

/// Lists and answers that one record of a path keeps. 8: a path has two or three certificates that are asked about, each then
/// and now.
const EVIDENCE: usize = 8;

/// `leaf` was looked for among the anchors.
pub(super) fn leaf(leaf: &Certificate, terms: &Terms<'_>, budget: &mut Budget) {
    if budget.trace().is_kept() {
        looked_for(leaf.subject_name(), terms, budget);
        budget.trace_mut().looked_for(leaf.key_digest());
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
        for candidate in candidates {
            compared(candidate, terms, budget);
            // Its key may be suspended together with that of an anchor of another name.
            budget.trace_mut().looked_for(candidate.key_digest());
        }
    }
}

/// A path was found, from the leaf to the anchor.
pub(super) fn found(path: &[Certificate], terms: &Terms<'_>, budget: &mut Budget) {
    if budget.trace().is_kept()
        && let Some(path) = traced(path, terms)
    {
        budget.trace_mut().searched(path);
    }
}

/// Of the path that was found last, this is known about revocation.
pub(super) fn rests_on(leaf: &Certificate, standing: &PathStanding, terms: &Terms<'_>, budget: &mut Budget) {
    if budget.trace().is_kept() {
        budget.trace_mut().rests_on(&sm3(leaf), terms.role.name(), evidence(standing));
    }
}

/// A path led to an anchor, and did not count for what is known of revocation on it, or is not.
pub(super) fn objected(
    path: &[Certificate],
    standing: &PathStanding,
    terms: &Terms<'_>,
    budget: &mut Budget,
) {
    if budget.trace().is_kept()
        && let Some(path) = traced(path, terms)
    {
        let evidence = evidence(standing);
        budget.trace_mut().searched(TracedPath { objected: true, evidence, ..path });
    }
}

fn traced(path: &[Certificate], terms: &Terms<'_>) -> Option<TracedPath> {
    let (leaf, above) = path.split_first()?;
    let anchor = above.last().unwrap_or(leaf);
    let between = above.split_last().map(|(_, between)| between).unwrap_or_default();
    Some(TracedPath {
        leaf: sm3(leaf),
        role: terms.role.name(),
        anchor: Some(anchor.sha256()),
        intermediates: between.iter().map(Certificate::sha256).collect(),
        missing: Vec::new(),
        objected: false,
        evidence: Vec::new(),
    })
}

/// The lists and answers that `standing` rests on, those of the leaf first.
fn evidence(standing: &PathStanding) -> Vec<Digest> {
    let mut digests = Vec::new();
    for state in standing.certificates.iter().flat_map(|one| [&one.then, &one.now]) {
        let (Standing::Good(Good { source, .. }) | Standing::Revoked(Revocation { source, .. })) = state
        else {
            continue;
        };
        let (Source::List { digest, .. } | Source::Answer { digest }) = source;
        if !digests.contains(digest) && digests.len() < EVIDENCE {
            digests.push(*digest);
        }
    }
    digests
}

/// No name led from `leaf` to an anchor; authorities of `names` were looked for, and these `candidates`, the leaf among them,
/// were there.
///
/// A name may be a person's, with a number that can be tried out against its digest: that of a leaf that signed itself, or of
/// a certificate beside it that is no authority's. Such names are left out; no anchor is wanted under them.
pub(super) fn not_found<'a>(
    leaf: &'a Certificate,
    names: &BTreeSet<&Name>,
    candidates: impl Iterator<Item = &'a Certificate>,
    terms: &Terms<'_>,
    budget: &mut Budget,
) {
    if budget.trace().is_kept() {
        let mut left_out: BTreeSet<&Name> = BTreeSet::from([leaf.subject_name()]);
        left_out.extend(candidates.filter(|one| !one.is_authority()).map(Certificate::subject_name));
        let missing = names.iter().filter(|name| !left_out.contains(*name));
        budget.trace_mut().searched(TracedPath {
            leaf: sm3(leaf),
            role: terms.role.name(),
            anchor: None,
            intermediates: Vec::new(),
            missing: missing.take(MISSING).map(|name| name.digest()).collect(),
            objected: false,
            evidence: Vec::new(),
        });
    }
}

/// The revocation of a certificate was looked at, for the present or for a time that was: until when what is known says the
/// same. What is open may close at any time.
pub(super) fn standing(certificate: &Certificate, standing: &Standing, present: bool, budget: &mut Budget) {
    let trace = budget.trace_mut();
    if present {
        // From its end on it is judged as it stood then.
        trace.compared_with(certificate.validity());
    }
    match standing {
        Standing::Unchecked => {}
        Standing::Good(Good { next_update, grace_until, .. }) => {
            let ends = [*next_update, *grace_until].into_iter().flatten();
            ends.for_each(|end| trace.may_change_at(end.plus_millis(1)));
            // Who states no next time has newer information at any moment (RFC 6960 §4.2.2.1).
            if present && next_update.is_none() {
                trace.leave_open();
            }
        }
        Standing::Revoked(_) | Standing::Undetermined(_) => trace.leave_open(),
    }
}

/// A signer of evidence was held to `at`, which is the present or, with clocks that differ, later.
pub(super) fn dated(signer: &Certificate, at: Timestamp, now: Timestamp, budget: &mut Budget) {
    if now <= at {
        budget.trace_mut().compared_with(signer.validity());
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
    certificate.sm3()
}
