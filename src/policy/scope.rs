//! Reads off a Cedar policy with whom, about what and for which purposes an agreement is made.
//! What it cannot read off it refuses, so that the index never misses an agreement that Cedar would let apply.

use cedar_policy::{
    ActionConstraint, EntityTypeName, EntityUid, Policy, PrincipalConstraint, ResourceConstraint,
};

use super::compile::Reader;
use super::condition::Conditions;
use super::index::{What, Who};
use super::vocabulary::Vocabulary;
use super::{Claim, Purpose};
use crate::catalog::{Catalog, Domain, FunctionId, ServiceId};
use crate::identifier::{Department, Province};

/// The reach of an agreement.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) who: Who,
    pub(super) what: What,
    pub(super) purposes: Vec<Purpose>,
}

impl Scope {
    /// The provinces that it names.
    pub(super) fn provinces(&self) -> impl Iterator<Item = Province> {
        let with = match &self.who {
            Who::Province(province) => Some(*province),
            Who::Anyone | Who::Department(_) | Who::Function(_) => None,
        };
        let about = match &self.what {
            What::Service(province, _) => *province,
            What::Verify => None,
        };
        with.into_iter().chain(about)
    }
}

/// What of a [`Scope`] could be read off.
pub(super) struct Found {
    who: Option<Who>,
    pub(super) what: Option<What>,
    purposes: Option<Vec<Purpose>>,
    known: bool,
}

impl Found {
    pub(super) fn whole(self) -> Option<Scope> {
        let Self { who, what, purposes, known } = self;
        let scope = Scope { who: who?, what: what?, purposes: purposes? };
        known.then_some(scope)
    }
}

pub(super) fn of(
    reader: &mut Reader<'_, '_>,
    catalog: &Catalog,
    vocabulary: &Vocabulary,
    policy: &Policy,
    conditions: &Conditions,
) -> Found {
    Found {
        known: literals(reader, Some(catalog), vocabulary, policy)
            & evidence(reader, Some(catalog), conditions),
        who: who(reader, vocabulary, policy),
        what: what(reader, vocabulary, policy),
        purposes: purposes(reader, conditions),
    }
}

/// Holds every entity that `policy` names to the catalog; where there is none, only to its form.
pub(super) fn literals(
    reader: &mut Reader<'_, '_>,
    catalog: Option<&Catalog>,
    vocabulary: &Vocabulary,
    policy: &Policy,
) -> bool {
    let mut known = true;
    let mut literals = policy.entity_literals();
    literals.sort_by_key(ToString::to_string);
    for literal in literals {
        if !is_known(catalog, vocabulary, &literal) {
            let text = literal.to_string();
            let line = reader.line_with(&text);
            reader.fault(line, format!("`{text}` is not in the catalog; enter it there, or name another"));
            known = false;
        }
    }
    known
}

/// Holds all evidence that `conditions` name to the catalog, which says what a license can show; where there is none, to its form.
pub(super) fn evidence(
    reader: &mut Reader<'_, '_>,
    catalog: Option<&Catalog>,
    conditions: &Conditions,
) -> bool {
    let (claims, others) = conditions.evidence();
    let shows = |claim: &Claim| {
        catalog.is_none_or(|catalog| {
            let license = catalog.license_type_called(&claim.license);
            license.is_some_and(|license| license.shows(claim.relation).is_some())
        })
    };
    let unknown = claims.iter().filter(|claim| !shows(claim)).map(ToString::to_string);
    let unknown: Vec<String> = others.into_iter().chain(unknown).collect();
    for text in &unknown {
        let (license, relation) = text.split_once('/').unwrap_or((text, ""));
        let line = reader.line_with(&format!("\"{license}\""));
        reader.fault(line, format!("no license type `{license}` of the catalog shows relation `{relation}`"));
    }
    unknown.is_empty()
}

fn is_known(catalog: Option<&Catalog>, vocabulary: &Vocabulary, literal: &EntityUid) -> bool {
    let kind = literal.type_name();
    let id = text_of(literal);
    if *kind == vocabulary.department {
        Department::parse(id).is_ok_and(|one| catalog.is_none_or(|catalog| catalog.office(&one).is_some()))
    } else if *kind == vocabulary.function {
        FunctionId::parse(id)
            .is_some_and(|one| catalog.is_none_or(|catalog| catalog.function(&one).is_some()))
    } else if *kind == vocabulary.province {
        Province::parse(id).is_ok()
    } else if *kind == vocabulary.domain {
        Domain::ALL.iter().any(|domain| domain.as_str() == id)
    } else if *kind == vocabulary.service {
        is_service(catalog, id)
    } else if *kind == vocabulary.provincial_service {
        offered(id).is_some_and(|(_, service)| is_service(catalog, service.as_str()))
    } else {
        *literal == vocabulary.license_verification
            || *literal == vocabulary.query
            || *literal == vocabulary.verify
    }
}

fn is_service(catalog: Option<&Catalog>, id: &str) -> bool {
    ServiceId::parse(id).is_some_and(|one| catalog.is_none_or(|catalog| catalog.service(&one).is_some()))
}

/// `43/sb.insured.query`.
fn offered(id: &str) -> Option<(Province, ServiceId)> {
    let (province, service) = id.split_once('/')?;
    Some((Province::parse(province).ok()?, ServiceId::parse(service)?))
}

fn text_of(uid: &EntityUid) -> &str {
    uid.id().as_ref()
}

fn who(reader: &mut Reader<'_, '_>, vocabulary: &Vocabulary, policy: &Policy) -> Option<Who> {
    let is_department = |kind: &EntityTypeName| *kind == vocabulary.department;
    let group = |uid: &EntityUid| {
        let kind = uid.type_name();
        if *kind == vocabulary.function {
            FunctionId::parse(text_of(uid)).map(Who::Function)
        } else if *kind == vocabulary.province {
            Province::parse(text_of(uid)).ok().map(Who::Province)
        } else if is_department(kind) {
            // `in` holds for the entity itself, and departments have no members.
            Department::parse(text_of(uid)).ok().map(Who::Department)
        } else {
            None
        }
    };
    let who = match policy.principal_constraint() {
        PrincipalConstraint::Any => Some(Who::Anyone),
        PrincipalConstraint::Is(kind) if is_department(&kind) => Some(Who::Anyone),
        PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) => group(&uid),
        PrincipalConstraint::IsIn(kind, uid) if is_department(&kind) => group(&uid),
        _ => None,
    };
    // Who is no department by the code itself is told of as such.
    let names_one = match policy.principal_constraint() {
        PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => {
            [&vocabulary.department, &vocabulary.function, &vocabulary.province].contains(&uid.type_name())
        }
        _ => false,
    };
    if who.is_none() && !names_one {
        let line = reader.line_with("principal");
        reader.fault(line, "an agreement is made with a department, a function, a province or everyone");
    }
    who
}

fn what(reader: &mut Reader<'_, '_>, vocabulary: &Vocabulary, policy: &Policy) -> Option<What> {
    let verifies = match policy.action_constraint() {
        ActionConstraint::Eq(action) if action == vocabulary.query => false,
        ActionConstraint::Eq(action) if action == vocabulary.verify => true,
        _ => {
            let line = reader.line_with("action");
            reader.fault(line, "an agreement is about `action == Action::\"query\"` or `Action::\"verify\"`");
            return None;
        }
    };
    let one_service = |uid: &EntityUid| {
        let kind = uid.type_name();
        if *kind == vocabulary.provincial_service {
            offered(text_of(uid)).map(|(province, service)| What::Service(Some(province), service))
        } else if *kind == vocabulary.service {
            ServiceId::parse(text_of(uid)).map(|service| What::Service(None, service))
        } else {
            None
        }
    };
    let what = match (verifies, policy.resource_constraint()) {
        (true, ResourceConstraint::Any | ResourceConstraint::Is(_)) => Some(What::Verify),
        (true, ResourceConstraint::Eq(uid)) if uid == vocabulary.license_verification => Some(What::Verify),
        (false, ResourceConstraint::Eq(uid) | ResourceConstraint::In(uid)) => one_service(&uid),
        (false, ResourceConstraint::IsIn(_, uid)) => one_service(&uid),
        _ => None,
    };
    if what.is_none() {
        let line = reader.line_with("resource");
        reader.fault(
            line,
            "an agreement is about one service, of one province or of all, because it names fields",
        );
    }
    what
}

fn purposes(reader: &mut Reader<'_, '_>, conditions: &Conditions) -> Option<Vec<Purpose>> {
    let Some(purposes) = conditions.purposes() else {
        reader.fault(0, "an agreement demands its purpose: `when { context.purpose == \"…\" }`");
        return None;
    };
    let mut parsed = Vec::new();
    for text in &purposes {
        match Purpose::parse(text) {
            Some(purpose) => parsed.push(purpose),
            None => {
                let line = reader.line_with(text);
                let form = "lower-case letters, digits and `_`, a letter first";
                reader.fault(line, format!("purpose `{text}` is not of {form}"));
            }
        }
    }
    Some(parsed)
}
