//! One reason as a judgement gives it: its code, where it was found, and particulars. What codes there are, and what each
//! says, stands in the table.

use serde::Serialize;

use super::super::phrase;
use super::Code;
use crate::clock::Timestamp;

/// The language of reasons in reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Chinese,
    /// English.
    #[default]
    English,
}

/// How much a reason weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing, changes nothing.
    Note,
    /// Something is not shown; the verdict may still be good.
    Doubt,
    /// The verdict is `not_genuine`.
    Fatal,
}

/// Characters of particulars. Object identifiers, dates and names of certificates stay below.
const DETAIL: usize = 300;

/// One reason, where it was found, and the particulars that its text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What was found.
    pub code: Code,
    /// Where: an entry of the container, a field, a certificate. Empty for the file itself.
    pub place: String,
    /// Particulars, appended to the text. Never personal data.
    pub detail: String,
}

impl Reason {
    /// A reason at `place`.
    pub fn new(code: Code, place: impl Into<String>) -> Self {
        Self { code, place: place.into(), detail: String::new() }
    }

    /// The same reason with particulars.
    #[must_use]
    pub fn with(mut self, detail: impl ToString) -> Self {
        self.detail = detail.to_string();
        // Particulars quote the file, which could make a report of any size out of one long name.
        if let Some((end, _)) = self.detail.char_indices().nth(DETAIL) {
            self.detail.truncate(end);
            self.detail.push('…');
        }
        self
    }

    /// The same reason with particulars that are somebody else's words, which no language changes.
    #[must_use]
    pub fn quoting(self, words: impl ToString) -> Self {
        let Self { code, place, detail } = self.with(words);
        Self { code, place, detail: format!("`{detail}`") }
    }

    /// The same reason with a time.
    #[must_use]
    pub fn at(self, when: Timestamp) -> Self {
        self.with(when.in_china())
    }

    /// The same reason with a time and the validity that it lies outside of.
    #[must_use]
    pub fn outside(self, when: Timestamp, (from, until): (Timestamp, Timestamp)) -> Self {
        self.with(format!("{}, {} to {}", when.in_china(), from.in_china(), until.in_china()))
    }

    /// The text for people, particulars included.
    pub fn text(&self, language: Language) -> String {
        let text = self.code.text(language);
        match (self.detail.is_empty(), language) {
            (true, _) => text.to_owned(),
            (false, Language::English) => format!("{text}: {}", self.detail),
            (false, Language::Chinese) => format!("{text}：{}", phrase::chinese(&self.detail)),
        }
    }
}
