//! The officers of these tests: two who are in the config, one who is not, and what they publish.

use std::collections::BTreeSet;
use std::path::Path;

use tongban::clock::{Clock, SystemClock, Timestamp};
use tongban::manifest::{
    KeyName, Manifest, Officer, Officers, PrivateKey, PublicationName, RuleFiles, Scheme,
};
use tongban::rulebook::store;
use tongban::trust::{Change, Proposal, Publisher};

pub(crate) const PUBLICATION: &str = "trust.test.example";

/// The key that `name` always has in these tests.
pub(crate) fn key(name: &str, scheme: Scheme) -> PrivateKey {
    let mut seed = [scheme as u8 + 1; 32];
    for (to, from) in seed.iter_mut().zip(name.bytes()) {
        *to ^= from;
    }
    PrivateKey::new(KeyName::parse(name).unwrap(), scheme, &seed).unwrap()
}

/// An officer with a key of Ed25519.
pub(crate) fn officer(name: &str) -> Officer {
    Officer::new(vec![key(name, Scheme::Ed25519).public().clone()]).unwrap()
}

/// Wang, with one key, and Li, with two: the officers in the config, both of whom must approve; and their keys.
pub(crate) fn office() -> (Officers, Vec<PrivateKey>) {
    let keys = vec![key("wang", Scheme::Ed25519), key("li", Scheme::Ed25519), key("li", Scheme::Sm2)];
    let li = Officer::new(keys[1..].iter().map(|key| key.public().clone()).collect()).unwrap();
    (Officers::new(vec![officer("wang"), li], 2).unwrap(), keys)
}

pub(crate) fn officers_in_config(officers: &Officers) -> String {
    let tables = officers.all().iter().map(|officer| {
        let keys: Vec<String> = officer.keys().map(|key| format!("\"{key}\"")).collect();
        format!("[[trust.officers]]\nkeys = [{}]\n", keys.join(", "))
    });
    tables.collect()
}

/// A change of nothing, made now for a day.
pub(crate) fn change(reason: &str) -> Change {
    let expires = SystemClock.now().plus_millis(86_400_000);
    let (officers, lift, break_glass) = (office().0, BTreeSet::new(), false);
    Change { officers, lift, expires, break_glass, reason: reason.to_owned() }
}

/// A proposal of the rules below `at`, to follow what is published there, signed by nobody.
pub(crate) fn propose(at: &Path, change: Change, now: Timestamp) -> Proposal {
    propose_files(at, store::files(at).unwrap(), change, now)
}

/// The same, of `files`.
pub(crate) fn propose_files(at: &Path, files: RuleFiles, change: Change, now: Timestamp) -> Proposal {
    match present(at) {
        Some(base) => Proposal::after(&base, files, change, now),
        None => Proposal::first(PublicationName::parse(PUBLICATION).unwrap(), files, change, now),
    }
}

/// What is published below `at`.
pub(crate) fn present(at: &Path) -> Option<Manifest> {
    publisher(at).present().unwrap().map(|published| published.manifest)
}

pub(crate) fn publisher(at: &Path) -> Publisher {
    Publisher::new(&at.join("published"))
}

/// Has both officers publish the rules below `at`.
pub(crate) fn publish(at: &Path, reason: &str) {
    publish_change(at, change(reason));
}

/// Has both officers publish the rules below `at`, with `change`.
pub(crate) fn publish_change(at: &Path, change: Change) {
    let now = SystemClock.now();
    let mut proposal = propose(at, change, now);
    proposal.approve(&office().1).unwrap();
    publisher(at).publish(&proposal, now).unwrap();
}
