//! What one client can hold, and for how long: handshakes, headers, bodies, open requests, idle connections.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::client::{Client, question};
use crate::provider::{Behavior, insured};
use crate::world::{HOUSING, Setup, World};

const INSURED: &str = "/v1/exchange/43/sb.insured.query";

/// Far above the limits that these tests set, and below all defaults but that of handshakes.
const SOON: Duration = Duration::from_secs(12);

async fn world(edge: &str) -> World {
    World::with(Setup { config: format!("[edge]\n{edge}\n"), ..Setup::default() }).await
}

/// The limits of all bodies but files.
fn bodies(bytes: u32) -> String {
    format!("exchange_bytes = {bytes}\nloose_bytes = {bytes}\nbatch_line_bytes = {bytes}\n")
}

/// What the gateway sends until it closes.
async fn until_closed(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut received = Vec::new();
    // A connection that is reset is closed as well.
    let _ = tokio::time::timeout(SOON, stream.read_to_end(&mut received)).await.expect("left open");
    String::from_utf8_lossy(&received).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_does_not_come_is_cut() {
    let world = world("handshake_ms = 200").await;
    let mut stream = TcpStream::connect(world.asking.address()).await.unwrap();
    let below_default = Duration::from_millis(4_500);
    assert_eq!(tokio::time::timeout(below_default, until_closed(&mut stream)).await.unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_does_not_come_is_cut() {
    let world = world("header_ms = 200").await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1");
    for sent in ["", "POST /v1/licenses/verify HTTP/1.1\r\nhost: "] {
        let mut stream = client.connect().await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        until_closed(&mut stream).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_requests_is_closed() {
    let world = world("idle_seconds = 1").await;
    // Not even the preface of HTTP/2 is sent, which its own timers would not notice.
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let mut stream = client.connect().await.unwrap();
    until_closed(&mut stream).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_refused_and_recorded() {
    let world = world("body_ms = 200").await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1");
    let mut stream = client.connect().await.unwrap();
    let head = format!(
        "POST {INSURED} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let received = until_closed(&mut stream).await;
    assert!(received.starts_with("HTTP/1.1 408 "), "{received}");
    assert_eq!(world.records()[0]["outcome"], "request.too_slow");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_is_recorded() {
    let world = World::start().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1");
    let mut stream = client.connect().await.unwrap();
    let head = format!(
        "POST {INSURED} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    until_closed(&mut stream).await;
    let World { asking, scratch, .. } = world;
    asking.shutdown().await;
    let records = crate::world::records(&scratch.path().join("44/ledger.ndjson"));
    assert_eq!((records.len(), &records[0]["outcome"]), (1, &json!("request.cut_off")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_is_too_long_is_refused() {
    let world = world("header_bytes = 8192").await;
    for protocol in ["http/1.1", "h2"] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        let long = "x".repeat(20_000);
        let sent = client.send("POST", INSURED, &[("tongban-case", long.as_str())], "").await;
        assert!(sent.as_ref().map_or(true, |reply| reply.status == 431), "{sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_system_cannot_take_the_place_of_another() {
    let world = world("in_flight_per_system = 1").await;
    let until = Arc::new(Notify::new());
    world.provider.behave(Behavior::Wait(Arc::clone(&until), insured()));
    let client = |identity| Client::new(&world.authority, Some(identity), world.asking.address(), "h2");
    let first = client(&world.hall);
    let open = tokio::spawn(async move { first.post(INSURED, &question()).await });
    world.provider.called.notified().await;

    let reply = client(&world.hall).post(INSURED, &question()).await;
    assert_eq!((reply.status, &reply.body["code"]), (503, &json!("gateway.busy")));
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(reply.body["record"], Value::Null);
    // The other system gets in; it fails for a reason of its own.
    let reply = client(&world.portal).post(INSURED, &question()).await;
    assert_eq!(reply.body["code"], "caller.department_missing");

    until.notify_one();
    assert_eq!(open.await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_share_a_bounded_memory() {
    let world =
        world(&format!("body_memory_bytes = 4096\n{}[verify.limits]\nfile_bytes = 4096", bodies(4096))).await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1");
    let send = || async { client.send("POST", "/v1/licenses/verify", &[], vec![0; 3000]).await.unwrap() };
    let mut held = client.connect().await.unwrap();
    let head = "POST /v1/licenses/verify HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3000\r\n\r\n";
    held.write_all(head.as_bytes()).await.unwrap();
    held.write_all(&[0; 2900]).await.unwrap();
    held.flush().await.unwrap();
    // Once most of the first has come, there is no room for a second.
    world.until_shown("tongban_body_memory_kib 3").await;
    let reply = send().await;
    assert_eq!((reply.status, &reply.body["code"]), (503, &json!("gateway.no_room")));
    held.write_all(&[0; 100]).await.unwrap();
    held.flush().await.unwrap();
    let mut status = [0; 12];
    held.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    // What was taken is given back.
    for _ in 0..4 {
        world.until_shown("tongban_body_memory_kib 0").await;
        assert_eq!(send().await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_fill_the_memory_alone() {
    let config = format!("body_memory_bytes = 65536\n{}[verify.limits]\nfile_bytes = 4096", bodies(65_536));
    let world = world(&config).await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let seal = STANDARD.encode(vec![b'x'; 48_000]);
    for _ in 0..2 {
        let reply = client.post("/v1/seals/verify", &json!({ "seal": seal })).await;
        assert_eq!((reply.status, &reply.body["format"]), (200, &json!("unknown")), "{reply:?}");
        world.until_shown("tongban_body_memory_kib 0").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn announced_bodies_that_do_not_come_keep_nobody_out() {
    let world =
        world(&format!("body_memory_bytes = 131072\n{}[verify.limits]\nfile_bytes = 65536", bodies(4096)))
            .await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1");
    let head = "POST /v1/licenses/verify HTTP/1.1\r\nhost: localhost\r\ncontent-length: 65536\r\n\r\n";
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut stream = client.connect().await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        open.push(stream);
    }
    world.until_shown("tongban_requests_open 4").await;
    let other = Client::new(&world.authority, Some(&world.portal), world.asking.address(), "h2");
    let headers = [("tongban-department", HOUSING)];
    let reply = other.send("POST", "/v1/licenses/verify", &headers, vec![0; 3000]).await.unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_together_with_the_request_is_recorded() {
    let world = world("").await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1");
    let body = question().to_string();
    let length = body.len();
    let request = format!(
        "POST {INSURED} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    for _ in 0..3 {
        let mut stream = client.connect().await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
    let recorded = async {
        while world.records().len() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, recorded).await.expect("a request without a record");

    // Who only closes their own side still gets the answer.
    let mut stream = client.connect().await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let received = until_closed(&mut stream).await;
    assert!(received.starts_with("HTTP/1.1 200 "), "{received}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_too_fast_is_shed_and_fills_no_ledger() {
    let world = world("system_rate = \"1/s burst 5\"").await;
    let client = |identity| Client::new(&world.authority, Some(identity), world.asking.address(), "h2");
    // Refusals are recorded, so they must not be free.
    for (caller, code) in
        [(client(&world.hall), "request.invalid_json"), (client(&world.stranger), "caller.unidentified")]
    {
        let before = world.records().len();
        let mut told = 0;
        let shed = async {
            loop {
                let json = [("content-type", "application/json")];
                let reply = caller.send("POST", INSURED, &json, "{").await.unwrap();
                if reply.body["code"] != code {
                    return reply;
                }
                told += 1;
            }
        };
        let reply = tokio::time::timeout(SOON, shed).await.unwrap();
        assert_eq!((reply.status, &reply.body["code"]), (503, &json!("gateway.busy")), "{reply:?}");
        assert_eq!((reply.header("retry-after"), &reply.body["record"]), ("1", &Value::Null));
        assert_eq!(world.records().len(), before + told);
    }
    // Others are not held up by it.
    let reply = client(&world.portal).post(INSURED, &question()).await;
    assert_eq!(reply.body["code"], "caller.department_missing");
}
