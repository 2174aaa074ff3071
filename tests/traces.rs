//! What a judgement leaves behind of a search for a path: the authorities that are missing, and never who holds a certificate.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/statements.rs"]
#[allow(dead_code, reason = "shared with tests that need more of it")]
mod statements;

use std::sync::Arc;

use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::crypto::Digest;
use tongban::demo::forge::{Authority, Identity, Name, Profile, Seed, Validity};
use tongban::pki::revocation::{
    Evidence, EvidenceRules, List, ListLimits, RevocationMode, RevocationTerms, TimeBasis,
    validate_with_revocation,
};
use tongban::pki::{Anchors, Certificate, Role, Terms, unchecked, validate};
use tongban::trace::{Trace, TracedPath};

use statements::ListDraft;

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
    budget.trace().path_of(&leaf_digest(&leaf), Role::Signer.name(), None).unwrap().clone()
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

/// What is left of judging a signature of 2026-11-01 on 2026-11-20, by a list that each of the two authorities made, of which
/// the lower ends in 2027. With `until`, the list of the lower one holds until then.
fn judged(until: &'static str) -> (Trace, Timestamp) {
    let root = root();
    let ends = Validity { until: at("2027-01-01T00:00:00Z"), ..years() };
    let below = root.subordinate(name("Issuing"), ends).unwrap();
    let leaf = parsed(&below.issue(Profile::Signer, name("office"), years()).unwrap().certificate);
    let (top, middle) = (parsed(root.certificate()), parsed(below.certificate()));
    let now = at("2026-11-20T08:00:00Z");
    let mut budget = Budget::new(Limits::default());
    let lists = [
        ListDraft::new(&top, "2026-11-19", "2029-01-01").sign(root.key()),
        ListDraft::new(&middle, "2026-11-19", until).sign(below.key()),
    ];
    let lists = lists.map(|der| {
        Arc::new(
            List::load(&der, &[top.clone(), middle.clone()], &ListLimits::default(), &mut budget).unwrap(),
        )
    });
    let evidence = Evidence::new(lists, [], false);
    let (anchors, beside) = (Anchors::new(vec![top], Vec::new()), vec![middle]);
    budget.trace_mut().begin(now);
    let then = at("2026-11-01T08:00:00Z");
    let terms = Terms { beside: &beside, relied_at: now, ..Terms::new(&anchors, Role::Signer, then) };
    let rules = EvidenceRules::default();
    let (mode, proof) = (RevocationMode::Require, TimeBasis::Shown);
    let asked = RevocationTerms { evidence: &evidence, rules, mode, proof, now };
    validate_with_revocation(&leaf, &terms, &asked, &mut budget).path.unwrap();
    (budget.trace().clone(), ends.until)
}

#[test]
fn who_signs_lists_must_be_in_office_now_whatever_time_is_judged() {
    let (trace, end) = judged("2029-01-01");
    assert_eq!(trace.holds_until(), Some(end.plus_millis(1)));
    let (trace, _) = judged("2026-11-28");
    assert_eq!(trace.holds_until(), Some(at("2026-11-28T00:00:00Z").plus_millis(1)));
    assert!(!trace.is_open());
}
