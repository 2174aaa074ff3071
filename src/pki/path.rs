//! Paths from a certificate to a trust anchor (RFC 5280 §6.1): names, signatures, dates, authority, key usage.
//! Name constraints, required policies and revocation are not judged here; a critical extension that would
//! need them breaks the path.

use super::anchors::Anchors;
use super::certificate::{Certificate, ExtendedKeyUsage};
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;

/// Authorities on one path. Chinese public hierarchies have two or three; webpki allows six.
const DEPTH: usize = 8;

/// What a certificate is to do at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Make seals (制章者).
    SealMaker,
    /// Sign documents (签章者).
    Signer,
    /// Sign timestamps.
    Timestamper,
}

/// id-kp-timeStamping, RFC 3161 §2.3.
const TIMESTAMPING: &str = "1.3.6.1.5.5.7.3.8";
/// anyExtendedKeyUsage, RFC 5280 §4.2.1.12.
const ANY_PURPOSE: &str = "2.5.29.37.0";
/// Purposes that include signing documents: emailProtection (RFC 5280 §4.2.1.12), documentSigning (RFC 9336 §3).
const SIGNING: [&str; 2] = ["1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36"];

impl Role {
    /// Whether a certificate whose purposes are limited to `usage` may play the role, or lead to one that does.
    fn within(self, usage: &ExtendedKeyUsage) -> bool {
        usage.purposes.iter().map(String::as_str).any(|purpose| match self {
            _ if purpose == ANY_PURPOSE => true,
            Self::SealMaker | Self::Signer => SIGNING.contains(&purpose),
            Self::Timestamper => purpose == TIMESTAMPING,
        })
    }
}

/// A path that was found valid. Only [`validate`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedPath {
    subjects: Vec<String>,
    weak: bool,
}

impl VerifiedPath {
    /// Subjects from the certificate to the anchor.
    pub fn subjects(&self) -> &[String] {
        &self.subjects
    }

    /// Whether a certificate below the anchor is signed in a way that can be forged today.
    pub const fn is_weak(&self) -> bool {
        self.weak
    }
}

/// Why there is no valid path. Ordered, so that of several failures the most specific is reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No path leads to an anchor.
    #[error("no path leads to a trust anchor")]
    NoAnchor,
    /// A path leads there, but a certificate on it does not hold.
    #[error("`{subject}`: {fault}")]
    Broken {
        /// The subject of that certificate.
        subject: String,
        /// What is wrong with it.
        fault: PathFault,
    },
    /// The budget is used up.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
}

/// What is wrong with a certificate on a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// The certificate may not sign others.
    #[error("the certificate is not an authority's")]
    NotAuthority,
    /// The certificate's key usage does not allow its role.
    #[error("the key usage does not allow this")]
    KeyUsage,
    /// More authorities follow than the certificate allows.
    #[error("more authorities follow than allowed")]
    PathLength,
    /// The issuer's key did not make the signature.
    #[error("the issuer's signature does not hold")]
    Signature,
    /// An extension that must be understood is not.
    #[error("extension `{0}` must be understood and is not")]
    UnhandledCritical(String),
    /// The certificate was not valid at the time.
    #[error("not valid at {}", .0.in_china())]
    Dates(Timestamp),
}

/// Finds a valid path for `leaf` at `at`.
///
/// The leaf's own dates are left to the caller, because signers and seal makers outside theirs are judged
/// differently; the dates of every other certificate, the anchor's included, count. `beside` are certificates
/// that came with the leaf.
pub fn validate(
    leaf: &Certificate,
    beside: &[Certificate],
    anchors: &Anchors,
    role: Role,
    at: Timestamp,
    budget: &mut Budget,
) -> Result<VerifiedPath, PathError> {
    check_leaf(leaf, role)?;
    if anchors.trusted().contains(leaf) {
        return Ok(VerifiedPath { subjects: vec![leaf.subject.clone()], weak: false });
    }
    let mut search = Search { beside, anchors, role, at, budget, path: vec![leaf] };
    search.climb()?;
    let issuers = search.path.iter().skip(1);
    Ok(VerifiedPath {
        subjects: search.path.iter().map(|certificate| certificate.subject.clone()).collect(),
        weak: search.path.iter().zip(issuers).any(|(below, issuer)| below.weakly_signed_by(issuer)),
    })
}

/// Checks what needs no path: key usage (GM/T 0015-2012 §5.2.4.2.3 wants one of the two bits) and extensions.
fn check_leaf(leaf: &Certificate, role: Role) -> Result<(), PathError> {
    let signs = leaf.key_usage.is_none_or(|usage| usage.digital_signature || usage.non_repudiation);
    let purposes = leaf.extended_key_usage.as_ref();
    let meant = match role {
        // Signers in the field state purposes of TLS clients; only a critical statement is meant to exclude.
        Role::SealMaker | Role::Signer => purposes.is_none_or(|usage| !usage.critical || role.within(usage)),
        // RFC 3161 §2.3: this purpose alone, and critical.
        Role::Timestamper => purposes.is_some_and(|usage| usage.critical && usage.purposes == [TIMESTAMPING]),
    };
    if !(signs && meant) {
        return Err(broken(leaf, PathFault::KeyUsage));
    }
    match leaf.unhandled_critical.first() {
        Some(oid) => Err(broken(leaf, PathFault::UnhandledCritical(oid.clone()))),
        None => Ok(()),
    }
}

struct Search<'a, 'b> {
    beside: &'a [Certificate],
    anchors: &'a Anchors,
    role: Role,
    at: Timestamp,
    budget: &'b mut Budget,
    /// From the leaf upwards.
    path: Vec<&'a Certificate>,
}

impl<'a> Search<'a, '_> {
    /// Extends the path until it ends in an anchor; on failure the path is as it was.
    fn climb(&mut self) -> Result<(), PathError> {
        let Some(&below) = self.path.last() else { return Err(PathError::NoAnchor) };
        let mut worst = PathError::NoAnchor;
        let anchors: &'a Anchors = self.anchors;
        let trusted = anchors.trusted().iter().map(|issuer| (issuer, true));
        let helping = anchors.intermediates().iter().chain(self.beside).map(|issuer| (issuer, false));
        for (issuer, is_anchor) in trusted.chain(helping) {
            if !names_match(below, issuer) || self.path.contains(&issuer) {
                continue;
            }
            self.budget.signature_check()?;
            if !below.signed_by(issuer) {
                // Of an anchor's name the key is known; any other certificate of that name is just not the issuer.
                if is_anchor && worst == PathError::NoAnchor {
                    worst = broken(below, PathFault::Signature);
                }
                continue;
            }
            match self.follow(issuer, is_anchor) {
                Ok(()) => return Ok(()),
                Err(error @ PathError::Exhausted(_)) => return Err(error),
                // What is wrong with one path says more than that another leads nowhere.
                Err(error) if worst == PathError::NoAnchor => worst = error,
                Err(_) => {}
            }
        }
        Err(worst)
    }

    fn follow(&mut self, issuer: &'a Certificate, is_anchor: bool) -> Result<(), PathError> {
        self.check_issuer(issuer)?;
        self.path.push(issuer);
        let outcome = if is_anchor { Ok(()) } else { self.climb() };
        if outcome.is_err() {
            self.path.pop();
        }
        outcome
    }

    fn check_issuer(&self, issuer: &Certificate) -> Result<(), PathError> {
        if self.path.len() > DEPTH {
            return Err(broken(issuer, PathFault::PathLength));
        }
        if !issuer.authority {
            return Err(broken(issuer, PathFault::NotAuthority));
        }
        if issuer.key_usage.is_some_and(|usage| !usage.certificate_sign) {
            return Err(broken(issuer, PathFault::KeyUsage));
        }
        if issuer.extended_key_usage.as_ref().is_some_and(|usage| usage.critical && !self.role.within(usage))
        {
            return Err(broken(issuer, PathFault::KeyUsage));
        }
        let authorities_below =
            self.path.iter().skip(1).filter(|one| one.subject_raw != one.issuer_raw).count();
        if issuer
            .path_length
            .is_some_and(|limit| authorities_below > usize::try_from(limit).unwrap_or(usize::MAX))
        {
            return Err(broken(issuer, PathFault::PathLength));
        }
        if let Some(oid) = issuer.unhandled_critical.first() {
            return Err(broken(issuer, PathFault::UnhandledCritical(oid.clone())));
        }
        if !issuer.valid_at(self.at) {
            return Err(broken(issuer, PathFault::Dates(self.at)));
        }
        Ok(())
    }
}

/// Names must be equal as encoded; where both state which key is meant, that must agree too.
fn names_match(below: &Certificate, issuer: &Certificate) -> bool {
    let keys_differ = match (&below.authority_key, &issuer.subject_key) {
        (Some(wanted), Some(present)) => wanted != present,
        _ => false,
    };
    below.issuer_raw == issuer.subject_raw && !keys_differ
}

fn broken(certificate: &Certificate, fault: PathFault) -> PathError {
    PathError::Broken { subject: certificate.subject.clone(), fault }
}
