//! The thread that writes: takes what has come, writes it in one piece, makes it last, and then wakes all who wait.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::chain::Head;
use super::denials::{Denials, Place};
use super::gathering::Gathering;
use super::{Error, Recorded, Storage};
use crate::clock::Clock;
use crate::metrics::{Counter, Gauge, Latencies, Metrics};

/// Entries that wait together.
pub(super) struct Job {
    pub(super) bodies: Vec<String>,
    pub(super) done: oneshot::Sender<Result<Vec<Recorded>, Error>>,
}

/// Where a ledger ends.
pub(super) struct End {
    pub(super) head: Head,
    pub(super) bytes: u64,
    pub(super) denials: Arc<Mutex<Denials>>,
}

pub(super) struct Writer {
    storage: Box<dyn Storage>,
    clock: Arc<dyn Clock>,
    end: End,
    batch: NonZeroUsize,
    gathering: Gathering,
    records: Counter,
    failed: Gauge,
    seconds: Latencies<1>,
}

impl Writer {
    pub(super) fn new(
        storage: Box<dyn Storage>,
        clock: Arc<dyn Clock>,
        metrics: &mut Metrics,
        end: End,
        (batch, gathering): (NonZeroUsize, Gathering),
    ) -> Self {
        Self {
            storage,
            clock,
            end,
            batch,
            gathering,
            records: metrics.counter("ledger_records", "Records on disk since the start."),
            failed: metrics.gauge("ledger_failed", "1 when the ledger takes no more entries."),
            seconds: metrics
                .latencies("ledger_commit_seconds", "Time to write a batch of records and make it last."),
        }
    }

    /// Runs until nobody can send any more, or the disk fails.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut batch = Vec::new();
        // While one batch is on its way to the disk, the next gathers; so batches grow with the load by themselves.
        while self.gather(&mut jobs, &mut batch) {
            if let Err(error) = self.commit(&mut batch) {
                self.failed.set(1);
                // A failed write may have left a part of a line, and a failed sync may have lost pages that later syncs
                // no longer report. Only a fresh look at the file, on opening, tells what is there.
                jobs.close();
                batch.extend(std::iter::from_fn(|| jobs.blocking_recv()));
                for job in batch {
                    let _ = job.done.send(Err(error.clone()));
                }
                return;
            }
        }
    }

    /// Waits for a job, and for more if many are on their way, and takes those that wait behind it up to the number of entries; false
    /// when there will be none.
    pub(super) fn gather(&self, jobs: &mut mpsc::Receiver<Job>, batch: &mut Vec<Job>) -> bool {
        let mut entries: usize = 0;
        let mut next = jobs.blocking_recv();
        if let Some(first) = &next {
            let room = self.batch.get().saturating_sub(first.bodies.len());
            self.gathering.wait(|| !jobs.is_closed() && jobs.len() < room && jobs.capacity() > 0);
        }
        while let Some(job) = next {
            entries = entries.saturating_add(job.bodies.len());
            batch.push(job);
            next = if entries < self.batch.get() { jobs.try_recv().ok() } else { None };
        }
        !batch.is_empty()
    }

    /// Writes `batch` and empties it; on failure it is left as it was, and nobody has been told anything.
    fn commit(&mut self, batch: &mut Vec<Job>) -> Result<(), Error> {
        let begun = Instant::now();
        let at = self.clock.now();
        let mut lines = String::new();
        let mut recorded = Vec::with_capacity(batch.len());
        let mut places = Vec::new();
        for job in batch.iter() {
            let mut add = |body: &str| {
                let (sequence, offset) = (self.end.head.next, lines.len());
                let id = self.end.head.add(at.millis(), body, &mut lines);
                // Without its line feed.
                places.push(Place {
                    offset: self.end.bytes.saturating_add(offset as u64),
                    length: lines.len().saturating_sub(offset + 1),
                });
                Recorded { id, sequence, at }
            };
            recorded.push(job.bodies.iter().map(|body| add(body)).collect::<Vec<_>>());
        }
        // A crash in here leaves some whole lines and perhaps a torn one: entries that nobody was told of.
        self.storage.append(lines.as_bytes()).map_err(Error::disk("written"))?;
        self.storage.sync().map_err(Error::disk("made to last"))?;
        // A crash from here on loses nothing but answers, whose records are there.
        self.end.bytes = self.end.bytes.saturating_add(lines.len() as u64);
        let mut denials = self.end.denials.lock().unwrap_or_else(PoisonError::into_inner);
        let bodies = batch.iter().flat_map(|job| &job.bodies);
        for ((body, recorded), place) in bodies.zip(recorded.iter().flatten()).zip(places) {
            denials.note(recorded.id(), body, place);
        }
        drop(denials);
        self.seconds.observe([("step", "commit")], begun.elapsed());
        self.records.add(recorded.iter().map(Vec::len).sum::<usize>() as u64);
        for (job, recorded) in batch.drain(..).zip(recorded) {
            // Whoever went away in the meantime is in the ledger all the same.
            let _ = job.done.send(Ok(recorded));
        }
        Ok(())
    }
}
