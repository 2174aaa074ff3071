//! Object identifiers as they are compared: by their content octets, so that arcs of any size have their place.

use std::fmt;
use std::str::FromStr;

use crate::asn1::{Error, Reader, dotted, tag, write};
use crate::hex;

/// An object identifier, such as of a certificate policy.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Box<[u8]>);

impl Oid {
    /// Reads the OBJECT IDENTIFIER that stands next.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self(reader.expect(tag::OID)?.value.into()))
    }

    /// Whether this is anyPolicy, RFC 5280 §4.2.1.4.
    pub fn is_any_policy(&self) -> bool {
        *self.0 == ANY_POLICY
    }

    /// anyPolicy, RFC 5280 §4.2.1.4.
    pub fn any_policy() -> Self {
        Self(ANY_POLICY.into())
    }
}

/// 2.5.29.32.0.
const ANY_POLICY: [u8; 4] = [0x55, 0x1d, 0x20, 0x00];

/// Text that is not an object identifier in dotted form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an object identifier in dotted form, such as 1.2.156.10260.4.1.1")]
pub struct NotAnOid;

impl FromStr for Oid {
    type Err = NotAnOid;

    fn from_str(text: &str) -> Result<Self, NotAnOid> {
        let der = write::oid(text).ok_or(NotAnOid)?;
        let value = Reader::only(&der, 0).map_err(|_| NotAnOid)?.value;
        Ok(Self(value.into()))
    }
}

/// In dotted form; in hexadecimal where arcs are beyond 64 bits.
impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&dotted(&self.0).unwrap_or_else(|| hex::encode(&self.0)))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
