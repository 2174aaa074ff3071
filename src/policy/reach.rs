//! Whom an agreement reaches, about what and for which purposes; for those who look at all agreements together.

use std::sync::Arc;

use super::body::Body;
use super::index::{What, Who};
use super::{Agreement, Agreements, Mentions, Operation, Purpose};
use crate::catalog::{Office, ServiceId};
use crate::identifier::{Department, Province};

/// The reach of an agreement.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    /// The agreement.
    pub agreement: &'a Arc<Agreement>,
    /// For which purposes.
    pub purposes: &'a [Purpose],
    who: &'a Who,
    what: &'a What,
    body: &'a Body,
}

impl Reach<'_> {
    /// Whether it is made with `office`, by itself or in a group.
    pub fn is_with(&self, office: &Office) -> bool {
        match self.who {
            Who::Anyone => true,
            Who::Department(department) => office.department == *department,
            Who::Function(function) => office.function == *function,
            Who::Province(province) => office.department.region.province() == Some(*province),
        }
    }

    /// With whom it is made, in words.
    pub fn party(&self) -> String {
        match self.who {
            Who::Anyone => "every department".to_owned(),
            Who::Department(department) => format!("department {department}"),
            Who::Function(function) => format!("departments for {function}"),
            Who::Province(province) => format!("departments of province {province}"),
        }
    }

    /// The department it is made with, where that is one.
    pub const fn department(&self) -> Option<&Department> {
        match self.who {
            Who::Department(department) => Some(department),
            Who::Anyone | Who::Function(_) | Who::Province(_) => None,
        }
    }

    /// Its conditions in Cedar, each `when` and `unless` on a line, but for one that only names the purposes.
    pub fn conditions(&self) -> Vec<String> {
        self.body.stated.iter().filter(|text| !self.names_purposes(text)).cloned().collect()
    }

    fn names_purposes(&self, text: &str) -> bool {
        let inside = text.strip_prefix("when { ").and_then(|text| text.strip_suffix(" }"));
        inside.is_some_and(|inside| match self.purposes {
            [only] => inside == format!("context.purpose == \"{only}\""),
            all => {
                let texts: Vec<String> = all.iter().map(|purpose| format!("\"{purpose}\"")).collect();
                inside == format!("[{}].contains(context.purpose)", texts.join(", "))
            }
        })
    }

    /// The service it is about, `None` for the verification of licenses.
    pub const fn service(&self) -> Option<&ServiceId> {
        match self.what {
            What::Service(_, service) => Some(service),
            What::Verify => None,
        }
    }

    /// The province whose data it is about, where that is one.
    pub const fn province(&self) -> Option<Province> {
        match self.what {
            What::Service(province, _) => *province,
            What::Verify => None,
        }
    }

    /// Whether it is about `operation`, as far as it says whose data it is about.
    pub fn is_about_data_of(&self, operation: &Operation) -> bool {
        match operation {
            Operation::Query { province, .. } => self.province().is_none_or(|own| own == *province),
            Operation::Verify => true,
        }
    }

    /// Whether `other` says the same in every word that counts.
    pub fn says(&self, other: &Self) -> bool {
        let (one, two) = (self.agreement, other.agreement);
        self.is_that_of(other)
            && self.body.conditions == other.body.conditions
            && one.id == two.id
            && one.terms == two.terms
            && one.release == two.release
    }

    /// Whether `other` is made with the same, about the same.
    pub fn is_that_of(&self, other: &Self) -> bool {
        self.who == other.who && self.what == other.what
    }
}

impl Agreements {
    /// The reach of every agreement, in the order of their files.
    pub fn reaches(&self) -> impl Iterator<Item = Reach<'_>> {
        self.compiled.iter().map(|compiled| Reach {
            agreement: &compiled.agreement,
            purposes: &compiled.scope.purposes,
            who: &compiled.scope.who,
            what: &compiled.scope.what,
            body: &compiled.body,
        })
    }

    /// What the conditions of each agreement compare with, in the same order.
    pub fn mentions(&self) -> impl Iterator<Item = Mentions> {
        self.compiled.iter().map(|compiled| {
            let mut mentions = compiled.body.mentions.clone();
            mentions.provinces.extend(compiled.scope.provinces());
            mentions
        })
    }

    /// The red lines by their names, each in Cedar on one line.
    pub fn stated_red_lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.red_lines.stated()
    }

    /// Whether `other` has the same red lines.
    pub fn red_lines_are_those_of(&self, other: &Self) -> bool {
        self.red_lines.are_those_of(&other.red_lines)
    }

    /// What the red lines compare with.
    pub fn mentions_of_red_lines(&self) -> Mentions {
        self.red_lines.mentions.clone()
    }
}
