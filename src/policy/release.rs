//! Which fields of a service's answer leave, compiled once from an agreement's `@fields` and `@mask`.

use std::collections::BTreeMap;

use super::Mask;
use crate::catalog::{FieldPath, Segment, Service};

/// What happens to one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It leaves, masked if there is a mask.
    Release(Option<Mask>),
    /// The service has it and the agreement does not release it.
    Withhold,
}

/// One key of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Whether the value is a list.
    pub list: bool,
    /// The rule of a field, `None` where the value is an object.
    pub rule: Option<Rule>,
    /// Whether anything is released of it, itself or below.
    pub releases: bool,
    /// The keys of the object.
    pub children: BTreeMap<String, Self>,
}

/// The rules of all fields that a service has. What it does not have is unknown, and never leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    keys: BTreeMap<String, Node>,
    released: Vec<String>,
    withheld: Vec<String>,
    masked: Vec<String>,
}

impl Release {
    pub(super) fn new(service: &Service, fields: &[FieldPath], masks: &[(FieldPath, Mask)]) -> Self {
        let mut release = Self::default();
        for path in &service.response {
            let mask = masks.iter().find(|(masked, _)| masked == path).map(|(_, mask)| *mask);
            let rule = if fields.contains(path) {
                release.released.push(path.to_string());
                if mask.is_some() {
                    release.masked.push(path.to_string());
                }
                Rule::Release(mask)
            } else {
                release.withheld.push(path.to_string());
                Rule::Withhold
            };
            insert(&mut release.keys, path.segments(), rule);
        }
        release
    }

    /// The rules by key, for the object at the top.
    pub fn keys(&self) -> &BTreeMap<String, Node> {
        &self.keys
    }

    /// The fields that leave, in the catalog's order.
    pub fn released(&self) -> &[String] {
        &self.released
    }

    /// The fields that the service has and that do not leave, in the catalog's order.
    pub fn withheld(&self) -> &[String] {
        &self.withheld
    }

    /// Those of the released fields that leave masked.
    pub fn masked(&self) -> &[String] {
        &self.masked
    }
}

/// The catalog has seen to it that no two paths clash, so a key is either a field or an object.
fn insert(keys: &mut BTreeMap<String, Node>, path: &[Segment], rule: Rule) {
    let Some((first, rest)) = path.split_first() else { return };
    let node = keys.entry(first.name.clone()).or_insert_with(|| Node {
        list: first.list,
        rule: None,
        releases: false,
        children: BTreeMap::new(),
    });
    node.releases |= matches!(rule, Rule::Release(_));
    if rest.is_empty() {
        node.rule = Some(rule);
    } else {
        insert(&mut node.children, rest, rule);
    }
}
