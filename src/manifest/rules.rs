//! The files of `certs/` and `policies/` as a set: their paths, their content, and what a manifest states of each.

use std::collections::BTreeMap;
use std::fmt;

use crate::crypto::{Digest, DigestAlgorithm};
use crate::foreign::is_unseen;

/// The directories that a manifest is about.
const ROOTS: [&str; 2] = ["certs/", "policies/"];

/// The path of a rule file below the directory that holds `certs/` and `policies/`, with `/` between its parts.
///
/// Parts are of letters and digits of any script, `.`, `-`, `_`, `(`, `)`, `+`, `@` and spaces inside; none begins with `.`.
/// So no path climbs out, and none looks like another by characters that do not show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(String);

impl FilePath {
    /// Parses a path; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        // Some letters, such as the fillers of Hangul, are not seen.
        let plain = |c: char| (c.is_alphanumeric() && !is_unseen(c)) || ".-_()+@ ".contains(c);
        let is_part = |part: &str| {
            let fits =
                !part.is_empty() && part.len() <= 200 && part.trim() == part && part.chars().all(plain);
            fits && !part.starts_with('.')
        };
        let below = ROOTS.iter().any(|root| text.starts_with(root));
        // 512 bytes: file systems take 4,096, and this is to be read by people.
        (below && text.len() <= 512 && text.split('/').all(is_part)).then(|| Self(text.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a manifest states of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// SHA-256 of the content.
    pub sha256: Digest,
    /// Bytes of the content.
    pub bytes: u64,
}

impl Shape {
    /// The shape of `content`.
    pub fn of(content: &[u8]) -> Self {
        let bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
        Self { sha256: DigestAlgorithm::Sha256.digest(content), bytes }
    }
}

/// Rule files by path, in memory, so that what was checked is what is loaded.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RuleFiles(BTreeMap<FilePath, Vec<u8>>);

impl RuleFiles {
    /// Adds a file, in place of one with its path.
    pub fn insert(&mut self, path: FilePath, content: Vec<u8>) {
        self.0.insert(path, content);
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&FilePath, &[u8])> {
        self.0.iter().map(|(path, content)| (path, content.as_slice()))
    }

    /// The content of a file.
    pub fn get(&self, path: &FilePath) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// The shapes of all files, as a manifest states them.
    pub fn shapes(&self) -> BTreeMap<FilePath, Shape> {
        self.iter().map(|(path, content)| (path.clone(), Shape::of(content))).collect()
    }
}

impl FromIterator<(FilePath, Vec<u8>)> for RuleFiles {
    fn from_iter<I: IntoIterator<Item = (FilePath, Vec<u8>)>>(files: I) -> Self {
        Self(files.into_iter().collect())
    }
}

impl fmt::Debug for RuleFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_climbs_out_or_hides() {
        for good in ["certs/anchors/湖南省CA (2024).cer", "policies/a.b/c-d_e.cedar"] {
            assert_eq!(FilePath::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "certs",
            "certs/",
            "other/a",
            "/certs/a",
            "certs//a",
            "certs/../a",
            "certs/./a",
            "certs/.a",
            "certs/a/",
            "certs\\a",
            "certs/a\\b",
            "certs/a\n",
            "certs/a\u{202e}b",
            "certs/ a",
            "certs/a /b",
            "certs/a\0",
            "Certs/a",
            "certs/a\u{3164}b",
            "certs/a\u{ffa0}",
            "certs/\u{115f}a",
        ] {
            assert_eq!(FilePath::parse(bad), None, "{bad:?}");
        }
    }
}
