//! Distinguished names as GM/T 0015 profiles them: country in PrintableString, all else in UTF8String.

use super::{Error, oid};
use crate::asn1::{tag, write};

/// Who a certificate is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Two letters, ISO 3166-1.
    pub country: String,
    /// Province, if stated.
    pub province: Option<String>,
    /// Organization.
    pub organization: String,
    /// Department of the organization, if stated.
    pub unit: Option<String>,
    /// What the holder is called.
    pub common_name: String,
}

impl Name {
    /// A name in China.
    pub fn new(organization: &str, common_name: &str) -> Self {
        Self {
            country: "CN".to_owned(),
            province: None,
            organization: organization.to_owned(),
            unit: None,
            common_name: common_name.to_owned(),
        }
    }

    /// The DER of the `Name`, most general attribute first.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        // X.520 attribute types: country, state or province, organization, unit, common name.
        let attributes = [
            ("2.5.4.6", Some(&self.country)),
            ("2.5.4.8", self.province.as_ref()),
            ("2.5.4.10", Some(&self.organization)),
            ("2.5.4.11", self.unit.as_ref()),
            ("2.5.4.3", Some(&self.common_name)),
        ];
        let mut content = Vec::new();
        for (kind, value) in attributes {
            let Some(value) = value else { continue };
            let value = if kind == "2.5.4.6" { write::printable(value) } else { write::utf8(value) };
            let attribute = write::sequence(&[&oid(kind)?, &value]);
            content.extend(write::constructed(tag::SET, &[&attribute]));
        }
        Ok(write::sequence(&[&content]))
    }
}
