//! What is in effect at a gateway: a manifest of enough officers, perhaps one of break-glass over it, and suspensions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Accepted, Signed, Suspended};
use crate::clock::Timestamp;
use crate::crypto::Digest;

/// The emergencies since enough officers last made a manifest, whether or not one of them holds: they end together, and none
/// that is older than the last comes back.
#[derive(Clone, Debug)]
pub struct Emergencies {
    first: Arc<Signed>,
    last: Arc<Signed>,
}

impl Emergencies {
    /// They begin with `first`.
    pub fn begin(first: Signed) -> Self {
        let first = Arc::new(first);
        Self { last: Arc::clone(&first), first }
    }

    /// They go on with `next`.
    #[must_use]
    pub fn then(self, next: Signed) -> Self {
        Self { last: Arc::new(next), ..self }
    }

    /// The one with which they began, and by which it is known when they end.
    pub fn first(&self) -> &Signed {
        &self.first
    }

    /// The one that was made last.
    pub fn last(&self) -> &Signed {
        &self.last
    }
}

/// What is in effect.
#[derive(Clone, Debug)]
pub struct Standing {
    base: Arc<Accepted>,
    emergency: Option<Arc<Accepted>>,
    emergencies: Option<Emergencies>,
    suspensions: BTreeMap<Digest, Arc<Suspended>>,
}

impl Standing {
    /// `base` alone is in effect.
    pub fn new(base: Accepted) -> Self {
        Self { base: Arc::new(base), emergency: None, emergencies: None, suspensions: BTreeMap::new() }
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
        self.emergencies = None;
    }

    /// Puts a manifest of break-glass in effect.
    pub fn break_glass(&mut self, emergency: Accepted) {
        let signed = emergency.signed().clone();
        self.emergencies = Some(match self.emergencies.take() {
            Some(before) => before.then(signed),
            None => Emergencies::begin(signed),
        });
        self.emergency = Some(Arc::new(emergency));
    }

    /// Remembers emergencies that were, none of which holds.
    pub fn recall(&mut self, emergencies: Emergencies) {
        self.emergencies = Some(emergencies);
    }

    /// The manifests of break-glass over the present base, though all of them may be over.
    pub const fn emergencies(&self) -> Option<&Emergencies> {
        self.emergencies.as_ref()
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
