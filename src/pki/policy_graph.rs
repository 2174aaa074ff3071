//! Certificate policies along a path, by the graph of RFC 9618: nodes of one policy and depth are one node with several
//! parents, so that what costs memory grows with the certificates and never with their product, as the tree of RFC 5280 does.

use std::collections::{BTreeMap, BTreeSet};

use super::extension::PolicyStatements;
use super::oid::Oid;

/// What is asked of policies (RFC 5280 §6.1.1 c, e to g). The default asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyTerms {
    /// The policies that are acceptable to whoever asks; any if empty (user-initial-policy-set).
    pub acceptable: BTreeSet<Oid>,
    /// Whether the path must be valid for one of them (initial-explicit-policy).
    pub require_explicit: bool,
    /// Whether authorities may not declare one policy as good as another (initial-policy-mapping-inhibit).
    pub inhibit_mapping: bool,
    /// Whether anyPolicy in a certificate counts for nothing (initial-any-policy-inhibit).
    pub inhibit_any: bool,
}

/// The policies a path is valid for (RFC 9618 §5.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathPolicies {
    /// By what the authorities say; may hold anyPolicy.
    pub authority_constrained: BTreeSet<Oid>,
    /// Those of them that are acceptable to whoever asked.
    pub user_constrained: BTreeSet<Oid>,
}

/// Why the policies of a path do not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PolicyFault {
    /// A policy is required and none is left.
    NoneLeft,
    /// A mapping names anyPolicy.
    AnyMapped,
}

/// The policies below the anchor, one certificate after the other.
#[derive(Debug)]
pub(super) struct PolicyState<'a> {
    terms: &'a PolicyTerms,
    graph: Option<Graph>,
    explicit: u64,
    mapping: u64,
    any: u64,
}

impl<'a> PolicyState<'a> {
    /// RFC 5280 §6.1.2 (a), (d) to (f), for a path of `length` certificates below the anchor.
    pub(super) fn new(terms: &'a PolicyTerms, length: u64) -> Self {
        let skip = |now: bool| if now { 0 } else { length.saturating_add(1) };
        Self {
            terms,
            graph: Some(Graph::new()),
            explicit: skip(terms.require_explicit),
            mapping: skip(terms.inhibit_mapping),
            any: skip(terms.inhibit_any),
        }
    }

    /// §6.1.3 (d) to (f) for the next certificate; `exempt` if it is self-issued and not the last.
    pub(super) fn certificate(&mut self, said: &PolicyStatements, exempt: bool) -> Result<(), PolicyFault> {
        self.graph = match (self.graph.take(), &said.policies) {
            (Some(graph), Some(policies)) => graph.descend(policies, self.any > 0 || exempt),
            _ => None,
        };
        if self.explicit > 0 || self.graph.is_some() { Ok(()) } else { Err(PolicyFault::NoneLeft) }
    }

    /// §6.1.4 (a), (b), (h) for an authority.
    pub(super) fn authority(
        &mut self,
        said: &PolicyStatements,
        self_issued: bool,
    ) -> Result<(), PolicyFault> {
        if said.mappings.iter().any(|(issuer, subject)| issuer.is_any_policy() || subject.is_any_policy()) {
            return Err(PolicyFault::AnyMapped);
        }
        if !said.mappings.is_empty() {
            let mut mapped: BTreeMap<&Oid, BTreeSet<Oid>> = BTreeMap::new();
            for (issuer, subject) in &said.mappings {
                mapped.entry(issuer).or_default().insert(subject.clone());
            }
            let allowed = self.mapping > 0;
            self.graph = self.graph.take().and_then(|graph| graph.map(mapped, allowed));
        }
        if !self_issued {
            for counter in [&mut self.explicit, &mut self.mapping, &mut self.any] {
                *counter = counter.saturating_sub(1);
            }
        }
        self.constrain(said);
        Ok(())
    }

    /// §6.1.4 (i), (j).
    pub(super) fn constrain(&mut self, said: &PolicyStatements) {
        for (counter, limit) in [
            (&mut self.explicit, said.require_explicit),
            (&mut self.mapping, said.inhibit_mapping),
            (&mut self.any, said.inhibit_any),
        ] {
            *counter = (*counter).min(limit.unwrap_or(u64::MAX));
        }
    }

    /// §6.1.5 (a), (b), (g) as RFC 9618 §5.5 has it, for the last certificate.
    pub(super) fn conclude(mut self, said: &PolicyStatements) -> Result<PathPolicies, PolicyFault> {
        self.explicit = self.explicit.saturating_sub(1);
        if said.require_explicit == Some(0) {
            self.explicit = 0;
        }
        let authority_constrained = self.graph.map(|graph| graph.policies()).unwrap_or_default();
        let acceptable = &self.terms.acceptable;
        let any = authority_constrained.contains(&Oid::any_policy());
        let user_constrained = if acceptable.is_empty() || acceptable.contains(&Oid::any_policy()) {
            authority_constrained.clone()
        } else if any {
            acceptable.clone()
        } else {
            authority_constrained.intersection(acceptable).cloned().collect()
        };
        if self.explicit == 0 && user_constrained.is_empty() {
            return Err(PolicyFault::NoneLeft);
        }
        Ok(PathPolicies { authority_constrained, user_constrained })
    }
}

/// valid_policy_graph. INVARIANT: every node has a path down to the last level, and there is at least one node in each.
#[derive(Debug)]
struct Graph {
    levels: Vec<BTreeMap<Oid, Node>>,
}

#[derive(Debug, Default)]
struct Node {
    /// The policies of the next certificate that continue this one.
    expected: BTreeSet<Oid>,
    /// Policies of the level above.
    parents: BTreeSet<Oid>,
}

impl Node {
    fn new(policy: &Oid, parents: BTreeSet<Oid>) -> Self {
        Self { expected: BTreeSet::from([policy.clone()]), parents }
    }
}

impl Graph {
    fn new() -> Self {
        let any = Oid::any_policy();
        Self { levels: vec![BTreeMap::from([(any.clone(), Node::new(&any, BTreeSet::new()))])] }
    }

    /// Adds the level of a certificate with `policies` (RFC 9618 §5.2, §6.1.3 d); none if nothing is left.
    fn descend(mut self, policies: &[Oid], any_counts: bool) -> Option<Self> {
        let above = self.levels.last()?;
        let any = Oid::any_policy();
        let mut continued: BTreeMap<&Oid, BTreeSet<Oid>> = BTreeMap::new();
        for (policy, node) in above {
            for expected in &node.expected {
                continued.entry(expected).or_default().insert(policy.clone());
            }
        }
        let mut level = BTreeMap::new();
        for policy in policies.iter().filter(|policy| !policy.is_any_policy()) {
            let parents = match continued.get(policy) {
                Some(parents) => parents.clone(),
                None if above.contains_key(&any) => BTreeSet::from([any.clone()]),
                None => continue,
            };
            level.insert(policy.clone(), Node::new(policy, parents));
        }
        if any_counts && policies.contains(&any) {
            for (policy, parents) in continued {
                level.entry(policy.clone()).or_insert_with(|| Node::new(policy, parents));
            }
        }
        self.levels.push(level);
        self.prune()
    }

    /// Replaces what is expected below policies that are `mapped`, or ends them if mapping is not `allowed`
    /// (RFC 9618 §6.1.4 b).
    fn map(mut self, mapped: BTreeMap<&Oid, BTreeSet<Oid>>, allowed: bool) -> Option<Self> {
        let level = self.levels.last_mut()?;
        let any = Oid::any_policy();
        for (policy, subjects) in mapped {
            if !allowed {
                level.remove(policy);
            } else if let Some(node) = level.get_mut(policy) {
                node.expected = subjects;
            } else if level.contains_key(&any) {
                level.insert(
                    policy.clone(),
                    Node { expected: subjects, parents: BTreeSet::from([any.clone()]) },
                );
            }
        }
        self.prune()
    }

    /// Restores the invariant from the last level upwards.
    fn prune(mut self) -> Option<Self> {
        let mut wanted: Option<BTreeSet<Oid>> = None;
        for level in self.levels.iter_mut().rev() {
            if let Some(wanted) = wanted {
                level.retain(|policy, _| wanted.contains(policy));
            }
            if level.is_empty() {
                return None;
            }
            wanted = Some(level.values().flat_map(|node| node.parents.iter().cloned()).collect());
        }
        Some(self)
    }

    /// valid_policy_node_set (RFC 9618 §6.1.5 g): the policies in the names of the first domain.
    fn policies(&self) -> BTreeSet<Oid> {
        let any = Oid::any_policy();
        let only_any = BTreeSet::from([any.clone()]);
        let mut found: BTreeSet<Oid> = self
            .levels
            .iter()
            .flatten()
            .filter(|(policy, node)| !policy.is_any_policy() && node.parents == only_any)
            .map(|(policy, _)| policy.clone())
            .collect();
        if self.levels.last().is_some_and(|level| level.contains_key(&any)) {
            found.insert(any);
        }
        found
    }
}

#[cfg(test)]
mod tests;
