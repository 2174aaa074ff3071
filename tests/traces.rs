//! What a judgement leaves behind of a search for a path: the authorities that are missing, and never who holds a certificate.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::crypto::Digest;
use tongban::demo::forge::{Authority, Identity, Name, Profile, Seed, Validity};
use tongban::pki::{Anchors, Certificate, Role, Terms, unchecked, validate};
use tongban::trace::TracedPath;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn years() -> Validity {
    Validity { from: at("2020-01-01T00:00:00Z"), until: at("2040-01-01T00:00:00Z") }
}

fn name(text: &str) -> Name {
    Name::new("Tongban Test", text)
}

fn root() -> Authority {
    Authority::root(&Seed::new("traces"), name("Root"), years()).unwrap()
}

fn parsed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

/// A signer whose certificate the holder of `issuer` signed with its own key, as anybody can.
fn signed_by(issuer: &Identity, issuer_name: Name, subject: Name) -> Vec<u8> {
    let key = Seed::new("traces").key("below").unwrap();
    let mut draft = root().draft(&key, Profile::Signer, subject, years()).unwrap();
    draft.issuer = issuer_name;
    draft.sign(issuer.key()).unwrap()
}

/// What is left of a search for `leaf` that ends without a path.
fn traced(leaf: &[u8], beside: &[&[u8]]) -> TracedPath {
    let (leaf, anchors) = (parsed(leaf), Anchors::default());
    let beside: Vec<Certificate> = beside.iter().map(|der| parsed(der)).collect();
    let now = at("2026-11-20T08:00:00Z");
    let mut budget = Budget::new(Limits::default());
    budget.trace_mut().begin(now);
    let terms = Terms { beside: &beside, ..Terms::new(&anchors, Role::Signer, now) };
    validate(&leaf, &terms, &mut unchecked, &mut budget).unwrap_err();
    budget.trace().path_of(&leaf_digest(&leaf), Role::Signer.name()).unwrap().clone()
}

fn leaf_digest(leaf: &Certificate) -> String {
    tongban::crypto::DigestAlgorithm::Sm3.digest(leaf.der()).hex()
}

fn digest(der: &[u8]) -> Digest {
    parsed(der).subject_name().digest()
}

#[test]
fn missing_authorities_are_named() {
    let root = root();
    let below = root.subordinate(name("Issuing"), years()).unwrap();
    let leaf = below.issue(Profile::Signer, name("office"), years()).unwrap();
    let mut both = vec![digest(below.certificate()), digest(root.certificate())];
    both.sort();
    assert_eq!(traced(&leaf.certificate, &[]).missing, [digest(below.certificate())]);
    let mut missing = traced(&leaf.certificate, &[below.certificate()]).missing;
    missing.sort();
    assert_eq!(missing, both);
}

#[test]
fn who_holds_a_certificate_is_not() {
    let person = root().issue(Profile::Signer, name("王小明 44010619900101001X"), years()).unwrap();
    let own = name("王小明 44010619900101001X");
    // Signed by itself; below a certificate that is no authority's; and both at once.
    let alone = signed_by(&person, own.clone(), own.clone());
    assert_eq!(traced(&alone, &[]).missing, []);
    let below = signed_by(&person, own, name("office"));
    let missing = traced(&below, &[&person.certificate]).missing;
    assert!(!missing.contains(&digest(&person.certificate)));
    assert_eq!(missing, [digest(root().certificate())]);
    assert_eq!(traced(&below, &[&alone]).missing, []);
}
