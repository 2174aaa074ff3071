//! Types of licenses (证照类型), as the departments that defined them publish them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Domain, FunctionId, Relation, RelationRule};
use crate::identifier::TypeCode;

/// The name of a license type, such as `birth_certificate`: lower-case letters and `_`. The code of a type would name it as
/// well, but not every code is known. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicenseTypeId(Arc<str>);

impl LicenseTypeId {
    /// Parses a name of up to 64 characters; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LicenseTypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a type's code is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeSource {
    /// Concluded from how the code is used.
    Inferred,
    /// Not known; the code is left empty and never invented.
    Unknown,
    /// Seen together with the name.
    Verified,
}

/// A type of licenses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseType {
    /// Its name in agreements and requests.
    pub id: LicenseTypeId,
    /// The code (GB/T 36904), `None` where it is not known.
    pub code: Option<TypeCode>,
    /// How the code is known.
    pub code_source: CodeSource,
    /// The Chinese name.
    pub name: String,
    /// The English name.
    pub english: String,
    /// The department that defined it, where it is known.
    pub definer: Option<String>,
    /// The function of that department, where the catalog has it.
    pub function: Option<FunctionId>,
    /// Kinds of holders, by the codes of GB/T 36903 annex A (`111` citizen number, `001` credit code).
    pub holders: Vec<String>,
    /// How many holders one license has; 2 for marriage.
    pub holder_count: u8,
    /// How long it is in force, as its department words it.
    pub validity: String,
    /// The domain.
    pub domain: Domain,
    /// The fields on its face.
    pub face_fields: Vec<String>,
    /// Words of which the name of whoever issues it has at least one. Who may issue a type is nowhere listed by code; who sealed a
    /// license is held to the name that it states, and that name to these.
    pub issuers: Vec<String>,
    /// The relations that it can show, each once. Without any it is evidence of nothing but itself.
    pub relations: Vec<RelationRule>,
}

impl LicenseType {
    /// How it shows `relation`, if it can.
    pub fn shows(&self, relation: Relation) -> Option<&RelationRule> {
        self.relations.iter().find(|rule| rule.relation == relation)
    }
}
