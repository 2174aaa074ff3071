//! How a signer's or maker's certificate stands: path, usage, form, as reasons of a verdict.
//! The certificate's own dates are weighed by those who know what happened when.

use super::anchors::Anchors;
use super::certificate::Certificate;
use super::fault::{PathError, PathFault};
use super::path::{unchecked, validate};
use super::profile::Role;
use super::terms::{LeafDates, Terms};
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::verdict::{Chain, ChainState, Code, Reason, Signer};

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
    let Setting { beside, anchors, role, at, place } = *setting;
    let terms = Terms { beside, leaf_dates: LeafDates::LeaveToCaller, ..Terms::new(anchors, role, at) };
    let chain = match validate(certificate, &terms, &mut unchecked, budget) {
        Ok(path) => {
            reasons.push(Reason::new(Code::ChainRevocationUnchecked, place));
            if path.is_weak() {
                reasons.push(Reason::new(Code::ChainWeak, place));
            }
            Chain { state: ChainState::Trusted, path: path.subjects() }
        }
        Err(PathError::Exhausted(exhausted)) => return Err(exhausted),
        Err(PathError::NoAnchor) => {
            reasons.push(Reason::new(Code::ChainNoAnchor, place));
            Chain { state: ChainState::NoAnchor, path: own }
        }
        Err(PathError::Broken { position: 0, fault: PathFault::KeyUsage(_), .. }) => {
            reasons.push(Reason::new(Code::ChainKeyUsage, place));
            Chain { state: ChainState::Broken, path: own }
        }
        Err(error @ PathError::Broken { .. }) => {
            reasons.push(Reason::new(Code::ChainBroken, place).with(error));
            Chain { state: ChainState::Broken, path: own }
        }
    };
    Ok((chain, reasons))
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
