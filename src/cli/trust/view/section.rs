//! What rules state one by one, anchors, callers or agreements: what a change does to each, and a list of all. Everything
//! shown passes here, so that no text of a file or certificate can look like a line of its own.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::cli::table::{broken, counted};
use crate::foreign::shown;

/// Columns of a line, as in tables.
const WIDTH: usize = 118;
/// Columns of a label.
const LABEL: usize = 10;

/// A line about a thing: a label, empty where the text needs none, and the text.
pub(super) type Line = (&'static str, String);

/// One thing that rules state.
pub(super) trait Stated: Sized {
    /// What several are called, as a title.
    const TITLE: &'static str;

    /// Whether `other` is about the same thing.
    fn is_of(&self, other: &Self) -> bool;
    /// Whether `other` says the same of it.
    fn says(&self, other: &Self) -> bool;
    /// What it is called.
    fn name(&self) -> String;
    /// What tells it from all others, shown whatever changes.
    fn identity(&self) -> Vec<String> {
        Vec::new()
    }
    /// What is stated of it; `apart` with a line for each part that can change by itself.
    fn lines(&self, apart: bool) -> Vec<Line>;
    /// All of it for scripts.
    fn json(&self) -> Value;
}

/// What a change does to things of one kind.
pub(super) struct Changes<T> {
    pub(super) added: Vec<T>,
    /// Before and after.
    pub(super) changed: Vec<(T, T)>,
    pub(super) removed: Vec<T>,
}

impl<T: Stated> Changes<T> {
    pub(super) fn between(before: Vec<T>, after: Vec<T>) -> Self {
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        let mut rest = before;
        for new in after {
            match rest.iter().position(|old| old.is_of(&new)) {
                None => added.push(new),
                Some(at) => {
                    let old = rest.remove(at);
                    if !old.says(&new) {
                        changed.push((old, new));
                    }
                }
            }
        }
        Self { added, changed, removed: rest }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// For people, with what `marks` says must not be missed; nothing if nothing changes.
    pub(super) fn text(&self, marks: impl Fn(&T) -> Vec<String>) -> String {
        let Self { added, changed, removed } = self;
        if self.is_empty() {
            return String::new();
        }
        let counts = [(added.len(), "added"), (changed.len(), "changed"), (removed.len(), "removed")];
        let counts = counts.map(|(count, what)| format!("{count} {what}")).join(", ");
        let mut text = format!("\n{}: {counts}\n", T::TITLE);
        for one in added {
            head(&mut text, '+', one);
            lines(&mut text, ' ', &one.lines(false));
            looks(&mut text, &marks(one));
        }
        for one in removed {
            head(&mut text, '-', one);
            lines(&mut text, ' ', &one.lines(false));
        }
        for (before, after) in changed {
            head(&mut text, '~', after);
            let (old, new) = (before.lines(true), after.lines(true));
            let only = |these: &[Line], those: &[Line]| -> Vec<Line> {
                these.iter().filter(|line| !those.contains(line)).cloned().collect()
            };
            // What was and what is stand beside each other.
            let (gone, come) = (only(&old, &new), only(&new, &old));
            let mut labels: Vec<&str> = Vec::new();
            for (label, _) in gone.iter().chain(&come) {
                if labels.contains(label) {
                    continue;
                }
                labels.push(label);
                for (mark, these) in [('-', &gone), ('+', &come)] {
                    let of: Vec<Line> = these.iter().filter(|(own, _)| own == label).cloned().collect();
                    lines(&mut text, mark, &of);
                }
            }
            looks(&mut text, &marks(after));
        }
        text
    }

    /// For scripts.
    pub(super) fn json(&self) -> Value {
        let all = |list: &[T]| list.iter().map(Stated::json).collect::<Value>();
        let changed = self.changed.iter();
        let changed =
            changed.map(|(before, after)| json!({ "before": before.json(), "after": after.json() }));
        json!({ "added": all(&self.added), "changed": changed.collect::<Value>(), "removed": all(&self.removed) })
    }
}

/// All things of one kind, for people.
pub(super) fn list<T: Stated>(all: &[T]) -> String {
    let mut text = format!("\n{}: {}\n", T::TITLE, all.len());
    for one in all {
        head(&mut text, ' ', one);
        lines(&mut text, ' ', &one.lines(false));
    }
    text
}

/// The same for scripts.
pub(super) fn list_as_json<T: Stated>(all: &[T]) -> Value {
    all.iter().map(Stated::json).collect()
}

/// Owner and notes, where there are any.
pub(super) fn words(owner: &str, notes: &str) -> Vec<Line> {
    let words = [("owner", owner), ("notes", notes)];
    let some = words.into_iter().filter(|(_, words)| !words.is_empty());
    some.map(|(what, words)| ("", format!("{what}: {words}"))).collect()
}

/// The fields of a set, one after the other.
pub(super) fn join<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    all.into_iter().map(|one| one.to_string()).collect::<Vec<_>>().join(", ")
}

/// "1 file", "2 files".
pub(super) fn files(count: usize) -> String {
    counted(count, "file", "files")
}

fn head<T: Stated>(text: &mut String, mark: char, one: &T) {
    // With no mark, names stand where marks would.
    let mark = if mark == ' ' { String::new() } else { format!("{mark} ") };
    let _ = writeln!(text, "  {mark}{}", shown(&one.name()));
    for line in one.identity() {
        let _ = writeln!(text, "      {}", shown(&line));
    }
}

fn lines(text: &mut String, mark: char, lines: &[Line]) {
    for (label, words) in lines {
        let label = if label.is_empty() { String::new() } else { format!("{label:<LABEL$} ") };
        let before = 6 + label.len();
        for (at, part) in broken(&shown(words), WIDTH.saturating_sub(before)).iter().enumerate() {
            match at {
                0 => drop(writeln!(text, "    {mark} {label}{part}")),
                _ => drop(writeln!(text, "{:before$}{part}", "")),
            }
        }
    }
}

fn looks(text: &mut String, marks: &[String]) {
    for mark in marks {
        let _ = writeln!(text, "    ! {}", shown(mark));
    }
}
