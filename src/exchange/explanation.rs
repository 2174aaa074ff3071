//! Explains a denial to whom it was given: what the record says of it, and how the agreements that decided stand by now.

use std::sync::Arc;

use serde_json::Value;

use super::{Arrival, Refusal};
use crate::identifier::Department;
use crate::ledger::Record;
use crate::policy::{Agreement, AgreementId, Denial, DenialCode};
use crate::rulebook::Caller;

/// What is told of a denial. Nothing in it is about the person who was asked about.
#[derive(Debug)]
pub struct Explanation {
    /// The record of the denial.
    pub record: Record,
    /// Why it was denied.
    pub code: DenialCode,
    /// What was missing, with what to do about it.
    pub missing: Vec<(String, &'static str)>,
    /// The agreements and red lines that decided, by name, with the agreement as it stands in the rules that hold now.
    pub policies: Vec<(String, Option<Arc<Agreement>>)>,
}

impl Explanation {
    /// A member of the record, such as `purpose`; null where the record has none.
    pub fn said(&self, member: &str) -> &Value {
        self.record.json.get(member).unwrap_or(&Value::Null)
    }
}

/// Explains the denial in `record` to whoever `arrival` comes from, if it speaks for the department that was denied.
pub(super) fn of(arrival: &Arrival, record: Record) -> Result<Explanation, Refusal> {
    let unknown = Refusal::UnknownDecision;
    let caller = arrival.caller.as_ref().ok_or(Refusal::Unidentified)?;
    if !is_own(caller, &record.json) {
        // What another department was denied is not even there.
        return Err(unknown);
    }
    let decision = record.json.get("decision").unwrap_or(&Value::Null);
    let code = decision.get("code").and_then(Value::as_str).unwrap_or_default();
    let code = DenialCode::ALL.into_iter().find(|known| known.as_str() == code).ok_or(unknown)?;
    let agreements = &arrival.rulebook.agreements;
    let present = |name: String| {
        let agreement = AgreementId::parse(&name).and_then(|id| agreements.agreement(&id));
        (name, agreement.cloned())
    };
    let missing = texts(decision, "missing").map(|what| {
        let mend = Denial::mend(&what);
        (what, mend)
    });
    Ok(Explanation {
        code,
        missing: missing.collect(),
        policies: texts(decision, "policies").map(present).collect(),
        record,
    })
}

/// Another gateway is told only what it was denied itself, not what this one denied a department of its province.
fn is_own(caller: &Caller, record: &Value) -> bool {
    let text = |member: &str| record.get(member).and_then(Value::as_str);
    let department = text("department").and_then(|text| Department::parse(text).ok());
    let party = caller.party().map(|province| province.to_string());
    department.is_some_and(|one| caller.speaks_for(&one)) && text("party") == party.as_deref()
}

fn texts<'v>(decision: &'v Value, member: &str) -> impl Iterator<Item = String> + use<'v> {
    let listed = decision.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter_map(Value::as_str).map(str::to_owned)
}
