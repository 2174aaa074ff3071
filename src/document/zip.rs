//! A strict reader of ZIP (APPNOTE 6.3) over bytes in memory. Every byte of the file must belong to exactly one
//! header or entry, local and central headers must agree, and no two names may collide on any file system:
//! what one reader sees, every reader sees. Nothing is inflated before it is asked for.

mod directory;
mod known;
mod name;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use flate2::{Decompress, FlushDecompress, Status};

pub use self::known::KnownEntries;
use crate::budget::{Budget, Exhausted, Resource, within};

/// Entries above this size are held to the ratio limit; below it, long runs in small XML files are common.
const RATIO_FREE: u64 = 1 << 20;

/// Entries up to this size are kept once they are read: most are read twice, to see where they lead and for their digest. 64 KiB of
/// each of the many small entries of a license stay far below what the budget lets one large entry take.
const KEPT: u64 = 64 << 10;

/// Bytes of all entries that are kept.
const KEPT_IN_ALL: usize = 4 << 20;

/// Bytes of a container that the inflater may see behind an entry's data, and of room behind its contents: its quick loop ends 15
/// bytes before the one and 260 before the other, and a fifth of the time of small entries was spent on what it left. That an entry
/// ends where its data end is checked afterwards.
const AHEAD: usize = 16;
const ROOM: usize = 272;

/// Why a container is refused, and at which entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct Error {
    /// The rule that was broken.
    pub fault: Fault,
    /// The entry's name, or empty for the container as a whole.
    pub entry: String,
}

/// The rules that a container can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Different readers could see different contents.
    #[error("{0}")]
    Ambiguous(&'static str),
    /// Size or checksum do not fit the data.
    #[error("{0}")]
    Checksum(&'static str),
    /// Two entries have the same name, or names that a file system may take for the same.
    #[error("another entry has this name, letter case and forms of characters aside")]
    Duplicate,
    /// The budget is used up.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// Structures are cut off or overlap.
    #[error("{0}")]
    Malformed(&'static str),
    /// A name is not a plain relative path.
    #[error("{0}")]
    UnsafeName(&'static str),
    /// A feature that licenses have no use for.
    #[error("{0}")]
    Unsupported(&'static str),
}

impl Fault {
    /// The fault at `entry`.
    fn at(self, entry: &str) -> Error {
        Error { fault: self, entry: entry.to_owned() }
    }

    /// The fault of the container as a whole.
    fn whole(self) -> Error {
        self.at("")
    }
}

/// A container whose structure has been checked.
#[derive(Debug)]
pub struct Archive<'a> {
    entries: Vec<Entry<'a>>,
    by_name: HashMap<&'a str, usize>,
    kept: Cell<usize>,
}

thread_local! {
    /// Set up for the first package of a thread, which takes 3 µs and 40 KB, and reset for each entry.
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

#[derive(Debug)]
struct Entry<'a> {
    name: &'a str,
    stored: &'a [u8],
    /// The same and what follows it in the container, up to [`AHEAD`].
    onwards: &'a [u8],
    method: Method,
    size: u64,
    crc: u32,
    contents: OnceCell<Arc<Vec<u8>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Deflate,
    Store,
}

impl<'a> Archive<'a> {
    /// Checks the structure of `file`; fails at the first fault.
    pub fn open(file: &'a [u8], budget: &Budget) -> Result<Self, Error> {
        let entries = directory::read(file, budget)?;
        name::distinct(entries.iter().map(|entry| entry.name))?;
        let limits = budget.limits();
        for entry in &entries {
            let checks = [
                within(entry.size, limits.entry_bytes, Resource::EntryBytes),
                within(
                    if entry.size <= RATIO_FREE {
                        0
                    } else {
                        entry.size / (entry.stored.len() as u64).max(1)
                    },
                    limits.ratio,
                    Resource::Ratio,
                ),
            ];
            for check in checks {
                check.map_err(|exhausted| Fault::Exhausted(exhausted).at(entry.name))?;
            }
        }
        let by_name = entries.iter().enumerate().map(|(index, entry)| (entry.name, index)).collect();
        Ok(Self { entries, by_name, kept: Cell::new(0) })
    }

    /// The names of all files, directories left out, in the order of the central directory.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.entries.iter().map(|entry| entry.name).filter(|name| !name.ends_with('/'))
    }

    /// Whether there is a file `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name) && !name.ends_with('/')
    }

    /// The archive's own copy of `name`, which lives as long as the file; `None` if there is no such file.
    pub fn name(&self, name: &str) -> Option<&'a str> {
        self.by_name.get_key_value(name).map(|(own, _)| *own).filter(|own| !own.ends_with('/'))
    }

    /// The contents of the file `name`; `None` if there is none. What it costs is charged at each reading.
    pub fn read(&self, name: &str, budget: &mut Budget) -> Result<Option<Arc<Vec<u8>>>, Error> {
        let Some(entry) = self.by_name.get(name).and_then(|index| self.entries.get(*index)) else {
            return Ok(None);
        };
        let contents = entry.contents(budget).map_err(|fault| fault.at(entry.name))?;
        let total = self.kept.get().saturating_add(contents.capacity());
        if entry.size <= KEPT && total <= KEPT_IN_ALL && entry.contents.set(Arc::clone(&contents)).is_ok() {
            self.kept.set(total);
        }
        Ok(Some(contents))
    }
}

impl Archive<'_> {
    /// Takes the contents of the file `name` from those that are known, if they are there. Reading it costs the same.
    pub fn recall(&self, name: &str, known: &KnownEntries) {
        if let Some(entry) = self.by_name.get(name).and_then(|index| self.entries.get(*index))
            && entry.contents.get().is_none()
            && entry.method == Method::Deflate
            && let Some(contents) = known.contents(entry.crc, entry.size, entry.stored)
        {
            // What is set already is the same.
            let _same = entry.contents.set(contents);
        }
    }

    /// Lets the contents of the file `name`, if they were read and kept and are these, be known from now on.
    pub fn remember(&self, name: &str, contents: Arc<Vec<u8>>, known: &KnownEntries) {
        if let Some(entry) = self.by_name.get(name).and_then(|index| self.entries.get(*index))
            && entry.contents.get() == Some(&contents)
            && entry.method == Method::Deflate
        {
            known.keep(entry.crc, entry.size, entry.stored, contents);
        }
    }
}

impl Entry<'_> {
    fn contents(&self, budget: &mut Budget) -> Result<Arc<Vec<u8>>, Fault> {
        // Compressed data can be long and inflate to nothing.
        budget.inflate(self.size.max(self.stored.len() as u64))?;
        if let Some(contents) = self.contents.get() {
            return Ok(Arc::clone(contents));
        }
        let contents = match self.method {
            Method::Store => self.stored.to_vec(),
            Method::Deflate => INFLATER.with_borrow_mut(|inflater| self.inflate(inflater))?,
        };
        if crc32fast::hash(&contents) == self.crc {
            Ok(Arc::new(contents))
        } else {
            Err(Fault::Checksum("the checksum does not fit the data"))
        }
    }

    fn inflate(&self, inflater: &mut Decompress) -> Result<Vec<u8>, Fault> {
        let size = usize::try_from(self.size).map_err(|_| Fault::Malformed("the size is not addressable"))?;
        // More room than stated shows a stream that goes on.
        let mut contents = Vec::with_capacity(size.saturating_add(ROOM));
        inflater.reset(false);
        let status = inflater
            .decompress_vec(self.onwards, &mut contents, FlushDecompress::Finish)
            .map_err(|_| Fault::Malformed("the compressed data are damaged"))?;
        let whole = status == Status::StreamEnd
            && contents.len() == size
            && inflater.total_in() == self.stored.len() as u64;
        if whole { Ok(contents) } else { Err(Fault::Checksum("the size does not fit the data")) }
    }
}

#[cfg(test)]
mod tests;
