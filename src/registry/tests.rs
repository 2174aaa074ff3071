//! Answers of registries, sound and not, and what becomes of a judgement with each.

use serde_json::{Value, json};

use super::*;
use crate::budget::Limits;
use crate::demo::forge::{Hierarchy, Layout, Seed, Validity, samples};
use crate::disclosure::{Answer, Document, disclose};
use crate::license::{Circumstances, judge};
use crate::pki::{Anchors, Certificate};
use crate::policy::tests::permit;
use crate::verdict::Usable;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T08:00:00Z")
}

/// A genuine license of Guangdong, or what becomes of it when `change` has been at its bytes.
fn judged(change: impl FnOnce(&mut Vec<u8>)) -> Judgement {
    judged_under(true, change)
}

/// The same where its root is an anchor or is not.
fn judged_under(trusted: bool, change: impl FnOnce(&mut Vec<u8>)) -> Judgement {
    let validity = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") };
    let hierarchy = Hierarchy::new(&Seed::new("registry"), validity).unwrap();
    let (_, license) = samples(at("2026-03-15T00:00:00Z")).unwrap().remove(0);
    let office = hierarchy.issuer(&license.issuer, "1", Layout::Gb2020).unwrap();
    let mut file = office.seal_license(&license, at("2026-11-20T08:00:00Z")).unwrap().to_zip().unwrap();
    change(&mut file);
    let root = Certificate::from_der(hierarchy.root.certificate()).unwrap();
    let roots = if trusted { vec![root] } else { Vec::new() };
    let (anchors, limits) = (Anchors::new(roots, Vec::new()), Limits::default());
    judge(&file, &Circumstances::new(&anchors, now(), &limits))
}

#[test]
fn the_registry_is_joined_to_the_face() {
    let as_of = at("2026-11-21T07:00:00Z");
    for (state, expected, usable, consultation) in [
        (Some(State::InForce), State::InForce, Usable::Yes, "answered"),
        (Some(State::Cancelled), State::Cancelled, Usable::No, "answered"),
        (Some(State::Suspended), State::Suspended, Usable::No, "answered"),
        (Some(State::Unknown), State::Unknown, Usable::Undetermined, "answered"),
        (None, State::Unknown, Usable::Undetermined, "not_there"),
    ] {
        let mut judgement = judged(|_| {});
        assert_eq!(judgement.usable(None), Usable::Yes);
        assert_eq!(join(&mut judgement, Ok(Registered { state, as_of })).as_str(), consultation);
        let status = Status { state: expected, source: StatusSource::Registry, as_of: Some(as_of) };
        assert_eq!((&judgement.status, judgement.usable(None)), (&status, usable), "{state:?}");
        assert_eq!(judgement.verdict(), Verdict::Genuine, "the verdict is about the file");
        assert!(judgement.reasons.is_empty());
    }
}

/// A registry that is missing leaves the face; one that should have answered leaves open whether the face still holds.
#[test]
fn a_silence_says_nothing_about_the_file_and_leaves_the_rest_open() {
    let face = judged(|_| {}).status;
    for (silence, name, usable) in [
        (Silence::NoRegistry, "no_registry", Usable::Yes),
        (Silence::NotPermitted, "not_permitted", Usable::Yes),
        (Silence::OverQuota, "over_quota", Usable::Undetermined),
        (Silence::Refused, "refused", Usable::Undetermined),
        (Silence::Unreachable, "unreachable", Usable::Undetermined),
        (Silence::Late, "late", Usable::Undetermined),
        (Silence::BadAnswer, "bad_answer", Usable::Undetermined),
        (Silence::Stale, "stale", Usable::Undetermined),
    ] {
        let mut judgement = judged(|_| {});
        assert_eq!(join(&mut judgement, Err(silence)).as_str(), name);
        assert_eq!((&judgement.status, judgement.usable(None)), (&face, usable), "{name}");
        assert_eq!(judgement.verdict(), Verdict::Genuine, "{name}");
        let told: Vec<_> = judgement.reasons.iter().map(|one| (one.code, one.detail.clone())).collect();
        let expected = (usable != Usable::Yes).then(|| (Code::LicenseStateUnconfirmed, silence.to_string()));
        assert_eq!(told, Vec::from_iter(expected), "{name}");
    }
}

#[test]
fn nobody_is_asked_about_what_is_not_genuine_or_not_vouched_for() {
    assert_eq!(in_question(&judged(|_| {})).unwrap().province().unwrap().to_string(), "44");
    assert_eq!(in_question(&judged(|file| file.truncate(file.len() - 1))), None);
    // Whole, but sealed by nobody in particular.
    let strange = judged_under(false, |_| {});
    assert_eq!(strange.verdict(), Verdict::Undetermined);
    assert!(strange.license.as_ref().unwrap().vouched_identifier().is_some());
    assert_eq!(in_question(&strange), None);
    let mut uncovered = judged(|_| {});
    for value in &mut uncovered.license.as_mut().unwrap().values {
        value.covered = false;
    }
    assert_eq!(in_question(&uncovered), None);
    let mut contradicted = judged(|_| {});
    let values = &mut contradicted.license.as_mut().unwrap().values;
    let mut other = values.iter().find(|value| value.element == Some("identifier")).unwrap().clone();
    let text = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U";
    other.value = crate::sensitive::Sensitive::new(text.to_owned());
    values.push(other);
    assert_eq!(in_question(&contradicted), None);
}

#[test]
fn answers_are_read_strictly() {
    let license =
        LicenseIdentifier::parse("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U")
            .unwrap();
    let own = license.to_string();
    let other = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S";
    let permit = permit("zz.license.state", "@fields(\"zzbs,zzzt\")");
    let read = |outcome, data: Value, as_of: Option<&str>| {
        let answer = Answer::new(outcome, Document::parse(&data.to_string()).unwrap(), as_of.map(at), 100);
        Registered::read(&disclose(&permit, &answer), &license, &Config::default().times(now(), 60_000))
    };
    let told = |state: &str| json!({ "zzbs": own, "zzzt": state });
    let known = |state| Ok(Registered { state: Some(state), as_of: now() });
    for (text, state) in [
        ("有效", State::InForce),
        ("中止", State::Suspended),
        ("03", State::Revoked),
        ("注销", State::Cancelled),
        ("99", State::Unknown),
    ] {
        assert_eq!(read(Outcome::Answered, told(text), None), known(state), "{text}");
    }
    assert_eq!(read(Outcome::UnderCorrection, told("有效"), None), known(State::Unknown));
    assert_eq!(read(Outcome::NoRecord, Value::Null, None), Ok(Registered { state: None, as_of: now() }));
    let earlier = "2026-11-21T00:00:00Z";
    assert_eq!(read(Outcome::Answered, told("有效"), Some(earlier)).unwrap().as_of, at(earlier));
    for outcome in [Outcome::Partial, Outcome::Unavailable] {
        assert_eq!(read(outcome, told("有效"), None), Err(Silence::Unreachable));
    }
    for lie in [
        json!({ "zzbs": other, "zzzt": "有效" }),
        json!({ "zzzt": "有效" }),
        json!({ "zzbs": own }),
        json!([{ "zzbs": own, "zzzt": "有效" }]),
        json!("有效"),
        told(""),
        told("in force"),
    ] {
        assert_eq!(read(Outcome::Answered, lie.clone(), None), Err(Silence::BadAnswer), "{lie}");
    }
    // Two days back and a minute ahead, and not a second more.
    for (as_of, expected) in [
        ("2026-11-19T08:00:00Z", None),
        ("2026-11-19T07:59:59Z", Some(Silence::Stale)),
        ("2026-11-21T08:01:00Z", None),
        ("2026-11-21T08:01:01Z", Some(Silence::BadAnswer)),
    ] {
        assert_eq!(read(Outcome::Answered, told("有效"), Some(as_of)).err(), expected, "{as_of}");
    }
    let old = Some("2025-11-21T08:00:00Z");
    assert_eq!(read(Outcome::NoRecord, Value::Null, old), Err(Silence::Stale));
    assert_eq!(read(Outcome::Answered, told("中止"), old), Err(Silence::Stale));
    // What has ended for good has.
    assert_eq!(read(Outcome::Answered, told("吊销"), old).unwrap().state, Some(State::Revoked));
}

#[test]
fn the_settings_name_a_service_or_none() {
    let read = |text: &str| toml::from_str::<Config>(text);
    assert_eq!(read("").unwrap().service.unwrap().as_str(), "zz.license.state");
    assert!(read("service = \"\"").unwrap().service.is_none());
    assert!(read("service = \"No Name\"").is_err());
    assert!(read("timeout_ms = 0").is_err());
    assert!(read("answer_age_seconds = 0").is_err());
}
