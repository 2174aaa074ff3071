//! Reads what lies below a directory, within bounds: files themselves and nothing that stands for others. A link may lead
//! anywhere, or in a ring; a pipe never ends; and what is proposed must be what lies where officers look.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::fault::{Fault, unread};
use crate::manifest::{FilePath, RuleFiles};

/// Bytes that one file of rules may have on an officer's machine. 16 MiB, as gateways take them unless set otherwise.
const FILE_BYTES: u64 = 16 << 20;
/// Bytes of all files together. 256 MiB, as gateways take them unless set otherwise.
const TOTAL_BYTES: u64 = 256 << 20;
/// Files and directories together. 200,000: a hundred thousand agreements, and as many anchors and callers.
const MOST: usize = 200_000;
/// Directories inside each other. 8: the rules have two.
const DEPTH: usize = 8;

/// What reads below directories, and what it found wrong.
#[derive(Debug, Default)]
pub(super) struct Gatherer {
    pub(super) faults: Vec<Fault>,
    seen: usize,
    bytes: u64,
    full: bool,
}

/// What lies somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Directory,
    File,
}

impl Gatherer {
    /// Adds all files below `directory`, by their paths below `name`, to `files`.
    pub(super) fn gather(&mut self, directory: &Path, name: &str, depth: usize, files: &mut RuleFiles) {
        for (own, path, found) in self.entries(directory, depth, |_| true) {
            let name = format!("{name}/{own}");
            if found == Found::Directory {
                self.gather(&path, &name, depth + 1, files);
                continue;
            }
            let Some(name) = FilePath::parse(&name) else {
                self.fault(&path, "a name with characters that no manifest takes");
                continue;
            };
            if let Some(content) = self.read(&path) {
                files.insert(name, content);
            }
        }
    }

    /// The entries of a directory with their names, sorted, without those that begin with a dot and those that are neither file
    /// nor directory, each of which is a fault. Of what is no directory those alone whose names are `wanted`. `depth` is how many
    /// directories it is inside of.
    pub(super) fn entries(
        &mut self,
        directory: &Path,
        depth: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<(String, PathBuf, Found)> {
        if depth > DEPTH {
            let reason = format!("`rules.too_deep`: more than {DEPTH} directories are inside each other");
            self.fault(directory, reason);
            return Vec::new();
        }
        let left = MOST.saturating_sub(self.seen).saturating_add(1);
        let read = fs::read_dir(directory);
        let entries = read.and_then(|entries| entries.take(left).collect::<io::Result<Vec<_>>>());
        let entries = entries.unwrap_or_else(|error| {
            self.fault(directory, unreadable(&error));
            Vec::new()
        });
        self.seen = self.seen.saturating_add(entries.len());
        if self.seen > MOST {
            let reason =
                format!("`rules.too_many_files`: with it there are more than {MOST} files and directories");
            self.stop(directory, reason);
        }
        if self.full {
            return Vec::new();
        }
        let named =
            entries.iter().map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
        let mut named: Vec<_> = named.filter(|(name, _)| !name.starts_with('.')).collect();
        // The order of a directory differs from machine to machine; rules and faults must not.
        named.sort();
        let is_directory = |path: &Path| path.is_dir();
        named.retain(|(name, path)| wanted(name) || is_directory(path));
        named
            .into_iter()
            .filter_map(|(name, path)| Some((name, path.clone(), self.look_at(&path)?)))
            .collect()
    }

    /// What `path` is, as it lies there; a fault if it only stands for something else.
    pub(super) fn look_at(&mut self, path: &Path) -> Option<Found> {
        match fs::symlink_metadata(path).map(|found| found.file_type()) {
            Ok(found) if found.is_dir() => return Some(Found::Directory),
            Ok(found) if found.is_file() => return Some(Found::File),
            Ok(found) if found.is_symlink() => {
                self.fault(path, "`rules.link`: is a symbolic link; put there what it leads to");
            }
            Ok(_) => self.fault(path, "`rules.not_a_file`: is neither a file nor a directory; take it away"),
            Err(error) => self.fault(path, unreadable(&error)),
        }
        None
    }

    /// The content of the file `path`, which may be a link where somebody named it so.
    pub(super) fn read(&mut self, path: &Path) -> Option<Vec<u8>> {
        if self.full {
            return None;
        }
        match content(path) {
            Ok(Some(content)) => {
                let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
                self.bytes = self.bytes.saturating_add(length);
                if self.bytes > TOTAL_BYTES {
                    let reason = format!(
                        "`rules.too_large`: with it the files have more than {TOTAL_BYTES} bytes together"
                    );
                    self.stop(path, reason);
                    return None;
                }
                Some(content)
            }
            Ok(None) => {
                let reason = format!("`rules.too_large`: has more than {FILE_BYTES} bytes");
                self.fault(path, reason);
                None
            }
            Err(error) => {
                self.fault(path, unreadable(&error));
                None
            }
        }
    }

    /// Adds a fault.
    pub(super) fn fault(&mut self, path: &Path, reason: impl Into<String>) {
        self.faults.push(Fault::new(&path.display().to_string(), 0, reason));
    }

    /// Adds a fault after which nothing is read any more.
    fn stop(&mut self, path: &Path, reason: String) {
        if !self.full {
            self.fault(path, reason);
        }
        self.full = true;
    }
}

/// The content of a file; `None` if it is too long.
fn content(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // Opened, a pipe waits for whoever writes, and a device may do anything.
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= FILE_BYTES);
    Ok(fits.then_some(bytes))
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidInput => "`rules.not_a_file`: is not a file".to_owned(),
        _ => unread(error),
    }
}
