//! Members of requests and answers: what they are called, what they may look like, and how sensitive they are.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{FieldPath, FunctionId, Schema, Segment, Sensitivity};

/// A type of values that members share, such as `citizen_number`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldType {
    /// The name in the catalog.
    pub id: String,
    /// The Chinese name.
    pub title: String,
    /// The English name.
    pub english: String,
    /// What values look like.
    pub schema: Schema,
}

/// Whose interest a value touches. Personal data and commercial secrets are graded alike, 1 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    /// An enterprise: commercial information, from the public register to secrets (商业秘密).
    Commercial,
    /// A person: personal information (个人信息).
    Personal,
    /// Nobody's in particular.
    Public,
}

impl Concern {
    /// The name in the catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::Personal => "personal",
            Self::Public => "public",
        }
    }
}

/// What parameters and fields have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The Chinese name.
    pub title: String,
    /// The English name.
    pub english: String,
    /// The type of its values.
    pub field_type: Arc<FieldType>,
    /// Whose interest it touches.
    pub concern: Concern,
    /// How sensitive it is.
    pub sensitivity: Sensitivity,
}

/// A parameter of a request: `name`, `name?` where it may be left out, `name[]` for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The key.
    pub name: String,
    /// Whether the value is a list.
    pub list: bool,
    /// Whether a request must have it.
    pub required: bool,
    /// What it is.
    pub about: About,
}

impl Parameter {
    /// Parses the written form of a name; `None` if it is not one.
    pub(super) fn parse(text: &str, about: About) -> Option<Self> {
        let (rest, required) = match text.strip_suffix('?') {
            Some(rest) => (rest, false),
            None => (text, true),
        };
        Segment::parse(rest).map(|Segment { name, list }| Self { name, list, required, about })
    }
}

/// A field of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it stands.
    pub path: FieldPath,
    /// What it is.
    pub about: About,
    /// Whether it leaves only masked.
    pub masked: bool,
    /// The function whose data it is, where that is not the one that leads the service (一数一源).
    pub authority: Option<FunctionId>,
}
