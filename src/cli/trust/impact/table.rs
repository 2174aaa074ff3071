//! Counts of records as tables for people and as JSON for scripts, with what records cannot tell.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::cli::table::{Table, counted};
use crate::clock::Timestamp;
use crate::impact::{Change, Effect, Exposure, Group, RecordedVerdict, Tally};
use crate::report::Style;

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
        "On record{}: {}, {}\n",
        from(since),
        several(tally.records, "record", "records"),
        several(tally.verdicts, "verdict", "verdicts")
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
    let (records, verdicts) =
        (several(*records, "record", "records"), several(*verdicts, "verdict", "verdicts"));
    let _ = writeln!(text, "  of {records}, {verdicts}");
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
        let mut table = Table::new(2, &["recorded", "record", "verdict", "department", "SM3 of the file"]);
        for row in shown {
            table.row(row.clone().map(|cell| (None, cell)));
        }
        text.push_str(&table.text(Style::Plain));
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

/// By department, license type and month, in one table so that all counts stand below each other.
fn breakdown(text: &mut String, group: &Group) {
    let mut rows: Vec<[String; 3]> = Vec::new();
    for (what, counts) in
        [("department", &group.departments), ("license type", &group.license_types), ("month", &group.months)]
    {
        let by_name = what == "month";
        for (at, (name, count)) in largest(counts, by_name).into_iter().enumerate() {
            let what = if at == 0 { what } else { "" };
            rows.push([what.to_owned(), name, number(count)]);
        }
    }
    let width = rows.iter().map(|[.., count]| count.len()).max().unwrap_or_default();
    let mut table = Table::new(2, &[]);
    for [what, name, count] in rows {
        table.row([what, name, format!("{count:>width$}")].map(|cell| (None, cell)));
    }
    text.push_str(&table.text(Style::Plain));
}

/// The largest first, or by name; what is left as one.
fn largest(counts: &BTreeMap<String, u64>, by_name: bool) -> Vec<(String, u64)> {
    let mut sorted: Vec<_> = counts.iter().collect();
    if !by_name {
        sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    }
    let mut rows: Vec<(String, u64)> =
        sorted.iter().take(ROWS).map(|(name, count)| ((*name).clone(), **count)).collect();
    if sorted.len() > ROWS {
        let rest: u64 = sorted.iter().skip(ROWS).map(|(_, count)| **count).sum();
        let others = counted(sorted.len() - ROWS, "other", "others");
        rows.push((others, rest));
    }
    rows
}

/// A number of something.
fn several(count: u64, one: &str, more: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { more })
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
