//! How trust anchors, and changes of what they are trusted for, look to people and to scripts.

use std::collections::BTreeSet;
use std::fmt::{Display, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::crypto::DigestAlgorithm;
use crate::manifest::RuleFiles;
use crate::pki::{Anchor, AnchorEntry, Certificate, RevocationFormat, RevocationSource};
use crate::rulebook::store::anchors_of;

/// What a change does to the anchors.
pub(super) struct Difference {
    added: Vec<Anchor>,
    /// Before and after.
    changed: Vec<(Anchor, Anchor)>,
    removed: Vec<Anchor>,
}

impl Difference {
    pub(super) fn between(before: Option<&RuleFiles>, after: &RuleFiles) -> Self {
        let (before, after) = (before.map(read).unwrap_or_default(), read(after));
        let same =
            |one: &Anchor, of: &[Anchor]| of.iter().find(|two| two.certificate == one.certificate).cloned();
        let without = |these: &[Anchor], those: &[Anchor]| {
            these.iter().filter(|one| same(one, those).is_none()).cloned().collect()
        };
        let both = before.iter().filter_map(|old| same(old, &after).map(|new| (old.clone(), new)));
        Self {
            added: without(&after, &before),
            changed: both.filter(|(old, new)| old.entry != new.entry).collect(),
            removed: without(&before, &after),
        }
    }

    /// For people; nothing if nothing changes.
    pub(super) fn text(&self) -> String {
        let Self { added, changed, removed } = self;
        if added.is_empty() && changed.is_empty() && removed.is_empty() {
            return String::new();
        }
        let counts = [(added.len(), "added"), (changed.len(), "changed"), (removed.len(), "removed")];
        let counts = counts.map(|(count, what)| format!("{count} {what}")).join(", ");
        let mut text = format!("\nAnchors: {counts}\n");
        for (mark, anchors) in [("+", added), ("-", removed)] {
            for anchor in anchors {
                let _ = writeln!(text, "  {mark} {}", anchor.certificate.subject);
                identity(&mut text, &anchor.certificate);
                statement(&mut text, ' ', &stated(&anchor.entry));
            }
        }
        for (before, after) in changed {
            let _ = writeln!(text, "  ~ {}", after.certificate.subject);
            identity(&mut text, &after.certificate);
            let (old, new) = (stated(&before.entry), stated(&after.entry));
            let only = |these: &[String], those: &[String]| -> Vec<String> {
                these.iter().filter(|line| !those.contains(line)).cloned().collect()
            };
            statement(&mut text, '-', &only(&old, &new));
            statement(&mut text, '+', &only(&new, &old));
        }
        text
    }

    /// For scripts.
    pub(super) fn json(&self) -> Value {
        let changed = self.changed.iter();
        let changed = changed.map(|(before, after)| json!({ "before": one(before), "after": one(after) }));
        json!({ "added": all(&self.added), "changed": changed.collect::<Value>(), "removed": all(&self.removed) })
    }
}

/// The anchors among `files`. Those at fault are left out here, because no proposal is written with them.
fn read(files: &RuleFiles) -> Vec<Anchor> {
    anchors_of(files, &mut Vec::new())
}

/// The anchors among `files` for people.
pub(super) fn list(files: &RuleFiles) -> String {
    let anchors = read(files);
    let mut text = format!("\nAnchors: {}\n", anchors.len());
    for anchor in &anchors {
        let _ = writeln!(text, "  {}", anchor.certificate.subject);
        identity(&mut text, &anchor.certificate);
        statement(&mut text, ' ', &stated(&anchor.entry));
    }
    text
}

/// The anchors among `files` for scripts.
pub(super) fn list_as_json(files: &RuleFiles) -> Value {
    all(&read(files))
}

fn identity(text: &mut String, certificate: &Certificate) {
    let _ = writeln!(text, "      {} to {}", certificate.not_before, certificate.not_after);
    let _ = writeln!(text, "      SHA-256 {}", fingerprint(certificate));
}

fn statement(text: &mut String, mark: char, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "    {mark} {line}");
    }
}

/// What an entry states, a line each.
fn stated(entry: &AnchorEntry) -> Vec<String> {
    let mut lines = vec![format!("{} for {}", entry.name, join(&entry.roles))];
    if let Some(regions) = entry.scope.regions() {
        lines.push(format!("in regions {}", join(regions)));
    }
    if let Some(types) = entry.scope.license_types() {
        lines.push(format!("of license types {}", join(types)));
    }
    if let Some(from) = entry.period.from() {
        lines.push(format!("from {from}"));
    }
    if let Some(until) = entry.period.until() {
        lines.push(format!("until {until}"));
    }
    if !entry.grace.is_zero() {
        lines.push(format!("revocation may be {} stale", seconds(entry.grace)));
    }
    if entry.tolerates_maker_dates {
        lines.push("seal makers out of their dates are tolerated in the layouts of 2014 and 2020".to_owned());
    }
    lines.extend(entry.revocation.iter().map(source));
    for (what, words) in [("owner", &entry.owner), ("notes", &entry.notes)] {
        if !words.is_empty() {
            lines.push(format!("{what}: {words}"));
        }
    }
    lines
}

fn source(source: &RevocationSource) -> String {
    let RevocationSource { place, every, .. } = source;
    format!("revocation by {} from {place} every {}", format_of(source), seconds(*every))
}

const fn format_of(source: &RevocationSource) -> &'static str {
    match source.format {
        RevocationFormat::Crl => "crl",
        RevocationFormat::Ocsp => "ocsp",
    }
}

/// A duration as the files write it.
fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let unit = units.into_iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}

fn join<T: Display>(set: &BTreeSet<T>) -> String {
    set.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn fingerprint(certificate: &Certificate) -> String {
    DigestAlgorithm::Sha256.digest(certificate.der()).hex()
}

fn all(anchors: &[Anchor]) -> Value {
    anchors.iter().map(one).collect()
}

fn one(anchor: &Anchor) -> Value {
    let Anchor { certificate, entry } = anchor;
    let texts = |set: Option<Vec<String>>| set.map(|set| json!(set));
    let regions = entry.scope.regions().map(|set| set.iter().map(ToString::to_string).collect());
    let types = entry.scope.license_types().map(|set| set.iter().map(ToString::to_string).collect());
    let sources = entry.revocation.iter().map(|source| {
        json!({
            "place": source.place.to_string(), "every_seconds": source.every.as_secs(), "format": format_of(source),
        })
    });
    json!({
        "subject": certificate.subject, "sha256": fingerprint(certificate),
        "not_before": certificate.not_before, "not_after": certificate.not_after,
        "name": entry.name, "roles": entry.roles.iter().map(|role| role.name()).collect::<Vec<_>>(),
        "regions": texts(regions), "license_types": texts(types),
        "from": entry.period.from(), "until": entry.period.until(), "owner": entry.owner, "notes": entry.notes,
        "grace_seconds": entry.grace.as_secs(), "tolerates_maker_dates": entry.tolerates_maker_dates,
        "revocation": sources.collect::<Value>(),
    })
}
