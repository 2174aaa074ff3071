//! One cross-reference section, table or stream, with its trailer (ISO 32000-2 §7.5.4 to §7.5.8).
//! What does not parse is a fault: rebuilding a table is how readers come to see different documents.

use std::collections::BTreeMap;
use std::ops::Range;

use super::lexer::{Lexer, Token};
use super::object::{Dictionary, Object};
use super::{Error, Fault, filter, parser};
use crate::budget::Budget;

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Entry {
    /// There is none.
    Free,
    /// At an offset of the file, with a generation.
    File(usize, u16),
    /// In the object stream of this number, at this index.
    Stream(u32, u32),
}

/// A cross-reference section.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) offset: usize,
    /// Behind the trailer, or behind the stream's `endobj`.
    pub(super) end: usize,
    pub(super) entries: BTreeMap<u32, Entry>,
    pub(super) trailer: Dictionary,
    pub(super) previous: Option<usize>,
    /// The cross-reference stream beside a table (§7.5.8.4).
    pub(super) hybrid: Option<usize>,
    pub(super) marker: Option<Marker>,
}

/// `startxref`, its number, `%%EOF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// The offset that it states.
    pub(super) value: usize,
    /// From `startxref` to behind `%%EOF`.
    pub(super) span: Range<usize>,
    /// Behind the white space that follows.
    pub(super) end: usize,
}

impl Marker {
    /// Reads the marker that stands at `position`, white space and comments before it aside.
    pub(super) fn read(file: &[u8], position: usize) -> Option<Self> {
        let mut lexer = Lexer::file(file, position);
        lexer.skip();
        let start = lexer.position();
        if !lexer.take(b"startxref") {
            return None;
        }
        lexer.skip_white();
        let Ok(Token::Integer(value)) = lexer.token() else { return None };
        lexer.skip_white();
        if !lexer.take(b"%%EOF") {
            return None;
        }
        let span = start..lexer.position();
        lexer.skip_white();
        Some(Self { value: usize::try_from(value).ok()?, span, end: lexer.position() })
    }
}

impl Section {
    /// Reads the section at `offset`.
    pub(super) fn read(file: &[u8], offset: usize, budget: &mut Budget) -> Result<Self, Error> {
        let mut lexer = Lexer::file(file, offset);
        if lexer.take(b"xref") {
            return table(file, lexer, offset, budget);
        }
        if !lexer.rest().first().is_some_and(u8::is_ascii_digit) {
            return Err(xref("no cross-reference stands where one should", offset));
        }
        stream(file, offset, budget)
    }

    fn new(offset: usize, end: usize, trailer: Dictionary, file: &[u8]) -> Result<Self, Error> {
        let at = |key: &str| match trailer.get(key) {
            Object::Null => Ok(None),
            Object::Integer(at) => {
                usize::try_from(*at).map(Some).map_err(|_| xref("an offset is negative", offset))
            }
            _ => Err(xref("an offset is not an integer", offset)),
        };
        let (previous, hybrid) = (at("Prev")?, at("XRefStm")?);
        let marker = Marker::read(file, end);
        Ok(Self { offset, end, entries: BTreeMap::new(), trailer, previous, hybrid, marker })
    }

    fn insert(&mut self, number: u64, entry: Entry) -> Result<(), Error> {
        let number =
            u32::try_from(number).map_err(|_| xref("an object's number is out of range", self.offset))?;
        match self.entries.insert(number, entry) {
            None => Ok(()),
            Some(_) => {
                let fault = Fault::Ambiguous("a cross-reference names one object twice");
                Err(Error { fault, offset: self.offset })
            }
        }
    }
}

const fn xref(what: &'static str, offset: usize) -> Error {
    Error { fault: Fault::Xref(what), offset }
}

/// Reads a table behind its keyword.
fn table(file: &[u8], mut lexer: Lexer<'_>, offset: usize, budget: &mut Budget) -> Result<Section, Error> {
    let mut rows: Vec<(u64, Entry)> = Vec::new();
    loop {
        let first = match lexer.token()? {
            Token::Keyword(b"trailer") => break,
            Token::Integer(first) => first,
            _ => return Err(xref("a cross-reference table is malformed", lexer.position())),
        };
        let Token::Integer(count) = lexer.token()? else {
            return Err(xref("a cross-reference table is malformed", lexer.position()));
        };
        lexer.skip_white();
        let (Ok(first), Ok(count)) = (u64::try_from(first), u64::try_from(count)) else {
            return Err(xref("a cross-reference table is malformed", lexer.position()));
        };
        for number in (first..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
            let row = lexer.rest().first_chunk::<20>().and_then(row);
            let row = row.ok_or(xref("a row of the cross-reference is malformed", lexer.position()))?;
            budget.pdf_object().map_err(|exhausted| Error::from(exhausted).at(offset))?;
            rows.push((number, row));
            lexer.advance(20);
        }
    }
    let trailer = parser::dictionary(&mut lexer, budget)?;
    budget.pdf_bytes(lexer.position().saturating_sub(offset) as u64)?;
    let mut section = Section::new(offset, lexer.position(), trailer, file)?;
    for (number, row) in rows {
        section.insert(number, row)?;
    }
    Ok(section)
}

/// A row of a table, always twenty bytes (§7.5.4).
fn row(row: &[u8; 20]) -> Option<Entry> {
    let text = std::str::from_utf8(row).ok()?;
    let (offset, rest) = text.split_at_checked(10)?;
    let (generation, rest) = rest.strip_prefix(' ')?.split_at_checked(5)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(offset) || !digits(generation) {
        return None;
    }
    match rest {
        " n \n" | " n \r" | " n\r\n" => Some(Entry::File(offset.parse().ok()?, generation.parse().ok()?)),
        " f \n" | " f \r" | " f\r\n" => Some(Entry::Free),
        _ => None,
    }
}

/// Reads a cross-reference stream (§7.5.8).
fn stream(file: &[u8], offset: usize, budget: &mut Budget) -> Result<Section, Error> {
    let mut length =
        |_, _: &mut Budget| Err(xref("a cross-reference stream's length is not written in it", offset));
    let indirect = parser::indirect(file, offset, budget, &mut length)?;
    let Object::Stream(stream) = indirect.object else {
        return Err(xref("no cross-reference stands where one should", offset));
    };
    if !stream.dictionary.get("Type").is_name("XRef") {
        return Err(xref("no cross-reference stands where one should", offset));
    }
    let data = file.get(stream.data.clone()).unwrap_or_default();
    let data = filter::decode(&stream.dictionary, data, budget).map_err(|fault| Error { fault, offset })?;
    let layout = Layout::of(&stream.dictionary)
        .ok_or(xref("a cross-reference stream's layout is malformed", offset))?;
    let mut section = Section::new(offset, indirect.span.end, stream.dictionary, file)?;
    let mut rows = data.chunks_exact(layout.row());
    for (first, count) in layout.index {
        for number in (first..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
            budget.pdf_object().map_err(|exhausted| Error::from(exhausted).at(offset))?;
            let row = rows.next().ok_or(xref("a cross-reference stream is cut off", offset))?;
            let entry =
                entry(row, layout.widths).ok_or(xref("a row of the cross-reference is malformed", offset))?;
            section.insert(number, entry)?;
        }
    }
    if rows.next().is_some() {
        return Err(xref("a cross-reference stream has rows left over", offset));
    }
    Ok(section)
}

/// Widths of the three fields, and which numbers the rows stand for.
struct Layout {
    widths: [usize; 3],
    index: Vec<(u64, u64)>,
}

impl Layout {
    fn of(dictionary: &Dictionary) -> Option<Self> {
        let numbers = |object: &Object| -> Option<Vec<u64>> {
            object.array()?.iter().map(|number| u64::try_from(number.integer()?).ok()).collect()
        };
        let widths: [u64; 3] = numbers(dictionary.get("W"))?.try_into().ok()?;
        // Eight bytes hold any offset.
        let widths = widths.map(|width| usize::try_from(width).unwrap_or(usize::MAX));
        if widths.iter().any(|width| *width > 8) || widths.iter().sum::<usize>() == 0 {
            return None;
        }
        let index = match dictionary.get("Index") {
            Object::Null => vec![(0, u64::try_from(dictionary.get("Size").integer()?).ok()?)],
            index => {
                let numbers = numbers(index)?;
                let (pairs, rest) = numbers.as_chunks::<2>();
                if !rest.is_empty() {
                    return None;
                }
                pairs.iter().map(|[first, count]| (*first, *count)).collect()
            }
        };
        Some(Self { widths, index })
    }

    fn row(&self) -> usize {
        self.widths.iter().sum::<usize>().max(1)
    }
}

/// A row of a stream (§7.5.8.3, table 18).
fn entry(row: &[u8], [kind, second, third]: [usize; 3]) -> Option<Entry> {
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let (first, rest) = row.split_at_checked(kind)?;
    let (second, rest) = rest.split_at_checked(second)?;
    let (third, _) = rest.split_at_checked(third)?;
    match if kind == 0 { 1 } else { number(first) } {
        0 => Some(Entry::Free),
        1 => Some(Entry::File(usize::try_from(number(second)).ok()?, u16::try_from(number(third)).ok()?)),
        2 => Some(Entry::Stream(u32::try_from(number(second)).ok()?, u32::try_from(number(third)).ok()?)),
        _ => None,
    }
}
