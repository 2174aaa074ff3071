//! What agreements demand of a request beside their scope. Many agreements demand the same, so each body is there once: few
//! enough to stay at hand however many agreements there are, and validated and asked once for all that share it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cedar_policy::{Expression, Policy};

use super::Mentions;
use super::condition::{Condition, Conditions};
use super::lexis::{self, Block};

/// The `when` and `unless` of agreements, word for word.
#[derive(Debug)]
pub(super) struct Body {
    text: Box<str>,
    /// True where every `when` is and no `unless` is, in their order, as Cedar joins them; `None` if that is no expression, which
    /// then permits nothing.
    pub(super) expression: Option<Expression>,
    pub(super) conditions: Conditions,
    pub(super) mentions: Mentions,
    /// Made when a denial asks for it, as most agreements never deny.
    clauses: OnceLock<Vec<Option<Expression>>>,
}

impl Body {
    /// The body of `policy`, of which `text` stands behind the scope.
    fn of(text: &str, policy: &Policy) -> Self {
        let conditions = Conditions::of(policy);
        Self {
            text: text.into(),
            expression: joined(text).parse().ok(),
            mentions: Mentions::of(&conditions),
            conditions,
            clauses: OnceLock::new(),
        }
    }

    /// Each condition, with the expression that is true where it is met.
    pub(super) fn clauses(&self) -> impl Iterator<Item = (Option<&Expression>, &Condition)> {
        let expressions = self.clauses.get_or_init(|| {
            lexis::blocks(&self.text).iter().map(|block| demanded(block).parse().ok()).collect()
        });
        let each = expressions.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        each.zip(self.conditions.each())
    }
}

/// The conditions in `text`, which stands behind the scope of a policy, as one expression.
pub(super) fn joined(text: &str) -> String {
    let blocks: Vec<String> = lexis::blocks(text).iter().map(demanded).collect();
    if blocks.is_empty() { "true".to_owned() } else { blocks.join(" && ") }
}

/// What `block` demands. A line of its own ends a comment that the text may end with.
fn demanded(Block { when, text }: &Block<'_>) -> String {
    let not = if *when { "" } else { "!" };
    format!("{not}({text}\n)")
}

/// All bodies, and what is known to be valid, while files are read on several threads.
#[derive(Default)]
pub(super) struct Bodies {
    known: Mutex<HashMap<String, Arc<Body>>>,
    valid: Mutex<BTreeSet<String>>,
}

impl Bodies {
    /// The body of `policy`, the only one in `text`.
    pub(super) fn of(&self, text: &str, policy: &Policy) -> Arc<Body> {
        let text = lexis::behind_scope(text);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(body) = known().get(text) {
            return Arc::clone(body);
        }
        // Made without the lock: two threads may make the same, of which one stays.
        let body = Arc::new(Body::of(text, policy));
        Arc::clone(known().entry(text.to_owned()).or_insert(body))
    }

    /// Asks `is_valid`, unless it said so of an equal `form`. A form is what the validator sees of a policy: its conditions, and
    /// the types in its scope. What is invalid is looked at each time, for its faults.
    pub(super) fn note_valid(&self, form: String, is_valid: impl FnOnce() -> bool) {
        let valid = || self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        let known = valid().contains(&form);
        if !known && is_valid() {
            valid().insert(form);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bodies_are_one() {
        let bodies = Bodies::default();
        let of = |department: &str, matter: &str| {
            let text = format!(
                "@agreement(\"{department}\") permit (principal == Department::\"{department}\", action, resource)\n\
                 when {{ context.matter == \"{matter}\" }} unless {{ false // not now\n }};"
            );
            bodies.of(&text, &Policy::parse(None, &text).unwrap())
        };
        let [one, same, other] = [of("a", "1"), of("b", "1"), of("a", "2")];
        assert!(Arc::ptr_eq(&one, &same));
        assert!(!Arc::ptr_eq(&one, &other));
        assert!(other.expression.is_some());
        assert!(other.clauses().all(|(expression, _)| expression.is_some()));
        assert_eq!(
            other.clauses().map(|(_, condition)| condition.demanded).collect::<Vec<_>>(),
            [true, false]
        );
    }
}
