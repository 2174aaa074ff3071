//! Facts of arithmetic that come again with every document of a signer: that a seal's and a certificate's signatures hold, that a seal
//! has its digest. They are true for good, whoever is trusted; who is, is judged anew each time. Which of them are worth keeping is for
//! those to say who know whose they are.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::checks::{Claimed, Presumption, Signed};
use super::{DigestAlgorithm, Encoding};

/// What one fact takes beside its bytes, about.
const OVERHEAD: usize = 256;

/// Bytes of one fact. 1 MiB: seals have 10 to 40 KB, and no signer, however trusted, is to fill the room with a few.
const LARGEST: usize = 1 << 20;

/// Facts that were found true, of which there are never more than a given number of bytes.
#[derive(Debug)]
pub struct KnownFacts {
    most: usize,
    state: RwLock<State>,
    /// Rises with each use.
    now: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    facts: HashMap<Vec<u8>, Arc<Fact>>,
    bytes: usize,
}

/// Found by the signature's value or the digest, and compared whole.
#[derive(Debug)]
struct Fact {
    kind: Kind,
    data: Arc<Vec<u8>>,
    last: AtomicU64,
}

#[derive(Debug)]
enum Kind {
    Signature([u8; 65], Encoding),
    Digest(DigestAlgorithm),
}

impl KnownFacts {
    /// Room for `most` bytes of facts.
    pub fn new(most: usize) -> Self {
        Self { most, state: RwLock::default(), now: AtomicU64::new(0) }
    }

    /// How many bytes they take now.
    pub fn bytes(&self) -> usize {
        self.state.read().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Keeps those of `confirmed` that will be asked again. All must have been found true, and they must be those of documents
    /// whose signers and seals are trusted: nobody else's may take room.
    pub fn learn<'p>(&self, confirmed: impl IntoIterator<Item = &'p Presumption>) {
        for presumption in confirmed.into_iter().filter(|one| one.is_lasting()) {
            let (name, kind, data) = match &presumption.claim {
                Claimed::Signature { key, message: Signed::Whole(data), value, raw } => {
                    (raw.clone(), Kind::Signature(*key.point(), value.encoding), Arc::new(data.clone()))
                }
                Claimed::Digest { algorithm, data, digest } => {
                    (digest.as_ref().to_vec(), Kind::Digest(*algorithm), Arc::clone(data))
                }
                // Of a message that nobody has seen nothing is known.
                Claimed::Signature { message: Signed::Digest(_), .. } => continue,
            };
            self.keep(name, Fact { kind, data, last: AtomicU64::new(self.tick()) });
        }
    }

    /// Whether `signature` is known to be somebody's over `message`.
    pub fn is_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let is = |fact: Arc<Fact>| matches!(fact.kind, Kind::Signature(..)) && *fact.data == message;
        self.fact(signature).is_some_and(is)
    }

    /// How the signature is written, if it is known to be the one of the key with this point over `message`.
    pub(super) fn signature(&self, point: &[u8; 65], message: &[u8], signature: &[u8]) -> Option<Encoding> {
        let fact = self.fact(signature)?;
        match &fact.kind {
            Kind::Signature(of, encoding) if of == point && *fact.data == message => Some(*encoding),
            Kind::Signature(..) | Kind::Digest(_) => None,
        }
    }

    /// What is known to have this digest, if it is `data`: the same bytes, which compare quickly from then on.
    pub fn digested(
        &self,
        algorithm: DigestAlgorithm,
        data: &Arc<Vec<u8>>,
        digest: &[u8],
    ) -> Option<Arc<Vec<u8>>> {
        let fact = self.fact(digest)?;
        let is = matches!(fact.kind, Kind::Digest(known) if known == algorithm)
            && (Arc::ptr_eq(&fact.data, data) || fact.data == *data);
        is.then(|| Arc::clone(&fact.data))
    }

    fn fact(&self, name: &[u8]) -> Option<Arc<Fact>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let fact = state.facts.get(name)?;
        fact.last.store(self.tick(), Ordering::Relaxed);
        Some(Arc::clone(fact))
    }

    fn tick(&self) -> u64 {
        self.now.fetch_add(1, Ordering::Relaxed)
    }

    fn keep(&self, name: Vec<u8>, fact: Fact) {
        let weight = fact.weight(&name);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if weight > LARGEST.min(self.most / 2) || state.facts.contains_key(&name) {
            return;
        }
        if state.bytes + weight > self.most {
            state.shrink(self.most / 2);
        }
        state.bytes += weight;
        state.facts.insert(name, Arc::new(fact));
    }
}

impl State {
    /// Keeps what was used last, up to `most` bytes.
    fn shrink(&mut self, most: usize) {
        let mut all: Vec<(Vec<u8>, Arc<Fact>)> = self.facts.drain().collect();
        all.sort_by_key(|(_, fact)| std::cmp::Reverse(fact.last.load(Ordering::Relaxed)));
        self.bytes = 0;
        for (name, fact) in all {
            self.bytes += fact.weight(&name);
            if self.bytes > most {
                self.bytes -= fact.weight(&name);
                return;
            }
            self.facts.insert(name, fact);
        }
    }
}

impl Fact {
    fn weight(&self, name: &[u8]) -> usize {
        self.data.len() + name.len() + OVERHEAD
    }
}

#[cfg(test)]
mod tests;
