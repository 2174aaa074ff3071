//! What is kept, and what gives way.

use super::*;
use crate::clock::Timestamp;
use crate::crypto::{Checks, Engine, Message, SignatureAlgorithm};
use crate::demo::forge::{Hierarchy, Seed, Validity};

/// Signers' certificates, all by one root, with the facts that the signatures of those in `signed` hold.
fn certificates(number: usize, signed: usize) -> (Vec<Vec<u8>>, Arc<KnownFacts>) {
    let at = |text| Timestamp::parse_rfc3339(text).unwrap();
    let validity = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") };
    let hierarchy = Hierarchy::new(&Seed::new("known"), validity).unwrap();
    let root = Certificate::from_der(hierarchy.root.certificate()).unwrap();
    let of = |at: usize| hierarchy.signer(&format!("office {at:02}")).unwrap().certificate;
    let all: Vec<Vec<u8>> = (0..number).map(of).collect();
    let (engine, mut checks) = (Engine::portable(), Checks::presuming(Engine::portable(), None));
    for der in &all[..signed] {
        let certificate = Certificate::from_der(der).unwrap();
        let (key, message) = (root.key.as_ref().unwrap(), Message::Whole(certificate.tbs()));
        let value = &certificate.signature().value;
        checks.verify_lasting(SignatureAlgorithm::Sm2Sm3, key, message, value).unwrap();
    }
    let presumed: Vec<_> = checks.presumed().iter().collect();
    assert!(engine.confirm(&presumed).iter().all(|holds| *holds));
    let facts = KnownFacts::new(1 << 20);
    facts.learn(presumed);
    (all, Arc::new(facts))
}

fn parse(known: &KnownCertificates, der: &[u8]) -> Certificate {
    let certificate = KnownCertificates::parse(Some(known), der).unwrap();
    assert_eq!(certificate, Certificate::from_der(der).unwrap());
    certificate
}

#[test]
fn certificates_stay_within_their_bytes_and_those_in_use_stay() {
    let (all, facts) = certificates(24, 24);
    let room = 8 * weight(&all[0]);
    let known = KnownCertificates::new(Arc::clone(&facts), 1_000, room);
    for der in &all {
        parse(&known, der);
        // One that is asked for with every other.
        parse(&known, &all[0]);
        assert!(known.bytes() <= room);
        assert!(known.find(&all[0]).is_some());
    }
    assert!(known.bytes() > room / 2 && known.find(&all[23]).is_some() && known.find(&all[1]).is_none());
    let sum = |state: &State| state.certificates.keys().map(|der| weight(der)).sum::<usize>();
    assert_eq!(known.bytes(), sum(&known.kept.read().unwrap()));
    // Asked again, none is counted twice.
    let before = known.bytes();
    parse(&known, &all[23]);
    assert_eq!(known.bytes(), before);
    for (certificates, bytes) in [(0, room), (1_000, 0), (1_000, weight(&all[0]))] {
        let none = KnownCertificates::new(Arc::clone(&facts), certificates, bytes);
        parse(&none, &all[0]);
        assert_eq!(none.bytes(), 0);
    }
}

#[test]
fn certificates_stay_within_their_number() {
    let (all, facts) = certificates(8, 8);
    let known = KnownCertificates::new(facts, 3, 1 << 20);
    for der in &all {
        parse(&known, der);
        assert!(known.kept.read().unwrap().certificates.len() <= 3);
        assert!(known.find(der).is_some());
    }
}

#[test]
fn other_bytes_take_nobodys_place() {
    let (all, facts) = certificates(2, 1);
    let known = KnownCertificates::new(facts, 100, 1 << 20);
    parse(&known, &all[0]);
    let bytes = known.bytes();
    // By a signature that nobody has checked, and the same certificate with any of its bytes changed.
    parse(&known, &all[1]);
    let kept = known.find(&all[0]).unwrap();
    for place in 0..all[0].len() {
        let mut bent = all[0].clone();
        bent[place] ^= 1;
        let parsed = KnownCertificates::parse(Some(&known), &bent);
        assert_eq!(parsed, Certificate::from_der(&bent), "{place}");
        assert!(parsed.is_err() || parsed != Ok(kept.clone()), "{place}");
        assert!(known.find(&all[0]).is_some_and(|found| found == kept), "{place}");
    }
    assert_eq!(known.bytes(), bytes);
}
