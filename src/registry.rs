//! What the registry of a license's issuer is asked, whether its answer can be used, and what becomes of a judgement by
//! it. It changes no verdict, asks nobody and waits for nothing: the exchange does, as for any other service.

mod silence;

use serde::Deserialize;
use serde_json::Value;

pub use self::silence::Silence;
use crate::catalog::{Catalog, ServiceId};
use crate::clock::Timestamp;
use crate::disclosure::{Disclosed, Outcome};
use crate::identifier::LicenseIdentifier;
use crate::setting::{Millis, Seconds};
use crate::verdict::{Code, Judgement, Reason, State, Status, StatusSource, Verdict};

/// The parameter, and the field of the answer, that hold the identifier (证照标识).
pub const IDENTIFIER: &str = "zzbs";
/// The field of the answer that holds the state (证照状态).
const STATE: &str = "zzzt";

/// Settings, in the config under `[registry]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The service of the catalog that tells states of licenses; with an empty name no registry is asked. One that the
    /// catalog lacks is a fault, since the check that it stands for would be off and nobody would know.
    #[serde(deserialize_with = "service")]
    pub service: Option<ServiceId>,
    /// Milliseconds that an answer is waited for. 1,500: a judgement itself takes one, and whoever stands at a counter
    /// notices two seconds.
    pub timeout_ms: Millis,
    /// Seconds that an answer may be older than the question. 172,800: registries take over the states that departments
    /// report in nightly runs, and one that fails is made good the night after. An older answer may still end a license
    /// for good, since nothing brings back one that was cancelled or revoked.
    pub answer_age_seconds: Seconds,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            service: ServiceId::parse("zz.license.state"),
            timeout_ms: Millis::new(1_500),
            answer_age_seconds: Seconds::new(172_800),
        }
    }
}

/// What a registry says of a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The state; `None` for a license that the registry does not have.
    pub state: Option<State>,
    /// The time for which that holds.
    pub as_of: Timestamp,
}

/// How asking a registry ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consultation {
    /// Not asked: the file is not genuine, or no good signature under a trust anchor covers one identifier that is well
    /// formed.
    NotAsked,
    /// It knows the license.
    Answered,
    /// It answered that it does not know the license.
    NotThere,
    /// It said nothing.
    Silent(Silence),
}

impl Consultation {
    /// The name in answers and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Answered => "answered",
            Self::NotThere => "not_there",
            Self::Silent(Silence::NoRegistry) => "no_registry",
            Self::Silent(Silence::NotPermitted) => "not_permitted",
            Self::Silent(Silence::OverQuota) => "over_quota",
            Self::Silent(Silence::Refused) => "refused",
            Self::Silent(Silence::Unreachable) => "unreachable",
            Self::Silent(Silence::Late) => "late",
            Self::Silent(Silence::BadAnswer) => "bad_answer",
            Self::Silent(Silence::Stale) => "stale",
        }
    }
}

/// What the time of an answer is held against.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The present.
    pub now: Timestamp,
    /// How far the registry's clock may run ahead, in milliseconds.
    pub skew_millis: i64,
    /// How old an answer may be, in milliseconds.
    pub age_millis: i64,
}

impl Config {
    /// What keeps registries from being asked by way of `catalog`, if anything does.
    pub fn fault(&self, catalog: &Catalog) -> Option<String> {
        let id = self.service.as_ref()?;
        let Some(service) = catalog.service(id) else {
            return Some(format!("registry: service `{id}` is not in the catalog; \"\" asks no registry"));
        };
        let others =
            service.request.iter().any(|parameter| parameter.required && parameter.name != IDENTIFIER);
        if service.subject != IDENTIFIER || others {
            return Some(format!("registry: service `{id}` does not take `{IDENTIFIER}` alone"));
        }
        let missing = [IDENTIFIER, STATE]
            .into_iter()
            .find(|name| service.response.iter().all(|field| field.to_string() != *name))?;
        Some(format!("registry: service `{id}` does not answer with `{missing}`"))
    }

    /// What the time of an answer that comes at `now` is held against, where clocks may differ by `skew_millis`.
    pub fn times(&self, now: Timestamp, skew_millis: i64) -> Times {
        let age = self.answer_age_seconds.duration().as_millis();
        Times { now, skew_millis, age_millis: i64::try_from(age).unwrap_or(i64::MAX) }
    }
}

impl Registered {
    /// Reads what a registry disclosed about `license`.
    ///
    /// An answer about another license, one in words that are not known, and one from the future are bad answers: taken
    /// for a state they would let a license through, or keep one back, that nobody spoke of. An old one tells what was.
    pub fn read(disclosed: &Disclosed, license: &LicenseIdentifier, times: &Times) -> Result<Self, Silence> {
        let as_of = disclosed.data_as_of().unwrap_or(times.now);
        if as_of > times.now.plus_millis(times.skew_millis) {
            return Err(Silence::BadAnswer);
        }
        let state = match disclosed.outcome() {
            Outcome::NoRecord | Outcome::Mismatch => None,
            Outcome::Partial | Outcome::Unavailable => return Err(Silence::Unreachable),
            Outcome::Answered | Outcome::UnderCorrection => {
                let data = disclosed.data().expose().get();
                let data: Value = serde_json::from_str(data).map_err(|_| Silence::BadAnswer)?;
                let text = |name: &str| data.get(name).and_then(Value::as_str).ok_or(Silence::BadAnswer);
                if text(IDENTIFIER)? != license.to_string() {
                    return Err(Silence::BadAnswer);
                }
                let state = State::named(text(STATE)?).ok_or(Silence::BadAnswer)?;
                // While it is looked into whether the record is wrong, it shows nothing either way.
                let doubted = disclosed.outcome() == Outcome::UnderCorrection;
                Some(if doubted { State::Unknown } else { state })
            }
        };
        let old = as_of.plus_millis(times.age_millis) < times.now;
        if old && !state.is_some_and(State::is_final) {
            return Err(Silence::Stale);
        }
        Ok(Self { state, as_of })
    }
}

/// The license that the registry of its issuer is to be asked about, if the file is one to ask about at all.
pub fn in_question(judgement: &Judgement) -> Option<LicenseIdentifier> {
    if judgement.verdict() == Verdict::NotGenuine {
        return None;
    }
    judgement.license.as_ref()?.trusted_identifier()
}

/// Joins what the registry said, or that it said nothing, to the status of `judgement`.
///
/// A license that is not known to be in force, since an answer is missing, is no longer usable without further ado:
/// otherwise whoever keeps the registry busy, or lies in wait until it fails, could use one that was revoked.
pub fn join(judgement: &mut Judgement, answer: Result<Registered, Silence>) -> Consultation {
    match answer {
        Ok(Registered { state, as_of }) => {
            let known = state.unwrap_or(State::Unknown);
            let registered = Status { state: known, source: StatusSource::Registry, as_of: Some(as_of) };
            judgement.status = Status::joined(judgement.status.clone(), Some(registered));
            if state.is_some() { Consultation::Answered } else { Consultation::NotThere }
        }
        Err(silence) => {
            if silence.leaves_open() {
                judgement.reasons.push(Reason::new(Code::LicenseStateUnconfirmed, "").with(silence));
            }
            Consultation::Silent(silence)
        }
    }
}

fn service<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<ServiceId>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    ServiceId::parse(&text)
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no name of a service")))
}

#[cfg(test)]
mod tests;
