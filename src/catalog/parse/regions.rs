//! Reads `regions.json`: the provinces by their full names, and the blocs that some of them form.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reader;
use crate::catalog::{Bloc, BlocId, Catalog, ProvinceEntry};
use crate::identifier::{PROVINCES, Province};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Regions<'a> {
    #[serde(borrow)]
    provinces: Vec<&'a RawValue>,
    #[serde(borrow)]
    blocs: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvinceRow {
    code: String,
    name: String,
    english: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlocRow {
    id: String,
    name: String,
    english: String,
    provinces: Vec<String>,
    source: String,
    verified: bool,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) -> Option<()> {
    let Regions { provinces, blocs } = reader.whole()?;
    for raw in provinces {
        let Some((ProvinceRow { code, name, english }, line)) = reader.row(raw) else { continue };
        let Some(code) = province(reader, line, &code) else { continue };
        if !name.starts_with(code.chinese()) {
            let reason = format!("`{name}` is not the name of province `{code}`");
            reader.fault(line, reason, format_args!("it begins with `{}`", code.chinese()));
        }
        reader.filled(line, "english", &english);
        if catalog.provinces.insert(code, ProvinceEntry { code, name, english }).is_some() {
            reader.fault(line, format_args!("province `{code}` is listed twice"), "remove one of the rows");
        }
    }
    for (code, name, _) in PROVINCES {
        if catalog.provinces.keys().all(|known| known.to_string() != code.to_string()) {
            reader.fault(0, format_args!("province `{code}` ({name}) is not listed"), "add a row for it");
        }
    }
    for raw in blocs {
        let Some((row, line)) = reader.row::<BlocRow>(raw) else { continue };
        bloc(reader, catalog, row, line);
    }
    Some(())
}

fn bloc(reader: &mut Reader<'_, '_>, catalog: &mut Catalog, row: BlocRow, line: usize) {
    let BlocRow { id, name, english, provinces, source, verified } = row;
    for (member, text) in [("name", &name), ("english", &english), ("source", &source)] {
        reader.filled(line, member, text);
    }
    let mend = "use lower-case letters and `_`";
    let id = reader.check(line, "the name of a bloc", mend, &id, BlocId::parse(&id));
    let members: Vec<Province> = provinces.iter().filter_map(|code| province(reader, line, code)).collect();
    let distinct: BTreeSet<&Province> = members.iter().collect();
    if distinct.len() < 2 || distinct.len() < members.len() {
        reader.fault(line, "a bloc has two provinces or more, each once", "mend `provinces`");
    }
    let Some(id) = id else { return };
    let bloc = Bloc { id: id.clone(), name, english, provinces: members, source, verified };
    if catalog.blocs.insert(id.clone(), bloc).is_some() {
        reader.fault(line, format_args!("bloc `{id}` is listed twice"), "remove one of the rows");
    }
}

fn province(reader: &mut Reader<'_, '_>, line: usize, code: &str) -> Option<Province> {
    let mend = "use the two digits of GB/T 2260";
    reader.check(line, "a province", mend, code, Province::parse(code).ok())
}
