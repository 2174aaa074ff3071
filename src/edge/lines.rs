//! Splits a body into lines as it comes: each bounded in size, all together too, and their memory accounted for.
//! It reads no further than it is asked to, so that a slow taker slows the sender down. What a line says is not its business.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;

use super::body::{self, Held, Memory};
use crate::exchange::Refusal;

/// A line with something on it.
#[derive(Debug)]
pub(super) struct Line {
    /// Its number, counted from 1; empty lines count.
    pub(super) number: u64,
    /// The line without its end, with its share of the memory; or why there is none.
    pub(super) text: Result<(Bytes, Option<Held>), Refusal>,
}

/// What bodies of lines may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Bytes of one line.
    pub(super) line: usize,
    /// Bytes of all.
    pub(super) whole: u64,
}

/// The lines of a body.
pub(super) struct Lines<B> {
    body: B,
    memory: Memory,
    bounds: Bounds,
    /// The beginning of the next line, and more where several have come at once.
    buffer: BytesMut,
    held: Held,
    /// How much of the buffer is known to hold no end of a line.
    scanned: usize,
    /// Why the line that is being read is dropped.
    dropped: Option<Refusal>,
    number: u64,
    whole: u64,
    ended: bool,
}

impl<B: Body<Data = Bytes> + Unpin> Lines<B> {
    /// The lines of `body`; `None` if there is no memory even for none.
    pub(super) fn new(body: B, bounds: Bounds, memory: &Memory) -> Option<Self> {
        Some(Self {
            body,
            memory: memory.clone(),
            bounds,
            buffer: BytesMut::new(),
            held: memory.take(0)?,
            scanned: 0,
            dropped: None,
            number: 0,
            whole: 0,
            ended: false,
        })
    }

    /// The number of the first line that was not given out.
    pub(super) const fn next_number(&self) -> u64 {
        self.number.saturating_add(1)
    }

    /// Takes back the number of the line that was given out last, which nobody will answer.
    pub(super) const fn unread(&mut self) {
        self.number = self.number.saturating_sub(1);
    }

    /// The next line; `None` at the end. May be dropped while it waits: nothing is lost then.
    ///
    /// Fails where nothing more can be read: the body breaks off, or is too large.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, Refusal> {
        loop {
            if let Some(line) = self.split() {
                return Ok(Some(line));
            }
            if self.ended {
                return Ok(None);
            }
            match self.body.frame().await {
                None => self.ended = true,
                Some(Err(_)) => return Err(Refusal::CutOff),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.append(&data)?;
                    }
                }
            }
        }
    }

    /// Reads on and forgets what comes, up to the length of a line.
    pub(super) async fn discard(self) {
        body::discard(self.body, self.bounds.line as u64).await;
    }

    fn append(&mut self, data: &[u8]) -> Result<(), Refusal> {
        self.whole = self.whole.saturating_add(data.len() as u64);
        if self.whole > self.bounds.whole {
            return Err(Refusal::TooLarge { limit: self.bounds.whole });
        }
        if !self.hold(data.len()) {
            self.drop_line(Refusal::NoRoom);
            // Other lines may end in what has come now. Where there is no room even for that, it goes unaccounted: one piece
            // off the socket, some ten KiB.
            self.hold(data.len());
        }
        self.buffer.extend_from_slice(data);
        Ok(())
    }

    /// Takes the memory for `more` bytes in the buffer, if there is room.
    fn hold(&mut self, more: usize) -> bool {
        let missing = self.buffer.len().saturating_add(more).saturating_sub(self.held.bytes());
        let taken = self.memory.take(missing);
        taken.map(|taken| self.held.merge(taken)).is_some()
    }

    /// Drops what there is of the line that is being read, and all that is still to come of it.
    fn drop_line(&mut self, why: Refusal) {
        self.dropped.get_or_insert(why);
        self.forget();
    }

    fn forget(&mut self) {
        self.buffer = BytesMut::new();
        self.scanned = 0;
        drop(self.held.split(self.held.bytes()));
    }

    /// Takes the next line with something on it off the buffer, if its end is there.
    fn split(&mut self) -> Option<Line> {
        loop {
            let fresh = self.buffer.get(self.scanned..).unwrap_or_default();
            let end = fresh.iter().position(|byte| *byte == b'\n').map(|at| self.scanned.saturating_add(at));
            if end.is_none() {
                self.scanned = self.buffer.len();
                // One more, which may be the `\r` of its end.
                if self.scanned > self.bounds.line.saturating_add(1) && self.dropped.is_none() {
                    self.drop_line(Refusal::LineTooLong { limit: self.bounds.line });
                }
                if self.dropped.is_some() {
                    self.forget();
                }
                if !self.ended || self.buffer.is_empty() && self.dropped.is_none() {
                    return None;
                }
            }
            let line = match end {
                Some(end) => self.buffer.split_to(end.saturating_add(1)),
                None => self.buffer.split(),
            };
            self.scanned = 0;
            self.number = self.number.saturating_add(1);
            let why = match self.dropped.take() {
                None if unterminated(&line).len() > self.bounds.line => {
                    Some(Refusal::LineTooLong { limit: self.bounds.line })
                }
                why => why,
            };
            if let Some(why) = why {
                return Some(Line { number: self.number, text: Err(why) });
            }
            let text = line.trim_ascii_end();
            if !text.trim_ascii_start().is_empty() {
                // Of lines that come together the last may find that roundings have used up the share; that is under a KiB
                // each. What is not given out leaves its share to what comes next.
                let share = self.held.split(line.len());
                let length = text.len();
                let mut line = line;
                line.truncate(length);
                return Some(Line { number: self.number, text: Ok((line.freeze(), share)) });
            }
        }
    }
}

/// A line without what ends it.
fn unterminated(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;
    use proptest::prelude::*;

    use super::*;
    use crate::edge::Tally;
    use crate::metrics::Metrics;

    /// A body that comes in these pieces.
    struct Pieces(VecDeque<Bytes>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
        }
    }

    fn memory(bytes: u64) -> Memory {
        Memory::new(bytes, Tally::new(&mut Metrics::new()))
    }

    /// All that is given out: number, and the text or the code of the refusal.
    fn read(pieces: &[&[u8]], bounds: Bounds, memory: &Memory) -> (Vec<(u64, String)>, Option<&'static str>) {
        let body = Pieces(pieces.iter().map(|piece| Bytes::copy_from_slice(piece)).collect());
        let mut lines = Lines::new(body, bounds, memory).unwrap();
        let mut found = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            loop {
                match lines.next().await {
                    Ok(Some(Line { number, text: Ok((text, _)) })) => {
                        found.push((number, String::from_utf8(text.to_vec()).unwrap()));
                    }
                    Ok(Some(Line { number, text: Err(why) })) => found.push((number, why.code().to_owned())),
                    Ok(None) => return (found, None),
                    Err(refusal) => return (found, Some(refusal.code())),
                }
            }
        })
    }

    const BOUNDS: Bounds = Bounds { line: 8, whole: 1_000 };

    #[test]
    fn a_line_too_long_costs_only_itself() {
        let memory = memory(1 << 20);
        let text = b"short\n12345678\n123456789\r\n\n \n12345678\r\n123456789\nlast";
        let expected = vec![
            (1, "short".to_owned()),
            (2, "12345678".to_owned()),
            (3, "request.line_too_long".to_owned()),
            (6, "12345678".to_owned()),
            (7, "request.line_too_long".to_owned()),
            (8, "last".to_owned()),
        ];
        assert_eq!(read(&[text], BOUNDS, &memory), (expected.clone(), None));
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(read(&bytes, BOUNDS, &memory), (expected, None));
        let endless = [b"x".as_slice(); 100];
        assert_eq!(read(&endless, BOUNDS, &memory).0, [(1, "request.line_too_long".to_owned())]);
    }

    #[test]
    fn the_whole_is_bounded() {
        let bounds = Bounds { whole: 10, ..BOUNDS };
        let (found, end) = read(&[b"1234\n", b"1234\n", b"1"], bounds, &memory(1 << 20));
        assert_eq!((found.len(), end), (2, Some("request.too_large")));
    }

    #[test]
    fn memory_that_is_not_there_costs_the_line_and_no_more() {
        let memory = memory(2_048);
        let bounds = Bounds { line: 8_192, whole: 1 << 20 };
        let long = [vec![b'x'; 3_000], vec![b'\n']].concat();
        let (found, end) = read(&[&long, b"short\n"], bounds, &memory);
        assert_eq!(found, [(1, "gateway.no_room".to_owned()), (2, "short".to_owned())]);
        assert_eq!(end, None);
        // All is given back.
        assert!(memory.take(2_048).is_some());
    }

    #[test]
    fn what_comes_with_the_end_of_a_dropped_line_is_accounted_for() {
        let memory = memory(4_096);
        let pieces = [b"123456789012".to_vec(), [b"34\n".as_slice(), &b"12345\n".repeat(300)].concat()];
        let body = Pieces(pieces.map(Bytes::from).into());
        let mut lines = Lines::new(body, Bounds { whole: 4_096, ..BOUNDS }, &memory).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let first = runtime.block_on(lines.next()).unwrap().unwrap();
        assert_eq!(first.text.unwrap_err().code(), "request.line_too_long");
        // 1,800 bytes are left in the buffer.
        assert!(lines.held.bytes() >= lines.buffer.len() && lines.buffer.len() == 1_800);
        drop(lines);
        assert!(memory.take(4_096).is_some());
    }

    proptest! {
        /// However the bytes are cut into pieces, the lines are those of the text.
        #[test]
        fn cuts_make_no_difference(
            text in "[a-c \r\n]{0,80}",
            cuts in prop::collection::vec(0_usize..80, 0..12),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|ends| &text.as_bytes()[ends[0]..ends[1]]).collect();
            let bounds = Bounds { line: 100, whole: 1_000 };
            let expected: Vec<(u64, String)> = (1..)
                .zip(text.split('\n'))
                .map(|(number, line)| (number, line.trim_end().to_owned()))
                .filter(|(_, line)| !line.is_empty())
                .collect();
            prop_assert_eq!(read(&pieces, bounds, &memory(1 << 20)), (expected, None));
        }
    }
}
