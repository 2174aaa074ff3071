//! Explains a denial to whom it was given: what the record says of it, and how the agreements that decided stand by now.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::{Arrival, Refusal};
use crate::catalog::ServiceId;
use crate::identifier::{Department, Province};
use crate::ledger::Record;
use crate::policy::{Agreement, AgreementId, Agreements, Denial, DenialCode, Operation};
use crate::rulebook::Caller;

/// What is told of a denial. Nothing in it is about the person who was asked about.
#[derive(Debug)]
pub struct Explanation {
    /// The record of the denial.
    pub record: Record,
    /// Why it was denied.
    pub code: DenialCode,
    /// What was missing.
    pub missing: Vec<Missing>,
    /// The agreements and red lines that decided, by name.
    pub policies: Vec<(String, Decisive)>,
}

/// A policy that decided, as it stands in the rules that hold now.
#[derive(Debug)]
pub enum Decisive {
    /// An agreement.
    Agreement(Arc<Agreement>),
    /// A red line, which has no terms.
    RedLine,
    /// It is not there any more.
    Gone,
}

/// Something that was missing.
#[derive(Debug)]
pub struct Missing {
    /// What, such as `guardian`.
    pub what: String,
    /// What would do, as the policies that decided say by now, such as `birth_certificate/parent_of`; empty where they name nothing.
    pub wanted: Vec<String>,
    /// What to do about it.
    pub mend: &'static str,
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
        let decisive = match agreement {
            Some(agreement) => Decisive::Agreement(Arc::clone(agreement)),
            None if agreements.is_red_line(&name) => Decisive::RedLine,
            None => Decisive::Gone,
        };
        (name, decisive)
    };
    let missing = texts(decision, "missing").map(|what| Missing {
        wanted: wanted(agreements, &record.json, &what),
        mend: Denial::mend(&what),
        what,
    });
    let missing: Vec<Missing> = missing.collect();
    Ok(Explanation { code, missing, policies: texts(decision, "policies").map(present).collect(), record })
}

/// What would do for `missing`, of which the denial in `record` tells, by any of the policies that decided.
fn wanted(agreements: &Agreements, record: &Value, missing: &str) -> Vec<String> {
    if missing == "purpose" {
        return purposes(agreements, record).unwrap_or_default();
    }
    let decision = record.get("decision").unwrap_or(&Value::Null);
    let each = texts(decision, "policies").flat_map(|policy| agreements.wanted(&policy, missing));
    each.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The purposes for which the department of `record` may ask the same.
fn purposes(agreements: &Agreements, record: &Value) -> Option<Vec<String>> {
    let text = |member: &str| record.get(member)?.as_str();
    let department = Department::parse(text("department")?).ok()?;
    let operation = match (text("province"), text("service")) {
        (Some(province), Some(service)) => Operation::Query {
            province: Province::parse(province).ok()?,
            service: ServiceId::parse(service)?,
        },
        _ => Operation::Verify,
    };
    Some(agreements.purposes(&department, &operation).into_iter().map(ToString::to_string).collect())
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
