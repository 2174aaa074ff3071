//! What differs between two sets of rules, as far as records can tell of it: anchors with their entries, and agreements.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::fault::Source;
use crate::manifest::RuleFiles;
use crate::pki::{Anchor, AnchorEntry, AnchorRole, Certificate};
use crate::policy::Agreements;
use crate::rulebook::store::anchors_of;

/// What changes. Made by [`Change::between`].
#[derive(Debug, Default)]
pub struct Change {
    /// Anchors before, by SHA-256 of the certificate.
    before: BTreeMap<String, Anchor>,
    /// Anchors after.
    after: BTreeMap<String, Anchor>,
    /// What anchors are called that only come with the change, or come back, by the digest of their names.
    coming: BTreeMap<String, String>,
    /// Identifiers of seals that are suspended with the change.
    seals_gone: BTreeSet<String>,
    /// Identifiers of seals that are restored.
    seals_back: BTreeSet<String>,
    agreements_gone: BTreeSet<String>,
    agreements_changed: BTreeSet<String>,
    agreements_coming: BTreeSet<String>,
    now: Option<Timestamp>,
}

/// Rules, and the anchors, seals and agreements of them that are suspended.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The files.
    pub files: &'a RuleFiles,
    /// Digests of suspended anchors, SHA-256 or SM3.
    pub anchors: &'a BTreeSet<Digest>,
    /// Identifiers of suspended seals.
    pub seals: &'a BTreeSet<String>,
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
        let suspended = before.map(|before| before.seals.clone()).unwrap_or_default();
        let changed = was.iter().filter(|(name, text)| is.get(*name).is_some_and(|new| new != *text));
        Self {
            coming: coming.collect(),
            seals_gone: after.seals.difference(&suspended).cloned().collect(),
            seals_back: suspended.difference(after.seals).cloned().collect(),
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

    /// The anchor with this SHA-256 if it goes with the change.
    pub(super) fn goes(&self, anchor: &str) -> Option<&Anchor> {
        self.before.get(anchor).filter(|_| !self.after.contains_key(anchor))
    }

    /// Anchors after the change that are of the same name as the one with this SHA-256, which stands for itself.
    pub(super) fn namesakes(&self, anchor: &str) -> impl Iterator<Item = &Anchor> {
        let own = self.before.get(anchor);
        self.after.values().filter(move |other| {
            own.is_some_and(|own| {
                own.certificate != other.certificate
                    && own.certificate.subject_name() == other.certificate.subject_name()
            })
        })
    }

    /// Whether paths that end in the anchor with this SHA-256 end in `new` as well, whatever time up to the change counts for
    /// them: name and key are the same, and nothing that an anchor's certificate limits differs.
    pub(super) fn replaces(&self, anchor: &str, new: &Certificate) -> bool {
        let Some(old) = self.before.get(anchor).map(|anchor| &anchor.certificate) else { return false };
        let end = self.now.map_or(old.not_after, |now| now.min(old.not_after));
        let limits = |one: &Certificate| (one.basic_constraints, one.key_usage, one.name_constraints.clone());
        new.subject_name() == old.subject_name()
            && new.spki() == old.spki()
            && new.not_before <= old.not_before
            && new.not_after >= end
            && limits(new) == limits(old)
    }

    /// The entries of an anchor before and after, where these differ.
    pub(super) fn altered(&self, anchor: &str) -> Option<(&AnchorEntry, &AnchorEntry)> {
        let (old, new) = (self.before.get(anchor)?, self.after.get(anchor)?);
        (old.entry != new.entry).then_some((&old.entry, &new.entry))
    }

    /// Whether the seal is suspended with the change.
    pub(super) fn suspends(&self, seal: &str) -> bool {
        self.seals_gone.contains(seal)
    }

    /// Whether the seal is restored with the change.
    pub(super) fn restores(&self, seal: &str) -> bool {
        self.seals_back.contains(seal)
    }

    /// The anchor that comes with the change and is of one of the names with these digests.
    pub(super) fn comes(&self, missing: &[String]) -> Option<&str> {
        missing.iter().find_map(|name| self.coming.get(name)).map(String::as_str)
    }

    /// Whether any anchor comes with the change.
    pub(super) fn brings_anchors(&self) -> bool {
        !self.coming.is_empty()
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

/// Agreements by name, each with what it says.
fn agreements(rules: Rules<'_>) -> BTreeMap<String, String> {
    let texts = rules.files.iter().filter(|(path, _)| path.as_str().ends_with(".cedar"));
    let sources: Vec<Source<'_>> = texts
        .filter_map(|(path, content)| {
            Some(Source { name: path.as_str(), text: std::str::from_utf8(content).ok()? })
        })
        .collect();
    let stated = Agreements::stated_in(&sources).into_iter().map(|(name, said)| (name.to_string(), said));
    stated.filter(|(name, _)| !rules.agreements.contains(name)).collect()
}
