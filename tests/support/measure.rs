//! How fast work goes, by the time for which this thread was running, so that other load disturbs little. What is measured, and how
//! often, is for benches to say.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// How long this thread has been running. Linux brings `/proc/thread-self/schedstat` up to date every few milliseconds only; this clock
/// is exact whenever it is read.
pub(crate) fn running() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

/// Things in a second of `work`, which does `each` of them at once, over some `slice` of time on the wall and one call at least.
pub(crate) fn rate(each: usize, slice: Duration, mut work: impl FnMut()) -> f64 {
    let (began, start) = (Instant::now(), running());
    let mut done = 0;
    while done == 0 || began.elapsed() < slice {
        work();
        done += each;
    }
    done as f64 / (running() - start).as_secs_f64()
}

/// The middle one of `values`, or the greater of the middle two.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
