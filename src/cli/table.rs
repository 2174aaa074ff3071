//! Tables and marks for people: columns that line up whatever the script, colors where they are wanted, and nothing that a
//! file could use to steer a terminal.

use unicode_width::UnicodeWidthStr;

use crate::report::{Style, printable};

/// Columns of a line; what does not fit goes on below. 118: two windows beside each other on a usual screen.
const WIDTH: usize = 118;

/// Least columns for the last cell of a row, however wide the others are.
const LEAST: usize = 30;

/// Between columns.
const GAP: usize = 2;

/// Colors by what they mean.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    /// Wrong, refused, gone.
    Bad,
    /// Heads.
    Head,
    /// Right, permitted, added.
    Good,
    /// Beside the matter.
    Quiet,
    /// To be looked at.
    Watch,
}

/// `text` in the color of `tone`, without what could steer a terminal.
pub(super) fn paint(style: Style, tone: Tone, text: &str) -> String {
    let text = printable(text);
    let code = match tone {
        Tone::Bad => 31,
        Tone::Head => 1,
        Tone::Good => 32,
        Tone::Quiet => 2,
        Tone::Watch => 33,
    };
    match style {
        Style::Color => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        Style::Plain => text,
    }
}

/// One cell.
pub(super) type Cell = (Option<Tone>, String);

/// Rows of as many cells each; the last cell of a row is broken where it gets too long.
pub(super) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    indent: usize,
}

impl Table {
    /// A table with these heads; without any, rows alone.
    pub(super) fn new(indent: usize, head: &[&'static str]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new(), indent }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().map(|(tone, text)| (tone, printable(&text))).collect());
    }

    /// All rows as lines.
    pub(super) fn text(&self, style: Style) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let head: Vec<Cell> = self.head.iter().map(|title| (Some(Tone::Head), (*title).to_owned())).collect();
        let head = Some(head).filter(|head| !head.is_empty());
        let all: Vec<&Vec<Cell>> = head.iter().chain(&self.rows).collect();
        let wide = |column: usize| {
            all.iter()
                .filter_map(|row| row.get(column))
                .map(|(_, text)| text.width())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(wide).collect();
        let before: usize =
            self.indent + widths.iter().rev().skip(1).map(|width| width.saturating_add(GAP)).sum::<usize>();
        let room = WIDTH.saturating_sub(before).max(LEAST);
        let mut out = String::new();
        for row in all {
            let mut line = " ".repeat(self.indent);
            for (index, (tone, text)) in row.iter().enumerate() {
                let last = index + 1 == row.len();
                let mut parts = if last { broken(text, room) } else { vec![text.clone()] }.into_iter();
                let first = parts.next().unwrap_or_default();
                line.push_str(&painted(style, *tone, &first));
                if !last {
                    let width = widths.get(index).copied().unwrap_or_default();
                    line.push_str(&" ".repeat(width.saturating_sub(first.width()) + GAP));
                }
                for part in parts {
                    line.push('\n');
                    line.push_str(&" ".repeat(before));
                    line.push_str(&painted(style, *tone, &part));
                }
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

fn painted(style: Style, tone: Option<Tone>, text: &str) -> String {
    tone.map_or_else(|| text.to_owned(), |tone| paint(style, tone, text))
}

/// `text` as lines of at most `room` columns, broken at spaces; a word that is longer has a line of its own.
pub(super) fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.width() + 1 + word.width() > room {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// `count` of something in English.
pub(super) fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
