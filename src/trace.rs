//! What a judgement came to rest on that may change later: whose names it looked for, which paths it found, and until when
//! time alone cannot change it. Kept beside the budget, which everything that judges is handed. It decides nothing.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::crypto::Digest;

/// Names that are told apart. 1,000: real documents look for a handful; beyond it, what depends on one name counts as
/// depending on all.
const NAMES: usize = 1_000;

/// Lists that are wished for. 16: a file has some signers, each with a maker, whose issuers are few.
const WISHES: usize = 16;

/// Paths that are kept. 256: 64 signatures, each with a maker and two timestamps.
const PATHS: usize = 256;

/// What one judgement came to rest on. Nothing is kept until it is told the time that is judged.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    now: Option<Timestamp>,
    changes: Option<Timestamp>,
    open: bool,
    names: BTreeSet<Digest>,
    any_name: bool,
    paths: Vec<TracedPath>,
    wishes: BTreeSet<(Digest, Timestamp)>,
}

/// A search for a path, and what came of it. Digests only: a leaf may be a person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedPath {
    /// SM3 of the leaf's certificate.
    pub leaf: Digest,
    /// What the leaf does, by the name of its role.
    pub role: &'static str,
    /// SHA-256 of the anchor's certificate; none if no path was found.
    pub anchor: Option<Digest>,
    /// SHA-256 of the certificates between, from the leaf upwards.
    pub intermediates: Vec<Digest>,
    /// Where no path was found, the names of the authorities that were looked for, by digest.
    pub missing: Vec<Digest>,
    /// Whether the path did not count in the end, for what is known of revocation on it, or is not.
    pub objected: bool,
    /// SM3 of the lists and answers that what is known of its revocation rests on.
    pub evidence: Vec<Digest>,
}

impl Trace {
    /// Begins to keep what a judgement for `now` rests on.
    pub fn begin(&mut self, now: Timestamp) {
        *self = Self { now: Some(now), ..Self::default() };
    }

    /// Whether anything is kept.
    pub const fn is_kept(&self) -> bool {
        self.now.is_some()
    }

    /// Whether `at` is the present that is judged for: what is compared with it changes as time passes.
    pub fn is_present(&self, at: Timestamp) -> bool {
        self.now == Some(at)
    }

    /// From `at` on, if that is still to come, the judgement may be another.
    pub fn may_change_at(&mut self, at: Timestamp) {
        if self.now.is_some_and(|now| now < at) && self.changes.is_none_or(|changes| at < changes) {
            self.changes = Some(at);
        }
    }

    /// The present was compared with a validity, both ends included.
    pub fn compared_with(&mut self, (from, until): (Timestamp, Timestamp)) {
        self.may_change_at(from);
        // Some comparisons are by the second and some by the millisecond; the earliest change counts.
        self.may_change_at(until.plus_millis(1));
    }

    /// The judgement rests on something of which nobody can say until when it holds.
    pub const fn leave_open(&mut self) {
        self.open = true;
    }

    /// Certificates of the name with this digest were looked for.
    pub fn looked_for(&mut self, name: Digest) {
        if self.names.len() < NAMES {
            self.names.insert(name);
        } else {
            self.any_name = true;
        }
    }

    /// All certificates that are trusted were looked through.
    pub const fn looked_everywhere(&mut self) {
        self.any_name = true;
    }

    /// Of the issuer with the name of this digest there are lists, all made after `end`, when a certificate expired; an older one
    /// could tell whether it was good.
    pub fn wish_for_history(&mut self, issuer: Digest, end: Timestamp) {
        if self.is_kept() && self.wishes.len() < WISHES {
            self.wishes.insert((issuer, end));
        }
    }

    /// Issuers whose older lists could tell more, by the digests of their names, each with the end of the certificate in question.
    pub const fn wishes(&self) -> &BTreeSet<(Digest, Timestamp)> {
        &self.wishes
    }

    /// A search for a path ended.
    pub fn searched(&mut self, path: TracedPath) {
        if self.paths.len() < PATHS {
            self.paths.push(path);
        }
    }

    /// What is known of the revocation of the last path that was found for `leaf` in `role` rests on `evidence`.
    pub fn rests_on(&mut self, leaf: &Digest, role: &str, evidence: Vec<Digest>) {
        let of_it = |path: &&mut TracedPath| path.leaf == *leaf && path.role == role && path.anchor.is_some();
        if let Some(path) = self.paths.iter_mut().rev().find(of_it) {
            path.evidence = evidence;
        }
    }

    /// Until when time alone cannot change the judgement, that instant excluded; `None` if it never can.
    pub const fn holds_until(&self) -> Option<Timestamp> {
        self.changes
    }

    /// Whether it cannot be said until when the judgement holds.
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// The names that were looked for, by digest; `None` if any name may matter.
    pub const fn names(&self) -> Option<&BTreeSet<Digest>> {
        if self.any_name { None } else { Some(&self.names) }
    }

    /// The path of the certificate with this SM3 digest in hexadecimal, in `role`: the one to the anchor with SHA-256 `end`, if
    /// one is known to count, else the first that was found, else the first to which something was objected, else the first that
    /// was looked for.
    pub fn path_of(&self, leaf: &str, role: &str, end: Option<&Digest>) -> Option<&TracedPath> {
        let of_it = || self.paths.iter().filter(|path| path.role == role && path.leaf.hex() == leaf);
        let led = || of_it().filter(|path| path.anchor.is_some());
        let found = || led().filter(|path| !path.objected);
        let counts = end.and_then(|end| found().find(|path| path.anchor.as_ref() == Some(end)));
        counts.or_else(|| found().next()).or_else(|| led().next()).or_else(|| of_it().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_change_to_come_counts() {
        let at = Timestamp::from_seconds;
        let mut trace = Trace::default();
        trace.may_change_at(at(5));
        assert_eq!((trace.holds_until(), trace.is_kept()), (None, false));
        trace.begin(at(10));
        for (from, until) in [(1, 5), (1, 30), (20, 40), (1, 25)] {
            trace.compared_with((at(from), at(until)));
        }
        trace.may_change_at(at(10));
        assert_eq!(trace.holds_until(), Some(at(20)));
        trace.compared_with((at(1), at(10)));
        assert_eq!(trace.holds_until(), Some(at(10).plus_millis(1)));
        assert!(trace.is_present(at(10)) && !trace.is_present(at(11)));
    }

    #[test]
    fn too_many_names_count_as_all() {
        let mut trace = Trace::default();
        for number in 0..=u8::MAX {
            for other in 0..4 {
                let mut bytes = [number; 32];
                bytes[0] = other;
                assert!(trace.names().is_some() || number > 200);
                trace.looked_for(Digest::from(bytes));
            }
        }
        assert_eq!(trace.names(), None);
    }
}
