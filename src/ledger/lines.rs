//! The records of a ledger file one after the other, each held to its own hash and to the record before it.

use std::io::Read;

use super::{Error, chain};

/// The records of a file, in bounded memory.
pub struct Lines<R> {
    lines: chain::Lines<R>,
    /// The hash of the last record and the number of the next; none before the first, which may be that of a later part.
    head: Option<(String, u64)>,
    /// The line, counted from 1.
    number: u64,
}

impl<R: Read> Lines<R> {
    /// The records in `reader`.
    pub fn new(reader: R) -> Self {
        Self { lines: chain::Lines::new(reader), head: None, number: 0 }
    }

    /// The next record: its name, and its text as JSON; `None` at the end. A last line without an end is left out.
    pub fn record(&mut self) -> Result<Option<(&str, &str)>, Error> {
        let Some(line) = self.lines.read().map_err(Error::disk("read"))? else { return Ok(None) };
        self.number = line.number;
        if !line.terminated {
            return Ok(None);
        }
        let broken = |what| Error::Broken { line: line.number, what };
        let parsed = chain::Line::parse(line.bytes).map_err(broken)?;
        if let Some((hash, next)) = &self.head
            && (parsed.previous != hash || parsed.sequence != *next)
        {
            return Err(broken("does not follow from the one before it"));
        }
        self.head = Some((parsed.hash.to_owned(), parsed.sequence.saturating_add(1)));
        Ok(Some((parsed.id(), parsed.record)))
    }

    /// The line of the last record, counted from 1.
    pub const fn number(&self) -> u64 {
        self.number
    }
}
