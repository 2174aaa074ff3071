//! The lines of a ledger and how each follows from the one before.
//!
//! ```text
//! {"hash":"<SM3 of the record, 64 digits>","record":{"sequence":7,"previous":"<hash of line 6>","at":1795276800000,…}}
//! ```
//!
//! The hash covers the bytes of the record as they stand, braces included. The first record has sequence 0 and a
//! previous hash of zeros.

use std::io::{self, BufRead, BufReader, Read};

use super::LINE_BYTES;
use crate::crypto::DigestAlgorithm;

/// Digits of a hash.
pub(super) const HASH: usize = 64;

/// Digits of a record's name.
const ID: usize = 32;

const BEFORE_HASH: &str = "{\"hash\":\"";
const BEFORE_RECORD: &str = "\",\"record\":";

/// What a line has beside the entry: frame, hashes and the longest numbers; rounded up.
pub(super) const OVERHEAD: usize = 320;

/// The previous hash of the first record.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A line taken apart, its hash checked.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) hash: &'a str,
    pub(super) record: &'a str,
    pub(super) sequence: u64,
    pub(super) previous: &'a str,
}

impl<'a> Line<'a> {
    /// Takes a line apart, without its line feed. The error continues a sentence that names the line.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8")?;
        let shape = "does not have the shape of a record";
        let rest = text.strip_prefix(BEFORE_HASH).ok_or(shape)?;
        let (hash, rest) = rest.split_at_checked(HASH).ok_or(shape)?;
        let record = rest.strip_prefix(BEFORE_RECORD).and_then(|rest| rest.strip_suffix('}')).ok_or(shape)?;
        if hash_of(record) != hash {
            return Err("is not what its hash says");
        }
        let rest = record.strip_prefix("{\"sequence\":").ok_or(shape)?;
        let (sequence, rest) = rest.split_once(",\"previous\":\"").ok_or(shape)?;
        let (previous, rest) = rest.split_at_checked(HASH).ok_or(shape)?;
        let number: u64 = sequence.parse().map_err(|_| shape)?;
        if !rest.starts_with("\",") || number.to_string() != sequence {
            return Err(shape);
        }
        Ok(Self { hash, record, sequence: number, previous })
    }

    pub(super) fn id(&self) -> &'a str {
        self.hash.get(..ID).unwrap_or(self.hash)
    }
}

/// Whether a line holds the record called `id`, without parsing it.
pub(super) fn is_called(line: &[u8], id: &str) -> bool {
    let start = BEFORE_HASH.len();
    id.len() == ID && line.get(start..start + ID) == Some(id.as_bytes())
}

/// Whether a line holds a record of the request called `request`, without parsing it. What callers write is never in
/// a record as it stands, so this member occurs once.
pub(super) fn is_of_request(line: &[u8], request: &str) -> bool {
    let digits = !request.is_empty() && request.bytes().all(|byte| byte.is_ascii_hexdigit());
    let member = format!(",\"request\":\"{request}\",");
    digits && line.windows(member.len()).any(|part| part == member.as_bytes())
}

/// The end of a chain, to which lines are added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The sequence number of the next record.
    pub(super) next: u64,
    /// The hash of the last.
    pub(super) hash: String,
}

impl Head {
    pub(super) fn genesis() -> Self {
        Self { next: 0, hash: GENESIS.to_owned() }
    }

    /// Appends the line of `entry`, a JSON object, to `lines`, and moves on. Returns the record's name.
    pub(super) fn add(&mut self, at_millis: i64, entry: &str, lines: &mut String) -> String {
        let Self { next, hash } = self;
        let entry = entry.strip_prefix('{').unwrap_or(entry);
        let record = format!("{{\"sequence\":{next},\"previous\":\"{hash}\",\"at\":{at_millis},{entry}");
        self.hash = hash_of(&record);
        self.next += 1;
        for part in [BEFORE_HASH, &self.hash, BEFORE_RECORD, &record, "}\n"] {
            lines.push_str(part);
        }
        self.hash.get(..ID).unwrap_or(&self.hash).to_owned()
    }
}

fn hash_of(record: &str) -> String {
    DigestAlgorithm::Sm3.digest(record.as_bytes()).hex()
}

/// The lines of a file, one at a time, in bounded memory.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    number: u64,
}

/// A line as read.
pub(super) struct RawLine<'a> {
    /// Counted from 1.
    pub(super) number: u64,
    /// Without the line feed.
    pub(super) bytes: &'a [u8],
    /// Whether it ends in a line feed. One that does not is either too long or the last.
    pub(super) terminated: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader: BufReader::new(reader), line: Vec::new(), number: 0 }
    }

    /// The next line, `None` at the end.
    pub(super) fn read(&mut self) -> io::Result<Option<RawLine<'_>>> {
        self.line.clear();
        let limit = LINE_BYTES as u64 + 1;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let terminated = self.line.last() == Some(&b'\n');
        if terminated {
            self.line.pop();
        }
        Ok(Some(RawLine { number: self.number, bytes: &self.line, terminated }))
    }
}
