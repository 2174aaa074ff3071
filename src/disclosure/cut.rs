//! Walks an answer along the rules of an agreement. What no rule names is not walked at all, only counted.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::policy::{Node, Release, Rule};

/// The released part of `data`, and how many values were dropped as unknown.
pub(super) fn cut(release: &Release, data: &Value) -> (Value, usize) {
    let mut dropped = 0;
    let cut = match data {
        // Providers answer with one record or with rows of them.
        Value::Array(rows) => {
            Value::Array(rows.iter().filter_map(|row| object(release.keys(), row, &mut dropped)).collect())
        }
        Value::Null => Value::Null,
        one => object(release.keys(), one, &mut dropped).unwrap_or(Value::Null),
    };
    (cut, dropped)
}

fn object(keys: &BTreeMap<String, Node>, value: &Value, dropped: &mut usize) -> Option<Value> {
    let Value::Object(object) = value else {
        *dropped += 1;
        return None;
    };
    let mut kept = Map::new();
    for (key, value) in object {
        let released = match keys.get(key) {
            Some(node) => field(node, value, dropped),
            None => {
                *dropped += 1;
                None
            }
        };
        if let Some(released) = released {
            kept.insert(key.clone(), released);
        }
    }
    Some(Value::Object(kept))
}

fn field(node: &Node, value: &Value, dropped: &mut usize) -> Option<Value> {
    match (node.rule, value) {
        (Some(Rule::Withhold), _) => None,
        // A container without a released field below says nothing that may be said, not even how long it is.
        (None, _) if !releases(&node.children) => None,
        (None, Value::Null) => None,
        (Some(_), Value::Null) => Some(Value::Null),
        (_, Value::Array(list)) if node.list => {
            Some(Value::Array(list.iter().filter_map(|one| element(node, one, dropped)).collect()))
        }
        (_, _) if node.list => {
            *dropped += 1;
            None
        }
        (_, value) => element(node, value, dropped),
    }
}

fn element(node: &Node, value: &Value, dropped: &mut usize) -> Option<Value> {
    match (node.rule, value) {
        // A field is a single value; whatever hides below it is nothing the catalog knows.
        (Some(_), Value::Array(_) | Value::Object(_)) => {
            *dropped += 1;
            None
        }
        (Some(Rule::Release(Some(mask))), value) => Some(mask.apply(value)),
        (Some(Rule::Release(None)), value) => Some(value.clone()),
        (Some(Rule::Withhold), _) => None,
        (None, value) => object(&node.children, value, dropped),
    }
}

fn releases(children: &BTreeMap<String, Node>) -> bool {
    children.values().any(|node| matches!(node.rule, Some(Rule::Release(_))) || releases(&node.children))
}
