//! A TOML file that officers wrote, taken apart key by key, so that one bad key hides no other and each fault has its line.
//! What the keys mean is for those who ask for them.

mod json;

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::clock::{Period, Timestamp};
use crate::fault::{Fault, Lines};
use crate::foreign::is_unseen;

/// A file, or a table in it.
pub struct Table<'f> {
    file: &'f str,
    lines: Lines,
    /// The line that it begins on.
    line: usize,
    keys: BTreeMap<String, (usize, Spanned<DeValue<'f>>)>,
    faults: Vec<Fault>,
    /// Which keys there are, for whoever wrote another.
    keys_are: &'static str,
}

/// A value with the line that it stands on.
pub struct At<T> {
    /// The line, counted from 1.
    pub line: usize,
    /// The value.
    pub value: T,
}

impl<'f> Table<'f> {
    /// Parses `text`, called `file` in faults; broken grammar ends the search for others.
    pub fn parse(file: &'f str, text: &'f str) -> Result<Self, Vec<Fault>> {
        let lines = Lines::of(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        let faults: Vec<Fault> = errors
            .iter()
            .map(|error| {
                Fault::new(file, error.span().map_or(0, |span| lines.at(span.start)), error.message())
            })
            .collect();
        if faults.is_empty() { Ok(Self::of(file, &lines, 0, table.into_inner())) } else { Err(faults) }
    }

    /// Parses `text` as JSON, whose objects are tables; members twice are a fault, and numbers too, as no key takes one.
    pub fn parse_json(file: &'f str, text: &'f str) -> Result<Self, Vec<Fault>> {
        json::parse(file, text).map(|table| Self::of(file, &Lines::of(text), 0, table))
    }

    fn of(file: &'f str, lines: &Lines, line: usize, table: DeTable<'f>) -> Self {
        let keys = table.into_iter().map(|(key, value)| {
            let line = lines.at(key.span().start);
            (key.into_inner().into_owned(), (line, value))
        });
        Self { file, lines: lines.clone(), line, keys: keys.collect(), faults: Vec::new(), keys_are: "" }
    }

    /// Has whoever wrote a key that nobody takes told which there are.
    pub fn keys_are(&mut self, told: &'static str) {
        self.keys_are = told;
    }

    /// Adds a fault on `line`.
    pub fn fault(&mut self, line: usize, reason: impl Display) {
        self.faults.push(Fault::new(self.file, line, reason.to_string()));
    }

    /// The line that the table begins on; 0 for the file.
    pub const fn line(&self) -> usize {
        self.line
    }

    /// Takes a key that may be left out.
    pub fn optional<T: DeserializeOwned>(&mut self, key: &str) -> Option<At<T>> {
        let (line, value) = self.keys.remove(key)?;
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(At { line, value }),
            Err(error) => {
                let line = error.span().map_or(line, |span| self.lines.at(span.start));
                self.fault(line, format!("`{key}`: {}", error.message()));
                None
            }
        }
    }

    /// The line of a key that was not taken yet.
    pub fn line_of(&self, key: &str) -> Option<usize> {
        self.keys.get(key).map(|(line, _)| *line)
    }

    /// Takes a key away, whatever it says.
    pub fn discard(&mut self, key: &str) {
        self.keys.remove(key);
    }

    /// Takes a text that may be left out, and what `parse` makes of it.
    pub fn parsed<T, E: Display>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<At<T>> {
        let At { line, value } = self.optional::<String>(key)?;
        let parsed = parse(&value).map_err(|error| self.fault(line, format!("`{key}`: {error}")));
        parsed.ok().map(|value| At { line, value })
    }

    /// Takes a list of texts, each with what `parse` makes of it and on its line; those at fault are left out. A list of
    /// none is a fault, which `mend` tells how to mend.
    pub fn list<T, E: Display>(
        &mut self,
        key: &str,
        mend: &str,
        mut parse: impl FnMut(&str) -> Result<T, E>,
    ) -> Option<Vec<At<T>>> {
        let At { line, value: texts } = self.optional::<Vec<Spanned<String>>>(key)?;
        if texts.is_empty() {
            self.fault(line, format!("`{key}` names none; {mend}"));
        }
        let mut list = Vec::new();
        for text in texts {
            let line = self.lines.at(text.span().start);
            match parse(text.get_ref()) {
                Ok(value) => list.push(At { line, value }),
                Err(error) => self.fault(line, format!("`{key}`: `{}`: {error}", text.get_ref())),
            }
        }
        Some(list)
    }

    /// The same of a key that must be there.
    pub fn required_list<T, E: Display>(
        &mut self,
        key: &str,
        mend: &str,
        parse: impl FnMut(&str) -> Result<T, E>,
    ) -> Vec<At<T>> {
        if !self.keys.contains_key(key) {
            self.fault(self.line, format!("`{key}` is missing; {mend}"));
        }
        self.list(key, mend, parse).unwrap_or_default()
    }

    /// Takes the tables of `[[key]]`.
    pub fn tables(&mut self, key: &str) -> Vec<Self> {
        let Some((line, value)) = self.keys.remove(key) else { return Vec::new() };
        let DeValue::Array(values) = value.into_inner() else {
            self.fault(line, format!("write each as a table of its own, under `[[{key}]]`"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for value in values {
            let line = self.lines.at(value.span().start);
            match value.into_inner() {
                DeValue::Table(table) => tables.push(Self::of(self.file, &self.lines, line, table)),
                _ => self.fault(line, format!("write each as a table of its own, under `[[{key}]]`")),
            }
        }
        tables
    }

    /// Takes `from` and `until`, RFC 3339; without them the period is open.
    pub fn period(&mut self) -> Period {
        let (from, until) = (self.time("from"), self.time("until"));
        let line = until.as_ref().map_or(self.line, |until| until.line);
        let period = Period::new(from.map(|from| from.value), until.map(|until| until.value));
        period.unwrap_or_else(|| {
            self.fault(line, "`until` is not after `from`");
            Period::default()
        })
    }

    /// Takes a time, RFC 3339, which TOML lets stand with quotes or without.
    pub fn time(&mut self, key: &str) -> Option<At<Timestamp>> {
        let parse = |text: &str| {
            Timestamp::parse_rfc3339(text)
                .ok_or_else(|| format!("`{text}` is no time such as \"2026-12-01T00:00:00+08:00\""))
        };
        if let Some((line, value)) = self.keys.get(key)
            && let Some(bare) = value.get_ref().as_datetime()
        {
            let (line, text) = (*line, bare.to_string());
            self.keys.remove(key);
            let parsed = parse(&text).map_err(|error| self.fault(line, format!("`{key}`: {error}")));
            return parsed.ok().map(|value| At { line, value });
        }
        self.parsed(key, parse)
    }

    /// The texts for people, in which all is seen: what one officer writes another reads before signing.
    pub fn words(&mut self, key: &str) -> String {
        let line = self.line_of(key).unwrap_or_default();
        let words: String = self.optional(key).map(|words| words.value).unwrap_or_default();
        if words.contains(is_unseen) {
            self.fault(
                line,
                format!(
                    "`{key}` has a line break, or a character that is not seen or turns what stands beside it"
                ),
            );
        }
        words
    }

    /// Takes over the faults of a table inside, with one for every key that nobody took.
    pub fn close(&mut self, inside: Self) {
        let faults = inside.finish();
        self.faults.extend(faults);
    }

    /// All faults, with one for every key that nobody took.
    pub fn finish(mut self) -> Vec<Fault> {
        for (key, (line, _)) in std::mem::take(&mut self.keys) {
            let which = if self.keys_are.is_empty() { "" } else { "; " };
            self.fault(line, format!("there is no key `{key}`{which}{}", self.keys_are));
        }
        self.faults.sort();
        self.faults
    }
}
