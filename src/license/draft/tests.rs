//! Whose facts are kept.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::judge_traced;
use super::*;
use crate::budget::Limits;
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, PublicKey};
use crate::demo::forge::{Hierarchy, Layout, Package, Seed, Validity, samples};
use crate::pki::{Anchors, Certificate};
use crate::seal::SesSignature;
use crate::verdict::Verdict;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn digest(data: &[u8]) -> Vec<u8> {
    DigestAlgorithm::Sm3.digest(data).as_ref().to_vec()
}

fn place(whole: &[u8], part: &[u8]) -> usize {
    whole.windows(part.len()).position(|window| window == part).unwrap()
}

/// What anybody can make of `sound` without a key: another file in place of the seal, all digests corrected, and a value that cannot be
/// read, so that nobody presumes that it holds.
fn with_junk(sound: &Package, junk: Vec<u8>) -> Package {
    let named =
        |end: &str| sound.entries.iter().find(|entry| entry.name.ends_with(end)).unwrap().name.clone();
    let [seal, description, value] = ["Seal.esl", "Signature.xml", "SignedValue.dat"].map(named);
    let (old, new) = (STANDARD.encode(digest(sound.get(&seal).unwrap())), STANDARD.encode(digest(&junk)));
    let text = sound.text(&description).unwrap();
    assert!(text.contains(&old));
    let text = text.replace(&old, &new);
    let whole = sound.get(&value).unwrap().to_vec();
    let ses = SesSignature::parse(&whole, 32).unwrap();
    let mut bytes = whole.clone();
    let hash = place(&whole, ses.data_hash);
    bytes[hash..hash + 32].copy_from_slice(&digest(text.as_bytes()));
    bytes[place(&whole, ses.signature)] = 0x31;
    let mut package = sound.clone();
    package.put(&seal, junk);
    package.put(&description, text.into_bytes());
    package.put(&value, bytes);
    package
}

/// How many of the checks that `draft` still needs are made with a table, and how many there are.
fn with_tables(draft: &Draft) -> (usize, usize) {
    let keys = || draft.checks.presumed().iter().filter_map(Presumption::key);
    (keys().filter(PublicKey::has_table).count(), keys().count())
}

/// Offices that nobody has met: what their certificates are checked by is the table of the root, as long as that is configured.
#[test]
fn certificates_of_strangers_are_checked_with_the_tables_of_configured_keys() {
    let validity = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") };
    let hierarchy = Hierarchy::new(&Seed::new("draft"), validity).unwrap();
    let license = samples(at("2026-03-15T00:00:00Z")).unwrap().remove(0).1;
    let sealed = |number: u8| {
        let (name, seal) = (format!("示例局{number}"), format!("4499000000000{number}"));
        let office = hierarchy.issuer(&name, &seal, Layout::Gb2020).unwrap();
        office.seal_license(&license, at("2026-11-20T08:00:00Z")).unwrap().to_zip().unwrap()
    };
    let root = Certificate::from_der(hierarchy.root.certificate()).unwrap();
    let anchors = Anchors::new(vec![root], Vec::new());
    let (limits, known) = (Limits::default(), Known::new(16, 1 << 20));
    let now = at("2026-11-21T08:00:00Z");
    let circumstances = Circumstances { known: Some(&known), ..Circumstances::new(&anchors, now, &limits) };
    let judge = |number: u8| {
        let draft = Draft::new(Sought::File, &sealed(number), &circumstances);
        let checks = with_tables(&draft);
        let holds = confirm(circumstances.engine, std::slice::from_ref(&draft))[0];
        let (judgement, _) = draft.conclude(holds, circumstances.known).unwrap();
        assert_eq!(judgement.verdict(), Verdict::Genuine);
        checks
    };
    let follow = |anchors: &Anchors| {
        known.signers.follow(anchors.keys()).iter().for_each(|key| known.signers.furnish(key));
    };
    follow(&anchors);
    // The license, the seal, and the certificates of signer and maker.
    assert_eq!(judge(1), (2, 4));
    // The maker's certificate is known by now.
    assert_eq!(judge(2), (1, 3));
    follow(&Anchors::default());
    assert_eq!(judge(3), (0, 3));
}

#[test]
fn who_holds_no_key_teaches_nothing() {
    let validity = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") };
    let hierarchy = Hierarchy::new(&Seed::new("draft"), validity).unwrap();
    let office = hierarchy.issuer("示例局", "44990000000001", Layout::Gb2020).unwrap();
    let license = samples(at("2026-03-15T00:00:00Z")).unwrap().remove(0).1;
    let sound = office.seal_license(&license, at("2026-11-20T08:00:00Z")).unwrap();
    let anchors =
        Anchors::new(vec![Certificate::from_der(hierarchy.root.certificate()).unwrap()], Vec::new());
    let (limits, known) = (Limits::default(), Known::new(16, 1 << 20));
    let now = at("2026-11-21T08:00:00Z");
    let circumstances = Circumstances { known: Some(&known), ..Circumstances::new(&anchors, now, &limits) };
    let judge = |package: &Package| judge_traced(Sought::File, &package.to_zip().unwrap(), &circumstances).0;
    assert_eq!(judge(&sound).verdict(), Verdict::Genuine);
    let learned = known.facts.bytes();
    assert!(learned > 0);
    for byte in 0..4 {
        let judgement = judge(&with_junk(&sound, vec![byte; 100_000]));
        assert_eq!(judgement.verdict(), Verdict::NotGenuine);
        assert_eq!(judgement.signatures[0].chain.state, ChainState::Trusted);
        assert_eq!(known.facts.bytes(), learned);
    }
    let seal = sound.entries.iter().find(|entry| entry.name.ends_with("Seal.esl")).unwrap();
    let contents = Arc::new(seal.content.clone());
    let expected = digest(&contents);
    assert!(known.facts.digested(DigestAlgorithm::Sm3, &contents, &expected).is_some());
}
