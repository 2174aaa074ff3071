//! Which files a proposal changes, and which of their lines; and all files of a manifest, by directory.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::section::files;
use crate::cli::table::Table;
use crate::fault::Source;
use crate::foreign::shown;
use crate::manifest::{FilePath, Manifest, RuleFiles, Shape};
use crate::policy::Agreements;
use crate::report::Style;

/// Changed lines of one file that are shown unless all are asked for. 24: with its head, half a screen.
const LINES: usize = 24;
/// Pairs of lines that are compared at most. 4 million take some milliseconds; beyond, a file counts as written anew.
const PAIRS: usize = 4_000_000;

/// What happens to the files.
pub(super) struct Files {
    pub(super) added: Vec<FilePath>,
    pub(super) changed: Vec<FilePath>,
    pub(super) removed: Vec<FilePath>,
    same: usize,
}

impl Files {
    pub(super) fn between(before: &BTreeMap<FilePath, Shape>, after: &BTreeMap<FilePath, Shape>) -> Self {
        let of = |wanted: Option<bool>| -> Vec<FilePath> {
            let paths = after.iter().map(|(path, shape)| (path, before.get(path).map(|old| old == shape)));
            paths.filter(|(_, same)| *same == wanted).map(|(path, _)| path.clone()).collect()
        };
        let removed = before.keys().filter(|path| !after.contains_key(*path)).cloned().collect();
        Self { added: of(None), changed: of(Some(false)), removed, same: of(Some(true)).len() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// For people: all paths, and of changed texts the lines, but for those of which `told` says that they were shown already.
    pub(super) fn text(
        &self,
        before: Option<&RuleFiles>,
        after: &RuleFiles,
        told: impl Fn(&FilePath) -> bool,
        all_lines: bool,
    ) -> String {
        let Self { added, changed, removed, same } = self;
        let (plus, other, minus) = (added.len(), changed.len(), removed.len());
        let mut text = format!("\nFiles: {plus} added, {other} changed, {minus} removed, {same} as before\n");
        for path in added {
            let _ = writeln!(text, "  + {path}");
        }
        for path in removed {
            let _ = writeln!(text, "  - {path}");
        }
        for path in changed {
            let _ = writeln!(text, "  ~ {path}");
            let pair = before.and_then(|before| before.get(path)).zip(after.get(path));
            if let Some((old, new)) = pair.filter(|_| all_lines || !told(path)) {
                lines(&mut text, old, new, if all_lines { usize::MAX } else { LINES });
            }
        }
        text
    }

    /// For scripts.
    pub(super) fn json(&self) -> Value {
        let paths = |list: &[FilePath]| list.iter().map(FilePath::as_str).collect::<Value>();
        json!({
            "added": paths(&self.added), "changed": paths(&self.changed), "removed": paths(&self.removed),
            "as_before": self.same,
        })
    }
}

/// The agreements that a file of policies holds, however it is called.
pub(super) fn agreements_in(path: &FilePath, content: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(content).unwrap_or_default();
    let stated = Agreements::stated_in(&[Source { name: path.as_str(), text }]);
    stated.into_keys().map(|id| id.to_string()).collect()
}

/// All files of `manifest`, or how many each directory has.
pub(super) fn list(manifest: &Manifest, all: bool, style: Style) -> String {
    let bytes = |sum: u64| counted_bytes(sum);
    let total: u64 = manifest.files.values().fold(0, |sum, shape| sum.saturating_add(shape.bytes));
    let mut text = format!("\nFiles: {}, {}\n", manifest.files.len(), bytes(total));
    let mut table = Table::new(2, &[]);
    if all {
        for (path, shape) in &manifest.files {
            table.row([(None, format!("{:>9}", shape.bytes)), (None, path.to_string())]);
        }
    } else {
        let mut directories: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
        for (path, shape) in &manifest.files {
            let directory = path.as_str().rsplit_once('/').map_or("", |(directory, _)| directory);
            let (count, sum) = directories.entry(directory).or_default();
            *count += 1;
            *sum = sum.saturating_add(shape.bytes);
        }
        for (directory, (count, sum)) in directories {
            table.row([directory.to_owned(), files(count), bytes(sum)].map(|cell| (None, cell)));
        }
    }
    text.push_str(&table.text(style));
    text
}

fn counted_bytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// The lines of which `old` and `new` differ, with marks.
fn lines(text: &mut String, old: &[u8], new: &[u8], most: usize) {
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else { return };
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let changed = difference(&old, &new);
    if changed.is_empty() {
        let _ = writeln!(text, "      only the ends of lines differ");
    }
    for (mark, line) in changed.iter().take(most) {
        // Tabs would move what follows; all else that does is shown as such.
        let line = shown(&line.replace('\t', "    "));
        let _ = writeln!(text, "    {mark} {}", line.trim_end());
    }
    if let Some(more) = changed.len().checked_sub(most).filter(|more| *more > 0) {
        let lines = if more == 1 { "line" } else { "lines" };
        let _ = writeln!(text, "      and {more} more {lines}; --lines shows all");
    }
}

/// The lines that go and come, in order: the longest common sequence stays.
fn difference<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(char, &'t str)> {
    let before = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let (old, new) = (old.get(before..).unwrap_or_default(), new.get(before..).unwrap_or_default());
    let after = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let old = old.get(..old.len().saturating_sub(after)).unwrap_or_default();
    let new = new.get(..new.len().saturating_sub(after)).unwrap_or_default();
    let all = || old.iter().map(|line| ('-', *line)).chain(new.iter().map(|line| ('+', *line))).collect();
    if old.len().saturating_mul(new.len()) > PAIRS {
        return all();
    }
    // How many lines the rests have in common, from each pair of places on.
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    let read = |common: &[u32], row: usize, column: usize| {
        common.get(row * width + column).copied().unwrap_or_default()
    };
    for (row, one) in old.iter().enumerate().rev() {
        for (column, other) in new.iter().enumerate().rev() {
            let value = match one == other {
                true => read(&common, row + 1, column + 1) + 1,
                false => read(&common, row + 1, column).max(read(&common, row, column + 1)),
            };
            if let Some(cell) = common.get_mut(row * width + column) {
                *cell = value;
            }
        }
    }
    let (mut row, mut column, mut changed) = (0, 0, Vec::new());
    loop {
        match (old.get(row), new.get(column)) {
            (Some(one), Some(other)) if one == other => (row, column) = (row + 1, column + 1),
            (Some(one), other)
                if other.is_none() || read(&common, row + 1, column) >= read(&common, row, column + 1) =>
            {
                changed.push(('-', *one));
                row += 1;
            }
            (_, Some(other)) => {
                changed.push(('+', *other));
                column += 1;
            }
            (_, None) => return changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_stay_are_not_told() {
        let lines = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
        for (old, new, changed) in [
            ("a b c", "a b c", ""),
            ("", "a", "+a"),
            ("a", "", "-a"),
            ("a b c d", "a x c d", "-b +x"),
            ("a b c d e", "b c x e f", "-a -d +x +f"),
            ("x a b", "a b x", "-x +x"),
        ] {
            let found = difference(&lines(old), &lines(new));
            let found: Vec<String> = found.iter().map(|(mark, line)| format!("{mark}{line}")).collect();
            assert_eq!(found.join(" "), changed, "{old} to {new}");
        }
    }
}
