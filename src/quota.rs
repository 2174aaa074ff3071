//! Quotas (限额): how often a department may ask, by the second and by China's calendar day, and about how many persons.
//! It counts requests, cached answers included, and knows nothing of who is allowed what: a [`Permit`] says that.
//! Requests that come too soon are refused; lines of batches wait, and leave half of each rate to requests.

mod day;
mod days;
mod journal;
mod limit;
mod pace;
mod rates;
mod subjects;
#[cfg(test)]
pub(crate) mod tests;

use std::io;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use self::day::CivilDay;
use self::days::{Days, Shown, Unspent};
use self::journal::{Account, Journal};
use self::limit::{DAY, left, seconds, standing};
pub use self::limit::{Level, OverQuota, Refused, Standing};
pub use self::pace::Pace;
use self::rates::Rates;
use self::subjects::Subjects;
use crate::clock::{Clock, Elapsed, Timestamp};
use crate::identifier::Department;
use crate::metrics::{Counters, Metrics};
use crate::policy::{AgreementId, Operation, Permit, Rate};
use crate::setting::{Count, Seconds};

/// Settings, in the config under `[quota]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The file in which the counts of the day last; where a config file names none, it is that of the ledger with the
    /// ending `quota`. Without one they live in memory alone, and a restart gives every department its day anew.
    pub path: Option<PathBuf>,
    /// Blocks in which a day's quota is written to the file as used, before it is. 100: a crash costs a caller at most a
    /// hundredth of the quota, and nothing where the quota is 100 or less; one request in a hundredth waits for the disk,
    /// as its record does.
    pub day_blocks: Count,
    /// Different persons whose asking is remembered for an hour, over all agreements that limit them. 1,000,000 take some
    /// 200 MB, and are only reached if agreements allow as many; beyond, persons who were not asked about are refused.
    pub subjects: Count,
    /// Requests a second of one department, over all its agreements. 200, as provincial platforms get.
    pub department_per_second: NonZeroU32,
    /// Requests at once of one department. 400: two seconds' worth.
    pub department_burst: NonZeroU32,
    /// How far the wall clock may be from the steady one before it counts as stepped, in seconds. 60: time servers slew
    /// what is less, and no quota is worth a minute.
    pub clock_step_seconds: u32,
    /// How often the wall clock is believed anew, in seconds, so that slow drift is followed; someone who moves it in small
    /// steps gains at most one `clock_step_seconds` in this time. 3,600.
    pub clock_trust_seconds: Seconds,
}

impl Default for Config {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            path: None,
            day_blocks: Count::new(100),
            subjects: Count::new(1_000_000),
            department_per_second: number(200),
            department_burst: number(400),
            clock_step_seconds: 60,
            clock_trust_seconds: Seconds::new(3_600),
        }
    }
}

/// The proof that a request is permitted, within all limits, and counted. Made by [`Quotas::admit`] and by nothing else;
/// judging a file, looking for a kept answer and asking an upstream each want to see it.
#[derive(Debug)]
pub struct Admission {
    permit: Permit,
    standings: Vec<Standing>,
}

impl Admission {
    /// The permit under which the request was counted.
    pub const fn permit(&self) -> &Permit {
        &self.permit
    }

    /// How the limits stand, the narrowest first.
    pub fn standings(&self) -> &[Standing] {
        &self.standings
    }
}

/// Why counting cannot begin. What was counted is never taken for nothing: somebody has to look at the file, and may move
/// it away to give every department its day anew.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line of the file is not what was written there.
    #[error("line {line} of the counts `{path}` {what}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The disk failed.
    #[error("the counts `{path}` cannot be {action}")]
    Disk {
        /// What failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file is something else, or of another version.
    #[error("`{0}` holds no counts that this version knows")]
    Foreign(PathBuf),
    /// Another process writes the file.
    #[error("another process writes the counts `{0}`")]
    Locked(PathBuf),
    /// The thread that writes cannot be started.
    #[error("the thread that writes the counts cannot be started")]
    Thread(#[source] io::Error),
}

impl Error {
    /// The stable code, in logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Broken { .. } => "quota.state_broken",
            Self::Disk { .. } => "quota.state_unreadable",
            Self::Foreign(_) => "quota.state_foreign",
            Self::Locked(_) => "quota.state_locked",
            Self::Thread(_) => "quota.no_thread",
        }
    }
}

/// All counters. Those of days outlive a restart; rates and persons are of seconds and hours, and begin anew. The departments,
/// services and agreements that can be in them are those of the rulebook, so they need no bound of their own.
pub struct Quotas {
    department: Rate,
    departments: Rates<Department>,
    services: Rates<Service>,
    /// What of both goes to lines of batches.
    lines: Lines,
    days: Days,
    subjects: Subjects,
    decisions: Counters<2>,
}

type Service = (Department, Operation, AgreementId);

struct Lines {
    departments: Rates<Department>,
    services: Rates<Service>,
}

impl Quotas {
    /// Counters on the steady `clock`, those of days as the file of `config` has them.
    pub fn open(config: &Config, clock: Arc<dyn Elapsed>, metrics: &mut Metrics) -> Result<Self, Error> {
        let step = Duration::from_secs(config.clock_step_seconds.into());
        let day = CivilDay::new(Arc::clone(&clock), step, config.clock_trust_seconds.duration());
        let shown = Shown {
            seconds: metrics
                .latencies("quota_commit_seconds", "Time to write counts of the day and make them last."),
            failed: metrics.gauge("quota_failed", "1 while counts of the day cannot be written."),
        };
        let days = match &config.path {
            Some(path) => Days::resume(day, Journal::open(path)?, config.day_blocks.get().into(), shown)?,
            None => Days::in_memory(day),
        };
        Ok(Self::with_days(config, days, clock, metrics))
    }

    fn with_days(config: &Config, days: Days, clock: Arc<dyn Elapsed>, metrics: &mut Metrics) -> Self {
        let held = metrics.gauge("quota_subjects", "Different persons whose asking is remembered.");
        Self {
            department: Rate { per_second: config.department_per_second, burst: config.department_burst },
            departments: Rates::new(Arc::clone(&clock)),
            services: Rates::new(Arc::clone(&clock)),
            lines: Lines {
                departments: Rates::new(Arc::clone(&clock)),
                services: Rates::new(Arc::clone(&clock)),
            },
            days,
            subjects: Subjects::new(clock, config.subjects.size(), held),
            decisions: metrics
                .counters("quota_decisions", "Requests held against quotas, by the level that decided."),
        }
    }

    /// Counts one request under `permit` about whoever has the pseudonym `subject`, unless a limit is reached.
    ///
    /// A refused request takes nothing from the day. What it may have taken from a rate before a wider limit refused it
    /// is not given back, which errs on the side of fewer requests.
    pub async fn admit(
        &self,
        permit: Permit,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<Admission, Refused> {
        let standings = self.stand(&permit, subject, now, Scope::All).await;
        self.decided(permit, standings)
    }

    /// Counts what the gateway asks of its own accord while it answers a request that was admitted: against the
    /// agreement that `permit` is under, by the second and by the day, and not against the department as a whole, which
    /// was charged for that request already and could not know that one request is two.
    pub async fn admit_within(
        &self,
        _: &Admission,
        permit: Permit,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<Admission, Refused> {
        let standings = self.stand(&permit, subject, now, Scope::Agreement).await;
        self.decided(permit, standings)
    }

    /// Counts one line of a batch under `permit`, once it is not too soon for the rates; only a spent day refuses it.
    ///
    /// The lines of a department get at most half of each rate, so that its requests, which do not wait, find some left.
    /// What a line has got it keeps while it waits for the rest.
    pub async fn admit_line(&self, permit: Permit, clock: &dyn Clock) -> Result<Admission, Refused> {
        let standings = self.turn(&permit, clock).await;
        self.decided(permit, standings)
    }

    fn decided(
        &self,
        permit: Permit,
        standings: Result<Vec<Standing>, Refused>,
    ) -> Result<Admission, Refused> {
        self.decisions.add_one(match &standings {
            Ok(_) => [("outcome", "admitted"), ("level", "none")],
            Err(Refused::Over(over)) => [("outcome", "refused"), ("level", over.level.as_str())],
            Err(Refused::Uncounted) => [("outcome", "uncounted"), ("level", Level::AgreementDay.as_str())],
        });
        standings.map(|standings| Admission { permit, standings })
    }

    async fn turn(&self, permit: &Permit, clock: &dyn Clock) -> Result<Vec<Standing>, Refused> {
        self.look(permit, clock.now())?;
        let (service, department) = (service(permit), permit.department());
        self.lines.services.turn(permit.rate().half(), &service).await;
        let narrow = self.services.turn(permit.rate(), &service).await;
        self.lines.departments.turn(self.department.half(), department).await;
        let wide = self.departments.turn(self.department, department).await;
        let mut standings = vec![
            left(Level::DepartmentService, permit.rate(), narrow),
            left(Level::Department, self.department, wide),
        ];
        standings.extend(self.spend(permit, clock.now()).await?);
        Ok(standings)
    }

    async fn stand(
        &self,
        permit: &Permit,
        subject: Option<&str>,
        now: Timestamp,
        scope: Scope,
    ) -> Result<Vec<Standing>, Refused> {
        let department = permit.department();
        // What lasts longest is refused first, so that it takes nothing from the rates that other services need.
        self.look(permit, now)?;
        self.persons(permit, subject, Spend::Nothing)?;
        let service = self.services.admit(permit.rate(), &service(permit));
        let mut standings = vec![standing(Level::DepartmentService, permit.rate(), service)?];
        if matches!(scope, Scope::All) {
            let whole = self.departments.admit(self.department, department);
            standings.push(standing(Level::Department, self.department, whole)?);
        }
        standings.extend(self.persons(permit, subject, Spend::One)?);
        standings.extend(self.spend(permit, now).await?);
        Ok(standings)
    }

    fn persons(
        &self,
        permit: &Permit,
        subject: Option<&str>,
        spend: Spend,
    ) -> Result<Option<Standing>, OverQuota> {
        let (Some(most), Some(subject)) = (permit.subjects(), subject) else { return Ok(None) };
        let (level, limit) = (Level::AgreementSubjects, u64::from(most.get()));
        let window_seconds = seconds(subjects::WINDOW);
        match self.subjects.hold(&account(permit), most.get(), subject, spend) {
            Ok(remaining) => {
                let reset_seconds = window_seconds;
                Ok(Some(Standing { level, limit, window_seconds, remaining, reset_seconds }))
            }
            Err(wait) => Err(OverQuota { level, limit, window_seconds, retry_after_seconds: seconds(wait) }),
        }
    }

    /// Refuses where the day is spent; counts nothing.
    fn look(&self, permit: &Permit, now: Timestamp) -> Result<(), Refused> {
        let Some(limit) = permit.daily() else { return Ok(()) };
        self.days.look(&account(permit), limit, now).map(drop).map_err(|why| unspent(why, limit))
    }

    async fn spend(&self, permit: &Permit, now: Timestamp) -> Result<Option<Standing>, Refused> {
        let Some(limit) = permit.daily() else { return Ok(None) };
        let today = self.days.spend(&account(permit), limit, now).await;
        let today = today.map_err(|why| unspent(why, limit))?;
        Ok(Some(Standing {
            level: Level::AgreementDay,
            limit,
            window_seconds: DAY,
            remaining: today.remaining,
            reset_seconds: today.left,
        }))
    }
}

/// Which limits a request is held against.
#[derive(Clone, Copy)]
enum Scope {
    All,
    /// Those of the agreement alone.
    Agreement,
}

/// Whether a look at a counter also counts.
#[derive(Clone, Copy)]
enum Spend {
    Nothing,
    One,
}

impl std::fmt::Debug for Quotas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quotas").field("department", &self.department).finish_non_exhaustive()
    }
}

fn service(permit: &Permit) -> Service {
    (permit.department().clone(), permit.operation().clone(), permit.agreement().clone())
}

fn account(permit: &Permit) -> Account {
    Account { agreement: permit.agreement().clone(), department: permit.department().clone() }
}

const fn unspent(why: Unspent, limit: u64) -> Refused {
    match why {
        Unspent::Spent(left) => Refused::Over(OverQuota {
            level: Level::AgreementDay,
            limit,
            window_seconds: DAY,
            retry_after_seconds: left,
        }),
        Unspent::Failed => Refused::Uncounted,
    }
}
