//! What the conditions of policies compare with: so that those who look for a request that passes know what to try.

use std::collections::BTreeSet;

use cedar_policy::PolicySet;
use serde_json::Value;

use super::Claim;
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
    /// Provinces that are named, as such or by one of their services.
    pub provinces: BTreeSet<Province>,
}

impl Mentions {
    /// Those of all policies of `set`.
    pub(super) fn of(set: &PolicySet) -> Self {
        let mut mentions = Self::default();
        for policy in set.policies() {
            if let Ok(json) = policy.to_json() {
                mentions.gather(&json);
            }
        }
        mentions
    }

    /// Adds those of `other`.
    pub fn add(&mut self, other: &Self) {
        self.parts.extend(other.parts.iter().cloned());
        self.texts.extend(other.texts.iter().cloned());
        self.claims.extend(other.claims.iter().cloned());
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
                        // The annotations are about the agreement and no part of what is decided.
                        ("annotations", _) => {}
                        _ => self.gather(inner),
                    }
                }
            }
            _ => {}
        }
    }

    /// Entities stand in conditions as `{"type": …, "id": …}`, and so they do in the scope.
    fn entity(&mut self, expression: &Value) {
        let text = |key| expression.get(key).and_then(Value::as_str);
        let (Some(kind), Some(id)) = (text("type"), text("id")) else { return };
        let province = match kind {
            "Province" => id,
            "ProvincialService" => id.split('/').next().unwrap_or_default(),
            _ => return,
        };
        self.provinces.extend(Province::parse(province).ok());
    }
}
