//! The cases of NIST PKITS as data, and the certificates they name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::pki::revocation::{
    Evidence, EvidenceRules, List, ListLimits, RevocationMode, RevocationTerms, TimeProof,
    validate_with_revocation,
};
use tongban::pki::{
    Anchors, Certificate, CertificateError, Oid, PathError, PolicyTerms, Role, Terms, VerifiedPath,
};

/// The suite: its certificates and lists by file name, and its cases.
pub(crate) struct Suite {
    pub(crate) certificates: BTreeMap<String, Vec<u8>>,
    pub(crate) lists: BTreeMap<String, Vec<u8>>,
    pub(crate) cases: Vec<Case>,
}

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    /// File names, the anchor first.
    pub(crate) path: Vec<String>,
    /// File names.
    pub(crate) lists: Vec<String>,
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
        let files = |folder: &str| {
            let entries = std::fs::read_dir(directory.join(folder)).unwrap().map(Result::unwrap);
            entries
                .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
                .collect()
        };
        let index: Vec<Value> =
            serde_json::from_slice(&std::fs::read(directory.join("vectors.json")).unwrap()).unwrap();
        Self {
            certificates: files("certs"),
            lists: files("crls"),
            cases: index.iter().map(Case::read).collect(),
        }
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
        let mut budget = Budget::new(Limits::default());
        let evidence = self.evidence(case, &anchors, &beside, &mut budget);
        let revocation = RevocationTerms {
            evidence: &evidence,
            rules: EvidenceRules::default(),
            mode: RevocationMode::IfPresent,
            proof: TimeProof::Shown,
            now: at(),
        };
        validate_with_revocation(&read(leaf)?, &terms, &revocation, &mut budget).path.map_err(Fault::Path)
    }

    fn evidence(
        &self,
        case: &Case,
        anchors: &Anchors,
        beside: &[Certificate],
        budget: &mut Budget,
    ) -> Evidence {
        let authorities = [anchors.trusted(), beside].concat();
        let limits = ListLimits::default();
        let loaded: Vec<_> = case
            .lists
            .iter()
            .map(|name| List::load(&self.lists[name], &authorities, &limits, budget).map(Arc::new))
            .collect();
        let unusable = loaded.iter().any(Result::is_err);
        Evidence::new(loaded.into_iter().flatten(), [], unusable)
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
            path: texts("CertPath"),
            lists: texts("CRLPath"),
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
