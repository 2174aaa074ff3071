//! How a manifest, a proposal and a change between the two look to people and to scripts.

mod agreements;
mod anchors;
mod callers;
mod files;
mod history;
mod officers;
mod section;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use self::files::{Files, agreements_in};
pub(super) use self::history::{history, history_as_json};
use self::section::Changes;
use super::Failure;
use crate::cli::table::counted;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::manifest::{FilePath, KeyName, Manifest, Note, Officers, RuleFiles, Tally};
use crate::pki::Anchor;
use crate::report::Style;
use crate::rulebook::Enrollment;
use crate::rulebook::store::Reading;
use crate::trust::{Problem, Proposal, Published, Publisher};

/// What a proposal changes of what is published.
struct Difference {
    files: Files,
    anchors: Changes<Anchor>,
    /// All anchors of the proposal.
    all_anchors: Vec<Anchor>,
    callers: Changes<Enrollment>,
    agreements: Changes<agreements::Agreement>,
    red_lines: Changes<agreements::RedLine>,
    /// Why the rules that are published cannot be compared with.
    unread: Vec<Fault>,
    /// Why no gateway will take the rules that are proposed.
    faults: Vec<Fault>,
}

impl Difference {
    fn between(base: Option<(&Manifest, &RuleFiles)>, manifest: &Manifest, files: &RuleFiles) -> Self {
        let none = BTreeMap::new();
        let before = base.map(|(_, files)| Reading::of(files)).unwrap_or_default();
        let after = Reading::of(files);
        let all_anchors = anchors::read(files);
        let anchors_before = base.map(|(_, files)| anchors::read(files)).unwrap_or_default();
        let callers = Changes::between(before.enrollments().to_vec(), after.enrollments().to_vec());
        Self {
            files: Files::between(base.map_or(&none, |(base, _)| &base.files), &manifest.files),
            anchors: Changes::between(anchors_before, all_anchors.clone()),
            all_anchors,
            callers,
            agreements: Changes::between(agreements::read(&before), agreements::read(&after)),
            red_lines: Changes::between(agreements::red_lines(&before), agreements::red_lines(&after)),
            unread: if before.agreements().is_none() { before.into_faults() } else { Vec::new() },
            faults: after.into_faults(),
        }
    }

    /// Whether all that the agreements in the file at `path` change is told of the agreements.
    fn tells(&self, path: &FilePath, after: &RuleFiles) -> bool {
        let ids = agreements_in(path, after.get(path).unwrap_or_default());
        let told = |id: &String| self.agreements.changed.iter().any(|(_, one)| one.is_called(id));
        !ids.is_empty() && ids.iter().all(told)
    }
}

/// A proposal beside what is published in `directory`.
struct Beside {
    base: Option<Published>,
    files: Option<RuleFiles>,
    difference: Difference,
}

impl Beside {
    fn of(proposal: &Proposal, directory: &Path) -> Result<Self, Failure> {
        let publisher = Publisher::new(directory);
        let base = publisher.present()?;
        let files = base.as_ref().map(|base| publisher.files(&base.manifest)).transpose()?;
        let before = base.as_ref().map(|base| &base.manifest).zip(files.as_ref());
        let difference = Difference::between(before, proposal.manifest(), proposal.files());
        Ok(Self { base, files, difference })
    }

    fn manifest(&self) -> Option<&Manifest> {
        self.base.as_ref().map(|base| &base.manifest)
    }

    fn officers<'a>(&'a self, manifest: &'a Manifest) -> &'a Officers {
        self.manifest().map_or(&manifest.officers, |base| &base.officers)
    }
}

/// A proposal as it is shown to people.
pub(super) struct Shown {
    pub(super) text: String,
    /// What keeps it from being published, whoever approves it: it is stale, or its rules are at fault.
    pub(super) obstacles: Vec<String>,
}

/// The change for people; of changed files the first lines.
pub(super) fn change(proposal: &Proposal, directory: &Path, now: Timestamp) -> Result<String, Failure> {
    Ok(look(proposal, directory, now, false)?.text)
}

/// Why `manifest` cannot follow `base` any more.
pub(super) fn stale(manifest: &Manifest, base: Option<&Manifest>) -> Option<String> {
    const AGAIN: &str = "make a new proposal from what is published";
    let version = manifest.version;
    match base {
        None if manifest.previous.is_none() => None,
        None => {
            Some(format!("nothing is published here, and this is version {version}; name its publication"))
        }
        Some(base) if base.publication != manifest.publication => Some(format!(
            "it is for the publication {}, and {} is published here; name its publication",
            manifest.publication, base.publication
        )),
        Some(base) if manifest.previous == Some(base.digest()) => None,
        Some(base) if base.digest() == manifest.digest() => {
            Some(format!("version {version} is published already, as it is here"))
        }
        Some(base) if version <= base.version => Some(format!(
            "version {} was published since this was proposed as version {version}; {AGAIN}",
            base.version
        )),
        Some(base) => Some(format!(
            "it was made to follow another version {} than the one that is published; {AGAIN}",
            base.version
        )),
    }
}

/// The change for people; `all_lines` of changed files, or the first of each.
pub(super) fn look(
    proposal: &Proposal,
    directory: &Path,
    now: Timestamp,
    all_lines: bool,
) -> Result<Shown, Failure> {
    let beside = Beside::of(proposal, directory)?;
    let manifest = proposal.manifest();
    let base = beside.manifest();
    let mut text = String::new();
    let follows = match base {
        Some(base) => format!("to follow version {}", base.version),
        None => "the first".to_owned(),
    };
    let _ = writeln!(text, "Version {} of {}, {follows}", manifest.version, manifest.publication);
    let difference = &beside.difference;
    let lifts: Vec<_> = manifest
        .lifted
        .iter()
        .filter(|digest| base.is_none_or(|base| !base.lifted.contains(digest)))
        .collect();
    let stale = stale(manifest, base);
    if let Some(why) = &stale {
        let _ = writeln!(text, "  ! it will be refused: {why}");
    }
    if manifest.break_glass {
        let _ = writeln!(text, "  ! break-glass: one officer alone makes it, for a day");
    }
    let same_officers = base.is_some_and(|base| base.officers == manifest.officers);
    if same_officers && lifts.is_empty() && difference.files.is_empty() && stale.is_none() {
        let _ = writeln!(text, "  ! it changes nothing but the time for which it is made");
    }
    faults(&mut text, "no gateway will take these rules", &difference.faults);
    faults(&mut text, "the rules that are published cannot be compared with", &difference.unread);
    facts(&mut text, manifest, now);
    text.push_str(&officers::text(base.map(|base| &base.officers), &manifest.officers, true));
    for digest in lifts {
        let _ = writeln!(text, "  + lifts      {}", lifted(directory, &digest.hex())?);
    }
    text.push_str(&difference.anchors.text(|anchor| anchors::marks(anchor, &difference.all_anchors)));
    text.push_str(&difference.callers.text(|_| Vec::new()));
    text.push_str(&difference.agreements.text(|_| Vec::new()));
    text.push_str(&difference.red_lines.text(|_| Vec::new()));
    let told = |path: &FilePath| difference.tells(path, proposal.files());
    text.push_str(&difference.files.text(beside.files.as_ref(), proposal.files(), told, all_lines));
    let sum = sum(proposal.note(), beside.officers(manifest), manifest, base)?;
    let _ = writeln!(text, "\nApprovals: {sum}");
    let faults = difference.faults.iter().map(ToString::to_string);
    Ok(Shown { text, obstacles: stale.into_iter().chain(faults).collect() })
}

/// The change for scripts.
pub(super) fn change_as_json(proposal: &Proposal, directory: &Path) -> Result<String, Failure> {
    let beside = Beside::of(proposal, directory)?;
    let manifest = proposal.manifest();
    let base = beside.manifest();
    let Difference { files, anchors, callers, agreements, red_lines, faults, .. } = &beside.difference;
    let approved = tally(proposal.note(), beside.officers(manifest))?.approved;
    let complete =
        stale(manifest, base).is_none() && is_complete(proposal.note(), beside.officers(manifest), manifest)?;
    let mut json = manifest_as_json(manifest);
    json.extend(members([
        ("follows", json!(base.map(|base| base.version))),
        ("stale", json!(stale(manifest, base))),
        ("faults", json!(faults.iter().map(ToString::to_string).collect::<Vec<_>>())),
        ("officers_changed", officers::json(base.map(|base| &base.officers), &manifest.officers)),
        ("files", files.json()),
        ("anchors", anchors.json()),
        ("callers", callers.json()),
        ("agreements", agreements.json()),
        ("red_lines", red_lines.json()),
        ("approved", names(&approved)),
        ("complete", json!(complete)),
    ]));
    Ok(format!("{}\n", Value::Object(json)))
}

/// What is published, for people: what is trusted first, the files by directory unless `all_files` are asked for.
pub(super) fn published(
    publisher: &Publisher,
    published: &Published,
    now: Timestamp,
    all_files: bool,
    style: Style,
) -> Result<String, Failure> {
    let manifest = &published.manifest;
    let mut text = format!("Version {} of {}\n", manifest.version, manifest.publication);
    facts(&mut text, manifest, now);
    text.push_str(&officers::text(None, &manifest.officers, false));
    let _ = writeln!(text, "  approved by  {}", join(&history::approved_by(publisher, published)?));
    if let Some(emergency) = emergency(publisher, manifest, now)? {
        let _ = writeln!(text, "  ! break-glass until {}: {}", emergency.expires, emergency.reason);
    }
    let rules = publisher.files(manifest)?;
    let reading = Reading::of(&rules);
    text.push_str(&section::list(&anchors::read(&rules)));
    text.push_str(&section::list(reading.enrollments()));
    let (agreed, forbidden) = (agreements::read(&reading), agreements::red_lines(&reading));
    text.push_str(&agreements::list(&agreed, &forbidden, style));
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
    text.push_str(&files::list(manifest, all_files, style));
    faults(&mut text, "this version of Tongban would not take these rules", &reading.into_faults());
    Ok(text)
}

/// What is published, for scripts.
pub(super) fn published_as_json(publisher: &Publisher, published: &Published) -> Result<String, Failure> {
    let manifest = &published.manifest;
    let rules = publisher.files(manifest)?;
    let reading = Reading::of(&rules);
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
        ("anchors", section::list_as_json(&anchors::read(&rules))),
        ("callers", section::list_as_json(reading.enrollments())),
        ("agreements", section::list_as_json(&agreements::read(&reading))),
        ("red_lines", section::list_as_json(&agreements::red_lines(&reading))),
        ("approved", names(&history::approved_by(publisher, published)?)),
        ("suspensions", suspensions.collect()),
    ]));
    Ok(format!("{}\n", Value::Object(json)))
}

/// One line: who approved a proposal, and whether that is enough.
pub(super) fn approvals(proposal: &Proposal, directory: &Path) -> Result<String, Failure> {
    let base = Publisher::new(directory).present()?.map(|base| base.manifest);
    let manifest = proposal.manifest();
    let officers = base.as_ref().map_or(&manifest.officers, |base| &base.officers);
    sum(proposal.note(), officers, manifest, base.as_ref())
}

/// The emergency that is published over `base`, if it is not over.
fn emergency(publisher: &Publisher, base: &Manifest, now: Timestamp) -> Result<Option<Manifest>, Failure> {
    let emergency = publisher.emergency()?.map(|published| published.manifest);
    Ok(emergency.filter(|manifest| manifest.version > base.version && manifest.expires > now))
}

fn facts(text: &mut String, manifest: &Manifest, now: Timestamp) {
    let _ = writeln!(text, "  reason       {}", manifest.reason);
    let _ = writeln!(text, "  created      {}", manifest.created);
    let _ = writeln!(text, "  expires      {}, {}", manifest.expires, left(manifest.expires, now));
}

/// How far `end` is from `now`, to the nearest day, or hour within two days.
fn left(end: Timestamp, now: Timestamp) -> String {
    const HOUR: i64 = 3_600_000;
    let millis = end.millis().saturating_sub(now.millis());
    let nearest =
        |unit: i64| usize::try_from(millis.abs().saturating_add(unit / 2) / unit).unwrap_or(usize::MAX);
    let about = match nearest(HOUR) {
        hours @ 0..48 => counted(hours, "hour", "hours"),
        _ => counted(nearest(24 * HOUR), "day", "days"),
    };
    if millis > 0 { format!("{about} from now") } else { format!("expired {about} ago") }
}

fn faults(text: &mut String, what: &str, faults: &[Fault]) {
    if faults.is_empty() {
        return;
    }
    let _ = writeln!(text, "  ! {what}:");
    for fault in faults {
        let _ = writeln!(text, "      {}", crate::foreign::shown(&fault.to_string()));
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

fn sum(
    note: &Note,
    before: &Officers,
    manifest: &Manifest,
    base: Option<&Manifest>,
) -> Result<String, Failure> {
    let tally_before = tally(note, before)?;
    let tally_after = tally(note, &manifest.officers)?;
    let approved: BTreeSet<KeyName> = tally_before.approved.union(&tally_after.approved).cloned().collect();
    let partly: BTreeSet<KeyName> = tally_before.partly.union(&tally_after.partly).cloned().collect();
    let mut line = if approved.is_empty() { "nobody".to_owned() } else { join(&approved) };
    if !partly.is_empty() {
        let _ = write!(line, "; with one key of two, which does not count: {}", join(&partly));
    }
    let state = match (stale(manifest, base), is_complete(note, before, manifest)?) {
        (Some(_), _) => "it cannot be published any more",
        (None, true) => "enough to publish",
        (None, false) => "not enough to publish",
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_to_the_nearest() {
        let now = Timestamp::from_seconds(1_000_000_000);
        for (seconds, said) in [
            (90 * 86_400 - 1, "90 days from now"),
            (86_400, "24 hours from now"),
            (3_600, "1 hour from now"),
            (3 * 86_400 + 1, "3 days from now"),
            (-30, "expired 0 hours ago"),
            (-86_400 * 40, "expired 40 days ago"),
        ] {
            assert_eq!(left(now.plus_millis(seconds * 1000), now), said);
        }
    }
}
