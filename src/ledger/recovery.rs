//! Opens a ledger after whatever happened, and verifies one.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom};
use std::path::Path;

use super::chain::{Head, Line, Lines};
use super::denials::{Denials, Place};
use super::{Config, Error, LINE_BYTES};

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

/// What was found on the way through a file.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) summary: Summary,
    /// Where whole lines end.
    pub(super) end: u64,
    pub(super) denials: Denials,
}

/// Verifies the whole ledger at `path`, from its first record; changes nothing.
pub fn verify(path: &Path) -> Result<Summary, Error> {
    let file = File::open(path).map_err(Error::disk("read"))?;
    let length = file.metadata().map_err(Error::disk("read"))?.len();
    walk(&file, 0, length, 0).map(|walked| walked.summary)
}

/// Opens the ledger for appending, its end verified and what is torn of it cut off.
pub(super) fn open(config: &Config) -> Result<(File, Walked), Error> {
    let path = config.path.as_path();
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
    let walked = walk(&file, length.saturating_sub(config.verified_bytes), length, config.denials)?;
    if walked.summary.torn_bytes > 0 {
        // A crash between these two calls leaves the torn end as it was, or cut; both are opened again the same way.
        file.set_len(walked.end).and_then(|()| file.sync_all()).map_err(Error::disk("repaired"))?;
    }
    Ok((file, walked))
}

/// Verifies the lines from the first that begins at or after `start` to `length`, and notes so many denials.
fn walk(mut file: &File, start: u64, length: u64, denials: usize) -> Result<Walked, Error> {
    let start = begin(file, start, length)?;
    file.seek(SeekFrom::Start(start)).map_err(Error::disk("read"))?;
    let mut lines = Lines::new(file);
    let mut summary = Summary { records: 0, verified: 0, torn_bytes: 0, head: Head::genesis() };
    let mut denials = Denials::new(denials);
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
        let parsed = Line::parse(line.bytes).map_err(broken)?;
        denials.note(parsed.id(), parsed.record, Place { offset: at, length: line.bytes.len() });
        at += line.bytes.len() as u64 + 1;
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
    Ok(Walked { summary, end: at, denials })
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
