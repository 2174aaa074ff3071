//! Requests of each calendar day. A day's quota is used in blocks, and each block is on disk as used before its first
//! request is answered: a crash costs callers what was left of a block, and never gives them anything.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::Notify;

use super::Error;
use super::day::CivilDay;
use super::journal::{Account, Journal, Reservation};
use crate::clock::Timestamp;
use crate::metrics::{Gauge, Latencies};

/// How an account stands on its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Today {
    /// The number of the day.
    pub(super) day: i64,
    /// Requests that are left.
    pub(super) remaining: u64,
    /// Seconds until the day ends.
    pub(super) left: u32,
}

/// Why a request is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unspent {
    /// The day is used up; it has so many seconds left.
    Spent(u32),
    /// The disk does not take the count.
    Failed,
}

/// The numbers that operators see of it.
pub(super) struct Shown {
    pub(super) seconds: Latencies<1>,
    pub(super) failed: Gauge,
}

/// The counts of all accounts.
pub(super) struct Days {
    shared: Arc<Shared>,
    blocks: u64,
    clerk: Option<Clerk>,
}

struct Shared {
    books: Mutex<Books>,
    /// Tells those who wait that something was written, or could not be.
    written: Notify,
}

struct Books {
    day: CivilDay,
    /// The latest day that was seen, of which `counts` was cleaned.
    latest: i64,
    counts: HashMap<Account, Count>,
}

/// The count of one account.
struct Count {
    day: i64,
    used: u64,
    /// How many may be used before more must be written.
    reserved: u64,
    /// Whether more is being written.
    asked: bool,
    /// How often that failed.
    failures: u64,
}

/// The thread that writes: takes what has come, writes it in one piece, and then wakes all who wait.
struct Clerk {
    jobs: Option<mpsc::Sender<Reservation>>,
    thread: Option<JoinHandle<()>>,
}

impl Days {
    /// Counts that live in memory alone.
    pub(super) fn in_memory(day: CivilDay) -> Self {
        let books = Books { day, latest: i64::MIN, counts: HashMap::new() };
        let shared = Shared { books: Mutex::new(books), written: Notify::new() };
        Self { shared: Arc::new(shared), blocks: 1, clerk: None }
    }

    /// Counts that go on from `journal`, with each quota used in `blocks` blocks. All that was reserved counts as used, and
    /// the day is none before the latest that is there.
    pub(super) fn resume(
        mut day: CivilDay,
        journal: Journal,
        blocks: u64,
        shown: Shown,
    ) -> Result<Self, Error> {
        let latest = journal.latest();
        if let Some(latest) = latest {
            day.not_before(latest);
        }
        let mut days = Self::in_memory(day);
        days.blocks = blocks.max(1);
        {
            let mut books = days.books();
            books.latest = latest.unwrap_or(i64::MIN);
            books.counts.extend(journal.reservations().map(|(account, day, requests)| {
                let count = Count { day, used: requests, reserved: requests, asked: false, failures: 0 };
                (account.clone(), count)
            }));
        }
        let (jobs, waiting) = mpsc::channel();
        let shared = Arc::clone(&days.shared);
        let write = move || write(journal, &waiting, &shared, &shown);
        let thread = std::thread::Builder::new().name("quota".to_owned()).spawn(write);
        let thread = thread.map_err(Error::Thread)?;
        days.clerk = Some(Clerk { jobs: Some(jobs), thread: Some(thread) });
        Ok(days)
    }

    /// How `account` stands against `limit`; counts nothing.
    pub(super) fn look(&self, account: &Account, limit: u64, now: Timestamp) -> Result<Today, Unspent> {
        let mut books = self.books();
        let (day, left) = books.turn(now);
        let used = books.counts.get(account).filter(|count| count.day >= day).map_or(0, |count| count.used);
        if used >= limit {
            return Err(Unspent::Spent(left));
        }
        Ok(Today { day, remaining: limit.saturating_sub(used), left })
    }

    /// Counts one request of `account` against `limit`; where that needs another block, once the block is on disk.
    pub(super) async fn spend(
        &self,
        account: &Account,
        limit: u64,
        now: Timestamp,
    ) -> Result<Today, Unspent> {
        let mut failures = None;
        loop {
            let mut written = pin!(self.shared.written.notified());
            written.as_mut().enable();
            if let Some(ended) = self.take(account, limit, now, &mut failures) {
                return ended;
            }
            written.await;
        }
    }

    /// `None` while another block is being written; `failures` is how often that had failed before this request waited.
    fn take(
        &self,
        account: &Account,
        limit: u64,
        now: Timestamp,
        failures: &mut Option<u64>,
    ) -> Option<Result<Today, Unspent>> {
        let mut books = self.books();
        let (day, left) = books.turn(now);
        let new = || Count { day, used: 0, reserved: 0, asked: false, failures: 0 };
        let count = books.counts.entry(account.clone()).or_insert_with(new);
        if count.day < day {
            *count = Count { asked: count.asked, failures: count.failures, ..new() };
        }
        if count.used >= limit {
            return Some(Err(Unspent::Spent(left)));
        }
        if let Some(clerk) = &self.clerk
            && count.used >= count.reserved
        {
            if failures.is_some_and(|before| before != count.failures) {
                return Some(Err(Unspent::Failed));
            }
            *failures = Some(count.failures);
            if !count.asked {
                let block = limit.div_ceil(self.blocks);
                let requests = count.reserved.saturating_add(block).min(limit);
                let account = account.clone();
                // Of its own day, which after a step back of the clock may be a later one.
                if !clerk.asks(Reservation { account, day: count.day, requests }) {
                    return Some(Err(Unspent::Failed));
                }
                count.asked = true;
            }
            return None;
        }
        count.used = count.used.saturating_add(1);
        Some(Ok(Today { day: count.day, remaining: limit.saturating_sub(count.used), left }))
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.shared.books()
    }
}

impl Shared {
    /// Counting leaves the books whole even if a thread panics, so a poisoned lock is as good as any.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    /// The day at `now`; forgets the counts of days before it.
    fn turn(&mut self, now: Timestamp) -> (i64, u32) {
        let (day, left) = self.day.at(now);
        if day > self.latest {
            self.latest = day;
            self.counts.retain(|_, count| count.day >= day || count.asked);
        }
        (day, left)
    }
}

impl Clerk {
    fn asks(&self, reservation: Reservation) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.send(reservation).is_ok())
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        // The thread ends when nobody can send any more.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write(mut journal: Journal, jobs: &mpsc::Receiver<Reservation>, shared: &Shared, shown: &Shown) {
    // Each account asks for one block at a time, so what waits is bounded by what there is to count.
    while let Ok(first) = jobs.recv() {
        let mut reservations = vec![first];
        reservations.extend(jobs.try_iter());
        let begun = Instant::now();
        let written = journal.write(&reservations);
        shown.seconds.observe([("step", "commit")], begun.elapsed());
        shown.failed.set(i64::from(written.is_err()));
        if let Err(error) = &written {
            tracing::error!(code = "quota.unavailable", %error, "the counts of the day cannot be written");
        }
        let mut books = shared.books();
        for Reservation { account, day, requests } in reservations {
            let Some(count) = books.counts.get_mut(&account) else { continue };
            count.asked = false;
            if written.is_err() {
                count.failures = count.failures.saturating_add(1);
            } else if count.day == day {
                count.reserved = count.reserved.max(requests);
            }
        }
        drop(books);
        shared.written.notify_waiters();
    }
}
