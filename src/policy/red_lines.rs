//! What no agreement can allow: the red lines (红线), which are asked before any agreement.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{
    ActionConstraint, EntityUid, Expression, Policy, PrincipalConstraint, ResourceConstraint,
};
use serde_json::json;

use super::agreements::Asked;
use super::condition::Conditions;
use super::demand::Demands;
use super::{AgreementId, Denial, DenialCode, Mentions, body, lexis};

/// Red lines up to which they are joined to one expression. 64: the shipped ones are five, and each makes it one level deeper.
const JOINED: usize = 64;

/// All red lines.
#[derive(Debug, Default)]
pub(super) struct RedLines {
    pub(super) mentions: Mentions,
    lines: BTreeMap<String, RedLine>,
    /// True where any of them forbids. Nearly every request crosses none, and one expression shows that at once.
    any: Option<Expression>,
}

/// One red line.
#[derive(Debug)]
struct RedLine {
    /// Scope and conditions in one expression, true where it forbids.
    text: String,
    /// The policy in Cedar on one line.
    stated: String,
    expression: Expression,
    conditions: Conditions,
}

/// The red lines that forbid a request, and those that could not be evaluated, which forbids as well; by name, in order.
#[derive(Debug, Default)]
pub(super) struct Crossed {
    pub(super) lines: Vec<String>,
    pub(super) failed: Vec<String>,
}

impl RedLines {
    /// Adds the red line called `name`. Fails with what Cedar says.
    pub(super) fn add(&mut self, name: &AgreementId, policy: &Policy) -> Result<(), String> {
        // What it speaks of is what is told to it; without, it would look at nothing.
        policy.to_json().map_err(|error| error.to_string())?;
        let conditions = Conditions::of(policy);
        let text = policy.to_string();
        let text = format!("{} && {}", scope(policy), body::joined(lexis::behind_scope(&text)));
        let stated = in_one_line(policy).unwrap_or_default();
        let expression = text.parse().map_err(|error: cedar_policy::ParseErrors| error.to_string())?;
        self.mentions.add(&Mentions::of(&conditions));
        self.mentions.provinces.extend(Mentions::named(&policy.entity_literals()));
        self.lines.insert(name.to_string(), RedLine { text, stated, expression, conditions });
        Ok(())
    }

    /// Joins those that were added, once all are.
    pub(super) fn join(&mut self) {
        let each: Vec<String> = self.lines.values().map(|line| format!("({})", line.text)).collect();
        self.any = (each.len() <= JOINED).then(|| each.join(" || ").parse().ok()).flatten();
    }

    /// The names of all of them, in order.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        self.lines.keys().map(String::as_str).collect()
    }

    /// Each by its name, with what it says in Cedar on one line.
    pub(super) fn stated(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|(name, line)| (name.as_str(), line.stated.as_str()))
    }

    /// The conditions of the one called `name`.
    pub(super) fn conditions(&self, name: &str) -> Option<&Conditions> {
        self.lines.get(name).map(|line| &line.conditions)
    }

    /// Whether `other` says the same.
    pub(super) fn are_those_of(&self, other: &Self) -> bool {
        let texts = |all: &Self| -> Vec<(String, String)> {
            all.lines.iter().map(|(name, line)| (name.clone(), line.text.clone())).collect()
        };
        texts(self) == texts(other)
    }

    /// Those that `asked` crosses.
    pub(super) fn crossed(&self, asked: Asked<'_>) -> Crossed {
        let mut crossed = Crossed::default();
        if self.lines.is_empty() || self.any.as_ref().is_some_and(|any| asked.is(any) == Ok(false)) {
            return crossed;
        }
        for (name, line) in &self.lines {
            match asked.is(&line.expression) {
                Ok(false) => {}
                Ok(true) => crossed.lines.push(name.clone()),
                Err(_) => crossed.failed.push(name.clone()),
            }
        }
        crossed
    }

    /// The denial by those that `asked` crosses, if any; with what is missing not to, where `detail` is wanted.
    pub(super) fn denial(&self, asked: Asked<'_>, detail: bool) -> Option<Denial> {
        let Crossed { lines, failed } = self.crossed(asked);
        if !lines.is_empty() {
            let named = lines.iter().filter(|_| detail).filter_map(|name| self.conditions(name));
            let missing: BTreeSet<String> =
                named.flat_map(|line| Demands::of(asked).to_be_spared(line)).collect();
            let missing = missing.into_iter().collect();
            return Some(Denial { policies: lines, missing, ..Denial::new(DenialCode::RedLine) });
        }
        let failing = (!failed.is_empty()).then(|| Denial::new(DenialCode::EvaluationFailed));
        failing.map(|denial| Denial { policies: failed, ..denial })
    }
}

/// `policy` in Cedar without annotations and comments, on one line.
fn in_one_line(policy: &Policy) -> Option<String> {
    let mut json = policy.to_json().ok()?;
    json.as_object_mut()?.insert("annotations".to_owned(), json!({}));
    let text = Policy::from_json(Some(policy.id().clone()), json).ok()?.to_cedar()?;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The scope comes first, and Cedar writes it over several lines.
    Some(line.replacen("( ", "(", 1).replacen(" )", ")", 1))
}

/// The scope of `policy` as an expression.
fn scope(policy: &Policy) -> String {
    let principal = match policy.principal_constraint() {
        PrincipalConstraint::Any => "true".to_owned(),
        PrincipalConstraint::In(uid) => format!("principal in {uid}"),
        PrincipalConstraint::Eq(uid) => format!("principal == {uid}"),
        PrincipalConstraint::Is(kind) => format!("principal is {kind}"),
        PrincipalConstraint::IsIn(kind, uid) => format!("principal is {kind} in {uid}"),
    };
    let action = match policy.action_constraint() {
        ActionConstraint::Any => "true".to_owned(),
        ActionConstraint::Eq(uid) => format!("action == {uid}"),
        ActionConstraint::In(uids) => {
            let uids: Vec<String> = uids.iter().map(EntityUid::to_string).collect();
            format!("action in [{}]", uids.join(", "))
        }
    };
    let resource = match policy.resource_constraint() {
        ResourceConstraint::Any => "true".to_owned(),
        ResourceConstraint::In(uid) => format!("resource in {uid}"),
        ResourceConstraint::Eq(uid) => format!("resource == {uid}"),
        ResourceConstraint::Is(kind) => format!("resource is {kind}"),
        ResourceConstraint::IsIn(kind, uid) => format!("resource is {kind} in {uid}"),
    };
    format!("{principal} && {action} && {resource}")
}
