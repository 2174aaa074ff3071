//! What a judgement asks of arithmetic: whether a signature holds, whether a digest fits. Answered at once; or presumed to be so, kept,
//! and confirmed together with what else was presumed, in full lanes.
//!
//! Whoever presumes goes on as if all were true. If it turns out to be, the outcome is the one that answers at once lead to, because
//! every answer was the same; if anything is not, the outcome is worth nothing, and is to be found again with answers at once.

use std::sync::Arc;

use super::sm2_key::Sm2Key;
use super::sm2_signature::Sm2Signature;
use super::{
    Digest, DigestAlgorithm, Encoding, Engine, KnownFacts, Message, PublicKey, SignatureAlgorithm,
    VerifyError,
};

/// Bytes that wait for their digests; what comes then is confirmed with them before more is presumed. 4 MiB: a scan of some pages, or
/// a hundred documents of the usual size; as much for each document that is judged beside others is still little memory.
const WAITING: usize = 4 << 20;

/// Asks of arithmetic, for one judgement.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// With what presumptions are confirmed; nothing is presumed without it.
    presumes: Option<Engine>,
    known: Option<Arc<KnownFacts>>,
    presumed: Vec<Presumption>,
    lasting: Vec<Presumption>,
    waiting: usize,
    refuted: bool,
}

/// What was taken for true, and is to be confirmed.
#[derive(Clone, Debug)]
pub struct Presumption {
    pub(super) claim: Claimed,
    /// Whether the same will be asked again with other documents.
    lasting: bool,
}

/// What is claimed.
#[derive(Clone, Debug)]
pub(super) enum Claimed {
    /// That a key made an SM2 signature, which is a sound one by form.
    Signature { key: Arc<Sm2Key>, message: Signed, value: Sm2Signature, raw: Vec<u8> },
    /// That data have a digest.
    Digest { algorithm: DigestAlgorithm, data: Arc<Vec<u8>>, digest: Digest },
}

/// A message that outlives whom it was taken from.
#[derive(Clone, Debug)]
pub(super) enum Signed {
    Whole(Vec<u8>),
    Digest([u8; 32]),
}

impl Checks {
    /// Answers at once, and takes for true what is known to be.
    pub fn at_once(known: Option<&Arc<KnownFacts>>) -> Self {
        Self { known: known.cloned(), ..Self::default() }
    }

    /// Presumes, for `engine` to confirm, what is not known.
    pub fn presuming(engine: Engine, known: Option<&Arc<KnownFacts>>) -> Self {
        Self { presumes: Some(engine), ..Self::at_once(known) }
    }

    /// Whether `key` made `signature` over `message` by `algorithm`; on success how an SM2 value was written.
    pub fn verify(
        &mut self,
        algorithm: SignatureAlgorithm,
        key: &PublicKey,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<Encoding, VerifyError> {
        self.check(algorithm, key, message, signature, false)
    }

    /// The same of a signature that many documents carry, such as that of a certificate or seal.
    pub fn verify_lasting(
        &mut self,
        algorithm: SignatureAlgorithm,
        key: &PublicKey,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<Encoding, VerifyError> {
        self.check(algorithm, key, message, signature, true)
    }

    fn check(
        &mut self,
        algorithm: SignatureAlgorithm,
        key: &PublicKey,
        message: Message<'_>,
        signature: &[u8],
        lasting: bool,
    ) -> Result<Encoding, VerifyError> {
        let (SignatureAlgorithm::Sm2Sm3, PublicKey::Sm2(point)) = (algorithm, key) else {
            return algorithm.verify_message(key, message, signature);
        };
        let known = self.known.as_ref().filter(|_| lasting);
        if let (Some(known), Message::Whole(message)) = (known, message)
            && let Some(encoding) = known.signature(point.point(), message, signature)
        {
            return Ok(encoding);
        }
        if self.presumes.is_none() {
            return algorithm.verify_message(key, message, signature);
        }
        let value = Sm2Signature::parse(signature).ok_or(VerifyError::Malformed)?;
        let encoding = value.encoding;
        let message = match message {
            Message::Whole(message) => Signed::Whole(message.to_vec()),
            Message::Sm2Digest(e) => Signed::Digest(e),
        };
        let raw = signature.to_vec();
        self.presume(Claimed::Signature { key: Arc::clone(point), message, value, raw }, lasting);
        Ok(encoding)
    }

    /// Whether `data` have the digest `expected`.
    pub fn has_digest(&mut self, algorithm: DigestAlgorithm, data: &Arc<Vec<u8>>, expected: &[u8]) -> bool {
        self.digest(algorithm, data, expected, false)
    }

    /// The same of data that many documents carry, such as a seal.
    pub fn has_digest_lasting(
        &mut self,
        algorithm: DigestAlgorithm,
        data: &Arc<Vec<u8>>,
        expected: &[u8],
    ) -> bool {
        self.digest(algorithm, data, expected, true)
    }

    fn digest(
        &mut self,
        algorithm: DigestAlgorithm,
        data: &Arc<Vec<u8>>,
        expected: &[u8],
        lasting: bool,
    ) -> bool {
        let Some(digest) = algorithm.received(expected) else { return false };
        let known = self.known.as_ref().filter(|_| lasting);
        if known.is_some_and(|known| known.digested(algorithm, data, expected).is_some()) {
            return true;
        }
        if self.presumes.is_none() {
            return algorithm.digest(data) == digest;
        }
        self.presume(Claimed::Digest { algorithm, data: Arc::clone(data), digest }, lasting);
        true
    }

    fn presume(&mut self, claim: Claimed, lasting: bool) {
        if self.refuted {
            return;
        }
        self.waiting = self.waiting.saturating_add(claim.length());
        self.presumed.push(Presumption { claim, lasting });
        if self.waiting > WAITING {
            self.confirm();
        }
    }

    /// Confirms what waits. What turns out to be false ends all presuming: nothing that is asked from then on counts.
    fn confirm(&mut self) {
        let Some(engine) = self.presumes else { return };
        let waiting: Vec<&Presumption> = self.presumed.iter().collect();
        self.refuted = engine.confirm(&waiting).contains(&false);
        self.waiting = 0;
        let waiting = std::mem::take(&mut self.presumed);
        self.lasting.extend(waiting.into_iter().filter(|one| one.lasting));
    }

    /// What was presumed, confirmed already, and will be asked again with other documents.
    pub fn confirmed_lasting(&self) -> &[Presumption] {
        &self.lasting
    }

    /// What was presumed and not confirmed yet.
    pub fn presumed(&self) -> &[Presumption] {
        &self.presumed
    }

    /// Whether something that was presumed has turned out to be false.
    pub const fn are_refuted(&self) -> bool {
        self.refuted
    }
}

impl Presumption {
    /// The SM2 key that a presumed signature is of.
    pub fn key(&self) -> Option<PublicKey> {
        match &self.claim {
            Claimed::Signature { key, .. } => Some(PublicKey::Sm2(Arc::clone(key))),
            Claimed::Digest { .. } => None,
        }
    }

    pub(super) const fn is_lasting(&self) -> bool {
        self.lasting
    }
}

impl Claimed {
    /// How many bytes are to be hashed for it.
    fn length(&self) -> usize {
        match self {
            Self::Signature { message: Signed::Whole(message), .. } => message.len(),
            Self::Signature { message: Signed::Digest(_), .. } => 0,
            Self::Digest { data, .. } => data.len(),
        }
    }
}
