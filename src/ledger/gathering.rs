//! How long the writer waits for more entries before a write: only while many are on their way, because every write costs the disk
//! and a processor about the same, whether it holds one entry or a hundred.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::Config;

/// How often the writer looks whether more are still on their way. 1 ms: they come within a few.
const LOOK: Duration = Duration::from_millis(1);

/// Entries that are on their way, and how long a write may wait for them.
#[derive(Clone, Debug)]
pub(super) struct Gathering {
    coming: Arc<AtomicUsize>,
    from: usize,
    most: Duration,
}

/// An entry that will come soon; until this is dropped.
#[derive(Debug)]
pub struct Coming(Arc<AtomicUsize>);

impl Gathering {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            coming: Arc::default(),
            from: config.gather_from.get(),
            most: Duration::from_micros(config.gather_micros.into()),
        }
    }

    /// Says that an entry will come.
    pub(super) fn announce(&self) -> Coming {
        self.coming.fetch_add(1, Ordering::Relaxed);
        Coming(Arc::clone(&self.coming))
    }

    /// Waits, as long as that brings more and there `is_room`.
    pub(super) fn wait(&self, is_room: impl Fn() -> bool) {
        let start = Instant::now();
        while self.coming.load(Ordering::Relaxed) >= self.from && is_room() {
            let left = self.most.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(LOOK));
        }
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::mpsc;

    use super::*;

    /// Far longer than a look: what ends a wait is not the time.
    fn gathering(from: usize) -> Gathering {
        let gather_from = NonZeroUsize::new(from).unwrap();
        Gathering::new(&Config { gather_micros: 10_000_000, gather_from, ..Config::new("unused") })
    }

    #[test]
    fn nobody_waits_where_few_are_coming_or_no_room_is_left() {
        let gathering = gathering(3);
        gathering.wait(|| true);
        let coming = [gathering.announce(), gathering.announce()];
        gathering.wait(|| true);
        let third = gathering.announce();
        gathering.wait(|| false);
        drop((third, coming));
        assert_eq!(gathering.coming.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_wait_ends_when_those_have_come_who_were_coming() {
        let gathering = gathering(2);
        let coming = [gathering.announce(), gathering.announce()];
        let (looks, looked) = mpsc::channel();
        let waiting = gathering.clone();
        let wait = std::thread::spawn(move || waiting.wait(|| looks.send(()).is_ok()));
        looked.recv().unwrap();
        looked.recv().unwrap();
        assert!(!wait.is_finished());
        drop(coming);
        wait.join().unwrap();
    }

    #[test]
    fn a_wait_ends_in_time_all_the_same() {
        let gathering = Gathering { most: Duration::from_millis(3), ..gathering(1) };
        let _coming = gathering.announce();
        gathering.wait(|| true);
    }
}
