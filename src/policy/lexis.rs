//! Where the scope of a policy ends, and each of its conditions begins and ends, in a text that Cedar has parsed.
//! It finds places only; what stands there is for Cedar.

/// One `when` or `unless`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block<'t> {
    /// Whether it is a `when`.
    pub(super) when: bool,
    /// What stands between its braces.
    pub(super) text: &'t str,
}

/// What stands behind the scope of the first policy in `text`: behind the parenthesis that closes the one after `permit` or
/// `forbid`.
pub(super) fn behind_scope(text: &str) -> &str {
    let (mut depth, mut in_scope, mut annotation) = (0_usize, false, false);
    for (at, token) in Tokens::of(text) {
        match token {
            Token::Mark(b'@') => annotation = true,
            Token::Mark(b'(') => depth = depth.saturating_add(1),
            Token::Mark(b')') => {
                depth = depth.saturating_sub(1);
                if in_scope && depth == 0 {
                    return text.get(at.saturating_add(1)..).unwrap_or_default();
                }
            }
            Token::Mark(_) => {}
            Token::Word(word) => {
                // An annotation may have any name.
                in_scope |= !annotation && depth == 0 && matches!(word, "permit" | "forbid");
                annotation = false;
            }
        }
    }
    ""
}

/// The conditions in `text`, which stands behind a scope.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let (mut depth, mut when, mut start) = (0_usize, true, 0);
    for (at, token) in Tokens::of(text) {
        match token {
            Token::Word(word) if depth == 0 => when = word == "when",
            Token::Mark(b'{') => {
                if depth == 0 {
                    start = at.saturating_add(1);
                }
                depth = depth.saturating_add(1);
            }
            Token::Mark(b'}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    blocks.push(Block { when, text: text.get(start..at).unwrap_or_default() });
                }
            }
            // The next policy is another.
            Token::Mark(b';') if depth == 0 => break,
            _ => {}
        }
    }
    blocks
}

#[derive(Clone, Copy)]
enum Token<'t> {
    /// A character that is no part of a word, a text or a comment.
    Mark(u8),
    Word(&'t str),
}

/// Words and marks with where they begin; texts and comments are passed over.
struct Tokens<'t> {
    text: &'t str,
    bytes: std::iter::Peekable<std::iter::Enumerate<std::str::Bytes<'t>>>,
}

impl<'t> Tokens<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, bytes: text.bytes().enumerate().peekable() }
    }

    /// Skips a text whose opening quotation mark was taken.
    fn skip_text(&mut self) {
        while let Some((_, byte)) = self.bytes.next() {
            match byte {
                b'"' => return,
                b'\\' => drop(self.bytes.next()),
                _ => {}
            }
        }
    }

    fn word(&mut self, start: usize) -> &'t str {
        let mut end = start.saturating_add(1);
        while self.bytes.next_if(|(_, next)| next.is_ascii_alphanumeric() || *next == b'_').is_some() {
            end = end.saturating_add(1);
        }
        self.text.get(start..end).unwrap_or_default()
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = (usize, Token<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (at, byte) = self.bytes.next()?;
            match byte {
                b'"' => self.skip_text(),
                b'/' if self.bytes.peek().is_some_and(|(_, next)| *next == b'/') => {
                    while self.bytes.next_if(|(_, next)| !matches!(next, b'\n' | b'\r')).is_some() {}
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => return Some((at, Token::Word(self.word(at)))),
                _ if byte.is_ascii_whitespace() => {}
                _ => return Some((at, Token::Mark(byte))),
            }
        }
    }
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
