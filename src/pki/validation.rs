//! Whether one path holds (RFC 5280 §6.1), its signatures aside: from the anchor down to the leaf, with the state that
//! §6.1.2 lists.

use super::certificate::Certificate;
use super::extension::KeyUsage;
use super::fault::{Objection, PathFault};
use super::name_constraints::{self, NameConstraints};

use super::policy_graph::{PathPolicies, PolicyFault, PolicyState, PolicyTerms};
use super::terms::{AnchorExtent, Terms};
use crate::budget::Budget;

/// Judges `path`, the certificates from the leaf to the anchor, each of which is known to be signed by the next; what the
/// leaf is by itself is judged before.
pub(super) fn judge(
    path: &[&Certificate],
    terms: &Terms<'_>,
    budget: &mut Budget,
) -> Result<PathPolicies, Objection> {
    let none = PolicyTerms::default();
    let below = path.len().saturating_sub(1);
    let length = u64::try_from(below).unwrap_or(u64::MAX);
    let mut state = State {
        terms,
        policies: PolicyState::new(terms.policies.unwrap_or(&none), length),
        constraints: Vec::new(),
        authorities_left: length,
    };
    let mut steps = path.iter().enumerate().rev();
    let Some((position, anchor)) = steps.next() else { return Ok(PathPolicies::default()) };
    let fault = |position| move |fault| Objection::Fault(position, fault);
    if position > 0 && terms.anchor_extent == AnchorExtent::Certificate {
        state.anchor(anchor).map_err(fault(position))?;
    }
    for (position, certificate) in steps {
        let stated = certificate.policies.policies.as_ref().map_or(0, Vec::len);
        budget.compare_on_path(stated + certificate.policies.mappings.len())?;
        let exempt = position > 0 && certificate.is_self_issued();
        if !exempt && !name_constraints::allow(&state.constraints, certificate, budget)? {
            return Err(Objection::Fault(position, PathFault::NameConstraints));
        }
        state
            .policies
            .certificate(&certificate.policies, exempt)
            .map_err(PathFault::from)
            .map_err(fault(position))?;
        if position > 0 {
            state.authority(certificate).map_err(fault(position))?;
        }
    }
    let Some(leaf) = path.first() else { return Ok(PathPolicies::default()) };
    if below == 0 {
        return Ok(PathPolicies::default());
    }
    state.policies.conclude(&leaf.policies).map_err(PathFault::from).map_err(fault(0))
}

struct State<'a> {
    terms: &'a Terms<'a>,
    policies: PolicyState<'a>,
    /// permitted_subtrees and excluded_subtrees: a name must keep to the constraints of each authority above.
    constraints: Vec<&'a NameConstraints>,
    /// max_path_length.
    authorities_left: u64,
}

impl<'a> State<'a> {
    /// What an anchor's certificate limits (RFC 5937 §3).
    fn anchor(&mut self, anchor: &'a Certificate) -> Result<(), PathFault> {
        self.dates(anchor)?;
        self.check_authority(anchor, anchor.version < 3)?;
        self.policies.constrain(&anchor.policies);
        self.limit(anchor);
        Ok(())
    }

    /// §6.1.4 for a certificate between the anchor and the leaf.
    fn authority(&mut self, authority: &'a Certificate) -> Result<(), PathFault> {
        self.dates(authority)?;
        let self_issued = authority.is_self_issued();
        self.policies.authority(&authority.policies, self_issued)?;
        self.check_authority(authority, false)?;
        if !self_issued {
            self.authorities_left = self.authorities_left.checked_sub(1).ok_or(PathFault::PathLength)?;
        }
        self.limit(authority);
        Ok(())
    }

    /// §6.1.4 (k), (n), (o), and what the role demands of authorities.
    fn check_authority(&self, authority: &Certificate, known_otherwise: bool) -> Result<(), PathFault> {
        if !authority.is_authority() && !known_otherwise {
            return Err(PathFault::NotAuthority);
        }
        if authority.key_usage.is_some_and(|usage| !usage.has_any(KeyUsage::CERTIFICATE_SIGN)) {
            return Err(PathFault::KeyUsage("RFC 5280 §6.1.4 (n)"));
        }
        if let Some(clause) = self.terms.role.refuses_authority(authority) {
            return Err(PathFault::KeyUsage(clause));
        }
        match authority.unhandled_critical.first() {
            Some(oid) => Err(PathFault::UnhandledCritical(oid.clone())),
            None => Ok(()),
        }
    }

    /// §6.1.4 (g), (m).
    fn limit(&mut self, authority: &'a Certificate) {
        self.constraints.extend(&authority.name_constraints);
        let stated = authority.basic_constraints.and_then(|constraints| constraints.path_length);
        self.authorities_left = self.authorities_left.min(stated.unwrap_or(u64::MAX));
    }

    fn dates(&self, certificate: &Certificate) -> Result<(), PathFault> {
        if certificate.valid_at(self.terms.at) { Ok(()) } else { Err(PathFault::Dates(self.terms.at)) }
    }
}

impl From<PolicyFault> for PathFault {
    fn from(fault: PolicyFault) -> Self {
        match fault {
            PolicyFault::NoneLeft => Self::Policies,
            PolicyFault::AnyMapped => Self::AnyPolicyMapped,
        }
    }
}
