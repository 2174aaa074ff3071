//! What a license can show about two persons: in which relation its holder stands to whoever is asked about, and where on its
//! face the codes of both stand. Reading a license is not done here.

use serde::{Deserialize, Serialize};

/// The relation of the person who shows a license to the person or enterprise that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Acts for them by their own word (代理人).
    AgentFor,
    /// Guardian by other than birth, such as by appointment (监护人).
    GuardianOf,
    /// Legal representative of the enterprise (法定代表人).
    LegalRepresentativeOf,
    /// Father or mother (父母).
    ParentOf,
    /// The same (本人): the license is the own one of whoever is asked about.
    #[serde(rename = "self")]
    Same,
    /// Husband or wife (配偶).
    Spouse,
}

impl Relation {
    /// All relations.
    pub const ALL: [Self; 6] = [
        Self::AgentFor,
        Self::GuardianOf,
        Self::LegalRepresentativeOf,
        Self::ParentOf,
        Self::Same,
        Self::Spouse,
    ];

    /// The name in requests, agreements and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgentFor => "agent_for",
            Self::GuardianOf => "guardian_of",
            Self::LegalRepresentativeOf => "legal_representative_of",
            Self::ParentOf => "parent_of",
            Self::Same => "self",
            Self::Spouse => "spouse",
        }
    }

    /// The relation with that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// Whether it can make somebody a guardian (Civil Code, articles 27 and 28): parents are, by law; others by the license
    /// that says so. Nobody is one by marriage, or by the word of a child.
    pub const fn may_guard(self) -> bool {
        matches!(self, Self::GuardianOf | Self::ParentOf)
    }

    /// Whether it can make somebody the guardian of an adult: for these one is appointed, out of their family and others, and nobody
    /// is one by birth (Civil Code, article 28).
    pub const fn may_guard_adults(self) -> bool {
        matches!(self, Self::GuardianOf)
    }
}

/// Where on a license the code of a person or enterprise stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum CodePlace {
    /// In a field of its face, as its type calls it.
    Face(String),
    /// Among the codes of its holders.
    Holder,
}

impl CodePlace {
    /// The name in the catalog: `holder`, or that of a field.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Face(field) => field,
            Self::Holder => "holder",
        }
    }
}

impl From<String> for CodePlace {
    fn from(text: String) -> Self {
        if text == "holder" { Self::Holder } else { Self::Face(text) }
    }
}

/// What a field of the face must say for a license to show the relation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaceCondition {
    /// The field, as the type calls it.
    pub field: String,
    /// One of these, to the letter.
    pub is: Vec<String>,
}

/// A relation that licenses of one type can show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationRule {
    /// The relation.
    pub relation: Relation,
    /// Where the code of whoever shows the license stands; each place may name one more. Empty for [`Relation::Same`].
    #[serde(default)]
    pub person: Vec<CodePlace>,
    /// Where the code of whoever is asked about stands.
    pub subject: Vec<CodePlace>,
    /// What else the face must say.
    #[serde(default, rename = "if")]
    pub condition: Option<FaceCondition>,
    /// The field with the day of birth of whoever is asked about. Where it is named, and their number tells no age, the relation is
    /// shown until they are eighteen (Civil Code, article 17).
    #[serde(default)]
    pub born: Option<String>,
    /// Whether it makes the person the guardian of a child.
    #[serde(default)]
    pub guardian: bool,
    /// Where the rule comes from.
    pub source: String,
    /// Whether names of fields and values were made up for demonstrations and tests.
    pub sample: bool,
}
