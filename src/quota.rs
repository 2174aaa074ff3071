//! Quotas (限额): how often a department may ask, by the second and by China's calendar day.
//! It counts requests, cached answers included, and knows nothing of who is allowed what: a [`Permit`] says that.
//! Requests that come too soon are refused; lines of batches wait, and leave half of each rate to requests.

mod day;
mod pace;
mod rates;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use self::day::CivilDay;
pub use self::pace::Pace;
use self::rates::{Allowance, Rates};
use crate::clock::{Clock, Elapsed, Timestamp};
use crate::identifier::Department;
use crate::metrics::{Counters, Metrics};
use crate::policy::{AgreementId, Operation, Permit, Rate};
use crate::setting::Seconds;

/// Seconds of a day.
const DAY: u32 = 86_400;

/// Settings, in the config under `[quota]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
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
            department_per_second: number(200),
            department_burst: number(400),
            clock_step_seconds: 60,
            clock_trust_seconds: Seconds::new(3_600),
        }
    }
}

/// What a limit is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// One agreement with one department on one calendar day in China.
    AgreementDay,
    /// One department, over all its agreements.
    Department,
    /// One department and one service, under one agreement.
    DepartmentService,
}

impl Level {
    /// The name in answers, records and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgreementDay => "agreement_day",
            Self::Department => "department",
            Self::DepartmentService => "department_service",
        }
    }
}

/// How one limit stands after a request was admitted; what the fields `RateLimit-Policy` and `RateLimit` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which limit.
    pub level: Level,
    /// Requests that fit into a window.
    pub limit: u64,
    /// The length of the window, in seconds.
    pub window_seconds: u32,
    /// Requests that are left at once.
    pub remaining: u64,
    /// Seconds until all of the limit is there again.
    pub reset_seconds: u32,
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

/// A limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("over the limit of {limit} requests in {window_seconds} s for {}", level.as_str())]
pub struct OverQuota {
    /// Which limit.
    pub level: Level,
    /// Requests that fit into a window.
    pub limit: u64,
    /// The length of the window, in seconds.
    pub window_seconds: u32,
    /// When asking again can succeed, in seconds from now; at least 1.
    pub retry_after_seconds: u32,
}

/// All counters; they live in memory, so a restart gives every department its day anew. The departments, services and
/// agreements that can be in them are those of the rulebook, so they need no bound of their own.
pub struct Quotas {
    department: Rate,
    departments: Rates<Department>,
    services: Rates<Service>,
    /// What of both goes to lines of batches.
    lines: Lines,
    days: Mutex<Days>,
    decisions: Counters<2>,
}

type Service = (Department, Operation, AgreementId);

struct Lines {
    departments: Rates<Department>,
    services: Rates<Service>,
}

struct Days {
    day: CivilDay,
    used: HashMap<(AgreementId, Department), (i64, u64)>,
}

impl Quotas {
    /// Counters that begin at zero, on the steady `clock`.
    pub fn new(config: &Config, clock: Arc<dyn Elapsed>, metrics: &mut Metrics) -> Self {
        let step = Duration::from_secs(config.clock_step_seconds.into());
        Self {
            department: Rate { per_second: config.department_per_second, burst: config.department_burst },
            departments: Rates::new(Arc::clone(&clock)),
            services: Rates::new(Arc::clone(&clock)),
            lines: Lines {
                departments: Rates::new(Arc::clone(&clock)),
                services: Rates::new(Arc::clone(&clock)),
            },
            days: Mutex::new(Days {
                day: CivilDay::new(clock, step, config.clock_trust_seconds.duration()),
                used: HashMap::new(),
            }),
            decisions: metrics
                .counters("quota_decisions", "Requests held against quotas, by the level that decided."),
        }
    }

    /// Counts one request under `permit`, unless a limit is reached.
    ///
    /// A refused request takes nothing from the day. What it may have taken from a rate before a wider limit refused it
    /// is not given back, which errs on the side of fewer requests.
    pub fn admit(&self, permit: Permit, now: Timestamp) -> Result<Admission, OverQuota> {
        let standings = self.stand(&permit, now, Scope::All);
        self.decided(permit, standings)
    }

    /// Counts what the gateway asks of its own accord while it answers a request that was admitted: against the
    /// agreement that `permit` is under, by the second and by the day, and not against the department as a whole, which
    /// was charged for that request already and could not know that one request is two.
    pub fn admit_within(
        &self,
        _: &Admission,
        permit: Permit,
        now: Timestamp,
    ) -> Result<Admission, OverQuota> {
        let standings = self.stand(&permit, now, Scope::Agreement);
        self.decided(permit, standings)
    }

    /// Counts one line of a batch under `permit`, once it is not too soon for the rates; only a spent day refuses it.
    ///
    /// The lines of a department get at most half of each rate, so that its requests, which do not wait, find some left.
    /// What a line has got it keeps while it waits for the rest.
    pub async fn admit_line(&self, permit: Permit, clock: &dyn Clock) -> Result<Admission, OverQuota> {
        let standings = self.turn(&permit, clock).await;
        self.decided(permit, standings)
    }

    fn decided(
        &self,
        permit: Permit,
        standings: Result<Vec<Standing>, OverQuota>,
    ) -> Result<Admission, OverQuota> {
        self.decisions.add_one(match &standings {
            Ok(_) => [("outcome", "admitted"), ("level", "none")],
            Err(over) => [("outcome", "refused"), ("level", over.level.as_str())],
        });
        standings.map(|standings| Admission { permit, standings })
    }

    async fn turn(&self, permit: &Permit, clock: &dyn Clock) -> Result<Vec<Standing>, OverQuota> {
        self.day(permit, clock.now(), Spend::Nothing)?;
        let (service, department) = (service(permit), permit.department());
        self.lines.services.turn(permit.rate().half(), &service).await;
        let narrow = self.services.turn(permit.rate(), &service).await;
        self.lines.departments.turn(self.department.half(), department).await;
        let wide = self.departments.turn(self.department, department).await;
        let mut standings = vec![
            left(Level::DepartmentService, permit.rate(), narrow),
            left(Level::Department, self.department, wide),
        ];
        standings.extend(self.day(permit, clock.now(), Spend::One)?);
        Ok(standings)
    }

    fn stand(&self, permit: &Permit, now: Timestamp, scope: Scope) -> Result<Vec<Standing>, OverQuota> {
        let department = permit.department();
        // A spent day is refused first, so that it takes nothing from the rates that other services need.
        self.day(permit, now, Spend::Nothing)?;
        let service = self.services.admit(permit.rate(), &service(permit));
        let mut standings = vec![standing(Level::DepartmentService, permit.rate(), service)?];
        if matches!(scope, Scope::All) {
            let whole = self.departments.admit(self.department, department);
            standings.push(standing(Level::Department, self.department, whole)?);
        }
        standings.extend(self.day(permit, now, Spend::One)?);
        Ok(standings)
    }

    fn day(&self, permit: &Permit, now: Timestamp, spend: Spend) -> Result<Option<Standing>, OverQuota> {
        let Some(limit) = permit.daily() else { return Ok(None) };
        // Counting leaves the map whole even if a thread panics, so a poisoned lock is as good as any.
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let (today, left) = days.day.at(now);
        let key = (permit.agreement().clone(), permit.department().clone());
        let used = days.used.entry(key).or_insert((today, 0));
        if used.0 < today {
            *used = (today, 0);
        }
        if used.1 >= limit {
            return Err(OverQuota {
                level: Level::AgreementDay,
                limit,
                window_seconds: DAY,
                retry_after_seconds: left,
            });
        }
        if matches!(spend, Spend::One) {
            used.1 += 1;
        }
        Ok(Some(Standing {
            level: Level::AgreementDay,
            limit,
            window_seconds: DAY,
            remaining: limit - used.1,
            reset_seconds: left,
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

/// Whether a look at the day's counter also counts.
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

fn standing(level: Level, rate: Rate, allowance: Allowance) -> Result<Standing, OverQuota> {
    match allowance {
        Allowance::Admitted { remaining } => Ok(left(level, rate, remaining)),
        Allowance::Refused { wait } => {
            let (limit, window_seconds) = window(rate);
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
            Err(OverQuota { level, limit, window_seconds, retry_after_seconds: seconds.max(1) })
        }
    }
}

fn left(level: Level, rate: Rate, remaining: u32) -> Standing {
    let (limit, window_seconds) = window(rate);
    let spent = rate.burst.get().saturating_sub(remaining);
    let reset_seconds = spent.div_ceil(rate.per_second.get());
    Standing { level, limit, window_seconds, remaining: u64::from(remaining), reset_seconds }
}

/// A rate as a window: as many requests as fit at once, in the time that it takes to earn them again.
const fn window(rate: Rate) -> (u64, u32) {
    (rate.burst.get() as u64, rate.burst.get().div_ceil(rate.per_second.get()))
}
