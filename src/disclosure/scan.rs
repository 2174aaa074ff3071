//! Reads JSON token by token, without building anything of it (RFC 8259). Each token is a piece of the text itself, so that
//! numbers and strings keep what was written. It does not know what any of it means.

/// How deep objects and lists may nest. 64: no interface in the field nests more than 3 levels, and the paths of a catalog
/// have 8 steps at most.
pub(super) const DEPTH: usize = 64;

/// Why a text is no JSON that is taken. Nothing of the text is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not JSON.
    #[error("it is not JSON")]
    Syntax,
    /// Objects and lists nest too deep.
    #[error("it nests deeper than {DEPTH} levels")]
    TooDeep,
    /// An object has a member twice, so that readers differ in which of them they take (RFC 8259 §4).
    #[error("an object has a member twice")]
    Twice,
}

/// One token; texts with their quotes and escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    ObjectBegin,
    ObjectEnd,
    ListBegin,
    ListEnd,
    /// The name of a member, which a value follows.
    Name(&'t str),
    Text(&'t str),
    Number(&'t str),
    Bool(bool),
    Null,
}

/// What may come next.
#[derive(Clone, Copy)]
enum Expected {
    /// A value, or the end of the list that has just begun.
    FirstElement,
    /// A member, or the end of the object that has just begun.
    FirstMember,
    Value,
    /// A comma, or the end of what is open; the end of the text where nothing is.
    More,
}

/// Reads one text from its beginning to its end.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// What is open, from the outermost: whether it is an object.
    open: Vec<bool>,
    expected: Expected,
}

impl<'t> Scanner<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, at: 0, open: Vec::new(), expected: Expected::Value }
    }

    /// The next token, `None` at the end of a whole text.
    pub(super) fn next(&mut self) -> Result<Option<Token<'t>>, Fault> {
        self.blank();
        match (self.expected, self.open.last().copied()) {
            (Expected::Value, _) => self.value().map(Some),
            (Expected::FirstElement, _) if self.eats(b']') => self.end(Token::ListEnd),
            (Expected::FirstElement, _) => self.value().map(Some),
            (Expected::FirstMember, _) if self.eats(b'}') => self.end(Token::ObjectEnd),
            (Expected::FirstMember, _) => self.name().map(Some),
            (Expected::More, None) if self.at == self.text.len() => Ok(None),
            (Expected::More, Some(true)) if self.eats(b'}') => self.end(Token::ObjectEnd),
            (Expected::More, Some(false)) if self.eats(b']') => self.end(Token::ListEnd),
            (Expected::More, Some(true)) if self.eats(b',') => {
                self.blank();
                self.name().map(Some)
            }
            (Expected::More, Some(false)) if self.eats(b',') => {
                self.blank();
                self.value().map(Some)
            }
            (Expected::More, _) => Err(Fault::Syntax),
        }
    }

    /// Reads past the rest of the value that began with `first`.
    pub(super) fn skip(&mut self, first: Token<'t>) -> Result<(), Fault> {
        let mut depth = 0_usize;
        let mut token = first;
        loop {
            match token {
                Token::ObjectBegin | Token::ListBegin => depth = depth.saturating_add(1),
                Token::ObjectEnd | Token::ListEnd => depth = depth.saturating_sub(1),
                Token::Name(_) | Token::Text(_) | Token::Number(_) | Token::Bool(_) | Token::Null => {}
            }
            if depth == 0 {
                return Ok(());
            }
            token = self.next()?.ok_or(Fault::Syntax)?;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eats(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn end(&mut self, token: Token<'t>) -> Result<Option<Token<'t>>, Fault> {
        self.open.pop();
        self.expected = Expected::More;
        Ok(Some(token))
    }

    fn begin(&mut self, token: Token<'t>, expected: Expected) -> Result<Token<'t>, Fault> {
        if self.open.len() >= DEPTH {
            return Err(Fault::TooDeep);
        }
        self.at += 1;
        self.open.push(matches!(token, Token::ObjectBegin));
        self.expected = expected;
        Ok(token)
    }

    fn name(&mut self) -> Result<Token<'t>, Fault> {
        let name = self.string()?;
        self.blank();
        if !self.eats(b':') {
            return Err(Fault::Syntax);
        }
        self.expected = Expected::Value;
        Ok(Token::Name(name))
    }

    fn value(&mut self) -> Result<Token<'t>, Fault> {
        match self.peek() {
            Some(b'{') => return self.begin(Token::ObjectBegin, Expected::FirstMember),
            Some(b'[') => return self.begin(Token::ListBegin, Expected::FirstElement),
            _ => {}
        }
        self.expected = Expected::More;
        match self.peek() {
            Some(b'"') => self.string().map(Token::Text),
            Some(b'-' | b'0'..=b'9') => self.number().map(Token::Number),
            Some(b't') => self.word("true", Token::Bool(true)),
            Some(b'f') => self.word("false", Token::Bool(false)),
            Some(b'n') => self.word("null", Token::Null),
            _ => Err(Fault::Syntax),
        }
    }

    fn word(&mut self, word: &str, token: Token<'t>) -> Result<Token<'t>, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(Fault::Syntax);
        }
        self.at += word.len();
        Ok(token)
    }

    fn since(&self, begin: usize) -> Result<&'t str, Fault> {
        self.text.get(begin..self.at).ok_or(Fault::Syntax)
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == begin { Err(Fault::Syntax) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<&'t str, Fault> {
        let begin = self.at;
        self.eats(b'-');
        // No digit follows a leading zero; what does is no comma and no end, and refused as such.
        if !self.eats(b'0') {
            self.digits()?;
        }
        if self.eats(b'.') {
            self.digits()?;
        }
        if self.eats(b'e') || self.eats(b'E') {
            let _ = self.eats(b'+') || self.eats(b'-');
            self.digits()?;
        }
        self.since(begin)
    }

    fn string(&mut self) -> Result<&'t str, Fault> {
        let begin = self.at;
        if !self.eats(b'"') {
            return Err(Fault::Syntax);
        }
        loop {
            match self.peek().ok_or(Fault::Syntax)? {
                b'"' => {
                    self.at += 1;
                    return self.since(begin);
                }
                b'\\' => self.escape()?,
                // Control characters are written as escapes.
                0..0x20 => return Err(Fault::Syntax),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        self.at += 1;
        let escaped = self.peek().ok_or(Fault::Syntax)?;
        self.at += 1;
        match escaped {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => match self.unit()? {
                // One half of a character alone is none; what readers make of it differs (RFC 8259 §8.2).
                0xdc00..0xe000 => Err(Fault::Syntax),
                0xd800..0xdc00 => {
                    let second = self.eats(b'\\') && self.eats(b'u');
                    if second && (0xdc00..0xe000).contains(&self.unit()?) {
                        Ok(())
                    } else {
                        Err(Fault::Syntax)
                    }
                }
                _ => Ok(()),
            },
            _ => Err(Fault::Syntax),
        }
    }

    fn unit(&mut self) -> Result<u32, Fault> {
        let digits = self.text.get(self.at..self.at.saturating_add(4)).ok_or(Fault::Syntax)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Fault::Syntax);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Fault::Syntax)
    }
}
