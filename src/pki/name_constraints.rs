//! Name constraints (RFC 5280 §4.2.1.10): within which names an authority may certify, and whether a certificate keeps
//! to them.

mod subtree;

use super::certificate::Certificate;
use super::extension::DEPTH;
use super::general_name::GeneralName;
use crate::asn1::{Error, Fault, Reader, tag};
use crate::budget::{Budget, Exhausted};

use self::subtree::Subtree;

/// The name constraints of one authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

impl NameConstraints {
    pub(super) fn parse(der: &[u8]) -> Result<Self, Error> {
        let mut fields = Reader::only(der, DEPTH)?.sequence()?;
        let mut list = |tag| match fields.optional(tag)? {
            Some(list) => Subtree::read_all(list.enter()?),
            None => Ok(Vec::new()),
        };
        let (permitted, excluded) = (list(tag::CONTEXT_0)?, list(tag::CONTEXT_1)?);
        fields.finish()?;
        // RFC 5280 forbids constraints that constrain nothing.
        if permitted.is_empty() && excluded.is_empty() {
            return Err(Error { fault: Fault::Content, offset: 0 });
        }
        Ok(Self { permitted, excluded })
    }

    /// Whether `name` is outside all that is excluded, and within what is permitted of its form, if anything of it is.
    fn allow(&self, name: &GeneralName) -> bool {
        let of_form = |subtree: &&Subtree| subtree.form() == name.form();
        let mut permitted = self.permitted.iter().filter(of_form).peekable();
        let inside = permitted.peek().is_none() || permitted.any(|subtree| subtree.surely_holds(name));
        inside && !self.excluded.iter().filter(of_form).any(|subtree| subtree.may_hold(name))
    }
}

/// Whether all names of `certificate` keep to all `constraints`, those of the authorities above it.
///
/// Fails only when the budget is used up: names times constraints of one hostile path are many millions.
pub(super) fn allow(
    constraints: &[&NameConstraints],
    certificate: &Certificate,
    budget: &mut Budget,
) -> Result<bool, Exhausted> {
    if constraints.is_empty() {
        return Ok(true);
    }
    // An empty subject is no directory name (RFC 5280 §6.1.3 b).
    let subject = (!certificate.subject_name().is_empty())
        .then(|| GeneralName::Directory(certificate.subject_name().clone()));
    // Addresses inside the subject count where no alternative name states them (§4.2.1.10).
    let mails =
        if certificate.alternative_names.is_none() { certificate.subject_mails() } else { Vec::new() };
    for name in subject.iter().chain(certificate.alternative_names.iter().flatten()).chain(&mails) {
        for constraints in constraints {
            budget.compare_on_path(constraints.permitted.len() + constraints.excluded.len())?;
            if !constraints.allow(name) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
