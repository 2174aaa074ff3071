//! Names of entries: plain relative paths, distinct on every file system.

use std::collections::HashSet;

use super::{Error, Fault};

/// Bytes of one name. Windows takes 260 characters in all; longer ones are never met and cost quadratic work.
const LONGEST: usize = 1024;

/// Directories above one entry. OFD packages have five; each is looked up for every name.
const DEEPEST: usize = 32;

/// The name in `bytes`, if it is UTF-8 and stays inside the container.
pub(super) fn parse(bytes: &[u8]) -> Result<&str, Fault> {
    let name = std::str::from_utf8(bytes).map_err(|_| Fault::UnsafeName("the name is not UTF-8"))?;
    if name.len() > LONGEST {
        return Err(Fault::UnsafeName("the name is longer than 1,024 bytes"));
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    if path.split('/').count() > DEEPEST {
        return Err(Fault::UnsafeName("the name lies deeper than 32 directories"));
    }
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(Fault::UnsafeName("the name is absolute, climbs, or has empty parts"));
    }
    if name.chars().any(|character| character.is_control() || matches!(character, '\\' | ':')) {
        return Err(Fault::UnsafeName("the name has characters that some systems take for separators"));
    }
    Ok(name)
}

/// Fails if two names are the same once letter case and a closing slash are ignored,
/// or if one name is both a file and a directory of another.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Result<(), Error> {
    let folded = |name: &str| name.trim_end_matches('/').to_lowercase();
    let mut seen = HashSet::new();
    let mut files = HashSet::new();
    for name in names.clone() {
        if !seen.insert(folded(name)) {
            return Err(Fault::Duplicate.at(name));
        }
        if !name.ends_with('/') {
            files.insert(folded(name));
        }
    }
    for name in names {
        let folded = folded(name);
        let mut parents = folded.match_indices('/').filter_map(|(at, _)| folded.get(..at));
        if parents.any(|parent| files.contains(parent)) {
            return Err(Fault::Ambiguous("a file and a directory have the same name").at(name));
        }
    }
    Ok(())
}
