//! Runs judgements on threads of its own: a bounded number waiting, requests before lines of batches, and what waits at the same
//! time hashed and checked together.
//! It judges nothing itself, keeps no files, and judges none that was not admitted.

mod material;
mod queue;
mod round;
mod threads;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub use self::material::{Digests, Given, Identified, Material, MaterialKey};
use self::queue::Queue;
use self::round::{IsKept, Question, Tools, Work};
use crate::budget::Limits;
use crate::clock::Timestamp;
use crate::crypto::HasLanes;
use crate::license::DEFAULT_SKEW_MILLIS;
use crate::metrics::Metrics;
use crate::pki::Anchors;
use crate::pki::revocation::{Evidence, EvidenceRules};
use crate::quota::Admission;
use crate::seal::SealRegister;
use crate::trace::Trace;
use crate::verdict::Judgement;

/// Settings, in the config under `[verify]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Judgements at once. By default the number of processors, because judging is pure computation. At most
    /// [`Config::MOST_WORKERS`].
    pub workers: NonZeroUsize,
    /// Files that may wait for a worker. 256 at 0.5 ms each keep the wait under 0.2 s on one core.
    pub waiting: usize,
    /// How far a signer's clock may run ahead, in seconds. See [`DEFAULT_SKEW_MILLIS`].
    pub clock_skew_seconds: u32,
    /// Files that one thread judges together. 16: as many as lanes of SM3. Signatures of known signers would be a little cheaper still in
    /// rounds of 64, which is not worth the wait for 48 others. At most [`Config::MOST_TOGETHER`].
    pub together: NonZeroUsize,
    /// How long a file that has been read may wait for others that are read beside it, in microseconds; one that is alone never
    /// waits. 5,000: 16 files of the usual size are read in some 2,500, and in not quite twice that where the rest of the gateway runs
    /// on the same processor. At most [`Config::MOST_GATHER_MICROS`].
    pub gather_micros: u32,
    /// Files that have more bytes, with the content beside them, are hashed by themselves, after what came with them: those beside one
    /// would wait for it. 1 MiB: 3 ms.
    pub hashed_together_bytes: usize,
    /// Files that have more bytes, counted alike, are judged by themselves, after smaller ones, and not in the pass that hashes them: those
    /// judged before would wait for it, and who asks the same is to share its judgement. 256 KiB: 2 ms. At most `hashed_together_bytes`.
    pub judged_together_bytes: usize,
    /// Keys that get tables, of 88 KB each, which make checks by them four times as cheap: up to half are those of anchors and of
    /// configured intermediates, all others those of trusted signers. 256 are 23 MB; more than that hardly sign at the same time in
    /// one province, and whoever signs most keeps theirs. At most [`Config::MOST_KNOWN_SIGNERS`].
    pub known_signers: usize,
    /// Bytes of certificates and seals of trusted signers whose signatures need not be checked again. 64 MiB: 900 seals of the
    /// usual size of 18 KB, which is kept as stored, as inflated and as signed. Certificates, of some 5 KB each, take an eighth of
    /// it at most, and are at most four for each of `known_signers`.
    pub known_bytes: usize,
    /// Whether instructions for many lanes are used where the processor has them. Off for comparison, or where they are suspected.
    pub lanes: bool,
    /// What one file may cost.
    pub limits: Limits,
}

impl Config {
    /// Threads: more processors than one machine has. Each takes 2 MiB of addresses, and all of them share one queue.
    pub const MOST_WORKERS: usize = 1_024;
    /// Files that one thread judges together: 0.2 s of work, for which another thread may be idle, and all of it in memory.
    pub const MOST_TOGETHER: usize = 1_024;
    /// Microseconds for which a file that has been read waits: as long as a write of the ledger may.
    pub const MOST_GATHER_MICROS: u32 = 100_000;
    /// Tables of keys: they take 5.5 GiB, and a publication may have half of them made.
    pub const MOST_KNOWN_SIGNERS: usize = 65_536;

    /// The settings that are higher than they may be, each with what it is at most.
    pub fn excesses(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let micros = |micros| usize::try_from(micros).unwrap_or(usize::MAX);
        let bounds = [
            ("workers", self.workers.get(), Self::MOST_WORKERS),
            ("together", self.together.get(), Self::MOST_TOGETHER),
            ("known_signers", self.known_signers, Self::MOST_KNOWN_SIGNERS),
            ("gather_micros", micros(self.gather_micros), micros(Self::MOST_GATHER_MICROS)),
        ];
        bounds.into_iter().filter(|(_, set, most)| set > most).map(|(setting, _, most)| (setting, most))
    }
}

impl Default for Config {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            workers: processors.min(NonZeroUsize::new(Self::MOST_WORKERS).unwrap_or(processors)),
            waiting: 256,
            clock_skew_seconds: u32::try_from(DEFAULT_SKEW_MILLIS / 1000).unwrap_or_default(),
            together: NonZeroUsize::new(16).unwrap_or(NonZeroUsize::MIN),
            gather_micros: 5_000,
            hashed_together_bytes: 1 << 20,
            judged_together_bytes: 256 << 10,
            known_signers: 256,
            known_bytes: 64 << 20,
            lanes: true,
            limits: Limits::default(),
        }
    }
}

/// Why a file was not judged; the file itself is not at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too many files are waiting.
    #[error("too many files are waiting to be judged")]
    Busy,
    /// The judgement was cut short by the shutdown of the runtime or by a fault in it.
    #[error("the judgement was cut short")]
    CutShort,
}

/// Who goes first, and what becomes of those for whom there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    /// A request of its own. Somebody waits for it: where too many do, it is refused.
    Request,
    /// A line of a batch. It waits in a line of its own, which takes no place from requests; who sends batches bounds
    /// how many wait.
    Line,
}

/// Material that is identified, and perhaps judged.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What it is.
    pub identified: Identified,
    /// Its judgement, if it was made at once.
    pub judged: Option<Arc<Judged>>,
}

/// A judgement with what it rests on beside the file. It has some 3 KB, which whoever waits for it would have in a future several
/// times over; so it goes by reference.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What was found.
    pub judgement: Judgement,
    /// What that rests on.
    pub trace: Trace,
}

/// What judgements rest on, taken once for each.
#[derive(Clone, Debug)]
pub struct Grounds {
    /// Whom seals and signatures must lead to.
    pub anchors: Arc<Anchors>,
    /// What is known of seals.
    pub seals: Arc<SealRegister>,
    /// What is known about revocation.
    pub evidence: Arc<Evidence>,
    /// What is demanded of that.
    pub rules: EvidenceRules,
}

/// Who waits for what comes of a piece of work. Its place is taken until it is told, also if it goes away, so that nobody makes room
/// for more work by leaving some behind; the place is free before it is told, or it would find none if it asks again.
struct Tell<T> {
    place: Option<OwnedSemaphorePermit>,
    to: oneshot::Sender<T>,
}

impl<T> Tell<T> {
    fn new(place: Option<OwnedSemaphorePermit>) -> (Self, oneshot::Receiver<T>) {
        let (to, told) = oneshot::channel();
        (Self { place, to }, told)
    }

    fn send(self, what: T) {
        drop(self.place);
        // Whoever went away needs no answer.
        drop(self.to.send(what));
    }

    fn is_awaited(&self) -> bool {
        !self.to.is_closed()
    }
}

/// Judges files on threads of its own.
pub struct Verifier {
    tools: Arc<Tools>,
    admitted: Arc<Semaphore>,
    queue: Arc<Queue<Work>>,
    threads: Vec<JoinHandle<()>>,
}

impl Verifier {
    /// A verifier with `config`. Where the system gives no threads, what is asked of it is cut short.
    pub fn new(config: &Config) -> Self {
        let (workers, together) = (config.workers.get(), config.together.get());
        let tools = Arc::new(Tools::new(config));
        let queue = Arc::new(Queue::new());
        let thread = |_| {
            let (queue, tools) = (Arc::clone(&queue), Arc::clone(&tools));
            let work = move || {
                while let Some(round) = queue.take(together, workers) {
                    // A thread must outlive whatever happens in a round.
                    drop(catch_unwind(AssertUnwindSafe(|| tools.work(round))));
                }
            };
            std::thread::Builder::new().name("verifier".to_owned()).spawn(work)
        };
        let threads = threads::raise(workers, thread);
        if threads.is_empty() {
            queue.end();
        }
        let places = workers.saturating_add(config.waiting).min(Semaphore::MAX_PERMITS);
        Self { tools, admitted: Arc::new(Semaphore::new(places)), queue, threads }
    }

    /// How far clocks elsewhere may run ahead, in milliseconds.
    pub fn skew_millis(&self) -> i64 {
        self.tools.skew_millis
    }

    /// What is computed in lanes.
    pub fn has_lanes(&self) -> HasLanes {
        self.tools.engine.has_lanes()
    }

    /// Threads that judge; fewer than configured where the system gives no more.
    pub const fn workers(&self) -> usize {
        self.threads.len()
    }

    /// Shows operators in `metrics` what is computed in lanes.
    pub fn show(&self, metrics: &mut Metrics) {
        let lanes = metrics.levels(
            "verifier_lanes",
            "engine",
            "1 where what waits together is computed in lanes of AVX-512.",
        );
        let HasLanes { sm2, sm3 } = self.has_lanes();
        lanes.set("sm2", sm2.into());
        lanes.set("sm3", sm3.into());
    }

    /// From now on, gives tables to the SM2 keys of `anchors`, which check the certificates of signers not met before, and takes theirs
    /// from those of the anchors followed before. The tables are made where files are judged, requests first: until a key has its
    /// own, what it signed is checked without.
    pub fn follow(&self, anchors: &Anchors) {
        for key in self.tools.known.signers.follow(anchors.keys()) {
            let tools = Arc::clone(&self.tools);
            let furnish = move || tools.known.signers.furnish(&key);
            self.queue.push(Precedence::Line, Work::Other(Box::new(furnish)));
        }
    }

    /// Judges `material`, whose verification was admitted, for `at` on `grounds`.
    ///
    /// Fails only with [`Error::Busy`] when too many requests wait, or with [`Error::CutShort`] when the verifier ends or
    /// the judgement panics.
    pub async fn verify(
        &self,
        _: &Admission,
        material: Arc<Material>,
        grounds: Grounds,
        at: Timestamp,
        precedence: Precedence,
    ) -> Result<Arc<Judged>, Error> {
        self.ask(precedence, |tell| Work::Judge(Question { material, grounds, at }, tell)).await
    }

    /// Hashes `material` and, in the same pass, judges it like [`Verifier::verify`], which saves a small file half of the way and the
    /// wait. It is left unjudged if that may take long, so that all who ask the same should share one judgement, if `is_kept` says so
    /// of its key, or if the same is judged beside it.
    pub async fn see(
        &self,
        _: &Admission,
        material: Arc<Material>,
        (grounds, at): (Grounds, Timestamp),
        precedence: Precedence,
        is_kept: impl Fn(&MaterialKey) -> bool + Send + 'static,
    ) -> Result<Seen, Error> {
        let is_kept: IsKept = Box::new(is_kept);
        self.ask(precedence, |tell| Work::See(Question { material, grounds, at }, is_kept, tell)).await
    }

    /// Hashes `material`, for its record and to find a judgement that was made before. This waits with the judgements, because
    /// hashing a large file takes as long as judging a small one; it fails as they do.
    pub async fn identify(
        &self,
        material: Arc<Material>,
        precedence: Precedence,
    ) -> Result<Identified, Error> {
        self.ask(precedence, |tell| Work::Identify(material, tell)).await
    }

    /// Runs `work` where files are judged, for what takes as long: megabytes of JSON and base64 to decode. It fails as
    /// [`Verifier::verify`] does.
    pub async fn run<T: Send + 'static>(
        &self,
        precedence: Precedence,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let tell = |tell: Tell<T>| {
            Work::Other(Box::new(move || {
                if tell.is_awaited() {
                    tell.send(work());
                }
            }))
        };
        self.ask(precedence, tell).await
    }

    /// Lets work wait and waits for what comes of it.
    async fn ask<T>(&self, precedence: Precedence, work: impl FnOnce(Tell<T>) -> Work) -> Result<T, Error> {
        // Lines wait in a line of their own, which takes no place from requests; a request finds before it what its thread has
        // begun, however long the batches are.
        let place = match precedence {
            Precedence::Request => {
                Some(Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Error::Busy)?)
            }
            Precedence::Line => None,
        };
        let (tell, told) = Tell::new(place);
        self.queue.push(precedence, work(tell));
        told.await.map_err(|_| Error::CutShort)
    }
}

/// Threads end with the round that they are at; what waits is cut short.
impl Drop for Verifier {
    fn drop(&mut self) {
        self.queue.end();
        // The last owner may be a thread of the runtime, which must not wait for them.
        self.threads.clear();
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    fn verifier(workers: usize, waiting: usize) -> Arc<Verifier> {
        let workers = NonZeroUsize::new(workers).unwrap();
        Arc::new(Verifier::new(&Config { workers, waiting, ..Config::default() }))
    }

    #[tokio::test]
    async fn a_request_goes_before_the_lines_that_wait() {
        let verifier = verifier(1, 1);
        let (go, held) = mpsc::channel::<()>();
        let (begins, began) = mpsc::channel();
        let (ended, order) = mpsc::channel();
        let running = {
            let verifier = Arc::clone(&verifier);
            let work = move || {
                begins.send(()).unwrap();
                held.recv()
            };
            tokio::spawn(async move { verifier.run(Precedence::Line, work).await })
        };
        while began.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        // Far more than may wait of requests: none is refused, and none of them takes a place from requests.
        let mut lines = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (verifier, ended) = (Arc::clone(&verifier), ended.clone());
            lines.spawn(async move { verifier.run(Precedence::Line, move || ended.send("line")).await });
        }
        let request = {
            let (verifier, ended) = (Arc::clone(&verifier), ended.clone());
            tokio::spawn(
                async move { verifier.run(Precedence::Request, move || ended.send("request")).await },
            )
        };
        while verifier.admitted.available_permits() > 1 {
            tokio::task::yield_now().await;
        }
        go.send(()).unwrap();
        request.await.unwrap().unwrap().unwrap();
        assert_eq!(order.recv_timeout(Duration::from_secs(60)), Ok("request"));
        running.await.unwrap().unwrap().unwrap();
        while let Some(line) = lines.join_next().await {
            line.unwrap().unwrap().unwrap();
        }
        drop(ended);
        assert_eq!(order.iter().count(), 100);
    }

    #[tokio::test]
    async fn a_panic_ends_only_what_panicked() {
        let verifier = verifier(1, 0);
        for precedence in [Precedence::Request, Precedence::Line] {
            let panics = || -> u8 { panic!("for the test") };
            assert_eq!(verifier.run(precedence, panics).await, Err(Error::CutShort));
            assert_eq!(verifier.run(precedence, || 1).await, Ok(1));
        }
    }

    /// Places are bounded, whoever goes away: what waits keeps its own until a thread has looked at it.
    #[tokio::test]
    async fn too_many_requests_are_refused_at_once() {
        let verifier = verifier(1, 1);
        let (go, held) = mpsc::channel::<()>();
        let (begins, began) = mpsc::channel();
        let work = move || {
            begins.send(()).unwrap();
            held.recv()
        };
        let running = {
            let verifier = Arc::clone(&verifier);
            tokio::spawn(async move { verifier.run(Precedence::Request, work).await })
        };
        while began.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        let waiting = {
            let verifier = Arc::clone(&verifier);
            tokio::spawn(async move { verifier.run(Precedence::Request, || 1).await })
        };
        while verifier.admitted.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(verifier.run(Precedence::Request, || 2).await, Err(Error::Busy));
        waiting.abort();
        assert!(waiting.await.is_err());
        assert_eq!(verifier.run(Precedence::Request, || 2).await, Err(Error::Busy));
        go.send(()).unwrap();
        running.await.unwrap().unwrap().unwrap();
    }
}
