//! The tokens of Cedar's texts, as far as they make a structure: found byte by byte and without descending.
//! Whether a text is Cedar is for Cedar to say.

/// A piece of text that makes a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `@`, which begins an annotation.
    At,
    Word(&'a [u8]),
    Text,
    Open(u8),
    Close(u8),
    Operator,
    End,
}

/// The tokens of a text, each with where it begins. What is in a string or a comment is none.
pub(super) struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether `<` and `>` are brackets, as in a schema.
    angles: bool,
}

impl<'a> Tokens<'a> {
    pub(super) const fn of(text: &'a str, angles: bool) -> Self {
        Self { text: text.as_bytes(), at: 0, angles }
    }

    /// The length of what begins at `from` and goes on while `wanted`.
    fn span(&self, from: usize, mut wanted: impl FnMut(u8) -> bool) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len())
    }

    /// The length of the string that begins at `from`. One that does not end goes to the end, which Cedar refuses.
    fn string(&self, from: usize) -> usize {
        let mut escaped = false;
        let mut closed = false;
        let inside = self.span(from + 1, |byte| {
            closed = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            !closed
        });
        inside + 2
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let from = self.at;
            let byte = *self.text.get(from)?;
            let next = self.text.get(from + 1).copied();
            let (length, token) = match byte {
                b'"' => (self.string(from), Some(Token::Text)),
                // Cedar ends a comment at either end of a line.
                b'/' if next == Some(b'/') => (self.span(from, |byte| byte != b'\n' && byte != b'\r'), None),
                b'(' | b'[' | b'{' => (1, Some(Token::Open(byte))),
                b')' => (1, Some(Token::Close(b'('))),
                b']' => (1, Some(Token::Close(b'['))),
                b'}' => (1, Some(Token::Close(b'{'))),
                b'<' if self.angles => (1, Some(Token::Open(byte))),
                b'>' if self.angles => (1, Some(Token::Close(b'<'))),
                b';' => (1, Some(Token::End)),
                b'@' => (1, Some(Token::At)),
                b'&' | b'|' if next == Some(byte) => (2, Some(Token::Operator)),
                b'=' | b'!' | b'<' | b'>' if next == Some(b'=') => (2, Some(Token::Operator)),
                b'!' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b'<' | b'=' | b'>' => {
                    (1, Some(Token::Operator))
                }
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                    let length = self.span(from, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
                    (length, Some(Token::Word(self.text.get(from..from + length).unwrap_or_default())))
                }
                _ => (1, None),
            };
            self.at = from.saturating_add(length);
            if let Some(token) = token {
                return Some((from, token));
            }
        }
    }
}
