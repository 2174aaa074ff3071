//! How a signer's or maker's certificate stands: path, usage, form, as reasons of a verdict.
//! The certificate's own dates are weighed by those who know what happened when.

use super::anchors::{AnchorEntry, Anchors, Untrusted};
use super::certificate::Certificate;
use super::fault::{PathError, PathFault};
use super::path::{VerifiedPath, find, unchecked, validate};
use super::profile::Role;
use super::terms::{LeafDates, Terms};
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::verdict::{Chain, ChainState, Code, Reason, Signer};

/// Anchors that vouch for one certificate, each for a part of all licenses. 4: more than two are hard to come by.
const ENDS: usize = 4;

/// What one certificate is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Certificates that came with it.
    pub beside: &'a [Certificate],
    /// The trust anchors.
    pub anchors: &'a Anchors,
    /// What it did.
    pub role: Role,
    /// When it did that.
    pub at: Timestamp,
    /// The present, at which anchors must be trusted.
    pub present: Timestamp,
    /// Where it stands, for reasons.
    pub place: &'a str,
}

/// Judges `certificate` in `setting`; fails only when the budget is used up.
pub fn assess(
    certificate: &Certificate,
    setting: &Setting<'_>,
    budget: &mut Budget,
) -> Result<(Chain, Vec<Reason>), Exhausted> {
    let mut reasons = Vec::new();
    if certificate.misnamed_curve {
        reasons.push(Reason::new(Code::ChainCurveMisnamed, setting.place));
    }
    let own = vec![certificate.subject.clone()];
    let Setting { beside, anchors, role, at, present, place } = *setting;
    let leaf_dates = LeafDates::LeaveToCaller;
    let terms = Terms { beside, leaf_dates, relied_at: present, ..Terms::new(anchors, role, at) };
    let chain = match validate(certificate, &terms, &mut unchecked, budget) {
        Ok(path) => {
            reasons.push(Reason::new(Code::ChainRevocationUnchecked, place));
            if path.is_weak() {
                reasons.push(Reason::new(Code::ChainWeak, place));
            }
            let anchors = ends(certificate, &path, &terms, budget)?;
            Chain { state: ChainState::Trusted, path: path.subjects(), anchors }
        }
        Err(PathError::Exhausted(exhausted)) => return Err(exhausted),
        Err(PathError::NoAnchor) => {
            reasons.push(Reason::new(Code::ChainNoAnchor, place));
            Chain::without_anchor(ChainState::NoAnchor, own)
        }
        Err(PathError::Untrusted { anchor, why }) => {
            let code = match why {
                Untrusted::Period => Code::ChainAnchorPeriod,
                Untrusted::Role => Code::ChainAnchorRole,
            };
            reasons.push(Reason::new(code, place).quoting(anchor));
            Chain::without_anchor(ChainState::NoAnchor, own)
        }
        Err(PathError::Broken { position: 0, fault: PathFault::KeyUsage(_), .. }) => {
            reasons.push(Reason::new(Code::ChainKeyUsage, place));
            Chain::without_anchor(ChainState::Broken, own)
        }
        Err(error @ PathError::Broken { .. }) => {
            reasons.push(Reason::new(Code::ChainBroken, place).with(error));
            Chain::without_anchor(ChainState::Broken, own)
        }
    };
    Ok((chain, reasons))
}

/// The names of the anchors that vouch for `leaf`: of the one that `path` ends in, and where that does not vouch for
/// everything, of others. Which of them vouches for a license shows once the license is read.
fn ends(
    leaf: &Certificate,
    path: &VerifiedPath,
    terms: &Terms<'_>,
    budget: &mut Budget,
) -> Result<Vec<String>, Exhausted> {
    let mut found: Vec<String> = terms.anchors.name_of_end(path).into_iter().collect();
    let is_limited =
        |name: &String| terms.anchors.entry_named(name).is_some_and(|entry| !entry.scope.is_everything());
    while found.len() < ENDS && found.last().is_some_and(is_limited) && forks(path, terms) {
        // What was found is passed through like any authority, or nothing above it would be seen.
        let elsewhere = |entry: &AnchorEntry| {
            entry.refuses(terms.role, terms.relied_at).is_none() && !found.contains(&entry.name)
        };
        let next = match find(leaf, terms, &elsewhere, &mut unchecked, budget) {
            Ok(path) => terms.anchors.name_of_end(&path),
            Err(PathError::Exhausted(exhausted)) => return Err(exhausted),
            Err(_) => None,
        };
        match next {
            Some(name) => found.push(name),
            None => break,
        }
    }
    Ok(found)
}

/// Whether any name on `path` could lead elsewhere. It hardly ever does, and a search costs signature checks.
fn forks(path: &VerifiedPath, terms: &Terms<'_>) -> bool {
    let certificates = path.certificates();
    certificates.iter().any(|below| {
        let issuer = below.issuer_name();
        let brought = terms.beside.iter().filter(|one| one.subject_name() == issuer);
        let stated = terms.anchors.stated_named(issuer).map(|(certificate, _)| certificate);
        let mut above = stated.chain(terms.anchors.intermediates_named(issuer)).chain(brought);
        above.any(|issuer| !certificates.contains(issuer))
    })
}

impl From<&Certificate> for Signer {
    fn from(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            serial: certificate.serial.clone(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            sm3: certificate.fingerprint(),
            names: certificate.names.clone(),
        }
    }
}
