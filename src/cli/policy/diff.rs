//! `tongban policy diff`: what a change of policies changes, for whom, with a request that shows each.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Failure, Said, at, policies, quiet, rules};
use crate::cli::table::{Table, Tone, counted, paint};
use crate::clock::Timestamp;
use crate::policy::AgreementId;
use crate::report::Style;
use crate::review::{Change, Difference, Key, Move, Survey, difference};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban policy diff ../main/policies policies
  tongban policy diff /srv/trust change      a publication, and a proposal beside it
  tongban policy diff --json old new | jq '.changes[] | select(.direction == \"widens\")'

Both are asked the same requests, all that their agreements can tell apart, and every field that is seen otherwise is told with
the weakest request that shows it. Requests that are refused by both are no change. Terms that no decision shows, such as rates
and ends, are compared as they are written.

Exit status, as that of diff(1): 0 nothing changes, 1 something does, 2 either is at fault; 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory of policies before, of a proposal or of a publication
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The directory of policies after, of a proposal or of a publication
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// Decide at this time instead of now (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = crate::cli::parse_time)]
    at: Option<Timestamp>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Compares, and tells.
pub(super) fn run(arguments: &Arguments, now: Timestamp, style: Style) -> Result<Said, Failure> {
    let at = at(arguments.at, now);
    let (old, new) = (policies(&arguments.old)?, policies(&arguments.new)?);
    let both = match (rules(old), rules(new)) {
        (Ok(old), Ok(new)) => Ok((old, new)),
        (Err(Failure::Faults(mut faults)), Err(Failure::Faults(more))) => {
            faults.extend(more);
            Err(Failure::Faults(faults))
        }
        (Err(failure), _) | (_, Err(failure)) => Err(failure),
    };
    let ((old_catalog, old), (new_catalog, new)) = both?;
    let (before, after) = (Survey::new(&old_catalog, &old, at), Survey::new(&new_catalog, &new, at));
    let difference = difference(&before, &after);
    let text = match arguments.json {
        true => super::json(&as_json(&difference, at)),
        false => told(&difference, at, style),
    };
    Ok(Said { text, status: u8::from(!difference.is_empty()) })
}

const fn mark(direction: Move) -> (Tone, &'static str) {
    match direction {
        Move::Widens => (Tone::Bad, "▲ widens"),
        Move::Narrows => (Tone::Good, "▼ narrows"),
        Move::Alters => (Tone::Watch, "◆ alters"),
    }
}

fn told(difference: &Difference, at: Timestamp, style: Style) -> String {
    let mut text = String::new();
    // Fields that one request shows and that go the same way stand together.
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for change in &difference.changes {
        let like = |group: &&mut Vec<&Change>| {
            group.first().is_some_and(|one| {
                one.asking == change.asking
                    && one.provinces == change.provinces
                    && one.direction == change.direction
            })
        };
        match groups.iter_mut().find(like) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    for group in &groups {
        one(&mut text, group, style);
    }
    let Difference { changes, added, removed, terms, sampled } = difference;
    for (mark, tone, list) in [("+", Tone::Good, added), ("-", Tone::Bad, removed)] {
        for id in list {
            let _ = writeln!(text, "{} agreement {id}", paint(style, tone, mark));
        }
    }
    let mut table = Table::new(0, &[]);
    for term in terms {
        table.row([
            (Some(Tone::Watch), "~".to_owned()),
            (None, term.agreement.to_string()),
            (None, format!("@{}", term.term)),
            (None, format!("{} → {}", term.before, term.after)),
        ]);
    }
    text.push_str(&table.text(style));
    if difference.is_empty() {
        return format!("nothing changes, at {}\n", at.in_china());
    }
    let count = |direction| changes.iter().filter(|change| change.direction == direction).count();
    let _ = writeln!(
        text,
        "\n{} seen otherwise at {}: {} widened, {} narrowed, {} altered",
        counted(changes.len(), "field", "fields"),
        at.in_china(),
        count(Move::Widens),
        count(Move::Narrows),
        count(Move::Alters),
    );
    for key in sampled {
        let mark = paint(style, Tone::Watch, "!");
        let _ =
            writeln!(text, "{mark} not all requests were tried of {}; a change may be missing", about(key));
    }
    text
}

fn about((department, service, purpose): &Key) -> String {
    let service = service.as_ref().map_or("verification of licenses", |service| service.as_str());
    format!("{department}  {service}  {purpose}")
}

fn one(text: &mut String, group: &[&Change], style: Style) {
    let Some(first) = group.first() else { return };
    let (tone, words) = mark(first.direction);
    let asking = &first.asking;
    let target = match &asking.operation {
        crate::policy::Operation::Query { service, .. } => format!("{service} of {}", first.provinces),
        crate::policy::Operation::Verify => "verification of licenses".to_owned(),
    };
    let _ = writeln!(
        text,
        "{}  {}  {target}  {}",
        paint(style, tone, words),
        paint(style, Tone::Head, &first.name),
        asking.purpose
    );
    let [before, after] = first.agreements.each_ref().map(name);
    let agreements = if before == after { before } else { format!("{before} → {after}") };
    let _ = writeln!(text, "  {}", quiet(style, &format!("by {agreements}; such as {asking}")));
    let mut table = Table::new(4, &[]);
    for change in group {
        let field = change.field.as_ref().map_or_else(|| "the verdict".to_owned(), ToString::to_string);
        table.row([
            (None, field),
            (Some(Tone::Quiet), change.before.to_string()),
            (Some(Tone::Quiet), "→".to_owned()),
            (Some(tone), change.after.to_string()),
        ]);
    }
    text.push_str(&table.text(style));
    text.push('\n');
}

fn name(agreement: &Option<AgreementId>) -> String {
    agreement.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
}

fn as_json(difference: &Difference, at: Timestamp) -> Value {
    let changes = difference.changes.iter().map(|change| {
        let asking = &change.asking;
        let service = match &asking.operation {
            crate::policy::Operation::Query { service, .. } => Some(service.as_str()),
            crate::policy::Operation::Verify => None,
        };
        let [before, after] = change.agreements.each_ref().map(|one| one.as_ref().map(|id| id.as_str().to_owned()));
        json!({
            "direction": change.direction.as_str(), "department": asking.department.to_string(), "name": change.name,
            "service": service, "provinces": change.provinces.to_string(), "purpose": asking.purpose.as_str(),
            "field": change.field.as_ref().map(ToString::to_string), "before": change.before.to_string(),
            "after": change.after.to_string(), "agreement_before": before, "agreement_after": after,
            "request": asking.to_json(),
        })
    });
    let ids = |list: &[AgreementId]| list.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    let terms = difference.terms.iter().map(|term| {
        json!({
            "agreement": term.agreement.as_str(), "term": term.term, "before": term.before, "after": term.after,
        })
    });
    json!({
        "at": at, "changes": changes.collect::<Value>(), "added": ids(&difference.added),
        "removed": ids(&difference.removed), "terms": terms.collect::<Value>(),
        "not_all_tried": difference.sampled.iter().map(about).collect::<Vec<_>>(),
    })
}
