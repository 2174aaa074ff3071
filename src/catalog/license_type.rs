//! Types of licenses (证照类型), as the departments that defined them publish them.

use serde::{Deserialize, Serialize};

use super::{Domain, FunctionId};
use crate::identifier::TypeCode;

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
}
