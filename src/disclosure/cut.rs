//! Goes along a document and the rules of an agreement at once, and writes down what is released. What no rule names is
//! read past and counted; nothing of it is ever held.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::document::{Document, plain};
use super::scan::{Fault, Scanner, Token};
use crate::policy::{Masked, Node, Release, Rule, Scalar};

/// The released part of `data` as JSON, and how many values were dropped as unknown.
pub(super) fn cut(release: &Release, data: &Document) -> (String, usize) {
    let mut cutter = Cutter { scanner: Scanner::new(data.text()), out: String::new(), dropped: 0 };
    match cutter.whole(release) {
        Ok(()) => (cutter.out, cutter.dropped),
        // The document was looked through, so this does not come; if it did, nothing would leave.
        Err(_) => ("null".to_owned(), cutter.dropped),
    }
}

struct Cutter<'t> {
    scanner: Scanner<'t>,
    out: String,
    dropped: usize,
}

impl<'t> Cutter<'t> {
    fn next(&mut self) -> Result<Token<'t>, Fault> {
        self.scanner.next()?.ok_or(Fault::Syntax)
    }

    /// Providers answer with one record or with rows of them.
    fn whole(&mut self, release: &Release) -> Result<(), Fault> {
        let written = match self.next()? {
            Token::ListBegin => self.list(|cutter, row| cutter.object(release.keys(), row))?,
            Token::Null => false,
            one => self.object(release.keys(), one)?,
        };
        if !written {
            self.out.push_str("null");
        }
        Ok(())
    }

    /// Writes the elements that `element` writes.
    fn list(
        &mut self,
        mut element: impl FnMut(&mut Self, Token<'t>) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        self.out.push('[');
        let mut first = true;
        loop {
            match self.next()? {
                Token::ListEnd => break,
                token => {
                    let before = self.separate(first);
                    let written = element(self, token)?;
                    first = self.keep(before, written) && first;
                }
            }
        }
        self.out.push(']');
        Ok(true)
    }

    /// Writes what `keys` release of the object that begins with `token`; false if it is none.
    fn object(&mut self, keys: &BTreeMap<String, Node>, token: Token<'t>) -> Result<bool, Fault> {
        if token != Token::ObjectBegin {
            return self.unknown(token);
        }
        self.out.push('{');
        let mut first = true;
        while let Token::Name(raw) = self.next()? {
            let value = self.next()?;
            let node = plain(raw).and_then(|name| keys.get_key_value(name.as_ref()));
            let Some((name, node)) = node else {
                self.unknown(value)?;
                continue;
            };
            let before = self.separate(first);
            // Names of the catalog need no escapes.
            let _ = write!(self.out, "\"{name}\":");
            let written = self.field(node, value)?;
            first = self.keep(before, written) && first;
        }
        self.out.push('}');
        Ok(true)
    }

    fn field(&mut self, node: &Node, token: Token<'t>) -> Result<bool, Fault> {
        match (node.rule, token) {
            // Neither a field that is withheld nor a container without a released one says anything, not even how long it is.
            _ if !node.releases => self.scanner.skip(token).map(|()| false),
            (None, Token::Null) => Ok(false),
            (Some(_), Token::Null) => {
                self.out.push_str("null");
                Ok(true)
            }
            (_, Token::ListBegin) if node.list => self.list(|cutter, one| cutter.element(node, one)),
            _ if node.list => self.unknown(token),
            _ => self.element(node, token),
        }
    }

    fn element(&mut self, node: &Node, token: Token<'t>) -> Result<bool, Fault> {
        let Some(rule) = node.rule else { return self.object(&node.children, token) };
        let (scalar, raw) = match token {
            Token::Null => (Scalar::Null, "null"),
            Token::Bool(bool) => (Scalar::Bool(bool), if bool { "true" } else { "false" }),
            Token::Number(raw) => (Scalar::Number(raw), raw),
            Token::Text(raw) => (Scalar::Text(plain(raw).ok_or(Fault::Syntax)?), raw),
            // A field is a single value; whatever hides below it is nothing the catalog knows.
            Token::ObjectBegin | Token::ListBegin => return self.unknown(token),
            Token::Name(_) | Token::ObjectEnd | Token::ListEnd => return Err(Fault::Syntax),
        };
        match rule {
            Rule::Withhold => return Ok(false),
            Rule::Release(None) => self.out.push_str(raw),
            Rule::Release(Some(mask)) => match mask.apply(&scalar) {
                Masked::Null => self.out.push_str("null"),
                Masked::Bool(bool) => self.out.push_str(if bool { "true" } else { "false" }),
                Masked::Text(text) => {
                    self.out.push_str(&serde_json::Value::from(text).to_string());
                }
            },
        }
        Ok(true)
    }

    fn unknown(&mut self, token: Token<'t>) -> Result<bool, Fault> {
        self.dropped = self.dropped.saturating_add(1);
        self.scanner.skip(token).map(|()| false)
    }

    /// Writes a comma where something stands before; returns where to go back to if nothing follows.
    fn separate(&mut self, first: bool) -> usize {
        let before = self.out.len();
        if !first {
            self.out.push(',');
        }
        before
    }

    /// Goes back to `before` unless something was `written`; true as long as nothing stands there.
    fn keep(&mut self, before: usize, written: bool) -> bool {
        if !written {
            self.out.truncate(before);
        }
        !written
    }
}
