//! From a request's head and body to what is asked: paths, media types, JSON, headers. Strict, and the only place that
//! knows the names of the interface.

mod base64;
mod correction;
mod evidence;
mod json;
mod loose;
mod mandate;
mod object;

use std::time::Duration;

use http::header::{ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::{Map, Value};

pub(super) use self::correction::{handling, reporting};
pub(super) use self::evidence::EvidenceLimits;
pub(super) use self::loose::{Item, item, seal, signature};
pub(super) use self::mandate::Stated;
use self::object::Object;
use super::Config;
use crate::cache::Reuse;
use crate::catalog::ServiceId;
use crate::corrections::{self, State, TicketId};
use crate::exchange::{Action, CatalogPart, Inquiry, Refusal, Target};
use crate::identifier::{Department, LicenseIdentifier, MatterCode, Province, SubjectNumber};
use crate::license::Sought;
use crate::media_type;
use crate::policy::{Basis, Purpose};
use crate::rulebook::Caller;
use crate::sensitive::Sensitive;
use crate::upstream::{Channel, Deadline, Errand};
use crate::verdict::Language;

/// The operation that method and path name.
pub(super) fn target(method: &Method, path: &str) -> Result<Target, Refusal> {
    let target = match path.strip_prefix("/v1/").map(|rest| rest.split('/').collect::<Vec<_>>()).as_deref() {
        Some(["licenses", "verify"]) => Target::Verify(Sought::File),
        Some(["licenses", "verify-batch"]) => Target::VerifyBatch,
        Some(["seals", "verify"]) => Target::Verify(Sought::Seal),
        Some(["signatures", "verify"]) => Target::Verify(Sought::Signature),
        Some(["exchange", province, service]) => Target::Exchange {
            province: Province::parse(province).map_err(|_| Refusal::UnknownProvince)?,
            service: ServiceId::parse(service).ok_or(Refusal::UnknownService)?,
        },
        Some(["corrections"]) => match *method {
            Method::GET => Target::Reports,
            Method::POST => Target::Report,
            _ => return Err(Refusal::WrongMethod { allowed: "GET, POST" }),
        },
        Some(["corrections", id, rest @ ..]) => {
            let action = match rest {
                [] => Action::Show,
                ["resolve"] => Action::Close(State::Resolved),
                ["reject"] => Action::Close(State::Rejected),
                ["withdraw"] => Action::Close(State::Withdrawn),
                _ => return Err(Refusal::NoSuchOperation),
            };
            let unknown = Refusal::Correction(corrections::Error::Unknown);
            Target::Correction(TicketId::parse(id).ok_or(unknown)?, action)
        }
        Some(["decisions", record]) => Target::Decision((*record).to_owned()),
        Some(["catalog", rest @ ..]) => Target::Catalog(part(rest)?),
        _ => return Err(Refusal::NoSuchOperation),
    };
    let allowed = match target {
        Target::Catalog(_) | Target::Correction(_, Action::Show) | Target::Decision(_) | Target::Reports => {
            Method::GET
        }
        Target::Correction(_, Action::Close(_))
        | Target::Exchange { .. }
        | Target::Report
        | Target::Verify(_)
        | Target::VerifyBatch => Method::POST,
    };
    match method {
        method if *method == allowed => Ok(target),
        _ if allowed == Method::GET => Err(Refusal::WrongMethod { allowed: "GET" }),
        _ => Err(Refusal::WrongMethod { allowed: "POST" }),
    }
}

/// The part of the catalog that the rest of a path names.
fn part(rest: &[&str]) -> Result<CatalogPart, Refusal> {
    Ok(match rest {
        [] => CatalogPart::Overview,
        ["departments"] => CatalogPart::Departments,
        ["license-types"] => CatalogPart::LicenseTypes,
        ["matters"] => CatalogPart::Matters,
        ["matters", code] => CatalogPart::Matter(MatterCode::parse(code).map_err(|_| Refusal::UnknownEntry)?),
        ["regions"] => CatalogPart::Regions,
        ["services"] => CatalogPart::Services,
        ["services", id] => CatalogPart::Service(ServiceId::parse(id).ok_or(Refusal::UnknownEntry)?),
        _ => return Err(Refusal::NoSuchOperation),
    })
}

/// Refuses parameters where there are none.
pub(super) fn no_parameters(query: Option<&str>) -> Result<(), Refusal> {
    match query {
        None | Some("") => Ok(()),
        Some(_) => Err(Refusal::malformed("query", "the operation takes no parameters")),
    }
}

/// The language for texts, from `Accept-Language` (RFC 9110 §12.5.4): Chinese if it is preferred to English.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let weight = |wanted: &str| {
        accepted
            .split(',')
            .filter_map(|range| {
                let (tag, parameters) = range.split_once(';').unwrap_or((range, "q=1"));
                let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
                let quality: f32 = parameters.trim().strip_prefix("q=")?.parse().ok()?;
                (primary == wanted).then_some(quality)
            })
            .fold(0.0, f32::max)
    };
    if weight("zh") > weight("en") { Language::Chinese } else { Language::English }
}

/// Refuses a body that is labeled as compressed, before it is read: its bytes are not what the caller means, and judged as
/// they are they would make a genuine license a forged one. `identity` (RFC 9110 §8.4.1) says that nothing was done.
pub(super) fn unencoded(headers: &HeaderMap) -> Result<(), Refusal> {
    let plain = headers.get_all(CONTENT_ENCODING).iter().all(|value| {
        value.to_str().is_ok_and(|codings| {
            codings
                .split(',')
                .map(str::trim)
                .all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case("identity"))
        })
    });
    if plain { Ok(()) } else { Err(Refusal::Encoded) }
}

/// Refuses a body that is not labeled as JSON, before it is read.
pub(super) fn json_media_type(headers: &HeaderMap) -> Result<(), Refusal> {
    labeled(headers, "application/json")
}

/// Refuses a batch that is not labeled as JSON in lines, before it is read.
pub(super) fn batch_media_type(headers: &HeaderMap) -> Result<(), Refusal> {
    labeled(headers, LINES)
}

/// JSON texts, one a line (NDJSON); not registered, but what producers and consumers of it send.
pub(super) const LINES: &str = "application/x-ndjson";

fn labeled(headers: &HeaderMap, expected: &'static str) -> Result<(), Refusal> {
    if essence(headers).as_deref() == Some(expected) {
        Ok(())
    } else {
        Err(Refusal::WrongMediaType { expected })
    }
}

/// Refuses a file that is labeled as something else than a file; its real format is judged by its content.
pub(super) fn file_media_type(headers: &HeaderMap) -> Result<(), Refusal> {
    match essence(headers).as_deref() {
        // Forms and JSON wrap the file in something that would be judged in its place.
        Some("application/json") => Err(Refusal::WrongMediaType { expected: OCTETS }),
        Some(form) if form.starts_with("multipart/") => Err(Refusal::WrongMediaType { expected: OCTETS }),
        _ => Ok(()),
    }
}

const OCTETS: &str = "application/octet-stream";

fn essence(headers: &HeaderMap) -> Option<String> {
    headers.get(CONTENT_TYPE)?.to_str().ok().map(media_type::essence)
}

/// Until when the caller waits: as its header says, and no longer than `most`.
pub(super) fn deadline(headers: &HeaderMap, most: Duration) -> Result<Deadline, Refusal> {
    let Some(value) = headers.get(Deadline::HEADER) else { return Ok(Deadline::after(most)) };
    let millis = value.to_str().ok().and_then(|text| text.parse().ok());
    let millis =
        millis.ok_or_else(|| Refusal::malformed(Deadline::HEADER, "it is not a number of milliseconds"))?;
    Ok(Deadline::after(most.min(Duration::from_millis(millis))))
}

/// How many answers another gateway says that it gave again from memory; of a system, none.
pub(super) fn reused(headers: &HeaderMap, caller: &Caller) -> Result<u64, Refusal> {
    let Some(value) = headers.get(Reuse::HEADER).filter(|_| caller.party().is_some()) else { return Ok(0) };
    let number: Option<u32> = value.to_str().ok().and_then(|text| text.parse().ok());
    number.map(u64::from).ok_or_else(|| Refusal::malformed(Reuse::HEADER, "it is not a number of answers"))
}

/// How many characters texts may have.
#[derive(Clone, Copy)]
pub(super) struct Lengths {
    use_cause: usize,
    name: usize,
}

impl Lengths {
    /// As `config` says.
    pub(super) fn of(config: &Config) -> Self {
        Self { use_cause: config.use_cause_characters.size(), name: config.name_characters.size() }
    }
}

/// The body of an exchange, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange<'a> {
    context: Object<Context>,
    query: Sensitive<Map<String, Value>>,
    #[serde(default, borrow)]
    evidence: Vec<Object<evidence::Shown<'a>>>,
}

/// The context of an exchange, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Context {
    purpose: Sensitive<String>,
    use_cause: Option<Sensitive<String>>,
    matter: Option<Sensitive<String>>,
    case: Option<Sensitive<String>>,
    department: Option<Sensitive<String>>,
    operator: Option<Sensitive<String>>,
    channel: Option<Sensitive<String>>,
    subject: Sensitive<String>,
    agent: Option<Sensitive<String>>,
    basis: Sensitive<String>,
}

/// Reads the body of an exchange.
pub(super) fn inquiry(
    province: Province,
    service: &ServiceId,
    caller: &Caller,
    body: &[u8],
    deadline: Deadline,
    (lengths, limits): (Lengths, EvidenceLimits),
) -> Result<Inquiry, Refusal> {
    let Object(Exchange { context: Object(context), query, evidence }) =
        serde_json::from_slice(body).map_err(|error| json::refusal(&error, 0))?;
    let department = department(caller, context.department.as_ref())?;
    let errand = Errand {
        service: service.clone(),
        department,
        purpose: parse_purpose("context.purpose", &context.purpose)?,
        use_cause: text("context.use_cause", context.use_cause, lengths.use_cause)?,
        matter: context.matter.as_ref().map(|matter| parse_matter("context.matter", matter)).transpose()?,
        case: text("context.case", context.case, lengths.name)?,
        operator: text("context.operator", context.operator, lengths.name)?,
        channel: context.channel.as_ref().map(|text| channel("context.channel", text)).transpose()?,
        // A license may be what is asked about, by its identifier.
        subject: number(
            "context.subject",
            Some(context.subject),
            lengths.name.max(LicenseIdentifier::LONGEST),
        )?
        .ok_or_else(|| Refusal::malformed("context.subject", "it is missing"))?,
        agent: number("context.agent", context.agent, lengths.name)?,
        basis: parse_basis("context.basis", &context.basis)?,
        query,
        evidence: evidence::exhibits(evidence, limits)?,
    };
    if errand.evidence.is_empty() && body.len() > limits.without_evidence {
        let limit = u64::try_from(limits.without_evidence).unwrap_or(u64::MAX);
        return Err(Refusal::TooLarge { limit });
    }
    Ok(Inquiry { province, errand, deadline, reused: 0 })
}

fn department(caller: &Caller, named: Option<&Sensitive<String>>) -> Result<Department, Refusal> {
    let Some(named) = named else {
        return caller.only_department().cloned().ok_or(Refusal::DepartmentMissing);
    };
    let department =
        Department::parse(named.expose()).map_err(|error| Refusal::malformed("department", error))?;
    if caller.speaks_for(&department) {
        Ok(department)
    } else {
        Err(Refusal::NotYourDepartment(department.to_string()))
    }
}

fn channel(place: &str, value: &Sensitive<String>) -> Result<Channel, Refusal> {
    Channel::parse(value.expose()).ok_or_else(|| {
        let names = Channel::ALL.map(Channel::as_str).join("`, `");
        Refusal::malformed(place, format!("it is none of `{names}`"))
    })
}

/// Free text of at most `limit` characters; empty counts as absent.
fn text(
    place: &str,
    value: Option<Sensitive<String>>,
    limit: usize,
) -> Result<Option<Sensitive<String>>, Refusal> {
    match value {
        Some(value) if value.expose().chars().count() > limit => {
            Err(Refusal::malformed(place, format!("it has more than {limit} characters")))
        }
        Some(value) if value.expose().chars().any(char::is_control) => {
            Err(Refusal::malformed(place, "it has control characters"))
        }
        Some(value) if value.expose().is_empty() => Ok(None),
        other => Ok(other),
    }
}

fn number(
    place: &str,
    value: Option<Sensitive<String>>,
    limit: usize,
) -> Result<Option<SubjectNumber>, Refusal> {
    Ok(text(place, value, limit)?.map(|value| SubjectNumber::new(value.expose())))
}

fn parse_matter(place: &str, value: &Sensitive<String>) -> Result<MatterCode, Refusal> {
    MatterCode::parse(value.expose()).map_err(|error| Refusal::malformed(place, error))
}

fn parse_purpose(place: &str, value: &Sensitive<String>) -> Result<Purpose, Refusal> {
    let expected = "it is not 1 to 64 lower-case letters, digits or `_`, a letter first";
    Purpose::parse(value.expose()).ok_or_else(|| Refusal::malformed(place, expected))
}

fn parse_basis(place: &str, value: &Sensitive<String>) -> Result<Basis, Refusal> {
    let expected = "it is none of `statute`, `authorisation:subject`, `authorisation:guardian` and \
                    `authorisation:enterprise`";
    Basis::parse(value.expose()).ok_or_else(|| Refusal::malformed(place, expected))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn chinese_only_where_it_is_preferred() {
        let language = |accepted: &'static str| {
            language(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted))]))
        };
        for chinese in ["zh", "zh-CN", "ZH-hans;q=0.5, en;q=0.4", "fr, zh;q=0.1"] {
            assert_eq!(language(chinese), Language::Chinese, "{chinese}");
        }
        for english in ["", "en", "zh;q=0.5,en", "zh;q=0", "fr", "zh;q=x", ";;,,"] {
            assert_eq!(language(english), Language::English, "{english}");
        }
    }
}
