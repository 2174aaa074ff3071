//! What differs between two sets of rules, as far as records can tell of it: anchors with their entries, and agreements.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::manifest::RuleFiles;
use crate::pki::{Anchor, AnchorEntry, AnchorRole};
use crate::rulebook::store::anchors_of;

/// Where the agreement of a file is named.
const NAMED: &str = "@agreement(\"";

/// What changes. Made by [`Change::between`].
#[derive(Debug, Default)]
pub struct Change {
    /// Anchors before, by SHA-256 of the certificate.
    before: BTreeMap<String, Anchor>,
    /// Anchors after.
    after: BTreeMap<String, Anchor>,
    /// What anchors are called that only come with the change, or come back, by the digest of their names.
    coming: BTreeMap<String, String>,
    agreements_gone: BTreeSet<String>,
    agreements_changed: BTreeSet<String>,
    agreements_coming: BTreeSet<String>,
    now: Option<Timestamp>,
}

/// Rules, and the anchors and agreements of them that are suspended.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The files.
    pub files: &'a RuleFiles,
    /// Digests of suspended anchors, SHA-256 or SM3.
    pub anchors: &'a BTreeSet<Digest>,
    /// Names of suspended agreements.
    pub agreements: &'a BTreeSet<String>,
}

impl Change {
    /// What differs from `before`, if anything was published, to `after`, at `now`.
    pub fn between(before: Option<Rules<'_>>, after: Rules<'_>, now: Timestamp) -> Self {
        let (old, new) = (before.map(anchors).unwrap_or_default(), anchors(after));
        let coming = new.iter().filter(|(digest, _)| !old.contains_key(*digest));
        let coming = coming
            .map(|(_, anchor)| (anchor.certificate.subject_name().digest().hex(), anchor.entry.name.clone()));
        let (was, is) = (before.map(agreements).unwrap_or_default(), agreements(after));
        let only = |these: &BTreeMap<String, String>, those: &BTreeMap<String, String>| {
            these.keys().filter(|name| !those.contains_key(*name)).cloned().collect()
        };
        let changed = was.iter().filter(|(name, text)| is.get(*name).is_some_and(|new| new != *text));
        Self {
            coming: coming.collect(),
            agreements_gone: only(&was, &is),
            agreements_coming: only(&is, &was),
            agreements_changed: changed.map(|(name, _)| name.clone()).collect(),
            before: old,
            after: new,
            now: Some(now),
        }
    }

    /// Agreements that go, that change, and that come, by name.
    pub const fn agreements(&self) -> [&BTreeSet<String>; 3] {
        [&self.agreements_gone, &self.agreements_changed, &self.agreements_coming]
    }

    /// What the anchor with this SHA-256 is called, by its subject and its entry.
    pub fn called(&self, anchor: &str) -> String {
        let known = self.before.get(anchor).or_else(|| self.after.get(anchor));
        known.map_or_else(|| short(anchor), |anchor| anchor.entry.name.clone())
    }

    /// Whether the anchor with this SHA-256 goes with the change.
    pub(super) fn goes(&self, anchor: &str) -> bool {
        self.before.contains_key(anchor) && !self.after.contains_key(anchor)
    }

    /// The entries of an anchor before and after, where these differ.
    pub(super) fn altered(&self, anchor: &str) -> Option<(&AnchorEntry, &AnchorEntry)> {
        let (old, new) = (self.before.get(anchor)?, self.after.get(anchor)?);
        (old.entry != new.entry).then_some((&old.entry, &new.entry))
    }

    /// The anchor that comes with the change and is of one of the names with these digests.
    pub(super) fn comes(&self, missing: &[String]) -> Option<&str> {
        missing.iter().find_map(|name| self.coming.get(name)).map(String::as_str)
    }

    /// Whether `entry` is trusted for `role` at the time of the change.
    pub(super) fn trusted(&self, entry: &AnchorEntry, role: AnchorRole) -> bool {
        entry.roles.contains(&role) && self.now.is_none_or(|now| entry.period.contains(now))
    }
}

fn short(digest: &str) -> String {
    digest.get(..16).map_or_else(|| digest.to_owned(), |start| format!("{start}…"))
}

fn anchors(rules: Rules<'_>) -> BTreeMap<String, Anchor> {
    let digest = |algorithm: DigestAlgorithm, anchor: &Anchor| algorithm.digest(anchor.certificate.der());
    let holds = |anchor: &Anchor| {
        let algorithms = [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3];
        !algorithms.into_iter().any(|algorithm| rules.anchors.contains(&digest(algorithm, anchor)))
    };
    let all = anchors_of(rules.files, &mut Vec::new()).into_iter().filter(holds);
    all.map(|anchor| (digest(DigestAlgorithm::Sha256, &anchor).hex(), anchor)).collect()
}

/// Agreements by name, each with the text of its file.
fn agreements(rules: Rules<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (_, content) in rules.files.iter().filter(|(path, _)| path.as_str().ends_with(".cedar")) {
        let Ok(text) = std::str::from_utf8(content) else { continue };
        for rest in text.split(NAMED).skip(1) {
            let Some((name, _)) = rest.split_once('"') else { continue };
            if !rules.agreements.contains(name) {
                found.insert(name.to_owned(), text.to_owned());
            }
        }
    }
    found
}
