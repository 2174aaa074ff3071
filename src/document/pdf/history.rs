//! The revisions of a file: each incremental update with its cross-reference and its end (ISO 32000-2 §7.5.6).
//! Together they account for every byte of the file, in order and without gaps.

use std::ops::Range;

use super::xref::{Marker, Section};
use super::{Error, Fault};
use crate::budget::Budget;

/// One generation of the document: what was written at once.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its bytes, white space at the end included.
    pub span: Range<usize>,
    /// Behind its `%%EOF`.
    pub end_of_file: usize,
    /// Whether a table and a stream stand side by side (§7.5.8.4), of which old readers see only the first.
    pub hybrid: bool,
    /// From newest to oldest; two in a file made for fast display (annex F), and one for a hybrid's stream.
    pub(super) sections: Vec<Section>,
}

/// What was found about the file as a whole.
pub(super) struct History {
    /// From oldest to newest.
    pub(super) revisions: Vec<Revision>,
    /// Bytes behind the last revision.
    pub(super) trailing: Range<usize>,
}

/// Checks the header, and follows the chain of cross-references from the end of `file`.
pub(super) fn read(file: &[u8], budget: &mut Budget) -> Result<History, Error> {
    check_header(file)?;
    let last = last_marker(file)?;
    let mut newest_first: Vec<Revision> = Vec::new();
    let (mut next, mut limit) = (Some(last.value), file.len());
    while let Some(offset) = next {
        budget.pdf_revision().map_err(|exhausted| Error::from(exhausted).at(offset))?;
        let (revision, previous) = revision(file, Section::read(file, offset, budget)?, budget)?;
        if revision.span.end > limit {
            return Err(xref("revisions overlap", offset));
        }
        if let Some(newer) = newest_first.last_mut() {
            newer.span.start = revision.span.end;
        }
        // The limit falls with every step, so that a chain cannot go round.
        (next, limit) = (previous, offset);
        newest_first.push(revision);
    }
    let Some(newest) = newest_first.first() else { return Err(xref("there is no cross-reference", 0)) };
    // A marker set apart from its section could lead back to an older state of the document.
    if newest.end_of_file != last.span.end {
        return Err(xref("the last marker does not belong to the last cross-reference", last.span.start));
    }
    let trailing = newest.span.end..file.len();
    newest_first.reverse();
    Ok(History { revisions: newest_first, trailing })
}

const fn xref(what: &'static str, offset: usize) -> Error {
    Error { fault: Fault::Xref(what), offset }
}

/// §7.5.2: the versions there are.
fn check_header(file: &[u8]) -> Result<(), Error> {
    let fault = Error { fault: Fault::Header("the first line does not name a version of PDF"), offset: 0 };
    let version = file.strip_prefix(b"%PDF-").and_then(|rest| rest.first_chunk::<4>()).ok_or(fault)?;
    match version {
        [b'1', b'.', b'0'..=b'7', end] | [b'2', b'.', b'0', end] if end.is_ascii_whitespace() => Ok(()),
        _ => Err(fault),
    }
}

/// The marker that stands last in the file.
fn last_marker(file: &[u8]) -> Result<Marker, Error> {
    let word = b"startxref";
    let start = file
        .windows(word.len())
        .rposition(|window| window == word)
        .ok_or(xref("there is no `startxref`", file.len()))?;
    Marker::read(file, start).ok_or(xref("the last `startxref` is malformed", start))
}

/// The revision that `section` belongs to, and the offset of the one before.
fn revision(file: &[u8], section: Section, budget: &mut Budget) -> Result<(Revision, Option<usize>), Error> {
    let (offset, previous) = (section.offset, section.previous);
    let own = section.marker.clone().filter(|marker| marker.value == offset);
    let mut sections = vec![section];
    let (marker, previous) = match own {
        Some(marker) => (marker, previous),
        // Annex F: the first page's section stands at the front and leads to the main one, whose marker leads back.
        None => {
            let fault = xref("no end of file belongs to the cross-reference", offset);
            let main = Section::read(file, previous.filter(|main| *main > offset).ok_or(fault)?, budget)?;
            let marker = main.marker.clone().filter(|marker| marker.value == offset).ok_or(fault)?;
            if main.previous.is_some() {
                return Err(xref("a linearized file has a cross-reference before its main one", main.offset));
            }
            sections.push(main);
            (marker, None)
        }
    };
    let beside: Vec<usize> = sections.iter().filter_map(|section| section.hybrid).collect();
    for offset in &beside {
        let stream = Section::read(file, *offset, budget)?;
        if *offset >= marker.span.start || stream.hybrid.is_some() {
            return Err(xref("the stream beside a table stands where it may not", *offset));
        }
        sections.push(stream);
    }
    let span = 0..marker.end;
    let revision = Revision { span, end_of_file: marker.span.end, hybrid: !beside.is_empty(), sections };
    Ok((revision, previous))
}
