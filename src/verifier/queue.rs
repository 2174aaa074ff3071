//! Work that waits for a thread: requests before lines of batches, shared out among the threads so that none takes all.
//! It bounds nothing; who may wait is decided before.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Precedence;

/// Two lines in which work waits.
#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    requests: VecDeque<T>,
    lines: VecDeque<T>,
    ended: bool,
}

impl<T> Queue<T> {
    /// Nothing waits.
    pub(super) const fn new() -> Self {
        let state = State { requests: VecDeque::new(), lines: VecDeque::new(), ended: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `work` wait; drops it if the queue has ended.
    pub(super) fn push(&self, precedence: Precedence, work: T) {
        let mut state = self.state();
        if state.ended {
            return;
        }
        match precedence {
            Precedence::Request => state.requests.push_back(work),
            Precedence::Line => state.lines.push_back(work),
        }
        drop(state);
        self.changed.notify_one();
    }

    /// What comes next, up to `most` pieces and no more than the share of one of `threads`; waits for the first. Nothing once the
    /// queue has ended.
    pub(super) fn take(&self, most: usize, threads: usize) -> Option<Vec<T>> {
        let mut state = self.state();
        loop {
            if state.ended {
                return None;
            }
            let waiting = state.requests.len() + state.lines.len();
            if waiting > 0 {
                let share = waiting.div_ceil(threads.max(1)).min(most).max(1);
                let requests = share.min(state.requests.len());
                let mut taken: Vec<T> = state.requests.drain(..requests).collect();
                let lines = (share - requests).min(state.lines.len());
                taken.extend(state.lines.drain(..lines));
                return Some(taken);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Drops what waits, and sends all threads home.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        let dropped = (std::mem::take(&mut state.requests), std::mem::take(&mut state.lines));
        drop(state);
        // Outside the lock: what waits may tell others that it is gone.
        drop(dropped);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_first_and_nobody_takes_more_than_a_share() {
        let queue = Queue::new();
        for number in 0..10 {
            queue.push(Precedence::Line, number);
        }
        queue.push(Precedence::Request, 100);
        assert_eq!(queue.take(16, 2), Some(vec![100, 0, 1, 2, 3, 4]));
        assert_eq!(queue.take(3, 1), Some(vec![5, 6, 7]));
        assert_eq!(queue.take(16, 4), Some(vec![8]));
        assert_eq!(queue.take(16, 0), Some(vec![9]));
    }

    #[test]
    fn the_end_sends_those_home_who_wait() {
        let queue = Queue::new();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.take(1, 1));
            queue.end();
            assert_eq!(waiting.join().unwrap(), None::<Vec<u8>>);
        });
        queue.push(Precedence::Request, 1);
        assert_eq!(queue.take(1, 1), None);
    }
}
