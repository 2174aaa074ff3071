//! Many messages at once: which message is in which lane, and where its next blocks lie. Whole blocks are read where they
//! stand; only those that cross from one part of a message to the next, and the padding, are put together.

use super::Lanes;
use super::compress::{BLOCK, INITIAL, compress};
use super::padding::padding;

/// Lanes in use below which one message after the other is as fast: a block in all lanes takes about as long as one and a half
/// single ones.
#[cfg(target_arch = "x86_64")]
const LEAST_LANES: usize = 2;

/// A message in parts, and how far it has been read.
struct Feed<'a> {
    parts: std::slice::Iter<'a, &'a [u8]>,
    /// What is left of the part that is being read.
    rest: &'a [u8],
    length: u64,
    /// Bytes of the buffer's first block that wait for more.
    waiting: usize,
    buffer: [[u8; BLOCK]; 2],
    /// Blocks of the buffer that are ready.
    ready: std::ops::Range<usize>,
    ended: bool,
}

impl<'a> Feed<'a> {
    fn new(parts: &'a [&'a [u8]]) -> Self {
        Self {
            parts: parts.iter(),
            rest: &[],
            length: 0,
            waiting: 0,
            buffer: [[0; BLOCK]; 2],
            ready: 0..0,
            ended: false,
        }
    }

    /// The blocks that come next, as many as stand together; none if the message has ended.
    fn blocks(&mut self) -> &[[u8; BLOCK]] {
        while self.ready.is_empty() && !self.ended && (self.waiting > 0 || self.rest.len() < BLOCK) {
            self.put_together();
        }
        self.current()
    }

    fn current(&self) -> &[[u8; BLOCK]] {
        if !self.ready.is_empty() {
            self.buffer.get(self.ready.clone()).unwrap_or_default()
        } else if self.waiting > 0 {
            &[]
        } else {
            self.rest.as_chunks().0
        }
    }

    /// Adds to the waiting bytes from the part that is being read; if there are no more, takes the next part, or ends.
    fn put_together(&mut self) {
        let [block, _] = &mut self.buffer;
        let (_, room) = block.split_at_mut(self.waiting);
        let count = room.len().min(self.rest.len());
        let (taken, rest) = self.rest.split_at(count);
        room.iter_mut().zip(taken).for_each(|(to, from)| *to = *from);
        self.rest = rest;
        self.waiting += count;
        if self.waiting == BLOCK {
            self.waiting = 0;
            self.ready = 0..1;
        } else if let Some(part) = self.parts.next() {
            self.rest = part;
            self.length += part.len() as u64;
        } else {
            let blocks = padding(&mut self.buffer, self.waiting, self.length);
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
    fn finish(mut self, mut state: [u32; 8]) -> [u32; 8] {
        loop {
            let blocks = self.blocks();
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
    let Lanes(_) = lanes;
    messages.iter().map(|parts| Feed::new(parts).finish(INITIAL)).collect()
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::super::lanes::{Processor, States, WIDTH};
    use super::{BLOCK, Feed, INITIAL, LEAST_LANES};

    /// Sixteen lanes, and the messages in them.
    struct Load<'a> {
        feeds: [Option<(usize, Feed<'a>)>; WIDTH],
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
            for (lane, place) in self.feeds.iter_mut().enumerate() {
                if let Some((number, feed)) = place {
                    if !feed.blocks().is_empty() {
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
                    feed.blocks();
                    for (words, initial) in self.states.iter_mut().zip(INITIAL) {
                        words.iter_mut().skip(lane).take(1).for_each(|word| *word = initial);
                    }
                }
            }
        }

        /// As many blocks as stand together in every lane. Lanes without a message go through those of another.
        fn advance(&mut self, processor: Processor) {
            let any = self.feeds.iter().flatten().map(|(_, feed)| feed.current()).next().unwrap_or_default();
            let blocks: [&[[u8; BLOCK]]; WIDTH] =
                self.feeds.each_ref().map(|place| place.as_ref().map_or(any, |(_, feed)| feed.current()));
            let count = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or(0);
            processor.compress(&mut self.states, &blocks, count);
            for (_, feed) in self.feeds.iter_mut().flatten() {
                feed.skip(count);
            }
        }

        /// Messages that are left, one after the other.
        fn finish(self) -> Vec<[u32; 8]> {
            let mut finals = self.finals;
            for (lane, place) in self.feeds.into_iter().enumerate() {
                let Some((number, feed)) = place else { continue };
                let own = self.states.each_ref().map(|words| words.get(lane).copied().unwrap_or(0));
                if let Some(to) = finals.get_mut(number) {
                    *to = feed.finish(own);
                }
            }
            finals
        }
    }
}
