//! The same work on many items at once: on all processors, with the results in the order of the items.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The result of `work` for each of `items`, in their order.
pub(super) fn in_order<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(items.len()).max(1);
    let next = AtomicUsize::new(0);
    let claim = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        items.get(index).map(|item| (index, item))
    };
    let run = || {
        let mut results = Vec::new();
        while let Some((index, item)) = claim() {
            results.push((index, work(item)));
        }
        results
    };
    let mut results: Vec<(usize, T)> = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(run)).collect();
        let mut results = run();
        // A thread that died has no results; judging does not panic.
        results.extend(others.into_iter().filter_map(|other| other.join().ok()).flatten());
        results
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
