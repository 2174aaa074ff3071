//! The ByteRange of a signature (ISO 32000-2 §12.8.1), held against the bytes of the file.
//! What it leaves out must be the signature's own value and nothing more.

use std::ops::Range;

use super::history::Revision;
use super::object::{Object, Text};

/// A ByteRange that leaves out exactly the signature's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// What is left out, delimiters included.
    pub gap: Range<usize>,
    /// Where what is signed ends.
    pub end: usize,
    /// The revision that ends there.
    pub revision: usize,
}

/// What is wrong with a ByteRange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ByteRangeFault {
    /// There is none.
    #[error("there is no ByteRange")]
    Missing,
    /// It is not four numbers of which none is negative.
    #[error("it is not four whole numbers")]
    Malformed,
    /// It does not begin with the file, goes backwards, or leads out of the file.
    #[error("it does not begin with the file or leads out of it")]
    Bounds,
    /// What it leaves out is not exactly the signature's value.
    #[error("what it leaves out is not the signature's value alone")]
    Gap,
    /// It does not end where a revision ends.
    #[error("it does not end where a revision ends")]
    End,
}

impl ByteRange {
    /// Checks `array`, the entry of a signature whose value is `contents`, defined in revision `defined`.
    pub(super) fn check(
        array: &Object,
        contents: Option<&Text>,
        defined: usize,
        file: &[u8],
        revisions: &[Revision],
    ) -> Result<Self, ByteRangeFault> {
        let numbers = match array {
            Object::Null => return Err(ByteRangeFault::Missing),
            Object::Array(numbers) => numbers,
            _ => return Err(ByteRangeFault::Malformed),
        };
        let numbers: Option<Vec<usize>> =
            numbers.iter().map(|number| usize::try_from(number.integer()?).ok()).collect();
        let numbers: [usize; 4] =
            numbers.and_then(|numbers| numbers.try_into().ok()).ok_or(ByteRangeFault::Malformed)?;
        let [start, before, resume, after] = numbers;
        let end = resume.checked_add(after).ok_or(ByteRangeFault::Bounds)?;
        if start != 0 || before > resume || end > file.len() {
            return Err(ByteRangeFault::Bounds);
        }
        let gap = before..resume;
        let own = contents.filter(|contents| contents.hexadecimal).and_then(|contents| contents.span.clone());
        // Digits alone, so that nothing hides in the white space that a string may hold.
        let inside = file.get(gap.start.saturating_add(1)..gap.end.saturating_sub(1)).unwrap_or_default();
        if own != Some(gap.clone()) || !inside.iter().all(u8::is_ascii_hexdigit) {
            return Err(ByteRangeFault::Gap);
        }
        let ends = |revision: &&(usize, &Revision)| {
            let (number, revision) = revision;
            *number >= defined && (revision.end_of_file..=revision.span.end).contains(&end)
        };
        let numbered: Vec<(usize, &Revision)> = revisions.iter().enumerate().collect();
        let revision = numbered.iter().find(ends).map(|(number, _)| *number).ok_or(ByteRangeFault::End)?;
        Ok(Self { gap, end, revision })
    }

    /// What is signed, out of `file`.
    pub fn content(&self, file: &[u8]) -> Vec<u8> {
        let before = file.get(..self.gap.start).unwrap_or_default();
        let after = file.get(self.gap.end..self.end).unwrap_or_default();
        [before, after].concat()
    }
}
