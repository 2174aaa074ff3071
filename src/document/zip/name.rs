//! Names of entries: plain relative paths, distinct on every file system.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{Error, Fault};
use crate::budget::Limits;

/// The name in `bytes`, if it is UTF-8, stays inside the container, and is neither longer nor deeper than it may be.
pub(super) fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, Fault> {
    let name = std::str::from_utf8(bytes).map_err(|_| Fault::UnsafeName("the name is not UTF-8"))?;
    if name.len() as u64 > u64::from(limits.name_bytes) {
        return Err(Fault::UnsafeName("the name is longer than names may be"));
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    if path.matches('/').count() as u64 > u64::from(limits.directories) {
        return Err(Fault::UnsafeName("the name lies in more directories than it may"));
    }
    if is_plain(name) { Ok(name) } else { check(name, path).map(|()| name) }
}

/// Refuses `name`, which is `path` or that and a slash, unless every system takes it for a relative path and for the same.
fn check(name: &str, path: &str) -> Result<(), Fault> {
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(Fault::UnsafeName("the name is absolute, climbs, or has empty parts"));
    }
    if name.chars().any(|character| character.is_control() || matches!(character, '\\' | ':')) {
        return Err(Fault::UnsafeName("the name has characters that some systems take for separators"));
    }
    if path.split('/').any(|segment| segment.ends_with(['.', ' ']) || is_short(segment)) {
        return Err(Fault::UnsafeName("the name is another file's on Windows"));
    }
    if name.chars().any(is_dropped) {
        return Err(Fault::UnsafeName("the name has characters that some systems drop or replace"));
    }
    Ok(())
}

/// Whether `name` consists of letters, digits and signs in which nothing that is refused can be written, as nearly all names do; no
/// part of it is empty or ends with a full stop.
fn is_plain(name: &str) -> bool {
    let mut previous = b'/';
    for byte in name.bytes() {
        match byte {
            b'/' if matches!(previous, b'/' | b'.') => return false,
            b'/' | b'.' | b'_' | b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => previous = byte,
            _ => return false,
        }
    }
    previous != b'.' && !name.is_empty()
}

/// Whether `segment` is written like the short names that Windows gives to files beside their own, such as
/// `DOCUME~1.XML` for `DocumentRes.xml`.
fn is_short(segment: &str) -> bool {
    let mut halves = segment.split('~').skip(1);
    halves.any(|after| after.starts_with(|character: char| character.is_ascii_digit()))
}

/// Characters that Windows refuses in names, which unpacking programs replace, and those that some file systems ignore.
const fn is_dropped(character: char) -> bool {
    matches!(
        character,
        '<' | '>' | '"' | '|' | '?' | '*' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// `name` as the most forgetful of file systems keeps it: letter case aside, as on Windows, and composed and compatible
/// forms of characters taken for one, as on macOS (Unicode Standard Annex 15).
fn folded(name: &str) -> String {
    let name = name.trim_end_matches('/');
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    // Over capitals, so that letters with one capital and two small forms fall together. Both can leave what is not
    // normal, hence the second time (Unicode §3.13, D146).
    let decomposed: String = name.nfkd().collect();
    decomposed.to_uppercase().to_lowercase().nfkc().collect()
}

/// Fails if two names are the same once letter case, forms of characters and a closing slash are ignored,
/// or if one name is both a file and a directory of another.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let folded: Vec<(&str, String)> = names.map(|name| (name, folded(name))).collect();
    // Whether each is a file.
    let mut kinds = HashMap::with_capacity(folded.len());
    for (name, folded) in &folded {
        if kinds.insert(folded.as_str(), !name.ends_with('/')).is_some() {
            return Err(Fault::Duplicate.at(name));
        }
    }
    for (name, folded) in &folded {
        let mut parents = folded.match_indices('/').filter_map(|(at, _)| folded.get(..at));
        if parents.any(|parent| kinds.get(parent) == Some(&true)) {
            return Err(Fault::Ambiguous("a file and a directory have the same name").at(name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_names_are_refused_by_no_rule(name in "[aZ0./_\\-]{1,9}") {
            if is_plain(&name) {
                prop_assert_eq!(check(&name, name.strip_suffix('/').unwrap_or(&name)), Ok(()));
            }
        }
    }
}
