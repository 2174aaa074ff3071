//! What of a rulebook verdicts rest on, and which of that differs from one to the next: anchors by the names that they are of,
//! and seals by their identifiers.

use std::collections::BTreeSet;

use super::Rulebook;
use crate::crypto::Digest;
use crate::pki::{AnchorEntry, Anchors};

/// What verdicts may rest on and that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesChange {
    /// Digests of the names of anchors that came, went, or are trusted for something else, and of the keys of those that were
    /// suspended or restored.
    pub names: BTreeSet<Digest>,
    /// Identifiers of seals that were suspended or restored.
    pub seals: BTreeSet<String>,
    /// Whether a certificate that stands nowhere in the rules was suspended or restored: it may be part of any path.
    pub unlisted: bool,
}

impl RulesChange {
    /// What differs from `before` to `after`.
    pub fn between(before: &Rulebook, after: &Rulebook) -> Self {
        let (were, are) = (before.anchors.suspended_keys(), after.anchors.suspended_keys());
        let keys = were.symmetric_difference(are).copied();
        Self {
            names: names(&before.anchors, &after.anchors).into_iter().chain(keys).collect(),
            seals: before.seals.differing(&after.seals),
            unlisted: before.anchors.unlisted() != after.anchors.unlisted(),
        }
    }

    /// Whether no verdict changes.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.seals.is_empty() && !self.unlisted
    }
}

fn names(before: &Anchors, after: &Anchors) -> BTreeSet<Digest> {
    let only = |these: &Anchors, those: &Anchors| -> Vec<Digest> {
        let changed = these.iter().filter(|(certificate, entry)| {
            those.entry_of(certificate).is_none_or(|other| !same(entry, other))
        });
        changed.map(|(certificate, _)| certificate.subject_name().digest()).collect()
    };
    only(before, after).into_iter().chain(only(after, before)).collect()
}

/// Whether two entries say the same of what is trusted; owner and notes are for people.
fn same(one: &AnchorEntry, other: &AnchorEntry) -> bool {
    let (owner, notes) = (other.owner.clone(), other.notes.clone());
    AnchorEntry { owner, notes, ..one.clone() } == *other
}
