//! Paths from a certificate to a trust anchor (RFC 5280 §6.1): what is asked of one, and what was found.
//! Revocation is not judged here; whoever judges it does so as a check of each candidate path.

use super::anchors::Anchors;
use super::certificate::Certificate;
use super::fault::{Objection, PathError, PathFault};
use super::policy_graph::{PathPolicies, PolicyTerms};
use super::profile::{self, Role};
use super::search::Search;
use super::{host, validation};
use crate::budget::Budget;
use crate::clock::Timestamp;

/// What is asked of a path.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Where paths may end, and certificates that may help on the way.
    pub anchors: &'a Anchors,
    /// Certificates that came with the leaf.
    pub beside: &'a [Certificate],
    /// What the leaf does.
    pub role: Role,
    /// When it did that: the time at which the path must be valid.
    pub at: Timestamp,
    /// Who judges the leaf's own dates.
    pub leaf_dates: LeafDates,
    /// What counts of an anchor's certificate.
    pub anchor_extent: AnchorExtent,
    /// What is asked of policies; nothing if none.
    pub policies: Option<&'a PolicyTerms>,
    /// Purposes of which extended key usage, where stated, must have one; none asked for if empty.
    pub purposes: &'a [String],
    /// The host that the leaf must name.
    pub host: Option<&'a str>,
}

impl<'a> Terms<'a> {
    /// A path of any policy for a leaf that plays `role` at `at`.
    pub const fn new(anchors: &'a Anchors, role: Role, at: Timestamp) -> Self {
        Self {
            anchors,
            beside: &[],
            role,
            at,
            leaf_dates: LeafDates::Count,
            anchor_extent: AnchorExtent::Certificate,
            policies: None,
            purposes: &[],
            host: None,
        }
    }
}

/// Who judges the dates of the leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafDates {
    /// They count as those of every certificate do.
    Count,
    /// The caller, because signers and seal makers outside theirs are judged differently.
    LeaveToCaller,
}

/// What counts of a certificate that is a trust anchor.
///
/// RFC 5280 §6.1.1 (d) takes its name and key alone, and validators that do so accept expired roots and ignore what a root
/// was limited to. RFC 5937 lets the limits count; its own policies it does not have to state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorExtent {
    /// Its dates, its being an authority (a certificate of version 1 cannot say), its key usage and path length, name and
    /// policy constraints, and critical extensions.
    Certificate,
    /// Its name and key.
    NameAndKey,
}

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

/// What is unusual about a path that is valid all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which certificate, counted from the leaf, which is 0.
    pub position: usize,
    /// What was found.
    pub oddity: Oddity,
}

/// What can be unusual about a certificate on a valid path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// Its signature can be forged today.
    WeakSignature,
    /// Its SM2 signature value is not written in DER.
    LooseSignature,
    /// Its key names a signature algorithm where the SM2 curve belongs.
    MisnamedCurve,
    /// Its name constraints are not critical, which RFC 5280 §4.2.1.10 requires; they count all the same.
    ConstraintsNotCritical,
    /// Its issuer's key identifier differs from the one it states (RFC 5280 §4.2.1.1).
    KeyIdentifierDiffers,
    /// Its serial number is longer than 20 octets, or not positive (RFC 5280 §4.1.2.2).
    UnusualSerial,
}

impl std::fmt::Display for Oddity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WeakSignature => "the signature can be forged today",
            Self::LooseSignature => "the signature value is not in DER",
            Self::MisnamedCurve => "the key names a signature algorithm where the curve belongs",
            Self::ConstraintsNotCritical => "the name constraints are not marked critical",
            Self::KeyIdentifierDiffers => "the issuer has another key identifier than stated",
            Self::UnusualSerial => "the serial number is too long or not positive",
        })
    }
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

/// Finds a path for `leaf` that is valid by `terms` and by `check`.
pub fn validate(
    leaf: &Certificate,
    terms: &Terms<'_>,
    check: &mut Check<'_>,
    budget: &mut Budget,
) -> Result<VerifiedPath, PathError> {
    check_leaf(leaf, terms).map_err(|fault| broken(0, leaf, fault))?;
    let mut outcome: Option<(Vec<Certificate>, PathPolicies)> = None;
    let mut judge = |path: &[&Certificate], budget: &mut Budget| {
        let policies = validation::judge(path, terms, budget)?;
        check(&CandidatePath { certificates: path }, budget)?;
        outcome = Some((path.iter().map(|one| (*one).clone()).collect(), policies));
        Ok(())
    };
    if terms.anchors.trusts(leaf) {
        judge(&[leaf], budget).map_err(|objection| match objection {
            Objection::Exhausted(exhausted) => PathError::Exhausted(exhausted),
            Objection::Fault(position, fault) => broken(position, leaf, fault),
        })?;
    } else {
        Search::new(leaf, terms).run(&mut judge, budget)?;
    }
    let (certificates, policies) = outcome.ok_or(PathError::NoAnchor)?;
    let findings = findings(&certificates, terms);
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

fn findings(path: &[Certificate], terms: &Terms<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (position, certificate) in path.iter().enumerate() {
        let issuer = path.get(position + 1);
        let signature = certificate.signature();
        let oddities = [
            (Oddity::WeakSignature, issuer.is_some_and(|issuer| certificate.weakly_signed_by(issuer))),
            (Oddity::LooseSignature, issuer.is_some() && signature.is_loose()),
            (Oddity::MisnamedCurve, certificate.misnamed_curve),
            (
                Oddity::ConstraintsNotCritical,
                certificate.name_constraints.is_some()
                    && !certificate
                        .extension(super::extension::id::NAME_CONSTRAINTS)
                        .is_some_and(|(critical, _)| critical),
            ),
            (
                Oddity::KeyIdentifierDiffers,
                issuer.is_some_and(|issuer| !certificate.may_be_signed_with_key_of(issuer)),
            ),
            (Oddity::UnusualSerial, certificate.has_unusual_serial()),
        ];
        let found = oddities.into_iter().filter(|(_, found)| *found);
        findings.extend(found.map(|(oddity, _)| Finding { position, oddity }));
    }
    // Nobody but the one who chose an anchor cares how it is written.
    if terms.anchor_extent == AnchorExtent::NameAndKey {
        findings.retain(|finding| finding.position + 1 < path.len());
    }
    findings
}

pub(super) fn broken(position: usize, certificate: &Certificate, fault: PathFault) -> PathError {
    PathError::Broken { position, subject: certificate.subject.clone(), fault }
}
