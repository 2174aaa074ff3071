//! Many messages at once: which message is in which lane, and where its next blocks lie. Whole blocks are read where they
//! stand; only those that cross from one part of a message to the next, and the padding, are put together.

use super::compress::{BLOCK, INITIAL, compress};
use super::padding::padding;
use super::{Lanes, bytes};

/// Lanes in use below which one message after the other is as fast: a block in all lanes takes about as long as one and three quarters
/// of a single one.
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

    /// Makes sure that there are blocks to come; false if the message has ended.
    fn prepare(&mut self, buffer: &mut Buffer) -> bool {
        while self.ready.is_empty() && !self.ended && (self.waiting > 0 || self.rest.len() < BLOCK) {
            self.put_together(buffer);
        }
        !(self.ended && self.ready.is_empty())
    }

    /// The blocks that come next, as many as stand together; after [`Feed::prepare`], none only if the message has ended.
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

    /// The digest, of what is left on top of `state`.
    fn finish(mut self, buffer: &mut Buffer, mut state: [u32; 8]) -> [u8; 32] {
        loop {
            if !self.prepare(buffer) {
                return bytes(&state);
            }
            let blocks = self.current(buffer);
            for block in blocks {
                compress(&mut state, block);
            }
            let count = blocks.len();
            self.skip(count);
        }
    }
}

/// The digests of messages, each in parts that are hashed as if they stood one behind the other.
pub(in super::super) fn digest_many(lanes: Lanes, messages: &[&[&[u8]]]) -> Vec<[u8; 32]> {
    #[cfg(target_arch = "x86_64")]
    if let Lanes(Some(processor)) = lanes
        && messages.len() >= LEAST_LANES
    {
        return wide::digest_many(processor, messages);
    }
    // Used where there are lanes.
    let _ = lanes;
    let mut buffer = [[0; BLOCK]; 2];
    messages.iter().map(|parts| Feed::new(parts).finish(&mut buffer, INITIAL)).collect()
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::super::lanes::{Processor, States, WIDTH};
    use super::{BLOCK, Buffer, Feed, INITIAL, LEAST_LANES, bytes};

    /// A message in its lane, and its number among all.
    struct Place<'a> {
        number: usize,
        feed: Feed<'a>,
    }

    pub(super) fn digest_many(processor: Processor, messages: &[&[&[u8]]]) -> Vec<[u8; 32]> {
        let order = order(messages);
        let mut queue = (0..messages.len()).filter_map(|at| {
            let number = order.get(at).copied().unwrap_or(at);
            Some(Place { number, feed: Feed::new(messages.get(number)?) })
        });
        let mut places: [Option<Place<'_>>; WIDTH] = std::array::from_fn(|_| queue.next());
        let mut buffers: [Buffer; WIDTH] = [[[0; BLOCK]; 2]; WIDTH];
        let mut states: States = INITIAL.map(|word| [word; WIDTH]);
        let mut digests = vec![[0; 32]; messages.len()];
        loop {
            let mut in_use = 0;
            for ((lane, place), buffer) in places.iter_mut().enumerate().zip(&mut buffers) {
                let Some(Place { number, feed }) = place else { continue };
                if !feed.prepare(buffer) {
                    if let Some(to) = digests.get_mut(*number) {
                        *to = bytes(&state(&states, lane));
                    }
                    *place = queue.next();
                    let Some(Place { feed, .. }) = place else { continue };
                    let begun = feed.prepare(buffer);
                    debug_assert!(begun, "every message has blocks: the padding is one at least");
                    for (words, initial) in states.iter_mut().zip(INITIAL) {
                        words.iter_mut().skip(lane).take(1).for_each(|word| *word = initial);
                    }
                }
                in_use += 1;
            }
            if in_use < LEAST_LANES {
                break;
            }
            advance(processor, &mut states, &mut places, &buffers);
        }
        // What is left, one after the other.
        for ((lane, place), buffer) in places.into_iter().enumerate().zip(&mut buffers) {
            if let Some(Place { number, feed }) = place
                && let Some(to) = digests.get_mut(number)
            {
                *to = feed.finish(buffer, state(&states, lane));
            }
        }
        digests
    }

    /// The longest first, so that no long one is left alone at the end; empty where all have a lane at once, and nothing is to be
    /// ordered.
    fn order(messages: &[&[&[u8]]]) -> Vec<usize> {
        if messages.len() <= WIDTH {
            return Vec::new();
        }
        let length = |number: &usize| -> Option<usize> {
            messages.get(*number).map(|parts| parts.iter().map(|part| part.len()).sum())
        };
        let mut order: Vec<usize> = (0..messages.len()).collect();
        order.sort_by_cached_key(|number| std::cmp::Reverse(length(number)));
        order
    }

    /// The state of the message in `lane`.
    fn state(states: &States, lane: usize) -> [u32; 8] {
        states.each_ref().map(|words| words.get(lane).copied().unwrap_or(0))
    }

    /// Takes in as many blocks as stand together in every lane. Lanes without a message go through those of another.
    fn advance(
        processor: Processor,
        states: &mut States,
        places: &mut [Option<Place<'_>>; WIDTH],
        buffers: &[Buffer; WIDTH],
    ) {
        let mut blocks: [&[[u8; BLOCK]]; WIDTH] = [&[]; WIDTH];
        let mut shortest: Option<&[[u8; BLOCK]]> = None;
        for ((place, buffer), blocks) in places.iter().zip(buffers).zip(&mut blocks) {
            if let Some(Place { feed, .. }) = place {
                *blocks = feed.current(buffer);
                shortest = shortest.filter(|shortest| shortest.len() <= blocks.len()).or(Some(blocks));
            }
        }
        let shortest = shortest.unwrap_or_default();
        for blocks in blocks.iter_mut().filter(|blocks| blocks.is_empty()) {
            *blocks = shortest;
        }
        let count = shortest.len();
        processor.compress(states, &blocks, count);
        for Place { feed, .. } in places.iter_mut().flatten() {
            feed.skip(count);
        }
    }
}
