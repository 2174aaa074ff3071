//! How a manifest, a proposal and a change between the two look to people and to scripts.

mod anchors;
mod callers;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::Failure;
use crate::clock::Timestamp;
use crate::manifest::{KeyName, Manifest, Note, Officer, Officers, RuleFiles, Tally};
use crate::trust::{Problem, Proposal, Published, Publisher};

/// What a proposal changes of what is published.
struct Difference {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
    same: usize,
    anchors: anchors::Difference,
    callers: callers::Difference,
}

impl Difference {
    fn between(base: Option<(&Manifest, &RuleFiles)>, manifest: &Manifest, files: &RuleFiles) -> Self {
        let empty = std::collections::BTreeMap::new();
        let before = base.map_or(&empty, |(base, _)| &base.files);
        let in_before =
            manifest.files.iter().map(|(path, shape)| (path, before.get(path).map(|old| old == shape)));
        let of = |wanted: Option<bool>| {
            let found = in_before.clone().filter(|(_, same)| *same == wanted);
            found.map(|(path, _)| path.to_string()).collect::<Vec<_>>()
        };
        let removed = before.keys().filter(|path| !manifest.files.contains_key(*path));
        Self {
            added: of(None),
            changed: of(Some(false)),
            removed: removed.map(ToString::to_string).collect(),
            same: of(Some(true)).len(),
            anchors: anchors::Difference::between(base.map(|(_, files)| files), files),
            callers: callers::Difference::between(base.map(|(_, files)| files), files),
        }
    }
}

/// A proposal beside what is published in `directory`.
struct Beside {
    base: Option<Published>,
    difference: Difference,
}

impl Beside {
    fn of(proposal: &Proposal, directory: &Path) -> Result<Self, Failure> {
        let publisher = Publisher::new(directory);
        let base = publisher.present()?;
        let files = base.as_ref().map(|base| publisher.files(&base.manifest)).transpose()?;
        let before = base.as_ref().map(|base| &base.manifest).zip(files.as_ref());
        let difference = Difference::between(before, proposal.manifest(), proposal.files());
        Ok(Self { base, difference })
    }

    fn officers<'a>(&'a self, manifest: &'a Manifest) -> &'a Officers {
        self.base.as_ref().map_or(&manifest.officers, |base| &base.manifest.officers)
    }
}

/// The change for people.
pub(super) fn change(proposal: &Proposal, directory: &Path, now: Timestamp) -> Result<String, Failure> {
    let beside = Beside::of(proposal, directory)?;
    let manifest = proposal.manifest();
    let mut text = String::new();
    let follows = match &beside.base {
        Some(base) => format!("to follow version {}", base.manifest.version),
        None => "the first".to_owned(),
    };
    let _ = writeln!(text, "Version {} of {}, {follows}", manifest.version, manifest.publication);
    if let Some(base) = &beside.base
        && manifest.previous != Some(base.manifest.digest())
    {
        let _ = writeln!(text, "  ! it does not follow what is published; it will be refused");
    }
    if manifest.break_glass {
        let _ = writeln!(text, "  ! break-glass: one officer alone makes it, for a day");
    }
    facts(&mut text, manifest, now);
    officers(&mut text, beside.base.as_ref().map(|base| &base.manifest.officers), &manifest.officers);
    let lifted_before = beside.base.as_ref().map(|base| &base.manifest.lifted);
    for digest in &manifest.lifted {
        if lifted_before.is_none_or(|before| !before.contains(digest)) {
            let _ = writeln!(text, "  + lifts      {}", lifted(directory, &digest.hex())?);
        }
    }
    let Difference { added, changed, removed, same, anchors, callers } = &beside.difference;
    let (plus, other, minus) = (added.len(), changed.len(), removed.len());
    let _ = writeln!(text, "\nFiles: {plus} added, {other} changed, {minus} removed, {same} as before");
    for (mark, paths) in [("+", added), ("~", changed), ("-", removed)] {
        for path in paths {
            let _ = writeln!(text, "  {mark} {path}");
        }
    }
    text.push_str(&anchors.text());
    text.push_str(&callers.text());
    let _ = writeln!(text, "\nApprovals: {}", sum(proposal.note(), beside.officers(manifest), manifest)?);
    Ok(text)
}

/// The change for scripts.
pub(super) fn change_as_json(proposal: &Proposal, directory: &Path) -> Result<String, Failure> {
    let beside = Beside::of(proposal, directory)?;
    let manifest = proposal.manifest();
    let Difference { added, changed, removed, same, anchors, callers } = &beside.difference;
    let approved = tally(proposal.note(), beside.officers(manifest))?.approved;
    let mut json = manifest_as_json(manifest);
    json.extend(members([
        ("follows", json!(beside.base.as_ref().map(|base| base.manifest.version))),
        ("files", json!({ "added": added, "changed": changed, "removed": removed, "as_before": same })),
        ("anchors", anchors.json()),
        ("callers", callers.json()),
        ("approved", names(&approved)),
        ("complete", json!(is_complete(proposal.note(), beside.officers(manifest), manifest)?)),
    ]));
    Ok(format!("{}\n", Value::Object(json)))
}

/// What is published, for people.
pub(super) fn published(
    publisher: &Publisher,
    published: &Published,
    now: Timestamp,
) -> Result<String, Failure> {
    let Published { manifest, note } = published;
    let mut text = format!("Version {} of {}\n", manifest.version, manifest.publication);
    facts(&mut text, manifest, now);
    officers(&mut text, None, &manifest.officers);
    let approved = tally(note, &manifest.officers)?.approved;
    let _ = writeln!(text, "  approved by  {}", join(&approved));
    if let Some(emergency) = emergency(publisher, manifest, now)? {
        let _ = writeln!(text, "  ! break-glass until {}: {}", emergency.expires, emergency.reason);
    }
    let files = publisher.files(manifest)?;
    let _ = writeln!(text, "\nFiles: {}", manifest.files.len());
    for (path, shape) in &manifest.files {
        let _ = writeln!(text, "  {:>9} {path}", shape.bytes);
    }
    text.push_str(&anchors::list(&files));
    text.push_str(&callers::list(&files));
    let suspensions = publisher.suspensions()?;
    let _ = writeln!(text, "\nSuspensions: {}", suspensions.iter().filter(|(_, lifted)| !lifted).count());
    for (suspended, is_lifted) in &suspensions {
        let suspension = suspended.suspension();
        let state = if *is_lifted { " (lifted)" } else { "" };
        let _ = writeln!(text, "  {}{state}", suspension.subject);
        let _ = writeln!(
            text,
            "      since {} by {}: {}",
            suspension.since,
            suspended.officer(),
            suspension.reason
        );
        let _ = writeln!(text, "      {}", suspension.digest().hex());
    }
    Ok(text)
}

/// What is published, for scripts.
pub(super) fn published_as_json(publisher: &Publisher, published: &Published) -> Result<String, Failure> {
    let Published { manifest, note } = published;
    let files_published = publisher.files(manifest)?;
    let files = manifest.files.iter();
    let files = files.map(
        |(path, shape)| json!({ "path": path.as_str(), "sha256": shape.sha256.hex(), "bytes": shape.bytes }),
    );
    let suspensions = publisher.suspensions()?;
    let suspensions = suspensions.iter().map(|(suspended, lifted)| {
        let suspension = suspended.suspension();
        json!({
            "digest": suspension.digest().hex(), "kind": suspension.subject.kind(), "id": suspension.subject.id(),
            "since": suspension.since, "reason": suspension.reason, "officer": suspended.officer().as_str(),
            "lifted": lifted,
        })
    });
    let mut json = manifest_as_json(manifest);
    json.extend(members([
        ("files", files.collect()),
        ("anchors", anchors::list_as_json(&files_published)),
        ("callers", callers::list_as_json(&files_published)),
        ("approved", names(&tally(note, &manifest.officers)?.approved)),
        ("suspensions", suspensions.collect()),
    ]));
    Ok(format!("{}\n", Value::Object(json)))
}

/// One line: who approved a proposal, and who is missing.
pub(super) fn approvals(proposal: &Proposal, directory: &Path) -> Result<String, Failure> {
    let base = Publisher::new(directory).present()?;
    let manifest = proposal.manifest();
    let officers = base.as_ref().map_or(&manifest.officers, |base| &base.manifest.officers);
    sum(proposal.note(), officers, manifest)
}

/// The emergency that is published over `base`, if it is not over.
fn emergency(publisher: &Publisher, base: &Manifest, now: Timestamp) -> Result<Option<Manifest>, Failure> {
    let emergency = publisher.emergency()?.map(|published| published.manifest);
    Ok(emergency.filter(|manifest| manifest.version > base.version && manifest.expires > now))
}

fn facts(text: &mut String, manifest: &Manifest, now: Timestamp) {
    let days = manifest.expires.millis().saturating_sub(now.millis()).div_euclid(86_400_000);
    let left = if days < 0 { "expired".to_owned() } else { format!("{days} days from now") };
    let _ = writeln!(text, "  reason       {}", manifest.reason);
    let _ = writeln!(text, "  created      {}", manifest.created);
    let _ = writeln!(text, "  expires      {}, {left}", manifest.expires);
}

fn officers(text: &mut String, before: Option<&Officers>, after: &Officers) {
    let threshold = after.threshold();
    let was = before.map(Officers::threshold).filter(|was| *was != threshold);
    let was = was.map(|was| format!(" (was {was})")).unwrap_or_default();
    let _ = writeln!(text, "  officers     {threshold} must approve{was}, of");
    let line = |text: &mut String, mark: &str, officer: &Officer| {
        let schemes: Vec<&str> = officer.keys().map(|key| key.scheme().as_str()).collect();
        let _ = writeln!(text, "             {mark} {} ({})", officer.name(), schemes.join(" and "));
    };
    for officer in after.all() {
        let known = before.is_none_or(|before| before.all().contains(officer));
        line(text, if known { " " } else { "+" }, officer);
    }
    for officer in before.into_iter().flat_map(Officers::all).filter(|officer| !after.all().contains(officer))
    {
        line(text, "-", officer);
    }
}

fn lifted(directory: &Path, digest: &str) -> Result<String, Failure> {
    let suspensions = Publisher::new(directory).suspensions()?;
    let found = suspensions.iter().find(|(suspended, _)| suspended.suspension().digest().hex() == digest);
    Ok(found.map_or_else(
        || format!("{digest}, which is not published"),
        |(suspended, _)| {
            let suspension = suspended.suspension();
            format!("{} (since {}: {})", suspension.subject, suspension.since, suspension.reason)
        },
    ))
}

fn tally(note: &Note, officers: &Officers) -> Result<Tally, Failure> {
    officers.count(note).map_err(|name| {
        let refusal = crate::manifest::Refusal::SignatureBroken(name);
        Problem::Refused { place: "manifest".to_owned(), refusal }.into()
    })
}

fn is_complete(note: &Note, before: &Officers, manifest: &Manifest) -> Result<bool, Failure> {
    let (by_those_before, by_those_after) = (tally(note, before)?, tally(note, &manifest.officers)?);
    let enough = before.suffices(&by_those_before) && manifest.officers.suffices(&by_those_after);
    Ok(enough || manifest.break_glass && !by_those_before.approved.is_empty())
}

fn sum(note: &Note, before: &Officers, manifest: &Manifest) -> Result<String, Failure> {
    let tally_before = tally(note, before)?;
    let tally_after = tally(note, &manifest.officers)?;
    let approved: BTreeSet<KeyName> = tally_before.approved.union(&tally_after.approved).cloned().collect();
    let partly: BTreeSet<KeyName> = tally_before.partly.union(&tally_after.partly).cloned().collect();
    let mut line = if approved.is_empty() { "nobody".to_owned() } else { join(&approved) };
    if !partly.is_empty() {
        let _ = write!(line, "; with one key of two, which does not count: {}", join(&partly));
    }
    let state =
        if is_complete(note, before, manifest)? { "enough to publish" } else { "not enough to publish" };
    Ok(format!("{line}; {state}"))
}

fn join(names: &BTreeSet<KeyName>) -> String {
    names.iter().map(KeyName::as_str).collect::<Vec<_>>().join(", ")
}

fn names(names: &BTreeSet<KeyName>) -> Value {
    names.iter().map(KeyName::as_str).collect()
}

fn members<const N: usize>(members: [(&str, Value); N]) -> impl Iterator<Item = (String, Value)> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value))
}

fn manifest_as_json(manifest: &Manifest) -> Map<String, Value> {
    let officers = manifest.officers.all().iter().map(|officer| {
        let keys: Vec<String> = officer.keys().map(ToString::to_string).collect();
        json!({ "name": officer.name().as_str(), "keys": keys })
    });
    let lifted: Vec<String> = manifest.lifted.iter().map(|digest| digest.hex()).collect();
    members([
        ("publication", json!(manifest.publication.to_string())),
        ("version", json!(manifest.version)),
        ("digest", json!(manifest.digest().hex())),
        ("created", json!(manifest.created)),
        ("expires", json!(manifest.expires)),
        ("reason", json!(manifest.reason)),
        ("break_glass", json!(manifest.break_glass)),
        ("threshold", json!(manifest.officers.threshold())),
        ("officers", officers.collect()),
        ("lifted", json!(lifted)),
    ])
    .collect()
}
