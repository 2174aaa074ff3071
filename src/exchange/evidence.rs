//! Evidence, step by step: licenses that come with an inquiry are judged in the very same request, and each must show what the
//! decision took for granted.
//!
//! The decision comes first, as if all that is claimed were true, and the quota with it: judging is the work, and whoever has no
//! agreement, or asks too often, has nothing judged. Then all that was claimed must hold. A request with a claim that does not
//! is refused as a whole, so what was decided is what was shown; to decide again without the claim would let callers try out
//! what passes. What was shown counts for this request alone.

use std::sync::Arc;

use super::draft::Draft;
use super::verify::{self, Judging};
use super::{Arrival, Gist, Inquiry, Mandate, Parts, Refusal, Target};
use crate::catalog::{LicenseType, Relation};
use crate::crypto::Digest;
use crate::license::{Sought, Unshown, shows};
use crate::policy::{Basis, Claim, Purpose};
use crate::quota::Admission;
use crate::upstream::{self, Errand, Exhibit};
use crate::verdict::{Judgement, Usable, Verdict};
use crate::verifier::{Material, Precedence};

/// An admission whose permit rests on nothing but what was shown in this request. Made by [`prove`] and by nothing else.
pub(super) struct Shown {
    admission: Admission,
    /// SM3 of each license, in the order of the request.
    files: Vec<Digest>,
}

impl Shown {
    /// SM3 of each license, in the order of the request.
    pub(super) fn files(&self) -> &[Digest] {
        &self.files
    }

    /// The admission.
    pub(super) fn into_admission(self) -> Admission {
        self.admission
    }
}

/// A license that does not show what it is to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`evidence[{index}]` does not show `{claim}`: {}", problem.text())]
pub struct Unproven {
    /// Which license, counted from 0.
    pub index: usize,
    /// What it was to show.
    pub claim: Claim,
    /// What it lacks.
    pub problem: Problem,
}

/// What a license lacks to be evidence. Codes are part of the interface: they are added, never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not genuine.
    NotGenuine,
    /// It is genuine or may be, and cannot be used now: not in force, or a copy for something else.
    NotUsable,
    /// Whether it is genuine or can be used is not known.
    Undetermined,
    /// The catalog's row of its type does not have the relation.
    RelationNotAllowed,
    /// The license itself does not show it.
    Unshown(Unshown),
}

impl Problem {
    /// The code in answers and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotGenuine => "not_genuine",
            Self::NotUsable => "not_usable",
            Self::Undetermined => "undetermined",
            Self::RelationNotAllowed => "relation_not_allowed",
            Self::Unshown(Unshown::OtherType) => "other_type",
            Self::Unshown(Unshown::OtherIssuer) => "other_issuer",
            Self::Unshown(Unshown::CodeNotCovered) => "code_not_covered",
            Self::Unshown(Unshown::OtherPerson) => "other_person",
            Self::Unshown(Unshown::FaceOtherwise) => "face_otherwise",
        }
    }

    /// The same for people.
    pub fn text(self) -> String {
        match self {
            Self::NotGenuine => "it is not genuine".to_owned(),
            Self::NotUsable => "it is not in force, or a copy for another use".to_owned(),
            Self::Undetermined => "whether it is genuine and may be used is not known".to_owned(),
            Self::RelationNotAllowed => {
                "the catalog lets no license of that type show that relation".to_owned()
            }
            Self::Unshown(unshown) => unshown.to_string(),
        }
    }
}

/// What `errand` claims, for the decision. Refuses what no license can show, and relations to nobody.
pub(super) fn claims(arrival: &Arrival, errand: &Errand) -> Result<Vec<Claim>, Refusal> {
    let mut claims = Vec::new();
    for (index, exhibit) in errand.evidence.iter().enumerate() {
        let kind = arrival.rulebook.catalog.license_type_called(&exhibit.license);
        let kind = kind.ok_or_else(|| {
            Refusal::malformed(format!("evidence[{index}].type"), "the catalog has no such license type")
        })?;
        if kind.shows(exhibit.relation).is_none() {
            return Err(unproven(index, exhibit, Problem::RelationNotAllowed));
        }
        if exhibit.relation != Relation::Same && errand.agent.is_none() {
            let problem = "it is missing; evidence shows in which relation the agent stands to the subject";
            return Err(Refusal::malformed("context.agent", problem));
        }
        let claim = exhibit.claim();
        if !claims.contains(&claim) {
            claims.push(claim);
        }
    }
    Ok(claims)
}

/// Has every license of `inquiry` judged, and holds it to what it is to show. Begins with none that the caller does not wait
/// for any more: registries may take their time.
pub(super) async fn prove(
    parts: &Parts,
    arrival: &Arrival,
    inquiry: &Inquiry,
    admission: Admission,
    draft: &mut Draft,
) -> Result<Shown, Refusal> {
    let Inquiry { errand, deadline, .. } = inquiry;
    let mut files = Vec::new();
    for (index, exhibit) in errand.evidence.iter().enumerate() {
        if deadline.left().is_zero() {
            return Err(Refusal::Upstream(upstream::Error::Deadline));
        }
        files.push(prove_one(parts, arrival, errand, (index, exhibit), &admission, draft).await?);
    }
    Ok(Shown { admission, files })
}

async fn prove_one(
    parts: &Parts,
    arrival: &Arrival,
    errand: &Errand,
    (index, exhibit): (usize, &Exhibit),
    admission: &Admission,
    draft: &mut Draft,
) -> Result<Digest, Refusal> {
    let material = Arc::new(Material::file(exhibit.file.clone()));
    let (begun, precedence) = (std::time::Instant::now(), Precedence::Request);
    let sighted = verify::see(parts, arrival, material, (admission, precedence)).await;
    let (digests, sighted) = match sighted {
        Ok(sighted) => (*sighted.digests(), Ok(sighted)),
        Err((Some(digests), refusal)) => (digests, Err(refusal)),
        Err((None, refusal)) => return Err(refusal),
    };
    let file = digests.file;
    draft.exhibited(index, file);

    let mandate = mandate(errand);
    let gist = Gist { target: Some(Target::Verify(Sought::File)), line: None };
    let mut inner = Draft::mandated(parts, arrival, &gist, &mandate);
    inner.permitted(admission.permit());
    inner.digested(parts, &digests);
    // As the registry is asked for every verification.
    let asked = Mandate { purpose: Purpose::license_verification(), basis: Basis::Statute, ..mandate };
    let judging = Judging { mandate: &asked, admission, precedence };
    let judged = match sighted {
        Ok(sighted) => verify::judge(parts, arrival, sighted, judging, (&mut inner, None)).await,
        Err(refusal) => Err(refusal),
    };
    draft.entails(inner, begun.elapsed(), judged.as_ref().err());
    let judgement = judged?.judgement;

    let problem = check(arrival, errand, exhibit, &judgement).err();
    draft.shown(index, problem);
    match problem {
        None => Ok(file),
        Some(problem) => Err(unproven(index, exhibit, problem)),
    }
}

/// In whose name a license of `errand` is judged.
fn mandate(errand: &Errand) -> Mandate {
    Mandate {
        department: errand.department.clone(),
        purpose: errand.purpose.clone(),
        matter: errand.matter.clone(),
        case: errand.case.clone(),
        operator: errand.operator.clone(),
        channel: errand.channel,
        basis: errand.basis,
    }
}

/// Whether the license that `judgement` is about is good for this request, and shows what `exhibit` says.
fn check(
    arrival: &Arrival,
    errand: &Errand,
    exhibit: &Exhibit,
    judgement: &Judgement,
) -> Result<(), Problem> {
    let catalog = &arrival.rulebook.catalog;
    // Copies say in Chinese what they were made for, and matters have names in Chinese.
    let matter = errand.matter.as_ref().and_then(|code| catalog.matter(code));
    match judgement.usable(matter.and_then(|matter| matter.plain_name())) {
        Usable::Yes => {}
        Usable::No if judgement.verdict() == Verdict::NotGenuine => return Err(Problem::NotGenuine),
        Usable::No => return Err(Problem::NotUsable),
        Usable::Undetermined => return Err(Problem::Undetermined),
    }
    let kind: Option<&LicenseType> = catalog.license_type_called(&exhibit.license);
    let rule = kind.and_then(|kind| Some((kind, kind.shows(exhibit.relation)?)));
    let (kind, rule) = rule.ok_or(Problem::RelationNotAllowed)?;
    let license = judgement.license.as_ref().ok_or(Problem::Unshown(Unshown::OtherType))?;
    let shown = shows(license, kind, rule, catalog, errand.agent.as_ref(), &errand.subject, arrival.at);
    shown.map_err(Problem::Unshown)
}

fn unproven(index: usize, exhibit: &Exhibit, problem: Problem) -> Refusal {
    Refusal::Evidence(Unproven { index, claim: exhibit.claim(), problem })
}
