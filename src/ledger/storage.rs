//! Where lines are written to: a file, or in tests something that fails on demand.

use std::fs::File;
use std::io::{self, Write};

/// Takes bytes at its end and makes them last.
pub trait Storage: Send {
    /// Writes `bytes` at the end. On failure a part of them may be there.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns once all that was appended would survive a loss of power.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file opened for appending.
impl Storage for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
