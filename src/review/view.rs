//! What a decision lets be seen of one field.

use std::fmt;

use super::overlap::weaker;
use crate::catalog::FieldPath;
use crate::policy::{Denial, DenialCode, Mask, Node, Permit, Release, Rule};

/// What is seen of a field; of the verification of licenses, which has none, whether it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Nothing, because the request is refused.
    Refused(DenialCode),
    /// Nothing, because the agreement does not release it.
    Withheld,
    /// A part.
    Masked(Mask),
    /// All of it.
    Whole,
}

impl View {
    /// What `decision` lets be seen of the field at `path`, or without one, of a verification.
    pub fn of(decision: &Result<Permit, Denial>, path: Option<&FieldPath>) -> Self {
        let permit = match decision {
            Ok(permit) => permit,
            Err(denial) => return Self::Refused(denial.code),
        };
        match path.map(|path| rule(permit.release(), path)) {
            None | Some(Some(Rule::Release(None))) => Self::Whole,
            Some(Some(Rule::Release(Some(mask)))) => Self::Masked(mask),
            Some(Some(Rule::Withhold) | None) => Self::Withheld,
        }
    }

    /// Whether anything is seen.
    pub const fn shows(self) -> bool {
        matches!(self, Self::Masked(_) | Self::Whole)
    }

    /// Whether it shows anything that `other` hides.
    pub fn shows_more_than(self, other: Self) -> bool {
        let mask = |view| match view {
            Self::Masked(mask) => Some(mask),
            _ => None,
        };
        match (self.shows(), other.shows()) {
            (false, _) => false,
            (true, false) => true,
            (true, true) => weaker(mask(self), mask(other)),
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(code) => write!(f, "refused ({code})"),
            Self::Withheld => f.write_str("withheld"),
            Self::Masked(mask) => write!(f, "{mask}"),
            Self::Whole => f.write_str("whole"),
        }
    }
}

/// The rule of the field at `path`, if the service has it.
fn rule(release: &Release, path: &FieldPath) -> Option<Rule> {
    let mut node: Option<&Node> = None;
    for segment in path.segments() {
        let keys = node.map_or_else(|| release.keys(), |node| &node.children);
        node = keys.get(&segment.name);
        node?;
    }
    node.and_then(|node| node.rule)
}

/// The fields that `permit` releases, in the catalog's order, as agreements write them: `name=first(1)`.
pub fn released(permit: &Permit) -> Vec<String> {
    rules(permit).iter().map(written).collect()
}

/// The fields that `permit` releases, in the catalog's order, each with its mask.
pub(super) fn rules(permit: &Permit) -> Vec<(FieldPath, Option<Mask>)> {
    let paths = permit.service().map(|service| service.response.iter().map(|field| &field.path));
    let of = |path: &FieldPath| match rule(permit.release(), path) {
        Some(Rule::Release(mask)) => Some((path.clone(), mask)),
        _ => None,
    };
    paths.into_iter().flatten().filter_map(of).collect()
}

/// A released field as agreements write it.
pub(super) fn written((path, mask): &(FieldPath, Option<Mask>)) -> String {
    mask.map_or_else(|| path.to_string(), |mask| format!("{path}={mask}"))
}
