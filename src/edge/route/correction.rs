//! Reads the JSON of reports that data are wrong, and of words about them.

use serde::Deserialize;

use super::mandate::{Context, Stated};
use super::object::Object;
use super::{Lengths, department, json, number, text};
use crate::catalog::ServiceId;
use crate::corrections::{Complaint, TicketId};
use crate::exchange::{Action, Handling, Refusal, Reporting};
use crate::identifier::Province;
use crate::rulebook::Caller;
use crate::sensitive::Sensitive;
use crate::upstream::Deadline;

/// The body of `POST /v1/corrections`, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    context: Object<Context>,
    province: Sensitive<String>,
    service: Sensitive<String>,
    subject: Sensitive<String>,
    fields: Vec<Sensitive<String>>,
    reason: Sensitive<String>,
    text: Option<Sensitive<String>>,
}

/// The body of a word about a report, as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    #[serde(default)]
    context: Object<Speaker>,
}

/// Who speaks.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Speaker {
    department: Option<Sensitive<String>>,
    operator: Option<Sensitive<String>>,
}

/// Reads the body of `POST /v1/corrections`.
pub(in crate::edge) fn reporting(
    mut stated: Stated,
    caller: &Caller,
    body: &[u8],
    deadline: Deadline,
    lengths: Lengths,
) -> Result<Reporting, Refusal> {
    let Object(report): Object<Report> =
        serde_json::from_slice(body).map_err(|error| json::refusal(&error, 0))?;
    let Report { context: Object(context), province, service, subject, fields, reason, text: words } = report;
    stated.add(context)?;
    // Verifications have a purpose and a basis of their own; data were asked for on some other.
    for member in ["purpose", "basis"] {
        stated.require(member)?;
    }
    let complaint = Complaint::ALL.into_iter().find(|one| one.as_str() == reason.expose().as_str());
    let complaint = complaint.ok_or_else(|| {
        let names = Complaint::ALL.map(Complaint::as_str).join("`, `");
        Refusal::malformed("reason", format!("it is none of `{names}`"))
    })?;
    Ok(Reporting {
        mandate: stated.mandate(caller, lengths)?,
        province: Province::parse(province.expose()).map_err(|_| Refusal::UnknownProvince)?,
        service: ServiceId::parse(service.expose()).ok_or(Refusal::UnknownService)?,
        subject: number("subject", Some(subject), lengths.name)?
            .ok_or_else(|| Refusal::malformed("subject", "it is missing"))?,
        // Whether they are fields is seen by the agreement, which names those that there are.
        fields: fields.iter().map(|field| field.expose().clone()).collect(),
        complaint,
        text: text("text", words, lengths.use_cause)?,
        deadline,
    })
}

/// Reads the body of a word about the report `ticket`; to look at it takes none.
pub(in crate::edge) fn handling(
    ticket: TicketId,
    action: Action,
    caller: &Caller,
    body: &[u8],
    deadline: Deadline,
    lengths: Lengths,
) -> Result<Handling, Refusal> {
    let speaker = match action {
        Action::Show => Speaker::default(),
        Action::Close(_) => {
            let word: Object<Word> =
                serde_json::from_slice(body).map_err(|error| json::refusal(&error, 0))?;
            word.0.context.0
        }
    };
    let department = match action {
        Action::Show => None,
        Action::Close(_) => Some(department(caller, speaker.department.as_ref())?),
    };
    let operator = text("context.operator", speaker.operator, lengths.name)?;
    Ok(Handling { ticket, action, department, operator, deadline })
}
