//! A provider's data as text that was looked through: JSON, no member twice, not too deep. Making sense of it is for others.

use std::borrow::Cow;
use std::collections::HashSet;

use super::scan::{Fault, Scanner, Token};

/// JSON that was looked through. Made by [`Document::parse`] and by nothing else; it prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Document(Box<str>);

impl Document {
    /// Looks `text` through, once and without building anything of it but the names of what is open.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut scanner = Scanner::new(text);
        let mut open: Vec<HashSet<Cow<'_, str>>> = Vec::new();
        while let Some(token) = scanner.next()? {
            match token {
                Token::ObjectBegin => open.push(HashSet::new()),
                Token::ObjectEnd => drop(open.pop()),
                Token::Name(raw) => {
                    let names = open.last_mut().ok_or(Fault::Syntax)?;
                    if !names.insert(plain(raw).ok_or(Fault::Syntax)?) {
                        return Err(Fault::Twice);
                    }
                }
                Token::ListBegin
                | Token::ListEnd
                | Token::Text(_)
                | Token::Number(_)
                | Token::Bool(_)
                | Token::Null => {}
            }
        }
        Ok(Self(text.trim_matches([' ', '\t', '\n', '\r']).into()))
    }

    /// No data.
    pub fn null() -> Self {
        Self("null".into())
    }

    /// Whether there are no data.
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Document")
    }
}

/// What a string of JSON stands for, escapes undone.
pub(super) fn plain(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(raw).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}
