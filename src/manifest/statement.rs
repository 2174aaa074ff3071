//! What a manifest states, and the one text that says it. A statement proves nothing; `check` asks who signed it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::lines::{self, Lines, TextFault};
use super::{FilePath, Officer, Officers, OfficersError, Shape};
use crate::clock::Timestamp;
use crate::crypto::Digest;

/// The first word of a manifest; a format that means anything else gets another number.
const FORMAT: &str = "tongban.manifest/v1";

/// What a publication is called, such as `trust.hunan.example`: letters, digits, `.` and `-`. It stands in everything that
/// officers sign, so that what they sign for a trial is nothing in production, though they use the same keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationName(String);

impl PublicationName {
    /// Parses a name; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        ((1..=128).contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for PublicationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The publication that it is for.
    pub publication: PublicationName,
    /// Which one it is, from 1; each is one above the one before.
    pub version: u64,
    /// The digest of the text of the one before; none for the first.
    pub previous: Option<Digest>,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it may be offered.
    pub expires: Timestamp,
    /// Who must approve the next one, beside this one.
    pub officers: Officers,
    /// Suspensions that no longer hold, by the digests of their texts.
    pub lifted: BTreeSet<Digest>,
    /// Whether one officer alone made it in an emergency (紧急启用); it holds for hours, and only where the config allows it.
    pub break_glass: bool,
    /// Why it was made, for people.
    pub reason: String,
    /// Every file.
    pub files: BTreeMap<FilePath, Shape>,
}

impl Manifest {
    /// Parses the text of a manifest, which must be the one text that says what it says.
    pub fn parse(text: &str) -> Result<Self, TextFault> {
        let mut lines = Lines::of(text);
        let publication = lines.parsed(FORMAT, PublicationName::parse)?;
        let version = lines.parsed("version", |text| text.parse().ok().filter(|version| *version > 0))?;
        let previous = lines.parsed("previous", |text| match text {
            "none" => Some(None),
            digest => lines::parse_digest(digest).map(Some),
        })?;
        let created = lines.parsed("created", lines::parse_time)?;
        let expires = lines.parsed("expires", lines::parse_time)?;
        let threshold = lines.parsed("threshold", |text| text.parse().ok())?;
        let at_officers = lines.fault("");
        let mut officers = Vec::new();
        while let Some(keys) = lines.optional("officer") {
            let line = at_officers.line + officers.len();
            let officer = Officer::parse(keys);
            officers.push(officer.map_err(|error| TextFault { line, problem: error.to_string() })?);
        }
        let officers = Officers::new(officers, threshold).map_err(|error| {
            let before = usize::from(matches!(error, OfficersError::Threshold { .. }));
            TextFault { line: at_officers.line.saturating_sub(before), problem: error.to_string() }
        })?;
        let lifted = lines.all("lift", lines::parse_digest)?.into_iter().collect();
        let break_glass = lines.optional("break-glass").is_some();
        let reason = lines.parsed("reason", lines::parse_reason)?;
        let files = lines.all("file", parse_file)?.into_iter().collect();
        lines.finish()?;
        let manifest = Self {
            publication,
            version,
            previous,
            created,
            expires,
            officers,
            lifted,
            break_glass,
            reason,
            files,
        };
        lines::canonical(text, &manifest.to_string())?;
        if manifest.previous.is_some() == (version == 1) {
            return Err(TextFault {
                line: 3,
                problem: "the first manifest, and no other, has none before it".to_owned(),
            });
        }
        if expires <= created {
            return Err(TextFault { line: 5, problem: "it expires before it was made".to_owned() });
        }
        Ok(manifest)
    }

    /// The digest of its text, by which the next one names it.
    pub fn digest(&self) -> Digest {
        lines::digest(&self.to_string())
    }
}

/// `SHA256 BYTES PATH`.
fn parse_file(text: &str) -> Option<(FilePath, Shape)> {
    let mut parts = text.splitn(3, ' ');
    let (sha256, bytes, path) = (parts.next()?, parts.next()?, parts.next()?);
    let shape = Shape { sha256: lines::parse_digest(sha256)?, bytes: bytes.parse().ok()? };
    Some((FilePath::parse(path)?, shape))
}

/// The text.
impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let previous = self.previous.map_or_else(|| "none".to_owned(), |digest| digest.hex());
        writeln!(f, "{FORMAT} {}\nversion {}\nprevious {previous}", self.publication, self.version)?;
        writeln!(f, "created {}\nexpires {}", self.created, self.expires)?;
        writeln!(f, "threshold {}", self.officers.threshold())?;
        self.officers.all().iter().try_for_each(|officer| writeln!(f, "officer {officer}"))?;
        self.lifted.iter().try_for_each(|digest| writeln!(f, "lift {}", digest.hex()))?;
        if self.break_glass {
            writeln!(f, "break-glass")?;
        }
        writeln!(f, "reason {}", self.reason)?;
        let mut files = self.files.iter();
        files.try_for_each(|(path, shape)| writeln!(f, "file {} {} {path}", shape.sha256.hex(), shape.bytes))
    }
}
