//! Where each key of a config file stands, so that a fault found later still has its path and line.
//! It knows nothing of what keys mean.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::fault::Lines;

/// The keys of a file, those of a table after its own.
#[derive(Debug)]
pub(super) struct Places {
    places: Vec<Place>,
    lines: Lines,
}

#[derive(Debug)]
struct Place {
    path: String,
    /// From the key to the end of its value; of a table under a header, as far as that goes.
    bytes: Range<usize>,
}

impl Places {
    /// Those of `text`, which `table` was parsed from.
    pub(super) fn of(text: &str, table: &DeTable<'_>) -> Self {
        let mut places = Self { places: Vec::new(), lines: Lines::of(text) };
        places.add("", table);
        places
    }

    /// The path of the innermost key at the byte `offset`.
    pub(super) fn path_at(&self, offset: usize) -> Option<&str> {
        let at = self.places.iter().rev().find(|place| place.bytes.contains(&offset));
        at.map(|place| place.path.as_str())
    }

    /// The line of the byte `offset`.
    pub(super) fn line_at(&self, offset: usize) -> usize {
        self.lines.at(offset)
    }

    /// The line of the key at `path`, or of the table that it would stand in; 0 for the file.
    pub(super) fn line_of(&self, path: &str) -> usize {
        if let Some(place) = self.places.iter().find(|place| place.path == path) {
            return self.lines.at(place.bytes.start);
        }
        path.rsplit_once('.').map_or(0, |(above, _)| self.line_of(above))
    }

    fn add(&mut self, above: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let dot = if above.is_empty() { "" } else { "." };
            let path = format!("{above}{dot}{}", key.get_ref());
            self.place(path.clone(), key.span().start..value.span().end.max(key.span().end));
            match value.get_ref() {
                DeValue::Table(inside) => self.add(&path, inside),
                // Those of a list are called by their number, `peers 2`.
                DeValue::Array(values) => {
                    for (number, value) in (1_usize..).zip(values) {
                        let path = format!("{path} {number}");
                        self.place(path.clone(), value.span());
                        if let DeValue::Table(inside) = value.get_ref() {
                            self.add(&path, inside);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn place(&mut self, path: String, bytes: Range<usize>) {
        self.places.push(Place { path, bytes });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_of_the_innermost_key() {
        let text = "a = 1\n[b]\nc = { d = 2 }\n[b.e]\nf = [3, { g = 4 }]\n[[h]]\ni = 5\n[[h]]\ni.j = 6\n";
        let places = Places::of(text, DeTable::parse(text).unwrap().get_ref());
        for (number, path, line) in [
            ("1", "a", 1),
            ("2", "b.c.d", 3),
            ("3", "b.e.f 1", 5),
            ("4", "b.e.f 2.g", 5),
            ("5", "h 1.i", 7),
            ("6", "h 2.i.j", 9),
        ] {
            let at = text.find(number).unwrap();
            assert_eq!(
                (places.path_at(at), places.line_at(at), places.line_of(path)),
                (Some(path), line, line)
            );
        }
        // What is not there would stand in its table.
        assert_eq!((places.line_of("b.e.x"), places.line_of("h 2.x"), places.line_of("x")), (4, 8, 0));
    }
}
