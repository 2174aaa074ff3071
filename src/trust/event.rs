//! What happened to what a gateway trusts, for its ledger: manifests, suspensions and refusals, each as one event. It says
//! what changed between two standings, and writes nothing.

use serde::Serialize;

use super::Problem;
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;
use crate::fault::Fault;
use crate::manifest::{KeyName, Manifest, Note, Signed, Standing, Suspended};

/// Lifted suspensions that one event names. 100: more at once are counted, because a record has 64 KiB.
const NAMED: usize = 100;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A manifest of enough officers was accepted.
    Manifest,
    /// A manifest of one officer, in an emergency.
    BreakGlass,
    /// The emergency is over, and nobody superseded it: what held before holds again.
    BreakGlassOver,
    /// One officer suspended something.
    Suspension,
    /// What was published is refused.
    Refused,
    /// What was accepted does not hold after all: it could not be kept.
    NotKept,
}

impl EventKind {
    /// What the event is about, as the operation of a record.
    pub const fn operation(self) -> &'static str {
        match self {
            Self::Suspension => "suspension",
            _ => "manifest",
        }
    }
}

/// How a manifest or a suspension came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// It was published since the last look.
    Offered,
    /// It was published and superseded between two looks; its rules never held here.
    Passed,
    /// It held when the gateway stopped.
    Kept,
}

/// One event. Names of officers and departments, digests and times; no text that anybody wrote freely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// What kind of thing happened.
    pub event: EventKind,
    /// How it came.
    pub arrival: Option<Came>,
    /// The publication.
    pub publication: Option<String>,
    /// The version of the manifest.
    pub version: Option<u64>,
    /// SHA-256 of the text: what the next manifest names as the one before, and what a manifest lifts.
    pub text_digest: Option<String>,
    /// SHA-256 of the signed note.
    pub note_digest: Option<String>,
    /// The names of the officers who signed, all keys of each.
    pub officers: Vec<String>,
    /// When the manifest expires.
    pub expires: Option<Timestamp>,
    /// Suspensions that it lifts and the one before did not, by the digests of their texts; the first hundred.
    pub lifted: Vec<String>,
    /// How many there are.
    pub lifted_total: usize,
    /// What is suspended, kind and identifier.
    pub subject: Option<String>,
    /// Since when it is suspended.
    pub since: Option<Timestamp>,
    /// Suspensions that hold from then on.
    pub suspensions: Option<usize>,
    /// The code of a refusal.
    pub code: Option<String>,
    /// Where what is refused was read.
    pub place: Option<String>,
}

impl Event {
    const fn new(event: EventKind) -> Self {
        Self {
            event,
            arrival: None,
            publication: None,
            version: None,
            text_digest: None,
            note_digest: None,
            officers: Vec::new(),
            expires: None,
            lifted: Vec::new(),
            lifted_total: 0,
            subject: None,
            since: None,
            suspensions: None,
            code: None,
            place: None,
        }
    }

    fn of_manifest(event: EventKind, signed: &Signed, arrival: Came, before: Option<&Manifest>) -> Self {
        let manifest = signed.manifest();
        let known = |digest| before.is_some_and(|before| before.lifted.contains(digest));
        let lifted: Vec<_> = manifest.lifted.iter().filter(|digest| !known(digest)).collect();
        Self {
            arrival: Some(arrival),
            publication: Some(manifest.publication.to_string()),
            version: Some(manifest.version),
            text_digest: Some(manifest.digest().hex()),
            note_digest: Some(digest_of(signed.note())),
            officers: signed.approved().iter().map(|name| name.as_str().to_owned()).collect(),
            expires: Some(manifest.expires),
            lifted: lifted.iter().take(NAMED).map(|digest| digest.hex()).collect(),
            lifted_total: lifted.len(),
            ..Self::new(event)
        }
    }

    fn of_suspension(suspended: &Suspended, arrival: Came) -> Self {
        let suspension = suspended.suspension();
        let officer: &KeyName = suspended.officer();
        Self {
            arrival: Some(arrival),
            publication: Some(suspension.publication.to_string()),
            text_digest: Some(suspension.digest().hex()),
            note_digest: Some(digest_of(suspended.note())),
            officers: vec![officer.as_str().to_owned()],
            subject: Some(suspension.subject.to_string()),
            since: Some(suspension.since),
            ..Self::new(EventKind::Suspension)
        }
    }

    /// What was read and is refused; none for what could not be read, which says nothing about trust.
    pub fn of_problem(problem: &Problem) -> Option<Self> {
        let place = match problem {
            Problem::Refused { place, .. } | Problem::TooMuch { place, .. } => place.clone(),
            Problem::Unreadable { .. } => return None,
        };
        let code = Some(problem.code().to_owned());
        Some(Self { code, place: Some(place), ..Self::new(EventKind::Refused) })
    }

    /// Rules that do not hold together, or do not fit the config: how many faults, and where the first is.
    pub fn of_unfit(manifest: &Manifest, faults: &[Fault]) -> Option<Self> {
        let first = faults.first()?;
        Some(Self {
            publication: Some(manifest.publication.to_string()),
            version: Some(manifest.version),
            text_digest: Some(manifest.digest().hex()),
            code: Some("trust.unfit".to_owned()),
            place: Some(first.file.clone()),
            ..Self::new(EventKind::Refused)
        })
    }

    /// That `standing`, whose events are on record, does not hold after all.
    pub fn not_kept(standing: &Standing) -> Self {
        let manifest = standing.in_effect().manifest();
        Self {
            publication: Some(manifest.publication.to_string()),
            version: Some(manifest.version),
            text_digest: Some(manifest.digest().hex()),
            ..Self::new(EventKind::NotKept)
        }
    }

    /// That a gateway begins with what held when it stopped.
    pub fn resumed(standing: &Standing) -> Self {
        let accepted = standing.in_effect();
        let event = if standing.emergency().is_some() { EventKind::BreakGlass } else { EventKind::Manifest };
        let manifest = Some(accepted.manifest());
        let suspensions = Some(standing.suspensions().count());
        Self { suspensions, ..Self::of_manifest(event, accepted.signed(), Came::Kept, manifest) }
    }

    /// What leads from `before`, if anything held, over the manifests that `passed` to `after`.
    pub fn between(before: Option<&Standing>, passed: &[Signed], after: &Standing) -> Vec<Self> {
        let mut events = Vec::new();
        let mut last = before.map(|before| before.base().manifest());
        let version = after.base().manifest().version;
        let base_changed = before.is_none_or(|before| before.base().manifest() != after.base().manifest());
        if base_changed {
            for signed in passed.iter().filter(|signed| signed.manifest().version < version) {
                events.push(Self::of_manifest(EventKind::Manifest, signed, Came::Passed, last));
                last = Some(signed.manifest());
            }
            events.push(Self::of_manifest(EventKind::Manifest, after.base().signed(), Came::Offered, last));
        }
        let was = before.and_then(Standing::emergency);
        match (was, after.emergency()) {
            (was, Some(now)) if was.is_none_or(|was| was.manifest() != now.manifest()) => {
                let base = Some(after.base().manifest());
                events.push(Self::of_manifest(EventKind::BreakGlass, now.signed(), Came::Offered, base));
            }
            (Some(was), None) if !base_changed => {
                let base = Some(after.base().manifest());
                events.push(Self::of_manifest(EventKind::BreakGlassOver, was.signed(), Came::Kept, base));
            }
            _ => {}
        }
        let known = |digest| before.is_some_and(|before| before.seen().contains_key(digest));
        let new = after.seen().iter().filter(|(digest, _)| !known(digest));
        events.extend(new.map(|(_, suspended)| Self::of_suspension(suspended, Came::Offered)));
        if let Some(last) = events.last_mut() {
            last.suspensions = Some(after.suspensions().count());
        }
        events
    }
}

fn digest_of(note: &Note) -> String {
    DigestAlgorithm::Sha256.digest(note.to_string().as_bytes()).hex()
}
