//! Questions that cross a province's border: relayed, cut, kept, counted, recorded; and what happens when they fail.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::client::{Client, get, question};
use crate::provider::{Behavior, insured};
use crate::world::{self, HOUSING, NAME, SUBJECT, Setup, World};

const INSURED: &str = "/v1/exchange/43/sb.insured.query";
const UNEMPLOYMENT: &str = "/v1/exchange/43/jy.unemployment.query";

fn hall(world: &World) -> Client {
    Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relayed_answer_is_cut_on_both_sides_and_recorded_on_both() {
    let world = World::start().await;
    for protocol in ["http/1.1", "h2"] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        let reply = client.post(INSURED, &question()).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let body = &reply.body;
        assert_eq!(body["outcome"], "answered");
        // aab004 is agreed upon in Guangdong and withheld by Hunan; the rest is withheld by both.
        assert_eq!(body["data"], json!({ "aac008": "1", "aae140": "110", "aab301": "430100" }));
        let withheld = body["withheld"].as_array().unwrap();
        for field in ["aac001", "aab001", "bab010", "aac031", "aae030", "aae031", "aab004"] {
            assert!(withheld.contains(&json!(field)), "{field} in {withheld:?}");
        }
        assert_eq!(body["data_as_of"], "2026-11-01T00:00:00Z");
        assert_eq!(body["generation"], 1);
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(reply.header("ratelimit-policy").contains("\"agreement_day\";q=50;w=86400"));
    }
    assert_eq!(world.provider.calls(), 1, "the second answer was kept");
    assert_eq!(world.provider.asked()["query"]["aac147"], SUBJECT);
    assert_eq!(world.provider.asked()["context"]["department"], HOUSING);

    let (here, there) = (world.records(), world.records_of_providing());
    assert_eq!((here.len(), there.len()), (2, 1));
    assert_eq!(here[0]["system"], "hall");
    assert_eq!(here[0]["outcome"], "answered");
    assert_eq!(here[0]["cache"], "miss");
    assert_eq!(here[1]["cache"], "hit");
    assert_eq!(there[0]["system"], "gateway-44");
    assert_eq!(there[0]["party"], "44");
    assert_eq!(there[0]["request"], here[0]["request"], "one identifier on both sides");
    assert_eq!(there[0]["fields"]["released"], json!(["aae140", "aac008", "aab301"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_one_pseudonym_however_the_number_is_written() {
    let world = World::start().await;
    let client = hall(&world);
    for (subject, asked_about) in [("x", "X"), ("X", "x")] {
        let mut asked = question();
        asked["context"]["subject"] = json!(SUBJECT.replace('X', subject));
        asked["context"]["agent"] = json!(SUBJECT.replace('X', asked_about));
        asked["query"]["aac147"] = json!(SUBJECT.replace('X', asked_about));
        let reply = client.post(INSURED, &asked).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let records = world.records();
    assert_eq!(records[0]["subject"], records[1]["subject"]);
    assert_eq!(records[0]["subject"], records[0]["agent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_names_its_record() {
    let world = World::start().await;
    let reply = hall(&world).post(INSURED, &question()).await;
    let found = world.asking.exchange().ledger().find(reply.body["record"].as_str().unwrap()).unwrap();
    assert_eq!(found.unwrap().json["request"], reply.body["request_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn denials_come_from_either_side() {
    let world = World::start().await;
    let portal = Client::new(&world.authority, Some(&world.portal), world.asking.address(), "http/1.1");
    let mut asked = question();
    asked["context"]["department"] = json!(world::EDUCATION);
    let reply = portal.post(INSURED, &asked).await;
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("policy.denied")), "{reply:?}");
    assert_eq!(reply.body["reason"], "no_agreement");
    assert_eq!(reply.header("content-type"), "application/problem+json");

    let mut asked = question();
    asked["context"]["purpose"] = json!("curiosity");
    let reply = hall(&world).post(INSURED, &asked).await;
    assert_eq!((reply.status, &reply.body["reason"]), (403, &json!("purpose_not_agreed")));

    // Guangdong has an agreement about the housing fund; Hunan has none.
    let fund = json!({
        "context": { "purpose": "public_rental_housing", "subject": SUBJECT, "basis": "statute" },
        "query": { "xm": NAME, "zjhm": SUBJECT, "centerCode": "430100" }
    });
    let reply = hall(&world).post("/v1/exchange/43/zf.fund.query", &fund).await;
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("upstream.refused")), "{reply:?}");
    assert_eq!(reply.body["upstream"]["code"], "policy.denied");
    let there = world.records_of_providing();
    assert_eq!(there.last().unwrap()["decision"]["code"], "no_agreement");
    assert_eq!(reply.body["upstream"]["record"].as_str().unwrap().len(), 32);
    assert_eq!(world.provider.calls(), 0);
    assert_eq!(world.records().len(), 3, "refusals are recorded too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_has_its_quota_and_kept_answers_count() {
    let world = World::start().await;
    world
        .provider
        .behave(Behavior::Answer(json!({ "outcome": "answered", "data": { "state": "registered" } })));
    let asked = json!({
        "context": { "purpose": "public_rental_housing", "subject": SUBJECT, "basis": "statute" },
        "query": { "aac147": SUBJECT, "aac003": NAME }
    });
    let client = hall(&world);
    for cache in ["miss", "hit"] {
        let reply = client.post(UNEMPLOYMENT, &asked).await;
        assert_eq!((reply.status, &reply.body["cache"]["state"]), (200, &json!(cache)), "{reply:?}");
        assert_eq!(reply.header("cache-status").contains("hit"), cache == "hit");
    }
    let reply = client.post(UNEMPLOYMENT, &asked).await;
    assert_eq!((reply.status, &reply.body["code"]), (429, &json!("quota.exceeded")));
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
    assert!(reply.header("ratelimit").starts_with("\"agreement_day\";r=0;"));
    assert_eq!(world.provider.calls(), 1);
    assert_eq!(world.records().last().unwrap()["outcome"], "quota.exceeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unavailable_never_reads_as_negative() {
    let world = World::start().await;
    let client = hall(&world);
    let down = [
        (Behavior::Status(404), 502, "upstream.failed"),
        (Behavior::Status(500), 502, "upstream.failed"),
        (Behavior::Raw("text/html", b"<html>".to_vec()), 502, "upstream.bad_answer"),
        (Behavior::Raw("application/json", b"{}".to_vec()), 502, "upstream.bad_answer"),
        (
            Behavior::Raw("application/json", b"{\"outcome\":\"answered\"}".to_vec()),
            502,
            "upstream.bad_answer",
        ),
        (Behavior::Raw("application/json", vec![b' '; 2 << 20]), 502, "upstream.bad_answer"),
    ];
    for (behavior, status, code) in down {
        world.provider.behave(behavior);
        // Home: the provider system of the same gateway, so that its code is not hidden behind the peer's.
        let reply = client.post("/v1/exchange/44/sb.insured.query", &question()).await;
        assert_eq!((reply.status, reply.body["code"].as_str()), (status, Some(code)), "{reply:?}");
        assert_eq!(reply.body["outcome"], "unavailable");
        // Away: the peer says that its upstream failed.
        let reply = client.post(INSURED, &question()).await;
        assert_eq!(reply.status, 502, "{reply:?}");
        assert_eq!(reply.body["outcome"], "unavailable");
    }
    world.provider.behave(Behavior::Answer(json!({ "outcome": "no_record" })));
    let reply = client.post(INSURED, &question()).await;
    assert_eq!((reply.status, &reply.body["outcome"]), (200, &json!("no_record")));
    assert_eq!(reply.body["data"], Value::Null);
    world.provider.behave(Behavior::Answer(json!({ "outcome": "unavailable" })));
    let mut asked = question();
    asked["context"]["case"] = json!("another");
    let reply = client.post(INSURED, &asked).await;
    assert_eq!((reply.status, &reply.body["outcome"]), (200, &json!("unavailable")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_is_silent_is_unavailable() {
    let setup = Setup { config: "[upstream]\ntimeout_ms = 300\n".to_owned(), ..Setup::default() };
    let world = World::with(setup).await;
    world.provider.behave(Behavior::Wait(Arc::new(Notify::new()), Value::Null));
    // Home, and away: whether the peer's own refusal is in time makes no difference to the caller.
    for path in ["/v1/exchange/44/sb.insured.query", INSURED] {
        let reply = hall(&world).post(path, &question()).await;
        assert_eq!((reply.status, &reply.body["code"]), (504, &json!("upstream.timeout")), "{reply:?}");
        assert_eq!(reply.body["outcome"], "unavailable");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_gone_is_unavailable() {
    let world = World::start().await;
    let World { asking, providing, authority, hall, scratch, .. } = world;
    providing.shutdown().await;
    let client = Client::new(&authority, Some(&hall), asking.address(), "http/1.1");
    let reply = client.post(INSURED, &question()).await;
    assert_eq!((reply.status, &reply.body["code"]), (502, &json!("upstream.unreachable")), "{reply:?}");
    let records = world::records(&scratch.path().join("44/ledger.ndjson"));
    assert_eq!(records[0]["outcome"], "upstream.unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_passes_nothing_on_and_speaks_for_its_own_province_only() {
    let world = World::start().await;
    // Straight to gateway 43 with a certificate of a system of 44: enrolled in 44 only.
    let stray = Client::new(&world.authority, Some(&world.hall), world.providing.address(), "http/1.1");
    let reply = stray.post(INSURED, &question()).await;
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("caller.unidentified")));

    let peer = Client::new(&world.authority, Some(&world.gateway()), world.providing.address(), "h2");
    let mut asked = question();
    asked["context"]["department"] = json!(HOUSING);
    let reply = peer.post("/v1/exchange/44/sb.insured.query", &asked).await;
    assert_eq!((reply.status, &reply.body["code"]), (421, &json!("exchange.no_transit")), "{reply:?}");
    asked["context"]["department"] = json!("11430000DEM0000068@430000");
    let reply = peer.post(INSURED, &asked).await;
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("caller.department_not_allowed")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_leaves_a_record() {
    let world = World::start().await;
    let until = Arc::new(Notify::new());
    world.provider.behave(Behavior::Wait(Arc::clone(&until), insured()));
    // Over HTTP/2 the gateway hears at once that nobody waits any more, and drops what only served the connection.
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let asking = tokio::spawn(async move { client.post(INSURED, &question()).await });
    world.provider.called.notified().await;
    asking.abort();
    // The provider answers only once the gateway has let go of the connection, and of all that belonged to it.
    let gone = async {
        while !get(world.asking.admin_address(), "/metrics").await.1.contains("tongban_connections 0\n") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
    until.notify_one();
    // Draining waits for the task, so nothing is left to chance.
    let World { asking, scratch, .. } = world;
    asking.shutdown().await;
    let records = world::records(&scratch.path().join("44/ledger.ndjson"));
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["outcome"], "answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn draining_finishes_what_is_open_and_takes_nothing_new() {
    let world = World::start().await;
    let until = Arc::new(Notify::new());
    world.provider.behave(Behavior::Wait(Arc::clone(&until), insured()));
    let client = Arc::new(hall(&world));
    let open = tokio::spawn({
        let client = Arc::clone(&client);
        async move { client.post(INSURED, &question()).await }
    });
    world.provider.called.notified().await;
    let admin = world.asking.admin_address();
    assert_eq!(get(admin, "/readyz").await.0, 200);
    let World { asking, providing, .. } = world;
    let drained = tokio::spawn(asking.shutdown());
    while get(admin, "/readyz").await.0 == 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(get(admin, "/healthz").await.0, 200);
    while client.connect().await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!drained.is_finished());
    until.notify_one();
    assert_eq!(open.await.unwrap().status, 200);
    drained.await.unwrap();
    assert!(tokio::net::TcpStream::connect(admin).await.is_err());
    providing.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_caller_waits_as_long_as_it_said_and_no_longer() {
    for first_is_impatient in [true, false] {
        let world = World::start().await;
        let until = Arc::new(Notify::new());
        world.provider.behave(Behavior::Wait(Arc::clone(&until), insured()));
        let client = Arc::new(hall(&world));
        let ask = |impatient: bool| {
            let client = Arc::clone(&client);
            tokio::spawn(async move {
                let all = [("content-type", "application/json"), ("tongban-timeout-ms", "300")];
                let headers = if impatient { &all[..] } else { &all[..1] };
                client.send("POST", INSURED, headers, question().to_string()).await.unwrap()
            })
        };
        let first = ask(first_is_impatient);
        world.provider.called.notified().await;
        let second = ask(!first_is_impatient);
        let (impatient, patient) = if first_is_impatient { (first, second) } else { (second, first) };
        let reply = impatient.await.unwrap();
        assert_eq!((reply.status, &reply.body["code"]), (504, &json!("upstream.timeout")), "{reply:?}");
        assert!(!patient.is_finished());
        until.notify_one();
        let reply = patient.await.unwrap();
        assert_eq!((reply.status, &reply.body["outcome"]), (200, &json!("answered")), "{reply:?}");
        assert_eq!(world.provider.calls(), 1, "what was begun for one went on for the other");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_shorter_patience_counts() {
    let world = World::start().await;
    world.provider.behave(Behavior::Wait(Arc::new(Notify::new()), Value::Null));
    let headers = [("content-type", "application/json"), ("tongban-timeout-ms", "200")];
    let client = hall(&world);
    let sent = client.send("POST", INSURED, &headers, question().to_string());
    let reply = tokio::time::timeout(Duration::from_secs(5), sent).await.unwrap().unwrap();
    assert_eq!(reply.status, 504, "{reply:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_one_subject_however_the_number_is_written() {
    let world = World::start().await;
    let client = hall(&world);
    for written in [SUBJECT.to_owned(), SUBJECT.to_lowercase(), format!(" {SUBJECT} ")] {
        let mut asked = question();
        asked["context"]["subject"] = json!(written);
        let reply = client.post(INSURED, &asked).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let records = world.records();
    assert!(records.iter().all(|record| record["subject"] == records[0]["subject"]), "{records:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_the_question_of_another_keeps_a_deadline_of_their_own() {
    let world = World::start().await;
    let until = Arc::new(Notify::new());
    world.provider.behave(Behavior::Wait(Arc::clone(&until), insured()));
    let asked = question().to_string();
    let patient = {
        let (client, asked) = (hall(&world), asked.clone());
        let headers = [("content-type", "application/json")];
        tokio::spawn(
            async move { client.send("POST", "/v1/exchange/44/sb.insured.query", &headers, asked).await },
        )
    };
    world.provider.called.notified().await;
    let hurried = [("content-type", "application/json"), ("tongban-timeout-ms", "200")];
    let reply = hall(&world).send("POST", "/v1/exchange/44/sb.insured.query", &hurried, asked).await.unwrap();
    assert_eq!(reply.status, 504, "{reply:?}");
    // Had it waited for the default time, the patient one would have run out of time as well.
    until.notify_one();
    assert_eq!(patient.await.unwrap().unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_time_does_not_end_the_question_of_others() {
    let world = World::start().await;
    let until = Arc::new(Notify::new());
    world.provider.behave(Behavior::Wait(Arc::clone(&until), insured()));
    let asked = question().to_string();
    let hurried = {
        let (client, asked) = (hall(&world), asked.clone());
        let headers = [("content-type", "application/json"), ("tongban-timeout-ms", "500")];
        tokio::spawn(
            async move { client.send("POST", "/v1/exchange/44/sb.insured.query", &headers, asked).await },
        )
    };
    world.provider.called.notified().await;
    let patient = {
        let client = hall(&world);
        let headers = [("content-type", "application/json")];
        tokio::spawn(
            async move { client.send("POST", "/v1/exchange/44/sb.insured.query", &headers, asked).await },
        )
    };
    assert_eq!(hurried.await.unwrap().unwrap().status, 504);
    until.notify_one();
    // Whether the first question is still open or is asked anew.
    until.notify_one();
    assert_eq!(patient.await.unwrap().unwrap().status, 200);
}
