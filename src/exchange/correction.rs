//! Reports that data are wrong: who has an agreement for data may report on them, who provides them settles the report, and
//! who reported may take it back. What another province provides is reported to its gateway, and noted here as well.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::{Arrival, Mandate, Parts, Refusal};
use crate::catalog::ServiceId;
use crate::clock::Timestamp;
use crate::corrections::{Complaint, Concerned, Error, Report, State, Ticket, TicketId};
use crate::identifier::{Department, Province, SubjectNumber};
use crate::policy::{Age, Operation, Permit, Question};
use crate::quota::Admission;
use crate::rulebook::Caller;
use crate::sensitive::Sensitive;
use crate::upstream::{self, Deadline, Passage};

/// A report, and in whose name.
#[derive(Debug)]
pub struct Reporting {
    /// In whose name, for what purpose the data were asked for.
    pub mandate: Mandate,
    /// The province whose data they are.
    pub province: Province,
    /// The service that gave them.
    pub service: ServiceId,
    /// Whom they are about. It goes to the gateway of that province at most, and is on file nowhere.
    pub subject: SubjectNumber,
    /// The fields that are wrong.
    pub fields: Vec<String>,
    /// What is wrong with them.
    pub complaint: Complaint,
    /// The same in the clerk's words; only a keyed digest is kept.
    pub text: Option<Sensitive<String>>,
    /// Until when the gateway of another province is waited for.
    pub deadline: Deadline,
}

/// What is to be done about a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing; it is to be shown.
    Show,
    /// It is to be closed as this state says.
    Close(State),
}

/// A word about a report that is on file.
#[derive(Debug)]
pub struct Handling {
    /// The report.
    pub ticket: TicketId,
    /// What is to be done.
    pub action: Action,
    /// The department that speaks; not needed to look.
    pub department: Option<Department>,
    /// The clerk.
    pub operator: Option<Sensitive<String>>,
    /// Until when the gateway of another province is waited for.
    pub deadline: Deadline,
}

/// The answer: a report as it stands.
#[derive(Debug)]
pub struct Corrected {
    /// The report.
    pub ticket: Ticket,
    /// Whether it was not there before.
    pub new: bool,
    /// Whether it should have been settled by now.
    pub overdue: bool,
    /// How the caller's limits stand, where the request was counted.
    pub admission: Option<Admission>,
}

impl Corrected {
    fn of(ticket: Ticket, now: Timestamp) -> Self {
        let overdue = ticket.is_overdue(now);
        Self { ticket, new: false, overdue, admission: None }
    }
}

/// Puts a report on file.
pub(super) async fn report(
    parts: &Parts,
    arrival: &Arrival,
    reporting: &Reporting,
    draft: &mut Draft,
) -> Result<Corrected, Refusal> {
    let Reporting { mandate, province, fields, complaint, .. } = reporting;
    let party = arrival.caller.as_ref().and_then(Caller::party);
    if party.is_some() && *province != parts.province {
        return Err(Refusal::NoTransit(parts.province));
    }
    let service = arrival.rulebook.catalog.service(&reporting.service).ok_or(Refusal::UnknownService)?;
    if service.functions.is_empty() {
        // It would stay open for ever.
        let problem = "the catalog names nobody who could settle a report about this service";
        return Err(Refusal::malformed("service", problem));
    }
    let permit = arrival.rulebook.agreements.decide(&Question {
        department: &mandate.department,
        operation: Operation::Query { province: *province, service: service.id.clone() },
        purpose: &mandate.purpose,
        matter: mandate.matter.as_ref(),
        case: mandate.case.is_some(),
        operator: mandate.operator.is_some(),
        basis: mandate.basis,
        // A report gives nothing about anybody; who might have the data with evidence may say that they are wrong.
        evidence: arrival.rulebook.agreements.all_claims(),
        age: Age::of(&reporting.subject, arrival.at),
        party,
        at: arrival.at,
    });
    let permit = permit.map_err(Refusal::Denied)?;
    draft.permitted(&permit);
    parts.matters.check(&arrival.rulebook.catalog, mandate.matter.as_ref(), Some(service.as_ref()))?;
    released(fields, &permit)?;
    // It gives no data about anybody, so it counts as a request and not as one more person.
    let admission = parts.quotas.admit(permit, None, arrival.at).await?;

    let report = Report {
        concerned: Concerned {
            province: *province,
            service: service.id.clone(),
            subject: parts.pseudonyms.pseudonym("subject", reporting.subject.expose()),
        },
        department: mandate.department.clone(),
        fields: fields.clone(),
        complaint: *complaint,
    };
    let (ticket, new) = match parts.corrections.find_same(&report) {
        Some(ticket) => (ticket, false),
        None => {
            let admitted = parts.corrections.admit(&report.department, arrival.at);
            admitted.map_err(Refusal::Correction)?;
            let filed = match *province == parts.province {
                true => None,
                false => Some(pass_on(parts, arrival, reporting).await?),
            };
            // Not when it came in: answers that were asked for before the other gateway had it settle nothing.
            let now = parts.clock.now();
            file(parts, move |corrections| corrections.report(report, filed, now)).await?
        }
    };
    draft.corrected(&ticket);
    Ok(Corrected { new, admission: Some(admission), ..Corrected::of(ticket, arrival.at) })
}

/// Who may not see a field cannot know that it is wrong.
fn released(fields: &[String], permit: &Permit) -> Result<(), Refusal> {
    let released = permit.release().released();
    if fields.is_empty() || fields.iter().any(|field| !released.contains(field)) {
        return Err(Refusal::malformed(
            "fields",
            "it is empty or names a field that the agreement does not release",
        ));
    }
    Ok(())
}

/// Shows a report or closes it.
pub(super) async fn handle(
    parts: &Parts,
    arrival: &Arrival,
    handling: &Handling,
    draft: &mut Draft,
) -> Result<Corrected, Refusal> {
    let Handling { ticket: id, action, department, deadline, .. } = handling;
    let unknown = || Refusal::Correction(Error::Unknown);
    let ticket = parts.corrections.find(id).ok_or_else(unknown)?;
    let caller = arrival.caller.as_ref().ok_or(Refusal::Unidentified)?;
    let reporter = caller.speaks_for(&ticket.department);
    if !reporter && !provides(parts, arrival, &ticket, None) {
        // Whose report it is tells who was asked about what.
        return Err(unknown());
    }
    let allowed = match action {
        Action::Show => true,
        Action::Close(State::Withdrawn) => department.as_ref() == Some(&ticket.department),
        Action::Close(_) => provides(parts, arrival, &ticket, department.as_ref()),
    };
    draft.corrected(&ticket);
    if !allowed {
        return Err(Refusal::NotProvider);
    }
    let province = ticket.concerned.province;
    // Of a gateway that is suspended nothing is asked, so what is known here is shown.
    let cut_off = arrival.rulebook.agreements.gateway_of(province).is_err() && matches!(action, Action::Show);
    let state = if province == parts.province || ticket.state != State::Open || cut_off {
        match action {
            Action::Show => None,
            Action::Close(state) => Some(*state),
        }
    } else {
        ask(parts, arrival, handling, *deadline).await?
    };
    let ticket = match state {
        None => ticket,
        Some(state) => {
            let (id, now) = (id.clone(), arrival.at);
            file(parts, move |corrections| corrections.close(&id, state, now)).await?
        }
    };
    draft.corrected(&ticket);
    Ok(Corrected::of(ticket, arrival.at))
}

/// Reports that are told of at once. 1,000: more than a department settles in a day, in less than a megabyte.
const LISTED: usize = 1_000;

/// Open reports, the first due first.
#[derive(Debug)]
pub struct OpenReports {
    /// The reports, each with whether it should have been settled by now.
    pub reports: Vec<(Ticket, bool)>,
    /// Whether there are more.
    pub more: bool,
}

/// The open reports that the caller's departments made, or that they are to settle.
pub(super) fn list(parts: &Parts, arrival: &Arrival) -> Result<OpenReports, Refusal> {
    let caller = arrival.caller.as_ref().ok_or(Refusal::Unidentified)?;
    let concerns =
        |ticket: &Ticket| caller.speaks_for(&ticket.department) || provides(parts, arrival, ticket, None);
    let mut open = parts.corrections.open_reports(concerns);
    let more = open.len() > LISTED;
    open.truncate(LISTED);
    let overdue = |ticket: Ticket| {
        let overdue = ticket.is_overdue(arrival.at);
        (ticket, overdue)
    };
    Ok(OpenReports { reports: open.into_iter().map(overdue).collect(), more })
}

/// Whether the caller speaks for `department`, or without one for any, that provides the data of `ticket` in this province.
fn provides(parts: &Parts, arrival: &Arrival, ticket: &Ticket, department: Option<&Department>) -> bool {
    let Some(Caller::System(system)) = &arrival.caller else { return false };
    let catalog = &arrival.rulebook.catalog;
    let Some(service) = catalog.service(&ticket.concerned.service) else { return false };
    let provides = |one: &Department| {
        let function = catalog.office(one).map(|office| &office.function);
        one.region.province() == Some(parts.province)
            && function.is_some_and(|id| service.functions.contains(id))
    };
    let named = |one: &&Department| department.is_none_or(|named| named == *one);
    ticket.concerned.province == parts.province && system.departments.iter().filter(named).any(provides)
}

/// Whether a report about the same data is open. An answer that came from another province after the report was made, and says
/// that none is, settles what is noted here of it.
pub(super) async fn is_open(parts: &Parts, concerned: &Concerned, fresh_since: Option<Timestamp>) -> bool {
    let open = parts.corrections.open_about(concerned);
    let settled = |id: &TicketId| {
        let ticket = parts.corrections.find(id);
        ticket.zip(fresh_since).is_some_and(|(ticket, since)| ticket.opened < since)
    };
    let (over, left): (Vec<_>, Vec<_>) = open.into_iter().partition(settled);
    for id in over {
        let now = parts.clock.now();
        // Whoever reported it asks for how it ended; here it only has to stop being shown.
        let closed = file(parts, move |corrections| corrections.close(&id, State::Resolved, now)).await;
        if let Err(error) = closed {
            tracing::warn!(code = error.code(), "a report of another province could not be closed");
        }
    }
    !left.is_empty()
}

/// Runs `work`, which waits for the disk, where that holds nobody up.
async fn file<T: Send + 'static>(
    parts: &Parts,
    work: impl FnOnce(&crate::corrections::Corrections) -> Result<T, Error> + Send + 'static,
) -> Result<T, Refusal> {
    let corrections = Arc::clone(&parts.corrections);
    let done = tokio::task::spawn_blocking(move || work(&corrections)).await;
    done.unwrap_or(Err(Error::Failed)).map_err(Refusal::Correction)
}

/// Has the gateway of the province whose data they are take the report; gives its name and the day by which it is due.
async fn pass_on(
    parts: &Parts,
    arrival: &Arrival,
    reporting: &Reporting,
) -> Result<(TicketId, String), Refusal> {
    let Reporting { mandate, province, subject, fields, complaint, text, deadline, .. } = reporting;
    let open = |value: &Option<Sensitive<String>>| value.as_ref().map(|value| value.expose().clone());
    let context = [
        ("department", Some(mandate.department.to_string())),
        ("purpose", Some(mandate.purpose.to_string())),
        ("basis", Some(mandate.basis.as_str().to_owned())),
        ("matter", mandate.matter.as_ref().map(ToString::to_string)),
        ("case", open(&mandate.case)),
        ("operator", open(&mandate.operator)),
        ("channel", mandate.channel.map(|channel| channel.as_str().to_owned())),
    ];
    let context: Map<String, Value> = context
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
        .collect();
    let body = json!({
        "context": context, "province": province.to_string(), "service": reporting.service.as_str(),
        "subject": subject.expose(), "fields": fields, "reason": complaint, "text": open(text),
    });
    let answer = send(parts, arrival, *province, Passage::Report(&body), *deadline).await?;
    let member = |name: &str| answer.get("correction")?.get(name)?.as_str();
    let id = member("id").and_then(TicketId::parse);
    let due = member("due").filter(|due| due.len() == 10).map(str::to_owned);
    let filed = id.filter(|id| id.as_str().starts_with(&format!("{province}-"))).zip(due);
    filed.ok_or(Refusal::Upstream(upstream::Error::BadAnswer(upstream::BadAnswer::Members)))
}

/// Passes a word about a report on to the gateway that settles it; gives the state in which it is closed by now, if it is.
async fn ask(
    parts: &Parts,
    arrival: &Arrival,
    handling: &Handling,
    deadline: Deadline,
) -> Result<Option<State>, Refusal> {
    let Handling { ticket, action, department, .. } = handling;
    let province = ticket.as_str().get(..2).and_then(|digits| Province::parse(digits).ok());
    let province = province.ok_or(Refusal::Correction(Error::Unknown))?;
    let department = department.as_ref().map(ToString::to_string);
    let body = json!({ "context": { "department": department } });
    let passage = match action {
        Action::Show => Passage::Show(ticket.as_str()),
        Action::Close(_) => Passage::Withdraw(ticket.as_str(), &body),
    };
    let answer = send(parts, arrival, province, passage, deadline).await?;
    let state = answer.get("correction").and_then(|one| one.get("state")).and_then(Value::as_str);
    let state = state.and_then(State::parse);
    let state = state.ok_or(Refusal::Upstream(upstream::Error::BadAnswer(upstream::BadAnswer::Members)))?;
    Ok((state != State::Open).then_some(state))
}

async fn send(
    parts: &Parts,
    arrival: &Arrival,
    province: Province,
    passage: Passage<'_>,
    deadline: Deadline,
) -> Result<Map<String, Value>, Refusal> {
    arrival.rulebook.agreements.gateway_of(province).map_err(Refusal::Denied)?;
    let answer = parts.upstreams.pass(province, arrival.id.as_str(), passage, deadline).await;
    answer.ok_or(Refusal::NoRoute(province))?.map_err(Refusal::Upstream)
}
