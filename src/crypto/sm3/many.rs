//! Many messages at once: which message is in which lane, and where its next blocks lie. Whole blocks are read where they
//! stand; only those that cross from one part of a message to the next, and the padding, are put together.

use super::Lanes;
use super::compress::{BLOCK, INITIAL, compress};
use super::padding::padding;

/// Lanes in use below which one message after the other is as fast: a block in all lanes takes about as long as one and a half
/// single ones.
#[cfg(target_arch = "x86_64")]
const LEAST_LANES: usize = 2;

/// Where blocks are put together; it stays in its lane, so that messages are light to move.
type Buffer = [[u8; BLOCK]; 2];

/// A message in parts, and how far it has been read.
struct Feed<'a> {
    parts: std::slice::Iter<'a, &'a [u8]>,
    /// What is left of the part that is being read.
    rest: &'a [u8],
    length: u64,
    /// Bytes of the buffer's first block that wait for more.
    waiting: usize,
    /// Blocks of the buffer that are ready.
    ready: std::ops::Range<usize>,
    ended: bool,
}

impl<'a> Feed<'a> {
    fn new(parts: &'a [&'a [u8]]) -> Self {
        let mut parts = parts.iter();
        let rest = parts.next().copied().unwrap_or_default();
        Self { parts, rest, length: rest.len() as u64, waiting: 0, ready: 0..0, ended: false }
    }

    /// The blocks that come next, as many as stand together; none if the message has ended.
    fn blocks<'b>(&'b mut self, buffer: &'b mut Buffer) -> &'b [[u8; BLOCK]] {
        while self.ready.is_empty() && !self.ended && (self.waiting > 0 || self.rest.len() < BLOCK) {
            self.put_together(buffer);
        }
        self.current(buffer)
    }

    fn current<'b>(&'b self, buffer: &'b Buffer) -> &'b [[u8; BLOCK]] {
        if !self.ready.is_empty() {
            buffer.get(self.ready.clone()).unwrap_or_default()
        } else if self.waiting > 0 {
            &[]
        } else {
            self.rest.as_chunks().0
        }
    }

    /// Adds to the waiting bytes from the part that is being read; if there are no more, takes the next part, or ends.
    fn put_together(&mut self, buffer: &mut Buffer) {
        let [block, _] = buffer;
        let (_, room) = block.split_at_mut(self.waiting);
        let count = room.len().min(self.rest.len());
        let (taken, rest) = self.rest.split_at(count);
        if let Some(to) = room.get_mut(..count) {
            to.copy_from_slice(taken);
        }
        self.rest = rest;
        self.waiting += count;
        if self.waiting == BLOCK {
            self.waiting = 0;
            self.ready = 0..1;
        } else if let Some(part) = self.parts.next() {
            self.rest = part;
            self.length += part.len() as u64;
        } else {
            let blocks = padding(buffer, self.waiting, self.length);
            self.waiting = 0;
            self.ready = 0..blocks;
            self.ended = true;
        }
    }

    fn skip(&mut self, count: usize) {
        if self.ready.is_empty() {
            self.rest = self.rest.get(count * BLOCK..).unwrap_or_default();
        } else {
            self.ready.start += count;
        }
    }

    /// Hashes what is left, on top of `state`.
    fn finish(mut self, buffer: &mut Buffer, mut state: [u32; 8]) -> [u32; 8] {
        loop {
            let blocks = self.blocks(buffer);
            if blocks.is_empty() {
                return state;
            }
            for block in blocks {
                compress(&mut state, block);
            }
            let count = blocks.len();
            self.skip(count);
        }
    }
}

/// The final states of messages in parts, in their order.
pub(super) fn hash(lanes: Lanes, messages: &[&[&[u8]]]) -> Vec<[u32; 8]> {
    #[cfg(target_arch = "x86_64")]
    if let Lanes(Some(processor)) = lanes
        && messages.len() >= LEAST_LANES
    {
        return wide::hash(processor, messages);
    }
    // Used where there are lanes.
    let _ = lanes;
    let mut buffer = [[0; BLOCK]; 2];
    messages.iter().map(|parts| Feed::new(parts).finish(&mut buffer, INITIAL)).collect()
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::super::lanes::{Processor, States, WIDTH};
    use super::{BLOCK, Buffer, Feed, INITIAL, LEAST_LANES};

    /// Sixteen lanes, and the messages in them.
    struct Load<'a> {
        feeds: [Option<(usize, Feed<'a>)>; WIDTH],
        buffers: [Buffer; WIDTH],
        states: States,
        finals: Vec<[u32; 8]>,
    }

    pub(super) fn hash(processor: Processor, messages: &[&[&[u8]]]) -> Vec<[u32; 8]> {
        let mut order: Vec<(usize, &[&[u8]])> =
            messages.iter().enumerate().map(|(number, parts)| (number, *parts)).collect();
        // The longest first, so that no long one is left alone at the end; where all have a lane at once, nothing is to be ordered.
        if order.len() > WIDTH {
            order.sort_by_key(|(_, parts)| {
                std::cmp::Reverse(parts.iter().map(|part| part.len()).sum::<usize>())
            });
        }
        let mut queue = order.into_iter().map(|(number, parts)| (number, Feed::new(parts)));
        let mut load = Load {
            feeds: [const { None }; WIDTH],
            buffers: [[[0; BLOCK]; 2]; WIDTH],
            states: [[0; WIDTH]; 8],
            finals: vec![[0; 8]; messages.len()],
        };
        loop {
            load.refill(&mut queue);
            if load.feeds.iter().flatten().count() < LEAST_LANES {
                break;
            }
            load.advance(processor);
        }
        load.finish()
    }

    impl<'a> Load<'a> {
        /// Takes out messages that have ended, and puts the next ones in their place.
        fn refill(&mut self, queue: &mut impl Iterator<Item = (usize, Feed<'a>)>) {
            for ((lane, place), buffer) in self.feeds.iter_mut().enumerate().zip(&mut self.buffers) {
                if let Some((number, feed)) = place {
                    if !feed.blocks(buffer).is_empty() {
                        continue;
                    }
                    let own = self.states.each_ref().map(|words| words.get(lane).copied().unwrap_or(0));
                    if let Some(to) = self.finals.get_mut(*number) {
                        *to = own;
                    }
                }
                *place = queue.next();
                if let Some((_, feed)) = place {
                    // Every message has blocks: the padding is one at least.
                    feed.blocks(buffer);
                    for (words, initial) in self.states.iter_mut().zip(INITIAL) {
                        words.iter_mut().skip(lane).take(1).for_each(|word| *word = initial);
                    }
                }
            }
        }

        /// As many blocks as stand together in every lane. Lanes without a message go through those of another.
        fn advance(&mut self, processor: Processor) {
            let mut blocks: [&[[u8; BLOCK]]; WIDTH] = [&[]; WIDTH];
            for ((place, buffer), blocks) in self.feeds.iter().zip(&self.buffers).zip(&mut blocks) {
                *blocks = place.as_ref().map_or(&[], |(_, feed)| feed.current(buffer));
            }
            let any = blocks.iter().copied().find(|blocks| !blocks.is_empty()).unwrap_or_default();
            for blocks in blocks.iter_mut().filter(|blocks| blocks.is_empty()) {
                *blocks = any;
            }
            let count = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or(0);
            processor.compress(&mut self.states, &blocks, count);
            for (_, feed) in self.feeds.iter_mut().flatten() {
                feed.skip(count);
            }
        }

        /// Messages that are left, one after the other.
        fn finish(self) -> Vec<[u32; 8]> {
            let mut finals = self.finals;
            for ((lane, place), mut buffer) in self.feeds.into_iter().enumerate().zip(self.buffers) {
                let Some((number, feed)) = place else { continue };
                let own = self.states.each_ref().map(|words| words.get(lane).copied().unwrap_or(0));
                if let Some(to) = finals.get_mut(number) {
                    *to = feed.finish(&mut buffer, own);
                }
            }
            finals
        }
    }
}
