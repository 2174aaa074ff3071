//! Runs judgements beside the async runtime: a bounded number at once, a bounded number waiting, requests before lines of
//! batches.
//! It judges nothing itself, keeps no files, and judges none that was not admitted.

use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::budget::Limits;
use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::license::{Circumstances, Content, ContentDigest, DEFAULT_SKEW_MILLIS, Sought, judge_traced};
use crate::pki::revocation::{Evidence, EvidenceRules};
use crate::pki::{Anchors, Certificate, RevocationKnowledge};
use crate::quota::Admission;
use crate::seal::SealRegister;
use crate::trace::Trace;
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

/// Who goes first, and what becomes of those for whom there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    /// A request of its own. Somebody waits for it: where too many do, it is refused.
    Request,
    /// A line of a batch. It waits in a line of its own, which takes no place from requests; who sends batches bounds
    /// how many wait.
    Line,
}

/// What is to be judged, and what came beside it.
pub struct Material {
    /// What it is expected to be.
    pub sought: Sought,
    /// The file: a document, a seal, or a signature.
    pub file: Bytes,
    /// What a signature that comes alone was made over.
    pub content: Option<Given>,
    /// The certificate of a signature that carries none.
    pub signer: Option<Certificate>,
}

/// Content beside a signature, or only its digest.
pub enum Given {
    /// The bytes.
    Bytes(Bytes),
    /// A digest of them.
    Digest(ContentDigest),
}

impl Material {
    /// A file whose format its content tells, with nothing beside it.
    pub const fn file(file: Bytes) -> Self {
        Self { sought: Sought::File, file, content: None, signer: None }
    }

    /// Hashes all of it.
    pub fn identified(self) -> Identified {
        let digests = self.digests();
        let key = self.key(&digests);
        Identified { material: Arc::new(self), digests, key }
    }

    /// What the judgement of this is kept under: digests of all of it, and what it is held to be.
    fn key(&self, digests: &Digests) -> MaterialKey {
        let given = self.content.as_ref().map(|content| matches!(content, Given::Bytes(_)));
        MaterialKey { sought: self.sought, digests: *digests, content_given: given }
    }

    fn digests(&self) -> Digests {
        Digests {
            file: DigestAlgorithm::Sm3.digest(&self.file),
            content: self.content.as_ref().map(|content| match content {
                Given::Bytes(bytes) => ContentDigest::of(DigestAlgorithm::Sm3, bytes),
                Given::Digest(digest) => *digest,
            }),
            signer: self.signer.as_ref().map(|signer| DigestAlgorithm::Sm3.digest(signer.der())),
        }
    }
}

/// Sizes and kinds only: files and content hold personal data.
impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Material")
            .field("sought", &self.sought)
            .field("file_bytes", &self.file.len())
            .field("has_content", &self.content.is_some())
            .field("has_signer", &self.signer.is_some())
            .finish()
    }
}

/// Digests of what was judged, for its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digests {
    /// SM3 of the file. To be recorded as it is: a license or a signature cannot be guessed, and whoever holds it is to
    /// find it in the ledger again.
    pub file: Digest,
    /// The digest of the content beside it. To be recorded under a key: content may be short enough to be guessed.
    pub content: Option<ContentDigest>,
    /// SM3 of the certificate beside it. To be recorded under a key: it may be a person's.
    pub signer: Option<Digest>,
}

/// What makes two materials the same, so that one judgement serves both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaterialKey {
    sought: Sought,
    digests: Digests,
    /// Whether content beside it came as bytes; of a digest alone less can be told.
    content_given: Option<bool>,
}

/// Material that is identified, and not judged yet.
#[derive(Clone, Debug)]
pub struct Identified {
    /// The material.
    pub material: Arc<Material>,
    /// Its digests, for its record.
    pub digests: Digests,
    /// What its judgement may be kept under.
    pub key: MaterialKey,
}

/// A judgement with what it rests on beside the file.
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

/// Judges files on threads of its own.
#[derive(Debug)]
pub struct Verifier {
    limits: Limits,
    skew_millis: i64,
    admitted: Semaphore,
    running: Arc<Semaphore>,
    /// Lines of batches that run or are the next to run. As many as run: lines alone keep all workers busy, and as each
    /// that ends makes room, a request finds at most so many before it, however long the batches are.
    lines: Semaphore,
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
            lines: Semaphore::new(workers.min(Semaphore::MAX_PERMITS)),
        }
    }

    /// How far clocks elsewhere may run ahead, in milliseconds.
    pub const fn skew_millis(&self) -> i64 {
        self.skew_millis
    }

    /// Judges `material`, whose verification was admitted, for `at` on `grounds`.
    ///
    /// Fails only with [`Error::Busy`] when too many requests wait, or with [`Error::CutShort`] when the runtime ends or
    /// the judgement panics.
    pub async fn verify(
        &self,
        _: &Admission,
        material: Arc<Material>,
        grounds: Grounds,
        at: Timestamp,
        precedence: Precedence,
    ) -> Result<Judged, Error> {
        let (limits, skew_millis) = (self.limits, self.skew_millis);
        self.run(precedence, move || {
            let content = material.content.as_ref().map(|content| match content {
                Given::Bytes(bytes) => Content::Bytes(bytes),
                Given::Digest(digest) => Content::Digest(*digest),
            });
            let signer = material.signer.as_ref();
            let Grounds { anchors, seals, evidence, rules } = &grounds;
            let revocation = Some(RevocationKnowledge { evidence, rules: *rules });
            let usual = Circumstances::new(anchors, at, &limits);
            let circumstances =
                Circumstances { revocation, skew_millis, content, signer, seals: Some(seals), ..usual };
            let (judgement, trace) = judge_traced(material.sought, &material.file, &circumstances);
            Judged { judgement, trace }
        })
        .await
    }

    /// Hashes `material`, for its record and to find a judgement that was made before. This waits with the judgements, because
    /// hashing a large file takes as long as judging a small one; it fails as they do.
    pub async fn identify(&self, material: Material, precedence: Precedence) -> Result<Identified, Error> {
        self.run(precedence, move || material.identified()).await
    }

    /// Runs `work` where files are judged, for what takes as long: megabytes of JSON and base64 to decode. It fails as
    /// [`Verifier::verify`] does.
    pub async fn run<T: Send + 'static>(
        &self,
        precedence: Precedence,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _place = match precedence {
            Precedence::Request => self.admitted.try_acquire().map_err(|_| Error::Busy)?,
            Precedence::Line => self.lines.acquire().await.map_err(|_| Error::CutShort)?,
        };
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
        let (ended, order) = mpsc::channel();
        let running = {
            let verifier = Arc::clone(&verifier);
            tokio::spawn(async move { verifier.run(Precedence::Line, move || held.recv()).await })
        };
        while verifier.running.available_permits() > 0 {
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
}
