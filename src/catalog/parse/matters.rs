//! Reads `matters.json`: the matters with the services that each may call.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reader;
use crate::catalog::matter::SAMPLE_REGION;
use crate::catalog::{Catalog, Matter, ServiceId, Share};
use crate::identifier::MatterCode;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matters<'a> {
    #[serde(borrow)]
    matters: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatterRow {
    code: String,
    name: Option<String>,
    english: Option<String>,
    function: Option<String>,
    services: Vec<String>,
    source: String,
    verified: bool,
    sample: bool,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) -> Option<()> {
    let Matters { matters } = reader.whole()?;
    for raw in matters {
        let Some((row, line)) = reader.row::<MatterRow>(raw) else { continue };
        matter(reader, catalog, row, line);
    }
    Some(())
}

fn matter(reader: &mut Reader<'_, '_>, catalog: &mut Catalog, row: MatterRow, line: usize) {
    let MatterRow { code, name, english, function, services, source, verified, sample } = row;
    // Longer codes reduce to the base code; written here they would make two rows of one matter look like two matters.
    let base = (code.len() == 12).then(|| MatterCode::parse(&code).ok()).flatten();
    let mend = "use the 12 digits and capitals of the base code";
    let base = reader.check(line, "a base code", mend, &code, base);
    reader.filled(line, "source", &source);
    if sample != code.starts_with(SAMPLE_REGION) {
        let reason = format!("codes of samples begin with `{SAMPLE_REGION}`, and only theirs do");
        reader.fault(line, reason, "mend `sample`, or give a sample such a code");
    }
    if sample && verified {
        reader.fault(line, "a sample cannot be verified", "set `verified` to false");
    }
    if name.is_none() && (english.is_some() || verified || !services.is_empty()) {
        let reason =
            "a matter whose name is not known can be neither translated, verified nor given services";
        reader.fault(line, reason, "write its `name`");
    }
    let function = function.and_then(|text| reader.function(line, &text));
    let mut listed = BTreeSet::new();
    for text in &services {
        let Some(id) = service(reader, catalog, line, text) else { continue };
        if !listed.insert(id) {
            reader.fault(line, format_args!("service `{text}` is listed twice"), "remove one of them");
        }
    }
    let Some(code) = base else { return };
    let services = listed.into_iter().collect();
    let row = Matter { code: code.clone(), name, english, function, services, source, verified, sample };
    if catalog.matters.insert(code.clone(), row).is_some() {
        reader.fault(line, format_args!("matter `{code}` is listed twice"), "remove one of the rows");
    }
}

/// A service that a matter may call. While `services.json` cannot be read, every well-formed name passes.
fn service(reader: &mut Reader<'_, '_>, catalog: &Catalog, line: usize, text: &str) -> Option<ServiceId> {
    let id = ServiceId::parse(text).filter(|_| !reader.lacks("services.json", text));
    let id = reader.check(line, "a listed service", "use a service of `services.json`", text, id)?;
    if catalog.services.get(&id).is_some_and(|service| service.share == Share::Withheld) {
        reader.fault(
            line,
            format_args!("service `{id}` is withheld from sharing"),
            "remove it from `services`",
        );
    }
    Some(id)
}
