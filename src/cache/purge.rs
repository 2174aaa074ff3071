//! What an operator wants forgotten. Whom a pseudonym stands for is in no cache.

use super::key::Key;
use crate::catalog::ServiceId;
use crate::identifier::Province;

/// Which kept answers are to go: those that fit all that is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purge {
    /// The keyed pseudonym of whoever was asked about, as records have it.
    pub subject: Option<String>,
    /// The service.
    pub service: Option<ServiceId>,
    /// The province whose data they are.
    pub province: Option<Province>,
}

impl Purge {
    /// Whether it names nothing, and so would empty the cache.
    pub const fn is_of_everything(&self) -> bool {
        self.subject.is_none() && self.service.is_none() && self.province.is_none()
    }

    pub(super) fn wants(&self, key: &Key) -> bool {
        let (province, service) = key.asked().unzip();
        self.subject.as_deref().is_none_or(|subject| subject == key.pseudonym())
            && self.service.as_ref().is_none_or(|wanted| service == Some(wanted))
            && self.province.is_none_or(|wanted| province == Some(wanted))
    }
}
