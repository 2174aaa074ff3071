//! Values from tokens, and indirect objects with their frames (ISO 32000-2 §7.3.7 to §7.3.10).

use std::ops::Range;

use super::lexer::{Lexer, Token};
use super::object::{Dictionary, Object, Reference, Stream, TwoValues};
use super::{Error, Fault};
use crate::budget::Budget;

/// Values nested in each other. Files of the field nest fewer than 20; each level costs a frame of the stack.
const DEPTH: usize = 64;

/// An indirect object as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Indirect {
    pub(super) reference: Reference,
    pub(super) object: Object,
    /// From its number to behind `endobj`.
    pub(super) span: Range<usize>,
}

/// Reads one value.
pub(super) fn value(lexer: &mut Lexer<'_>, budget: &mut Budget) -> Result<Object, Error> {
    let token = lexer.token()?;
    nested(lexer, token, DEPTH, budget)
}

/// Reads the dictionary that stands here.
pub(super) fn dictionary(lexer: &mut Lexer<'_>, budget: &mut Budget) -> Result<Dictionary, Error> {
    match value(lexer, budget)? {
        Object::Dictionary(dictionary) => Ok(dictionary),
        _ => Err(lexer.fault("no dictionary where one belongs")),
    }
}

/// Reads the indirect object at `offset` of `file`; `length` finds the length of a stream that refers to it.
pub(super) fn indirect(
    file: &[u8],
    offset: usize,
    budget: &mut Budget,
    length: &mut dyn FnMut(Reference, &mut Budget) -> Result<i64, Error>,
) -> Result<Indirect, Error> {
    let mut lexer = Lexer::file(file, offset);
    let read = framed(&mut lexer, offset, budget, length);
    let stepped_over = match &read {
        Ok(Indirect { object: Object::Stream(stream), .. }) => stream.data.len(),
        _ => 0,
    };
    // Whether it succeeds or not: thousands of offsets could lead into one long string or comment.
    let bytes = lexer.position().min(file.len()).saturating_sub(offset).saturating_sub(stepped_over);
    budget.pdf_bytes(bytes as u64).map_err(|exhausted| Error::from(exhausted).at(offset))?;
    read
}

fn framed(
    lexer: &mut Lexer<'_>,
    offset: usize,
    budget: &mut Budget,
    length: &mut dyn FnMut(Reference, &mut Budget) -> Result<i64, Error>,
) -> Result<Indirect, Error> {
    lexer.skip_white();
    let start = lexer.position();
    let (Token::Integer(number), Token::Integer(generation)) = (lexer.token()?, lexer.token()?) else {
        return Err(Error { fault: Fault::Xref("no object stands where one should"), offset });
    };
    if lexer.token()? != Token::Keyword(b"obj") {
        return Err(Error { fault: Fault::Xref("no object stands where one should"), offset });
    }
    let reference = reference(number, generation).ok_or(lexer.fault("an object's number is out of range"))?;
    let mut object = value(lexer, budget)?;
    if object.reference().is_some() {
        return Err(lexer.fault("an object is nothing but a reference"));
    }
    if let Object::Dictionary(dictionary) = &mut object {
        let before = lexer.clone();
        if lexer.token()? == Token::Keyword(b"stream") {
            let length = match dictionary.get("Length") {
                Object::Integer(length) => *length,
                Object::Reference(reference) => length(*reference, budget)?,
                _ => return Err(lexer.fault("a stream has no length")),
            };
            let data = stream(lexer, length)?;
            object = Object::Stream(Box::new(Stream { dictionary: std::mem::take(dictionary), data }));
        } else {
            *lexer = before;
        }
    }
    if lexer.token()? != Token::Keyword(b"endobj") {
        return Err(lexer.fault("an object does not end"));
    }
    Ok(Indirect { reference, object, span: start..lexer.position() })
}

/// The place of a stream's bytes, `stream` being read already.
fn stream(lexer: &mut Lexer<'_>, length: i64) -> Result<Range<usize>, Error> {
    // §7.3.8.1: a carriage return alone does not end the line.
    if !lexer.take(b"\r\n") && !lexer.take(b"\n") {
        return Err(lexer.fault("`stream` does not end its line"));
    }
    let start = lexer.position();
    let length = usize::try_from(length).map_err(|_| lexer.fault("a stream's length is negative"))?;
    if lexer.rest().len() < length {
        return Err(lexer.fault("a stream is cut off"));
    }
    lexer.advance(length);
    let end = lexer.position();
    lexer.skip_white();
    if !lexer.take(b"endstream") {
        return Err(lexer.fault("a stream does not have its stated length"));
    }
    Ok(start..end)
}

fn nested(
    lexer: &mut Lexer<'_>,
    token: Token<'_>,
    depth: usize,
    budget: &mut Budget,
) -> Result<Object, Error> {
    budget.pdf_value().map_err(|exhausted| Error::from(exhausted).at(lexer.position()))?;
    let depth = depth.checked_sub(1).ok_or(lexer.fault("values nest too deep"))?;
    Ok(match token {
        Token::Integer(number) => reference_or_integer(lexer, number)?,
        Token::Real(number) => Object::Real(number),
        Token::Name(name) => Object::Name(name),
        Token::String(text) => {
            // Its frame takes as much memory again as other values do.
            budget.pdf_value().map_err(|exhausted| Error::from(exhausted).at(lexer.position()))?;
            Object::String(Box::new(text))
        }
        Token::ArrayOpen => {
            let mut elements = Vec::new();
            loop {
                match lexer.token()? {
                    Token::ArrayClose => break,
                    token => elements.push(nested(lexer, token, depth, budget)?),
                }
            }
            elements.shrink_to_fit();
            Object::Array(elements)
        }
        Token::DictionaryOpen => Object::Dictionary(entries(lexer, depth, budget)?),
        Token::Keyword(b"true") => Object::Boolean(true),
        Token::Keyword(b"false") => Object::Boolean(false),
        Token::Keyword(b"null") => Object::Null,
        Token::ArrayClose | Token::DictionaryClose | Token::Keyword(_) => {
            return Err(lexer.fault("no value where one belongs"));
        }
        Token::End => return Err(lexer.fault("the file ends inside a value")),
    })
}

fn entries(lexer: &mut Lexer<'_>, depth: usize, budget: &mut Budget) -> Result<Dictionary, Error> {
    let mut entries = Vec::new();
    loop {
        let key = match lexer.token()? {
            Token::DictionaryClose => break,
            Token::Name(key) => key,
            _ => return Err(lexer.fault("a dictionary's key is not a name")),
        };
        let token = lexer.token()?;
        entries.push((key, nested(lexer, token, depth, budget)?));
    }
    Dictionary::new(entries).map_err(|TwoValues| Error {
        fault: Fault::Ambiguous("a dictionary has one key with two values"),
        offset: lexer.position(),
    })
}

fn reference_or_integer(lexer: &mut Lexer<'_>, number: i64) -> Result<Object, Error> {
    let mut ahead = lexer.clone();
    let begins = |lexer: &Lexer<'_>| lexer.rest().first().is_some_and(u8::is_ascii_digit);
    ahead.skip();
    if !begins(&ahead) {
        return Ok(Object::Integer(number));
    }
    let Ok(Token::Integer(generation)) = ahead.token() else { return Ok(Object::Integer(number)) };
    if !matches!(ahead.token(), Ok(Token::Keyword(b"R"))) {
        return Ok(Object::Integer(number));
    }
    let fault = lexer.fault("a reference is out of range");
    *lexer = ahead;
    reference(number, generation).map(Object::Reference).ok_or(fault)
}

fn reference(number: i64, generation: i64) -> Option<Reference> {
    Some(Reference { number: u32::try_from(number).ok()?, generation: u16::try_from(generation).ok()? })
}
