//! The shipped agreements: what they permit, what they refuse, and the faults of broken ones.

use super::*;
use crate::catalog::{Catalog, ServiceId};
use crate::clock::Timestamp;
use crate::demo::policies::SHIPPED;
use crate::fault::{Fault, Source};
use crate::identifier::{Department, MatterCode, Province};

mod decisions;
mod faults;
mod scale;

/// The shipped files below `directory`, as the demonstration carries them.
fn shipped(directory: &str) -> Vec<Source<'static>> {
    let files = SHIPPED.iter().filter(|(path, _)| path.starts_with(directory));
    files.map(|(name, text)| Source { name, text }).collect()
}

pub(crate) fn schema() -> Source<'static> {
    shipped("schema.cedarschema")[0]
}

pub(crate) fn catalog() -> Catalog {
    Catalog::parse(&shipped("catalog/")).unwrap()
}

fn agreements() -> Agreements {
    Agreements::compile(&catalog(), schema(), &shipped("agreements/")).unwrap()
}

/// A question in the words of a test; `at` the middle of 2026 unless told.
struct Asking {
    department: Department,
    operation: Operation,
    purpose: Purpose,
    matter: Option<MatterCode>,
    case: bool,
    operator: bool,
    basis: Basis,
    evidence: Vec<Claim>,
    age: Option<Age>,
    party: Option<Province>,
    at: Timestamp,
}

impl Asking {
    fn new(department: &str, service: &str, purpose: &str) -> Self {
        let operation = match service.split_once('/') {
            Some((province, service)) => Operation::Query {
                province: Province::parse(province).unwrap(),
                service: ServiceId::parse(service).unwrap(),
            },
            None => Operation::Verify,
        };
        Self {
            department: Department::parse(department).unwrap(),
            operation,
            purpose: Purpose::parse(purpose).unwrap(),
            matter: None,
            case: false,
            operator: false,
            basis: Basis::Authorization(Authorizer::Subject),
            evidence: Vec::new(),
            age: None,
            party: None,
            at: Timestamp::parse_rfc3339("2026-06-30T08:00:00Z").unwrap(),
        }
    }

    fn decide(&self, agreements: &Agreements) -> Result<Permit, Denial> {
        agreements.decide(&Question {
            department: &self.department,
            operation: self.operation.clone(),
            purpose: &self.purpose,
            matter: self.matter.as_ref(),
            case: self.case,
            operator: self.operator,
            basis: self.basis,
            evidence: &self.evidence,
            age: self.age,
            party: self.party,
            at: self.at,
        })
    }
}

/// A permit for tests of the services that take one: one agreement over `service` of Hunan with these annotations.
pub(crate) fn permit(service: &str, annotations: &str) -> Permit {
    let text = format!(
        r#"@agreement("test")
@basis("statute:test")
@from("2020-01-01T00:00:00Z")
@until("2040-01-01T00:00:00Z")
{annotations}
permit (
  principal in Function::"housing",
  action == Action::"query",
  resource == ProvincialService::"43/{service}"
)
when {{ context.purpose == "test" }};"#
    );
    let files = [Source { name: "test.cedar", text: &text }];
    let agreements = Agreements::compile(&catalog(), schema(), &files).unwrap();
    Asking::new("11440000DEM000006C@440000", &format!("43/{service}"), "test").decide(&agreements).unwrap()
}

fn reasons(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}
