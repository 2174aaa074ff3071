//! Requests that are refused before anything is decided: each with its status and code, and each on record.

use std::time::Duration;

use rustls::AlertDescription;
use serde_json::{Value, json};

use crate::client::{Client, Reply, get, question};
use crate::world::{HOUSING, NAME, SUBJECT, Setup, World};

const INSURED: &str = "/v1/exchange/43/sb.insured.query";
const JSON: (&str, &str) = ("content-type", "application/json");

/// Method, path, headers, body; status and code of the refusal.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], String, u16, &'a str);

fn without(pointer: &str, member: &str) -> String {
    let mut asked = question();
    asked.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(member).unwrap();
    asked.to_string()
}

fn with(pointer: &str, member: &str, value: Value) -> String {
    let mut asked = question();
    asked.pointer_mut(pointer).unwrap().as_object_mut().unwrap().insert(member.to_owned(), value);
    asked.to_string()
}

fn assert_problem(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.body["code"].as_str()), (status, Some(code)), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.body["status"], status);
    for member in ["type", "title", "detail", "mend", "request_id", "record"] {
        assert!(!reply.body[member].as_str().unwrap().is_empty(), "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_is_told_and_recorded() {
    let setup = Setup { config: "[edge]\nexchange_bytes = 2048\n".to_owned(), ..Setup::default() };
    let world = World::with(setup).await;
    let good = question().to_string();
    let large = with("/query", "aac003", json!("测".repeat(2000)));
    let cases: Vec<Case<'_>> = vec![
        ("GET", INSURED, &[], String::new(), 405, "request.wrong_method"),
        ("PUT", INSURED, &[JSON], good.clone(), 405, "request.wrong_method"),
        ("GET", "/v1/licenses/verify", &[], String::new(), 405, "request.wrong_method"),
        ("POST", "/", &[JSON], good.clone(), 404, "request.unknown_operation"),
        ("POST", "/v1/exchange/43", &[JSON], good.clone(), 404, "request.unknown_operation"),
        ("POST", "/v1/exchange/43/a/b", &[JSON], good.clone(), 404, "request.unknown_operation"),
        ("POST", "/v1/exchange/99/sb.insured.query", &[JSON], good.clone(), 404, "request.unknown_province"),
        ("POST", "/v1/exchange/hn/sb.insured.query", &[JSON], good.clone(), 404, "request.unknown_province"),
        ("POST", "/v1/exchange/43/no.such.service", &[JSON], good.clone(), 404, "request.unknown_service"),
        ("POST", "/v1/exchange/43/%2e%2e", &[JSON], good.clone(), 404, "request.unknown_service"),
        ("POST", INSURED, &[], good.clone(), 415, "request.wrong_media_type"),
        ("POST", INSURED, &[("content-type", "text/plain")], good.clone(), 415, "request.wrong_media_type"),
        ("POST", INSURED, &[JSON], "{".to_owned(), 400, "request.invalid_json"),
        ("POST", INSURED, &[JSON], String::new(), 400, "request.invalid_json"),
        ("POST", INSURED, &[JSON], format!("{good}{good}"), 400, "request.invalid_json"),
        ("POST", INSURED, &[JSON], "[".repeat(1000), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], "[]".to_owned(), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], "{}".to_owned(), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], without("/context", "purpose"), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], without("/context", "subject"), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], without("/context", "basis"), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], without("/query", "aac147"), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], with("/query", "aac999", json!("x")), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], with("/query", "aac147", json!(["x"])), 400, "request.malformed"),
        (
            "POST",
            INSURED,
            &[JSON],
            with("/context", "subject", json!("someone else")),
            400,
            "request.malformed",
        ),
        // The value of another parameter, which says how the person is insured and names nobody.
        ("POST", INSURED, &[JSON], with("/context", "subject", json!("01")), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], with("/context", "extra", json!(1)), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], with("/context", "matter", json!("123")), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], with("/context", "basis", json!("because")), 400, "request.malformed"),
        (
            "POST",
            INSURED,
            &[JSON],
            with("/context", "purpose", json!("Any Purpose")),
            400,
            "request.malformed",
        ),
        (
            "POST",
            INSURED,
            &[JSON],
            with("/context", "use_cause", json!("x".repeat(201))),
            400,
            "request.malformed",
        ),
        ("POST", INSURED, &[JSON], with("/context", "department", json!("x")), 400, "request.malformed"),
        ("POST", INSURED, &[JSON, ("tongban-timeout-ms", "soon")], good.clone(), 400, "request.malformed"),
        ("POST", INSURED, &[JSON], large, 413, "request.too_large"),
        (
            "POST",
            INSURED,
            &[JSON],
            with("/context", "department", json!("11440000DEM0000059@440000")),
            403,
            "caller.department_not_allowed",
        ),
    ];
    for protocol in ["http/1.1", "h2"] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        for (method, path, headers, body, status, code) in &cases {
            let before = world.records().len();
            let reply = client.send(method, path, headers, body.clone()).await.unwrap();
            assert_problem(&reply, *status, code);
            assert_eq!(reply.header("allow") == "POST", *status == 405);
            let text = reply.body.to_string();
            assert!(!text.contains(SUBJECT) && !text.contains(NAME), "{text}");
            let records = world.records();
            assert_eq!(records.len(), before + 1, "{method} {path} {code}");
            assert_eq!(records[before]["outcome"], *code);
            assert_eq!(records[before]["system"], "hall");
        }
    }
    assert_eq!(world.provider.calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoded_body_is_refused_and_not_judged() {
    let world = World::start().await;
    let lines = ("content-type", "application/x-ndjson");
    let octets = ("content-type", "application/octet-stream");
    for protocol in ["http/1.1", "h2"] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        for (path, media_type) in [
            (INSURED, JSON),
            ("/v1/licenses/verify", octets),
            ("/v1/licenses/verify-batch", lines),
            ("/v1/seals/verify", JSON),
            ("/v1/signatures/verify", JSON),
        ] {
            let headers = [media_type, ("content-encoding", "gzip")];
            let reply = client.send("POST", path, &headers, "\u{1f}").await.unwrap();
            assert_problem(&reply, 415, "request.encoded");
            assert_eq!(reply.header("accept-encoding"), "identity");
            assert!(reply.body["mend"].as_str().unwrap().contains("`Content-Encoding`"));
            assert_eq!(world.records().last().unwrap()["outcome"], "request.encoded");
        }
        // Several codings, one of which does nothing; and that one alone.
        for (coding, status) in [("identity, br", 415), ("Identity", 200)] {
            let headers = [octets, ("content-encoding", coding)];
            let reply = client.send("POST", "/v1/licenses/verify", &headers, "no license").await.unwrap();
            assert_eq!(reply.status, status, "{reply:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_province_without_a_gateway_is_not_connected() {
    let world = World::start().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let reply = client.post("/v1/exchange/11/sb.insured.query", &question()).await;
    assert_problem(&reply, 503, "exchange.no_route");
    assert_eq!(reply.body["outcome"], "unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_identified_gets_nothing() {
    let world = World::start().await;
    let client = |identity| Client::new(&world.authority, identity, world.asking.address(), "http/1.1");
    // Refused by the handshake: no certificate, one that is out of date, one of another authority.
    let other = World::start().await;
    for (identity, alert) in [
        (None, AlertDescription::CertificateRequired),
        (Some(&world.expired), AlertDescription::CertificateExpired),
        // That authority has the same name and another key, which nobody trusts here.
        (Some(&other.hall), AlertDescription::UnknownCA),
    ] {
        assert_eq!(client(identity).alert().await, alert);
    }
    assert!(world.records().is_empty());
    // The client hears of the failure before the gateway has counted it.
    let counted = async {
        while !get(world.asking.admin_address(), "/metrics")
            .await
            .1
            .contains("tongban_handshakes_failed_total 3")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), counted).await.unwrap();
    // Certified, but enrolled nowhere: told and recorded, by the certificate's fingerprint.
    let reply = client(Some(&world.stranger)).post(INSURED, &question()).await;
    assert_problem(&reply, 403, "caller.unidentified");
    let records = world.records();
    assert_eq!(records[0]["certificate"], world.stranger.fingerprint());
    assert_eq!(records[0]["system"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_with_several_departments_names_one() {
    let world = World::start().await;
    let portal = Client::new(&world.authority, Some(&world.portal), world.asking.address(), "h2");
    assert_problem(&portal.post(INSURED, &question()).await, 400, "caller.department_missing");
    let mut asked = question();
    asked["context"]["department"] = json!(HOUSING);
    assert_eq!(portal.post(INSURED, &asked).await.status, 200);
}
