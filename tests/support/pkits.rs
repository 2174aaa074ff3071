//! The cases of NIST PKITS as data, the certificates they name, and the same suite under SM2 keys.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tongban::asn1::{Reader, tag, write};
use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::crypto::{DigestAlgorithm, KeyError, SigningKey};
use tongban::pki::revocation::{
    Evidence, EvidenceRules, List, ListLimits, RevocationMode, RevocationTerms, TimeBasis,
    validate_with_revocation,
};
use tongban::pki::{
    Anchors, Certificate, CertificateError, Name, Oid, PathError, PolicyTerms, Role, SignatureOver, Terms,
    VerifiedPath,
};

/// The suite: its certificates by file name, and its cases.
pub(crate) struct Suite {
    pub(crate) certificates: BTreeMap<String, Vec<u8>>,
    /// The lists of revoked certificates.
    pub(crate) lists: BTreeMap<String, Vec<u8>>,
    pub(crate) cases: Vec<Case>,
}

/// One case.
#[derive(Clone)]
pub(crate) struct Case {
    /// Section and number, such as `4.1.2`.
    pub(crate) id: String,
    pub(crate) name: String,
    /// File names, the anchor first.
    pub(crate) path: Vec<String>,
    /// File names of lists.
    pub(crate) revocation: Vec<String>,
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
        let files = |name: &str| -> BTreeMap<String, Vec<u8>> {
            std::fs::read_dir(directory.join(name))
                .unwrap()
                .map(|entry| {
                    let entry = entry.unwrap();
                    (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
                })
                .collect()
        };
        let index: Vec<Value> =
            serde_json::from_slice(&std::fs::read(directory.join("vectors.json")).unwrap()).unwrap();
        let cases = index.iter().map(Case::read).collect();
        Self { certificates: files("certs"), lists: files("crls"), cases }
    }

    /// The same suite under SM2 keys: each key and each signature is replaced and nothing else, and what was badly signed is
    /// badly signed again. The same in every run.
    pub(crate) fn under_sm2(&self) -> Self {
        let known: Vec<Certificate> =
            self.certificates.values().map(|der| Certificate::from_der(der).unwrap()).collect();
        let all = |files: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
            files.iter().map(|(name, der)| (name.clone(), resigned(der, &known))).collect()
        };
        let cases = self.cases.clone();
        Self { certificates: all(&self.certificates), lists: all(&self.lists), cases }
    }

    /// Judges `case` with its lists.
    pub(crate) fn judge(&self, case: &Case) -> Result<VerifiedPath, Fault> {
        self.judge_in(RevocationMode::IfPresent, case)
    }

    /// Judges `case`, with or without its lists.
    pub(crate) fn judge_in(&self, mode: RevocationMode, case: &Case) -> Result<VerifiedPath, Fault> {
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
            mode,
            proof: TimeBasis::Shown,
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
            .revocation
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
            id: name.split(' ').next().unwrap().to_owned(),
            path: texts("CertPath"),
            revocation: texts("CRLPath"),
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

/// The SM2 key that stands for the key in `spki`.
fn key_for(spki: &[u8]) -> SigningKey {
    let digest = DigestAlgorithm::Sm3.digest(spki);
    SigningKey::from_secret(digest.as_ref().try_into().unwrap()).unwrap()
}

/// A certificate or a list signed anew by the key that stands for its issuer's.
fn resigned(der: &[u8], known: &[Certificate]) -> Vec<u8> {
    let mut outer = Reader::only(der, 8).unwrap().sequence().unwrap();
    let tbs = outer.expect(tag::SEQUENCE).unwrap();
    let signature = SignatureOver::read(&mut outer).unwrap();
    // Some writers add NULL where SM2 has no parameters; every other structure is written so.
    let null = if der.len().is_multiple_of(2) { write::tlv(tag::NULL, &[]) } else { Vec::new() };
    let algorithm = write::sequence(&[&write::oid("1.2.156.10197.1.501").unwrap(), &null]);
    let (mut fields, mut written) = (tbs.enter().unwrap(), Vec::new());
    let (mut sequences, mut issuer) = (0, None);
    while !fields.is_empty() {
        let field = fields.any().unwrap();
        sequences += usize::from(field.tag == tag::SEQUENCE);
        let first = |number| field.tag == tag::SEQUENCE && sequences == number;
        // The SEQUENCEs of a certificate are algorithm, issuer, validity, subject, key; those of a list the first two and the
        // revoked certificates.
        if first(1) {
            written.extend_from_slice(&algorithm);
        } else if first(5) {
            written.extend(sm2_spki(field.raw));
        } else {
            written.extend_from_slice(field.raw);
        }
        if first(2) {
            issuer = Name::from_der(field.raw).ok();
        }
    }
    let tbs_written = write::sequence(&[&written]);
    let issuer = issuer.unwrap();
    let named = || known.iter().filter(|certificate| *certificate.subject_name() == issuer);
    let made = |certificate: &&Certificate| {
        certificate.key.as_ref().is_ok_and(|key| signature.verify_even_retired(key, tbs.raw).is_ok())
    };
    // A key that inherits its parameters cannot be checked with alone.
    let inherits = |certificate: &&Certificate| matches!(certificate.key, Err(KeyError::ParametersAbsent));
    let signer = named().find(made).or_else(|| named().find(inherits));
    let key = key_for(signer.or_else(|| named().next()).map_or(&[][..], |certificate| certificate.spki()));
    let mut value = key.sign(&tbs_written).unwrap();
    if signer.is_none() {
        *value.last_mut().unwrap() ^= 1;
    }
    write::sequence(&[&tbs_written, &algorithm, &write::bits(&value)])
}

fn sm2_spki(old: &[u8]) -> Vec<u8> {
    // The curve as it is named, and now and then as some writers misname it.
    let curve =
        if old.last().unwrap().is_multiple_of(8) { "1.2.156.10197.1.301.1" } else { "1.2.156.10197.1.301" };
    let algorithm =
        write::sequence(&[&write::oid("1.2.840.10045.2.1").unwrap(), &write::oid(curve).unwrap()]);
    write::sequence(&[&algorithm, &write::bits(&key_for(old).public_point())])
}
