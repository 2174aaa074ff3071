//! A certificate revocation list (CRL, 证书吊销列表; RFC 5280 §5), verified and indexed once when it is loaded.
//! Which certificates it is to be asked about, and whether it is fresh enough, is decided elsewhere.

mod read;

use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;

use super::attestation::Attestation;
use super::distribution::{DistributionPoint, Scope};
use super::entries::{Entries, Revoked};
use super::freshness::{EvidenceRules, Window};
use crate::asn1::{self, tag};
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::pki::{Certificate, Name};

/// Why a list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The two places that name the signature algorithm disagree (RFC 5280 §5.1.1.2).
    #[error("the list names two signature algorithms")]
    AlgorithmsDiffer,
    /// The budget for signature checks is used up.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// An extension that must be understood is not (RFC 5280 §5.2, §5.3).
    #[error("extension `{0}` must be understood and is not")]
    UnhandledCritical(String),
    /// An extension cannot be parsed, or stands where it has no meaning.
    #[error("extension `{0}` is malformed or out of place")]
    ExtensionMalformed(String),
    /// An extension stands twice.
    #[error("extension `{0}` stands twice")]
    ExtensionTwice(String),
    /// The bytes are not a CertificateList in DER.
    #[error("not a certificate list in DER: {0}")]
    Malformed(#[from] asn1::Error),
    /// The serial number of an entry has more than 255 octets.
    #[error("the serial number of an entry has more than 255 octets")]
    SerialTooLong,
    /// The list has more bytes, entries or issuers than allowed.
    #[error("the list is larger than allowed")]
    TooLarge,
    /// The version does not fit the content.
    #[error("the version does not fit the content")]
    Version,
}

/// How large a list may be. Both numbers can be set in the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListLimits {
    /// Bytes of one list. 512 MiB: ten times the largest public ones, of about a million entries.
    pub bytes: u64,
    /// Entries of one list. 10,000,000, which take up to 450 MB once indexed.
    pub entries: u32,
}

impl Default for ListLimits {
    fn default() -> Self {
        Self { bytes: 512 << 20, entries: 10_000_000 }
    }
}

/// The lists in a file: one in DER, or any number in PEM. `None` if the PEM text is malformed or has none.
pub fn lists_in(file: &[u8]) -> Option<Vec<Vec<u8>>> {
    if file.first() == Some(&tag::SEQUENCE) {
        return Some(vec![file.to_vec()]);
    }
    let lists = CertificateRevocationListDer::pem_slice_iter(file).map(|der| der.map(|der| der.to_vec()));
    lists.collect::<Result<Vec<_>, _>>().ok().filter(|lists| !lists.is_empty())
}

/// A number of lists or certificates, of any length: the content octets of a non-negative INTEGER without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListNumber(Vec<u8>);

impl PartialOrd for ListNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ListNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl std::fmt::Display for ListNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "0x{}", crate::hex::encode(&self.0))
    }
}

/// A list whose every byte was read, with an index of what it says.
#[derive(Debug)]
pub struct List {
    digest: Digest,
    issuer: Name,
    window: Window,
    number: Option<ListNumber>,
    base: Option<ListNumber>,
    scope: Scope,
    freshest: Vec<DistributionPoint>,
    authority_key: Option<Vec<u8>>,
    entries: Entries,
    attestation: Attestation,
    /// thisUpdate of the newer list that has the entries which are missing here.
    rest_from: Option<Timestamp>,
}

impl List {
    /// Reads `der`, which must be one CertificateList and nothing more, and checks its signature with the keys of those
    /// `authorities` that have its issuer's name.
    ///
    /// Beside `der` it takes up to 32 bytes and the serial number for each entry; if no authority's key fits, the
    /// signed bytes are kept too, for a key that a judged path brings.
    pub fn load(
        der: &[u8],
        authorities: &[Certificate],
        limits: &ListLimits,
        budget: &mut Budget,
    ) -> Result<Self, ListError> {
        read::list(der, authorities, limits, budget)
    }

    /// SM3 of the bytes.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Who signed it.
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// thisUpdate: the state of things that it tells.
    pub const fn this_update(&self) -> Timestamp {
        self.window.this_update
    }

    /// nextUpdate: when the next one will be there at the latest.
    pub const fn next_update(&self) -> Option<Timestamp> {
        self.window.next_update
    }

    /// Its number, which only grows (RFC 5280 §5.2.3).
    pub const fn number(&self) -> Option<&ListNumber> {
        self.number.as_ref()
    }

    /// The number of the full list that this one adds to, if it is a delta (RFC 5280 §5.2.4).
    pub const fn base(&self) -> Option<&ListNumber> {
        self.base.as_ref()
    }

    /// What it is about.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Where deltas to it are published.
    pub fn freshest(&self) -> &[DistributionPoint] {
        &self.freshest
    }

    /// How many certificates are on it.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no certificate is on it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is known whose key signed it.
    pub fn is_verified(&self) -> bool {
        self.attestation.is_shown()
    }

    /// Whether one of the authorities that it was loaded with signed it.
    pub const fn is_vouched(&self) -> bool {
        self.attestation.is_vouched()
    }

    /// Bytes of it that are held beside the index, for a key that shows later who signed it.
    pub fn open_bytes(&self) -> u64 {
        u64::try_from(self.attestation.open_bytes()).unwrap_or(u64::MAX)
    }

    /// What it says of the certificate with `serial` (content octets) by `issuer`. Whether it counts is not asked.
    pub fn find(&self, issuer: &Name, serial: &[u8]) -> Option<Revoked> {
        self.entries.find(issuer, serial)
    }

    /// The issuers whose certificates it may speak of: its own, and those that its entries name.
    pub fn issuers(&self) -> impl Iterator<Item = &Name> {
        self.entries.issuers()
    }

    /// Whether `other` is about the same things, from the same name: only lists that are follow each other.
    pub fn is_of_series(&self, other: &Self) -> bool {
        self.issuer == other.issuer
            && self.scope == other.scope
            && self.base.is_some() == other.base.is_some()
    }

    /// What is left of this full list once `newer`, the next one by the same key, is at hand: entries that `newer` has as well
    /// are left to it. Together they say what both did whole, in the memory of what was dropped between them.
    ///
    /// `None` where that cannot be told: a key that is not known yet, another key or other things, a delta, or lists in the
    /// wrong order, or a `newer` that is not whole itself.
    #[must_use]
    pub fn beside(&self, newer: &Self) -> Option<Self> {
        let follows = self.is_of_series(newer)
            && self.base.is_none()
            && newer.rest_from.is_none()
            && self.this_update() < newer.this_update()
            && self.attestation.is_by_same(&newer.attestation);
        let attestation = self.attestation.of_part().filter(|_| follows)?;
        Some(Self {
            digest: self.digest,
            issuer: self.issuer.clone(),
            window: self.window,
            number: self.number.clone(),
            base: None,
            scope: self.scope.clone(),
            freshest: self.freshest.clone(),
            authority_key: self.authority_key.clone(),
            entries: self.entries.without(&newer.entries),
            attestation,
            rest_from: Some(newer.this_update()),
        })
    }

    /// Whether entries are left to a newer list.
    pub const fn is_part(&self) -> bool {
        self.rest_from.is_some()
    }

    /// Whether it was made by somebody else than it says: `authorities` have keys under the name of its issuer, and none of
    /// them made its signature.
    pub fn is_forged(&self, authorities: &[Certificate]) -> bool {
        !self.is_verified() && authorities.iter().any(|authority| *authority.subject_name() == self.issuer)
    }

    /// Whether all that it says is at hand at `now`: it is of a time that has come, and so is the list that has the rest.
    pub(super) fn has_begun(&self, now: Timestamp, rules: &EvidenceRules) -> bool {
        let latest = now.plus_millis(rules.skew_millis);
        self.window.has_begun(now, rules) && self.rest_from.is_none_or(|rest| rest <= latest)
    }

    pub(super) const fn window(&self) -> &Window {
        &self.window
    }

    pub(super) const fn attestation(&self) -> &Attestation {
        &self.attestation
    }

    pub(super) fn authority_key(&self) -> Option<&[u8]> {
        self.authority_key.as_deref()
    }

    /// Whether this delta brings `full` up to date (§5.2.4: same scope and key, base not newer than `full`).
    pub(super) fn adds_to(&self, full: &Self) -> bool {
        let (Some(base), Some(own), Some(number)) = (&self.base, &self.number, &full.number) else {
            return false;
        };
        base <= number
            && number < own
            && self.issuer == full.issuer
            && self.scope == full.scope
            && self.authority_key == full.authority_key
    }
}
