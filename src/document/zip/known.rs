//! Entries that come again with every document of a signer, as a seal's file does, inflated once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What is known by the checksum and the size that a container states, and compared whole.
type Entries = HashMap<(u32, u64), Arc<Inflated>>;

/// Entries with their contents, of which there are never more than a given number of bytes.
#[derive(Debug)]
pub struct KnownEntries {
    most: usize,
    kept: RwLock<(Entries, usize)>,
}

#[derive(Debug)]
struct Inflated {
    stored: Vec<u8>,
    contents: Arc<Vec<u8>>,
}

impl KnownEntries {
    /// Room for `most` bytes, stored and inflated together.
    pub fn new(most: usize) -> Self {
        Self { most, kept: RwLock::default() }
    }

    /// The contents of what is `stored` under this checksum and size.
    pub(super) fn contents(&self, crc: u32, size: u64, stored: &[u8]) -> Option<Arc<Vec<u8>>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let found = Arc::clone(kept.0.get(&(crc, size))?);
        drop(kept);
        (found.stored == stored).then(|| Arc::clone(&found.contents))
    }

    pub(super) fn keep(&self, crc: u32, size: u64, stored: &[u8], contents: Arc<Vec<u8>>) {
        // Nobody signs how a seal is deflated: whoever sends it could make it as long as a file may be. Deflate never needs more than
        // five bytes for 65,535 (RFC 1951 §3.2.4), and writers that flush now and then a little more.
        if stored.len() > contents.len() + contents.len() / 1000 + 64 {
            return;
        }
        // Asked with every document; only the first of a seal waits for the others.
        let known = |entries: &Entries| entries.get(&(crc, size)).is_some_and(|known| known.stored == stored);
        if known(&self.kept.read().unwrap_or_else(PoisonError::into_inner).0) {
            return;
        }
        let entry = Inflated { stored: stored.to_vec(), contents };
        let weight = entry.weight();
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if weight > self.most {
            return;
        }
        // What was deflated otherwise makes room for what comes now.
        if let Some(other) = kept.0.remove(&(crc, size)) {
            kept.1 -= other.weight();
        }
        if kept.1 + weight > self.most {
            // Whoever has more seals than have room inflates them again: no order of use is kept for them.
            *kept = Default::default();
        }
        kept.1 += weight;
        kept.0.insert((crc, size), Arc::new(entry));
    }
}

impl Inflated {
    fn weight(&self) -> usize {
        self.stored.len() + self.contents.len()
    }
}

#[cfg(test)]
mod tests;
