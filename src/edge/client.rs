//! Who is at the other end of a connection, and how many requests each caller may have open.
//! The certificate was judged by the handshake; here it is only looked up among the enrolled ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::crypto::Fingerprint;
use crate::rulebook::{Caller, Rulebook};

/// The caller that `certificate` is enrolled for in `rulebook`.
///
/// Asked for each request, because a connection may outlive the rulebook under which it was accepted.
pub(super) fn identify(rulebook: &Rulebook, certificate: Option<Fingerprint>) -> Option<Caller> {
    rulebook.callers.identify(&certificate?).cloned()
}

/// Requests of all unidentified callers at once: enough to tell each why it is refused, and to record it.
const UNIDENTIFIED: usize = 8;

/// Open requests by caller: the cheap limit that stands before all work.
#[derive(Debug)]
pub(super) struct Doors {
    per_system: usize,
    per_gateway: usize,
    open: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Doors {
    /// Doors that let this many requests of one system, and of one gateway, in at once.
    pub(super) fn new(per_system: usize, per_gateway: usize) -> Self {
        Self { per_system, per_gateway, open: Mutex::default() }
    }

    /// Lets one request of `caller` in until the permit is dropped; `None` if too many are in.
    pub(super) fn enter(&self, caller: Option<&Caller>) -> Option<OwnedSemaphorePermit> {
        let (name, limit) = match caller {
            Some(caller @ Caller::System(_)) => (caller.to_string(), self.per_system),
            Some(caller @ Caller::Gateway(_)) => (caller.to_string(), self.per_gateway),
            None => (String::new(), UNIDENTIFIED),
        };
        // Only enrolled callers come this far, so the map is as small as the list of them.
        let door = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let door = open
                .entry(name)
                .or_insert_with(|| Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))));
            Arc::clone(door)
        };
        door.try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::Province;

    #[test]
    fn one_caller_cannot_take_the_place_of_another() {
        let doors = Doors::new(1, 2);
        let [one, other] = ["43", "44"].map(|code| Caller::Gateway(Province::parse(code).unwrap()));
        let first = doors.enter(Some(&one)).unwrap();
        let _second = doors.enter(Some(&one)).unwrap();
        assert!(doors.enter(Some(&one)).is_none());
        assert!(doors.enter(Some(&other)).is_some());
        drop(first);
        assert!(doors.enter(Some(&one)).is_some());
    }
}
