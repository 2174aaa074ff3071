//! A license that goes with a question, to show why it may be asked. What it shows is judged by each gateway that decides.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::catalog::{LicenseTypeId, Relation};
use crate::policy::Claim;

/// How the asking department made sure that whoever shows a license is there and is who they say (到场核验). It is the department's
/// word, kept with the record; no gateway can see the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// By a real-name account, as for services online (实名账号).
    Account,
    /// By comparing the face with that of the identity card (人脸比对).
    Face,
    /// By reading the identity card (读取居民身份证).
    IdentityCard,
    /// By a clerk who compared card and person (人工核对).
    Staff,
}

impl Presence {
    /// All ways.
    pub const ALL: [Self; 4] = [Self::Account, Self::Face, Self::IdentityCard, Self::Staff];

    /// The name in requests and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Face => "face",
            Self::IdentityCard => "identity_card",
            Self::Staff => "staff",
        }
    }

    /// The way with that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A license as shown. Cheap to clone.
#[derive(Clone)]
pub struct Exhibit {
    /// What type of license it is said to be.
    pub license: LicenseTypeId,
    /// In which relation its holder is said to stand to whoever is asked about.
    pub relation: Relation,
    /// How it is known that whoever shows it is there.
    pub presence: Presence,
    /// The file.
    pub file: Bytes,
}

impl Exhibit {
    /// What it is said to show.
    pub fn claim(&self) -> Claim {
        Claim { license: self.license.clone(), relation: self.relation }
    }

    /// As the API writes it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "type": self.license.as_str(),
            "relation": self.relation.as_str(),
            "presence": self.presence.as_str(),
            "license": STANDARD.encode(&self.file),
        })
    }
}

/// The size only: licenses hold personal data.
impl fmt::Debug for Exhibit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exhibit")
            .field("claim", &self.claim().to_string())
            .field("presence", &self.presence)
            .field("file_bytes", &self.file.len())
            .finish()
    }
}
