//! What is in effect at a gateway: a manifest of enough officers, perhaps one of break-glass over it, and suspensions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Accepted, Suspended};
use crate::clock::Timestamp;
use crate::crypto::Digest;

/// What is in effect.
#[derive(Clone, Debug)]
pub struct Standing {
    base: Arc<Accepted>,
    emergency: Option<Arc<Accepted>>,
    last_emergency: Option<Timestamp>,
    suspensions: BTreeMap<Digest, Arc<Suspended>>,
}

impl Standing {
    /// `base` alone is in effect.
    pub fn new(base: Accepted) -> Self {
        Self { base: Arc::new(base), emergency: None, last_emergency: None, suspensions: BTreeMap::new() }
    }

    /// The manifest whose files hold.
    pub fn in_effect(&self) -> &Arc<Accepted> {
        self.emergency.as_ref().unwrap_or(&self.base)
    }

    /// The manifest of enough officers; what comes next follows this one.
    pub const fn base(&self) -> &Arc<Accepted> {
        &self.base
    }

    /// The manifest of break-glass that holds over it.
    pub const fn emergency(&self) -> Option<&Arc<Accepted>> {
        self.emergency.as_ref()
    }

    /// Puts `next` in effect, which ends an emergency.
    pub fn succeed(&mut self, next: Accepted) {
        self.base = Arc::new(next);
        self.emergency = None;
        self.last_emergency = None;
    }

    /// Puts a manifest of break-glass in effect.
    pub fn break_glass(&mut self, emergency: Accepted) {
        self.last_emergency = Some(emergency.manifest().created);
        self.emergency = Some(Arc::new(emergency));
    }

    /// When the last manifest of break-glass over the present base was made, though it may be over: none older comes back.
    pub const fn last_emergency(&self) -> Option<Timestamp> {
        self.last_emergency
    }

    /// Ends an emergency whose time is over.
    pub fn pass(&mut self, now: Timestamp) {
        self.emergency = self.emergency.take().filter(|emergency| now < emergency.manifest().expires);
    }

    /// The same without an emergency.
    #[must_use]
    pub fn calm(&self) -> Self {
        Self { emergency: None, ..self.clone() }
    }

    /// Adds a suspension; `false` if it is there.
    pub fn suspend(&mut self, suspended: Suspended) -> bool {
        self.suspensions.insert(suspended.suspension().digest(), Arc::new(suspended)).is_none()
    }

    /// Every suspension that was seen, by the digest of its text.
    pub const fn seen(&self) -> &BTreeMap<Digest, Arc<Suspended>> {
        &self.suspensions
    }

    /// The suspensions that hold: all that were seen but those that the manifest in effect lifts.
    pub fn suspensions(&self) -> impl Iterator<Item = &Suspended> {
        let lifted = &self.in_effect().manifest().lifted;
        let holding = self.suspensions.iter().filter(|(digest, _)| !lifted.contains(digest));
        holding.map(|(_, suspended)| suspended.as_ref())
    }

    /// Whether `other` says the same.
    pub fn is(&self, other: &Self) -> bool {
        let digests =
            |one: &Self| (one.base.manifest().digest(), one.emergency().map(|one| one.manifest().digest()));
        digests(self) == digests(other) && self.suspensions.keys().eq(other.suspensions.keys())
    }
}
