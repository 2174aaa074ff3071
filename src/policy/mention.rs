//! What the conditions of policies compare with: so that those who look for a request that passes know what to try.

use std::collections::BTreeSet;

use cedar_policy::EntityUid;
use serde_json::Value;

use super::Claim;
use super::condition::{Conditions, at};
use crate::identifier::Province;

/// Parts of a request that conditions speak of, and the literals that stand in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Attributes of anything, such as `matter`.
    pub parts: BTreeSet<String>,
    /// Texts that something is compared with; of patterns, the text between wildcards is not among them.
    pub texts: BTreeSet<String>,
    /// Evidence that something is compared with.
    pub claims: BTreeSet<Claim>,
    /// Numbers that something is compared with.
    pub numbers: BTreeSet<i64>,
    /// Provinces that are named, as such or by one of their services.
    pub provinces: BTreeSet<Province>,
    /// Whether the request is looked at as a whole, and not only by parts of it.
    pub whole: bool,
}

impl Mentions {
    /// Those of `conditions`.
    pub(super) fn of(conditions: &Conditions) -> Self {
        let mut mentions = Self::default();
        conditions.each().iter().for_each(|condition| mentions.gather(&condition.body));
        mentions
    }

    /// The provinces that `entities` name.
    pub(super) fn named(entities: &[EntityUid]) -> BTreeSet<Province> {
        entities
            .iter()
            .filter_map(|uid| province_of(&uid.type_name().to_string(), uid.id().as_ref()))
            .collect()
    }

    /// Adds those of `other`.
    pub fn add(&mut self, other: &Self) {
        self.parts.extend(other.parts.iter().cloned());
        self.texts.extend(other.texts.iter().cloned());
        self.claims.extend(other.claims.iter().cloned());
        self.numbers.extend(other.numbers.iter().copied());
        self.whole |= other.whole;
        self.provinces.extend(other.provinces.iter().copied());
    }

    fn gather(&mut self, expression: &Value) {
        match expression {
            Value::Array(list) => list.iter().for_each(|one| self.gather(one)),
            Value::Object(object) => {
                self.entity(expression);
                if let Some(record) = object.get("Record") {
                    let member = |name| record.get(name)?.get("Value")?.as_str();
                    let claim = member("license").zip(member("relation"));
                    self.claims.extend(
                        claim.and_then(|(license, relation)| Claim::parse(&format!("{license}/{relation}"))),
                    );
                }
                for (key, inner) in object {
                    match (key.as_str(), inner) {
                        ("attr", Value::String(part)) => drop(self.parts.insert(part.clone())),
                        ("Value", Value::String(text)) => drop(self.texts.insert(text.clone())),
                        ("Value", Value::Number(number)) => self.numbers.extend(number.as_i64()),
                        ("Var", Value::String(variable)) => self.whole |= variable == "context",
                        // `context.matter` and `context has matter` see that part alone.
                        ("." | "has", part) if at(part, &["left", "Var"]) == "context" => {
                            self.attributes(at(part, &["attr"]));
                        }
                        _ => self.gather(inner),
                    }
                }
            }
            _ => {}
        }
    }

    /// One name, or those of a path such as `party.region`.
    fn attributes(&mut self, attribute: &Value) {
        match attribute {
            Value::String(part) => drop(self.parts.insert(part.clone())),
            Value::Array(path) => path.iter().for_each(|part| self.attributes(part)),
            _ => self.whole = true,
        }
    }

    /// Entities stand in conditions as `{"type": …, "id": …}`, and so they do in the scope.
    fn entity(&mut self, expression: &Value) {
        let text = |key| expression.get(key).and_then(Value::as_str);
        let (Some(kind), Some(id)) = (text("type"), text("id")) else { return };
        self.provinces.extend(province_of(kind, id));
    }
}

/// The province that an entity is, or whose service it is.
fn province_of(kind: &str, id: &str) -> Option<Province> {
    let province = match kind {
        "Province" => id,
        "ProvincialService" => id.split('/').next()?,
        _ => return None,
    };
    Province::parse(province).ok()
}

#[cfg(test)]
mod tests {
    use cedar_policy::Policy;

    use super::*;

    #[test]
    fn whatever_is_looked_at_is_told() {
        for (condition, parts, whole) in [
            ("context.matter == \"1\"", &["matter"][..], false),
            ("context has party", &["party"], false),
            ("context has party.region", &["party", "region"], false),
            ("context == {}", &[], true),
        ] {
            let policy: Policy =
                format!("permit (principal, action, resource) when {{ {condition} }};").parse().unwrap();
            let mentions = Mentions::of(&Conditions::of(&policy));
            let found: Vec<&str> = mentions.parts.iter().map(String::as_str).collect();
            assert_eq!((&*found, mentions.whole), (parts, whole), "{condition}");
        }
    }
}
