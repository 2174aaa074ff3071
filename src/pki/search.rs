//! Finds candidate paths, the likeliest first, and ends within the budget however many certificates cross-certify each
//! other: only names that lead to an anchor are followed, each signature is checked once, and what failed is not met again.

mod candidates;

use std::collections::{BTreeMap, BTreeSet};

use super::anchors::AnchorEntry;
use super::certificate::Certificate;
use super::fault::{Objection, PathError, PathFault};
use super::path::broken;
use super::signed::SignatureFault;
use super::terms::Terms;
use super::traced;
use crate::budget::{Budget, Exhausted, Resource};
use crate::crypto::{KeyError, PublicKey};

use self::candidates::Candidates;

/// Authorities on one path. Chinese public hierarchies have two or three; webpki allows six.
const DEPTH: usize = 8;

/// Judges one path whose signatures hold, from the leaf to the anchor.
pub(super) type Judge<'j> = dyn FnMut(&[&Certificate], &mut Budget) -> Result<(), Objection> + 'j;

/// The search for a path from one leaf.
pub(super) struct Search<'a> {
    terms: &'a Terms<'a>,
    candidates: Candidates<'a>,
    /// Candidates from the leaf upwards.
    path: Vec<usize>,
    /// Whether a certificate is signed with the key of another, where that key alone decides it.
    signed: BTreeMap<(usize, usize), Result<(), SignatureFault>>,
    /// Certificates that no path may hold, whatever else is on it.
    unfit: BTreeSet<usize>,
    /// What was wrong with the best of the paths that failed.
    worst: PathError,
    signature_checks: u32,
}

/// How the search goes on.
enum Step {
    Found,
    /// Back to the certificate at this place of the path, which needs another issuer; nothing above it can help.
    Retry(usize),
}

impl<'a> Search<'a> {
    /// A search among the anchors that `admits` lets end a path.
    pub(super) fn new(
        leaf: &'a Certificate,
        terms: &'a Terms<'a>,
        admits: &dyn Fn(&AnchorEntry) -> bool,
    ) -> Self {
        Self {
            terms,
            candidates: Candidates::above(leaf, terms, admits, DEPTH),
            path: vec![0],
            signed: BTreeMap::new(),
            unfit: BTreeSet::new(),
            worst: PathError::NoAnchor,
            signature_checks: 0,
        }
    }

    /// Gives `judge` one path after the other until it finds no fault.
    pub(super) fn run(mut self, judge: &mut Judge<'_>, budget: &mut Budget) -> Result<(), PathError> {
        traced::authorities(self.candidates.wanted(), self.candidates.all(), self.terms, budget);
        match self.climb(judge, budget)? {
            Step::Found => Ok(()),
            Step::Retry(_) => {
                if matches!(self.worst, PathError::NoAnchor) {
                    let Self { candidates, terms, .. } = &self;
                    traced::not_found(
                        candidates.leaf(),
                        candidates.wanted(),
                        candidates.all(),
                        terms,
                        budget,
                    );
                }
                Err(self.worst)
            }
        }
    }

    /// Extends the path until it ends in an anchor; unless a path was found, the path is as it was.
    fn climb(&mut self, judge: &mut Judge<'_>, budget: &mut Budget) -> Result<Step, Exhausted> {
        let place = self.path.len().saturating_sub(1);
        let below = self.path.last().copied().unwrap_or_default();
        let issuers = self.candidates.issuers_of(below);
        for &issuer in issuers.iter() {
            budget.path_step()?;
            let failed = self.signed.get(&(below, issuer)).is_some_and(Result::is_err);
            if failed || self.unfit.contains(&issuer) || self.repeats(issuer) {
                continue;
            }
            // INVARIANT: the path so far, this issuer and the fewest that lead on from it are within the depth.
            let Some(hops) = self.candidates.hops(issuer) else { continue };
            if self.path.len() + hops > DEPTH {
                continue;
            }
            self.path.push(issuer);
            let step = if hops == 0 { self.complete(judge, budget)? } else { self.climb(judge, budget)? };
            match step {
                Step::Found => return Ok(Step::Found),
                Step::Retry(back) => {
                    self.path.pop();
                    if back < place {
                        return Ok(Step::Retry(back));
                    }
                }
            }
        }
        Ok(Step::Retry(place.saturating_sub(1)))
    }

    /// Whether the path holds this certificate already, or another of the same name and key, which adds nothing.
    fn repeats(&self, issuer: usize) -> bool {
        let new = self.candidates.get(issuer);
        self.path.iter().any(|at| {
            let old = self.candidates.get(*at);
            *at == issuer || old.subject_name() == new.subject_name() && old.spki() == new.spki()
        })
    }

    /// Judges a path that has reached an anchor: signatures from the top, so that a fault is always one that an authority
    /// under the anchor has to answer for, then everything else.
    fn complete(&mut self, judge: &mut Judge<'_>, budget: &mut Budget) -> Result<Step, Exhausted> {
        budget.path_candidate()?;
        if let Err((place, fault)) = self.signatures(budget)? {
            self.blame(place, fault);
            return Ok(Step::Retry(place));
        }
        let certificates: Vec<&Certificate> = self.path.iter().map(|at| self.candidates.get(*at)).collect();
        match judge(&certificates, budget) {
            Ok(()) => Ok(Step::Found),
            Err(Objection::Exhausted(exhausted)) => Err(exhausted),
            Err(Objection::Fault(position, fault)) => {
                let own = position > 0 && fault.is_of_certificate();
                self.blame(position, Some(fault));
                if own && let Some(at) = self.path.get(position) {
                    self.unfit.insert(*at);
                    return Ok(Step::Retry(position - 1));
                }
                Ok(Step::Retry(self.path.len().saturating_sub(2)))
            }
        }
    }

    /// Whether each certificate of the path is signed by the next; else the place of the first that is not, and the fault
    /// unless another key was meant.
    fn signatures(
        &mut self,
        budget: &mut Budget,
    ) -> Result<Result<(), (usize, Option<PathFault>)>, Exhausted> {
        // What a key without parameters inherits (RFC 5280 §6.1.4 e), if any key on the way down had none.
        let mut inherited: Option<PublicKey> = None;
        for place in (0..self.path.len().saturating_sub(1)).rev() {
            let (Some(&at), Some(&above)) = (self.path.get(place), self.path.get(place + 1)) else { break };
            let (certificate, issuer) = (self.candidates.get(at), self.candidates.get(above));
            let own = issuer.key.as_ref().ok();
            let working = own.or(inherited.as_ref());
            let known = if own.is_some() { self.signed.get(&(at, above)).cloned() } else { None };
            let outcome = match known {
                Some(outcome) => outcome,
                None => {
                    self.charge(budget)?;
                    let outcome = self.verify(certificate, working, budget);
                    if own.is_some() {
                        self.signed.insert((at, above), outcome.clone());
                    }
                    outcome
                }
            };
            if let Err(fault) = outcome {
                // Where both state which key is meant and differ, another key of that name made the signature.
                let meant = certificate.may_be_signed_with_key_of(issuer);
                return Ok(Err((place, meant.then(|| PathFault::from(fault)))));
            }
            if matches!(certificate.key, Err(KeyError::ParametersAbsent)) {
                inherited = working.and_then(|key| key.inherited_by(certificate.spki()).ok());
            }
        }
        Ok(Ok(()))
    }

    fn verify(
        &self,
        certificate: &Certificate,
        key: Option<&PublicKey>,
        budget: &mut Budget,
    ) -> Result<(), SignatureFault> {
        let signature = certificate.signature();
        let key = key.ok_or_else(|| SignatureFault::Unchecked(signature.oid.clone()))?;
        let verified = match self.terms.role.allows_retired() {
            true => signature.verify_even_retired(key, certificate.tbs()),
            false => signature.verify_by(budget.checks_mut(), key, certificate.tbs()),
        };
        verified.map(|_| ())
    }

    fn charge(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        let limit = budget.limits().path_signature_checks;
        if self.signature_checks >= limit {
            return Err(Exhausted { what: Resource::SignatureChecks, limit: u64::from(limit) });
        }
        self.signature_checks += 1;
        budget.signature_check()
    }

    /// Remembers what was wrong with the certificate at `place`, if it says more than what is known.
    fn blame(&mut self, place: usize, fault: Option<PathFault>) {
        let (Some(&at), Some(fault)) = (self.path.get(place), fault) else { return };
        let error = broken(place, self.candidates.get(at), fault);
        if error.rank() > self.worst.rank() {
            self.worst = error;
        }
    }
}

impl From<SignatureFault> for PathFault {
    fn from(fault: SignatureFault) -> Self {
        match fault {
            SignatureFault::Unchecked(oid) => Self::Algorithm(oid),
            SignatureFault::Mismatch => Self::Signature,
        }
    }
}
