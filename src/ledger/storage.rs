//! Where lines are written to: a file, or in tests something that fails on demand.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Takes bytes at its end and makes them last.
pub trait Storage: Send {
    /// Writes `bytes` at the end. On failure a part of them may be there.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns once all that was appended would survive a loss of power.
    fn sync(&mut self) -> io::Result<()>;
}

/// The ledger's file, opened for appending, which nobody else may touch while it is open.
#[derive(Debug)]
pub(super) struct Alone {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Alone {
    /// `file`, which was opened at `path`.
    pub(super) fn new(file: File, path: &Path) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, path: path.to_owned(), length })
    }
}

impl Storage for Alone {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length = self.length.saturating_add(bytes.len() as u64);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        // What is on disk counts only where the next who opens the ledger finds it: a file that was cut, moved or
        // removed takes writes as before, and the records would be gone with the process.
        let (mine, there) = (self.file.metadata()?, std::fs::metadata(&self.path)?);
        if mine.len() == self.length && (mine.dev(), mine.ino()) == (there.dev(), there.ino()) {
            Ok(())
        } else {
            Err(io::Error::other("the file was changed or moved by somebody else"))
        }
    }
}
