//! Trust anchors: the certificates that paths may end in, and what each is trusted for.

mod entry;
mod source;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

pub use self::entry::{AnchorEntry, AnchorRole, AnchorScope, Untrusted};
pub use self::source::{Place, RevocationFormat, RevocationSource, SourceError, SourceUrl};
use super::certificate::Certificate;
use super::name::Name;
use super::path::VerifiedPath;
use crate::crypto::{Digest, DigestAlgorithm, PublicKey};

/// A certificate that paths may end in, and what officers say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    /// The certificate.
    pub certificate: Certificate,
    /// What is said of it; shared by the certificates of one authority.
    pub entry: Arc<AnchorEntry>,
}

/// The certificates that paths may end in, and others that may help on the way, found by the name that they are of.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    anchors: Vec<Certificate>,
    /// Of each anchor, at the same place.
    entries: Vec<Arc<AnchorEntry>>,
    /// Each entry once, in the order of its first anchor: thousands of anchors are asked about in each verdict.
    authorities: Vec<Arc<AnchorEntry>>,
    /// The places of `authorities` by name.
    named: HashMap<String, usize>,
    intermediates: Vec<Certificate>,
    anchors_of: BTreeMap<Name, Vec<usize>>,
    intermediates_of: BTreeMap<Name, Vec<usize>>,
    suspended: Suspended,
}

/// Certificates that no path may hold, whatever it ends in.
#[derive(Clone, Debug, Default)]
struct Suspended {
    /// SHA-256 or SM3 of them.
    digests: BTreeSet<Digest>,
    /// SHA-256 or SM3 of the bits of keys that no certificate on a path may have.
    keys: BTreeSet<Digest>,
    /// SHA-256 of the bits of the keys of anchors and of what stands beside them, as far as `digests` names these: another
    /// certificate for the same key, whatever its name, says nothing new of who has that key.
    listed: BTreeSet<Digest>,
    /// What of both is of no anchor and of nothing beside them.
    unlisted: BTreeSet<Digest>,
}

/// Whether `digests` has one of `bytes`.
fn has(digests: &BTreeSet<Digest>, bytes: &[u8]) -> bool {
    let algorithms = [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3];
    !digests.is_empty() && algorithms.iter().any(|algorithm| digests.contains(&algorithm.digest(bytes)))
}

impl Suspended {
    fn names(&self, certificate: &Certificate) -> bool {
        has(&self.digests, certificate.der()) || has(&self.keys, &certificate.key_bits)
    }

    fn holds(&self, certificate: &Certificate) -> bool {
        self.names(certificate) || !self.listed.is_empty() && self.listed.contains(&certificate.key_digest())
    }
}

impl Anchors {
    /// Trusts `anchors` for everything; `intermediates` are used on the way and not trusted by themselves.
    pub fn new(anchors: Vec<Certificate>, intermediates: Vec<Certificate>) -> Self {
        let entry = Arc::new(AnchorEntry::given());
        let anchors =
            anchors.into_iter().map(|certificate| Anchor { certificate, entry: Arc::clone(&entry) });
        Self::stated(anchors.collect(), intermediates)
    }

    /// Trusts `anchors`, each for what its entry states.
    pub fn stated(anchors: Vec<Anchor>, intermediates: Vec<Certificate>) -> Self {
        let (anchors, entries): (Vec<_>, Vec<_>) =
            anchors.into_iter().map(|anchor| (anchor.certificate, anchor.entry)).unzip();
        let (anchors_of, intermediates_of) = (by_name(&anchors), by_name(&intermediates));
        let suspended = Suspended::default();
        let mut seen = HashSet::new();
        let first = |entry: &&Arc<AnchorEntry>| seen.insert(Arc::as_ptr(entry));
        let authorities: Vec<_> = entries.iter().filter(first).cloned().collect();
        let mut named = HashMap::new();
        for (at, entry) in authorities.iter().enumerate() {
            named.entry(entry.name.clone()).or_insert(at);
        }
        Self { anchors, entries, authorities, named, intermediates, anchors_of, intermediates_of, suspended }
    }

    /// The same without the certificates of these digests, and without those of `keys`, both SHA-256 or SM3: no path holds such a
    /// one, wherever it comes from and whatever it leads to, nor another of its key where it was an anchor or stood beside them.
    pub fn suspending(self, digests: BTreeSet<Digest>, keys: BTreeSet<Digest>) -> Self {
        // A key may stand in any certificate, wherever that comes from.
        let unlisted = digests.union(&keys).copied().collect();
        let mut suspended = Suspended { digests, keys, listed: BTreeSet::new(), unlisted };
        for certificate in self.anchors.iter().chain(&self.intermediates) {
            for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3] {
                suspended.unlisted.remove(&algorithm.digest(certificate.der()));
            }
            if suspended.names(certificate) {
                suspended.listed.insert(certificate.key_digest());
            }
        }
        let anchors = self.anchors.into_iter().zip(self.entries);
        let anchors = anchors
            .filter(|(certificate, _)| !suspended.holds(certificate))
            .map(|(certificate, entry)| Anchor { certificate, entry })
            .collect();
        let intermediates =
            self.intermediates.into_iter().filter(|certificate| !suspended.holds(certificate)).collect();
        Self { suspended, ..Self::stated(anchors, intermediates) }
    }

    /// Digests of certificates and keys that no path may hold and that are not known here: whose they are does not show.
    pub const fn unlisted(&self) -> &BTreeSet<Digest> {
        &self.suspended.unlisted
    }

    /// SHA-256 of the bits of the keys of anchors that are suspended, whatever certificates they stand in.
    pub const fn suspended_keys(&self) -> &BTreeSet<Digest> {
        &self.suspended.listed
    }

    /// Whether no path may hold `certificate`.
    pub(super) fn suspends(&self, certificate: &Certificate) -> bool {
        self.suspended.holds(certificate)
    }

    /// The trusted certificates, whatever each is trusted for.
    pub fn trusted(&self) -> &[Certificate] {
        &self.anchors
    }

    /// The trusted certificates with what is said of each.
    pub fn iter(&self) -> impl Iterator<Item = (&Certificate, &Arc<AnchorEntry>)> {
        self.anchors.iter().zip(&self.entries)
    }

    /// What is said of each authority, once.
    pub fn entries(&self) -> impl Iterator<Item = &Arc<AnchorEntry>> {
        self.authorities.iter()
    }

    /// What is said of `certificate`, if it is trusted.
    pub fn entry_of(&self, certificate: &Certificate) -> Option<&Arc<AnchorEntry>> {
        self.stated_named(certificate.subject_name())
            .find(|(trusted, _)| *trusted == certificate)
            .map(|(_, entry)| entry)
    }

    /// What is said of the authority that officers call `name`.
    pub fn entry_named(&self, name: &str) -> Option<&Arc<AnchorEntry>> {
        self.named.get(name).and_then(|at| self.authorities.get(*at))
    }

    /// What officers call the anchor that `path` ends in.
    pub fn name_of_end(&self, path: &VerifiedPath) -> Option<String> {
        let end = path.certificates().last().and_then(|end| self.entry_of(end));
        end.map(|entry| entry.name.clone())
    }

    /// The certificates that may help on the way.
    pub fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }

    /// Whether `certificate` itself is trusted, whatever for.
    pub fn trusts(&self, certificate: &Certificate) -> bool {
        self.entry_of(certificate).is_some()
    }

    /// The trusted certificates of `name`, with what is said of each.
    pub(super) fn stated_named(
        &self,
        name: &Name,
    ) -> impl Iterator<Item = (&Certificate, &Arc<AnchorEntry>)> {
        let places = self.anchors_of.get(name).into_iter().flatten();
        places.filter_map(|at| self.anchors.get(*at).zip(self.entries.get(*at)))
    }

    /// The keys of the trusted certificates, then of those that may help on the way, as far as any check is known for them.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.anchors.iter().chain(&self.intermediates).filter_map(|certificate| certificate.key.as_ref().ok())
    }

    /// The certificates of `name` that may help on the way.
    pub(super) fn intermediates_named(&self, name: &Name) -> impl Iterator<Item = &Certificate> {
        self.intermediates_of.get(name).into_iter().flatten().filter_map(|at| self.intermediates.get(*at))
    }
}

fn by_name(certificates: &[Certificate]) -> BTreeMap<Name, Vec<usize>> {
    let mut index: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for (at, certificate) in certificates.iter().enumerate() {
        index.entry(certificate.subject_name().clone()).or_default().push(at);
    }
    index
}
