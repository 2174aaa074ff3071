//! Why certificates are revoked (RFC 5280 §5.3.1), and the sets of reasons that lists are divided by (§4.2.1.13).
//! What a reason means for a signature made before is weighed elsewhere.

use crate::asn1::{Error, Fault, Tlv};

/// A `CRLReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// Not stated.
    Unspecified,
    /// The subject's private key is, or may be, in other hands.
    KeyCompromise,
    /// An authority's private key is, or may be, in other hands.
    AuthorityCompromise,
    /// Name or other content of the certificate no longer holds.
    AffiliationChanged,
    /// Another certificate replaces it.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// Suspended (挂起): may still be revoked, or released.
    CertificateHold,
    /// Released from hold, or expired; in delta lists only.
    RemoveFromList,
    /// A privilege that it states was withdrawn.
    PrivilegeWithdrawn,
    /// The private key of an attribute authority is, or may be, in other hands.
    AttributeAuthorityCompromise,
}

/// The number of each reason and its name in the RFC. 7 is not used.
const REASONS: [(u8, &str, RevocationReason); 10] = [
    (0, "unspecified", RevocationReason::Unspecified),
    (1, "keyCompromise", RevocationReason::KeyCompromise),
    (2, "cACompromise", RevocationReason::AuthorityCompromise),
    (3, "affiliationChanged", RevocationReason::AffiliationChanged),
    (4, "superseded", RevocationReason::Superseded),
    (5, "cessationOfOperation", RevocationReason::CessationOfOperation),
    (6, "certificateHold", RevocationReason::CertificateHold),
    (8, "removeFromCRL", RevocationReason::RemoveFromList),
    (9, "privilegeWithdrawn", RevocationReason::PrivilegeWithdrawn),
    (10, "aACompromise", RevocationReason::AttributeAuthorityCompromise),
];

impl RevocationReason {
    /// The reason with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        REASONS.iter().find(|(known, ..)| *known == number).map(|(.., reason)| *reason)
    }

    /// The reason that the content of an ENUMERATED states.
    pub(super) fn from_enumerated(content: &[u8]) -> Option<Self> {
        match content {
            [number] => Self::from_number(*number),
            _ => None,
        }
    }

    /// Its number.
    pub fn number(self) -> u8 {
        REASONS.iter().find(|(.., reason)| *reason == self).map_or(0, |(number, ..)| *number)
    }

    /// Its name in the RFC.
    pub fn name(self) -> &'static str {
        REASONS.iter().find(|(.., reason)| *reason == self).map_or("", |(_, name, _)| name)
    }

    /// Whether somebody else may have used the key.
    pub const fn is_compromise(self) -> bool {
        matches!(self, Self::KeyCompromise | Self::AuthorityCompromise | Self::AttributeAuthorityCompromise)
    }

    /// Which of two reasons stated for one certificate says more against it.
    pub(super) fn graver(self, other: Self) -> Self {
        let gravity = |reason: Self| match reason {
            _ if reason.is_compromise() => 4,
            Self::Unspecified => 3,
            Self::CertificateHold => 1,
            Self::RemoveFromList => 0,
            _ => 2,
        };
        if gravity(other) > gravity(self) { other } else { self }
    }
}

/// A set of reasons, `ReasonFlags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reasons(u16);

impl Reasons {
    /// No reason.
    pub const NONE: Self = Self(0);
    /// All eight that a list can be divided by.
    pub const ALL: Self = Self(0x1fe);

    /// Reads the content of the BIT STRING; its tag may be implicit.
    pub(super) fn read(bits: &Tlv<'_>) -> Result<Self, Error> {
        let [unused @ 0..=7, octets @ ..] = bits.value else {
            return Err(Error { fault: Fault::Content, offset: 0 });
        };
        let length = (octets.len() * 8).saturating_sub(usize::from(*unused));
        let set = (1..9_usize.min(length)).fold(0, |set, bit| {
            let octet = octets.get(bit / 8).copied().unwrap_or_default();
            set | u16::from(octet >> (7 - bit % 8) & 1) << bit
        });
        Ok(Self(set))
    }

    /// The reasons in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The reasons in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all reasons of `other` are inside.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::Reader;

    #[test]
    fn numbers_and_names_are_those_of_the_rfc() {
        for (number, name, reason) in REASONS {
            assert_eq!(RevocationReason::from_number(number), Some(reason));
            assert_eq!((reason.number(), reason.name()), (number, name));
        }
        assert_eq!(RevocationReason::from_number(7), None);
        assert_eq!(RevocationReason::from_enumerated(&[0, 1]), None);
    }

    #[test]
    fn sets_are_read_bit_by_bit() {
        let read = |der: &[u8]| Reasons::read(&Reader::only(der, 1).unwrap());
        assert_eq!(read(&[3, 2, 5, 0x60]), Ok(Reasons(0b110)));
        assert_eq!(read(&[3, 3, 7, 0x7f, 0x80]), Ok(Reasons::ALL));
        // The first bit is unused, and bits said to be unused do not count.
        assert_eq!(read(&[3, 2, 6, 0xff]), Ok(Reasons(0b10)));
        assert_eq!(read(&[3, 1, 0]), Ok(Reasons::NONE));
        assert!(read(&[3, 2, 8, 0x60]).is_err());
        assert!(Reasons::ALL.contains(Reasons(0b110)) && !Reasons(0b10).contains(Reasons(0b110)));
    }
}
