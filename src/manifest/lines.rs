//! Texts of one member a line, `word value`, in a fixed order: how manifests and suspensions are written. Every text
//! has one spelling; whoever parses writes the result again and compares.

use std::collections::VecDeque;

use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::foreign::is_unseen;
use crate::hex;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct TextFault {
    /// The line, counted from 1; 0 for the text as a whole.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// The lines of a text that are not taken yet.
pub(super) struct Lines<'a> {
    rest: VecDeque<(usize, &'a str)>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: (1..).zip(text.lines()).collect() }
    }

    /// A fault of the line that comes next.
    pub(super) fn fault(&self, problem: impl Into<String>) -> TextFault {
        TextFault { line: self.rest.front().map_or(0, |(line, _)| *line), problem: problem.into() }
    }

    /// Takes the value of the next line, which must begin with `word`.
    pub(super) fn take(&mut self, word: &str) -> Result<&'a str, TextFault> {
        self.optional(word).ok_or_else(|| self.fault(format!("here stands no `{word}`")))
    }

    /// Takes the value of the next line if that begins with `word`; of a line that is the word alone, nothing.
    pub(super) fn optional(&mut self, word: &str) -> Option<&'a str> {
        let (_, line) = self.rest.front()?;
        let value = match line.strip_prefix(word)? {
            "" => "",
            rest => rest.strip_prefix(' ')?,
        };
        self.rest.pop_front();
        Some(value)
    }

    /// Takes the next line as `word` and what `parse` makes of its value.
    pub(super) fn parsed<T>(
        &mut self,
        word: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, TextFault> {
        let line = self.fault("").line;
        let value = self.take(word)?;
        parse(value).ok_or_else(|| TextFault { line, problem: format!("`{value}` is no value of `{word}`") })
    }

    /// Takes all lines from here on that begin with `word`.
    pub(super) fn all<T>(
        &mut self,
        word: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, TextFault> {
        let mut values = Vec::new();
        while self.rest.front().is_some_and(|(_, line)| line.split(' ').next() == Some(word)) {
            values.push(self.parsed(word, &parse)?);
        }
        Ok(values)
    }

    /// Nothing may be left.
    pub(super) fn finish(self) -> Result<(), TextFault> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.fault("nothing may stand here")) }
    }
}

/// Holds `text` to the spelling that its meaning has.
pub(super) fn canonical(text: &str, meant: &str) -> Result<(), TextFault> {
    if text == meant {
        return Ok(());
    }
    let differs = text.lines().zip(meant.lines()).position(|(found, meant)| found != meant);
    let line = differs.map_or(0, |at| at + 1);
    Err(TextFault {
        line,
        problem: "not written in the one way that it must be, such as sorted lines".to_owned(),
    })
}

/// The digest by which texts name each other: SHA-256.
pub(super) fn digest(text: &str) -> Digest {
    DigestAlgorithm::Sha256.digest(text.as_bytes())
}

/// Parses 64 hexadecimal digits.
pub(super) fn parse_digest(text: &str) -> Option<Digest> {
    hex::decode::<32>(text).map(Digest::from)
}

/// Parses a time; whole seconds in UTC are the one spelling.
pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text)
}

/// The characters of a reason for people, at most; so many fit on a screen.
const REASON: usize = 500;

/// Parses a reason: 1 to 500 characters on one line, none of them one that moves or hides others.
pub(super) fn parse_reason(text: &str) -> Option<String> {
    fault_of_reason(text).is_none().then(|| text.to_owned())
}

/// What is wrong with a reason, if anything is.
pub fn fault_of_reason(text: &str) -> Option<String> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        Some("a reason takes at least a word".to_owned())
    } else if text.trim() != text {
        Some("a reason neither begins nor ends with a space".to_owned())
    } else if length > REASON {
        Some(format!("a reason has {REASON} characters at most, and this has {length}"))
    } else if text.contains(['\n', '\r']) {
        Some("a reason stands on one line".to_owned())
    } else if text.contains(is_unseen) {
        Some("a reason has no character that is not seen, or that turns what stands beside it".to_owned())
    } else {
        None
    }
}
