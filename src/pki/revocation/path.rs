//! Path validation and revocation together: each path that holds otherwise is judged for revocation, and if a certificate
//! of it is not shown good, the search goes on to the next path.

use super::check::{IssuerPaths, RevocationCheck, RevocationMode};
use super::evidence::Evidence;
use super::freshness::EvidenceRules;
use super::standing::{PathStanding, Standing};
use super::weigh::{Moment, TimeBasis};
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::pki::traced;
use crate::pki::{
    CandidatePath, Certificate, Name, Objection, PathError, PathFault, Role, Terms, VerifiedPath, validate,
};

/// Certificates of one name that are tried as signers of lists. 16: an authority has a few while it changes keys, and a
/// file may bring any number.
const SIGNERS: usize = 16;

/// What is asked about revocation, beside the [`Terms`] of a path.
#[derive(Clone, Copy, Debug)]
pub struct RevocationTerms<'a> {
    /// All lists and answers.
    pub evidence: &'a Evidence,
    /// What is demanded of them.
    pub rules: EvidenceRules,
    /// Whether to ask at all.
    pub mode: RevocationMode,
    /// How the time of the path is known.
    pub proof: TimeBasis,
    /// The present.
    pub now: Timestamp,
}

/// A path and what is known of the revocation of its certificates.
#[derive(Clone, Debug)]
pub struct JudgedPath {
    /// The path, or why there is none. [`PathFault::Revoked`] and [`PathFault::RevocationOpen`] come from here.
    pub path: Result<VerifiedPath, PathError>,
    /// The certificates of that path, or of the one that came nearest to being valid; empty if none came so far.
    pub standing: PathStanding,
    /// The subjects of these certificates and of the anchor; empty if none came so far.
    pub subjects: Vec<String>,
}

/// Finds a path for `leaf` that is valid by `terms`, and none of whose certificates is revoked by `revocation`.
///
/// If there is none, a path on which revocation stays open says more than one with a revoked certificate, and either more
/// than one that fails for other reasons.
pub fn validate_with_revocation(
    leaf: &Certificate,
    terms: &Terms<'_>,
    revocation: &RevocationTerms<'_>,
    budget: &mut Budget,
) -> JudgedPath {
    let mut good = None;
    let mut nearest: Option<(PathError, PathStanding, Vec<Certificate>)> = None;
    let mut check = |path: &CandidatePath<'_>, budget: &mut Budget| {
        let standing = revocation.ask(path, terms, budget)?;
        let Some((position, fault)) = revocation.objection(&standing) else {
            good = Some(standing);
            return Ok(());
        };
        let subject = path.certificates().get(position).map(|one| one.subject.clone()).unwrap_or_default();
        let error = PathError::Broken { position, subject, fault: fault.clone() };
        let nearer = match (&fault, &nearest) {
            (_, None) => true,
            (PathFault::RevocationOpen(_), Some((PathError::Broken { fault, .. }, ..))) => {
                matches!(fault, PathFault::Revoked(_))
            }
            _ => false,
        };
        if nearer {
            let certificates = path.certificates().iter().map(|one| (*one).clone()).collect();
            nearest = Some((error, standing, certificates));
        }
        Err(Objection::Fault(position, fault))
    };
    let path = validate(leaf, terms, &mut check, budget);
    match (path, nearest) {
        (Ok(path), _) => {
            let standing = good.unwrap_or_default();
            traced::rests_on(leaf, &standing, terms, budget);
            JudgedPath { subjects: path.subjects(), path: Ok(path), standing }
        }
        (Err(PathError::Exhausted(exhausted)), _) => JudgedPath::none(exhausted.into()),
        (Err(_), Some((error, standing, certificates))) => {
            traced::objected(&certificates, &standing, terms, budget);
            let subjects = certificates.iter().map(|one| one.subject.clone()).collect();
            JudgedPath { path: Err(error), standing, subjects }
        }
        (Err(error), None) => JudgedPath::none(error),
    }
}

impl JudgedPath {
    /// Nothing came as far as revocation.
    fn none(error: PathError) -> Self {
        Self { path: Err(error), standing: PathStanding::default(), subjects: Vec::new() }
    }
}

impl RevocationTerms<'_> {
    /// What is known of a path; objects to one of which a certificate is revoked, or not shown to be good.
    pub(in crate::pki) fn check(
        &self,
        path: &CandidatePath<'_>,
        terms: &Terms<'_>,
        budget: &mut Budget,
    ) -> Result<PathStanding, Objection> {
        let standing = self.ask(path, terms, budget)?;
        match self.objection(&standing) {
            Some((position, fault)) => Err(Objection::Fault(position, fault)),
            None => Ok(standing),
        }
    }

    /// What is known of the certificates of `path`, which is one by `terms`.
    fn ask(
        &self,
        path: &CandidatePath<'_>,
        terms: &Terms<'_>,
        budget: &mut Budget,
    ) -> Result<PathStanding, Exhausted> {
        let Self { evidence, mut rules, mut mode, proof, now } = *self;
        // Plain RFC 5280 weighs neither the strength of algorithms nor their age.
        let plain = terms.role == Role::Any;
        rules.accept_weak_signatures |= plain;
        rules.accept_retired_algorithms |= plain;
        if mode == RevocationMode::ByAnchor {
            let entry = path.certificates().last().and_then(|anchor| terms.anchors.entry_of(anchor));
            let demanded = entry.is_some_and(|entry| !entry.revocation.is_empty());
            // A verdict can stay open until somebody mends what cannot be read; systems that are shut out cannot even ask.
            let unread = evidence.is_incomplete() && terms.role != Role::TlsClient;
            let mut asked = demanded || unread;
            for (one, issuer) in path.links() {
                asked = asked || evidence.concerns(one, issuer, budget)?;
            }
            mode = if asked { RevocationMode::Require } else { RevocationMode::Off };
            let grace = entry.map_or(0, |entry| entry.grace.as_millis());
            rules.grace_millis = i64::try_from(grace).unwrap_or(i64::MAX);
        }
        let moment = Moment { at: terms.at, proof };
        let check = RevocationCheck { evidence, rules, mode, moment, now, signers: &KnownSigners { terms } };
        check.judge(path.certificates(), budget)
    }

    /// What is held against a path with this standing.
    ///
    /// Where anchors decide, a time that is only claimed does not excuse what is known from being out of date: whoever took
    /// the key later could claim it, so that the present state has to be known as well.
    fn objection(&self, standing: &PathStanding) -> Option<(usize, PathFault)> {
        if let Some((position, worst)) = standing.worst() {
            return Some((position, fault(worst)?));
        }
        if self.mode != RevocationMode::ByAnchor || self.proof != TimeBasis::Claimed {
            return None;
        }
        standing.certificates.iter().enumerate().find_map(|(position, one)| match one.now {
            Standing::Undetermined(why) => Some((position, PathFault::RevocationOpen(why))),
            _ => None,
        })
    }
}

fn fault(standing: &Standing) -> Option<PathFault> {
    match standing {
        Standing::Revoked(revocation) => Some(PathFault::Revoked(revocation.stated)),
        Standing::Undetermined(why) => Some(PathFault::RevocationOpen(*why)),
        Standing::Good(_) | Standing::Unchecked => None,
    }
}

/// The certificates that are known where a path is looked for, as signers of lists.
struct KnownSigners<'a> {
    terms: &'a Terms<'a>,
}

impl IssuerPaths for KnownSigners<'_> {
    fn paths(
        &self,
        signer: &Name,
        anchor: &Certificate,
        at: Timestamp,
        budget: &mut Budget,
    ) -> Result<Vec<Vec<Certificate>>, Exhausted> {
        let Terms { anchors, beside, anchor_extent, role, relied_at, .. } = *self.terms;
        let role = if role == Role::Any { Role::Any } else { Role::CrlSigner };
        let terms = Terms { beside, anchor_extent, relied_at, ..Terms::new(anchors, role, at) };
        let brought = beside.iter().filter(|one| one.subject_name() == signer);
        let mut found = Vec::new();
        for holder in anchors.intermediates_named(signer).chain(brought).take(SIGNERS) {
            // §6.3.3 (f): the same anchor, since others are trusted for other things.
            let mut same_anchor = |path: &CandidatePath<'_>, _: &mut Budget| match path.certificates().last()
            {
                Some(last) if *last == anchor => Ok(()),
                _ => Err(Objection::Fault(0, PathFault::Objection("another trust anchor".to_owned()))),
            };
            match validate(holder, &terms, &mut same_anchor, budget) {
                Ok(path) => found.push(path.certificates().to_vec()),
                Err(PathError::Exhausted(exhausted)) => return Err(exhausted),
                Err(PathError::NoAnchor | PathError::Untrusted { .. } | PathError::Broken { .. }) => {}
            }
        }
        Ok(found)
    }
}
