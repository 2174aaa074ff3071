//! Evidence: licenses that come with a question, judged in the very same request. What they show opens what an agreement binds
//! to them; what they do not show opens nothing, however it came about.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tongban::clock::{Clock, FixedClock, SystemClock, Timestamp};
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{
    CopyNote, Coverage, Hierarchy, Issuer, Layout, License, Method, NEWBORN, Package, Seed, Signing,
    Validity, birth_certificate, household_register, identity_card, marriage_certificate,
};
use tongban::identifier::CitizenNumber;

use crate::client::{Client, Reply};
use crate::provider::Behavior;
use crate::world::{HOUSING, Setup, World};

const DAY: i64 = 86_400_000;

/// Whoever is on the sample licenses: father and mother of the newborn, husband and wife.
fn father() -> String {
    CitizenNumber::complete("44990119900307001").unwrap().expose().to_owned()
}

fn mother() -> String {
    CitizenNumber::complete("44990119911105002").unwrap().expose().to_owned()
}

/// Somebody else.
fn stranger() -> String {
    CitizenNumber::complete("44990119850612002").unwrap().expose().to_owned()
}

/// Authorities that seal at any time near `now`.
struct Bench {
    hierarchy: Hierarchy,
    now: Timestamp,
}

impl Bench {
    fn at(now: Timestamp, seed: &str) -> Self {
        let validity = Validity { from: now.plus_millis(-900 * DAY), until: now.plus_millis(900 * DAY) };
        Self { hierarchy: Hierarchy::new(&Seed::new(seed), validity).unwrap(), now }
    }

    fn new() -> Self {
        Self::at(SystemClock.now(), "evidence")
    }

    fn root(&self) -> Vec<u8> {
        self.hierarchy.root.certificate().to_vec()
    }

    fn issued(&self) -> Timestamp {
        self.now.plus_millis(-DAY)
    }

    fn office(&self, license: &License) -> Issuer {
        self.hierarchy.issuer(&license.issuer, "1", Layout::Gb2020).unwrap()
    }

    fn package(&self, license: &License) -> Package {
        self.office(license).seal_license(license, self.now.plus_millis(-3_600_000)).unwrap()
    }

    fn sealed(&self, license: &License) -> Vec<u8> {
        self.package(license).to_zip().unwrap()
    }

    /// Sealed with the root file, where the data for machines stand, left out.
    fn uncovered(&self, license: &License) -> Vec<u8> {
        let office = self.office(license);
        let at = self.now.plus_millis(-3_600_000);
        let mut package = license.document(at).package().unwrap();
        let mut signing = Signing::new(&office.signer, Method::Seal(&office.seal), at);
        signing.coverage = Coverage::Except(vec!["OFD.xml".to_owned()]);
        signing.sign(&mut package).unwrap();
        package.to_zip().unwrap()
    }

    fn marriage(&self) -> License {
        marriage_certificate(self.issued()).unwrap()
    }
}

/// An agreement of the housing department about `service` of `province`, of which `lines` say more.
fn agreement(province: &str, service: &str, fields: &str, authorise: &str, lines: &str) -> String {
    format!(
        r#"@agreement("{service}-{province}")
@basis("authorisation:made for tests")
@authorise("{authorise}")
@fields("{fields}")
@rate("100/s burst 100")
@daily("1000")
@subjects("100")
@from("2025-08-01T00:00:00+08:00")
@until("2099-08-01T00:00:00+08:00")
permit (
  principal == Department::"{HOUSING}",
  action == Action::"query",
  resource == ProvincialService::"{province}/{service}"
)
when {{ context.purpose == "test" }}
{lines};
"#
    )
}

fn shows(claim: &str) -> String {
    let (license, relation) = claim.split_once('/').unwrap();
    format!(r#"when {{ context.evidence.contains({{ "license": "{license}", "relation": "{relation}" }}) }}"#)
}

/// The shipped red lines, and agreements about what `province` has.
fn agreements(province: &str) -> Vec<String> {
    let red_lines = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/agreements/red-lines.cedar");
    let newborn = shows("birth_certificate/parent_of");
    vec![
        std::fs::read_to_string(red_lines).unwrap(),
        agreement(province, "hj.household.query", "yhzgx", "subject", &shows("marriage_certificate/spouse")),
        agreement(province, "hj.birthcert.query", "babyName,momName", "guardian", &newborn),
        agreement(province, "jy.unemployment.query", "state", "subject", ""),
    ]
}

async fn world(bench: &Bench) -> World {
    let (asking, providing) = (agreements("44"), agreements("43"));
    let asking = asking.into_iter().chain(agreements("43").into_iter().skip(1)).collect();
    let root = bench.root();
    let (anchors, anchors_of_providing) = (vec![root.clone()], vec![root]);
    World::with(Setup { asking, providing, anchors, anchors_of_providing, ..Setup::default() }).await
}

fn answered(data: Value) -> Behavior {
    Behavior::Answer(json!({ "outcome": "answered", "data_as_of": "2026-01-01T00:00:00Z", "data": data }))
}

fn exhibit(kind: &str, relation: &str, file: &[u8]) -> Value {
    json!({ "type": kind, "relation": relation, "presence": "identity_card", "license": STANDARD.encode(file) })
}

/// The husband asks for the household of the wife, whom he joins.
fn household(evidence: Value) -> Value {
    json!({
        "context": {
            "purpose": "test", "basis": "authorisation:subject", "subject": mother(), "agent": father(),
            "matter": "990700004000", "case": "GZ-1", "operator": "zhang.san", "channel": "counter",
        },
        "query": { "xm": "王样例", "gmsfhm": mother() },
        "evidence": evidence,
    })
}

/// The mother registers the newborn.
fn newborn(evidence: Value) -> Value {
    json!({
        "context": {
            "purpose": "test", "basis": "authorisation:guardian", "subject": NEWBORN, "agent": mother(),
            "matter": "990700005000",
        },
        "query": { "birthCode": NEWBORN, "momName": "王样例", "momIdCode": mother() },
        "evidence": evidence,
    })
}

fn client(world: &World) -> Client {
    Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2")
}

/// Status, and the code of a refusal with what it lacks.
fn outcome(reply: &Reply) -> (u16, String) {
    let code = reply.body["code"].as_str().unwrap_or_default();
    let problem = reply.body["evidence"]["problem"].as_str().unwrap_or_default();
    let missing = reply.body["missing"].as_array().into_iter().flatten();
    let missing: Vec<&str> = missing.map(|one| one.as_str().unwrap()).collect();
    (reply.status, format!("{code} {problem}{}", missing.join(" ")).trim().to_owned())
}

const HERE: &str = "/v1/exchange/44/hj.household.query";

#[tokio::test(flavor = "multi_thread")]
async fn a_license_shows_what_opens_the_answer_or_nothing_does() {
    let bench = Bench::new();
    let world = world(&bench).await;
    world.provider.behave(answered(json!({ "yhzgx": "妻" })));
    let client = client(&world);
    let genuine = bench.sealed(&bench.marriage());
    let forged = {
        let mut package = bench.package(&bench.marriage());
        let change = |content: &mut Vec<u8>| {
            let text = String::from_utf8(content.clone()).unwrap().replace("张样例", "赵样例");
            *content = text.into_bytes();
        };
        package.edit("OFD.xml", change).unwrap();
        package.to_zip().unwrap()
    };
    let untrusted = {
        let other = Bench::at(bench.now, "somebody else's authority");
        other.sealed(&bench.marriage())
    };
    let ended = License { valid_until: Some(bench.now.plus_millis(-2 * DAY)), ..bench.marriage() };
    let cancelled = License { state: Some("注销".to_owned()), ..bench.marriage() };
    let copy_for = |made_for: &str, days: i64| {
        let annotation = CopyNote {
            made_by: "示例市民政局".to_owned(),
            made_at: bench.issued(),
            made_for: made_for.to_owned(),
            until: bench.now.plus_millis(days * DAY),
        };
        bench.sealed(&License { annotation: Some(annotation), ..bench.marriage() })
    };
    let nobody = License { holders: Vec::new(), ..bench.marriage() };
    let alone =
        License { holders: bench.marriage().holders.into_iter().take(1).collect(), ..bench.marriage() };
    let card = bench.sealed(&identity_card(bench.issued()).unwrap());
    // Genuine, by an enterprise that has a seal and says so.
    let enterprise =
        License { issuer: "广东省示例市民政服务有限公司".to_owned(), ..bench.marriage() };
    let spouse = |file: &[u8]| json!([exhibit("marriage_certificate", "spouse", file)]);
    let with = |place: &str, value: Value| {
        let mut asked = household(spouse(&genuine));
        *asked.pointer_mut(place).unwrap() = value;
        asked
    };
    let of_stranger = {
        let mut asked = with("/context/subject", json!(stranger()));
        asked["query"]["gmsfhm"] = json!(stranger());
        asked
    };
    let missing = "policy.denied evidence:marriage_certificate/spouse";
    let table: [(&str, Value, (u16, &str)); 25] = [
        ("genuine", household(spouse(&genuine)), (200, "")),
        ("without it, right after", household(json!([])), (403, missing)),
        ("forged", household(spouse(&forged)), (403, "evidence.not_shown not_genuine")),
        ("of nobody's authority", household(spouse(&untrusted)), (403, "evidence.not_shown undetermined")),
        ("no license", household(spouse(b"hello")), (403, "evidence.not_shown not_genuine")),
        (
            "shown by somebody else",
            with("/context/agent", json!(stranger())),
            (403, "evidence.not_shown other_person"),
        ),
        (
            "shown by the wife herself",
            with("/context/agent", json!(mother())),
            (403, "evidence.not_shown other_person"),
        ),
        ("about somebody else", of_stranger, (403, "evidence.not_shown other_person")),
        ("shown by nobody", with("/context/agent", Value::Null), (400, "request.malformed")),
        (
            "holders uncovered",
            household(spouse(&bench.uncovered(&bench.marriage()))),
            (403, "evidence.not_shown undetermined"),
        ),
        (
            "no holders",
            household(spouse(&bench.sealed(&nobody))),
            (403, "evidence.not_shown code_not_covered"),
        ),
        (
            "one holder",
            household(spouse(&bench.sealed(&alone))),
            (403, "evidence.not_shown code_not_covered"),
        ),
        ("ended", household(spouse(&bench.sealed(&ended))), (403, "evidence.not_shown not_usable")),
        ("cancelled", household(spouse(&bench.sealed(&cancelled))), (403, "evidence.not_shown not_usable")),
        ("copy for this matter", household(spouse(&copy_for("仅限办理夫妻投靠落户使用", 3))), (200, "")),
        (
            "copy for another",
            household(spouse(&copy_for("仅限办理不动产登记使用", 3))),
            (403, "evidence.not_shown not_usable"),
        ),
        (
            "copy that has ended",
            household(spouse(&copy_for("夫妻投靠落户", -1))),
            (403, "evidence.not_shown not_usable"),
        ),
        (
            "issued by an enterprise",
            household(spouse(&bench.sealed(&enterprise))),
            (403, "evidence.not_shown other_issuer"),
        ),
        ("identity card as one", household(spouse(&card)), (403, "evidence.not_shown other_type")),
        (
            "a relation that it cannot show",
            household(json!([exhibit("resident_identity_card", "spouse", &card)])),
            (403, "evidence.not_shown relation_not_allowed"),
        ),
        (
            "another license than agreed",
            household(json!([exhibit("household_register", "self", &genuine)])),
            (403, missing),
        ),
        (
            "a type that is not there",
            household(json!([exhibit("library_card", "self", &genuine)])),
            (400, "request.malformed"),
        ),
        (
            "one that shows it and one that does not",
            household(json!([
                exhibit("marriage_certificate", "spouse", &genuine),
                exhibit("resident_identity_card", "self", &card)
            ])),
            (403, "evidence.not_shown other_person"),
        ),
        (
            "more than there may be",
            household(Value::Array(vec![exhibit("marriage_certificate", "spouse", b"x"); 5])),
            (400, "request.malformed"),
        ),
        ("genuine again", household(spouse(&genuine)), (200, "")),
    ];
    let mut calls = 0;
    for (name, asked, (status, code)) in table {
        let reply = client.post(HERE, &asked).await;
        assert_eq!(outcome(&reply), (status, code.to_owned()), "{name}: {reply:?}");
        calls += usize::from(status == 200);
        assert_eq!(world.provider.calls(), calls, "{name}: asked for data that nothing was shown for");
        for person in [father(), mother(), stranger(), "样例".to_owned()] {
            assert!(status == 200 || !reply.body.to_string().contains(&person), "{name}: {reply:?}");
        }
    }
    // What stays here: the provider's system hears of no evidence.
    assert!(world.provider.asked().get("evidence").is_none());
    let records = json!(world.records());
    for person in [father(), mother(), stranger(), "样例".to_owned(), STANDARD.encode(&genuine)] {
        assert!(!records.to_string().contains(&person), "{person} is on record");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shown_is_on_record_so_that_it_can_be_proved() {
    let bench = Bench::new();
    let world = world(&bench).await;
    world.provider.behave(answered(json!({ "yhzgx": "妻" })));
    let file = bench.sealed(&bench.marriage());
    let asked = household(json!([exhibit("marriage_certificate", "spouse", &file)]));
    assert_eq!(client(&world).post(HERE, &asked).await.status, 200);
    let refused = household(json!([exhibit("marriage_certificate", "spouse", b"hello")]));
    assert_eq!(client(&world).post(HERE, &refused).await.status, 403);
    let none = household(json!([]));
    assert_eq!(client(&world).post(HERE, &none).await.status, 403);
    let records = world.records();
    let [verdict, query, bad_verdict, bad_query, denied] = records.as_slice() else { panic!("{records:?}") };
    let digest = |file: &[u8]| DigestAlgorithm::Sm3.digest(file).hex();
    let exhibited = |file: &[u8], outcome: &str| {
        json!([{
            "license": "marriage_certificate", "relation": "spouse", "presence": "identity_card",
            "file": digest(file), "outcome": outcome,
        }])
    };
    assert_eq!([&query["operation"], &query["outcome"]], ["query", "answered"]);
    assert_eq!(query["evidence"], exhibited(&file, "shown"));
    assert_eq!(query["decision"]["policies"], json!(["hj.household.query-44"]));
    // The verdict on the license has a record of its own before it, under the same request and agreement.
    assert_eq!([&verdict["operation"], &verdict["outcome"]], ["verify", "genuine"]);
    assert_eq!([&verdict["request"], &verdict["decision"]], [&query["request"], &query["decision"]]);
    assert_eq!(verdict["request_digest"], json!(digest(&file)));
    assert!(
        verdict["license"].is_string()
            && verdict["relies_on"]["signatures"][0]["signer"]["anchor"].is_string()
    );
    assert_eq!(bad_verdict["outcome"], "not_genuine");
    assert_eq!([&bad_query["outcome"], &bad_query["purpose"]], ["evidence.not_shown", "test"]);
    assert_eq!(bad_query["evidence"], exhibited(b"hello", "not_genuine"));
    assert_eq!(denied["outcome"], "policy.denied");
    assert_eq!(denied["decision"]["missing"], json!(["evidence:marriage_certificate/spouse"]));
    assert_eq!(denied["evidence"], json!([]));
}

/// A department without an agreement, or beyond its quota, has nothing judged.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_judged_for_whoever_may_not_ask() {
    let bench = Bench::new();
    let world = world(&bench).await;
    let file = bench.sealed(&bench.marriage());
    let mut asked = household(json!([exhibit("marriage_certificate", "spouse", &file)]));
    asked["context"]["purpose"] = json!("curiosity");
    let reply = client(&world).post(HERE, &asked).await;
    assert_eq!(outcome(&reply), (403, "policy.denied purpose".to_owned()));
    let records = world.records();
    let [denied] = records.as_slice() else { panic!("{records:?}") };
    // What was claimed is on record, and no file was looked at.
    let claimed = &denied["evidence"][0];
    assert_eq!(
        [&claimed["license"], &claimed["file"], &claimed["outcome"]],
        [&json!("marriage_certificate"), &Value::Null, &Value::Null]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newborn_without_a_number_goes_by_that_of_the_birth_certificate() {
    let bench = Bench::new();
    let world = world(&bench).await;
    world.provider.behave(answered(json!({ "babyName": "张小样", "momName": "王样例" })));
    let client = client(&world);
    let path = "/v1/exchange/43/hj.birthcert.query";
    let license = birth_certificate(bench.issued()).unwrap();
    let file = bench.sealed(&license);
    let parent = |file: &[u8]| json!([exhibit("birth_certificate", "parent_of", file)]);
    let reply = client.post(path, &newborn(parent(&file))).await;
    assert_eq!((reply.status, &reply.body["data"]["babyName"]), (200, &json!("张小样")), "{reply:?}");
    // Judged here, and again by the gateway that gives the data, each with records of its own.
    for records in [world.records(), world.records_of_providing()] {
        let operations: Vec<&str> =
            records.iter().map(|record| record["operation"].as_str().unwrap()).collect();
        assert_eq!(operations, ["verify", "query"]);
        assert_eq!(records[1]["evidence"][0]["outcome"], "shown");
        assert!(!json!(records).to_string().contains(NEWBORN));
    }
    let mut by_father = newborn(parent(&file));
    by_father["context"]["agent"] = json!(father());
    assert_eq!(client.post(path, &by_father).await.status, 200);
    for (change, expected) in [
        (json!({ "agent": stranger() }), "evidence.not_shown other_person"),
        (json!({ "basis": "authorisation:subject" }), "policy.denied basis"),
        (json!({ "basis": "statute" }), "policy.denied basis"),
    ] {
        let mut asked = newborn(parent(&file));
        for (member, value) in change.as_object().unwrap() {
            asked["context"][member] = value.clone();
        }
        assert_eq!(outcome(&client.post(path, &asked).await), (403, expected.to_owned()));
    }
    let mut other = newborn(parent(&file));
    other["context"]["subject"] = json!("Z990000002");
    other["query"]["birthCode"] = json!("Z990000002");
    assert_eq!(outcome(&client.post(path, &other).await).1, "evidence.not_shown other_person");
    assert_eq!(outcome(&client.post(path, &newborn(json!([]))).await).1, "policy.denied guardian");
}

/// The gateway that gives the data takes no word for the evidence: it has its own anchors and judges the file itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_providing_gateway_judges_the_evidence_again() {
    let bench = Bench::new();
    let asking = agreements("43");
    let setup =
        Setup { asking, providing: agreements("43"), anchors: vec![bench.root()], ..Setup::default() };
    let world = World::with(setup).await;
    world.provider.behave(answered(json!({ "babyName": "张小样" })));
    let file = bench.sealed(&birth_certificate(bench.issued()).unwrap());
    let asked = newborn(json!([exhibit("birth_certificate", "parent_of", &file)]));
    let reply = client(&world).post("/v1/exchange/43/hj.birthcert.query", &asked).await;
    assert_eq!(reply.body["upstream"]["code"], "evidence.not_shown", "{reply:?}");
    assert_eq!(world.provider.calls(), 0);
    let there = world.records_of_providing();
    assert_eq!(there.last().unwrap()["evidence"][0]["outcome"], "undetermined");
    assert_eq!(world.records().last().unwrap()["evidence"][0]["outcome"], "shown");
}

/// Children are children until midnight in China begins their fourteenth birthday, by the gateway's clock; those born on a leap
/// day until 1 March.
#[tokio::test(flavor = "multi_thread")]
async fn the_guardian_of_a_child_is_shown_by_the_household_register() {
    let at = |text| Timestamp::parse_rfc3339(text).unwrap();
    let bench = Bench::at(at("2026-02-01T00:00:00Z"), "children");
    let clock = Arc::new(FixedClock::at(bench.now));
    let setup = Setup {
        asking: agreements("44"),
        anchors: vec![bench.root()],
        clock: Some(clock.clone()),
        ..Setup::default()
    };
    let world = World::with(setup).await;
    world.provider.behave(answered(json!({ "state": "1" })));
    let client = client(&world);
    let (no_guardian, nobody) =
        ((403, "policy.denied guardian".to_owned()), (403, "policy.denied basis guardian".to_owned()));
    let (guardian, subject) = ("authorisation:guardian", "authorisation:subject");
    for (birth, begun) in
        [("20120229", "2026-03-01T00:00:00+08:00"), ("20120610", "2026-06-10T00:00:00+08:00")]
    {
        let child = CitizenNumber::complete(&format!("439901{birth}001")).unwrap();
        let register = |relation: &str| {
            let license = household_register(bench.issued(), child.clone(), relation).unwrap();
            json!([exhibit("household_register", "parent_of", &bench.sealed(&license))])
        };
        let ask = async |basis: &str, evidence: Value| {
            let asked = json!({
                "context": { "purpose": "test", "basis": basis, "subject": child.expose(), "agent": father() },
                "query": { "aac147": child.expose(), "aac003": "张中样" },
                "evidence": evidence,
            });
            outcome(&client.post("/v1/exchange/44/jy.unemployment.query", &asked).await)
        };
        clock.set(at(begun).plus_millis(-1));
        assert_eq!(ask(subject, json!([])).await, nobody, "{birth}");
        assert_eq!(ask(guardian, json!([])).await, no_guardian);
        assert_eq!(ask(guardian, register("长子")).await, (200, String::new()));
        assert_eq!(
            ask(guardian, register("女婿")).await,
            (403, "evidence.not_shown face_otherwise".to_owned())
        );
        assert_eq!(ask(subject, register("长子")).await, (403, "policy.denied basis".to_owned()));
        clock.set(at(begun));
        assert_eq!(ask(subject, json!([])).await, (200, String::new()), "{birth}");
    }
}

/// Bodies are large only where they bring evidence, and no larger than the config says.
#[tokio::test(flavor = "multi_thread")]
async fn evidence_has_its_own_bounds() {
    let bench = Bench::new();
    let config = "[edge]\nexchange_bytes = 2048\nevidence_bytes = 65536\nevidence_licenses = 1\n".to_owned();
    let setup = Setup { asking: agreements("44"), anchors: vec![bench.root()], config, ..Setup::default() };
    let world = World::with(setup).await;
    world.provider.behave(answered(json!({ "yhzgx": "妻" })));
    let client = client(&world);
    let genuine = exhibit("marriage_certificate", "spouse", &bench.sealed(&bench.marriage()));
    assert!(genuine.to_string().len() > 2048);
    assert_eq!(client.post(HERE, &household(json!([genuine]))).await.status, 200);
    let mut long = household(json!([]));
    long["query"]["xm"] = json!("样".repeat(1000));
    let reply = client.post(HERE, &long).await;
    assert_eq!(outcome(&reply), (413, "request.too_large".to_owned()));
    assert!(reply.body["detail"].as_str().unwrap().contains("2048"), "{reply:?}");
    let large = household(json!([exhibit("marriage_certificate", "spouse", &vec![0; 65536])]));
    assert_eq!(outcome(&client.post(HERE, &large).await), (413, "request.too_large".to_owned()));
    let two = household(json!([genuine, genuine]));
    assert_eq!(outcome(&client.post(HERE, &two).await), (400, "request.malformed".to_owned()));
}

/// Nobody need show anything to say that data are wrong: a report gives nothing about anybody.
#[tokio::test(flavor = "multi_thread")]
async fn what_takes_evidence_to_see_is_reported_wrong_without() {
    let bench = Bench::new();
    let world = world(&bench).await;
    let report = json!({
        "context": { "purpose": "test", "basis": "authorisation:subject", "matter": "990700004000" },
        "province": "44", "service": "hj.household.query", "subject": mother(), "fields": ["yhzgx"],
        "reason": "outdated",
    });
    let reply = client(&world).post("/v1/corrections", &report).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

/// A license that its issuer's registry has cancelled shows nothing, whatever its face says; one of which the registry says nothing
/// leaves it open.
#[tokio::test(flavor = "multi_thread")]
async fn the_registry_of_the_license_is_asked_in_the_same_request() {
    let bench = Bench::new();
    let state = agreement("44", "zz.license.state", "zzbs,zzzt", "none", "")
        .replace("authorisation:made", "statute:made")
        .replace("context.purpose == \"test\"", "context.purpose == \"license_verification\"");
    let asking = agreements("44").into_iter().chain([state]).collect();
    let config = "[registry]\ntimeout_ms = 60000\n".to_owned();
    let world = World::with(Setup { asking, anchors: vec![bench.root()], config, ..Setup::default() }).await;
    let license = bench.marriage();
    let evidence = json!([exhibit("marriage_certificate", "spouse", &bench.sealed(&license))]);
    for (said, problem) in [("注销", "not_usable"), ("nonsense", "undetermined")] {
        let data = json!({ "zzbs": license.identifier.to_string(), "zzzt": said });
        world.provider.behave(Behavior::Answer(json!({
            "outcome": "answered", "data": data, "data_as_of": SystemClock.now().to_string(),
        })));
        let reply = client(&world).post(HERE, &household(evidence.clone())).await;
        assert_eq!(outcome(&reply), (403, format!("evidence.not_shown {problem}")), "{said} {reply:?}");
        // The question to the registry, the verdict, and the request, in this order and under one identifier.
        let records = world.records();
        let [registry, verdict, query] = records.last_chunk().unwrap();
        assert_eq!(
            [&registry["service"], &verdict["operation"], &query["service"]],
            ["zz.license.state", "verify", "hj.household.query"]
        );
        assert_eq!([&registry["request"], &verdict["request"]], [&query["request"]; 2]);
        assert_eq!(
            world.provider.asked()["service"],
            "zz.license.state",
            "nothing but the registry was asked"
        );
    }
}
