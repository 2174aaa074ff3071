//! The state directory: lists and responses kept for good, and what each source gave last. It checks nothing: whoever reads
//! them from here checks them again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::allowance::Spent;
use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::trust::disk;
use crate::upstream::Validators;

/// Bytes of what is remembered of a source: names of files, a hundred bytes each.
const MEMORY_BYTES: u64 = 1 << 20;

/// How the names of lists begin that are kept aside.
const ASIDE: &str = "aside/";

/// The state directory.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    directory: PathBuf,
}

/// What is remembered of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    /// The place, for people who look.
    pub(super) place: String,
    /// The files, below the state directory, that hold what it gave last.
    pub(super) files: Vec<String>,
    /// What it said about that.
    pub(super) validators: Validators,
    /// What it added to the disk of late.
    #[serde(default)]
    pub(super) spent: Spent,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    /// A list of which nobody known has shown to be the signer. It is what a source gave last, and no history.
    Aside,
    Answer,
}

impl Kind {
    const fn directory(self) -> &'static str {
        match self {
            Self::List => "lists",
            Self::Aside => "aside",
            Self::Answer => "answers",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::List | Self::Aside => "crl",
            Self::Answer => "ocsp",
        }
    }
}

impl Archive {
    pub(super) const fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The name of the file for something with `digest` that speaks of `time`. Names sort as times do.
    pub(super) fn name(kind: Kind, time: Timestamp, digest: &Digest) -> String {
        // Certificates began after 1970; what claims to be older sorts as if it were of that time.
        let seconds = time.seconds().max(0);
        format!("{}/{seconds:012}-{}.{}", kind.directory(), digest.hex(), kind.extension())
    }

    /// Where the file of this name is.
    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Whether `length` bytes are kept under `name`.
    pub(super) fn has(&self, name: &str, length: usize) -> bool {
        // Named by its content, it is what it was, unless a disk lost a part of it.
        let held = fs::metadata(self.place(name)).map(|file| file.len()).ok();
        held == u64::try_from(length).ok()
    }

    /// Bytes of all files that hold lists and responses; what cannot be looked at counts nothing.
    pub(super) fn bytes(&self) -> u64 {
        let files = [Kind::List, Kind::Aside, Kind::Answer].into_iter().filter_map(|kind| {
            let files = fs::read_dir(self.directory.join(kind.directory())).ok()?;
            Some(files.flatten().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum::<u64>())
        });
        files.sum()
    }

    /// Keeps `content` under `name`, unless it is there.
    pub(super) fn keep(&self, name: &str, content: &[u8]) -> io::Result<()> {
        if self.has(name, content.len()) { Ok(()) } else { disk::write(&self.place(name), content) }
    }

    /// Takes the list that is kept aside under `name` among those kept for good.
    pub(super) fn accept(&self, name: &str) -> io::Result<()> {
        let Some(file) = name.strip_prefix(ASIDE) else { return Ok(()) };
        let lists = self.directory.join(Kind::List.directory());
        fs::create_dir_all(&lists)?;
        fs::rename(self.place(name), lists.join(file))
    }

    /// Drops the list that is kept aside under `name`; what is kept for good stays.
    pub(super) fn discard(&self, name: &str) -> io::Result<()> {
        if !name.starts_with(ASIDE) {
            return Ok(());
        }
        match fs::remove_file(self.place(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The content of a file, of at most `limit` bytes; `None` if it is not there.
    pub(super) fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        disk::read(&self.place(name), limit)
    }

    /// The names of all files of a kind, the newest first. None if there is no directory yet.
    pub(super) fn names(&self, kind: Kind) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.directory.join(kind.directory())) {
            Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let names = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let fits = |name: &String| {
            let extension = Path::new(name).extension();
            !name.starts_with('.') && extension.is_some_and(|extension| extension == kind.extension())
        };
        let mut names: Vec<String> =
            names.filter(fits).map(|name| format!("{}/{name}", kind.directory())).collect();
        names.sort_unstable_by(|one, two| two.cmp(one));
        Ok(names)
    }

    /// What is remembered of the source at `place`. What cannot be read is forgotten: the source is asked again anyway.
    pub(super) fn recall(&self, place: &str) -> Option<Memory> {
        let text = disk::read(&self.memory_of(place), MEMORY_BYTES).ok()??;
        serde_json::from_slice::<Memory>(&text).ok().filter(|memory| memory.place == place)
    }

    /// Remembers that of a source.
    pub(super) fn remember(&self, memory: &Memory) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(memory)?;
        disk::write(&self.memory_of(&memory.place), &text)
    }

    fn memory_of(&self, place: &str) -> PathBuf {
        let digest = DigestAlgorithm::Sm3.digest(place.as_bytes()).hex();
        self.directory.join("sources").join(format!("{digest}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_again_the_newest_first() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::new(directory.path().join("state"));
        assert_eq!(archive.names(Kind::List).unwrap(), Vec::<String>::new());
        let digest = |content: &[u8]| DigestAlgorithm::Sm3.digest(content);
        let name = |seconds, content: &[u8]| {
            Archive::name(Kind::List, Timestamp::from_seconds(seconds), &digest(content))
        };
        for (seconds, content) in [(5, b"five"), (1_700_000_000, b"late"), (40, b"mid.")] {
            archive.keep(&name(seconds, content), content).unwrap();
            archive.keep(&name(seconds, content), content).unwrap();
        }
        fs::write(directory.path().join("state/lists/.new-1.crl"), b"half").unwrap();
        fs::write(directory.path().join("state/lists/readme.txt"), b"text").unwrap();
        let expected = [name(1_700_000_000, b"late"), name(40, b"mid."), name(5, b"five")];
        assert_eq!(archive.names(Kind::List).unwrap(), expected);
        assert_eq!(archive.read(&expected[2], 4).unwrap().unwrap(), b"five");
        assert!(archive.read(&expected[2], 3).is_err());
        // One that lost a part is written again.
        fs::write(archive.place(&expected[2]), b"fi").unwrap();
        archive.keep(&expected[2], b"five").unwrap();
        assert_eq!(archive.read(&expected[2], 4).unwrap().unwrap(), b"five");
    }

    #[test]
    fn a_source_is_remembered_by_its_place() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::new(directory.path().to_owned());
        let memory = Memory {
            place: "http://crl.example/a.crl".to_owned(),
            files: vec!["lists/1.crl".to_owned()],
            validators: Validators { etag: Some("\"1\"".to_owned()), last_modified: None },
            spent: Spent::default(),
        };
        assert_eq!(archive.recall(&memory.place), None);
        archive.remember(&memory).unwrap();
        assert_eq!(archive.recall(&memory.place), Some(memory.clone()));
        assert_eq!(archive.recall("http://crl.example/b.crl"), None);
        fs::write(archive.memory_of(&memory.place), b"{").unwrap();
        assert_eq!(archive.recall(&memory.place), None);
    }
}
