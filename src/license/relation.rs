//! Whether a license shows in which relation somebody stands to somebody else, by a rule of the catalog.
//! Only codes under a signature that leads to a trust anchor count; whether the license is genuine and in force is judged elsewhere.

use crate::catalog::{Catalog, CodePlace, FaceCondition, LicenseType, Relation, RelationRule};
use crate::identifier::SubjectNumber;
use crate::verdict::License;

/// Why a license does not show a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unshown {
    /// Nobody trusted says that it is of this type.
    #[error("it is not shown to be of that type")]
    OtherType,
    /// No code where the rule looks for one stands under a trusted signature.
    #[error("no trusted signature covers the codes that it would have to show")]
    CodeNotCovered,
    /// The codes are those of others.
    #[error("it is about others")]
    OtherPerson,
    /// Its face does not say what the relation takes.
    #[error("its face does not say that they stand in that relation")]
    FaceOtherwise,
}

/// Whether `license` is of the type `kind` and shows by `rule`, one of `kind`, that `person` stands in its relation to `subject`.
/// For [`Relation::Same`] `person` is not looked at.
pub fn shows(
    license: &License,
    kind: &LicenseType,
    rule: &RelationRule,
    catalog: &Catalog,
    person: Option<&SubjectNumber>,
    subject: &SubjectNumber,
) -> Result<(), Unshown> {
    if !is_of(license, kind, catalog) {
        return Err(Unshown::OtherType);
    }
    let subjects = codes(license, &rule.subject);
    let persons = codes(license, &rule.person);
    let same = rule.relation == Relation::Same;
    if subjects.is_empty() || (!same && persons.is_empty()) {
        return Err(Unshown::CodeNotCovered);
    }
    let both_hold = rule.subject.contains(&CodePlace::Holder) && rule.person.contains(&CodePlace::Holder);
    if both_hold && license.holders.len() != usize::from(kind.holder_count) {
        return Err(Unshown::CodeNotCovered);
    }
    let found = subjects.contains(subject);
    let related = match person {
        _ if same => true,
        Some(person) => person != subject && persons.contains(person),
        None => false,
    };
    // Both stand there, and nobody stands there twice: two codes that differ stand in two places.
    if !(found && related) {
        return Err(Unshown::OtherPerson);
    }
    match &rule.condition {
        Some(condition) if !holds(license, condition) => Err(Unshown::FaceOtherwise),
        _ => Ok(()),
    }
}

/// By the code inside its identifier; where the catalog does not know the type's code, by the type's name, unless the
/// identifier has the code of another type.
fn is_of(license: &License, kind: &LicenseType, catalog: &Catalog) -> bool {
    let Some(identifier) = license.trusted_identifier() else { return false };
    match &kind.code {
        Some(code) => identifier.type_code == *code,
        None => catalog.license_type(&identifier.type_code).is_none() && is_named(license, &kind.name),
    }
}

fn is_named(license: &License, name: &str) -> bool {
    let mut names = license.values.iter().filter(|value| value.trusted && value.element == Some("type_name"));
    let is = |text: &str| text.trim() == name;
    names.next().is_some_and(|first| is(first.value.expose())) && names.all(|other| is(other.value.expose()))
}

/// The codes that a trusted signature covers, in `places`.
fn codes(license: &License, places: &[CodePlace]) -> Vec<SubjectNumber> {
    places.iter().flat_map(|place| at(license, place)).collect()
}

fn at(license: &License, place: &CodePlace) -> Vec<SubjectNumber> {
    let shown = |text: &str| {
        let whole = !text.trim().is_empty() && !text.contains(['*', '＊']);
        whole.then(|| SubjectNumber::new(text))
    };
    match place {
        CodePlace::Face(field) => face(license, field).and_then(shown).into_iter().collect(),
        CodePlace::Holder => {
            let trusted = license.holders.iter().filter(|holder| holder.trusted);
            trusted.filter_map(|holder| shown(holder.code.as_ref()?.expose())).collect()
        }
    }
}

/// What the face says in `field` under a trusted signature, unless it says two things.
fn face<'l>(license: &'l License, field: &str) -> Option<&'l str> {
    let named = |name: &str| name.strip_prefix("KZ_").unwrap_or(name) == field;
    let mut values = license.values.iter().filter(|value| value.trusted && named(&value.name));
    let first = values.next()?.value.expose().trim();
    values.all(|other| other.value.expose().trim() == first).then_some(first)
}

fn holds(license: &License, condition: &FaceCondition) -> bool {
    face(license, &condition.field).is_some_and(|said| condition.is.iter().any(|one| one == said))
}
