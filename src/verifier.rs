//! Runs judgements beside the async runtime: a bounded number at once, a bounded number waiting.
//! It judges nothing itself, keeps no files, and judges none that was not admitted.

use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::budget::Limits;
use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::license::{Circumstances, DEFAULT_SKEW_MILLIS, judge};
use crate::pki::Anchors;
use crate::quota::Admission;
use crate::seal::SealRegister;
use crate::verdict::Judgement;

/// Settings, in the config under `[verify]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Judgements at once. By default the number of processors, because judging is pure computation.
    pub workers: NonZeroUsize,
    /// Files that may wait for a worker. 256 at 0.5 ms each keep the wait under 0.2 s on one core.
    pub waiting: usize,
    /// How far a signer's clock may run ahead, in seconds. See [`DEFAULT_SKEW_MILLIS`].
    pub clock_skew_seconds: u32,
    /// What one file may cost.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            waiting: 256,
            clock_skew_seconds: u32::try_from(DEFAULT_SKEW_MILLIS / 1000).unwrap_or_default(),
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

/// A file that was judged.
#[derive(Debug)]
pub struct Examined {
    /// Its SM3 digest. Not keyed: a license cannot be guessed, and its holder is to find it in the ledger again.
    pub digest: Digest,
    /// What was found.
    pub judgement: Judgement,
}

fn digest(file: &[u8]) -> Digest {
    DigestAlgorithm::Sm3.digest(file)
}

/// Judges files on threads of its own.
#[derive(Debug)]
pub struct Verifier {
    limits: Limits,
    skew_millis: i64,
    admitted: Semaphore,
    running: Arc<Semaphore>,
}

impl Verifier {
    /// A verifier with `config`.
    pub fn new(config: &Config) -> Self {
        let workers = config.workers.get();
        Self {
            limits: config.limits,
            skew_millis: i64::from(config.clock_skew_seconds).saturating_mul(1000),
            admitted: Semaphore::new(workers.saturating_add(config.waiting).min(Semaphore::MAX_PERMITS)),
            running: Arc::new(Semaphore::new(workers.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Judges `file`, whose verification was admitted, for `at` under `anchors` and what `seals` knows.
    ///
    /// Fails only with [`Error::Busy`] when too many files wait, or when the runtime ends.
    pub async fn verify(
        &self,
        _: &Admission,
        file: Bytes,
        anchors: Arc<Anchors>,
        seals: Arc<SealRegister>,
        at: Timestamp,
    ) -> Result<Examined, Error> {
        let (limits, skew_millis) = (self.limits, self.skew_millis);
        self.run(move || {
            let usual = Circumstances::new(&anchors, at, &limits);
            let circumstances = Circumstances { skew_millis, seals: Some(&seals), ..usual };
            Examined { digest: digest(&file), judgement: judge(&file, &circumstances) }
        })
        .await
    }

    /// The digest of a file that is not to be judged, for the record of its refusal. It waits with the judgements,
    /// because hashing a large file takes as long as judging a small one; it fails as they do.
    pub async fn digest(&self, file: Bytes) -> Result<Digest, Error> {
        self.run(move || digest(&file)).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _admitted = self.admitted.try_acquire().map_err(|_| Error::Busy)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| Error::CutShort)?;
        tokio::task::spawn_blocking(move || {
            // Held by the thread, so that a caller that goes away does not make room for another file.
            let _running = running;
            work()
        })
        .await
        .map_err(|_| Error::CutShort)
    }
}
