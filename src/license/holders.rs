//! The holders of a license: names, codes and types of code, put together and checked.
//! Pairing is by order alone, so that where the numbers differ nobody is given another's code.

use std::collections::BTreeSet;

use super::data::{Data, Datum, SEPARATORS, is_masked};
use super::element::Element;
use crate::identifier::{HolderCode, HolderType};
use crate::sensitive::Sensitive;
use crate::verdict::{Code, Holder, Reason, SignatureJudgement, ValueSource};

/// Separators that no name holds.
const LIST_SEPARATORS: [char; 3] = ['、', '；', ';'];

/// A text with the datum that it is a part of.
type Part<'a> = (&'a str, &'a Datum);

/// The holders that `data` names, from the source that a good signature covers, CustomDatas before tags.
pub(super) fn read(data: &Data, signatures: &[SignatureJudgement], reasons: &mut Vec<Reason>) -> Vec<Holder> {
    let from = |source: ValueSource, covered: bool| {
        [Element::HolderCode, Element::Holder].iter().any(|element| {
            data.all(*element).any(|datum| datum.source == source && (datum.covered() || !covered))
        })
    };
    let sources = [ValueSource::CustomData, ValueSource::Tag];
    let chosen = [true, false]
        .iter()
        .find_map(|covered| sources.iter().copied().find(|source| from(*source, *covered)));
    let Some(source) = chosen else { return Vec::new() };
    let given =
        |element| -> Vec<&Datum> { data.all(element).filter(|datum| datum.source == source).collect() };
    let codes = split(&given(Element::HolderCode));
    let names = names(&given(Element::Holder), codes.len());
    let types = Types::read(&given(Element::HolderType), &given(Element::HolderTypeName));
    let mut holders = Vec::new();
    let paired = names.is_empty() || codes.is_empty() || names.len() == codes.len();
    if paired {
        for index in 0..names.len().max(codes.len()) {
            let (name, code) = (names.get(index), codes.get(index));
            holders.push(holder(name, code, types.of(index, codes.len()), signatures, reasons));
        }
    } else {
        let place = codes.first().map_or_else(String::new, |(_, datum)| datum.place.clone());
        once(reasons, Reason::new(Code::LicenseHoldersUnpaired, place));
        for (index, code) in codes.iter().enumerate() {
            holders.push(holder(None, Some(code), types.of(index, codes.len()), signatures, reasons));
        }
        holders.extend(names.iter().map(|name| holder(Some(name), None, None, signatures, &mut Vec::new())));
    }
    holders
}

/// Each datum, or the parts of the only one.
fn split<'a>(data: &[&'a Datum]) -> Vec<Part<'a>> {
    match data {
        [one] => {
            let parts = one.text().split(SEPARATORS).map(str::trim);
            parts.filter(|part| !part.is_empty()).map(|part| (part, *one)).collect()
        }
        several => several.iter().map(|datum| (datum.text(), *datum)).collect(),
    }
}

/// A name may hold a comma or stroke of its own, so at these it is only taken apart where that gives one name for
/// each code.
fn names<'a>(data: &[&'a Datum], codes: usize) -> Vec<Part<'a>> {
    let parts = split(data);
    let lists = |datum: &&Datum| datum.text().contains(LIST_SEPARATORS);
    if parts.len() == codes || data.iter().any(lists) {
        return parts;
    }
    data.iter().map(|datum| (datum.text(), *datum)).collect()
}

fn holder(
    name: Option<&Part<'_>>,
    code: Option<&Part<'_>>,
    kind: Option<(Option<HolderType>, &Datum)>,
    signatures: &[SignatureJudgement],
    reasons: &mut Vec<Reason>,
) -> Holder {
    if let (Some((_, datum)), Some((None, _))) = (code, kind) {
        once(reasons, Reason::new(Code::LicenseHolderType, datum.place.as_str()));
    }
    let known = kind.and_then(|(known, _)| known);
    if let (Some((text, datum)), Some(known)) = (code, known)
        && !is_masked(text)
        && let Err(error) = HolderCode::parse(known, text)
    {
        once(reasons, Reason::new(Code::LicenseHolderCode, datum.place.as_str()).with(error));
    }
    let used = [name.map(|(_, datum)| *datum), code.map(|(_, datum)| *datum), kind.map(|(_, datum)| datum)];
    let mut used = used.into_iter().flatten().map(|datum| &datum.by);
    let by = used.next().cloned().unwrap_or_default();
    let by: BTreeSet<usize> = used.fold(by, |by, other| &by & other);
    let sensitive = |part: &Part<'_>| Sensitive::new(part.0.to_owned());
    Holder {
        kind: known,
        code: code.map(sensitive),
        name: name.map(sensitive),
        covered: !by.is_empty(),
        trusted: by
            .iter()
            .filter_map(|index| signatures.get(*index))
            .any(SignatureJudgement::vouches_with_trust),
    }
}

/// The types of the codes: by their digits, else by their names.
struct Types<'a>(Vec<(Option<HolderType>, &'a Datum)>);

impl<'a> Types<'a> {
    fn read(digits: &[&'a Datum], names: &[&'a Datum]) -> Self {
        let parse = |(text, datum): Part<'a>| (HolderType::parse(text).ok(), datum);
        let named = |(text, datum): Part<'a>| (HolderType::named(text), datum);
        if digits.is_empty() {
            Self(split(names).into_iter().map(named).collect())
        } else {
            Self(split(digits).into_iter().map(parse).collect())
        }
    }

    /// The type of the code at `index`; one type stands for all codes.
    fn of(&self, index: usize, codes: usize) -> Option<(Option<HolderType>, &'a Datum)> {
        match self.0.as_slice() {
            [one] => Some(*one),
            several if several.len() == codes => several.get(index).copied(),
            _ => None,
        }
    }
}

/// Adds `reason` unless it is there: a hostile list of holders must not grow the report.
pub(super) fn once(reasons: &mut Vec<Reason>, reason: Reason) {
    if !reasons.contains(&reason) {
        reasons.push(reason);
    }
}
