//! From the catalog's JSON files to a [`Catalog`], or to every fault in them with its line and how to mend it.

mod departments;
mod license_types;
mod matters;
mod regions;
mod services;
mod field_types;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::edition::is_day;
use super::{Catalog, Edition, FunctionId, Version};
use crate::fault::{Fault, Lines, Source};

/// The files of a catalog, each of which must be given once, in an order in which none refers to a later one.
const FILES: [&str; 7] = [
    "catalog.json",
    "field_types.json",
    "departments.json",
    "regions.json",
    "services.json",
    "license_types.json",
    "matters.json",
];

pub(super) fn parse(files: &[Source<'_>]) -> Result<Catalog, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut catalog = Catalog::default();
    let (mut read, mut named) = (BTreeSet::new(), BTreeSet::new());
    for wanted in FILES {
        let mut found = files.iter().filter(|file| last_part(file.name) == wanted);
        match (found.next(), found.next()) {
            (Some(file), None) => {
                let lines = Lines::of(file.text);
                let mut reader =
                    Reader { file: *file, lines, faults: &mut faults, read: &mut read, named: &mut named };
                let whole = match wanted {
                    "catalog.json" => edition(&mut reader, &mut catalog),
                    "field_types.json" => field_types::read(&mut reader, &mut catalog),
                    "departments.json" => departments::read(&mut reader, &mut catalog),
                    "regions.json" => regions::read(&mut reader, &mut catalog),
                    "services.json" => services::read(&mut reader, &mut catalog),
                    "license_types.json" => license_types::read(&mut reader, &mut catalog),
                    _ => matters::read(&mut reader, &mut catalog),
                };
                if whole.is_some() {
                    read.insert(wanted);
                }
            }
            (None, _) => faults.push(Fault::new(wanted, 0, "the file is missing")),
            (Some(_), Some(second)) => {
                faults.push(Fault::new(second.name, 0, "the file is given twice; remove one of them"));
            }
        }
    }
    for file in files.iter().filter(|file| !FILES.contains(&last_part(file.name))) {
        faults.push(Fault::new(file.name, 0, "not a file of the catalog; remove it"));
    }
    faults.sort();
    if faults.is_empty() { Ok(catalog) } else { Err(faults) }
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Reads rows one by one, so that a fault in one does not hide those of the next.
struct Reader<'a, 'f> {
    file: Source<'a>,
    lines: Lines,
    faults: &'f mut Vec<Fault>,
    /// The files before this one that could be taken apart.
    read: &'f mut BTreeSet<&'static str>,
    /// The file and name of each row that others refer to, so that a row which is at fault is not also missing.
    named: &'f mut BTreeSet<(&'static str, String)>,
}

/// A row of which only the name is of interest.
#[derive(Deserialize)]
struct Named {
    id: String,
}

impl<'a> Reader<'a, '_> {
    fn whole<T: Deserialize<'a>>(&mut self) -> Option<T> {
        match serde_json::from_str(self.file.text) {
            Ok(whole) => Some(whole),
            Err(error) => {
                self.faults.push(Fault::new(self.file.name, error.line(), without_place(&error)));
                None
            }
        }
    }

    fn row<T: Deserialize<'a>>(&mut self, raw: &'a RawValue) -> Option<(T, usize)> {
        // The raw value borrows from the file's text, so the distance of their addresses is its offset.
        let offset = raw.get().as_ptr().addr().saturating_sub(self.file.text.as_ptr().addr());
        let line = self.lines.at(offset);
        match serde_json::from_str(raw.get()) {
            Ok(row) => Some((row, line)),
            Err(error) => {
                let line = line + error.line().saturating_sub(1);
                self.faults.push(Fault::new(self.file.name, line, without_place(&error)));
                None
            }
        }
    }

    /// The same for a row of `file` that others refer to by its `id`.
    fn named_row<T: Deserialize<'a>>(&mut self, file: &'static str, raw: &'a RawValue) -> Option<(T, usize)> {
        if let Ok(Named { id }) = serde_json::from_str(raw.get()) {
            self.named.insert((file, id));
        }
        self.row(raw)
    }

    /// Whether `file` could be read and has no row called `id`.
    fn lacks(&self, file: &'static str, id: &str) -> bool {
        self.read.contains(file) && !self.named.contains(&(file, id.to_owned()))
    }

    /// Notes what is wrong, and how to mend it.
    fn fault(&mut self, line: usize, reason: impl std::fmt::Display, mend: impl std::fmt::Display) {
        self.faults.push(Fault::new(self.file.name, line, format!("{reason}; {mend}")));
    }

    /// Takes `value`, or notes that `text` is not `what`, and how to mend it.
    fn check<T>(&mut self, line: usize, what: &str, mend: &str, text: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.fault(line, format_args!("`{text}` is not {what}"), mend);
        }
        value
    }

    /// Notes that `text`, which people read, is empty.
    fn filled(&mut self, line: usize, member: &str, text: &str) {
        if text.trim().is_empty() {
            self.fault(line, format_args!("`{member}` is empty"), "write what it is called");
        }
    }

    /// A function of `departments.json`. While that file cannot be read, every well-formed name passes.
    fn function(&mut self, line: usize, text: &str) -> Option<FunctionId> {
        let function = FunctionId::parse(text).filter(|_| !self.lacks("departments.json", text));
        let mend = "add it to `functions` in `departments.json`, or use one of those";
        self.check(line, "a listed function", mend, text, function)
    }
}

/// The message of a JSON error without its own line and column, which count from the start of a row.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditionRow {
    version: String,
    issued: String,
}

fn edition(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) -> Option<()> {
    let EditionRow { version: text, issued } = reader.whole()?;
    let mend = "use up to 32 digits, lower-case letters, `-` and `.`";
    let version = reader.check(0, "a version", mend, &text, Version::parse(&text));
    if !is_day(&issued) {
        reader.fault(0, format_args!("`{issued}` is not a day"), "write it as `2026-11-22`");
    }
    catalog.edition = Edition { version: version?, issued };
    Some(())
}
