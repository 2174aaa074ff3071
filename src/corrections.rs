//! Reports that data are wrong (校核纠错; Regulation on government data sharing, Decree 809): on file, durable, and shown
//! with every answer about the same data while they are open. They block nothing: an open report withholds no data. Who may
//! report and who may settle is decided elsewhere.

mod journal;
#[cfg(test)]
mod tests;
mod ticket;
mod workday;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use serde::Deserialize;

use self::journal::{Event, Journal};
pub use self::ticket::{Complaint, Concerned, Report, State, Ticket, TicketId};
use self::workday::Calendar;
pub use self::workday::Day;
use crate::clock::Timestamp;
use crate::crypto::RandomError;
use crate::identifier::{Department, Province};
use crate::metrics::{Counters, Gauge, Metrics};
use crate::setting::Count;

/// Settings, in the config under `[corrections]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The file in which reports are kept; by default the ledger's path with the extension `corrections`.
    pub path: PathBuf,
    /// Working days until a report is to be settled. 10, as Decree 809 gives providers.
    pub deadline_days: Count,
    /// Holidays that fall on Monday to Friday, `YYYY-MM-DD`; the State Council announces them each autumn.
    pub holidays: BTreeSet<Day>,
    /// Days of weekends that are worked on in exchange.
    pub workdays: BTreeSet<Day>,
    /// Reports of one department that may be open at once. 500: a fault that touches more is one of a system, and one
    /// telephone call.
    pub open_per_department: Count,
    /// Reports of one department on one day. 200: a counter a minute for a morning.
    pub daily_per_department: Count,
    /// Closed reports that can still be looked up. 100,000: a year of a large province in some 50 MB; the ledger has all.
    pub closed: Count,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            deadline_days: Count::new(10),
            holidays: BTreeSet::new(),
            workdays: BTreeSet::new(),
            open_per_department: Count::new(500),
            daily_per_department: Count::new(200),
            closed: Count::new(100_000),
        }
    }
}

/// Why a report is not taken, or not changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A line of the journal is not what was written.
    #[error("line {line} of the reports {what}")]
    Broken {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// It was closed before.
    #[error("the report is closed")]
    Closed,
    /// The disk failed. Nothing more is taken until the journal is opened again.
    #[error("the reports cannot be {action}")]
    Disk {
        /// What failed.
        action: &'static str,
        /// What the operating system says.
        source: Arc<io::Error>,
    },
    /// The disk failed earlier.
    #[error("no reports are taken")]
    Failed,
    /// Another process writes the journal.
    #[error("another process writes the reports `{0}`")]
    Locked(PathBuf),
    /// There is no random number for a name.
    #[error("no name can be made for the report")]
    Random(#[from] RandomError),
    /// The name that another gateway gave is that of another report.
    #[error("the name of the report is that of another one")]
    Taken,
    /// The report is longer than a line may be.
    #[error("the report is too long")]
    TooLong,
    /// The department has as many as it may have.
    #[error("the department has {limit} reports {what}")]
    TooMany {
        /// The limit.
        limit: u32,
        /// Of what.
        what: &'static str,
    },
    /// There is none of that name.
    #[error("there is no such report")]
    Unknown,
}

/// All reports.
pub struct Corrections {
    home: Province,
    config: Config,
    calendar: Calendar,
    files: Mutex<Files>,
    /// What is open, apart from the rest, so that answers need not wait for a write to the disk.
    open: RwLock<HashMap<Concerned, BTreeSet<TicketId>>>,
    numbers: Numbers,
}

struct Files {
    journal: Journal,
    tickets: BTreeMap<TicketId, Ticket>,
    /// Closed ones, oldest first.
    closed: VecDeque<TicketId>,
    /// How many each department has open.
    burden: HashMap<Department, u32>,
    /// How many each department reported on its last day, and which that was.
    daily: HashMap<Department, (String, u32)>,
}

struct Numbers {
    events: Counters<1>,
    open: Gauge,
    overdue: Gauge,
}

impl Corrections {
    /// Opens what is kept, for the gateway of `home`.
    pub fn open(home: Province, config: &Config, metrics: &mut Metrics) -> Result<Self, Error> {
        let (mut told, mut index) = (Vec::new(), HashMap::new());
        let journal = Journal::open(&config.path, |event| told.push(event))?;
        let mut files = Files {
            journal,
            tickets: BTreeMap::new(),
            closed: VecDeque::new(),
            burden: HashMap::new(),
            daily: HashMap::new(),
        };
        for event in told {
            files.apply(event, config.closed, &mut index);
        }
        Ok(Self {
            home,
            config: config.clone(),
            calendar: Calendar { holidays: config.holidays.clone(), workdays: config.workdays.clone() },
            files: Mutex::new(files),
            open: RwLock::new(index),
            numbers: Numbers {
                events: metrics
                    .counters("corrections", "Reports that data are wrong, by what became of them."),
                open: metrics.gauge("corrections_open", "Reports about this province's data that are open."),
                overdue: metrics.gauge("corrections_overdue", "Those of them that should have been settled."),
            },
        })
    }

    /// Takes `report`, unless its department has one open about the same data, which is given back then with `false`, or has
    /// as many as it may have. Waits for the disk.
    ///
    /// `filed` is the name and the day by which it is due where the gateway of another province has taken it already.
    pub fn report(
        &self,
        report: Report,
        filed: Option<(TicketId, String)>,
        now: Timestamp,
    ) -> Result<(Ticket, bool), Error> {
        let mut files = self.files();
        if let Some(known) = self.known(&files, &report) {
            return Ok((known, false));
        }
        if filed.is_none() {
            self.within_limits(&files, &report.department, now)?;
        }
        let Report { concerned, department, fields, complaint } = report;
        let (id, due) = match filed {
            Some(filed) => filed,
            None => {
                let due = self.calendar.due(now, self.config.deadline_days.get());
                (TicketId::random(concerned.province)?, due)
            }
        };
        // Another gateway chose the name; it may come again for the same report, and for no other.
        let other = |known: &Ticket| {
            known.state == State::Open || known.concerned != concerned || known.department != department
        };
        if files.tickets.get(&id).is_some_and(other) {
            return Err(Error::Taken);
        }
        let (state, closed) = (State::Open, None);
        let ticket = Ticket { id, concerned, department, fields, complaint, opened: now, due, state, closed };
        self.write(&mut files, Event::Opened(ticket.clone()))?;
        self.numbers.events.add_one([("event", "opened")]);
        Ok((ticket, true))
    }

    /// The report that the department of `report` has open about the same data.
    pub fn find_same(&self, report: &Report) -> Option<Ticket> {
        self.known(&self.files(), report)
    }

    /// Whether the department may report anything more now.
    pub fn admit(&self, department: &Department, now: Timestamp) -> Result<(), Error> {
        self.within_limits(&self.files(), department, now)
    }

    /// Closes the report called `id`. Waits for the disk.
    pub fn close(&self, id: &TicketId, state: State, now: Timestamp) -> Result<Ticket, Error> {
        let mut files = self.files();
        let ticket = files.tickets.get(id).ok_or(Error::Unknown)?;
        if ticket.state != State::Open || state == State::Open {
            return Err(Error::Closed);
        }
        self.write(&mut files, Event::Closed(id.clone(), state, now))?;
        self.numbers.events.add_one([("event", state.as_str())]);
        files.tickets.get(id).cloned().ok_or(Error::Unknown)
    }

    /// The report called `id`.
    pub fn find(&self, id: &TicketId) -> Option<Ticket> {
        self.files().tickets.get(id).cloned()
    }

    /// All reports that are open and that `keep` keeps, the first due first.
    pub fn open_reports(&self, keep: impl Fn(&Ticket) -> bool) -> Vec<Ticket> {
        let files = self.files();
        let open = files.tickets.values().filter(|ticket| ticket.state == State::Open && keep(ticket));
        let mut open: Vec<Ticket> = open.cloned().collect();
        open.sort_by(|one, other| (&one.due, &one.id).cmp(&(&other.due, &other.id)));
        open
    }

    /// The reports that are open about the same data.
    pub fn open_about(&self, concerned: &Concerned) -> Vec<TicketId> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.get(concerned).map(|tickets| tickets.iter().cloned().collect()).unwrap_or_default()
    }

    /// Tells the operators' numbers how reports stand at `now`. Those that another province settles are its to count.
    pub fn tell(&self, now: Timestamp) {
        let files = self.files();
        let own = |ticket: &&Ticket| ticket.state == State::Open && ticket.concerned.province == self.home;
        let open: Vec<&Ticket> = files.tickets.values().filter(own).collect();
        let overdue = open.iter().filter(|ticket| ticket.is_overdue(now)).count();
        self.numbers.open.set(i64::try_from(open.len()).unwrap_or(i64::MAX));
        self.numbers.overdue.set(i64::try_from(overdue).unwrap_or(i64::MAX));
    }

    fn known(&self, files: &Files, report: &Report) -> Option<Ticket> {
        let open = self.open_about(&report.concerned);
        let tickets = open.iter().filter_map(|id| files.tickets.get(id));
        tickets.into_iter().find(|ticket| ticket.department == report.department).cloned()
    }

    fn within_limits(&self, files: &Files, department: &Department, now: Timestamp) -> Result<(), Error> {
        let (open, daily) = (self.config.open_per_department.get(), self.config.daily_per_department.get());
        if files.burden.get(department).is_some_and(|burden| *burden >= open) {
            return Err(Error::TooMany { limit: open, what: "open" });
        }
        // A clock that was set back begins no new day.
        let today = now.china_date();
        match files.daily.get(department) {
            Some((day, count)) if *day >= today && *count >= daily => {
                Err(Error::TooMany { limit: daily, what: "today" })
            }
            _ => Ok(()),
        }
    }

    fn write(&self, files: &mut Files, event: Event) -> Result<(), Error> {
        files.journal.append(&event)?;
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        files.apply(event, self.config.closed, &mut open);
        Ok(())
    }

    /// An event is written before anything changes, so a poisoned lock is as good as any.
    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn apply(&mut self, event: Event, kept: Count, open: &mut HashMap<Concerned, BTreeSet<TicketId>>) {
        match event {
            Event::Opened(ticket) => {
                let day = ticket.opened.china_date();
                let daily = self.daily.entry(ticket.department.clone()).or_default();
                if daily.0 < day {
                    *daily = (day, 0);
                }
                daily.1 = daily.1.saturating_add(1);
                let burden = self.burden.entry(ticket.department.clone()).or_default();
                *burden = burden.saturating_add(1);
                if self.tickets.contains_key(&ticket.id) {
                    self.closed.retain(|closed| *closed != ticket.id);
                }
                open.entry(ticket.concerned.clone()).or_default().insert(ticket.id.clone());
                self.tickets.insert(ticket.id.clone(), ticket);
            }
            Event::Closed(id, state, at) => {
                let Some(ticket) = self.tickets.get_mut(&id) else { return };
                (ticket.state, ticket.closed) = (state, Some(at));
                if let Some(burden) = self.burden.get_mut(&ticket.department) {
                    *burden = burden.saturating_sub(1);
                }
                if let Some(tickets) = open.get_mut(&ticket.concerned) {
                    tickets.remove(&id);
                    if tickets.is_empty() {
                        open.remove(&ticket.concerned);
                    }
                }
                self.closed.push_back(id);
                if self.closed.len() > kept.size()
                    && let Some(oldest) = self.closed.pop_front()
                {
                    self.tickets.remove(&oldest);
                }
            }
        }
    }
}

impl std::fmt::Debug for Corrections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Corrections").field("path", &self.config.path).finish_non_exhaustive()
    }
}
