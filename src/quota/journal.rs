//! The file in which what is reserved of each day lasts: one line a reservation, each with a digest of itself.
//! It knows nothing of clocks and limits. A line counts once it is on disk, and only its torn end is ever forgiven.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::Error;
use crate::crypto::DigestAlgorithm;
use crate::identifier::Department;
use crate::policy::AgreementId;

/// The first line: what the file is, and the version of its form.
const HEADER: &str = "tongban quota 1";

/// Lines beyond those that still matter, before the file is written anew. 10,000 are a megabyte, read in milliseconds.
const SPARE_LINES: usize = 10_000;

/// Bytes of a file that is read at all. 1 GiB holds ten million lines; what is larger is something else.
const FILE_BYTES: u64 = 1 << 30;

/// Whose day is counted: one department under one agreement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Account {
    pub(super) agreement: AgreementId,
    pub(super) department: Department,
}

/// So many requests of one day may have been answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reservation {
    pub(super) account: Account,
    /// The number of the day, counted from 1970-01-01 in China.
    pub(super) day: i64,
    /// Requests of that day in all, not only those that were added.
    pub(super) requests: u64,
}

impl Reservation {
    fn line(&self) -> String {
        let Account { agreement, department } = &self.account;
        let text = format!("{} {} {agreement} {department}", self.day, self.requests);
        format!("{text} {}\n", sum(&text))
    }

    fn parse(line: &str) -> Result<Self, &'static str> {
        let (text, found) = line.rsplit_once(' ').ok_or("is no reservation")?;
        if found != sum(text) {
            return Err("is not what its digest says");
        }
        let mut parts = text.split(' ');
        let mut next = || parts.next().ok_or("is no reservation");
        let (day, requests, agreement, department) = (next()?, next()?, next()?, next()?);
        let account = Account {
            agreement: AgreementId::parse(agreement).ok_or("names no agreement")?,
            department: Department::parse(department).map_err(|_| "names no department")?,
        };
        let number = |_| "holds no number";
        Ok(Self { account, day: day.parse().map_err(number)?, requests: requests.parse().map_err(number)? })
    }
}

/// 64 bits of SM3: against accidents of disks, not against people, who could as well remove the file.
fn sum(text: &str) -> String {
    DigestAlgorithm::Sm3.digest(text.as_bytes()).hex().chars().take(16).collect()
}

/// Takes bytes at its end, or in place of all it has, and returns once they would survive a loss of power.
pub(super) trait Storage: Send {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Either all of `bytes` takes the place of what was there, or what was there stays.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// The reservations on disk.
pub(super) struct Journal {
    storage: Box<dyn Storage>,
    /// The last of each account, of the latest day alone.
    live: BTreeMap<Account, (i64, u64)>,
    lines: usize,
    /// Whether the file ends with a whole line. A failed write leaves that open.
    whole: bool,
}

impl Journal {
    /// Opens the file at `path`, or begins one.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let (disk, bytes) = Disk::open(path)?;
        Self::read(Box::new(disk), &bytes, path)
    }

    /// The journal of `bytes`, which `storage` holds; `path` is for faults.
    pub(super) fn read(storage: Box<dyn Storage>, bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let mut journal = Self { storage, live: BTreeMap::new(), lines: 0, whole: false };
        if bytes.is_empty() {
            return Ok(journal);
        }
        // What a crash cut off was never used: a block is used once its line is whole.
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let whole = bytes.get(..end).unwrap_or_default();
        journal.whole = end == bytes.len();
        let foreign = || Error::Foreign(path.to_owned());
        let text = std::str::from_utf8(whole).map_err(|_| foreign())?;
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Err(foreign());
        }
        for (number, line) in (2..).zip(lines) {
            let broken = |what| Error::Broken { path: path.to_owned(), line: number, what };
            journal.note(&Reservation::parse(line).map_err(broken)?);
            journal.lines += 1;
        }
        Ok(journal)
    }

    /// The last reservation of each account.
    pub(super) fn reservations(&self) -> impl Iterator<Item = (&Account, i64, u64)> {
        self.live.iter().map(|(account, (day, requests))| (account, *day, *requests))
    }

    /// The latest day that anything was reserved of.
    pub(super) fn latest(&self) -> Option<i64> {
        self.live.values().map(|(day, _)| *day).max()
    }

    /// Writes `reservations`; none of them may be used before this returns, and none at all after an error.
    pub(super) fn write(&mut self, reservations: &[Reservation]) -> io::Result<()> {
        reservations.iter().for_each(|reservation| self.note(reservation));
        let lines = self.lines.saturating_add(reservations.len());
        let written = if self.whole && lines <= self.live.len().saturating_add(SPARE_LINES) {
            let text: String = reservations.iter().map(Reservation::line).collect();
            self.lines = lines;
            self.storage.append(text.as_bytes())
        } else {
            let latest = self.latest();
            self.live.retain(|_, (day, _)| Some(*day) == latest);
            self.lines = self.live.len();
            self.storage.replace(self.text().as_bytes())
        };
        // After a failure nobody knows what the end of the file is, so the next write is of all that matters.
        self.whole = written.is_ok();
        written
    }

    fn note(&mut self, reservation: &Reservation) {
        let Reservation { account, day, requests } = reservation;
        let last = self.live.entry(account.clone()).or_insert((*day, *requests));
        *last = (*last).max((*day, *requests));
    }

    fn text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for (account, day, requests) in self.reservations() {
            text.push_str(&Reservation { account: account.clone(), day, requests }.line());
        }
        text
    }
}

/// The file itself, which no other process may write while it is open.
struct Disk {
    path: PathBuf,
    file: File,
}

impl Disk {
    fn open(path: &Path) -> Result<(Self, Vec<u8>), Error> {
        let failed = |action| move |source| Error::Disk { action, path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        let opened = options.read(true).append(true).create(true).open(path);
        let mut file = opened.map_err(failed("opened"))?;
        lock(&file, path)?;
        let mut bytes = Vec::new();
        let mut limited = Read::by_ref(&mut file).take(FILE_BYTES.saturating_add(1));
        limited.read_to_end(&mut bytes).map_err(failed("read"))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_BYTES) {
            return Err(Error::Foreign(path.to_owned()));
        }
        Ok((Self { path: path.to_owned(), file }, bytes))
    }
}

fn lock(file: &File, path: &Path) -> Result<(), Error> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Error::Locked(path.to_owned()),
        TryLockError::Error(source) => Error::Disk { action: "locked", path: path.to_owned(), source },
    })
}

impl Storage for Disk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        // Held before it has the name, so that at no time another process finds a file that nobody holds.
        file.as_file().try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::ErrorKind::ResourceBusy.into(),
            TryLockError::Error(error) => error,
        })?;
        self.file = file.persist(&self.path)?;
        File::open(directory)?.sync_all()
    }
}
