//! The memory for bodies: bounded for all together, for each caller, and with a reserve for small bodies.
//! It holds no bodies; whoever reads one takes its room here first.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Config;
use super::gates::Gates;
use super::tally::Tally;

/// The memory that all bodies share, counted in KiB.
///
/// Large files may use up what there is of it; they must not keep out the small bodies of other callers, which are most of
/// what a gateway is asked. Hence two parts: one for all bodies, and a reserve for the small ones alone.
#[derive(Debug)]
pub(super) struct Memory {
    general: Part,
    reserve: Part,
    small: usize,
    tally: Tally,
}

/// A part of the memory, of which each caller gets no more than its share.
#[derive(Debug)]
struct Part {
    room: Arc<Semaphore>,
    callers: Gates,
    most: usize,
}

/// What one caller may use of the memory.
#[derive(Clone, Debug)]
pub(super) struct Share {
    general: Purse,
    reserve: Purse,
    small: usize,
    tally: Tally,
}

/// One caller's share of one part.
#[derive(Clone, Debug)]
struct Purse {
    share: Arc<Semaphore>,
    room: Arc<Semaphore>,
}

/// Room for a body, to be kept as long as the body.
#[derive(Debug)]
pub(super) struct Held {
    /// As many of the caller's share as of the room of all.
    share: OwnedSemaphorePermit,
    room: OwnedSemaphorePermit,
    reserved: bool,
    tally: Tally,
}

/// Rounded down.
fn kib(bytes: u64) -> usize {
    usize::try_from(bytes / 1024).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS)
}

impl Part {
    fn new(bytes: u64, most: u64) -> Self {
        Self { room: Arc::new(Semaphore::new(kib(bytes))), callers: Gates::default(), most: kib(most) }
    }

    fn of(&self, caller: &str) -> Purse {
        Purse { share: self.callers.of(caller, self.most), room: Arc::clone(&self.room) }
    }
}

impl Memory {
    /// The memory that `config` grants.
    pub(super) fn new(config: &Config, tally: Tally) -> Self {
        let general = config.body_memory_bytes.saturating_sub(config.body_reserve_bytes);
        Self {
            general: Part::new(general, config.body_memory_per_caller_bytes),
            reserve: Part::new(config.body_reserve_bytes, config.body_reserve_per_caller_bytes),
            small: config.exchange_bytes.size(),
            tally,
        }
    }

    /// What `caller` may use of it. All with the same name share it.
    pub(super) fn of(&self, caller: &str) -> Share {
        Share {
            general: self.general.of(caller),
            reserve: self.reserve.of(caller),
            small: self.small,
            tally: self.tally.clone(),
        }
    }
}

impl Share {
    /// Room for `bytes`, rounded up to KiB, if there is any. Never from the reserve: for what may stay long.
    pub(super) fn take(&self, bytes: usize) -> Option<Held> {
        self.take_from(&self.general, bytes)
    }

    /// The same for a whole body, or its beginning: from the reserve while it is small.
    pub(super) fn take_for_body(&self, bytes: usize) -> Option<Held> {
        let reserved = (bytes <= self.small).then(|| self.take_from(&self.reserve, bytes)).flatten();
        reserved.or_else(|| self.take(bytes))
    }

    /// Makes `held`, which is of this share, at least `bytes`. Without room for that, it stays as it is and this is `false`.
    pub(super) fn widen(&self, held: &mut Held, bytes: usize) -> bool {
        let missing = bytes.saturating_sub(held.bytes());
        let more = match held.reserved {
            _ if missing == 0 => return true,
            true if bytes > self.small => None,
            true => self.take_from(&self.reserve, missing),
            false => self.take(missing),
        };
        if let Some(more) = more {
            held.merge(more);
            return true;
        }
        // What is small no more leaves the reserve to others.
        let moved = if held.reserved { self.take(bytes) } else { None };
        moved.map(|moved| *held = moved).is_some()
    }

    fn take_from(&self, purse: &Purse, bytes: usize) -> Option<Held> {
        let kib = u32::try_from(bytes.div_ceil(1024)).ok()?;
        let share = Arc::clone(&purse.share).try_acquire_many_owned(kib).ok()?;
        let room = Arc::clone(&purse.room).try_acquire_many_owned(kib).ok()?;
        self.tally.bodies_held(i64::from(kib));
        let reserved = Arc::ptr_eq(&purse.room, &self.reserve.room);
        Some(Held { share, room, reserved, tally: self.tally.clone() })
    }
}

impl Held {
    /// How much it is, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.room.num_permits().saturating_mul(1024)
    }

    /// Takes `bytes` of it off, rounded up to KiB, or all if it is less.
    pub(super) fn split(&mut self, bytes: usize) -> Option<Self> {
        let kib = bytes.div_ceil(1024).min(self.room.num_permits());
        let (share, room) = (self.share.split(kib)?, self.room.split(kib)?);
        Some(Self { share, room, reserved: self.reserved, tally: self.tally.clone() })
    }

    /// Adds `more`, which is of the same share and part.
    pub(super) fn merge(&mut self, mut more: Self) {
        let kib = more.room.num_permits();
        if let Some((share, room)) = more.share.split(kib).zip(more.room.split(kib)) {
            self.share.merge(share);
            self.room.merge(room);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.tally.bodies_held(-i64::try_from(self.room.num_permits()).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::Metrics;
    use crate::setting::Count;

    const KIB: usize = 1024;

    /// 16 KiB, 4 of them reserved; 6 and 2 for each caller; bodies of 1 KiB are small.
    fn memory() -> Memory {
        let config = Config {
            body_memory_bytes: 16 << 10,
            body_memory_per_caller_bytes: 6 << 10,
            body_reserve_bytes: 4 << 10,
            body_reserve_per_caller_bytes: 2 << 10,
            exchange_bytes: Count::new(1 << 10),
            ..Config::default()
        };
        Memory::new(&config, Tally::new(&mut Metrics::new()))
    }

    #[test]
    fn large_bodies_leave_room_for_small_ones() {
        let memory = memory();
        let [one, other, third] = ["one", "other", "third"].map(|name| memory.of(name));
        let _all = [one.take_for_body(6 * KIB).unwrap(), other.take_for_body(6 * KIB).unwrap()];
        assert!(third.take_for_body(2 * KIB).is_none());
        let mut small = third.take_for_body(0).unwrap();
        assert!(third.widen(&mut small, KIB) && !third.widen(&mut small, KIB + 1));
        assert_eq!(small.bytes(), KIB);
        // Nobody takes the whole reserve either.
        let _more = third.take_for_body(KIB).unwrap();
        assert!(third.take_for_body(KIB).is_none());
        assert!(memory.of("fourth").take_for_body(KIB).is_some());
    }

    #[test]
    fn a_caller_has_its_share_and_no_more() {
        let memory = memory();
        let (one, again) = (memory.of("one"), memory.of("one"));
        let held = one.take(5 * KIB).unwrap();
        assert!(again.take(2 * KIB).is_none() && again.take(KIB).is_some());
        assert!(memory.of("other").take(6 * KIB).is_some());
        drop(held);
        assert!(again.take(6 * KIB).is_some());
    }

    #[test]
    fn what_grows_leaves_the_reserve() {
        let memory = memory();
        let one = memory.of("one");
        let mut body = one.take_for_body(KIB).unwrap();
        assert!(body.reserved);
        assert!(one.widen(&mut body, 3 * KIB));
        assert!(!body.reserved);
        assert_eq!((body.bytes(), one.reserve.share.available_permits()), (3 * KIB, 2));
        // When the reserve has no room, small bodies take what there is for all.
        let _small: Vec<Held> = (0..5).map(|_| one.take_for_body(KIB).unwrap()).collect();
        assert!(one.take_for_body(KIB).is_none());
    }

    proptest! {
        /// Whatever is taken, widened, split and merged: all of it is given back.
        #[test]
        fn all_comes_back(steps in prop::collection::vec((0_u8..5, 0_usize..7_000), 0..40)) {
            let memory = memory();
            let share = memory.of("one");
            let mut held: Vec<Held> = Vec::new();
            for (step, bytes) in steps {
                match (step, held.pop()) {
                    (0, last) => held.extend(last.into_iter().chain(share.take(bytes))),
                    (1, last) => held.extend(last.into_iter().chain(share.take_for_body(bytes))),
                    (2, Some(mut last)) => {
                        let enough = share.widen(&mut last, bytes);
                        prop_assert!(!enough || last.bytes() >= bytes);
                        held.push(last);
                    }
                    (3, Some(mut last)) => {
                        let before = last.bytes();
                        let part = last.split(bytes);
                        prop_assert_eq!(before, last.bytes() + part.as_ref().map_or(0, Held::bytes));
                        last.merge(part.unwrap());
                        prop_assert_eq!(before, last.bytes());
                        held.push(last);
                    }
                    _ => {}
                }
            }
            drop(held);
            prop_assert_eq!(share.general.share.available_permits(), 6);
            prop_assert_eq!(share.reserve.share.available_permits(), 2);
            prop_assert_eq!(memory.general.room.available_permits(), 12);
            prop_assert_eq!(memory.reserve.room.available_permits(), 4);
        }
    }
}
