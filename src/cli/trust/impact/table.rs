//! Counts of records as tables for people and as JSON for scripts, with what records cannot tell.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::impact::{Change, Effect, Exposure, Group, RecordedVerdict, Tally};

/// Rows of one breakdown. 10: the rest is for scripts.
const ROWS: usize = 10;

/// What no record tells, whatever is asked.
const LIMITS: &str = "\
Records tell of the path that was found: where another leads to an anchor that stays, a verdict stays as well. A verdict that may
be decided is judged anew only when its file comes again. Denials name no agreement that would permit them, so what new agreements
would permit is not counted.
";

/// A change for people.
pub(super) fn tally(change: &Change, tally: &Tally, since: Option<Timestamp>) -> String {
    let mut text = format!(
        "On record{}: {} records, {} verdicts\n",
        from(since),
        number(tally.records),
        number(tally.verdicts)
    );
    let [gone, altered, coming] = change.agreements();
    for (mark, names) in [("-", gone), ("~", altered), ("+", coming)] {
        for name in names {
            let _ = writeln!(text, "  {mark} agreement {name}");
        }
    }
    for ((effect, because), group) in &tally.changed {
        let anchor = because.anchor.as_ref().map(|anchor| format!(": {anchor}")).unwrap_or_default();
        let _ =
            writeln!(text, "\n{} {} — {}{anchor}", number(group.records), effect.as_str(), because.reason);
        breakdown(&mut text, group);
    }
    for (groups, what) in [
        (&tally.ended, "permits by an agreement that goes"),
        (
            &tally.altered,
            "permits by an agreement that changes; whether they would still be given, records do not tell",
        ),
    ] {
        for (name, group) in groups {
            let _ = writeln!(text, "\n{} {what}: {name}", number(group.records));
            breakdown(&mut text, group);
        }
    }
    if tally.is_empty() {
        text.push_str("\nNothing on record is known to change.\n");
    }
    let _ = write!(text, "\n{LIMITS}");
    text
}

/// The same for scripts.
pub(super) fn tally_as_json(change: &Change, tally: &Tally, since: Option<Timestamp>) -> Value {
    let [gone, altered, coming] = change.agreements();
    let verdicts = tally.changed.iter().map(|((effect, because), group)| {
        json!({ "effect": effect, "reason": because.reason, "anchor": because.anchor, "count": group })
    });
    let unknown: u64 = tally
        .changed
        .iter()
        .filter(|((effect, _), _)| *effect == Effect::Unknown)
        .map(|(_, group)| group.records)
        .sum();
    json!({
        "since": since, "records": tally.records, "verdicts": tally.verdicts, "unknown": unknown,
        "agreements": { "removed": gone, "changed": altered, "added": coming },
        "changes": verdicts.collect::<Vec<_>>(), "permits_ended": tally.ended, "permits_by_changed_agreements": tally.altered,
    })
}

/// What was accepted under an anchor, for people, with some of the records.
pub(super) fn exposure(
    digest: &str,
    name: &str,
    exposure: &Exposure,
    shown: &[[String; 5]],
    since: Option<Timestamp>,
) -> String {
    let Exposure { records, verdicts, genuine, undetermined, by_role: [signer, maker, stamp], unknown } =
        exposure;
    let mut text = format!("Through {name}{}\n  SHA-256 {digest}\n", from(since));
    let _ = writeln!(text, "  of {} records, {} verdicts", number(*records), number(*verdicts));
    let _ = writeln!(
        text,
        "  as authority of the signer {}, of the seal maker {}, of the timestamp {}",
        number(*signer),
        number(*maker),
        number(*stamp)
    );
    for (group, what) in
        [(genuine, "accepted as genuine"), (undetermined, "undetermined, for another reason")]
    {
        let _ = writeln!(text, "\n{} {what}", number(group.records));
        breakdown(&mut text, group);
    }
    if *unknown > 0 {
        let _ =
            writeln!(text, "\n{} verdicts whose records do not tell of all their chains", number(*unknown));
    }
    if !shown.is_empty() {
        text.push('\n');
        let header = ["recorded", "record", "verdict", "department", "SM3 of the file"].map(str::to_owned);
        columns(&mut text, std::iter::once(&header).chain(shown));
        let all = genuine.records + undetermined.records;
        let more = all.saturating_sub(u64::try_from(shown.len()).unwrap_or(u64::MAX));
        if more > 0 {
            let _ = writeln!(text, "  and {} more; --json names them all", number(more));
        }
    }
    text
}

/// The summary for scripts.
pub(super) fn exposure_as_json(
    digest: &str,
    name: &str,
    exposure: &Exposure,
    since: Option<Timestamp>,
) -> Value {
    let [signer, seal_maker, timestamp] = exposure.by_role;
    json!({ "summary": {
        "anchor": digest, "name": name, "since": since, "records": exposure.records, "verdicts": exposure.verdicts,
        "genuine": exposure.genuine, "undetermined": exposure.undetermined, "unknown": exposure.unknown,
        "through": { "signer": signer, "seal_maker": seal_maker, "timestamp": timestamp },
    }})
}

/// A row of a record.
pub(super) fn record(record: &RecordedVerdict) -> [String; 5] {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    [
        Timestamp::from_seconds(record.recorded_at().seconds()).in_china(),
        record.id.clone(),
        text(&record.outcome),
        text(&record.department),
        text(&record.request_digest),
    ]
}

fn from(since: Option<Timestamp>) -> String {
    since.map(|since| format!(" since {}", since.in_china())).unwrap_or_default()
}

fn breakdown(text: &mut String, group: &Group) {
    for (what, counts) in
        [("department", &group.departments), ("license type", &group.license_types), ("month", &group.months)]
    {
        let by_name = what == "month";
        rows(text, what, counts, by_name);
    }
}

/// The largest first, or by name.
fn rows(text: &mut String, what: &str, counts: &BTreeMap<String, u64>, by_name: bool) {
    let mut sorted: Vec<_> = counts.iter().collect();
    if !by_name {
        sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    }
    let width = sorted.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (at, (name, count)) in sorted.iter().take(ROWS).enumerate() {
        let what = if at == 0 { what } else { "" };
        let _ = writeln!(text, "  {what:<13} {name:<width$} {:>12}", number(**count));
    }
    if sorted.len() > ROWS {
        let rest: u64 = sorted.iter().skip(ROWS).map(|(_, count)| **count).sum();
        let others = format!("{} others", sorted.len() - ROWS);
        let _ = writeln!(text, "  {:<13} {others:<width$} {:>12}", "", number(rest));
    }
}

fn columns<'a>(text: &mut String, rows: impl Iterator<Item = &'a [String; 5]>) {
    let rows: Vec<&[String; 5]> = rows.collect();
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row.iter()) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "  {}", line.trim_end());
    }
}

/// A number in groups of three digits.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(number(value), text);
        }
    }
}
