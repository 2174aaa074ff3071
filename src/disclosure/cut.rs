//! Walks an answer along the rules of an agreement. What no rule names is not walked at all, only counted.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::catalog::Field;
use crate::policy::{Node, Release, Rule};

/// What was left out beside the fields that the agreement withholds.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// How many values were dropped as unknown.
    pub(super) dropped: usize,
    /// Released fields of which some value was not what the catalog describes; each once.
    pub(super) unfit: Vec<String>,
}

/// Whether values are held to the catalog, or were by the gateway that they come from, which may have masked them since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shapes {
    Check,
    Trust,
}

/// The released part of `data`, and what was left out of it.
pub(super) fn cut(release: &Release, data: &Value, shapes: Shapes) -> (Value, Left) {
    let mut knife = Knife { shapes, left: Left::default() };
    let cut = match data {
        // Providers answer with one record or with rows of them.
        Value::Array(rows) => {
            Value::Array(rows.iter().filter_map(|row| knife.object(release.keys(), row)).collect())
        }
        Value::Null => Value::Null,
        one => knife.object(release.keys(), one).unwrap_or(Value::Null),
    };
    (cut, knife.left)
}

struct Knife {
    shapes: Shapes,
    left: Left,
}

impl Knife {
    fn object(&mut self, keys: &BTreeMap<String, Node>, value: &Value) -> Option<Value> {
        let Value::Object(object) = value else { return self.drop_one() };
        let mut kept = Map::new();
        for (key, value) in object {
            let released = match keys.get(key) {
                Some(node) => self.field(node, value),
                None => self.drop_one(),
            };
            if let Some(released) = released {
                kept.insert(key.clone(), released);
            }
        }
        Some(Value::Object(kept))
    }

    fn field(&mut self, node: &Node, value: &Value) -> Option<Value> {
        match (node.rule, value) {
            (Some(Rule::Withhold), _) => None,
            // A container without a released field below says nothing that may be said, not even how long it is.
            (None, _) if !releases(&node.children) => None,
            (None, Value::Null) => None,
            (Some(_), Value::Null) => Some(Value::Null),
            (_, Value::Array(list)) if node.list => {
                Some(Value::Array(list.iter().filter_map(|one| self.element(node, one)).collect()))
            }
            (_, _) if node.list => self.misfit(node),
            (_, value) => self.element(node, value),
        }
    }

    fn element(&mut self, node: &Node, value: &Value) -> Option<Value> {
        match (node.rule, value) {
            // A field is a single value; whatever hides below it is nothing the catalog knows.
            (Some(_), Value::Array(_) | Value::Object(_)) => self.misfit(node),
            (Some(Rule::Release(mask)), value) => {
                let fits = |field: &Field| field.about.field_type.schema.check_shape(value).is_ok();
                if self.shapes == Shapes::Check && !node.field.as_deref().is_none_or(fits) {
                    return self.misfit(node);
                }
                Some(mask.map_or_else(|| value.clone(), |mask| mask.apply(value)))
            }
            (Some(Rule::Withhold), _) => None,
            (None, Value::Object(_)) => self.object(&node.children, value),
            (None, _) => self.misfit(node),
        }
    }

    fn drop_one(&mut self) -> Option<Value> {
        self.left.dropped += 1;
        None
    }

    /// Drops a value that is not what the catalog describes, and names the fields that would have left with it.
    fn misfit(&mut self, node: &Node) -> Option<Value> {
        self.name(node);
        self.drop_one()
    }

    fn name(&mut self, node: &Node) {
        if let (Some(Rule::Release(_)), Some(field)) = (node.rule, &node.field) {
            let path = field.path.to_string();
            if !self.left.unfit.contains(&path) {
                self.left.unfit.push(path);
            }
        }
        node.children.values().for_each(|child| self.name(child));
    }
}

fn releases(children: &BTreeMap<String, Node>) -> bool {
    children.values().any(|node| matches!(node.rule, Some(Rule::Release(_))) || releases(&node.children))
}
