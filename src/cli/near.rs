//! Names that somebody may have meant who wrote another.

use std::collections::BTreeSet;

/// Names that are offered. 4: more is no help.
const OFFERED: usize = 4;

/// Of names, each with how it is shown, those near to `wanted`: one holds the other, or a few characters differ.
pub(super) fn near<'n>(wanted: &str, names: impl Iterator<Item = (&'n str, &'n str)>) -> Vec<String> {
    let folded = wanted.to_lowercase();
    let holds = |one: &str, other: &str| other.chars().count() >= 2 && one.contains(other);
    // A slip for every four characters, and always one; with one of two changed, a name is another.
    let length = folded.chars().count();
    let most = if length < 3 { 0 } else { (length / 4).max(1) };
    let mut found: BTreeSet<(usize, &str)> = BTreeSet::new();
    for (name, shown) in names {
        let name = name.to_lowercase();
        let apart = distance(&folded, &name);
        if holds(&name, &folded) || holds(&folded, &name) || apart <= most {
            found.insert((apart, shown));
        }
    }
    let mut seen = BTreeSet::new();
    let once = found.into_iter().filter(|(_, shown)| seen.insert(*shown));
    once.take(OFFERED).map(|(_, shown)| format!("`{shown}`")).collect()
}

/// How many characters must be added, taken away or replaced to turn one into the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, character) in one.chars().enumerate() {
        let mut next = vec![at + 1];
        for (column, beside) in other.iter().enumerate() {
            let old = |column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let replaced = old(column).saturating_add(usize::from(character != *beside));
            let left = next.last().copied().unwrap_or(usize::MAX);
            next.push(replaced.min(old(column + 1).saturating_add(1)).min(left.saturating_add(1)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_strangers_are_not() {
        let names = ["gd-housing-tax", "gd-window", "广东省税务局", "hunan", "湖南"].map(|name| (name, name));
        let offered = |wanted: &str| near(wanted, names.into_iter()).join(" ");
        for (wanted, said) in [
            ("gd-housing-tex", "`gd-housing-tax`"),
            ("gd-windw", "`gd-window`"),
            ("税务局", "`广东省税务局`"),
            ("HUNAN", "`hunan`"),
            ("nothing-of-the-kind", ""),
            ("xyz", ""),
            ("湖北", ""),
        ] {
            assert_eq!(offered(wanted), said, "{wanted}");
        }
    }
}
