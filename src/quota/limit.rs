//! What a limit says: how it stands after a request, or that it is reached. It counts nothing.

use std::time::Duration;

use super::rates::Allowance;
use crate::policy::Rate;

/// Seconds of a day.
pub(super) const DAY: u32 = 86_400;

/// What a limit is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// One agreement with one department on one calendar day in China.
    AgreementDay,
    /// Different persons that one department asks about under one agreement in an hour.
    AgreementSubjects,
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
            Self::AgreementSubjects => "agreement_subjects",
            Self::Department => "department",
            Self::DepartmentService => "department_service",
        }
    }

    /// What is counted, where it is something else than requests: the parameter `qu` of `RateLimit-Policy`.
    pub const fn unit(self) -> Option<&'static str> {
        match self {
            Self::AgreementSubjects => Some("distinct-subjects"),
            Self::AgreementDay | Self::Department | Self::DepartmentService => None,
        }
    }
}

/// How one limit stands after a request was admitted; what the fields `RateLimit-Policy` and `RateLimit` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which limit.
    pub level: Level,
    /// Requests, or persons, that fit into a window.
    pub limit: u64,
    /// The length of the window, in seconds.
    pub window_seconds: u32,
    /// Requests, or persons, that are left at once.
    pub remaining: u64,
    /// Seconds until all of the limit is there again.
    pub reset_seconds: u32,
}

/// A limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("over the limit of {limit} {} in {window_seconds} s for {}", level.unit().unwrap_or("requests"), level.as_str())]
pub struct OverQuota {
    /// Which limit.
    pub level: Level,
    /// Requests, or persons, that fit into a window.
    pub limit: u64,
    /// The length of the window, in seconds.
    pub window_seconds: u32,
    /// When asking again can succeed, in seconds from now; at least 1.
    pub retry_after_seconds: u32,
}

/// Why a request was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A limit is reached.
    #[error("{0}")]
    Over(OverQuota),
    /// The count of the day cannot be written, and what is not counted is not answered: a crash would forget it.
    #[error("the count of the day cannot be written to disk")]
    Uncounted,
}

impl From<OverQuota> for Refused {
    fn from(over: OverQuota) -> Self {
        Self::Over(over)
    }
}

pub(super) fn standing(level: Level, rate: Rate, allowance: Allowance) -> Result<Standing, OverQuota> {
    match allowance {
        Allowance::Admitted { remaining } => Ok(left(level, rate, remaining)),
        Allowance::Refused { wait } => {
            let (limit, window_seconds) = window(rate);
            Err(OverQuota { level, limit, window_seconds, retry_after_seconds: seconds(wait) })
        }
    }
}

pub(super) fn left(level: Level, rate: Rate, remaining: u32) -> Standing {
    let (limit, window_seconds) = window(rate);
    let spent = rate.burst.get().saturating_sub(remaining);
    let reset_seconds = spent.div_ceil(rate.per_second.get());
    Standing { level, limit, window_seconds, remaining: u64::from(remaining), reset_seconds }
}

/// Whole seconds after which `wait` is over, at least 1.
pub(super) fn seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX).max(1)
}

/// A rate as a window: as many requests as fit at once, in the time that it takes to earn them again.
const fn window(rate: Rate) -> (u64, u32) {
    (rate.burst.get() as u64, rate.burst.get().div_ceil(rate.per_second.get()))
}
