//! What a key may be used for: key usage (RFC 5280 §4.2.1.3) and extended key usage (§4.2.1.12).

use super::DEPTH;
use crate::asn1::{Error, Fault, Reader, tag};

/// Bits of the key usage extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(u16);

#[expect(missing_docs, reason = "the names are those of the RFC")]
impl KeyUsage {
    pub const DIGITAL_SIGNATURE: Self = Self(0x8000);
    /// Later called contentCommitment.
    pub const NON_REPUDIATION: Self = Self(0x4000);
    pub const KEY_ENCIPHERMENT: Self = Self(0x2000);
    pub const DATA_ENCIPHERMENT: Self = Self(0x1000);
    pub const KEY_AGREEMENT: Self = Self(0x0800);
    pub const CERTIFICATE_SIGN: Self = Self(0x0400);
    pub const CRL_SIGN: Self = Self(0x0200);
}

impl KeyUsage {
    /// Whether at least one bit of `wanted` is set.
    pub const fn has_any(self, wanted: Self) -> bool {
        self.0 & wanted.0 != 0
    }

    /// The bits of both.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(in crate::pki) fn parse(der: &[u8]) -> Result<Self, Error> {
        let bits = Reader::new(der, DEPTH).expect(tag::BIT_STRING)?;
        Reader::only(der, DEPTH)?;
        match bits.value {
            [unused @ 0..=7, octets @ ..] if octets.len() <= 2 => {
                let first = octets.first().copied().unwrap_or_default();
                let second = octets.get(1).copied().unwrap_or_default();
                // Bits said to be unused count as zero, whatever stands there.
                let last = if octets.is_empty() { 0 } else { octets.len() * 8 - usize::from(*unused) };
                let mask = u16::try_from(!(0xffff_u32 >> last) & 0xffff).unwrap_or_default();
                Ok(Self(u16::from_be_bytes([first, second]) & mask))
            }
            _ => Err(Error { fault: Fault::Content, offset: 0 }),
        }
    }
}

/// The extended key usage extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedKeyUsage {
    /// Whether who does not know the purposes must refuse the certificate.
    pub critical: bool,
    /// The purposes, in dotted form.
    pub purposes: Vec<String>,
}

impl ExtendedKeyUsage {
    pub(in crate::pki) fn parse(critical: bool, der: &[u8]) -> Result<Self, Error> {
        let mut list = Reader::only(der, DEPTH)?.sequence()?;
        let mut purposes = vec![list.oid()?];
        while !list.is_empty() {
            purposes.push(list.oid()?);
        }
        Ok(Self { critical, purposes })
    }
}
