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
use crate::crypto::{Digest, DigestAlgorithm};

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
    /// Names with the SubjectPublicKeyInfo of each: another certificate for the same key says nothing new of who has that key.
    keys: BTreeMap<Name, BTreeSet<Vec<u8>>>,
    /// Those of `digests` that are of no anchor and of nothing beside them.
    unlisted: BTreeSet<Digest>,
}

impl Suspended {
    fn names(&self, certificate: &Certificate) -> bool {
        !self.digests.is_empty()
            && [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3]
                .iter()
                .any(|algorithm| self.digests.contains(&algorithm.digest(certificate.der())))
    }

    fn holds(&self, certificate: &Certificate) -> bool {
        let keys = self.keys.get(certificate.subject_name());
        keys.is_some_and(|keys| keys.contains(certificate.spki())) || self.names(certificate)
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

    /// The same without the certificates of these digests, SHA-256 or SM3: no path holds such a one, wherever it comes from and
    /// whatever it leads to, nor another of its subject and key where it was an anchor or stood beside them.
    pub fn suspending(self, digests: BTreeSet<Digest>) -> Self {
        let unlisted = digests.clone();
        let mut suspended = Suspended { digests, keys: BTreeMap::new(), unlisted };
        for certificate in self.anchors.iter().chain(&self.intermediates) {
            for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3] {
                suspended.unlisted.remove(&algorithm.digest(certificate.der()));
            }
            if suspended.names(certificate) {
                let keys = suspended.keys.entry(certificate.subject_name().clone()).or_default();
                keys.insert(certificate.spki().to_vec());
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

    /// Digests of certificates that no path may hold and that are not known here: whose they are does not show.
    pub const fn unlisted(&self) -> &BTreeSet<Digest> {
        &self.suspended.unlisted
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
