//! The license that a document carries, from the data embedded in it. What no good signature covers is shown and
//! marked; it says nothing about state, kind of copy or issuer.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{Data, Datum, Voucher};
use super::dates::{is_past, is_unlimited, iso_date, period};
use super::element::{ANNOTATIONS, Element, wire_name};
use super::holders::{self, once};
use super::issuer::{self, Claim};
use crate::clock::Timestamp;
use crate::document::ofd::{DocBody, TagFault, Tags};
use crate::identifier::{CreditCode, Error, LicenseIdentifier, OrganizationCode, Region, TypeCode};
use crate::sensitive::Sensitive;
use crate::verdict::{
    Code, Copy, CopyKind, Dates, Issuer, License, LicenseValue, Reason, SignatureJudgement, State, Status,
    StatusSource, ValueSource,
};

/// What the document says about its license.
pub(super) struct Face {
    pub(super) license: Option<License>,
    pub(super) status: Status,
    pub(super) copy: Copy,
}

impl Face {
    pub(super) const fn none() -> Self {
        Self { license: None, status: Status::unknown(), copy: Copy::unknown() }
    }

    /// Reads the license of `body`, whose `tags` were read. `vouchers` are the good ones among `signatures`.
    pub(super) fn read(
        body: &DocBody,
        tags: Tags<'_>,
        vouchers: &[Voucher<'_>],
        signatures: &[SignatureJudgement],
        at: Timestamp,
        reasons: &mut Vec<Reason>,
    ) -> Self {
        for (entry, fault) in &tags.faults {
            let code = match fault {
                TagFault::Namespace => Code::LicenseTagNamespace,
                TagFault::Unresolved => Code::LicenseTag,
            };
            reasons.push(Reason::new(code, format!("/{entry}")));
        }
        let data = Data::gather(body, tags, vouchers);
        if !data.iter().any(|datum| datum.element.is_some_and(Element::marks_license)) {
            return Self::none();
        }
        let known = data.iter().filter(|datum| datum.element.is_some() && !datum.text().is_empty());
        let open: BTreeSet<&str> =
            known.filter(|datum| !datum.covered()).map(|datum| datum.place.as_str()).collect();
        reasons.extend(open.into_iter().map(|place| Reason::new(Code::LicenseUncovered, place)));
        reasons.extend(data.contradictions().into_iter().map(contradiction));
        let license = license(&data, signatures, reasons);
        compare_issuer(&data, signatures, reasons);
        Self { license: Some(license), status: status(&data, at, reasons), copy: copy(&data, at) }
    }
}

fn contradiction(place: &str) -> Reason {
    Reason::new(Code::LicenseContradiction, place)
}

fn license(data: &Data, signatures: &[SignatureJudgement], reasons: &mut Vec<Reason>) -> License {
    let identifier = identifier(data, reasons);
    let stated_type = data.best(Element::TypeCode).filter(|datum| {
        let checked = TypeCode::parse(datum.text());
        if let Err(error) = checked {
            once(reasons, Reason::new(Code::LicenseTypeCode, datum.place.as_str()).with(error));
        }
        checked.is_ok()
    });
    let type_code = identifier.as_ref().map(|known| known.type_code.to_string());
    if let (Some(inside), Some(stated)) = (&type_code, stated_type)
        && inside != stated.text()
    {
        once(reasons, contradiction(&stated.place));
    }
    let text = |element| data.best(element).map(|datum| datum.text().to_owned());
    License {
        type_code: type_code.or_else(|| stated_type.map(|datum| datum.text().to_owned())),
        type_name: text(Element::TypeName),
        version: identifier.as_ref().map(|known| known.version.clone()),
        issuer: issuer_of(data, identifier.as_ref(), reasons),
        dates: dates(data, reasons),
        holders: holders::read(data, signatures, reasons),
        values: data.iter().map(|datum| value(datum, signatures)).collect(),
        identifier: identifier.map(|known| known.to_string()),
    }
}

fn value(datum: &Datum, signatures: &[SignatureJudgement]) -> LicenseValue {
    let mut by = datum.by.iter().filter_map(|index| signatures.get(*index));
    LicenseValue {
        name: datum.name.clone(),
        element: wire_name(&datum.name),
        value: datum.value.clone(),
        source: datum.source,
        covered: datum.covered(),
        trusted: by.any(SignatureJudgement::vouches_with_trust),
    }
}

fn identifier(data: &Data, reasons: &mut Vec<Reason>) -> Option<LicenseIdentifier> {
    let datum = data.best(Element::Identifier)?;
    match LicenseIdentifier::parse(datum.text()) {
        Ok(identifier) => Some(identifier),
        Err(error) => {
            reasons.push(Reason::new(Code::LicenseIdentifier, datum.place.as_str()).with(error));
            None
        }
    }
}

/// The issuer by name and by code, the code from the metadata before the one inside the identifier.
fn issuer_of(data: &Data, identifier: Option<&LicenseIdentifier>, reasons: &mut Vec<Reason>) -> Issuer {
    let mut issuer =
        Issuer { name: data.best(Element::Issuer).map(|datum| datum.text().to_owned()), ..Issuer::default() };
    let stated = data.best(Element::IssuerCode).map(|datum| (datum.text(), datum.place.as_str()));
    let place = data.best(Element::Identifier).map_or("", |datum| datum.place.as_str());
    let inside = identifier.map(|known| (known.issuer.as_str(), place));
    if let (Some((stated, place)), Some((inside, _))) = (stated, inside)
        && stated != inside
        && stated.len() == inside.len()
    {
        once(reasons, contradiction(place));
    }
    for (code, place) in [stated, inside].into_iter().flatten() {
        match region_of(code) {
            Ok(region) if issuer.code.is_none() => {
                issuer.code = Some(code.to_owned());
                issuer.region = region;
            }
            Ok(_) => {}
            Err(error) => once(reasons, Reason::new(Code::LicenseIssuerCode, place).with(error)),
        }
    }
    issuer
}

/// The region inside an issuer's code; an organization code (GB 11714) has none.
pub(super) fn region_of(code: &str) -> Result<Option<String>, Error> {
    match code.len() {
        6 => Ok(Some(Region::parse(code)?.as_str().to_owned())),
        9 | 10 => OrganizationCode::parse(code).map(|_| None),
        _ => {
            let credit = CreditCode::parse(code)?;
            credit.organization()?;
            Ok(Some(credit.region().to_owned()))
        }
    }
}

fn dates(data: &Data, reasons: &mut Vec<Reason>) -> Dates {
    let stated = data.best(Element::ValidPeriod).and_then(|datum| period(datum.text()));
    let (period_from, period_until) = stated.unzip();
    let text = |element| data.best(element).map(|datum| datum.text().to_owned());
    let until = text(Element::ValidUntil).or(period_until);
    for datum in data.iter().filter(|datum| datum.element.is_some_and(Element::is_date)) {
        let text = datum.text();
        if !text.is_empty() && !is_unlimited(text) && iso_date(text).is_none() {
            once(reasons, Reason::new(Code::LicenseDate, datum.place.as_str()));
        }
    }
    Dates {
        issued: text(Element::Issued).as_deref().and_then(iso_date),
        from: text(Element::ValidFrom).or(period_from).as_deref().and_then(iso_date),
        unlimited: until.as_deref().is_some_and(is_unlimited),
        until: until.as_deref().and_then(iso_date),
    }
}

/// The state by what is written on the face: a state, and dates. Each can only take away from the other.
fn status(data: &Data, at: Timestamp, reasons: &mut Vec<Reason>) -> Status {
    let stated = data.settled(Element::State).map(|datum| {
        let state = State::named(datum.text());
        if state.is_none() {
            reasons.push(Reason::new(Code::LicenseState, datum.place.as_str()));
        }
        state.unwrap_or(State::Unknown)
    });
    // A state that two places contradict, or that nobody vouches for, leaves the state open.
    let stated = stated.or_else(|| data.best(Element::State).map(|_| State::Unknown));
    let settled = |element| data.settled(element).map(Datum::text);
    let open = [Element::ValidFrom, Element::ValidUntil]
        .iter()
        .any(|element| data.settled(*element).is_none() && data.best(*element).is_some());
    let period = data.settled(Element::ValidPeriod).and_then(|datum| period(datum.text()));
    let (period_from, period_until) =
        period.as_ref().map(|(from, until)| (from.as_str(), until.as_str())).unzip();
    let from = settled(Element::ValidFrom).or(period_from);
    let until = settled(Element::ValidUntil).or(period_until);
    let by_dates = if open { State::Unknown } else { by_dates(from, until, at) };
    match stated.map_or(by_dates, |stated| stated.joined(by_dates)) {
        State::Unknown => Status::unknown(),
        state => Status { state, source: StatusSource::Face, as_of: Some(at) },
    }
}

/// The state by the dates on the face. Both days count whole, in China's time.
fn by_dates(from: Option<&str>, until: Option<&str>, at: Timestamp) -> State {
    let today = at.china_date();
    let (first, last) = (from.and_then(iso_date), until.and_then(iso_date));
    match (&first, &last) {
        (Some(first), _) if today < *first => State::NotYet,
        (_, Some(last)) if today > *last => State::Expired,
        (None, _) if from.is_some() => State::Unknown,
        (_, Some(_)) => State::InForce,
        (_, None) if until.is_some_and(is_unlimited) => State::InForce,
        (_, None) => State::Unknown,
    }
}

/// What kind of copy it is. Annotations (加注件) stand in OFD.xml, so only a signature over that file shows that
/// there are none; those that nobody vouches for leave the kind open.
fn copy(data: &Data, at: Timestamp) -> Copy {
    let annotated = |covered: bool| {
        let mut all = ANNOTATIONS.iter().flat_map(|element| data.all(*element));
        all.any(|datum| datum.covered() == covered)
    };
    if !annotated(true) {
        let in_root = |datum: &Datum| datum.source == ValueSource::CustomData && datum.element.is_some();
        let original = !annotated(false) && data.iter().any(|datum| in_root(datum) && datum.covered());
        return Copy::of(if original { CopyKind::Original } else { CopyKind::Unknown });
    }
    let text = |element| data.settled(element).map(|datum| datum.text().to_owned());
    // What is no time is kept out of sight, as it may be anything.
    let time = |element| {
        let text = text(element)?;
        is_past(&text, at).map(|past| (text, past))
    };
    let (valid_until, ended) = time(Element::CopyUntil).unzip();
    Copy {
        kind: CopyKind::Annotated,
        made_for: text(Element::CopyPurpose).map(Sensitive::new),
        valid_until,
        ended,
        made_by: text(Element::CopyMadeBy).map(Sensitive::new),
        made_at: time(Element::CopyMadeAt).map(|(text, _)| text),
    }
}

/// Issuers that a license may be said to have. An honest one has one, written in a few ways.
const CLAIMS: usize = 8;

/// Compares every issuer that the license claims with those who sealed it, as far as they vouch for the claim. What
/// two places contradict must fit in both, or a contradiction would be a way around.
fn compare_issuer(data: &Data, signatures: &[SignatureJudgement], reasons: &mut Vec<Reason>) {
    let covered = |element| data.all(element).filter(|datum| datum.covered());
    let mut names: BTreeMap<Option<&str>, (BTreeSet<usize>, &str)> = BTreeMap::new();
    for datum in covered(Element::Issuer) {
        names.entry(Some(datum.text())).or_insert((datum.by.clone(), &datum.place));
    }
    let identifiers = covered(Element::Identifier)
        .filter_map(|datum| Some((LicenseIdentifier::parse(datum.text()).ok()?.issuer, datum)));
    let stated = covered(Element::IssuerCode).map(|datum| (datum.text().to_owned(), datum));
    let mut codes: BTreeMap<String, &Datum> = BTreeMap::new();
    for (code, datum) in stated.chain(identifiers) {
        codes.entry(code).or_insert(datum);
    }
    let first_code = codes.values().next().map(|datum| (datum.by.clone(), datum.place.as_str()));
    if names.is_empty() {
        names.extend(first_code.map(|claim| (None, claim)));
    }
    let codes: Vec<Option<&str>> =
        if codes.is_empty() { vec![None] } else { codes.keys().map(|code| Some(code.as_str())).collect() };
    let Some((_, first_place)) = names.values().next() else { return };
    let differing = if names.len() > CLAIMS || codes.len() > CLAIMS {
        Some(("too many issuers are named", *first_place))
    } else {
        names.iter().find_map(|(name, (by, place))| {
            let sealers = || by.iter().filter_map(|index| signatures.get(*index));
            let differs = |code: &Option<&str>| issuer::difference(&Claim::new(*name, *code), sealers());
            codes.iter().find_map(differs).map(|difference| (difference, *place))
        })
    };
    if let Some((difference, place)) = differing {
        reasons.push(Reason::new(Code::LicenseIssuerDiffers, place).with(difference));
    }
}
