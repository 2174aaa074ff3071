//! How officers look, and changes of who they are: a new key is shown whole, to be compared with what its owner says it is.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::manifest::{Officer, Officers};

/// The officers for people; `before` are those whom they follow.
pub(super) fn text(before: Option<&Officers>, after: &Officers, is_first: bool) -> String {
    let threshold = after.threshold();
    let was = before.map(Officers::threshold).filter(|was| *was != threshold);
    let was = was.map(|was| format!(" (was {was})")).unwrap_or_default();
    let mut text = format!("  officers     {threshold} must approve{was}, of\n");
    for officer in after.all() {
        let old = before.and_then(|before| namesake(before, officer));
        let (mark, said) = match (before, old) {
            (None, _) if is_first => ("+", ""),
            (None, _) => (" ", ""),
            (Some(_), None) => ("+", ""),
            (Some(_), Some(old)) if old == officer => (" ", ""),
            (Some(_), Some(_)) => ("~", "  ! the same name, another key"),
        };
        line(&mut text, mark, officer, said);
        if mark == "~" {
            keys(&mut text, "- ", old);
            keys(&mut text, "+ ", Some(officer));
        } else if mark == "+" {
            keys(&mut text, "", Some(officer));
        }
    }
    let gone =
        before.into_iter().flat_map(Officers::all).filter(|officer| namesake(after, officer).is_none());
    for officer in gone {
        line(&mut text, "-", officer, "");
    }
    text
}

/// What changes, for scripts.
pub(super) fn json(before: Option<&Officers>, after: &Officers) -> Value {
    let none = || Vec::new();
    let old: Vec<&Officer> = before.map_or_else(none, |before| before.all().iter().collect());
    let has = |all: &[&Officer], one: &Officer| all.iter().any(|other| other.name() == one.name());
    let new: Vec<&Officer> = after.all().iter().collect();
    let names =
        |list: Vec<&Officer>| list.iter().map(|one| one.name().as_str().to_owned()).collect::<Vec<_>>();
    let added = new.iter().copied().filter(|one| !has(&old, one)).collect();
    let removed = old.iter().copied().filter(|one| !has(&new, one)).collect();
    let other_key = new.iter().copied().filter(|one| has(&old, one) && !old.contains(one)).collect();
    json!({ "added": names(added), "removed": names(removed), "other_key": names(other_key) })
}

fn namesake<'o>(officers: &'o Officers, officer: &Officer) -> Option<&'o Officer> {
    officers.all().iter().find(|one| one.name() == officer.name())
}

fn line(text: &mut String, mark: &str, officer: &Officer, said: &str) {
    let schemes: Vec<&str> = officer.keys().map(|key| key.scheme().as_str()).collect();
    let _ = writeln!(text, "             {mark} {} ({}){said}", officer.name(), schemes.join(" and "));
}

fn keys(text: &mut String, mark: &str, officer: Option<&Officer>) {
    for key in officer.into_iter().flat_map(Officer::keys) {
        let _ = writeln!(text, "                 {mark}{key}");
    }
}
