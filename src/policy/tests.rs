//! The shipped agreements: what they permit, what they refuse, and the faults of broken ones.

use super::*;
use crate::catalog::{Catalog, Fault, ServiceId, Source};
use crate::clock::Timestamp;
use crate::identifier::{Department, MatterCode, Province};

mod decisions;
mod faults;
mod scale;

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$(Source {
            name: concat!("agreements/", $name, ".cedar"),
            text: include_str!(concat!("../../policies/agreements/", $name, ".cedar")),
        }),*]
    };
}

/// The files as shipped.
const FILES: [Source<'static>; 17] = shipped![
    "all-identity",
    "gd-civil-affairs-household",
    "gd-civil-affairs-unemployment",
    "gd-education-household",
    "gd-education-social-insurance",
    "gd-housing-social-insurance",
    "gd-housing-tax",
    "gd-medical-security-baseinfo",
    "gd-medical-security-insured",
    "gd-public-security-marriage",
    "guangdong-license-verification",
    "hn-housing-social-insurance",
    "hn-human-resources-pension",
    "hn-medical-security-insured",
    "hunan-license-verification",
    "market-regulation-enterprise",
    "red-lines",
];

pub(crate) const SCHEMA: Source<'static> =
    Source { name: "schema.cedarschema", text: include_str!("../../policies/schema.cedarschema") };

pub(crate) fn catalog() -> Catalog {
    Catalog::parse(&[
        Source { name: "departments.json", text: include_str!("../../policies/catalog/departments.json") },
        Source { name: "services.json", text: include_str!("../../policies/catalog/services.json") },
        Source {
            name: "license_types.json",
            text: include_str!("../../policies/catalog/license_types.json"),
        },
    ])
    .unwrap()
}

fn agreements() -> Agreements {
    Agreements::compile(&catalog(), SCHEMA, &FILES).unwrap()
}

/// A question in the words of a test; `at` the middle of 2026 unless told.
struct Asking {
    department: Department,
    operation: Operation,
    purpose: Purpose,
    matter: Option<MatterCode>,
    basis: Basis,
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
            basis: Basis::Authorization(Authorizer::Subject),
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
            basis: self.basis,
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
    let agreements = Agreements::compile(&catalog(), SCHEMA, &files).unwrap();
    Asking::new("11440000DEM000006C@440000", &format!("43/{service}"), "test").decide(&agreements).unwrap()
}

fn reasons(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

/// Keeps the list above to the directory.
#[test]
fn every_shipped_file_is_listed() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/agreements");
    let mut found: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| format!("agreements/{}", entry.unwrap().file_name().into_string().unwrap()))
        .collect();
    found.sort();
    assert_eq!(found, FILES.map(|file| file.name));
}
