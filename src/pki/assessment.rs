//! How a signer's or maker's certificate stands: path, usage, form, revocation then and now, as reasons of a verdict.
//! The certificate's own dates are weighed by those who know what happened when.

mod told;

use super::anchors::{AnchorEntry, Anchors, Untrusted};
use super::certificate::Certificate;
use super::fault::{PathError, PathFault};
use super::path::{CandidatePath, VerifiedPath, find};
use super::profile::Role;
use super::revocation::{
    Evidence, EvidenceRules, JudgedPath, Moment, PathStanding, RevocationMode, RevocationTerms, TimeBasis,
    Why, validate_with_revocation,
};
use super::terms::{LeafDates, Terms};
use super::traced;
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::verdict::{Chain, ChainEnd, ChainState, Code, PathRevocation, Reason, Signer};

/// What is known about revocation where something is judged.
#[derive(Clone, Copy, Debug)]
pub struct RevocationKnowledge<'a> {
    /// All lists and answers.
    pub evidence: &'a Evidence,
    /// What is demanded of them, but for the grace period, which is each anchor's.
    pub rules: EvidenceRules,
}

/// Anchors that vouch for one certificate, each for a part of all licenses. 4: more than two are hard to come by.
const ENDS: usize = 4;

/// What one certificate is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Certificates that came with it.
    pub beside: &'a [Certificate],
    /// The trust anchors.
    pub anchors: &'a Anchors,
    /// What is known about revocation, if anything.
    pub revocation: Option<RevocationKnowledge<'a>>,
    /// What it did.
    pub role: Role,
    /// When it did that, and how that is known; nothing if no time is known at all. Then its present state counts, and that it
    /// is revoked does not tell whether it was used before.
    pub moment: Option<Moment>,
    /// The present, at which anchors must be trusted.
    pub present: Timestamp,
    /// Where it stands, for reasons.
    pub place: &'a str,
}

impl<'a> Setting<'a> {
    fn moment(&self) -> Moment {
        self.moment.unwrap_or(Moment { at: self.present, proof: TimeBasis::Shown })
    }

    fn terms(&self) -> Terms<'a> {
        let Self { beside, anchors, role, present: relied_at, .. } = *self;
        let leaf_dates = LeafDates::LeaveToCaller;
        Terms { beside, leaf_dates, relied_at, ..Terms::new(anchors, role, self.moment().at) }
    }

    /// What is asked about revocation; of `nothing` if nothing is known.
    fn asked<'e>(&self, nothing: &'e Evidence) -> RevocationTerms<'e>
    where
        'a: 'e,
    {
        RevocationTerms {
            evidence: self.revocation.map_or(nothing, |known| known.evidence),
            rules: self.revocation.map_or_else(EvidenceRules::default, |known| known.rules),
            mode: RevocationMode::ByAnchor,
            proof: self.moment().proof,
            now: self.present,
        }
    }
}

/// A path, and what is known of the revocation of its certificates.
#[derive(Debug)]
pub struct PathFinding {
    /// The path, or why there is none.
    pub path: Result<VerifiedPath, PathError>,
    /// The subjects of it, or of the one that came nearest.
    pub subjects: Vec<String>,
    /// Then and now.
    pub revocation: PathRevocation,
    /// What is to be said of a path that holds.
    pub notes: Vec<Reason>,
}

/// Judges `certificate` in `setting`; fails only when the budget is used up.
pub fn assess(
    certificate: &Certificate,
    setting: &Setting<'_>,
    budget: &mut Budget,
) -> Result<(Chain, Vec<Reason>), Exhausted> {
    let mut reasons = Vec::new();
    let place = setting.place;
    if certificate.misnamed_curve {
        reasons.push(Reason::new(Code::ChainCurveMisnamed, place));
    }
    let PathFinding { path, subjects, revocation, notes } = find_path(certificate, setting, budget);
    let own = vec![certificate.subject.clone()];
    let chain = match path {
        Ok(path) => {
            reasons.extend(notes);
            if path.is_weak() {
                reasons.push(Reason::new(Code::ChainWeak, place));
            }
            let nothing = Evidence::default();
            let (terms, asked) = (setting.terms(), setting.asked(&nothing));
            let first = terms.anchors.name_of_end(&path);
            let elsewhere = match &first {
                Some(first) => elsewhere(certificate, (&path, first), &terms, &asked, budget)?,
                None => Vec::new(),
            };
            let others = elsewhere.iter().map(|end| end.anchor.clone());
            let anchors = first.into_iter().chain(others).collect();
            let end = path.end();
            Chain { state: ChainState::Trusted, path: subjects, anchors, revocation, end, elsewhere }
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
                Untrusted::Scope => Code::ChainAnchorScope,
            };
            reasons.push(Reason::new(code, place).quoting(anchor));
            Chain::without_anchor(ChainState::NoAnchor, own)
        }
        Err(PathError::Broken { position: 0, fault: PathFault::KeyUsage(_), .. }) => {
            reasons.push(Reason::new(Code::ChainKeyUsage, place));
            Chain::without_anchor(ChainState::Broken, own)
        }
        Err(ref error @ PathError::Broken { ref fault, .. }) => {
            let (code, state) = match fault {
                PathFault::Revoked(_) if setting.moment.is_none() => {
                    (Code::ChainRevokedUnproven, ChainState::RevocationOpen)
                }
                PathFault::Revoked(_) => (Code::ChainRevoked, ChainState::Broken),
                PathFault::RevocationOpen(why) => (open(*why), ChainState::RevocationOpen),
                _ => (Code::ChainBroken, ChainState::Broken),
            };
            reasons.push(Reason::new(code, place).with(error));
            let path = if code == Code::ChainBroken { own } else { subjects };
            Chain { revocation, ..Chain::without_anchor(state, path) }
        }
    };
    Ok((chain, reasons))
}

/// The reason for what leaves the revocation of a certificate open.
const fn open(why: Why) -> Code {
    match why {
        Why::Missing => Code::ChainRevocationMissing,
        Why::HistoryMissing => Code::ChainRevocationHistoryMissing,
        Why::Stale { .. } => Code::ChainRevocationStale,
        Why::TimeUnproven { .. } => Code::ChainRevokedUnproven,
        Why::CompromiseUndated { .. } => Code::ChainCompromiseUndated,
        Why::OnHold { .. } => Code::ChainOnHold,
        Why::Unverified
        | Why::WeaklySigned
        | Why::IssuerOpen
        | Why::UnknownToResponder
        | Why::ReasonsUncovered => Code::ChainRevocationUnusable,
    }
}

/// Finds a path for `certificate` in `setting` whose certificates were not revoked.
pub fn find_path(certificate: &Certificate, setting: &Setting<'_>, budget: &mut Budget) -> PathFinding {
    let nothing = Evidence::default();
    let JudgedPath { path, standing, subjects } =
        validate_with_revocation(certificate, &setting.terms(), &setting.asked(&nothing), budget);
    let notes = if path.is_ok() { told::notes(&standing, &subjects, setting.place) } else { Vec::new() };
    PathFinding { path, subjects, revocation: PathRevocation::from(&standing), notes }
}

/// The anchors that vouch for `leaf` beside the `first`, to which a path leads, where that does not vouch for everything.
/// Which of them vouches for a license shows once the license is read.
fn elsewhere(
    leaf: &Certificate,
    (path, first): (&VerifiedPath, &str),
    terms: &Terms<'_>,
    revocation: &RevocationTerms<'_>,
    budget: &mut Budget,
) -> Result<Vec<ChainEnd>, Exhausted> {
    let mut found: Vec<ChainEnd> = Vec::new();
    let is_limited =
        |name: &str| terms.anchors.entry_named(name).is_some_and(|entry| !entry.scope.is_everything());
    while found.len() + 1 < ENDS
        && is_limited(found.last().map_or(first, |end| &end.anchor))
        && forks(path, terms)
    {
        let mut standing = PathStanding::default();
        let mut check = |path: &CandidatePath<'_>, budget: &mut Budget| {
            standing = revocation.check(path, terms, budget)?;
            Ok(())
        };
        // What was found is passed through like any authority, or nothing above it would be seen.
        let elsewhere = |entry: &AnchorEntry| {
            let is_known = entry.name == first || found.iter().any(|end| end.anchor == entry.name);
            terms.refusal(entry).is_none() && !is_known
        };
        let next = match find(leaf, terms, &elsewhere, &mut check, budget) {
            Ok(path) => path,
            Err(PathError::Exhausted(exhausted)) => return Err(exhausted),
            Err(_) => break,
        };
        let Some(anchor) = terms.anchors.name_of_end(&next) else { break };
        traced::rests_on(leaf, &standing, terms, budget);
        let revocation = PathRevocation::from(&standing);
        found.push(ChainEnd { anchor, path: next.subjects(), revocation, end: next.end() });
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
