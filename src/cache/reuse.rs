//! Answers that were given again from memory, counted until their provider hears of them: with the next question of the same
//! department for the same purpose. A provider that is asked nothing more is told nothing; the records have each of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::ServiceId;
use crate::identifier::{Department, Province};
use crate::metrics::Gauge;
use crate::policy::{Operation, Permit, Purpose};

/// Who asked whom what for. The rulebook bounds how many of these there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    province: Province,
    service: ServiceId,
    department: Department,
    purpose: Purpose,
}

/// What providers have not heard of yet.
pub(super) struct Untold {
    counts: Mutex<HashMap<Asked, u64>>,
    shown: Gauge,
}

/// So many answers were given again, which the one who is asked next is told.
pub struct Reuse {
    answers: u64,
    asked: Option<Asked>,
    untold: Arc<Untold>,
}

impl Asked {
    fn of(permit: &Permit) -> Option<Self> {
        let Operation::Query { province, service } = permit.operation() else { return None };
        Some(Self {
            province: *province,
            service: service.clone(),
            department: permit.department().clone(),
            purpose: permit.purpose().clone(),
        })
    }
}

impl Untold {
    pub(super) fn new(shown: Gauge) -> Self {
        Self { counts: Mutex::default(), shown }
    }

    /// Notes that `answers` more were given again.
    pub(super) fn add(&self, permit: &Permit, answers: u64) {
        if let Some(asked) = Asked::of(permit) {
            self.note(asked, answers);
        }
    }

    /// Takes what there is to tell with the next question under `permit`.
    pub(super) fn take(self: &Arc<Self>, permit: &Permit) -> Reuse {
        let asked = Asked::of(permit);
        let answers = asked.as_ref().and_then(|asked| self.counts().remove(asked)).unwrap_or(0);
        self.shown.add(-signed(answers));
        Reuse { answers, asked, untold: Arc::clone(self) }
    }

    fn note(&self, asked: Asked, answers: u64) {
        if answers > 0 {
            let mut counts = self.counts();
            let count = counts.entry(asked).or_insert(0);
            *count = count.saturating_add(answers);
            self.shown.add(signed(answers));
        }
    }

    /// A count is whole at every step, so a poisoned lock is as good as any.
    fn counts(&self) -> std::sync::MutexGuard<'_, HashMap<Asked, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signed(answers: u64) -> i64 {
    i64::try_from(answers).unwrap_or(i64::MAX)
}

impl Reuse {
    /// The header that tells it.
    pub const HEADER: &'static str = "tongban-reused-answers";

    /// How many.
    pub const fn answers(&self) -> u64 {
        self.answers
    }

    /// The question never left, so the next one tells it. Of one that may have left nothing is told twice.
    pub fn not_told(self) {
        if let Some(asked) = self.asked {
            self.untold.note(asked, self.answers);
        }
    }
}
