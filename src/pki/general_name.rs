//! General names (RFC 5280 §4.2.1.6): the alternative names of subjects, and where lists about revocation are found.

use super::extension::DEPTH;
use super::name::Name;
use crate::asn1::{Error, Fault, Reader, Tlv};

/// Context tags of the forms of a general name.
pub(super) mod form {
    pub(in crate::pki) const MAIL: u8 = 0x81;
    pub(in crate::pki) const DNS: u8 = 0x82;
    pub(in crate::pki) const DIRECTORY: u8 = 0xa4;
    pub(in crate::pki) const URI: u8 = 0x86;
    pub(in crate::pki) const ADDRESS: u8 = 0x87;
}

/// One general name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// rfc822Name.
    Mail(String),
    /// dNSName, in lower case.
    Dns(String),
    /// directoryName.
    Directory(Name),
    /// uniformResourceIdentifier.
    Uri(String),
    /// iPAddress, 4 or 16 octets.
    Address(Vec<u8>),
    /// A form that is not read (otherName, x400Address, ediPartyName, registeredID), or a name that breaks the rules of
    /// its form.
    Unread {
        /// The identifier octet, which says the form.
        tag: u8,
        /// The content.
        value: Vec<u8>,
    },
}

impl GeneralName {
    /// Reads `GeneralNames`: a SEQUENCE of at least one.
    pub fn read_all(der: &[u8]) -> Result<Vec<Self>, Error> {
        let names = Reader::only(der, DEPTH)?.sequence()?;
        if names.is_empty() {
            Err(Error { fault: Fault::Content, offset: 0 })
        } else {
            Self::read_list(names)
        }
    }

    /// Reads the general names up to the end of `names`.
    pub fn read_list(mut names: Reader<'_>) -> Result<Vec<Self>, Error> {
        let mut found = Vec::new();
        while !names.is_empty() {
            found.push(Self::read(&names.any()?));
        }
        Ok(found)
    }

    /// The name in `value`, whose tag says the form.
    pub(super) fn read(value: &Tlv<'_>) -> Self {
        let ascii = || std::str::from_utf8(value.value).ok().filter(|text| text.is_ascii());
        let read = match value.tag {
            form::MAIL => return Self::mailbox(value.value),
            form::DNS => ascii()
                .filter(|text| is_host(text, Wildcard::Allow))
                .map(|text| Self::Dns(text.to_ascii_lowercase())),
            form::DIRECTORY => value
                .enter()
                .and_then(|mut inside| {
                    let name = Name::read(inside.sequence()?)?;
                    inside.finish().map(|()| Self::Directory(name))
                })
                .ok(),
            form::URI => ascii().map(|text| Self::Uri(text.to_owned())),
            form::ADDRESS => matches!(value.value.len(), 4 | 16).then(|| Self::Address(value.value.to_vec())),
            _ => None,
        };
        read.unwrap_or_else(|| Self::Unread { tag: value.tag, value: value.value.to_vec() })
    }

    /// The mailbox written as `text`.
    pub(super) fn mailbox(text: &[u8]) -> Self {
        let ascii = std::str::from_utf8(text).ok().filter(|text| text.is_ascii() && mailbox(text).is_some());
        let unread = || Self::Unread { tag: form::MAIL, value: text.to_vec() };
        ascii.map_or_else(unread, |text| Self::Mail(text.to_owned()))
    }

    /// The context tag that says the form.
    pub(super) const fn form(&self) -> u8 {
        match self {
            Self::Mail(_) => form::MAIL,
            Self::Dns(_) => form::DNS,
            Self::Directory(_) => form::DIRECTORY,
            Self::Uri(_) => form::URI,
            Self::Address(_) => form::ADDRESS,
            Self::Unread { tag, .. } => *tag,
        }
    }
}

/// Whether `*` may stand for the first label of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wildcard {
    Allow,
    Refuse,
}

/// Whether `text` is a host name: labels of letters, digits, hyphens (RFC 1034 §3.5) and the underscores of the field.
pub(super) fn is_host(text: &str, wildcard: Wildcard) -> bool {
    let labels = match (text.strip_prefix("*."), wildcard) {
        (Some(rest), Wildcard::Allow) => rest,
        _ => text,
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= 253 && labels.split('.').all(label)
}

/// The local part and the host of a mailbox (RFC 5321 §4.1.2); literal addresses are no hosts.
pub(super) fn mailbox(text: &str) -> Option<(&str, &str)> {
    let (local, host) = text.rsplit_once('@')?;
    (!local.is_empty() && is_host(host, Wildcard::Refuse)).then_some((local, host))
}

/// The host of a URI that has one by name (RFC 3986 §3.2); RFC 5280 §4.2.1.10 rejects others where a constraint applies.
pub(super) fn uri_host(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let numeric = host.rsplit('.').next()?.bytes().all(|byte| byte.is_ascii_digit());
    (!scheme.is_empty() && !numeric && is_host(host, Wildcard::Refuse)).then_some(host)
}
