//! The file in which reports and their ends are kept: one line each, behind a digest of it, appended and synced before
//! anybody hears of it. A last line that was not written to its end is what a crash leaves, and is cut off.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Error;
use super::ticket::{Complaint, Concerned, State, Ticket, TicketId};
use crate::catalog::ServiceId;
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;
use crate::identifier::{Department, Province};

/// Hexadecimal digits of the digest before each line: 64 bits find every accident.
const DIGITS: usize = 16;
/// Bytes of one line. 16 KiB: a report names at most 64 fields.
const LINE_BYTES: usize = 16 << 10;

/// One line.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Opened {
        ticket: String,
        province: String,
        service: String,
        subject: String,
        department: String,
        fields: Vec<String>,
        complaint: Complaint,
        at: String,
        due: String,
    },
    Closed {
        ticket: String,
        state: State,
        at: String,
    },
}

/// What a line tells.
#[derive(Debug)]
pub(super) enum Event {
    Opened(Ticket),
    Closed(TicketId, State, Timestamp),
}

/// The open file; nobody else may write it.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    failed: bool,
}

impl Journal {
    /// Opens the journal at `path`, or begins one, and gives what is in it to `tell`, oldest first.
    pub(super) fn open(path: &Path, mut tell: impl FnMut(Event)) -> Result<Self, Error> {
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
            let parent =
                path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(parent).and_then(|parent| parent.sync_all()).map_err(Error::disk("made to last"))?;
        }
        let whole = replay(&file, &mut tell)?;
        if whole < file.metadata().map_err(Error::disk("read"))?.len() {
            file.set_len(whole).and_then(|()| file.sync_all()).map_err(Error::disk("repaired"))?;
        }
        Ok(Self { file, failed: false })
    }

    /// Appends `event`; returns once it is on disk. After a failure nothing more is taken until the journal is opened again,
    /// because a part of a line may be there.
    pub(super) fn append(&mut self, event: &Event) -> Result<(), Error> {
        if self.failed {
            return Err(Error::Failed);
        }
        let line = Line::from(event);
        let json = serde_json::to_string(&line).map_err(|_| Error::Failed)?;
        let line = format!("{} {json}\n", digest(&json));
        if line.len() > LINE_BYTES {
            return Err(Error::TooLong);
        }
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            self.failed = true;
            Error::disk("written")(error)
        })
    }
}

/// Reads the whole; gives where whole lines end.
fn replay(file: &File, tell: &mut impl FnMut(Event)) -> Result<u64, Error> {
    let mut reader = BufReader::new(file);
    let (mut whole, mut number) = (0u64, 0u64);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let mut limited = io::Read::take(&mut reader, LINE_BYTES as u64 + 1);
        let length = limited.read_until(b'\n', &mut bytes).map_err(Error::disk("read"))?;
        number += 1;
        if length > LINE_BYTES {
            return Err(Error::Broken { line: number, what: "is too long" });
        }
        let Some(line) = bytes.strip_suffix(b"\n") else { return Ok(whole) };
        let event = parse(line).map_err(|what| Error::Broken { line: number, what })?;
        tell(event);
        whole = whole.saturating_add(length as u64);
    }
}

fn digest(json: &str) -> String {
    let mut hex = DigestAlgorithm::Sm3.digest(json.as_bytes()).hex();
    hex.truncate(DIGITS);
    hex
}

fn parse(line: &[u8]) -> Result<Event, &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8")?;
    let (stated, json) = text.split_once(' ').ok_or("has no digest")?;
    if stated != digest(json) {
        return Err("is not what its digest says");
    }
    let line: Line = serde_json::from_str(json).map_err(|_| "is not an event")?;
    line.event().ok_or("names what does not exist")
}

impl Line {
    fn from(event: &Event) -> Self {
        match event {
            Event::Opened(ticket) => Self::Opened {
                ticket: ticket.id.to_string(),
                province: ticket.concerned.province.to_string(),
                service: ticket.concerned.service.to_string(),
                subject: ticket.concerned.subject.clone(),
                department: ticket.department.to_string(),
                fields: ticket.fields.clone(),
                complaint: ticket.complaint,
                at: ticket.opened.to_string(),
                due: ticket.due.clone(),
            },
            Event::Closed(ticket, state, at) => {
                Self::Closed { ticket: ticket.to_string(), state: *state, at: at.to_string() }
            }
        }
    }

    fn event(self) -> Option<Event> {
        match self {
            Self::Opened { ticket, province, service, subject, department, fields, complaint, at, due } => {
                Some(Event::Opened(Ticket {
                    id: TicketId::parse(&ticket)?,
                    concerned: Concerned {
                        province: Province::parse(&province).ok()?,
                        service: ServiceId::parse(&service)?,
                        subject,
                    },
                    department: Department::parse(&department).ok()?,
                    fields,
                    complaint,
                    opened: Timestamp::parse_rfc3339(&at)?,
                    due,
                    state: State::Open,
                    closed: None,
                }))
            }
            Self::Closed { ticket, state, at } => {
                Some(Event::Closed(TicketId::parse(&ticket)?, state, Timestamp::parse_rfc3339(&at)?))
            }
        }
    }
}

impl Error {
    fn disk(action: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Disk { action, source: Arc::new(error) }
    }
}
