//! How a signer's or maker's certificate stands: path, usage, form, revocation then and now, as reasons of a verdict.
//! The certificate's own dates are weighed by those who know what happened when.

use super::anchors::Anchors;
use super::certificate::Certificate;
use super::fault::{PathError, PathFault};
use super::path::VerifiedPath;
use super::profile::Role;
use super::revocation::{
    CertificateStanding, Evidence, EvidenceRules, Good, JudgedPath, Moment, PathStanding, Revocation,
    RevocationMode, RevocationTerms, Standing, TimeBasis, Why, validate_with_revocation,
};
use super::terms::{LeafDates, Terms};
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::verdict::{
    Chain, ChainState, Code, PathRevocation, Reason, RevocationFact, RevocationState, Signer,
};

/// What is known about revocation where something is judged.
#[derive(Clone, Copy, Debug)]
pub struct RevocationKnowledge<'a> {
    /// All lists and answers.
    pub evidence: &'a Evidence,
    /// What is demanded of them, but for the grace period, which is each anchor's.
    pub rules: EvidenceRules,
}

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
    /// The time for which is judged.
    pub now: Timestamp,
    /// Where it stands, for reasons.
    pub place: &'a str,
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
            Chain { state: ChainState::Trusted, path: subjects, revocation }
        }
        Err(PathError::Exhausted(exhausted)) => return Err(exhausted),
        Err(PathError::NoAnchor) => {
            reasons.push(Reason::new(Code::ChainNoAnchor, place));
            Chain::without_path(ChainState::NoAnchor, own)
        }
        Err(PathError::Broken { position: 0, fault: PathFault::KeyUsage(_), .. }) => {
            reasons.push(Reason::new(Code::ChainKeyUsage, place));
            Chain::without_path(ChainState::Broken, own)
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
            Chain { state, path, revocation }
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
///
/// A time that is only claimed does not excuse what is known from being out of date: whoever took the key later could claim
/// it, so that the present state has to be known as well.
pub fn find_path(certificate: &Certificate, setting: &Setting<'_>, budget: &mut Budget) -> PathFinding {
    let Setting { beside, anchors, revocation, role, moment, now, place } = *setting;
    let Moment { at, proof } = moment.unwrap_or(Moment { at: now, proof: TimeBasis::Shown });
    let terms = Terms { beside, leaf_dates: LeafDates::LeaveToCaller, ..Terms::new(anchors, role, at) };
    let nothing = Evidence::default();
    let asked = RevocationTerms {
        evidence: revocation.map_or(&nothing, |known| known.evidence),
        rules: revocation.map_or_else(EvidenceRules::default, |known| known.rules),
        mode: RevocationMode::ByAnchor,
        proof,
        now,
    };
    let JudgedPath { path, standing, subjects } =
        validate_with_revocation(certificate, &terms, &asked, budget);
    trace(&standing, budget);
    let open_now =
        standing.certificates.iter().zip(&subjects).enumerate().find_map(|(position, (one, subject))| {
            let Standing::Undetermined(why) = one.now else { return None };
            let (subject, fault) = (subject.clone(), PathFault::RevocationOpen(why));
            Some(PathError::Broken { position, subject, fault })
        });
    let path = match (path, open_now) {
        (Ok(_), Some(open)) if proof == TimeBasis::Claimed => Err(open),
        (path, _) => path,
    };
    let notes = if path.is_ok() { notes(&standing, &subjects, place) } else { Vec::new() };
    PathFinding { path, subjects, revocation: PathRevocation::from(&standing), notes }
}

/// Until when what is known of the revocation of a path says the same. What is open may close at any time.
fn trace(standing: &PathStanding, budget: &mut Budget) {
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

/// What is to be said of a path none of whose certificates was revoked then.
fn notes(standing: &PathStanding, subjects: &[String], place: &str) -> Vec<Reason> {
    let mut notes = Vec::new();
    // An anchor by itself has nothing above it that could revoke it.
    let unchecked = |one: &CertificateStanding| one.then == Standing::Unchecked;
    if standing.certificates.is_empty() || standing.certificates.iter().any(unchecked) {
        notes.push(Reason::new(Code::ChainRevocationUnchecked, place));
    }
    for (certificate, subject) in standing.certificates.iter().zip(subjects) {
        let mut note = |code, detail: String| {
            notes.push(Reason::new(code, place).with(format!("`{subject}`: {detail}")))
        };
        let in_grace = |standing| match standing {
            &Standing::Good(Good { as_of, grace_until: Some(until), .. }) => Some((as_of, until)),
            _ => None,
        };
        if let Some((as_of, until)) = in_grace(&certificate.then).or(in_grace(&certificate.now)) {
            let (as_of, until) = (as_of.in_china(), until.in_china());
            note(Code::ChainRevocationGrace, format!("good as of {as_of}, by a grace period until {until}"));
        }
        match &certificate.now {
            Standing::Revoked(Revocation { stated, .. }) => {
                note(Code::ChainRevokedSince, PathFault::Revoked(*stated).to_string());
            }
            Standing::Undetermined(why) => note(Code::ChainRevocationOpenNow, why.to_string()),
            Standing::Good(_) | Standing::Unchecked => {}
        }
    }
    notes
}

impl From<&PathStanding> for PathRevocation {
    fn from(standing: &PathStanding) -> Self {
        Self {
            then: fact(standing.certificates.iter().map(|certificate| &certificate.then)),
            now: fact(standing.certificates.iter().map(|certificate| &certificate.now)),
        }
    }
}

/// What the standings of all certificates of a path come to.
fn fact<'s>(standings: impl Iterator<Item = &'s Standing>) -> RevocationFact {
    let mut sum: Option<RevocationFact> = None;
    for standing in standings {
        let one = match standing {
            Standing::Good(good) => RevocationFact {
                state: RevocationState::Good,
                as_of: Some(good.as_of),
                next_update: good.next_update,
                grace_until: good.grace_until,
            },
            Standing::Revoked(revocation) => RevocationFact {
                as_of: Some(revocation.as_of),
                ..RevocationFact::bare(RevocationState::Revoked)
            },
            Standing::Undetermined(_) => RevocationFact::bare(RevocationState::Undetermined),
            Standing::Unchecked => RevocationFact::bare(RevocationState::Unchecked),
        };
        let earlier = |one: Option<Timestamp>, two: Option<Timestamp>| one.into_iter().chain(two).min();
        sum = Some(match sum {
            Some(sum) if sum.state == RevocationState::Good && one.state == RevocationState::Good => {
                RevocationFact {
                    state: RevocationState::Good,
                    as_of: earlier(sum.as_of, one.as_of),
                    next_update: earlier(sum.next_update, one.next_update),
                    grace_until: earlier(sum.grace_until, one.grace_until),
                }
            }
            Some(sum) if weight(sum.state) >= weight(one.state) => sum,
            _ => one,
        });
    }
    sum.unwrap_or(RevocationFact::bare(RevocationState::Unchecked))
}

/// How much a state tells against a path; more is worse.
const fn weight(state: RevocationState) -> u8 {
    match state {
        RevocationState::Good => 0,
        RevocationState::Unchecked => 1,
        RevocationState::Undetermined => 2,
        RevocationState::Revoked => 3,
    }
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
