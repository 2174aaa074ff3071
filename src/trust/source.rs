//! Where a publication is read: a directory, or an HTTPS address with the same names below it.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::disk;
use crate::fault::unread;
use crate::upstream::{self, BadAnswer, Endpoint, fetch};

/// Where a publication is.
#[derive(Clone, Debug)]
pub enum Source {
    /// A directory.
    Directory(PathBuf),
    /// An HTTPS address.
    Address {
        /// Where to connect, and whom to trust.
        endpoint: Box<Endpoint>,
        /// The path below which the names are; ends with `/`.
        base: String,
        /// How long one read may take.
        within: Duration,
    },
}

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// From a directory.
    #[error("{}", unread(.0))]
    Disk(#[from] io::Error),
    /// From an address.
    #[error("cannot be read: {0}")]
    Net(#[from] upstream::Error),
    /// It is not there.
    #[error("is not there; check the path")]
    Absent,
    /// Something else stands in its place.
    #[error("is not a file")]
    NoFile,
    /// The time for all of a look was over before it.
    #[error("cannot be read: the look at the publication took too long")]
    Late,
}

impl ReadError {
    /// Whether it is larger than the limit.
    pub fn is_too_large(&self) -> bool {
        match self {
            Self::Disk(error) => error.kind() == io::ErrorKind::FileTooLarge,
            Self::Net(error) => *error == upstream::Error::BadAnswer(BadAnswer::TooLarge),
            Self::Absent | Self::NoFile | Self::Late => false,
        }
    }
}

impl Source {
    /// What is read under `name`, for people.
    pub fn place(&self, name: &str) -> String {
        match self {
            Self::Directory(directory) => directory.join(name).display().to_string(),
            Self::Address { endpoint, base, .. } => {
                format!("https://{}:{}{base}{name}", endpoint.host, endpoint.port)
            }
        }
    }

    /// Reads `name`, of at most `limit` bytes; `None` if it is not there. Blocks, from an address no longer than until `end`.
    pub(super) fn read(
        &self,
        name: &str,
        limit: u64,
        end: Option<Instant>,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        match self {
            Self::Directory(directory) => {
                let path = directory.join(name);
                // A pipe that somebody put there would have the gateway wait until it starts again.
                if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
                    return Err(ReadError::NoFile);
                }
                Ok(disk::read(&path, limit)?)
            }
            Self::Address { endpoint, base, within } => {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                let path = format!("{base}{name}");
                let left = end.map(|end| end.saturating_duration_since(Instant::now()));
                let within = left.map_or(*within, |left| left.min(*within));
                if within.is_zero() {
                    return Err(ReadError::Late);
                }
                // A thread and runtime of its own, so that it makes no difference who asks: a command, a gateway that
                // starts, or one that runs. Reads are few, because files that are known are not read again.
                let read = std::thread::scope(|scope| {
                    let thread = scope.spawn(|| {
                        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                        Ok(runtime.block_on(fetch(endpoint, &path, limit, within))?)
                    });
                    thread.join().unwrap_or_else(|_| Err(io::Error::other("the read was cut short").into()))
                });
                read.map(|bytes| bytes.map(|bytes| bytes.to_vec()))
            }
        }
    }
}
