//! What agreements demand of a request beside their scope. Many agreements demand the same, so each body is there once: few
//! enough to stay at hand however many agreements there are, and validated and asked once for all that share it.

use cedar_policy::{Expression, Policy};

use super::Mentions;
use super::condition::{Condition, Conditions};
use super::lexis::{self, Block};

/// The `when` and `unless` of agreements, word for word.
#[derive(Debug)]
pub(super) struct Body {
    /// True where every `when` is and no `unless` is, in their order, as Cedar joins them; `None` if that is no expression, which
    /// then permits nothing.
    pub(super) expression: Option<Expression>,
    pub(super) conditions: Conditions,
    pub(super) mentions: Mentions,
    /// Each condition in Cedar on one line, without comments.
    pub(super) stated: Vec<String>,
    /// Of each condition. Parsed together with the rest, where the stack has room for it.
    clauses: Vec<Option<Expression>>,
}

impl Body {
    /// The body of `policy`, of which `text` stands behind the scope.
    pub(super) fn of(text: &str, policy: &Policy) -> Self {
        let conditions = Conditions::of(policy);
        let blocks = lexis::blocks(text);
        Self {
            expression: joined(text).parse().ok(),
            mentions: Mentions::of(&conditions),
            conditions,
            stated: blocks.iter().filter_map(stated).collect(),
            clauses: blocks.iter().map(|block| demanded(block).parse().ok()).collect(),
        }
    }

    /// Each condition, with the expression that is true where it is met.
    pub(super) fn clauses(&self) -> impl Iterator<Item = (Option<&Expression>, &Condition)> {
        let each = self.clauses.iter().map(Option::as_ref).chain(std::iter::repeat(None));
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

fn stated(Block { when, text }: &Block<'_>) -> Option<String> {
    let kind = if *when { "when" } else { "unless" };
    let inside: Expression = text.parse().ok()?;
    Some(format!("{kind} {{ {inside} }}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_and_clauses_stand_in_one_order() {
        let text = "@agreement(\"a\") permit (principal == Department::\"a\", action, resource)\n\
                    when { context.matter == \"1\" } unless { false // not now\n };";
        let body = Body::of(lexis::behind_scope(text), &Policy::parse(None, text).unwrap());
        assert!(body.expression.is_some());
        assert!(body.clauses().all(|(expression, _)| expression.is_some()));
        let demanded: Vec<bool> = body.clauses().map(|(_, condition)| condition.demanded).collect();
        assert_eq!(demanded, [true, false]);
    }
}
