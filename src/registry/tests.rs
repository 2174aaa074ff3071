//! Answers of registries, sound and not, and what becomes of a judgement with each.

use serde_json::{Value, json};

use super::*;
use crate::budget::Limits;
use crate::demo::forge::{Hierarchy, Layout, Seed, Validity, samples};
use crate::disclosure::{Answer, disclose};
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
    let validity = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") };
    let hierarchy = Hierarchy::new(&Seed::new("registry"), validity).unwrap();
    let (_, license) = samples(at("2026-03-15T00:00:00Z")).unwrap().remove(0);
    let office = hierarchy.issuer(&license.issuer, "1", Layout::Gb2020).unwrap();
    let mut file = office.seal_license(&license, at("2026-11-20T08:00:00Z")).unwrap().to_zip().unwrap();
    change(&mut file);
    let root = Certificate::from_der(hierarchy.root.certificate()).unwrap();
    let (anchors, limits) = (Anchors::new(vec![root], Vec::new()), Limits::default());
    judge(&file, &Circumstances::new(&anchors, now(), &limits))
}

/// A registry in memory: one answer for the license that it knows.
struct Memory {
    answer: Result<Registered, Silence>,
}

impl Registry for Memory {
    async fn look_up(&self, license: &LicenseIdentifier) -> Result<Registered, Silence> {
        assert_eq!(license.province().unwrap().to_string(), "44");
        self.answer
    }
}

/// A registry that never answers.
struct Mute;

impl Registry for Mute {
    async fn look_up(&self, _: &LicenseIdentifier) -> Result<Registered, Silence> {
        std::future::pending().await
    }
}

/// A registry that must not be asked.
struct Forbidden;

impl Registry for Forbidden {
    async fn look_up(&self, _: &LicenseIdentifier) -> Result<Registered, Silence> {
        panic!("asked all the same")
    }
}

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_registry_is_joined_to_the_face() {
    let as_of = at("2026-11-21T07:00:00Z");
    for (state, expected, source, usable, consultation) in [
        (Some(State::InForce), State::InForce, StatusSource::Registry, Usable::Yes, "answered"),
        (Some(State::Cancelled), State::Cancelled, StatusSource::Registry, Usable::No, "answered"),
        (Some(State::Suspended), State::Suspended, StatusSource::Registry, Usable::No, "answered"),
        (Some(State::Unknown), State::Unknown, StatusSource::Registry, Usable::Undetermined, "answered"),
        (None, State::Unknown, StatusSource::Registry, Usable::Undetermined, "not_there"),
    ] {
        let mut judgement = judged(|_| {});
        assert_eq!(judgement.usable(None), Usable::Yes);
        let memory = Memory { answer: Ok(Registered { state, as_of }) };
        let ended = consult(&memory, &mut judgement, PATIENCE).await;
        assert_eq!(ended.as_str(), consultation);
        let status = Status { state: expected, source, as_of: Some(as_of) };
        assert_eq!((&judgement.status, judgement.usable(None)), (&status, usable), "{state:?}");
        assert_eq!(judgement.verdict(), Verdict::Genuine, "the verdict is about the file");
    }
}

#[tokio::test]
async fn a_silent_registry_leaves_the_face() {
    let face = judged(|_| {}).status;
    for silence in [Silence::NoRegistry, Silence::NotPermitted, Silence::Unreachable, Silence::BadAnswer] {
        let mut judgement = judged(|_| {});
        let ended = consult(&Memory { answer: Err(silence) }, &mut judgement, PATIENCE).await;
        assert_eq!((ended, &judgement.status), (Consultation::Silent(silence), &face));
    }
    let mut judgement = judged(|_| {});
    // Patience that is over already: no waiting, whatever the machine's speed.
    let ended = consult(&Mute, &mut judgement, Duration::ZERO).await;
    assert_eq!((ended, &judgement.status), (Consultation::Silent(Silence::Late), &face));
}

#[tokio::test]
async fn nobody_is_asked_about_what_is_not_genuine_or_not_vouched_for() {
    let mut changed = judged(|file| file.truncate(file.len() - 1));
    assert_eq!(consult(&Forbidden, &mut changed, PATIENCE).await, Consultation::NotAsked);
    let mut uncovered = judged(|_| {});
    for value in &mut uncovered.license.as_mut().unwrap().values {
        value.covered = false;
    }
    assert_eq!(consult(&Forbidden, &mut uncovered, PATIENCE).await, Consultation::NotAsked);
    let mut contradicted = judged(|_| {});
    let values = &mut contradicted.license.as_mut().unwrap().values;
    let mut other = values.iter().find(|value| value.element == Some("identifier")).unwrap().clone();
    let text = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U";
    other.value = crate::sensitive::Sensitive::new(text.to_owned());
    values.push(other);
    assert_eq!(consult(&Forbidden, &mut contradicted, PATIENCE).await, Consultation::NotAsked);
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
        let answer = Answer::new(outcome, data, as_of.map(at), 100);
        Registered::read(&disclose(&permit, &answer), &license, now())
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
    assert_eq!(read(Outcome::Answered, told("有效"), Some("2027-01-01T00:00:00Z")), Err(Silence::BadAnswer));
}

#[test]
fn the_settings_name_a_service_or_none() {
    let read = |text: &str| toml::from_str::<Config>(text);
    assert_eq!(read("").unwrap().service.unwrap().as_str(), "zz.license.state");
    assert!(read("service = \"\"").unwrap().service.is_none());
    assert!(read("service = \"No Name\"").is_err());
    assert!(read("timeout_ms = 0").is_err());
}
