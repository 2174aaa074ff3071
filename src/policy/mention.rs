//! What the conditions of policies compare with: so that those who look for a request that passes know what to try.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::PolicySet;
use serde_json::Value;

use crate::identifier::Province;

/// Parts of a request that conditions speak of, and the literals that stand in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Attributes of anything, such as `matter`.
    pub parts: BTreeSet<String>,
    /// Texts that something is compared with; of patterns, the text between wildcards is not among them.
    pub texts: BTreeSet<String>,
    /// Records of texts that something is compared with.
    pub records: BTreeSet<BTreeMap<String, String>>,
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
        self.records.extend(other.records.iter().cloned());
        self.provinces.extend(other.provinces.iter().copied());
    }

    fn gather(&mut self, expression: &Value) {
        match expression {
            Value::Array(list) => list.iter().for_each(|one| self.gather(one)),
            Value::Object(object) => {
                self.entity(expression);
                if let Some(Value::Object(record)) = object.get("Record") {
                    let texts: Option<BTreeMap<_, _>> = record
                        .iter()
                        .map(|(key, one)| Some((key.clone(), one.get("Value")?.as_str()?.to_owned())))
                        .collect();
                    self.records.extend(texts);
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
