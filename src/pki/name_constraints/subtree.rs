//! One subtree of names: a domain, a range of addresses, a part of the directory; and which names lie in it.

use super::super::general_name::{GeneralName, Wildcard, form, is_host, mailbox, uri_host};
use crate::asn1::{Error, Fault, Reader, Tlv};

use super::super::name::Name;

/// The names of one form that an authority is limited to or kept from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subtree {
    /// The name and all below it.
    Directory(Name),
    /// The domain and all below it; all domains if empty.
    Dns(String),
    /// One mailbox, the mailboxes of a host, or of all hosts below a domain.
    Mail(Mailboxes),
    /// URIs on hosts.
    Uri(Hosts),
    /// Addresses that agree with these octets where the mask has ones.
    Address { octets: Vec<u8>, mask: Vec<u8> },
    /// A form that is not read, or a subtree that breaks the rules of its form: permits nothing and excludes everything
    /// of it, since what it means is not known.
    Unread { tag: u8 },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mailboxes {
    One { local: String, host: String },
    At(Hosts),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hosts {
    All,
    One(String),
    /// Those with at least one label more.
    Below(String),
}

impl Hosts {
    fn read(text: &str) -> Option<Self> {
        let host = |text: &str| is_host(text, Wildcard::Refuse).then(|| text.to_ascii_lowercase());
        match text.strip_prefix('.') {
            _ if text.is_empty() => Some(Self::All),
            Some(domain) => host(domain).map(Self::Below),
            None => host(text).map(Self::One),
        }
    }

    fn hold(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        match self {
            Self::All => true,
            Self::One(one) => host == *one,
            Self::Below(domain) => host != *domain && is_below(&host, domain),
        }
    }
}

impl Subtree {
    /// Reads the GeneralSubtrees up to the end of `list`, of which there must be one.
    pub(super) fn read_all(mut list: Reader<'_>) -> Result<Vec<Self>, Error> {
        let mut found = Vec::new();
        while !list.is_empty() {
            let mut fields = list.sequence()?;
            let base = fields.any()?;
            // minimum [0] and maximum [1]: RFC 5280 §4.2.1.10 allows 0 and nothing else.
            let minimum = fields.optional(0x80)?.map(|minimum| minimum.unsigned()).transpose()?;
            let maximum = fields.optional(0x81)?;
            fields.finish()?;
            let plain = minimum.unwrap_or_default() == 0 && maximum.is_none();
            let read = if plain { Self::read(&base) } else { None };
            found.push(read.unwrap_or(Self::Unread { tag: base.tag }));
        }
        if found.is_empty() { Err(Error { fault: Fault::Content, offset: 0 }) } else { Ok(found) }
    }

    fn read(base: &Tlv<'_>) -> Option<Self> {
        let text = || std::str::from_utf8(base.value).ok().filter(|text| text.is_ascii());
        match base.tag {
            form::DIRECTORY => match GeneralName::read(base) {
                GeneralName::Directory(name) => Some(Self::Directory(name)),
                _ => None,
            },
            // A leading dot is of URIs and mail alone; what a writer means by it here, readers disagree on.
            form::DNS => {
                let text = text()?;
                (text.is_empty() || is_host(text, Wildcard::Refuse))
                    .then(|| Self::Dns(text.to_ascii_lowercase()))
            }
            form::MAIL => {
                let text = text()?;
                let boxes = match mailbox(text) {
                    Some((local, host)) => {
                        Mailboxes::One { local: local.to_owned(), host: host.to_ascii_lowercase() }
                    }
                    None => Mailboxes::At(Hosts::read(text)?),
                };
                Some(Self::Mail(boxes))
            }
            form::URI => Hosts::read(text()?).map(Self::Uri),
            form::ADDRESS => {
                let half = base.value.len() / 2;
                let (octets, mask) = base.value.split_at_checked(half)?;
                let sized = matches!(base.value.len(), 8 | 32);
                // RFC 4632: the ones of a mask come first.
                let whole = mask.iter().map(|octet| octet.count_ones()).sum::<u32>() == prefix(mask);
                (sized && whole).then(|| Self::Address { octets: octets.to_vec(), mask: mask.to_vec() })
            }
            _ => None,
        }
    }

    /// The context tag of the form.
    pub(super) const fn form(&self) -> u8 {
        match self {
            Self::Directory(_) => form::DIRECTORY,
            Self::Dns(_) => form::DNS,
            Self::Mail(_) => form::MAIL,
            Self::Uri(_) => form::URI,
            Self::Address { .. } => form::ADDRESS,
            Self::Unread { tag } => *tag,
        }
    }

    /// Whether `name` lies inside, whatever a wildcard in it stands for.
    pub(super) fn surely_holds(&self, name: &GeneralName) -> bool {
        match (self, name) {
            (Self::Directory(above), GeneralName::Directory(name)) => name.is_within(above),
            (Self::Dns(domain), GeneralName::Dns(name)) => {
                is_below(name.strip_prefix("*.").unwrap_or(name), domain)
            }
            (Self::Mail(boxes), GeneralName::Mail(name)) => {
                mailbox(name).is_some_and(|(local, host)| match boxes {
                    Mailboxes::One { local: one, host: at } => local == one && host.eq_ignore_ascii_case(at),
                    Mailboxes::At(hosts) => hosts.hold(host),
                })
            }
            (Self::Uri(hosts), GeneralName::Uri(name)) => uri_host(name).is_some_and(|host| hosts.hold(host)),
            (Self::Address { octets, mask }, GeneralName::Address(address)) => within(address, octets, mask),
            _ => false,
        }
    }

    /// Whether `name` can lie inside: by a host that a wildcard stands for, or because what it means is not known.
    pub(super) fn may_hold(&self, name: &GeneralName) -> bool {
        match (self, name) {
            (Self::Dns(domain), GeneralName::Dns(name)) => {
                self.surely_holds(&GeneralName::Dns(name.clone()))
                    || name
                        .strip_prefix("*.")
                        .is_some_and(|rest| domain.split_once('.').is_some_and(|(_, parent)| parent == rest))
            }
            (Self::Uri(_), GeneralName::Uri(name)) if uri_host(name).is_none() => true,
            (Self::Unread { .. }, _) | (_, GeneralName::Unread { .. }) => true,
            _ => self.surely_holds(name),
        }
    }
}

/// Whether `host` is `domain` or has labels before it; every host is below the empty one.
fn is_below(host: &str, domain: &str) -> bool {
    domain.is_empty()
        || host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The ones that `mask` begins with.
fn prefix(mask: &[u8]) -> u32 {
    let full = mask.iter().take_while(|octet| **octet == 0xff).count();
    let partial = mask.get(full).map_or(0, |octet| octet.leading_ones());
    u32::try_from(full * 8).unwrap_or_default() + partial
}

fn within(address: &[u8], octets: &[u8], mask: &[u8]) -> bool {
    address.len() == octets.len()
        && address.iter().zip(octets).zip(mask).all(|((ours, theirs), mask)| ours & mask == theirs & mask)
}
