//! What a change of rules would have changed of what is on record, for one recorded verdict at a time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tongban::clock::Timestamp;
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{Authority, Name, Seed, Validity};
use tongban::impact::{Change, Effect, RecordedVerdict, Rules, Tally};
use tongban::manifest::{FilePath, RuleFiles};

const ROLES: &str = "roles = [\"seal_maker\", \"signer\", \"timestamp\"]";
const SOURCE: &str = "\n[[revocation]]\nurl = \"http://crl.example.org/root.crl\"\n";
const SEAL: &str = "44990000000001";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// A root by its seed and its dates: the same seed gives the same name and key.
fn root(seed: &str, from: u16, until: u16) -> Vec<u8> {
    let year = |year: u16| at(&format!("{year}-01-01T00:00:00Z"));
    let validity = Validity { from: year(from), until: year(until) };
    let authority = Authority::root(&Seed::new(seed), Name::new("Impact", "root"), validity).unwrap();
    authority.certificate().to_vec()
}

fn sha256(der: &[u8]) -> String {
    DigestAlgorithm::Sha256.digest(der).hex()
}

/// Rules with these anchors: name, certificate, and what is said of it.
fn files(anchors: &[(&str, &[u8], &str)]) -> RuleFiles {
    let mut files = RuleFiles::default();
    for (name, der, said) in anchors {
        let entry = format!("certificates = [\"{name}.der\"]\n{said}\n");
        let mut insert = |name: String, content: &[u8]| {
            files.insert(FilePath::parse(&format!("certs/anchors/{name}")).unwrap(), content.to_vec());
        };
        insert(format!("{name}.der"), der);
        insert(format!("{name}.toml"), entry.as_bytes());
    }
    files
}

/// A verdict whose signer and maker stand to `anchor` in this way.
fn verdict(outcome: &str, state: &str, anchor: Option<&str>) -> RecordedVerdict {
    let chain = json!({ "state": state, "anchor": anchor, "intermediates": [], "missing": [] });
    let signature = json!({ "seal": SEAL, "signer": chain, "maker": chain });
    let record: Value = json!({
        "at": at("2026-11-20T08:00:00Z").millis(), "operation": "verify", "outcome": outcome,
        "relies_on": { "license_type": null, "region": "440106", "signatures": [signature], "more": 0 },
    });
    serde_json::from_value(record).unwrap()
}

fn told(change: &Change, verdict: &RecordedVerdict) -> Option<(Effect, String)> {
    let mut tally = Tally::default();
    tally.add(change, verdict, None);
    let (effect, because) = tally.changed.into_keys().next()?;
    Some((effect, because.reason.to_owned()))
}

fn between(before: &RuleFiles, after: &RuleFiles) -> Change {
    let (anchors, none) = (BTreeSet::new(), BTreeSet::new());
    let rules = |files| Rules { files, anchors: &anchors, seals: &none, agreements: &none };
    Change::between(Some(rules(before)), rules(after), at("2026-11-21T08:00:00Z"))
}

#[test]
fn what_is_asked_of_an_anchor_beside_its_roles_counts() {
    let der = root("one", 2020, 2040);
    let anchor = sha256(&der);
    let graced = format!("{ROLES}\ngrace = \"2d\"\n{SOURCE}");
    let sourced = format!("{ROLES}\n{SOURCE}");
    let tolerant = format!("{ROLES}\ntolerates_maker_dates = true");
    let noted = format!("{ROLES}\nnotes = \"reviewed\"");
    let (lost, decided) = (Some(Effect::MayBeLost), Some(Effect::MayBeDecided));
    for (before, after, of_genuine, of_open) in [
        (ROLES, sourced.as_str(), lost, decided),
        (&sourced, ROLES, lost, decided),
        (&graced, &sourced, lost, None),
        (&sourced, &graced, None, decided),
        (&tolerant, ROLES, lost, None),
        (ROLES, &tolerant, None, decided),
        (ROLES, &noted, None, None),
    ] {
        let change = between(&files(&[("one", &der, before)]), &files(&[("one", &der, after)]));
        let effect = |outcome, state| told(&change, &verdict(outcome, state, Some(&anchor))).map(|it| it.0);
        assert_eq!(effect("genuine", "trusted"), of_genuine, "{before} {after}");
        assert_eq!(effect("undetermined", "revocation_open"), of_open, "{before} {after}");
        assert_eq!(effect("not_genuine", "trusted"), None);
    }
}

#[test]
fn seals_count_as_they_are_suspended_and_restored() {
    let der = root("one", 2020, 2040);
    let (anchor, files) = (sha256(&der), files(&[("one", &der, ROLES)]));
    let (none, anchors) = (BTreeSet::new(), BTreeSet::new());
    let seals = BTreeSet::from([SEAL.to_owned()]);
    let rules = |seals| Rules { files: &files, anchors: &anchors, seals, agreements: &none };
    let now = at("2026-11-21T08:00:00Z");
    let suspends = Change::between(Some(rules(&none)), rules(&seals), now);
    let restores = Change::between(Some(rules(&seals)), rules(&none), now);
    for (change, outcome, effect) in [
        (&suspends, "genuine", Some((Effect::Lost, "its seal is suspended".to_owned()))),
        (&suspends, "undetermined", None),
        (&restores, "genuine", None),
        (&restores, "undetermined", Some((Effect::MayBeDecided, "its seal is restored".to_owned()))),
    ] {
        assert_eq!(told(change, &verdict(outcome, "trusted", Some(&anchor))), effect, "{outcome}");
    }
}

#[test]
fn an_issuer_that_no_record_names_leaves_it_open_what_a_new_anchor_decides() {
    let (one, two) = (root("one", 2020, 2040), root("two", 2020, 2040));
    let before = files(&[("one", &one, ROLES)]);
    let after = files(&[("one", &one, ROLES), ("two", &two, ROLES)]);
    let open = verdict("undetermined", "no_anchor", None);
    assert_eq!(told(&between(&before, &after), &open).map(|it| it.0), Some(Effect::Unknown));
    assert_eq!(told(&between(&after, &before), &open), None);
}

#[test]
fn a_root_that_is_issued_anew_stands_for_the_old_one() {
    let old = root("one", 2020, 2040);
    let anchor = sha256(&old);
    let genuine = verdict("genuine", "trusted", Some(&anchor));
    let lost = Some((Effect::Lost, "rests on an anchor that goes".to_owned()));
    let succeeded = "rests on an anchor that goes or is narrowed, while another of its name stays";
    let may = Some((Effect::MayBeLost, succeeded.to_owned()));
    let elsewhere = format!("{ROLES}\nregions = [\"650000\"]");
    let sourced = format!("{ROLES}\n{SOURCE}");
    let here = format!("{ROLES}\nregions = [\"440000\"]");
    for (new, said, expected) in [
        // The same name and key, for at least as long.
        (root("one", 2020, 2050), ROLES, None),
        (root("one", 2019, 2030), here.as_str(), None),
        // From later on: a signature may be older than that.
        (root("one", 2024, 2050), ROLES, may.clone()),
        // Another key of that name.
        (root("two", 2020, 2050), ROLES, may.clone()),
        // The same, and asked for lists, which may not be there.
        (root("one", 2020, 2050), &sourced, may),
        // Trusted for something else.
        (root("one", 2020, 2050), &elsewhere, lost.clone()),
        (root("one", 2020, 2050), "roles = [\"timestamp\"]", lost),
    ] {
        let before = files(&[("old", &old, ROLES), ("new", &new, said)]);
        let after = files(&[("new", &new, said)]);
        assert_eq!(told(&between(&before, &after), &genuine), expected, "{said}");
        // So it is where the new one comes as the old one goes.
        let before = files(&[("old", &old, ROLES)]);
        assert_eq!(told(&between(&before, &after), &genuine), expected, "{said}");
    }
}

#[test]
fn agreements_are_what_they_say_and_not_how_they_are_written() {
    let (lines, marks) = ("\n    ", "// was: @agreement(\"old\")\n");
    let agreement = |comment: &str, space: &str, fields: &str| {
        let text = format!(
            "{comment}@agreement(\"insured\"){space}@fields(\"{fields}\")\npermit (principal, action, resource);\n"
        );
        let mut files = RuleFiles::default();
        files.insert(FilePath::parse("policies/agreements/one.cedar").unwrap(), text.into_bytes());
        files
    };
    let plain = agreement("", " ", "aae140");
    let names = |change: &Change| change.agreements().map(|names| names.iter().cloned().collect::<Vec<_>>());
    let none: Vec<String> = Vec::new();
    let same = between(&plain, &agreement(marks, lines, "aae140"));
    assert_eq!(names(&same), [none.clone(), none.clone(), none.clone()]);
    let other = between(&plain, &agreement("", " ", "aae140,aac008"));
    assert_eq!(names(&other), [none.clone(), vec!["insured".to_owned()], none.clone()]);
    assert_eq!(
        names(&between(&plain, &RuleFiles::default())),
        [vec!["insured".to_owned()], none.clone(), none]
    );
}
