//! Reads the conditions of a Cedar policy, in its JSON form, as far as the index and the explanation of denials need.

use cedar_policy::Policy;
use serde_json::Value;

use super::Claim;

/// What stands where a key is missing.
static NOTHING: Value = Value::Null;

/// The `when` and `unless` of one policy.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Conditions(Vec<Condition>);

/// One of them.
#[derive(Debug, PartialEq)]
pub(super) struct Condition {
    /// Whether it is a `when`.
    pub(super) demanded: bool,
    /// The expression.
    pub(super) body: Value,
}

impl Conditions {
    pub(super) fn of(policy: &Policy) -> Self {
        let json = policy.to_json().unwrap_or_default();
        let list = json.get("conditions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let condition = |one: &Value| Condition {
            demanded: at(one, &["kind"]) == "when",
            body: at(one, &["body"]).clone(),
        };
        Self(list.iter().map(condition).collect())
    }

    /// Each of them, in order.
    pub(super) fn each(&self) -> &[Condition] {
        &self.0
    }

    /// The purposes outside of which the policy cannot apply: `context.purpose == "…"` or
    /// `["…"].contains(context.purpose)`, as a condition of its own or joined to others by `&&`. `None` if it demands
    /// none, and so would apply to any.
    pub(super) fn purposes(&self) -> Option<Vec<String>> {
        self.0.iter().filter(|condition| condition.demanded).find_map(|condition| demanded(&condition.body))
    }
}

impl Conditions {
    /// The evidence that any condition names, as `{"license": "…", "relation": "…"}`, and what of this kind is no claim.
    pub(super) fn evidence(&self) -> (Vec<Claim>, Vec<String>) {
        let mut named = Vec::new();
        self.0.iter().for_each(|condition| records(&condition.body, &mut named));
        let mut found = (Vec::new(), Vec::new());
        for text in named {
            match Claim::parse(&text) {
                Some(claim) if !found.0.contains(&claim) => found.0.push(claim),
                Some(_) => {}
                None => found.1.push(text),
            }
        }
        found
    }
}

fn records(expression: &Value, named: &mut Vec<String>) {
    let record = at(expression, &["Record"]);
    let member = |name: &str| at(record, &[name, "Value"]).as_str();
    if let (Some(license), Some(relation)) = (member("license"), member("relation")) {
        named.push(format!("{license}/{relation}"));
    }
    match expression {
        Value::Array(list) => list.iter().for_each(|one| records(one, named)),
        Value::Object(object) => object.values().for_each(|one| records(one, named)),
        _ => {}
    }
}

fn demanded(body: &Value) -> Option<Vec<String>> {
    if let Some(both) = body.get("&&") {
        return demanded(at(both, &["left"])).or_else(|| demanded(at(both, &["right"])));
    }
    if let Some(equal) = body.get("==") {
        let (left, right) = (at(equal, &["left"]), at(equal, &["right"]));
        let literal = match (is_purpose(left), is_purpose(right)) {
            (true, false) => right,
            (false, true) => left,
            _ => return None,
        };
        return Some(vec![at(literal, &["Value"]).as_str()?.to_owned()]);
    }
    let contains = body.get("contains").filter(|contains| is_purpose(at(contains, &["right"])))?;
    let members = at(contains, &["left", "Set"]).as_array()?;
    members.iter().map(|member| at(member, &["Value"]).as_str().map(str::to_owned)).collect()
}

fn is_purpose(expression: &Value) -> bool {
    at(expression, &[".", "left", "Var"]) == "context" && at(expression, &[".", "attr"]) == "purpose"
}

pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().try_fold(value, |value, key| value.get(key)).unwrap_or(&NOTHING)
}
