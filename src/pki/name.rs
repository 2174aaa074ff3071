//! Distinguished names as paths compare them (RFC 5280 §7.1): prepared once when they are read, equal where their bytes
//! are. How names look to people is not kept here.

mod prepare;

use std::fmt;

use super::general_name::GeneralName;
use crate::asn1::{Error, Fault, Reader, tag};
use crate::crypto::{Digest, DigestAlgorithm};

use self::prepare::prepare;

/// Name, RDN, attribute: the nesting of a name.
const DEPTH: u32 = 4;

/// emailAddress, RFC 2985 §5.2.1.
const EMAIL_ADDRESS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";

/// A distinguished name. Two are equal if RFC 5280 §7.1 says that they match.
///
/// Each attribute value of a string type is transcoded, folded and relieved of insignificant space (RFC 4518), so that
/// string type, case and white space make no difference; other values are kept as encoded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name {
    /// The RDNs as SETs of prepared attributes, one after the other. As each states its length, one name stands above
    /// another exactly if its bytes are the beginning of the other's.
    prepared: Vec<u8>,
}

impl Name {
    /// Reads a `Name`: the SEQUENCE of its RDNs.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::read(Reader::only(der, DEPTH)?.sequence()?)
    }

    /// Reads RDNs up to the end of `rdns`.
    pub fn read(mut rdns: Reader<'_>) -> Result<Self, Error> {
        let mut name = Self::default();
        while !rdns.is_empty() {
            name.push(rdns.expect(tag::SET)?.enter()?)?;
        }
        Ok(name)
    }

    /// This name with one more RDN below it, given as the values inside its SET; RFC 5280 §4.2.1.13 names distribution
    /// points so, relative to the issuer of their list.
    pub fn with_relative(&self, attributes: Reader<'_>) -> Result<Self, Error> {
        let mut name = self.clone();
        name.push(attributes)?;
        Ok(name)
    }

    /// Whether the name has no RDN.
    pub fn is_empty(&self) -> bool {
        self.prepared.is_empty()
    }

    /// Whether the name is `above` or stands below it in the tree of names (RFC 5280 §4.2.1.10, directoryName).
    pub fn is_within(&self, above: &Self) -> bool {
        self.prepared.starts_with(&above.prepared)
    }

    /// SHA-256 of the prepared form: the same for names that match, and for these alone.
    pub fn digest(&self) -> Digest {
        DigestAlgorithm::Sha256.digest(&self.prepared)
    }

    fn push(&mut self, mut rdn: Reader<'_>) -> Result<(), Error> {
        let mut attributes = Vec::new();
        while !rdn.is_empty() {
            let mut attribute = rdn.expect(tag::SEQUENCE)?.enter()?;
            let kind = attribute.expect(tag::OID)?;
            let value = attribute.any()?;
            attribute.finish()?;
            attributes.push(crate::asn1::write::sequence(&[kind.raw, &prepare(&value)]));
        }
        // X.501 §9.3: an RDN has at least one attribute. Their order says nothing.
        if attributes.is_empty() {
            return Err(Error { fault: Fault::Content, offset: 0 });
        }
        attributes.sort_unstable();
        self.prepared.extend(crate::asn1::write::tlv(tag::SET, &attributes.concat()));
        Ok(())
    }
}

/// The prepared bytes; names belong to offices and people, and how they are written is kept elsewhere.
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({} bytes)", self.prepared.len())
    }
}

/// The emailAddress attributes of the `Name` in `der`, read as mailboxes; those that are none stay unread, so that no
/// constraint lets them pass.
pub(super) fn mail_addresses(der: &[u8]) -> Result<Vec<GeneralName>, Error> {
    let mut found = Vec::new();
    let mut rdns = Reader::only(der, DEPTH)?.sequence()?;
    while !rdns.is_empty() {
        let mut rdn = rdns.expect(tag::SET)?.enter()?;
        while !rdn.is_empty() {
            let mut attribute = rdn.expect(tag::SEQUENCE)?.enter()?;
            let kind = attribute.expect(tag::OID)?;
            let value = attribute.any()?;
            if kind.value == EMAIL_ADDRESS {
                found.push(GeneralName::mailbox(value.value));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
