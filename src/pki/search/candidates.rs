//! The certificates that can stand above a leaf, by name alone, and how far each is from an anchor.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::super::anchors::AnchorEntry;
use super::super::certificate::Certificate;
use super::super::name::Name;
use super::super::terms::Terms;

/// Certificates whose names lead upwards from one leaf, which is the first.
pub(super) struct Candidates<'a> {
    leaf: &'a Certificate,
    all: Vec<Candidate<'a>>,
    /// The names that were looked for.
    wanted: BTreeSet<&'a Name>,
    /// By the name that they are of.
    of: BTreeMap<&'a Name, Vec<usize>>,
    /// The issuers of each certificate, the likeliest first, as they were asked for.
    ordered: BTreeMap<usize, Rc<[usize]>>,
}

struct Candidate<'a> {
    certificate: &'a Certificate,
    anchor: bool,
    /// The fewest certificates that lead from this one to an anchor, none for an anchor.
    hops: Option<usize>,
}

impl<'a> Candidates<'a> {
    /// All certificates that stand up to `depth` names above `leaf`: the anchors and what is known to help, then what came
    /// beside the leaf, which anyone can have put there. Anchors that `admits` refuses may help on the way like any other; what is
    /// suspended may not, or who took the key of an authority would still be vouched for by the root above it.
    pub(super) fn above(
        leaf: &'a Certificate,
        terms: &Terms<'a>,
        admits: &dyn Fn(&AnchorEntry) -> bool,
        depth: usize,
    ) -> Self {
        let mut beside: BTreeMap<&Name, Vec<&'a Certificate>> = BTreeMap::new();
        for certificate in terms.beside {
            beside.entry(certificate.subject_name()).or_default().push(certificate);
        }
        let mut found = Self {
            leaf,
            all: vec![Candidate { certificate: leaf, anchor: false, hops: None }],
            wanted: BTreeSet::new(),
            of: BTreeMap::new(),
            ordered: BTreeMap::new(),
        };
        let mut seen: BTreeSet<&[u8]> = BTreeSet::from([leaf.der()]);
        let mut wanted = BTreeSet::from([leaf.issuer_name()]);
        for _ in 0..depth {
            let mut next = BTreeSet::new();
            for name in wanted {
                found.wanted.insert(name);
                let mut add = |certificate: &'a Certificate, anchor| {
                    if seen.insert(certificate.der()) && !terms.anchors.suspends(certificate) {
                        let group = found.of.entry(name).or_default();
                        group.push(found.all.len());
                        found.all.push(Candidate { certificate, anchor, hops: anchor.then_some(0) });
                        if !anchor {
                            next.insert(certificate.issuer_name());
                        }
                    }
                };
                for (certificate, entry) in terms.anchors.stated_named(name) {
                    add(certificate, admits(entry));
                }
                terms.anchors.intermediates_named(name).for_each(|certificate| add(certificate, false));
                beside.get(name).into_iter().flatten().for_each(|certificate| add(certificate, false));
            }
            next.retain(|name| !found.of.contains_key(name));
            wanted = next;
        }
        found.measure(depth);
        found
    }

    /// Finds how far each certificate is from an anchor, one step more in each round.
    fn measure(&mut self, depth: usize) {
        let mut near: BTreeSet<&'a Name> =
            self.all.iter().filter(|one| one.anchor).map(|one| one.certificate.subject_name()).collect();
        for hops in 1..=depth {
            let mut reached = BTreeSet::new();
            for candidate in self.all.iter_mut().filter(|one| one.hops.is_none()) {
                if near.contains(candidate.certificate.issuer_name()) {
                    candidate.hops = Some(hops);
                    reached.insert(candidate.certificate.subject_name());
                }
            }
            if reached.is_empty() {
                break;
            }
            near.extend(reached);
        }
    }

    /// The certificate that paths are looked for from.
    pub(super) const fn leaf(&self) -> &'a Certificate {
        self.leaf
    }

    /// The names that were looked for, whether anybody has them or not.
    pub(super) const fn wanted(&self) -> &BTreeSet<&'a Name> {
        &self.wanted
    }

    /// Every certificate, the leaf included.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Certificate> {
        self.all.iter().map(|one| one.certificate)
    }

    /// The certificate numbered `at`; numbers come from here.
    pub(super) fn get(&self, at: usize) -> &'a Certificate {
        self.all.get(at).map_or(self.leaf, |one| one.certificate)
    }

    /// The fewest certificates that lead from `at` to an anchor, none for an anchor; `None` if no name leads there.
    pub(super) fn hops(&self, at: usize) -> Option<usize> {
        self.all.get(at).and_then(|one| one.hops)
    }

    /// What may have issued `at`, the likeliest first: the right key, near an anchor, from a trusted place.
    pub(super) fn issuers_of(&mut self, at: usize) -> Rc<[usize]> {
        if let Some(known) = self.ordered.get(&at) {
            return Rc::clone(known);
        }
        let certificate = self.get(at);
        let mut issuers = self.of.get(certificate.issuer_name()).cloned().unwrap_or_default();
        issuers.retain(|issuer| self.hops(*issuer).is_some());
        issuers.sort_by_key(|issuer| {
            (!certificate.may_be_signed_with_key_of(self.get(*issuer)), self.hops(*issuer), *issuer)
        });
        let issuers: Rc<[usize]> = issuers.into();
        self.ordered.insert(at, Rc::clone(&issuers));
        issuers
    }
}
