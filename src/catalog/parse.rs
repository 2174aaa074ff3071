//! From the catalog's JSON files to a [`Catalog`], or to every fault in them with its line.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{
    Catalog, CodeSource, Domain, FieldPath, FieldSource, Function, FunctionId, LicenseType, Mode, Office,
    OfficeSource, Parameter, Sensitivity, Service, ServiceId, Share,
};
use crate::crypto::DigestAlgorithm;
use crate::fault::{Fault, Lines, Source};
use crate::identifier::{CreditCode, Department, Region, TypeCode};

/// The files of a catalog; each must be given once.
const FILES: [&str; 3] = ["departments.json", "services.json", "license_types.json"];

/// Cache life that nobody can mean: a day is the longest in the reference catalog, a week leaves room.
const CACHE_SECONDS: u32 = 7 * 86_400;

pub(super) fn parse(files: &[Source<'_>]) -> Result<Catalog, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut catalog = Catalog::default();
    for wanted in FILES {
        let mut found = files.iter().filter(|file| last_part(file.name) == wanted);
        match (found.next(), found.next()) {
            (Some(file), None) => {
                let mut reader = Reader { file: *file, lines: Lines::of(file.text), faults: &mut faults };
                match wanted {
                    "departments.json" => departments(&mut reader, &mut catalog),
                    "services.json" => services(&mut reader, &mut catalog),
                    _ => license_types(&mut reader, &mut catalog),
                }
            }
            (None, _) => faults.push(Fault::new(wanted, 0, "the file is missing")),
            (Some(_), Some(second)) => faults.push(Fault::new(second.name, 0, "the file is given twice")),
        }
    }
    for file in files.iter().filter(|file| !FILES.contains(&last_part(file.name))) {
        faults.push(Fault::new(file.name, 0, "not a file of the catalog"));
    }
    faults.sort();
    if faults.is_empty() { Ok(catalog) } else { Err(faults) }
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Reads rows one by one, so that a fault in one does not hide those of the next.
struct Reader<'a, 'f> {
    file: Source<'a>,
    lines: Lines,
    faults: &'f mut Vec<Fault>,
}

impl<'a> Reader<'a, '_> {
    fn whole<T: Deserialize<'a>>(&mut self) -> Option<T> {
        match serde_json::from_str(self.file.text) {
            Ok(whole) => Some(whole),
            Err(error) => {
                self.fault(error.line(), without_place(&error));
                None
            }
        }
    }

    fn row<T: DeserializeOwned>(&mut self, raw: &RawValue) -> Option<(T, usize)> {
        // The raw value borrows from the file's text, so the distance of their addresses is its offset.
        let offset = raw.get().as_ptr().addr().saturating_sub(self.file.text.as_ptr().addr());
        let line = self.lines.at(offset);
        match serde_json::from_str(raw.get()) {
            Ok(row) => Some((row, line)),
            Err(error) => {
                self.fault(line + error.line().saturating_sub(1), without_place(&error));
                None
            }
        }
    }

    fn fault(&mut self, line: usize, reason: impl Into<String>) {
        self.faults.push(Fault::new(self.file.name, line, reason));
    }

    /// Takes `value`, or notes that `what` is wrong with `text`.
    fn check<T>(&mut self, line: usize, what: &str, text: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.fault(line, format!("`{text}` is not {what}"));
        }
        value
    }
}

/// The message of a JSON error without its own line and column, which count from the start of a row.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

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
    code: String,
    region: String,
    name: String,
    function: String,
    source: OfficeSource,
}

fn departments(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) {
    let Some(Departments { functions, departments }) = reader.whole() else { return };
    for raw in functions {
        let Some((FunctionRow { id, name, english }, line)) = reader.row(raw) else { continue };
        let Some(id) = reader.check(line, "the name of a function", &id, FunctionId::parse(&id)) else {
            continue;
        };
        let function = Function { id: id.clone(), name, english };
        if catalog.functions.insert(id.clone(), function).is_some() {
            reader.fault(line, format!("function `{id}` is listed twice"));
        }
    }
    for raw in departments {
        let Some((row, line)) = reader.row::<OfficeRow>(raw) else { continue };
        let code = reader.check(line, "a credit code", &row.code, CreditCode::parse(&row.code).ok());
        let region = reader.check(line, "a region", &row.region, Region::parse(&row.region).ok());
        let function = FunctionId::parse(&row.function).filter(|id| catalog.functions.contains_key(id));
        let function = reader.check(line, "a listed function", &row.function, function);
        let (Some(code), Some(region), Some(function)) = (code, region, function) else { continue };
        let department = Department { code, region };
        let office = Office { department: department.clone(), name: row.name, function, source: row.source };
        if catalog.offices.insert(department.clone(), office).is_some() {
            reader.fault(line, format!("department `{department}` is listed twice"));
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Services<'a> {
    #[serde(borrow)]
    services: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceRow {
    id: String,
    name: String,
    domain: Domain,
    provider: String,
    share: Share,
    mode: Mode,
    request: Vec<String>,
    subject: String,
    response: Vec<String>,
    mask: Vec<String>,
    sensitivity: u8,
    cache_seconds: u32,
    #[serde(default)]
    stale_seconds: u32,
    consumers: Vec<String>,
    source: FieldSource,
    #[serde(default)]
    note: Option<String>,
}

fn services(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) {
    let Some(Services { services }) = reader.whole() else { return };
    for raw in services {
        let Some((row, line)) = reader.row::<ServiceRow>(raw) else { continue };
        let id = reader.check(line, "the name of a service", &row.id, ServiceId::parse(&row.id));
        let request = parameters(reader, line, &row.request);
        let subject = |one: &Parameter| one.name == row.subject && one.required && !one.list;
        if !request.iter().any(subject) {
            reader
                .fault(line, format!("the subject `{}` is no required parameter of one value", row.subject));
        }
        let response = paths(reader, line, &row.response);
        let masked = paths(reader, line, &row.mask);
        for path in masked.iter().filter(|path| !response.contains(path)) {
            reader.fault(line, format!("`{path}` is masked but not in the response"));
        }
        let grade = row.sensitivity.to_string();
        let sensitivity = Sensitivity::from_grade(row.sensitivity);
        let sensitivity = reader.check(line, "a sensitivity from 1 to 4", &grade, sensitivity);
        if row.cache_seconds > CACHE_SECONDS {
            reader.fault(
                line,
                format!("`{}` seconds in the cache are over {CACHE_SECONDS}", row.cache_seconds),
            );
        }
        if row.mode == Mode::Case && row.cache_seconds > 0 {
            reader.fault(line, "a service that writes cannot be cached");
        }
        if row.stale_seconds > CACHE_SECONDS {
            reader.fault(
                line,
                format!("`{}` seconds beyond the cache are over {CACHE_SECONDS}", row.stale_seconds),
            );
        }
        let sensitive = sensitivity.is_some_and(|sensitivity| sensitivity >= Sensitivity::Sensitive);
        if row.stale_seconds > 0 && (row.cache_seconds == 0 || sensitive) {
            reader.fault(line, "a service that is not kept, or is sensitive, has no `stale_seconds`");
        }
        let (Some(id), Some(sensitivity)) = (id, sensitivity) else { continue };
        let service = Service {
            id: id.clone(),
            name: row.name,
            domain: row.domain,
            provider: row.provider,
            share: row.share,
            mode: row.mode,
            request,
            subject: row.subject,
            response,
            masked,
            sensitivity,
            cache_seconds: row.cache_seconds,
            stale_seconds: row.stale_seconds,
            consumers: row.consumers,
            source: row.source,
            note: row.note,
            digest: DigestAlgorithm::Sm3.digest(raw.get().as_bytes()),
        };
        if catalog.services.insert(id.clone(), Arc::new(service)).is_some() {
            reader.fault(line, format!("service `{id}` is listed twice"));
        }
    }
}

fn parameters(reader: &mut Reader<'_, '_>, line: usize, names: &[String]) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for name in names {
        let Some(parameter) = reader.check(line, "a parameter", name, Parameter::parse(name)) else {
            continue;
        };
        if parameters.iter().any(|known| known.name == parameter.name) {
            reader.fault(line, format!("parameter `{name}` is listed twice"));
        }
        parameters.push(parameter);
    }
    parameters
}

fn paths(reader: &mut Reader<'_, '_>, line: usize, names: &[String]) -> Vec<FieldPath> {
    let mut paths: Vec<FieldPath> = Vec::new();
    for name in names {
        let Some(path) = reader.check(line, "a field", name, FieldPath::parse(name)) else { continue };
        if let Some(known) = paths.iter().find(|known| known.clashes(&path)) {
            reader.fault(line, format!("field `{name}` clashes with `{known}`"));
        }
        paths.push(path);
    }
    paths
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LicenseTypes<'a> {
    #[serde(borrow)]
    license_types: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LicenseTypeRow {
    code: Option<String>,
    code_source: CodeSource,
    name: String,
    definer: Option<String>,
    holders: Vec<String>,
    holder_count: u8,
    validity: String,
    domain: Domain,
    face_fields: Vec<String>,
}

fn license_types(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) {
    let Some(LicenseTypes { license_types }) = reader.whole() else { return };
    for raw in license_types {
        let Some((row, line)) = reader.row::<LicenseTypeRow>(raw) else { continue };
        let code = match &row.code {
            Some(text) => reader.check(line, "the code of a license type", text, TypeCode::parse(text).ok()),
            None => None,
        };
        if row.code.is_none() != (row.code_source == CodeSource::Unknown) {
            reader.fault(line, "a code is left empty exactly where its source is `unknown`");
        }
        if code.is_some() && catalog.license_types.iter().any(|known| known.code == code) {
            reader.fault(line, format!("license type `{}` is listed twice", row.code.unwrap_or_default()));
        }
        if !(1..=2).contains(&row.holder_count) {
            reader.fault(line, format!("`{}` is not a number of holders (1 or 2)", row.holder_count));
        }
        catalog.license_types.push(LicenseType {
            code,
            code_source: row.code_source,
            name: row.name,
            definer: row.definer,
            holders: row.holders,
            holder_count: row.holder_count,
            validity: row.validity,
            domain: row.domain,
            face_fields: row.face_fields,
        });
    }
}
