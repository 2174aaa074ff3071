//! What makes two requests the same request, and how long their answer may be shared.

use std::time::Duration;

use crate::catalog::{FieldPath, Mode, Sensitivity, Service, ServiceId};
use crate::crypto::Digest;
use crate::identifier::{Department, Province};
use crate::policy::{Operation, Permit, Purpose};

/// About whom and in which case is asked; pseudonyms and digests only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The keyed pseudonym of the person or enterprise.
    pub pseudonym: String,
    /// The digest of the query as it goes to the provider.
    pub query: Digest,
    /// The digest of the case number, where the request names a case.
    pub case: Option<Digest>,
}

/// The key of an answer. Two requests with one key get one answer.
#[derive(Clone, Debug)]
pub(super) struct Key {
    parts: Parts,
    life: Duration,
    grace: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Parts {
    /// Province, service and the digest of the service's rule, so that a change of the rule begins anew.
    service: Option<(Province, ServiceId, Digest)>,
    purpose: Purpose,
    pseudonym: String,
    query: Digest,
    /// For sensitive services, the only department and case that may share the answer.
    case: Option<(Department, Digest)>,
}

impl Key {
    /// The key of what `permit` allows to ask about `subject`.
    ///
    /// Verifications, services that write, checks of identities, whether somebody lives, and whatever the permit does not
    /// let keep have a life of zero. From sensitivity 3 on, only the same department's same case shares an answer, for
    /// `case_life` at most, and none stands in for one that cannot be had.
    pub(super) fn new(permit: &Permit, subject: Subject, case_life: Duration) -> Self {
        let Subject { pseudonym, query, case } = subject;
        let mut life = Duration::from_secs(permit.cache_seconds().into());
        let mut grace = Duration::from_secs(permit.stale_seconds().into());
        let mut narrowed = None;
        match permit.service() {
            // Writes first: no grade makes one repeatable.
            Some(service) if service.mode == Mode::Case => life = Duration::ZERO,
            Some(service) if checks_identity(service) || tells_death(permit) => life = Duration::ZERO,
            Some(service) if service.sensitivity >= Sensitivity::Sensitive => {
                narrowed = case.map(|case| (permit.department().clone(), case));
                grace = Duration::ZERO;
                life = if narrowed.is_some() { life.min(case_life) } else { Duration::ZERO };
            }
            Some(_) => {}
            None => life = Duration::ZERO,
        }
        let service = match (permit.operation(), permit.service()) {
            (Operation::Query { province, service }, Some(rule)) => {
                Some((*province, service.clone(), rule.digest))
            }
            _ => None,
        };
        if life.is_zero() {
            grace = Duration::ZERO;
        }
        let purpose = permit.purpose().clone();
        Self { parts: Parts { service, purpose, pseudonym, query, case: narrowed }, life, grace }
    }

    /// How long an answer may be used at most; zero if it may not be kept or shared at all.
    pub(super) fn life(&self) -> Duration {
        self.life
    }
}

impl Key {
    /// How much longer an answer may stand in for one that cannot be had.
    pub(super) fn grace(&self) -> Duration {
        self.grace
    }

    /// The province and the service, for what is no verification.
    pub(super) fn asked(&self) -> Option<(Province, &ServiceId)> {
        self.parts.service.as_ref().map(|(province, service, _)| (*province, service))
    }

    /// The keyed pseudonym of whoever is asked about.
    pub(super) fn pseudonym(&self) -> &str {
        &self.parts.pseudonym
    }
}

/// Fields that say whether and when somebody died: the mark of the population register (死亡标识), the dates of death and of
/// cremation. Who is paid a pension over a kept answer has been dead for a day.
const DEATH: [&str; 3] = ["hhrq", "swbs", "swrq"];

/// How the interfaces of the Ministry of Public Security end the names of fields that say whether what was given fits (匹配度
/// 代码).
const MATCH: &str = "_ppddm";

fn checks_identity(service: &Service) -> bool {
    service.response.iter().filter_map(last).any(|name| name.ends_with(MATCH))
}

/// Whether what the permit releases tells it; what stays inside may be kept.
fn tells_death(permit: &Permit) -> bool {
    permit.release().released().iter().any(|field| {
        let name = field.rsplit('.').next().unwrap_or(field);
        DEATH.contains(&name.trim_end_matches("[]"))
    })
}

fn last(path: &FieldPath) -> Option<&str> {
    path.segments().last().map(|segment| segment.name.as_str())
}

/// The life is how long this caller takes an answer for; it does not tell answers apart.
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Key {}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.parts.hash(state);
    }
}
