//! Tokens of PDF (ISO 32000-2 §7.2, §7.3): white space, comments, numbers, names, strings, delimiters, keywords.
//! Where the standard leaves a sloppy form to readers' goodwill, this one refuses.

use super::object::Text;
use super::{Error, Fault};

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Integer(i64),
    Real(f64),
    Name(Vec<u8>),
    String(Text),
    ArrayOpen,
    ArrayClose,
    DictionaryOpen,
    DictionaryClose,
    Keyword(&'a [u8]),
    End,
}

/// A cursor over bytes of a file or of an object stream.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    position: usize,
    /// Whether positions are those of the file.
    in_file: bool,
}

/// §7.2.3, table 1.
pub(super) const fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// §7.2.3, table 2.
const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

const fn is_regular(byte: u8) -> bool {
    !is_white(byte) && !is_delimiter(byte)
}

impl<'a> Lexer<'a> {
    /// A cursor over the file's `bytes` from `position` on.
    pub(super) const fn file(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position, in_file: true }
    }

    /// A cursor over the `bytes` of an object stream from `position` on.
    pub(super) const fn stream(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position, in_file: false }
    }

    /// Where the next byte is.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// Steps over `count` bytes.
    pub(super) const fn advance(&mut self, count: usize) {
        self.position = self.position.saturating_add(count);
    }

    /// Steps over white space alone.
    pub(super) fn skip_white(&mut self) {
        self.advance(self.rest().iter().take_while(|byte| is_white(**byte)).count());
    }

    /// Steps over white space and comments.
    pub(super) fn skip(&mut self) {
        loop {
            self.skip_white();
            if self.rest().first() != Some(&b'%') {
                return;
            }
            self.advance(self.rest().iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count());
        }
    }

    /// Steps over `word` if it stands here.
    pub(super) fn take(&mut self, word: &[u8]) -> bool {
        let here = self.rest().starts_with(word);
        if here {
            self.advance(word.len());
        }
        here
    }

    /// The fault `what` at this position.
    pub(super) const fn fault(&self, what: &'static str) -> Error {
        Error { fault: Fault::Syntax(what), offset: self.position }
    }

    /// The next token.
    pub(super) fn token(&mut self) -> Result<Token<'a>, Error> {
        self.skip();
        let start = self.position;
        let two = self.rest().first_chunk::<2>();
        let Some(&first) = self.rest().first() else { return Ok(Token::End) };
        match (first, two) {
            (b'<', Some(b"<<")) => {
                self.advance(2);
                Ok(Token::DictionaryOpen)
            }
            (b'>', Some(b">>")) => {
                self.advance(2);
                Ok(Token::DictionaryClose)
            }
            (b'[', _) => {
                self.advance(1);
                Ok(Token::ArrayOpen)
            }
            (b']', _) => {
                self.advance(1);
                Ok(Token::ArrayClose)
            }
            (b'/', _) => self.name(),
            (b'(', _) => {
                let bytes = self.literal()?;
                Ok(self.string(bytes, start, false))
            }
            (b'<', _) => {
                let bytes = self.hexadecimal()?;
                Ok(self.string(bytes, start, true))
            }
            (b'0'..=b'9' | b'+' | b'-' | b'.', _) => self.number(),
            (byte, _) if is_regular(byte) => Ok(Token::Keyword(self.regular())),
            _ => Err(self.fault("a delimiter where none belongs")),
        }
    }

    fn string(&self, bytes: Vec<u8>, start: usize, hexadecimal: bool) -> Token<'a> {
        let span = self.in_file.then_some(start..self.position);
        Token::String(Text { bytes, span, hexadecimal })
    }

    fn regular(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| is_regular(**byte)).count();
        self.advance(length);
        rest.get(..length).unwrap_or_default()
    }

    fn number(&mut self) -> Result<Token<'a>, Error> {
        let fault = self.fault("a number is malformed");
        let text = std::str::from_utf8(self.regular()).map_err(|_| fault)?;
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !plain || !digits.bytes().any(|byte| byte.is_ascii_digit()) {
            return Err(fault);
        }
        // Rust reads every form that is left, `4.` and `-.5` included, and refuses a second point.
        if digits.contains('.') {
            text.parse().map(Token::Real).map_err(|_| fault)
        } else {
            text.parse().map(Token::Integer).map_err(|_| fault)
        }
    }

    fn name(&mut self) -> Result<Token<'a>, Error> {
        self.advance(1);
        let raw = self.regular();
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((&byte, after)) = rest.split_first() {
            // §7.3.5; a number sign that no digits follow is what PDF 1.1 wrote for itself.
            match (byte, after) {
                (b'#', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    name.push(digit(*high) << 4 | digit(*low));
                    rest = after;
                }
                _ => {
                    name.push(byte);
                    rest = after;
                }
            }
        }
        Ok(Token::Name(name))
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, Error> {
        self.advance(1);
        let mut bytes = Vec::new();
        let mut half = None;
        loop {
            let Some(&byte) = self.rest().first() else { return Err(self.fault("a string does not end")) };
            match byte {
                b'>' => {
                    self.advance(1);
                    // §7.3.4.3: a missing last digit is zero.
                    bytes.extend(half.map(|high: u8| high << 4));
                    return Ok(bytes);
                }
                byte if byte.is_ascii_hexdigit() => match half.take() {
                    Some(high) => bytes.push(high << 4 | digit(byte)),
                    None => half = Some(digit(byte)),
                },
                byte if is_white(byte) => {}
                _ => return Err(self.fault("a hexadecimal string has another character")),
            }
            self.advance(1);
        }
    }

    fn literal(&mut self) -> Result<Vec<u8>, Error> {
        self.advance(1);
        let mut bytes = Vec::new();
        let mut open = 1_usize;
        loop {
            let Some(&byte) = self.rest().first() else { return Err(self.fault("a string does not end")) };
            self.advance(1);
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(bytes);
                    }
                }
                b'\\' => {
                    bytes.extend(self.escape());
                    continue;
                }
                // §7.3.4.2: every end of line counts as a line feed.
                b'\r' => {
                    self.take(b"\n");
                    bytes.push(b'\n');
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
        }
    }

    /// What follows a reverse solidus (§7.3.4.2, table 3).
    fn escape(&mut self) -> Option<u8> {
        let &byte = self.rest().first()?;
        self.advance(1);
        Some(match byte {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 0x0c,
            b'\n' => return None,
            b'\r' => {
                self.take(b"\n");
                return None;
            }
            b'0'..=b'7' => {
                let mut code = byte - b'0';
                for _ in 0..2 {
                    let Some(&next @ b'0'..=b'7') = self.rest().first() else { break };
                    self.advance(1);
                    // High-order overflow is ignored.
                    code = code << 3 | (next - b'0');
                }
                code
            }
            other => other,
        })
    }
}

/// The value of a hexadecimal digit.
const fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => 0,
    }
}
