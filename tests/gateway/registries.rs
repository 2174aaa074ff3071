//! The registry of a license's issuer, asked while a file is verified: at a provider of this province or through the
//! gateway of another. Whatever it does, the verdict comes, and in time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Notify;
use tongban::clock::{Clock, SystemClock, Timestamp};
use tongban::demo::forge::{Hierarchy, Layout, Seed, Validity, samples};
use tongban::gateway::Prepared;
use tongban::identifier::{CreditCode, LicenseIdentifier};

use crate::client::{Client, Reply};
use crate::golden;
use crate::provider::Behavior;
use crate::world::{Files, HOUSING, Setup, World, agreement};

/// A license that was sealed an hour ago, the root that vouches for it, and its identifier.
struct Sample {
    file: Vec<u8>,
    root: Vec<u8>,
    identifier: String,
    sealed: Timestamp,
}

impl Sample {
    /// A license whose issuer sits in `province`.
    fn of(province: &str) -> Self {
        let now = SystemClock.now();
        let (hour, day) = (3_600_000, 86_400_000);
        let validity = Validity { from: now.plus_millis(-30 * day), until: now.plus_millis(30 * day) };
        let hierarchy = Hierarchy::new(&Seed::new("registries"), validity).unwrap();
        let (_, mut license) = samples(now.plus_millis(-day)).unwrap().remove(0);
        license.issuer_code = CreditCode::complete(&format!("11{province}9900TB0000001")).unwrap();
        let LicenseIdentifier { type_code, serial, version, .. } = license.identifier;
        let issuer = license.issuer_code.as_str();
        license.identifier = LicenseIdentifier::new(type_code.as_str(), issuer, &serial, &version).unwrap();
        let identifier = license.identifier.to_string();
        let office = hierarchy.issuer(&license.issuer, "1", Layout::Gb2020).unwrap();
        let sealed = now.plus_millis(-hour);
        let file = office.seal_license(&license, sealed).unwrap().to_zip().unwrap();
        Self { file, root: hierarchy.root.certificate().to_vec(), identifier, sealed }
    }

    fn told(&self, state: &str) -> Behavior {
        self.answered("answered", json!({ "zzbs": self.identifier, "zzzt": state }))
    }

    fn answered(&self, outcome: &str, data: Value) -> Behavior {
        let as_of = self.sealed.to_string();
        Behavior::Answer(json!({ "outcome": outcome, "data": data, "data_as_of": as_of }))
    }
}

fn may_ask(province: &str) -> String {
    agreement(HOUSING, province, "zz.license.state", "zzbs,zzzt", 1000)
        .replace("public_rental_housing", "license_verification")
        .replace("@cache(\"300\")\n", "")
}

async fn world(sample: &Sample, asking: Vec<String>, providing: Vec<String>, config: &str) -> World {
    let (anchors, config) = (vec![sample.root.clone()], format!("[registry]\n{config}\n"));
    World::with(Setup { asking, providing, config, anchors, ..Setup::default() }).await
}

/// Time enough on any machine, where time is not what a test is about.
const PATIENT: &str = "timeout_ms = 60000";

/// Has the sample verified; the verdict must be good whatever the registry does.
async fn verified(world: &World, sample: &Sample) -> Reply {
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let case = [("tongban-case", "GZ-1"), ("tongban-operator", "zhang.san"), ("tongban-channel", "counter")];
    let reply = client.send("POST", "/v1/licenses/verify", &case, sample.file.clone()).await.unwrap();
    assert_eq!((reply.status, &reply.body["verdict"]), (200, &json!("genuine")), "{reply:?}");
    reply
}

/// State, source, usable, and how asking ended.
fn outcome(reply: &Reply) -> [&str; 4] {
    let body = &reply.body;
    [&body["status"]["state"], &body["status"]["source"], &body["usable"], &body["registry"]]
        .map(|value| value.as_str().unwrap())
}

/// The state that was current a year ago.
fn old(sample: &Sample, state: &str) -> Behavior {
    let data = json!({ "zzbs": sample.identifier, "zzzt": state });
    Behavior::Answer(json!({ "outcome": "answered", "data": data, "data_as_of": "2025-11-01T00:00:00Z" }))
}

/// Codes of the reasons about the file itself.
fn reasons(reply: &Reply) -> String {
    let reasons = reply.body["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["code"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_of_this_province_is_believed_before_the_face() {
    let sample = Sample::of("44");
    let world = world(&sample, vec![may_ask("44")], vec![], PATIENT).await;
    let other = sample.identifier.replace(".001.", ".002.");
    let cases = [
        (sample.told("有效"), ["in_force", "registry", "yes", "answered"]),
        (sample.told("注销"), ["cancelled", "registry", "no", "answered"]),
        (sample.told("07"), ["revoked", "registry", "no", "answered"]),
        (sample.answered("no_record", Value::Null), ["unknown", "registry", "undetermined", "not_there"]),
        (sample.answered("unavailable", Value::Null), ["in_force", "face", "undetermined", "unreachable"]),
        (old(&sample, "有效"), ["in_force", "face", "undetermined", "stale"]),
        (old(&sample, "注销"), ["cancelled", "registry", "no", "answered"]),
        (Behavior::Status(503), ["in_force", "face", "undetermined", "unreachable"]),
        (Behavior::Raw("text/html", b"<html>".to_vec()), ["in_force", "face", "undetermined", "bad_answer"]),
        (Behavior::Answer(json!({ "outcome": "yes" })), ["in_force", "face", "undetermined", "bad_answer"]),
        (sample.told("fine"), ["in_force", "face", "undetermined", "bad_answer"]),
        (
            sample.answered("answered", json!({ "zzbs": other, "zzzt": "注销" })),
            ["in_force", "face", "undetermined", "bad_answer"],
        ),
    ];
    let mut rows = Vec::new();
    for (number, (behavior, expected)) in cases.into_iter().enumerate() {
        world.provider.behave(behavior);
        let reply = verified(&world, &sample).await;
        assert_eq!(outcome(&reply), expected, "{number}");
        rows.push(format!("{}\t{}", outcome(&reply).join("\t"), reasons(&reply)));
        if expected[1] == "registry" && number < 4 {
            assert_eq!(reply.body["status"]["as_of"], sample.sealed.to_string());
        }
        let record = world.records().pop().unwrap();
        assert_eq!([&record["status"], &record["registry"]], [expected[0], expected[3]], "{number}");
        assert_eq!(record["operation"], "verify");
        assert!(record["license"].is_string());
        assert!(!record.to_string().contains(&sample.identifier), "the identifier is on record in clear");
    }
    golden::compare("registries.tsv", "status\tsource\tusable\tregistry\treasons", &rows);
    let asked = world.provider.asked();
    assert_eq!(asked["query"], json!({ "zzbs": sample.identifier }));
    assert_eq!(asked["context"]["purpose"], "license_verification");
    for member in ["case", "operator", "channel"] {
        assert!(asked["context"].get(member).is_none(), "{member} left the gateway");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_does_not_answer_holds_no_verdict_back() {
    let sample = Sample::of("44");
    let world = world(&sample, vec![may_ask("44")], vec![], "timeout_ms = 100").await;
    world.provider.behave(Behavior::Wait(Arc::new(Notify::new()), Value::Null));
    let begun = Instant::now();
    assert_eq!(outcome(&verified(&world, &sample).await), ["in_force", "face", "undetermined", "late"]);
    // Far above 100 ms on a busy machine, and below the 8 s after which upstreams are given up.
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_of_another_province_is_asked_through_its_gateway() {
    let sample = Sample::of("43");
    let world = world(&sample, vec![may_ask("43")], vec![may_ask("43")], PATIENT).await;
    world.provider.behave(sample.told("04"));
    assert_eq!(outcome(&verified(&world, &sample).await), ["cancelled", "registry", "no", "answered"]);
    let there = world.records_of_providing().pop().unwrap();
    assert_eq!([&there["operation"], &there["service"]], ["query", "zz.license.state"]);
    // The same request on both sides, and on this one a record of the question beside that of the verification.
    let here = world.records();
    let [question, verification] = here.as_slice() else { panic!("{here:?}") };
    assert_eq!([&question["operation"], &verification["operation"]], ["query", "verify"]);
    assert_eq!([&question["request"], &verification["request"]], [&there["request"]; 2]);
    assert_eq!([&question["service"], &question["province"]], ["zz.license.state", "43"]);
    assert_eq!([&question["outcome"], &question["decision"]["code"]], ["answered", "permit"]);
    assert_eq!(question["fields"]["released"], json!(["zzbs", "zzzt"]));
    assert!(question["answer_digest"].is_string() && question["request_digest"].is_string());
}

/// What was asked is on record however it ended; what was not asked leaves no record of its own.
#[tokio::test(flavor = "multi_thread")]
async fn questions_are_on_record_however_they_end() {
    let sample = Sample::of("44");
    let limited = may_ask("44").replace("@daily(\"1000\")", "@daily(\"1\")");
    let world = world(&sample, vec![limited], vec![], PATIENT).await;
    world.provider.behave(Behavior::Status(503));
    for expected in ["unreachable", "over_quota"] {
        assert_eq!(outcome(&verified(&world, &sample).await)[3], expected);
    }
    let told =
        |name: &str| -> Vec<Value> { world.records().iter_mut().map(|record| record[name].take()).collect() };
    assert_eq!(told("operation"), ["query", "verify", "verify"]);
    assert_eq!(told("outcome"), ["upstream.failed", "genuine", "genuine"]);
    assert_eq!(told("registry"), [Value::Null, json!("unreachable"), json!("over_quota")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_agreement_a_registry_or_a_wish_nobody_is_asked() {
    let sample = Sample::of("43");
    for (asking, providing, config, expected) in [
        (vec![], vec![may_ask("43")], "", "not_permitted"),
        (vec![may_ask("43")], vec![], "", "not_permitted"),
        (vec![may_ask("43")], vec![may_ask("43")], "service = \"\"", "no_registry"),
    ] {
        let world = world(&sample, asking, providing, config).await;
        world.provider.behave(sample.told("注销"));
        assert_eq!(outcome(&verified(&world, &sample).await), ["in_force", "face", "yes", expected]);
        assert_eq!(world.provider.calls(), 0, "{expected}");
    }
    // Of a province that this gateway has no way to.
    let sample = Sample::of("11");
    let world = world(&sample, vec![may_ask("11")], vec![], "").await;
    assert_eq!(outcome(&verified(&world, &sample).await), ["in_force", "face", "yes", "no_registry"]);
}

/// A department that has asked too often, here or there, hears that the state is open, and not what the face says.
#[tokio::test(flavor = "multi_thread")]
async fn a_spent_quota_is_no_way_round_the_registry() {
    let spent = |province| may_ask(province).replace("@daily(\"1000\")", "@daily(\"1\")");
    let sample = Sample::of("43");
    for (asking, providing) in [(spent("43"), may_ask("43")), (may_ask("43"), spent("43"))] {
        let world = world(&sample, vec![asking], vec![providing], PATIENT).await;
        world.provider.behave(sample.told("注销"));
        assert_eq!(outcome(&verified(&world, &sample).await), ["cancelled", "registry", "no", "answered"]);
        let reply = verified(&world, &sample).await;
        assert_eq!(outcome(&reply), ["in_force", "face", "undetermined", "over_quota"]);
        assert_eq!(reasons(&reply), "license.state_unconfirmed");
        assert_eq!(world.provider.calls(), 1);
    }
}

/// A service that nobody can be asked by is a fault before anything is served; a registry that is not wanted is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_cannot_be_asked_is_a_fault_of_the_config() {
    let faults = async |service: &str| {
        let config = format!("[registry]\nservice = \"{service}\"\n");
        let files = Files::new(Setup { config, ..Setup::default() }).await;
        let faults = Prepared::load(&files.asking).err().unwrap_or_default();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert!(faults("zz.licence.state").await.contains("service `zz.licence.state` is not in the catalog"));
    assert!(faults("sb.insured.query").await.contains("does not take `zzbs` alone"));
    assert_eq!(faults("").await, "");
    assert_eq!(faults("zz.license.state").await, "");
}
