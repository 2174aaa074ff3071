//! A permit: the proof that an agreement lets a department do something, with what the agreement obliges.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::{Agreement, AgreementId, Operation, Purpose, Question, Rate, Release};
use crate::catalog::Service;
use crate::clock::Timestamp;
use crate::identifier::Department;

/// Made by [`super::Agreements::decide`] and by nothing else.
#[derive(Clone, Debug)]
pub struct Permit {
    agreement: Arc<Agreement>,
    department: Department,
    operation: Operation,
    purpose: Purpose,
    cache_seconds: u32,
}

impl Permit {
    pub(super) fn new(agreement: &Arc<Agreement>, question: &Question<'_>) -> Self {
        Self {
            agreement: Arc::clone(agreement),
            department: question.department.clone(),
            operation: question.operation.clone(),
            purpose: question.purpose.clone(),
            cache_seconds: cache_seconds(agreement, question.at),
        }
    }

    /// The agreement that decided.
    pub fn agreement(&self) -> &AgreementId {
        &self.agreement.id
    }

    /// The department that may.
    pub fn department(&self) -> &Department {
        &self.department
    }

    /// What it may do.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// For which purpose.
    pub fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// The service, `None` for the verification of licenses.
    pub fn service(&self) -> Option<&Arc<Service>> {
        self.agreement.service.as_ref()
    }

    /// Which fields leave, and how.
    pub fn release(&self) -> &Release {
        &self.agreement.release
    }

    /// How often the department may ask.
    pub fn rate(&self) -> Rate {
        self.agreement.terms.rate
    }

    /// How often the department may ask on one calendar day in China; `None` for as often as the rate allows.
    pub fn daily(&self) -> Option<u64> {
        self.agreement.terms.daily
    }

    /// About how many different persons the department may ask within any hour; `None` for as many as it may ask requests.
    pub fn subjects(&self) -> Option<NonZeroU32> {
        self.agreement.terms.subjects
    }

    /// How long an answer may be kept, in seconds: the least of what the service and the agreement allow and of the
    /// time that the agreement has left.
    pub fn cache_seconds(&self) -> u32 {
        self.cache_seconds
    }

    /// How much longer a kept answer may stand in for one that cannot be had, in seconds: as the service's rule says, where
    /// answers may be kept at all.
    pub fn stale_seconds(&self) -> u32 {
        let service = self.agreement.service.as_ref().filter(|_| self.cache_seconds > 0);
        service.map_or(0, |service| service.stale_seconds)
    }
}

fn cache_seconds(agreement: &Agreement, at: Timestamp) -> u32 {
    let service = agreement.service.as_ref().map_or(0, |service| service.cache_seconds);
    let left = agreement.terms.until.seconds().saturating_sub(at.seconds());
    let left = u32::try_from(left.max(0)).unwrap_or(u32::MAX);
    service.min(agreement.terms.cache_seconds).min(left)
}
