//! Reads `departments.json`: what departments are for, and which there are.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reader;
use crate::catalog::{Catalog, Function, FunctionId, Office, OfficeSource, Unidentified};
use crate::identifier::{CreditCode, Department, Region};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Departments<'a> {
    #[serde(borrow)]
    functions: Vec<&'a RawValue>,
    #[serde(borrow)]
    departments: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FunctionRow {
    id: String,
    name: String,
    english: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficeRow {
    code: Option<String>,
    region: String,
    name: String,
    function: String,
    source: OfficeSource,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) -> Option<()> {
    let Departments { functions, departments } = reader.whole()?;
    for raw in functions {
        let row = reader.named_row("departments.json", raw);
        let Some((FunctionRow { id, name, english }, line)) = row else { continue };
        reader.filled(line, "name", &name);
        reader.filled(line, "english", &english);
        let mend = "use lower-case letters and `_`";
        let Some(id) = reader.check(line, "the name of a function", mend, &id, FunctionId::parse(&id)) else {
            continue;
        };
        let function = Function { id: id.clone(), name, english };
        if catalog.functions.insert(id.clone(), function).is_some() {
            reader.fault(line, format_args!("function `{id}` is listed twice"), "remove one of the rows");
        }
    }
    reader.read.insert("departments.json");
    for raw in departments {
        let Some((row, line)) = reader.row::<OfficeRow>(raw) else { continue };
        office(reader, catalog, row, line);
    }
    Some(())
}

fn office(reader: &mut Reader<'_, '_>, catalog: &mut Catalog, row: OfficeRow, line: usize) {
    let OfficeRow { code, region, name, function, source } = row;
    reader.filled(line, "name", &name);
    let mend = "use six digits that begin with a province of GB/T 2260, or `000000`";
    let region = reader.check(line, "a region", mend, &region, Region::parse(&region).ok());
    let function = reader.function(line, &function);
    if code.is_none() != (source == OfficeSource::Unknown) {
        let reason = "a code is left empty exactly where its source is `unknown`";
        reader.fault(line, reason, "write the code and its source, or neither; never make one up");
    }
    let Some(code) = code else {
        if let (Some(region), Some(function)) = (region, function) {
            catalog.unidentified.push(Unidentified { region, name, function });
        }
        return;
    };
    let mend = "its check character does not fit or it is no 18 characters; copy it again";
    let code = reader.check(line, "a credit code", mend, &code, CreditCode::parse(&code).ok());
    let (Some(code), Some(region), Some(function)) = (code, region, function) else { return };
    let department = Department { code, region };
    let office = Office { department: department.clone(), name, function, source };
    if catalog.offices.insert(department.clone(), office).is_some() {
        reader.fault(
            line,
            format_args!("department `{department}` is listed twice"),
            "remove one of the rows",
        );
    }
}
