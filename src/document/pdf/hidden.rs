//! Bytes that belong to no object, cross-reference or marker: where shadow attacks keep what they bring forth later.
//! Whether such bytes do harm is not decided here; sloppy writers leave some as well.

use std::ops::Range;

use super::lexer::{Lexer, is_white};
use super::store::Pdf;
use super::xref::{Entry, Marker};
use super::{Error, Fault};
use crate::budget::Budget;

impl Pdf<'_> {
    /// The ranges of bytes of all revisions up to `revision` that belong to nothing, in order.
    pub fn hidden(&mut self, revision: usize, budget: &mut Budget) -> Result<Vec<Range<usize>>, Error> {
        let mut known = self.frames(revision);
        let offsets: Vec<(usize, usize)> = self.listed(revision).collect();
        for (offset, since) in offsets {
            match self.extent(offset, since, budget) {
                Ok(span) => known.push(span),
                Err(error @ Error { fault: Fault::Exhausted(_), .. }) => return Err(error),
                // What cannot be parsed belongs to nothing; if anything refers to it, that is where it is refused.
                Err(_) => {}
            }
        }
        known.sort_by_key(|span| span.start);
        let end = self.revisions().get(revision).map_or(0, |revision| revision.span.end);
        let mut hidden = Vec::new();
        let mut at = 0;
        for span in known.into_iter().chain(std::iter::once(end..end)) {
            hidden.extend(self.visible_part(at, span.start.min(end)));
            at = at.max(span.end);
        }
        Ok(hidden)
    }

    /// Cross-references and markers, those of lost revisions not among them.
    fn frames(&self, revision: usize) -> Vec<Range<usize>> {
        let mut known = Vec::new();
        for revision in self.revisions().iter().take(revision + 1) {
            for section in &revision.sections {
                known.push(section.offset..section.end);
                known.extend(Marker::read(self.file(), section.end).map(|marker| marker.span));
            }
        }
        known
    }

    /// The offsets at which objects stand, with the revision that says so.
    fn listed(&self, revision: usize) -> impl Iterator<Item = (usize, usize)> {
        let revisions = self.revisions().iter().enumerate().take(revision + 1);
        let entries = revisions.flat_map(|(number, revision)| {
            let sections = revision.sections.iter().flat_map(|section| section.entries.values());
            sections.map(move |entry| (number, entry))
        });
        entries.filter_map(|(number, entry)| match entry {
            Entry::File(offset, _) => Some((*offset, number)),
            Entry::Free | Entry::Stream(..) => None,
        })
    }

    /// What is left between `start` and `end` once white space and comments are taken away from the front.
    fn visible_part(&self, start: usize, end: usize) -> Option<Range<usize>> {
        let mut lexer = Lexer::file(self.file().get(..end)?, start);
        lexer.skip();
        let rest = lexer.rest();
        let length = rest.len() - rest.iter().rev().take_while(|byte| is_white(**byte)).count();
        (length > 0).then(|| lexer.position()..lexer.position() + length)
    }
}
