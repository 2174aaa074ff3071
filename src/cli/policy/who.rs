//! `tongban policy who`: which departments see a field or a service, for what, masked how, on which basis.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Failure, Said, at, policies, quiet, rules};
use crate::catalog::Catalog;
use crate::cli::table::{Table, Tone, counted, paint};
use crate::clock::Timestamp;
use crate::report::Style;
use crate::review::{Sight, Survey, Wanted, sights};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban policy who sb.insured.query                 a service: all its fields
  tongban policy who aab004                           a field, of whichever service has it
  tongban policy who zf.fund.query/grzhye --json      a field of one service
  tongban policy who 43/sb.insured.query              a service, of one province's data
  tongban policy who verify                           the verification of licenses

Each row is an agreement that decides, with the weakest request that it permits. `*` stands for all provinces.

Exit status: 0 somebody does, 1 nobody does, 2 the policies are at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// A field, a service, SERVICE/FIELD or `verify`; before a service its province, 43/SERVICE
    #[arg(value_name = "FIELD|SERVICE")]
    wanted: String,

    /// The directory of policies
    #[arg(long, value_name = "DIR", default_value = "policies")]
    policies: PathBuf,

    /// At this time instead of now (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = crate::cli::parse_time)]
    at: Option<Timestamp>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Looks, and tells.
pub(super) fn run(arguments: &Arguments, now: Timestamp, style: Style) -> Result<Said, Failure> {
    let at = at(arguments.at, now);
    let (catalog, agreements) = rules(policies(&arguments.policies)?)?;
    let wanted = Wanted::parse(&arguments.wanted, &catalog);
    let (wanted, province) = wanted.map_err(|reason| Failure::Unusable(vec![reason]))?;
    let sights = sights(&Survey::new(&catalog, &agreements, at), &wanted, province);
    let text = match arguments.json {
        true => {
            super::json(&json!({ "at": at, "sights": sights.iter().map(one_as_json).collect::<Value>() }))
        }
        false => told(&catalog, &wanted, &sights, at, style),
    };
    Ok(Said { text, status: u8::from(sights.is_empty()) })
}

fn told(catalog: &Catalog, wanted: &Wanted, sights: &[Sight], at: Timestamp, style: Style) -> String {
    let mut text = String::new();
    let mut service = None;
    let mut rows: Vec<(Option<String>, Vec<&Sight>)> = Vec::new();
    for sight in sights {
        let id = sight.cell.service.as_ref().map(|service| service.id.to_string());
        match rows.iter_mut().find(|(known, _)| *known == id) {
            Some((_, list)) => list.push(sight),
            None => rows.push((id, vec![sight])),
        }
    }
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (id, list) in &rows {
        if service.is_some() {
            text.push('\n');
        }
        service = Some(id);
        let title = match list.first().and_then(|sight| sight.cell.service.as_deref()) {
            Some(one) => format!("{}  {}", paint(style, Tone::Head, one.id.as_str()), one.name),
            None => paint(style, Tone::Head, "verification of licenses"),
        };
        let _ = writeln!(text, "{title}{}", field_of(catalog, wanted, id.as_deref()));
        let mut table =
            Table::new(2, &["department", "data of", "purpose", "with", "agreement", "until", "sees"]);
        for sight in list {
            let cell = &sight.cell;
            let sees =
                if sight.fields.is_empty() { "the verdict".to_owned() } else { sight.fields.join(", ") };
            table.row([
                (None, cell.office.name.clone()),
                (None, if cell.service.is_none() { "-".to_owned() } else { cell.provinces.to_string() }),
                (None, cell.purpose.to_string()),
                (None, with(sight)),
                (None, sight.grant.permit.agreement().to_string()),
                (None, sight.until.china_date()),
                (Some(Tone::Good), sees),
            ]);
        }
        text.push_str(&table.text(style));
        let mut basis: Vec<(String, String)> = Vec::new();
        for sight in list {
            let row = (sight.grant.permit.agreement().to_string(), sight.basis.to_string());
            if !basis.contains(&row) {
                basis.push(row);
            }
        }
        let mut table = Table::new(2, &[]);
        for (agreement, words) in basis {
            table.row([(Some(Tone::Quiet), agreement), (Some(Tone::Quiet), words)]);
        }
        let _ = writeln!(text, "  {}", quiet(style, "on the basis of"));
        text.push_str(&table.text(style));
    }
    let mut departments: Vec<&str> = sights.iter().map(|sight| sight.cell.office.name.as_str()).collect();
    departments.sort_unstable();
    departments.dedup();
    let whole = match departments.len() {
        0 => format!("nobody, at {}", at.in_china()),
        count => format!("\n{}, at {}", counted(count, "department", "departments"), at.in_china()),
    };
    let _ = writeln!(text, "{whole}");
    text
}

/// The weakest request that passes: its basis, and what else it brings.
fn with(sight: &Sight) -> String {
    let skipped = ["department", "operation", "purpose"];
    let members = sight.grant.asking.members().into_iter().filter(|(name, _)| !skipped.contains(name));
    let written = |(name, value): (&str, Value)| match (name, value.as_str()) {
        ("basis", Some(basis)) => basis.strip_prefix("authorisation:").unwrap_or(basis).to_owned(),
        (name, Some(text)) => format!("{name} {text}"),
        (name, None) => format!("{name} {value}"),
    };
    members.map(written).collect::<Vec<_>>().join(", ")
}

/// Which field it is about, by its name for people.
fn field_of(catalog: &Catalog, wanted: &Wanted, service: Option<&str>) -> String {
    let Wanted::Field(_, path) = wanted else { return String::new() };
    let service =
        service.and_then(crate::catalog::ServiceId::parse).and_then(|id| catalog.service(&id).cloned());
    let field = service.as_ref().and_then(|service| service.field(path));
    field.map_or_else(String::new, |field| format!("  {path} {}", field.about.title))
}

fn one_as_json(sight: &Sight) -> Value {
    let cell = &sight.cell;
    json!({
        "department": cell.office.department.to_string(), "name": cell.office.name,
        "service": cell.service.as_ref().map(|service| service.id.as_str()), "provinces": cell.provinces.to_string(),
        "purpose": cell.purpose.as_str(), "agreement": sight.grant.permit.agreement().as_str(),
        "basis": sight.basis.to_string(), "authorise": sight.authorizer.map_or("none", |one| one.as_str()),
        "fields": sight.fields, "until": sight.until, "request": sight.grant.asking.to_json(),
    })
}
