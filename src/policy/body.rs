//! The conditions of an agreement, apart from its scope, so that all agreements with the same conditions share one of them.
//! Their scope is for the index, which offers an agreement for nothing but what it is made for.

use std::sync::Arc;

use cedar_policy::{Policy, PolicySet};

use super::condition::Conditions;
use super::token::{Token, Tokens};

/// What stands behind the scope of agreements.
#[derive(Debug)]
pub(super) struct Body {
    /// A policy with these conditions that is open to anyone for anything, in a set of its own.
    pub(super) policy: PolicySet,
    pub(super) conditions: Conditions,
}

impl Body {
    /// Parses `when { … }` and the like with its semicolon; `None` if that is not what `text` is.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let alone: Policy = format!("permit (principal, action, resource){text}").parse().ok()?;
        let conditions = Conditions::of(&alone);
        let policy = PolicySet::from_policies([alone]).ok()?;
        Some(Self { policy, conditions })
    }
}

/// Whether conditions are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Failed,
    Met,
    NotMet,
}

/// What one question has been answered by conditions so far: candidates often share them.
#[derive(Debug)]
pub(super) struct Answers<'b>(Vec<(&'b Arc<Body>, Answer)>);

impl<'b> Answers<'b> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The answer of `body`, by `ask` where it has not been asked.
    pub(super) fn of(&mut self, body: &'b Arc<Body>, ask: impl FnOnce() -> Answer) -> Answer {
        if let Some((_, answer)) = self.0.iter().find(|(known, _)| Arc::ptr_eq(known, body)) {
            return *answer;
        }
        let answer = ask();
        self.0.push((body, answer));
        answer
    }
}

/// The part of one policy behind its scope: all that follows the parenthesis that closes it. `None` if there is no scope.
///
/// Parentheses in texts and comments close nothing.
pub(super) fn conditions(policy: &str) -> Option<&str> {
    let mut before = Token::End;
    let mut in_scope = false;
    let mut depth = 0_usize;
    for (at, token) in Tokens::of(policy, false) {
        match token {
            // An annotation may have any name.
            Token::Word(b"permit" | b"forbid") => in_scope |= depth == 0 && before != Token::At,
            Token::Open(b'(') => depth += 1,
            Token::Close(b'(') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 && in_scope {
                    return policy.get(at + 1..);
                }
            }
            _ => {}
        }
        before = token;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_ends_where_cedar_ends_it() {
        for (policy, expected) in [
            ("permit (principal, action, resource) when { true };", " when { true };"),
            ("permit(principal,action,resource);", ";"),
            ("@a(\"permit (\") permit (principal == A::\")\", action, resource)unless{f()};", "unless{f()};"),
            ("@a(\"\\\"permit ()\") forbid (principal, // )\n action, resource) when { x };", " when { x };"),
            ("permit (principal, // )\r action, resource) when { x };", " when { x };"),
            ("permit (principal, // \r action, resource) when { x }; // )", " when { x }; // )"),
            ("@permit(\"x\") @ forbid(\"y\") permit (principal, action in [A::\"(\"], resource);", ";"),
        ] {
            assert_eq!(conditions(policy), Some(expected), "{policy}");
        }
        assert_eq!(conditions("@permit(\"x\")"), None);
        assert_eq!(conditions("permit (principal"), None);
        assert_eq!(conditions("permit )"), None);
    }

    #[test]
    fn conditions_say_the_same_without_their_scope() {
        for condition in [
            ";",
            "when { context.purpose == \"a)b\" };",
            "// )\nwhen { true } unless { context has party && !(principal in context.party) };",
        ] {
            let text = format!(
                "@agreement(\"a\") permit (principal in F::\"(\", action, resource == R::\"x\"){condition}"
            );
            let whole: Policy = text.parse().unwrap();
            let text = whole.to_cedar().unwrap();
            let body = Body::parse(conditions(&text).unwrap()).unwrap();
            assert_eq!(body.conditions, Conditions::of(&whole), "{condition}");
        }
        assert!(Body::parse(" when { true }; permit (principal, action, resource);").is_none());
    }
}
