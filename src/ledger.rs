//! The ledger (台账): what was asked, decided and answered, in a file that only grows and whose lines chain.
//! An entry counts once it is on disk, and holds no personal data. A cut-off end shows only against a later record or
//! a copy elsewhere: the chain alone proves that nothing before its last line was changed.

mod reliance;
mod chain;
mod denials;
mod entry;
mod gathering;
mod lines;
mod recovery;
mod storage;
#[cfg(test)]
mod tests;
mod writer;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use self::denials::Denials;
pub use self::entry::{Decided, Entry, Exhibited, Fields, Reported};
pub use self::gathering::Coming;
use self::gathering::Gathering;
pub use self::lines::Lines;
use self::recovery::Walked;
pub use self::recovery::{Summary, verify};
pub use self::reliance::{
    ChainReliance, Reliance, RevocationReliance, SIGNATURES, SignatureReliance, StateReliance,
};
use self::storage::Alone;
pub use self::storage::Storage;
use self::writer::{End, Job, Writer};
use crate::clock::{Clock, Timestamp};
use crate::metrics::Metrics;

/// Settings, in the config under `[ledger]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The file. Made where it is not there; its directory must be.
    pub path: PathBuf,
    /// Requests whose entries may wait for the disk; who comes later waits to wait. 4,096: two seconds of a province's
    /// traffic. A chunk of a batch counts as one; of chunks, there are no more than batches.
    #[serde(default = "waiting")]
    pub waiting: NonZeroUsize,
    /// Entries that share one write to the disk. 1,024 of 1 KB make a megabyte, which any disk takes in a few milliseconds.
    /// The last chunk of a batch to be added may go beyond it, because its entries share one write in any case.
    #[serde(default = "batch")]
    pub batch: NonZeroUsize,
    /// How long a write may wait for entries that are on their way, in microseconds, where there are as many as `gather_from`.
    /// 4,000: a write costs a processor some 0.1 ms, which ten entries then share instead of two or three. At most
    /// [`Config::MOST_GATHER_MICROS`].
    #[serde(default = "gather_micros")]
    pub gather_micros: u32,
    /// Verifications under way from which a write waits for more. By default 8 for each processor, which has work with them for
    /// about as long as a write waits; with fewer, those who wait would leave it idle. No more than 128, half of the files that may
    /// wait for the verifier.
    #[serde(default = "gather_from")]
    pub gather_from: NonZeroUsize,
    /// Bytes at the end of the file that are verified when it is opened. 64 MiB: half a second of SM3. `tongban ledger verify`
    /// verifies the whole.
    #[serde(default = "verified_bytes")]
    pub verified_bytes: u64,
    /// Denials that can be explained to whom they were given, of those in the end that is verified and of all since. 100,000:
    /// a day of more than one a second, in about 8 MB.
    #[serde(default = "denials")]
    pub denials: usize,
}

/// Bytes of one line. 64 KiB: entries have about 1 KB, and lists of fields and reasons are short.
pub(crate) const LINE_BYTES: usize = 64 << 10;

fn waiting() -> NonZeroUsize {
    NonZeroUsize::new(4_096).unwrap_or(NonZeroUsize::MIN)
}

fn batch() -> NonZeroUsize {
    NonZeroUsize::new(1_024).unwrap_or(NonZeroUsize::MIN)
}

const fn gather_micros() -> u32 {
    4_000
}

fn gather_from() -> NonZeroUsize {
    const FOR_EACH: NonZeroUsize = NonZeroUsize::new(8).unwrap();
    const MOST: NonZeroUsize = NonZeroUsize::new(128).unwrap();
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).saturating_mul(FOR_EACH).min(MOST)
}

const fn verified_bytes() -> u64 {
    64 << 20
}

const fn denials() -> usize {
    100_000
}

impl Config {
    /// The longest that a write may be set to wait: 0.1 s, which whoever waits for an answer hardly notices.
    pub const MOST_GATHER_MICROS: u32 = 100_000;

    /// The defaults, for the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            waiting: waiting(),
            batch: batch(),
            gather_micros: gather_micros(),
            gather_from: gather_from(),
            verified_bytes: verified_bytes(),
            denials: denials(),
        }
    }
}

/// Why something is not in the ledger.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A line does not follow from the one before it, or is not what its hash says.
    #[error("line {line} of the ledger {what}")]
    Broken {
        /// The line, counted from 1 at the first line that was read.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The disk failed. Nothing more is recorded until the ledger is opened again.
    #[error("the ledger cannot be {action}")]
    Disk {
        /// What failed.
        action: &'static str,
        /// What the operating system says.
        source: Arc<io::Error>,
    },
    /// The entry cannot be written as JSON.
    #[error("an entry cannot be written as JSON")]
    Entry(#[source] Arc<serde_json::Error>),
    /// The disk failed earlier, or the ledger is being closed.
    #[error("the ledger takes no more entries")]
    Failed,
    /// Another process writes this ledger.
    #[error("another process writes the ledger `{0}`")]
    Locked(PathBuf),
    /// The entry is longer than a line may be.
    #[error("an entry of {0} bytes is too long for the ledger")]
    TooLong(usize),
}

impl Error {
    /// The file cannot be read.
    pub fn unreadable(source: io::Error) -> Self {
        Self::disk("read")(source)
    }

    fn disk(action: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Disk { action, source: Arc::new(error) }
    }
}

/// The proof that an entry is on disk. Made by [`Ledger::record`] and by nothing else.
#[derive(Clone, Debug)]
pub struct Recorded {
    id: String,
    sequence: u64,
    at: Timestamp,
}

impl Recorded {
    /// The record's name: the first 32 digits of its hash, so that whoever keeps it can tell whether the record was
    /// changed.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The place in the ledger, counted from 0.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// When it was recorded.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// A record read back.
#[derive(Clone, Debug)]
pub struct Record {
    /// The record's name.
    pub id: String,
    /// The place in the ledger, counted from 0.
    pub sequence: u64,
    /// The whole record as JSON.
    pub json: Value,
}

/// An open ledger. Entries are written by a thread of its own; dropping the ledger writes what was given and ends it.
pub struct Ledger {
    path: PathBuf,
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    gathering: Gathering,
    opened: Summary,
    denials: Arc<Mutex<Denials>>,
}

impl Ledger {
    /// Opens the ledger, or begins one, and verifies the end of it.
    ///
    /// A last line that was not written to its end is what a crash leaves; it was never acknowledged, and is cut off. Any
    /// other fault is refused, because someone has to look at it.
    pub fn open(config: &Config, clock: Arc<dyn Clock>, metrics: &mut Metrics) -> Result<Self, Error> {
        let (file, walked) = recovery::open(config)?;
        let file = Alone::new(file, &config.path).map_err(Error::disk("read"))?;
        Self::with_storage(config, clock, metrics, Box::new(file), walked)
    }

    fn with_storage(
        config: &Config,
        clock: Arc<dyn Clock>,
        metrics: &mut Metrics,
        storage: Box<dyn Storage>,
        walked: Walked,
    ) -> Result<Self, Error> {
        let (sender, jobs) = mpsc::channel(config.waiting.get());
        let Walked { summary: opened, end, denials } = walked;
        let denials = Arc::new(Mutex::new(denials));
        let end = End { head: opened.head.clone(), bytes: end, denials: Arc::clone(&denials) };
        let gathering = Gathering::new(config);
        let writer = Writer::new(storage, clock, metrics, end, (config.batch, gathering.clone()));
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.run(jobs));
        let writer = thread.map_err(Error::disk("started"))?;
        Ok(Self {
            path: config.path.clone(),
            jobs: Some(sender),
            writer: Some(writer),
            gathering,
            opened,
            denials,
        })
    }

    /// What was found when the ledger was opened.
    pub const fn opened(&self) -> &Summary {
        &self.opened
    }

    /// Says that an entry will come within milliseconds, so that a write may wait for it; to be dropped right before it comes, and as soon
    /// as it may take longer.
    pub fn announce(&self) -> Coming {
        self.gathering.announce()
    }

    /// Records `entry`; returns once it is on disk.
    ///
    /// An entry is written even if its caller goes away in the meantime. After a failure of the disk every call fails,
    /// and what was waiting may or may not be there when the ledger is opened again.
    pub async fn record(&self, entry: &Entry) -> Result<Recorded, Error> {
        self.record_all([entry]).await?.pop().ok_or(Error::Failed)
    }

    /// Records all `entries` one after the other, in one write to the disk; returns once they are there.
    ///
    /// All are told of or none. All else is as with [`Ledger::record`].
    pub async fn record_all<'e>(
        &self,
        entries: impl IntoIterator<Item = &'e Entry>,
    ) -> Result<Vec<Recorded>, Error> {
        let bodies = entries.into_iter().map(body).collect::<Result<Vec<_>, _>>()?;
        let jobs = self.jobs.as_ref().ok_or(Error::Failed)?;
        if bodies.is_empty() {
            return Ok(Vec::new());
        }
        let (done, recorded) = oneshot::channel();
        jobs.send(Job { bodies, done }).await.map_err(|_| Error::Failed)?;
        recorded.await.map_err(|_| Error::Failed)?
    }

    /// The same for a thread that may wait. Never called from async code, which it would hold up.
    pub fn record_all_blocking(&self, entries: &[Entry]) -> Result<Vec<Recorded>, Error> {
        let bodies = entries.iter().map(body).collect::<Result<Vec<_>, _>>()?;
        let jobs = self.jobs.as_ref().ok_or(Error::Failed)?;
        if bodies.is_empty() {
            return Ok(Vec::new());
        }
        let (done, recorded) = oneshot::channel();
        jobs.blocking_send(Job { bodies, done }).map_err(|_| Error::Failed)?;
        recorded.blocking_recv().map_err(|_| Error::Failed)?
    }

    /// Whether entries are still taken; once the disk has failed, they are not.
    pub fn is_open(&self) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| !jobs.is_closed())
    }

    /// Reads back the record called `id`, by a search from the beginning of the file.
    pub fn find(&self, id: &str) -> Result<Option<Record>, Error> {
        find(&self.path, id)
    }

    /// Reads back the record called `id`, if it is one of the newest denials, without a search.
    pub fn denial(&self, id: &str) -> Result<Option<Record>, Error> {
        let place = self.denials.lock().unwrap_or_else(PoisonError::into_inner).find(id);
        let Some(place) = place else { return Ok(None) };
        let read = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(place.offset))?;
            let mut line = vec![0; place.length];
            file.read_exact(&mut line).map(|()| line)
        };
        let record = record(&read().map_err(Error::disk("read"))?, 1)?;
        Ok((record.id == id).then_some(record))
    }

    /// Reads back the records of the request with this identifier; see [`of_request`].
    pub fn of_request(&self, request: &str) -> Result<Vec<Record>, Error> {
        of_request(&self.path, request)
    }
}

fn body(entry: &Entry) -> Result<String, Error> {
    let body = entry.to_json().map_err(|error| Error::Entry(Arc::new(error)))?;
    if body.len() > LINE_BYTES - chain::OVERHEAD { Err(Error::TooLong(body.len())) } else { Ok(body) }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // The thread ends when nobody can send any more.
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("path", &self.path)
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}

/// Reads back the record called `id` from the ledger at `path`, by a search from the beginning. The record's own hash is
/// checked, the chain before it is not.
pub fn find(path: &Path, id: &str) -> Result<Option<Record>, Error> {
    let found = select(path, 1, |line| chain::is_called(line, id))?;
    Ok(found.into_iter().next())
}

/// Reads back the records of the request with this identifier from the ledger at `path`. Usually one; the gateways on
/// both sides of an exchange record it under one identifier, which is how an auditor finds the counterpart.
pub fn of_request(path: &Path, request: &str) -> Result<Vec<Record>, Error> {
    select(path, usize::MAX, |line| chain::is_of_request(line, request))
}

/// The first `most` records whose lines are `wanted`. Their own hashes are checked, the chain between them is not.
fn select(path: &Path, most: usize, wanted: impl Fn(&[u8]) -> bool) -> Result<Vec<Record>, Error> {
    let file = File::open(path).map_err(Error::disk("read"))?;
    let mut lines = chain::Lines::new(file);
    let mut found = Vec::new();
    while let Some(line) = lines.read().map_err(Error::disk("read"))? {
        if line.terminated && wanted(line.bytes) {
            found.push(record(line.bytes, line.number)?);
            if found.len() == most {
                break;
            }
        }
    }
    Ok(found)
}

/// The record on a line, its own hash checked.
fn record(bytes: &[u8], line: u64) -> Result<Record, Error> {
    let broken = |what| Error::Broken { line, what };
    let parsed = chain::Line::parse(bytes).map_err(broken)?;
    let json = serde_json::from_str(parsed.record).map_err(|_| broken("is not JSON"))?;
    Ok(Record { id: parsed.id().to_owned(), sequence: parsed.sequence, json })
}
