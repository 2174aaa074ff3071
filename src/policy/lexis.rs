//! Where the scope of a policy ends, and each of its conditions begins and ends, in a text that Cedar has parsed.
//! It finds places only; what stands there is for Cedar.

use super::token::{Token, Tokens};

/// One `when` or `unless`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block<'t> {
    /// Whether it is a `when`.
    pub(super) when: bool,
    /// What stands between its braces.
    pub(super) text: &'t str,
}

/// What stands behind the scope of the first policy in `text`: behind the parenthesis that closes the one after `permit` or
/// `forbid`. Parentheses in texts and comments close nothing.
pub(super) fn behind_scope(text: &str) -> &str {
    let (mut depth, mut in_scope, mut before) = (0_usize, false, Token::End);
    for (at, token) in Tokens::of(text, false) {
        match token {
            // An annotation may have any name.
            Token::Word(b"permit" | b"forbid") => in_scope |= depth == 0 && before != Token::At,
            Token::Open(b'(') => depth = depth.saturating_add(1),
            Token::Close(b'(') => {
                depth = depth.saturating_sub(1);
                if in_scope && depth == 0 {
                    return text.get(at.saturating_add(1)..).unwrap_or_default();
                }
            }
            _ => {}
        }
        before = token;
    }
    ""
}

/// The conditions in `text`, which stands behind a scope.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let (mut depth, mut when, mut start) = (0_usize, true, 0);
    for (at, token) in Tokens::of(text, false) {
        match token {
            Token::Word(word) if depth == 0 => when = word == b"when",
            Token::Open(b'{') => {
                if depth == 0 {
                    start = at.saturating_add(1);
                }
                depth = depth.saturating_add(1);
            }
            Token::Close(b'{') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    blocks.push(Block { when, text: text.get(start..at).unwrap_or_default() });
                }
            }
            // The next policy is another.
            Token::End if depth == 0 => break,
            _ => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_begins_behind_the_scope() {
        for (text, expected) in [
            ("permit (principal, action, resource);", ";"),
            (
                "// permit (\n@a(\"permit (x) \\\" ) when\") permit (principal == A::\")\", (b)) when { f(x) };",
                " when { f(x) };",
            ),
            ("@permit(\"x\")\n@forbid\npermit(p, action in [a], r)\nunless { 1 };", "\nunless { 1 };"),
            ("@permit_x(\"(\") // )\nforbid(\n//)\nprincipal) // end", " // end"),
            ("permit (principal, // )\r action, resource) when { x };", " when { x };"),
            ("@permit(\"x\") @ forbid(\"y\") permit (principal, action in [A::\"(\"], resource);", ";"),
            ("", ""),
            ("permit", ""),
        ] {
            assert_eq!(behind_scope(text), expected, "{text}");
        }
    }

    #[test]
    fn blocks_end_with_their_own_braces() {
        let found = |text| -> Vec<(bool, &str)> {
            blocks(text).into_iter().map(|block| (block.when, block.text)).collect()
        };
        assert_eq!(found(";"), []);
        assert_eq!(
            found("when { a == {\"}\": 1} } unless{ \"\\\"}\" // }\n}; permit () when { b };"),
            [(true, " a == {\"}\": 1} "), (false, " \"\\\"}\" // }\n")]
        );
        assert_eq!(found("// when { x }\nwhen { 人 }"), [(true, " 人 ")]);
    }
}
