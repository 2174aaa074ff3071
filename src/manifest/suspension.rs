//! Suspensions (停用): what one officer alone may do, at once, because it only takes away. Lifting one takes a manifest.

use std::fmt;

use super::check::{FUTURE_MILLIS, parse_note};
use super::lines::{self, Lines, TextFault};
use super::{KeyName, Note, Officers, PublicationName, Refusal};
use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::foreign::is_unseen;
use crate::identifier::{Department, Province, System};
use crate::policy::AgreementId;

/// The first word of a suspension; never that of a manifest, so that no signature is good for both.
const FORMAT: &str = "tongban.suspension/v1";

/// Characters of a seal's identifier. 256: those that are in use have under 40.
const SEAL: usize = 256;

/// What is suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A trust anchor, by SHA-256 or SM3 of its certificate.
    Anchor(Digest),
    /// A key, by SHA-256 or SM3 of its bits (the subjectPublicKey of RFC 5280 §4.1.2.7), whatever certificate it stands in. Whoever
    /// holds a certificate writes its signature anew in another way, and its digest is another; its key is not theirs to change.
    Key(Digest),
    /// A seal, by its identifier (esID), whoever made it.
    Seal(String),
    /// An enrolled system.
    System(System),
    /// The gateway of another province: what it asks here, and what is asked of it.
    Gateway(Province),
    /// A department, as one that asks.
    Department(Department),
    /// A sharing agreement.
    Agreement(AgreementId),
}

impl Subject {
    /// Parses a kind and an identifier.
    pub fn parse(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "anchor" => lines::parse_digest(&id.replace(':', "")).map(Self::Anchor),
            "key" => lines::parse_digest(&id.replace(':', "")).map(Self::Key),
            "seal" => {
                // Makers call their seals what they like; what reads as something else than it is stays out.
                let plain = |c: char| !is_unseen(c) && (c == ' ' || !c.is_whitespace());
                let fits = (1..=SEAL).contains(&id.chars().count()) && id.trim() == id;
                (fits && id.chars().all(plain)).then(|| Self::Seal(id.to_owned()))
            }
            "system" => System::parse(id).ok().map(Self::System),
            "gateway" => Province::parse(id).ok().map(Self::Gateway),
            "department" => Department::parse(id).ok().map(Self::Department),
            "agreement" => AgreementId::parse(id).map(Self::Agreement),
            _ => None,
        }
    }

    /// The kind: `anchor`, `key`, `seal`, `system`, `gateway`, `department` or `agreement`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Anchor(_) => "anchor",
            Self::Key(_) => "key",
            Self::Seal(_) => "seal",
            Self::System(_) => "system",
            Self::Gateway(_) => "gateway",
            Self::Department(_) => "department",
            Self::Agreement(_) => "agreement",
        }
    }

    /// The identifier.
    pub fn id(&self) -> String {
        match self {
            Self::Anchor(digest) | Self::Key(digest) => digest.hex(),
            Self::Seal(id) => id.clone(),
            Self::System(system) => system.to_string(),
            Self::Gateway(province) => province.to_string(),
            Self::Department(department) => department.to_string(),
            Self::Agreement(agreement) => agreement.to_string(),
        }
    }
}

/// Kind and identifier.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.id())
    }
}

/// What a suspension states. It proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// The publication that it is for.
    pub publication: PublicationName,
    /// What is suspended.
    pub subject: Subject,
    /// Since when.
    pub since: Timestamp,
    /// Why, for people.
    pub reason: String,
}

impl Suspension {
    /// Parses the text of a suspension, which must be the one text that says what it says.
    pub fn parse(text: &str) -> Result<Self, TextFault> {
        let mut lines = Lines::of(text);
        let publication = lines.parsed(FORMAT, PublicationName::parse)?;
        let subject = lines.parsed("suspend", |text| {
            let (kind, id) = text.split_once(' ')?;
            Subject::parse(kind, id)
        })?;
        let since = lines.parsed("since", lines::parse_time)?;
        let reason = lines.parsed("reason", lines::parse_reason)?;
        lines.finish()?;
        let suspension = Self { publication, subject, since, reason };
        lines::canonical(text, &suspension.to_string())?;
        Ok(suspension)
    }

    /// The digest of its text, by which a manifest lifts it.
    pub fn digest(&self) -> Digest {
        lines::digest(&self.to_string())
    }
}

/// The text.
impl fmt::Display for Suspension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORMAT} {}\nsuspend {}", self.publication, self.subject)?;
        writeln!(f, "since {}\nreason {}", self.since, self.reason)
    }
}

/// A suspension that an officer signed. Only [`Suspended::check`] makes one, and [`Suspended::resume`] makes it again.
#[derive(Clone, Debug)]
pub struct Suspended {
    suspension: Suspension,
    officer: KeyName,
    note: Note,
}

impl Suspended {
    /// Checks that `note` is a suspension for `publication` by one of `officers`, with all keys of theirs, and not from the
    /// future.
    pub fn check(
        note: &[u8],
        publication: &PublicationName,
        officers: &Officers,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let note = parse_note(note)?;
        let suspension = Suspension::parse(note.text()).map_err(Refusal::Text)?;
        if suspension.publication != *publication {
            return Err(Refusal::OtherPublication {
                found: suspension.publication,
                own: publication.clone(),
            });
        }
        let tally = officers.count(&note).map_err(Refusal::SignatureBroken)?;
        let Some(officer) = tally.approved.first().cloned() else {
            return Err(Refusal::shortfall("an officer in effect", 1, tally));
        };
        if suspension.since > now.plus_millis(FUTURE_MILLIS) {
            return Err(Refusal::FromFuture(suspension.since));
        }
        // Other lines prove nothing, and who is read from what was kept must be who was checked.
        let note = note.by(&officer);
        Ok(Self { suspension, officer, note })
    }

    /// A suspension that the gateway checked before and kept. Who signed it is not asked again: it holds though its officer
    /// is none any more, and what is put here by others can only take away.
    pub fn resume(note: &[u8], publication: &PublicationName) -> Result<Self, Refusal> {
        let note = parse_note(note)?;
        let suspension = Suspension::parse(note.text()).map_err(Refusal::Text)?;
        match note.signatures().first().map(|line| line.name.clone()) {
            Some(officer) if suspension.publication == *publication => Ok(Self { suspension, officer, note }),
            _ => Err(Refusal::OtherPublication { found: suspension.publication, own: publication.clone() }),
        }
    }

    /// What is suspended, since when and why.
    pub const fn suspension(&self) -> &Suspension {
        &self.suspension
    }

    /// Who did it.
    pub const fn officer(&self) -> &KeyName {
        &self.officer
    }

    /// The note.
    pub const fn note(&self) -> &Note {
        &self.note
    }
}
