//! How trust anchors, and changes of what they are trusted for, look to people and to scripts.

use std::time::Duration;

use serde_json::{Value, json};

use super::section::{Line, Stated, join, words};
use crate::crypto::DigestAlgorithm;
use crate::manifest::RuleFiles;
use crate::pki::{Anchor, AnchorEntry, AnchorRole, RevocationFormat, RevocationSource};
use crate::rulebook::store::anchors_of;

/// The anchors among `files`, as far as they are in order.
pub(super) fn read(files: &RuleFiles) -> Vec<Anchor> {
    anchors_of(files, &mut Vec::new())
}

impl Stated for Anchor {
    const TITLE: &'static str = "Anchors";

    fn is_of(&self, other: &Self) -> bool {
        self.certificate == other.certificate
    }

    fn says(&self, other: &Self) -> bool {
        self.entry == other.entry
    }

    fn name(&self) -> String {
        self.certificate.subject.clone()
    }

    fn identity(&self) -> Vec<String> {
        let certificate = &self.certificate;
        vec![
            format!("{} to {}", certificate.not_before, certificate.not_after),
            format!("SHA-256 {}", fingerprint(self)),
        ]
    }

    fn lines(&self, _: bool) -> Vec<Line> {
        stated(&self.entry)
            .into_iter()
            .map(|line| ("", line))
            .chain(words(&self.entry.owner, &self.entry.notes))
            .collect()
    }

    fn json(&self) -> Value {
        let Self { certificate, entry } = self;
        let texts = |set: Option<Vec<String>>| set.map(|set| json!(set));
        let regions = entry.scope.regions().map(|set| set.iter().map(ToString::to_string).collect());
        let types = entry.scope.license_types().map(|set| set.iter().map(ToString::to_string).collect());
        let sources = entry.revocation.iter().map(|source| {
            json!({
                "place": source.place.to_string(), "every_seconds": source.every.as_secs(), "format": format_of(source),
            })
        });
        json!({
            "subject": certificate.subject, "sha256": fingerprint(self),
            "not_before": certificate.not_before, "not_after": certificate.not_after,
            "name": entry.name, "roles": entry.roles.iter().map(|role| role.name()).collect::<Vec<_>>(),
            "regions": texts(regions), "license_types": texts(types),
            "from": entry.period.from(), "until": entry.period.until(), "owner": entry.owner, "notes": entry.notes,
            "grace_seconds": entry.grace.as_secs(), "tolerates_maker_dates": entry.tolerates_maker_dates,
            "revocation": sources.collect::<Value>(),
        })
    }
}

/// SHA-256 of the certificate.
pub(super) fn fingerprint(anchor: &Anchor) -> String {
    DigestAlgorithm::Sha256.digest(anchor.certificate.der()).hex()
}

/// What whoever approves `anchor` beside `all` must not miss: that it is trusted more widely than most are meant to be, or that
/// nothing is trusted between its end and what follows.
pub(super) fn marks(anchor: &Anchor, all: &[Anchor]) -> Vec<String> {
    let entry = &anchor.entry;
    let mut marks = Vec::new();
    // Timestamps are held to no region.
    let scoped = entry.roles.iter().any(|role| *role != AnchorRole::Timestamp);
    if scoped && entry.scope.regions().is_none() {
        marks.push("in all regions".to_owned());
    }
    if entry.revocation.is_empty() {
        marks.push("revocation is not asked: no source is stated".to_owned());
    }
    marks.extend(gap(anchor, all));
    marks
}

/// Where `anchor` ends before what takes its place begins.
fn gap(anchor: &Anchor, all: &[Anchor]) -> Option<String> {
    let until = anchor.entry.period.until()?;
    let same_owner =
        |other: &Anchor| !anchor.entry.owner.is_empty() && other.entry.owner == anchor.entry.owner;
    let takes_over = |other: &&Anchor| {
        let related =
            same_owner(other) || other.certificate.subject_name() == anchor.certificate.subject_name();
        related
            && other.certificate != anchor.certificate
            && !other.entry.roles.is_disjoint(&anchor.entry.roles)
            && other.entry.period.until().is_none_or(|end| end > until)
    };
    let begins = |other: &Anchor| other.entry.period.from();
    let next = all.iter().filter(takes_over).min_by_key(|other| begins(other))?;
    let from = begins(next).filter(|from| *from > until)?;
    Some(format!(
        "ends {until}, and `{}` after it begins {from}: between the two, neither is trusted",
        next.entry.name
    ))
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
