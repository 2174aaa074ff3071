//! What policies demand of a request, as far as a denial tells: the parts that are missing. Cedar has decided by then; this reads
//! the conditions only to say what would have made a difference.

use std::collections::BTreeSet;

use serde_json::Value;

use super::agreements::Asked;
use super::condition::{Condition, Conditions, at};
use super::{Age, Claim};

/// Parts of a request that have one value, and of which a denial tells.
const PARTS: [&str; 5] = ["basis", "hour", "matter", "party", "time"];

/// Parts that a request has or has not, and of which a denial tells.
const FLAGS: [&str; 3] = ["case", "guardian", "operator"];

/// What stands between a request and what is wanted of it.
#[derive(Debug, Default, PartialEq, Eq)]
enum Gap {
    /// Nothing.
    #[default]
    None,
    /// These parts.
    Parts(BTreeSet<String>),
    /// Nothing that a request could bring: what is asked about, or something that is not read here.
    Other,
}

/// Looks for what one request lacks.
#[derive(Clone, Copy)]
pub(super) struct Demands<'a> {
    asked: Asked<'a>,
}

impl<'a> Demands<'a> {
    pub(super) const fn of(asked: Asked<'a>) -> Self {
        Self { asked }
    }

    /// What the request lacks of `condition`, which a permit has and which is not met: `matter`, `guardian`, or
    /// `evidence:birth_certificate/parent_of`.
    pub(super) fn to_be_permitted(self, condition: &Condition) -> BTreeSet<String> {
        parts(self.gap(&condition.body, condition.demanded))
    }

    /// What the request lacks for a red line with `conditions`, which forbids, not to.
    pub(super) fn to_be_spared(self, conditions: &Conditions) -> BTreeSet<String> {
        parts(any(conditions.each().iter().map(|one| self.gap(&one.body, !one.demanded))))
    }

    /// What stands between the request and `expression` being `wanted`.
    fn gap(self, expression: &Value, wanted: bool) -> Gap {
        let Some((operator, inside)) = expression.as_object().and_then(|object| object.iter().next()) else {
            return Gap::Other;
        };
        let sides = || ["left", "right"].into_iter().map(|side| self.gap(at(inside, &[side]), wanted));
        match (operator.as_str(), wanted) {
            ("&&", true) | ("||", false) => all(sides()),
            ("&&", false) | ("||", true) => any(sides()),
            ("!", _) => self.gap(at(inside, &["arg"]), !wanted),
            ("Value", _) if inside.as_bool() == Some(wanted) => Gap::None,
            ("==", _) => self.equal(at(inside, &["left"]), at(inside, &["right"]), wanted),
            ("!=", _) => self.equal(at(inside, &["left"]), at(inside, &["right"]), !wanted),
            ("has", _) => self.there(inside, wanted),
            (".", _) => self.flag(inside, wanted),
            ("contains" | "containsAll" | "containsAny", _) => self.contains(operator, inside, wanted),
            _ => spoken_of(expression),
        }
    }

    fn equal(self, left: &Value, right: &Value, wanted: bool) -> Gap {
        let (part, literal) = match (part_of(left), part_of(right)) {
            (Some(part), None) => (part, right),
            (None, Some(part)) => (part, left),
            _ => return Gap::Other,
        };
        let Some(literal) = at(literal, &["Value"]).as_str() else { return lacking(part) };
        match self.value(part) {
            Some(value) if (value == literal) == wanted => Gap::None,
            None if !wanted => Gap::None,
            _ => lacking(part),
        }
    }

    /// The texts that parts of the request have.
    fn value(self, part: &str) -> Option<&'a str> {
        let question = self.asked.question;
        match part {
            "basis" => Some(question.basis.as_str()),
            "matter" => question.matter.map(|matter| matter.as_str()),
            "purpose" => Some(question.purpose.as_str()),
            _ => None,
        }
    }

    fn there(self, inside: &Value, wanted: bool) -> Gap {
        if at(inside, &["left", "Var"]) != "context" {
            return Gap::Other;
        }
        let part = at(inside, &["attr"]).as_str().unwrap_or_default();
        let question = self.asked.question;
        let is_there = match part {
            "matter" => question.matter.is_some(),
            "party" => question.party.is_some(),
            "adult" | "under_fourteen" => question.age.is_some(),
            _ => true,
        };
        if is_there == wanted { Gap::None } else { lacking(part) }
    }

    fn flag(self, inside: &Value, wanted: bool) -> Gap {
        if at(inside, &["left", "Var"]) != "context" {
            return Gap::Other;
        }
        let part = at(inside, &["attr"]).as_str().unwrap_or_default();
        let Asked { question, guardian, .. } = self.asked;
        let is_so = match part {
            "case" => question.case,
            "guardian" => guardian,
            "operator" => question.operator,
            "adult" => question.age == Some(Age::Adult),
            "under_fourteen" => question.age == Some(Age::UnderFourteen),
            _ => return lacking(part),
        };
        if is_so == wanted { Gap::None } else { lacking(part) }
    }

    /// `["…"].contains(context.purpose)` and `context.evidence.contains({…})`.
    fn contains(self, operator: &str, inside: &Value, wanted: bool) -> Gap {
        let (left, right) = (at(inside, &["left"]), at(inside, &["right"]));
        if let Some(part) = part_of(right).filter(|_| operator == "contains") {
            let listed = at(left, &["Set"]).as_array().map(Vec::as_slice).unwrap_or_default();
            let texts: Vec<&str> =
                listed.iter().filter_map(|member| at(member, &["Value"]).as_str()).collect();
            return match self.value(part) {
                Some(value) if texts.len() == listed.len() && texts.contains(&value) == wanted => Gap::None,
                None if !wanted => Gap::None,
                _ => lacking(part),
            };
        }
        if part_of(left) != Some("evidence") || !wanted {
            return Gap::Other;
        }
        let claims = claims(right);
        let lack = |claim: &Claim| match self.asked.question.evidence.contains(claim) {
            true => Gap::None,
            false => Gap::Parts(BTreeSet::from([format!("evidence:{claim}")])),
        };
        let gaps = claims.iter().map(lack);
        if operator == "containsAny" { any(gaps) } else { all(gaps) }
    }
}

/// Evidence that stands in `expression`, whole or in a set.
pub(super) fn claims(expression: &Value) -> Vec<Claim> {
    let listed = at(expression, &["Set"]).as_array();
    let each = listed.map_or_else(|| std::slice::from_ref(expression), Vec::as_slice);
    let claim = |one: &Value| {
        let member = |name: &str| at(one, &["Record", name, "Value"]).as_str();
        let (license, relation) = (member("license")?, member("relation")?);
        Claim::parse(&format!("{license}/{relation}"))
    };
    each.iter().filter_map(claim).collect()
}

/// The part in `context.part`.
pub(super) fn part_of(expression: &Value) -> Option<&str> {
    let inside = expression.get(".").filter(|inside| at(inside, &["left", "Var"]) == "context")?;
    at(inside, &["attr"]).as_str()
}

/// That the request has another `part` than it should; of most parts it has no choice.
fn lacking(part: &str) -> Gap {
    if PARTS.contains(&part) || FLAGS.contains(&part) {
        Gap::Parts(BTreeSet::from([part.to_owned()]))
    } else {
        Gap::Other
    }
}

/// Of an expression that is not read here, the parts that it speaks of: any of them may matter.
fn spoken_of(expression: &Value) -> Gap {
    let mut parts = BTreeSet::new();
    gather(expression, &mut parts);
    if parts.is_empty() { Gap::Other } else { Gap::Parts(parts) }
}

fn gather(expression: &Value, parts: &mut BTreeSet<String>) {
    if let Some(part) = part_of(expression).filter(|part| PARTS.contains(part) || FLAGS.contains(part)) {
        parts.insert(part.to_owned());
    }
    match expression {
        Value::Array(list) => list.iter().for_each(|one| gather(one, parts)),
        Value::Object(object) => object.values().for_each(|one| gather(one, parts)),
        _ => {}
    }
}

/// Where all must be bridged.
fn all(gaps: impl Iterator<Item = Gap>) -> Gap {
    let mut whole = Gap::None;
    for gap in gaps {
        whole = match (whole, gap) {
            (Gap::Parts(mut known), Gap::Parts(more)) => {
                known.extend(more);
                Gap::Parts(known)
            }
            (Gap::Parts(known), _) | (_, Gap::Parts(known)) => Gap::Parts(known),
            (Gap::Other, _) | (_, Gap::Other) => Gap::Other,
            (Gap::None, Gap::None) => Gap::None,
        };
    }
    whole
}

/// Where one is enough. All are told that a request could bridge; if one takes no other basis, those alone, for the basis is
/// what the law says and seldom a matter of choice.
fn any(gaps: impl Iterator<Item = Gap>) -> Gap {
    let mut ways = Vec::new();
    for gap in gaps {
        match gap {
            Gap::None => return Gap::None,
            Gap::Parts(parts) => ways.push(parts),
            Gap::Other => {}
        }
    }
    let on_this_basis = ways.iter().any(|way| !way.contains("basis"));
    ways.retain(|way| !on_this_basis || !way.contains("basis"));
    if ways.is_empty() { Gap::Other } else { Gap::Parts(ways.into_iter().flatten().collect()) }
}

fn parts(gap: Gap) -> BTreeSet<String> {
    match gap {
        Gap::Parts(parts) => parts,
        Gap::None | Gap::Other => BTreeSet::new(),
    }
}

/// The values of `part` that `conditions` take, as far as they name them: of a permit, or of a red line that is to forbid not.
pub(super) fn wanted(conditions: &Conditions, is_permit: bool, part: &str) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for condition in conditions.each() {
        take(&condition.body, condition.demanded == is_permit, part, &mut values);
    }
    values
}

fn take(expression: &Value, wanted: bool, part: &str, values: &mut BTreeSet<String>) {
    let Some((operator, inside)) = expression.as_object().and_then(|object| object.iter().next()) else {
        return;
    };
    let (left, right) = (at(inside, &["left"]), at(inside, &["right"]));
    match operator.as_str() {
        "&&" | "||" => [left, right].into_iter().for_each(|side| take(side, wanted, part, values)),
        "!" => take(at(inside, &["arg"]), !wanted, part, values),
        "==" if wanted && part_of(left) == Some(part) => values.extend(text_of(right)),
        "==" if wanted && part_of(right) == Some(part) => values.extend(text_of(left)),
        "!=" if !wanted && part_of(left) == Some(part) => values.extend(text_of(right)),
        "contains" if wanted && part_of(right) == Some(part) => {
            let listed = at(left, &["Set"]).as_array().map(Vec::as_slice).unwrap_or_default();
            values.extend(listed.iter().filter_map(text_of));
        }
        "contains" | "containsAny" | "containsAll" if wanted && part_of(left) == Some(part) => {
            values.extend(claims(right).iter().map(ToString::to_string));
        }
        _ => {}
    }
}

/// A text or a province that stands in an expression.
fn text_of(expression: &Value) -> Option<String> {
    let value = at(expression, &["Value"]);
    value.as_str().or_else(|| at(value, &["__entity", "id"]).as_str()).map(str::to_owned)
}
