//! The cases of NIST PKITS as data, and the certificates they name.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::pki::{
    Anchors, Certificate, CertificateError, Oid, PathError, PolicyTerms, Role, Terms, VerifiedPath,
    unchecked, validate,
};

/// The suite: its certificates by file name, and its cases.
pub(crate) struct Suite {
    pub(crate) certificates: BTreeMap<String, Vec<u8>>,
    pub(crate) cases: Vec<Case>,
}

/// One case.
pub(crate) struct Case {
    /// Section and number, such as `4.1.2`.
    pub(crate) id: String,
    pub(crate) name: String,
    /// File names, the anchor first.
    pub(crate) path: Vec<String>,
    pub(crate) policies: PolicyTerms,
    pub(crate) valid: bool,
}

/// The policies of the suite, by their names.
const POLICIES: [(&str, &str); 6] = [
    ("NIST-test-policy-1", "2.16.840.1.101.3.2.1.48.1"),
    ("NIST-test-policy-2", "2.16.840.1.101.3.2.1.48.2"),
    ("NIST-test-policy-3", "2.16.840.1.101.3.2.1.48.3"),
    ("NIST-test-policy-4", "2.16.840.1.101.3.2.1.48.4"),
    ("NIST-test-policy-5", "2.16.840.1.101.3.2.1.48.5"),
    ("NIST-test-policy-6", "2.16.840.1.101.3.2.1.48.6"),
];

/// A day on which all certificates are valid that are not about dates.
pub(crate) fn at() -> Timestamp {
    Timestamp::parse_rfc3339("2020-06-01T00:00:00Z").unwrap()
}

impl Suite {
    pub(crate) fn read(directory: &Path) -> Self {
        let certificates = std::fs::read_dir(directory.join("certs"))
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
            })
            .collect();
        let index: Vec<Value> =
            serde_json::from_slice(&std::fs::read(directory.join("vectors.json")).unwrap()).unwrap();
        Self { certificates, cases: index.iter().map(Case::read).collect() }
    }

    pub(crate) fn judge(&self, case: &Case) -> Result<VerifiedPath, Fault> {
        let read = |name: &String| Certificate::from_der(&self.certificates[name]).map_err(Fault::Unreadable);
        let [anchor, between @ .., leaf] = case.path.as_slice() else { panic!("{}", case.name) };
        let beside: Vec<Certificate> = between.iter().map(read).collect::<Result<_, _>>()?;
        let anchors = Anchors::new(vec![read(anchor)?], Vec::new());
        let terms = Terms {
            beside: &beside,
            policies: Some(&case.policies),
            ..Terms::new(&anchors, Role::Any, at())
        };
        validate(&read(leaf)?, &terms, &mut unchecked, &mut Budget::new(Limits::default()))
            .map_err(Fault::Path)
    }
}

/// Why a case is invalid.
#[derive(Debug)]
#[allow(dead_code, reason = "shown where a verdict is wrong")]
pub(crate) enum Fault {
    Unreadable(CertificateError),
    Path(PathError),
}

impl Case {
    fn read(json: &Value) -> Self {
        let flag = |name: &str| json[name].as_bool().unwrap();
        let texts = |name: &str| -> Vec<String> {
            json[name].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let name = json["Name"].as_str().unwrap().to_owned();
        let policy = |policy: &String| -> Oid {
            match POLICIES.iter().find(|(name, _)| name == policy) {
                Some((_, oid)) => oid.parse().unwrap(),
                None if policy == "anyPolicy" => Oid::any_policy(),
                None => panic!("`{policy}` is no policy of the suite"),
            }
        };
        Self {
            id: name.split(' ').next().unwrap().to_owned(),
            path: texts("CertPath"),
            policies: PolicyTerms {
                acceptable: texts("InitialPolicySet").iter().map(policy).collect(),
                require_explicit: flag("InitialExplicitPolicy"),
                inhibit_mapping: flag("InitialPolicyMappingInhibit"),
                inhibit_any: flag("InitialAnyPolicyInhibit"),
            },
            valid: flag("ShouldValidate"),
            name,
        }
    }
}
