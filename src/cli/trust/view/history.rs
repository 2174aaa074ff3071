//! The manifests that were published, one a line, with what each changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::files::Files;
use super::{Failure, join, names, tally};
use crate::cli::table::Table;
use crate::manifest::{KeyName, Manifest};
use crate::report::Style;
use crate::trust::{Published, Publisher};

/// A version beside the one before it.
struct Step {
    published: Published,
    approved: BTreeSet<KeyName>,
    files: Files,
    officers_change: bool,
    lifts: usize,
}

/// All versions that are published, the present one first; the first that is not there ends it.
fn steps(publisher: &Publisher, present: &Published) -> Result<Vec<Step>, Failure> {
    let mut all = vec![present.clone()];
    for version in (1..present.manifest.version).rev() {
        let Some(before) = publisher.version(version)? else { break };
        all.push(before);
    }
    let nothing = BTreeMap::new();
    let mut steps = Vec::new();
    for (at, published) in all.iter().enumerate() {
        let before: Option<&Manifest> = all.get(at + 1).map(|before| &before.manifest);
        let manifest = &published.manifest;
        steps.push(Step {
            approved: approved(published, before)?,
            files: Files::between(before.map_or(&nothing, |before| &before.files), &manifest.files),
            officers_change: before.is_some_and(|before| before.officers != manifest.officers),
            lifts: manifest.lifted.len()
                - before.map_or(0, |before| before.lifted.len()).min(manifest.lifted.len()),
            published: published.clone(),
        });
    }
    Ok(steps)
}

/// Who approved what is `published`.
pub(super) fn approved_by(
    publisher: &Publisher,
    published: &Published,
) -> Result<BTreeSet<KeyName>, Failure> {
    let before = match published.manifest.version.checked_sub(1) {
        None | Some(0) => None,
        Some(before) => publisher.version(before)?,
    };
    approved(published, before.as_ref().map(|before| &before.manifest))
}

/// Who approved what is `published`. An officer who goes with this version may have, by the one `before` it.
fn approved(published: &Published, before: Option<&Manifest>) -> Result<BTreeSet<KeyName>, Failure> {
    let mut approved = tally(&published.note, &published.manifest.officers)?.approved;
    if let Some(before) = before {
        approved.extend(tally(&published.note, &before.officers)?.approved);
    }
    Ok(approved)
}

impl Step {
    fn changes(&self) -> String {
        let Files { added, changed, removed, .. } = &self.files;
        let counts = [('+', added.len()), ('~', changed.len()), ('-', removed.len())];
        let mut parts: Vec<String> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(mark, count)| format!("{mark}{count}"))
            .collect();
        if parts.is_empty() {
            parts.push("no files".to_owned());
        }
        if self.officers_change {
            parts.push("officers".to_owned());
        }
        if self.lifts > 0 {
            parts.push(format!("lifts {}", self.lifts));
        }
        parts.join(" ")
    }
}

/// For people.
pub(in crate::cli::trust) fn history(
    publisher: &Publisher,
    present: &Published,
    style: Style,
) -> Result<String, Failure> {
    let mut table = Table::new(2, &["version", "created", "approved by", "changes", "reason"]);
    for step in steps(publisher, present)? {
        let manifest = &step.published.manifest;
        let cells = [
            manifest.version.to_string(),
            manifest.created.in_china(),
            join(&step.approved),
            step.changes(),
            manifest.reason.clone(),
        ];
        table.row(cells.map(|cell| (None, cell)));
    }
    Ok(format!("{}\n{}", present.manifest.publication, table.text(style)))
}

/// For scripts.
pub(in crate::cli::trust) fn history_as_json(
    publisher: &Publisher,
    present: &Published,
) -> Result<String, Failure> {
    let mut all = Vec::new();
    for step in steps(publisher, present)? {
        let manifest = &step.published.manifest;
        all.push(json!({
            "version": manifest.version, "digest": manifest.digest().hex(), "created": manifest.created,
            "expires": manifest.expires, "reason": manifest.reason, "files": step.files.json(),
            "approved": names(&step.approved),
            "officers_change": step.officers_change, "lifts": step.lifts,
        }));
    }
    Ok(format!("{}\n", Value::Array(all)))
}
