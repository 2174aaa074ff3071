//! SM3, GB/T 32905-2016: one message after the other on any processor, sixteen at a time where AVX-512 is.

mod compress;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod many;
mod padding;

use self::compress::{BLOCK, INITIAL, compress};
pub(super) use self::many::digest_many;
use self::padding::padding;

/// Whether messages are hashed in lanes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes(
    #[cfg(target_arch = "x86_64")] Option<lanes::Processor>,
    #[cfg(not(target_arch = "x86_64"))] Option<std::convert::Infallible>,
);

impl Lanes {
    /// Lanes if this processor has them.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        return Self(lanes::Processor::detect());
        #[cfg(not(target_arch = "x86_64"))]
        Self(None)
    }

    /// One message after the other, whatever the processor.
    pub(super) const fn off() -> Self {
        Self(None)
    }

    /// Whether there are lanes.
    pub(super) const fn are_on(self) -> bool {
        self.0.is_some()
    }
}

/// A digest in the making.
#[derive(Clone, Debug)]
pub(super) struct Sm3 {
    state: [u32; 8],
    block: [u8; BLOCK],
    filled: usize,
    length: u64,
}

impl Default for Sm3 {
    fn default() -> Self {
        Self::new()
    }
}

impl Sm3 {
    /// Starts a digest.
    pub(super) const fn new() -> Self {
        Self { state: INITIAL, block: [0; BLOCK], filled: 0, length: 0 }
    }

    /// Adds `data`.
    pub(super) fn update(&mut self, data: &[u8]) {
        self.length = self.length.wrapping_add(data.len() as u64);
        let mut data = data;
        if self.filled > 0 {
            let (_, room) = self.block.split_at_mut(self.filled);
            let count = room.len().min(data.len());
            let (taken, rest) = data.split_at(count);
            room.iter_mut().zip(taken).for_each(|(to, from)| *to = *from);
            self.filled += count;
            if self.filled < BLOCK {
                return;
            }
            compress(&mut self.state, &self.block);
            data = rest;
        }
        let (blocks, rest) = data.as_chunks::<BLOCK>();
        for block in blocks {
            compress(&mut self.state, block);
        }
        self.block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.filled = rest.len();
    }

    /// The digest of all that was added.
    pub(super) fn finish(mut self) -> [u8; 32] {
        let mut blocks = [self.block, [0; BLOCK]];
        let count = padding(&mut blocks, self.filled, self.length);
        for block in blocks.iter().take(count) {
            compress(&mut self.state, block);
        }
        bytes(&self.state)
    }
}

fn bytes(state: &[u32; 8]) -> [u8; 32] {
    let mut digest = [0; 32];
    for (to, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    digest
}

#[cfg(test)]
mod tests;
