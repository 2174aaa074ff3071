//! What is wrong with a file that somebody wrote, and on which line: config, catalog, agreements, certificates.

use std::{fmt, io};

/// A file of rules as read by the caller; parsing itself reads no files.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name, for faults and to tell files apart.
    pub name: &'a str,
    /// The content.
    pub text: &'a str,
}

/// One fault of one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub struct Fault {
    /// The name of the file.
    pub file: String,
    /// The line, counted from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl Fault {
    /// A fault on `line` of `file`.
    pub fn new(file: &str, line: usize, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, reason: reason.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.reason),
            line => write!(f, "{}:{line}: {}", self.file, self.reason),
        }
    }
}

/// Why a file or directory could not be read, with what to do about it; what is said stands after its name.
pub fn unread(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "is not there; check the path".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "may not be read; whoever runs this takes the right to read it".to_owned()
        }
        io::ErrorKind::IsADirectory => "is a directory; name a file".to_owned(),
        io::ErrorKind::NotADirectory => "is no directory, or lies below a file; check the path".to_owned(),
        io::ErrorKind::AlreadyExists => "is there already and is left as it is; name another".to_owned(),
        io::ErrorKind::FileTooLarge => "is larger than is read of such a file".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

/// Where the lines of a text begin, to turn byte offsets into line numbers.
#[derive(Clone, Debug)]
pub struct Lines(Vec<usize>);

impl Lines {
    /// The lines of `text`.
    pub fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line, counted from 1, on which the byte at `offset` stands.
    pub fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}
