//! Paths from a certificate to a trust anchor (RFC 5280 §6.1): found, judged, and kept as what was found valid.
//! Revocation is not judged here; whoever judges it does so as a check of each candidate path.

use super::anchors::AnchorEntry;
use super::certificate::Certificate;
use super::fault::{Objection, PathError, PathFault};
use super::finding::{self, Finding, Oddity};
use super::policy_graph::PathPolicies;
use super::profile;
use super::search::Search;
use super::terms::{LeafDates, Terms};
use super::{host, traced, validation};
use crate::budget::Budget;
use crate::clock::Timestamp;
use crate::crypto::Digest;

/// A path on which everything holds that is judged here, before the caller's own check.
#[derive(Clone, Copy, Debug)]
pub struct CandidatePath<'p> {
    certificates: &'p [&'p Certificate],
}

impl<'p> CandidatePath<'p> {
    /// The certificates from the leaf to the anchor.
    pub const fn certificates(&self) -> &'p [&'p Certificate] {
        self.certificates
    }

    /// Subjects from the leaf to the anchor.
    pub fn subjects(&self) -> Vec<String> {
        self.certificates.iter().map(|certificate| certificate.subject.clone()).collect()
    }

    /// Each certificate below the anchor with its issuer's, from the leaf upwards.
    pub fn links(&self) -> impl Iterator<Item = (&'p Certificate, &'p Certificate)> {
        self.certificates.iter().copied().zip(self.certificates.iter().copied().skip(1))
    }
}

/// A path that was found valid. Only [`validate`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedPath {
    certificates: Vec<Certificate>,
    policies: PathPolicies,
    findings: Vec<Finding>,
}

impl VerifiedPath {
    /// The certificates from the leaf to the anchor.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Subjects from the certificate to the anchor.
    pub fn subjects(&self) -> Vec<String> {
        self.certificates.iter().map(|certificate| certificate.subject.clone()).collect()
    }

    /// SHA-256 of the anchor's certificate, in which it ends.
    pub fn end(&self) -> Option<Digest> {
        self.certificates.last().map(Certificate::sha256)
    }

    /// The policies it is valid for.
    pub const fn policies(&self) -> &PathPolicies {
        &self.policies
    }

    /// What is unusual about it, from the leaf upwards.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether a certificate below the anchor is signed in a way that can be forged today.
    pub fn is_weak(&self) -> bool {
        self.findings.iter().any(|finding| finding.oddity == Oddity::WeakSignature)
    }

    /// The certificates that `at` lies outside the validity of: with the present for `at`, what has lapsed since.
    pub fn out_of_date(&self, at: Timestamp) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().filter(move |certificate| !certificate.valid_at(at))
    }
}

/// What a caller checks of a candidate path. Where it objects, the search goes on to the next path.
pub type Check<'c> = dyn FnMut(&CandidatePath<'_>, &mut Budget) -> Result<(), Objection> + 'c;

/// A check that lets every path pass.
pub fn unchecked(_: &CandidatePath<'_>, _: &mut Budget) -> Result<(), Objection> {
    Ok(())
}

/// Finds a path for `leaf` that is valid by `terms` and by `check`, and ends in an anchor that is trusted for the role when
/// somebody relies on it.
pub fn validate(
    leaf: &Certificate,
    terms: &Terms<'_>,
    check: &mut Check<'_>,
    budget: &mut Budget,
) -> Result<VerifiedPath, PathError> {
    traced::leaf(leaf, terms, budget);
    check_leaf(leaf, terms).map_err(|fault| broken(0, leaf, fault))?;
    let refused = |entry: &AnchorEntry| terms.refusal(entry);
    match find(leaf, terms, &|entry| refused(entry).is_none(), check, budget) {
        // Whoever asks is told why an anchor that they know of does not count.
        Err(PathError::NoAnchor) if terms.anchors.entries().any(|entry| refused(entry).is_some()) => {
            let path = match find(leaf, terms, &|_| true, &mut unchecked, budget) {
                Ok(path) => path,
                Err(PathError::Exhausted(exhausted)) => return Err(exhausted.into()),
                Err(_) => return Err(PathError::NoAnchor),
            };
            let entry = path.certificates.last().and_then(|anchor| terms.anchors.entry_of(anchor));
            let why = entry.and_then(|entry| Some((entry, refused(entry)?)));
            Err(why.map_or(PathError::NoAnchor, |(entry, why)| PathError::Untrusted {
                anchor: entry.name.clone(),
                why,
            }))
        }
        found => found,
    }
}

/// Finds a path that ends in an anchor that `admits` lets end it; the leaf itself is not judged.
pub(super) fn find(
    leaf: &Certificate,
    terms: &Terms<'_>,
    admits: &dyn Fn(&AnchorEntry) -> bool,
    check: &mut Check<'_>,
    budget: &mut Budget,
) -> Result<VerifiedPath, PathError> {
    if terms.anchors.suspends(leaf) {
        return Err(PathError::NoAnchor);
    }
    let mut outcome: Option<(Vec<Certificate>, PathPolicies)> = None;
    let mut judge = |path: &[&Certificate], budget: &mut Budget| {
        let policies = validation::judge(path, terms, budget)?;
        check(&CandidatePath { certificates: path }, budget)?;
        outcome = Some((path.iter().map(|one| (*one).clone()).collect(), policies));
        Ok(())
    };
    if terms.anchors.entry_of(leaf).is_some_and(|entry| admits(entry)) {
        judge(&[leaf], budget).map_err(|objection| match objection {
            Objection::Exhausted(exhausted) => PathError::Exhausted(exhausted),
            Objection::Fault(position, fault) => broken(position, leaf, fault),
        })?;
    } else {
        Search::new(leaf, terms, admits).run(&mut judge, budget)?;
    }
    let (certificates, policies) = outcome.ok_or(PathError::NoAnchor)?;
    traced::found(&certificates, terms, budget);
    let findings = finding::all(&certificates, terms.anchor_extent);
    Ok(VerifiedPath { certificates, policies, findings })
}

/// Checks what needs no path.
fn check_leaf(leaf: &Certificate, terms: &Terms<'_>) -> Result<(), PathFault> {
    if let Some(clause) = terms.role.refuses(leaf) {
        return Err(PathFault::KeyUsage(clause));
    }
    if !profile::has_purpose(leaf, terms.purposes) {
        return Err(PathFault::Purpose);
    }
    if terms.leaf_dates == LeafDates::Count && !leaf.valid_at(terms.at) {
        return Err(PathFault::Dates(terms.at));
    }
    if let Some(oid) = leaf.unhandled_critical.first() {
        return Err(PathFault::UnhandledCritical(oid.clone()));
    }
    if leaf.name_constraints.is_some() && !leaf.is_authority() {
        return Err(PathFault::MisplacedConstraints);
    }
    if let Some(wanted) = terms.host {
        host::check(leaf, wanted)?;
    }
    Ok(())
}

pub(super) fn broken(position: usize, certificate: &Certificate, fault: PathFault) -> PathError {
    PathError::Broken { position, subject: certificate.subject.clone(), fault }
}
