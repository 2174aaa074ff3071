//! Extensions of certificates (RFC 5280 §4.2): as they stand, and read as far as paths depend on them.
//! What an extension means for a path is judged elsewhere.

mod key_usage;
mod policies;

use crate::asn1::{Error, Fault, Reader, tag};

pub use self::key_usage::{ExtendedKeyUsage, KeyUsage};
pub use self::policies::PolicyStatements;

/// Object identifiers of extensions, RFC 5280 §4.2.1 unless said otherwise.
#[expect(missing_docs, reason = "the names are those of the RFC")]
pub mod id {
    pub const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
    pub const KEY_USAGE: &str = "2.5.29.15";
    pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
    pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
    pub const NAME_CONSTRAINTS: &str = "2.5.29.30";
    pub const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
    pub const CERTIFICATE_POLICIES: &str = "2.5.29.32";
    pub const POLICY_MAPPINGS: &str = "2.5.29.33";
    pub const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
    pub const POLICY_CONSTRAINTS: &str = "2.5.29.36";
    pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
    pub const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
}

/// Values nested inside one extension: a directory name in a general name in a subtree in a list takes eight.
pub(super) const DEPTH: u32 = 12;

/// One extension as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// What it is, in dotted form.
    pub oid: String,
    /// Whether who does not understand it must refuse the certificate.
    pub critical: bool,
    /// The DER inside.
    pub value: Vec<u8>,
}

impl Extension {
    /// Reads the list of extensions that `extensions` stands at.
    pub fn read_all(mut extensions: Reader<'_>) -> Result<Vec<Self>, Error> {
        let mut found = Vec::new();
        while !extensions.is_empty() {
            let mut fields = extensions.sequence()?;
            let oid = fields.oid()?;
            let critical = match fields.optional(tag::BOOLEAN)? {
                Some(flag) => boolean(flag.value)?,
                None => false,
            };
            let value = fields.octets()?.to_vec();
            fields.finish()?;
            found.push(Self { oid, critical, value });
        }
        Ok(found)
    }
}

/// A BOOLEAN's content. Writers in the field spell true as 01 and write out the default, which DER forbids and which
/// changes nothing.
pub(super) const fn boolean(content: &[u8]) -> Result<bool, Error> {
    match content {
        [octet] => Ok(*octet != 0),
        _ => Err(Error { fault: Fault::Content, offset: 0 }),
    }
}

/// The basic constraints extension, RFC 5280 §4.2.1.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the certificate is an authority's.
    pub authority: bool,
    /// How many authorities may follow below it.
    pub path_length: Option<u64>,
}

impl BasicConstraints {
    pub(super) fn parse(der: &[u8]) -> Result<Self, Error> {
        let mut fields = Reader::only(der, DEPTH)?.sequence()?;
        let authority = match fields.optional(tag::BOOLEAN)? {
            Some(flag) => boolean(flag.value)?,
            None => false,
        };
        let path_length = fields.optional(tag::INTEGER)?.map(|length| length.unsigned()).transpose()?;
        fields.finish()?;
        Ok(Self { authority, path_length })
    }
}

/// The key identifier of an authority key identifier extension (RFC 5280 §4.2.1.1), if it has one.
pub(super) fn authority_key(der: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let mut fields = Reader::only(der, DEPTH)?.sequence()?;
    // keyIdentifier [0], IMPLICIT; name and serial number of the issuer's certificate are of no use in finding it.
    let key = fields.optional(0x80)?.map(|key| key.value.to_vec());
    while !fields.is_empty() {
        fields.any()?;
    }
    Ok(key)
}
