//! Reads `services.json`: what can be asked, what comes back, on which conditions.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reader;
use crate::catalog::{
    About, Catalog, Concern, Domain, Field, FieldPath, FieldSource, Mode, Parameter, Sensitivity, Service,
    ServiceId, Share,
};
use crate::crypto::DigestAlgorithm;

/// Cache life that nobody can mean: a day is the longest in the reference catalog, a week leaves room.
const CACHE_SECONDS: u32 = 7 * 86_400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Services<'a> {
    #[serde(borrow)]
    services: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceRow<'a> {
    id: String,
    name: String,
    english: String,
    domain: Domain,
    provider: String,
    functions: Vec<String>,
    share: Share,
    #[serde(default)]
    conditions: Option<String>,
    #[serde(default)]
    legal_basis: Option<String>,
    mode: Mode,
    #[serde(borrow)]
    request: Vec<&'a RawValue>,
    subject: String,
    #[serde(borrow)]
    response: Vec<&'a RawValue>,
    sensitivity: u8,
    cache_seconds: u32,
    #[serde(default)]
    stale_seconds: u32,
    consumers: Vec<String>,
    source: FieldSource,
    #[serde(default)]
    note: Option<String>,
}

/// A parameter or a field as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberRow {
    name: String,
    title: String,
    english: String,
    #[serde(rename = "type")]
    field_type: String,
    kind: Concern,
    sensitivity: u8,
    #[serde(default)]
    mask: bool,
    #[serde(default)]
    authority: Option<String>,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) -> Option<()> {
    let Services { services } = reader.whole()?;
    for raw in services {
        let Some((row, line)) = reader.named_row::<ServiceRow<'_>>("services.json", raw) else { continue };
        let digest = DigestAlgorithm::Sm3.digest(raw.get().as_bytes());
        let Some(service) = service(reader, catalog, row, line, digest) else { continue };
        let id = service.id.clone();
        if catalog.services.insert(id.clone(), Arc::new(service)).is_some() {
            reader.fault(line, format_args!("service `{id}` is listed twice"), "remove one of the rows");
        }
    }
    Some(())
}

fn service<'a>(
    reader: &mut Reader<'a, '_>,
    catalog: &Catalog,
    row: ServiceRow<'a>,
    line: usize,
    digest: crate::crypto::Digest,
) -> Option<Service> {
    let mend = "use lower-case letters, digits, `_` and `.`";
    let id = reader.check(line, "the name of a service", mend, &row.id, ServiceId::parse(&row.id));
    for (member, text) in [("name", &row.name), ("english", &row.english), ("provider", &row.provider)] {
        reader.filled(line, member, text);
    }
    let functions = row.functions.iter().filter_map(|text| reader.function(line, text)).collect();
    if row.functions.is_empty() && row.domain != Domain::License {
        let reason = "nobody provides the service";
        reader.fault(line, reason, "name the functions that do, the leading one first");
    }
    sharing(reader, &row, line);
    let grade = row.sensitivity.to_string();
    let sensitivity = Sensitivity::from_grade(row.sensitivity);
    let sensitivity = reader.check(line, "a sensitivity", "write 1 to 4", &grade, sensitivity);
    let most = sensitivity.unwrap_or(Sensitivity::Highest);
    let request = parameters(reader, catalog, &row.request, most);
    // A parameter that is at fault may be the one that is missed here.
    let whole = request.len() == row.request.len();
    if whole && !request.iter().any(|one| one.name == row.subject && one.required && !one.list) {
        let reason = format!("the subject `{}` is no required parameter of one value", row.subject);
        reader.fault(line, reason, "name the one that holds the number of whoever is asked about");
    }
    let response = fields(reader, catalog, &row.response, most);
    if row.response.is_empty() {
        reader.fault(line, "`response` is empty", "list what comes back");
    }
    caching(reader, &row, line, sensitivity);
    Some(Service {
        id: id?,
        name: row.name,
        english: row.english,
        domain: row.domain,
        provider: row.provider,
        functions,
        share: row.share,
        conditions: row.conditions,
        legal_basis: row.legal_basis,
        mode: row.mode,
        request,
        subject: row.subject,
        response,
        sensitivity: sensitivity?,
        cache_seconds: row.cache_seconds,
        stale_seconds: row.stale_seconds,
        consumers: row.consumers,
        source: row.source,
        note: row.note,
        digest,
    })
}

/// The Regulation on government data sharing wants conditions to be stated, and a statute behind what is withheld.
fn sharing(reader: &mut Reader<'_, '_>, row: &ServiceRow<'_>, line: usize) {
    let stated = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    if stated(&row.conditions) != (row.share == Share::Conditional) {
        let reason = "`conditions` stand exactly with `conditional`";
        reader.fault(line, reason, "state them, or mend `share`");
    }
    if stated(&row.legal_basis) != (row.share == Share::Withheld) {
        let reason = "`legal_basis` stands exactly with `withheld`";
        reader.fault(line, reason, "name the statute, or mend `share`");
    }
}

fn caching(reader: &mut Reader<'_, '_>, row: &ServiceRow<'_>, line: usize, sensitivity: Option<Sensitivity>) {
    let seconds = row.cache_seconds;
    if seconds > CACHE_SECONDS {
        let reason = format!("`{seconds}` seconds in the cache are too many");
        reader.fault(line, reason, format_args!("write at most {CACHE_SECONDS}"));
    }
    let mend = "set `cache_seconds` to 0";
    if row.mode == Mode::Case && seconds > 0 {
        reader.fault(line, "a service that writes cannot be cached", mend);
    }
    if sensitivity == Some(Sensitivity::Highest) && seconds > 0 {
        reader.fault(line, "a service of sensitivity 4 cannot be cached", mend);
    }
    let beyond = row.stale_seconds;
    if beyond > CACHE_SECONDS {
        let reason = format!("`{beyond}` seconds beyond the cache are too many");
        reader.fault(line, reason, format_args!("write at most {CACHE_SECONDS}"));
    }
    let sensitive = sensitivity.is_some_and(|sensitivity| sensitivity >= Sensitivity::Sensitive);
    if beyond > 0 && (seconds == 0 || sensitive) {
        let reason = "a service that is not kept, or is sensitive, has no `stale_seconds`";
        reader.fault(line, reason, "remove it");
    }
}

fn parameters<'a>(
    reader: &mut Reader<'a, '_>,
    catalog: &Catalog,
    rows: &[&'a RawValue],
    most: Sensitivity,
) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for raw in rows {
        let Some((row, line)) = reader.row::<MemberRow>(raw) else { continue };
        if row.mask || row.authority.is_some() {
            reader.fault(line, "`mask` and `authority` are for answers", "remove them from the parameter");
        }
        let name = row.name.clone();
        let Some(about) = about(reader, catalog, row, line, most) else { continue };
        let mend = "use letters, digits and `_`, then `[]` for a list, then `?` where it may be left out";
        let parameter = reader.check(line, "a parameter", mend, &name, Parameter::parse(&name, about));
        let Some(parameter) = parameter else { continue };
        if parameters.iter().any(|known| known.name == parameter.name) {
            reader.fault(line, format_args!("parameter `{name}` is listed twice"), "remove one of the rows");
        }
        parameters.push(parameter);
    }
    parameters
}

fn fields<'a>(
    reader: &mut Reader<'a, '_>,
    catalog: &Catalog,
    rows: &[&'a RawValue],
    most: Sensitivity,
) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for raw in rows {
        let Some((row, line)) = reader.row::<MemberRow>(raw) else { continue };
        let mend = "use up to 8 keys of letters, digits and `_`, joined by `.`, with `[]` behind lists";
        let path = reader.check(line, "a field", mend, &row.name, FieldPath::parse(&row.name));
        let authority = row.authority.as_ref().and_then(|text| reader.function(line, text));
        let masked = row.mask;
        let about = about(reader, catalog, row, line, most);
        let (Some(path), Some(about)) = (path, about) else { continue };
        if let Some(known) = fields.iter().find(|known| known.path.clashes(&path)) {
            let reason = format!("field `{path}` clashes with `{}`", known.path);
            reader.fault(line, reason, "one answer cannot have both; remove or rename one");
        }
        fields.push(Field { path, about, masked, authority });
    }
    fields
}

fn about(
    reader: &mut Reader<'_, '_>,
    catalog: &Catalog,
    row: MemberRow,
    line: usize,
    most: Sensitivity,
) -> Option<About> {
    let MemberRow { name, title, english, field_type, kind, sensitivity, .. } = row;
    reader.filled(line, "title", &title);
    reader.filled(line, "english", &english);
    let grade = sensitivity.to_string();
    let sensitivity = Sensitivity::from_grade(sensitivity);
    let sensitivity = reader.check(line, "a sensitivity", "write 1 to 4", &grade, sensitivity);
    if let Some(sensitivity) = sensitivity.filter(|sensitivity| *sensitivity > most) {
        let reason =
            format!("`{name}` has sensitivity {} and its service only {}", sensitivity.grade(), most.grade());
        reader.fault(line, reason, "raise that of the service");
    }
    if kind == Concern::Public && sensitivity.is_some_and(|sensitivity| sensitivity > Sensitivity::Public) {
        let reason = format!("`{name}` concerns nobody and is sensitive all the same");
        reader.fault(line, reason, "say whether it is `personal` or `commercial`, or give it sensitivity 1");
    }
    let known = catalog.types.get(&field_type).cloned();
    if known.is_none() && !reader.lacks("field_types.json", &field_type) {
        return None;
    }
    let field_type =
        reader.check(line, "a listed type", "use a type of `field_types.json`", &field_type, known);
    Some(About { title, english, field_type: field_type?, concern: kind, sensitivity: sensitivity? })
}
