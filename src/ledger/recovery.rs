//! Opens a ledger after whatever happened, and verifies one.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom};
use std::path::Path;

use super::chain::{Head, Line, Lines};
use super::{Error, LINE_BYTES};

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Records in the ledger.
    pub records: u64,
    /// How many of them, at the end, were verified.
    pub verified: u64,
    /// Bytes at the end that are no whole line: what a crash left. Cut off on opening, left alone by [`verify`].
    pub torn_bytes: u64,
    pub(super) head: Head,
}

impl Summary {
    /// The hash of the last record; zeros for an empty ledger.
    pub fn head(&self) -> &str {
        &self.head.hash
    }
}

/// Verifies the whole ledger at `path`, from its first record; changes nothing.
pub fn verify(path: &Path) -> Result<Summary, Error> {
    let file = File::open(path).map_err(Error::disk("read"))?;
    let length = file.metadata().map_err(Error::disk("read"))?.len();
    walk(&file, 0, length).map(|(summary, _)| summary)
}

/// Opens the ledger at `path` for appending, its last `verified_bytes` verified and its torn end cut off.
pub(super) fn open(path: &Path, verified_bytes: u64) -> Result<(File, Summary), Error> {
    let new = !path.exists();
    let mut options = OpenOptions::new();
    let file = options.read(true).append(true).create(true).open(path).map_err(Error::disk("opened"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Error::Locked(path.to_owned())),
        Err(TryLockError::Error(error)) => return Err(Error::disk("locked")(error)),
    }
    if new {
        // A new file is lost with its directory's entry, however well its content was synced.
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(Error::disk("made to last"))?;
    }
    let length = file.metadata().map_err(Error::disk("read"))?.len();
    let (summary, whole) = walk(&file, length.saturating_sub(verified_bytes), length)?;
    if summary.torn_bytes > 0 {
        // A crash between these two calls leaves the torn end as it was, or cut; both are opened again the same way.
        file.set_len(whole).and_then(|()| file.sync_all()).map_err(Error::disk("repaired"))?;
    }
    Ok((file, summary))
}

/// Verifies the lines from the first that begins at or after `start` to `length`. Also returns where whole lines end.
fn walk(mut file: &File, start: u64, length: u64) -> Result<(Summary, u64), Error> {
    let start = begin(file, start, length)?;
    file.seek(SeekFrom::Start(start)).map_err(Error::disk("read"))?;
    let mut lines = Lines::new(file);
    let mut summary = Summary { records: 0, verified: 0, torn_bytes: 0, head: Head::genesis() };
    let mut at = start;
    while let Some(line) = lines.read().map_err(Error::disk("read"))? {
        let broken = |what| Error::Broken { line: line.number, what };
        if !line.terminated {
            if line.bytes.len() > LINE_BYTES {
                return Err(broken("is too long"));
            }
            summary.torn_bytes = line.bytes.len() as u64;
            break;
        }
        at += line.bytes.len() as u64 + 1;
        let parsed = Line::parse(line.bytes).map_err(broken)?;
        let first_of_a_tail = summary.verified == 0 && start > 0;
        if !first_of_a_tail {
            if parsed.sequence != summary.head.next {
                return Err(broken("does not have the next sequence number"));
            }
            if parsed.previous != summary.head.hash {
                return Err(broken("does not follow from the line before it"));
            }
        }
        let next = parsed.sequence.checked_add(1).ok_or(broken("has the last sequence number there is"))?;
        summary.head = Head { next, hash: parsed.hash.to_owned() };
        summary.records = next;
        summary.verified += 1;
    }
    Ok((summary, at))
}

/// The first beginning of a line at or after `start`, or else, where only a torn end comes after it, the last before it.
fn begin(mut file: &File, start: u64, length: u64) -> Result<u64, Error> {
    // Far enough back that a whole line ends there even if the end is torn.
    let start = start.min(length.saturating_sub(2 * (LINE_BYTES as u64 + 1)));
    if start == 0 {
        return Ok(0);
    }
    // A line that begins exactly at `start` is found by the line feed before it.
    file.seek(SeekFrom::Start(start - 1)).map_err(Error::disk("read"))?;
    let mut lines = Lines::new(file);
    match lines.read().map_err(Error::disk("read"))? {
        Some(line) if line.terminated => Ok(start + line.bytes.len() as u64),
        _ => Err(Error::Broken { line: 1, what: "is too long" }),
    }
}
