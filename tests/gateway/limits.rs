//! What one client can hold, and for how long: handshakes, headers, bodies, open requests, idle connections.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_rustls::client::TlsStream;
use tongban::demo::forge::TlsCredentials;

use crate::client::{Client, question};
use crate::provider::{Behavior, insured};
use crate::world::{HOUSING, Setup, World};

const INSURED: &str = "/v1/exchange/43/sb.insured.query";

/// Far above the limits that these tests set, and below all defaults but that of handshakes.
const SOON: Duration = Duration::from_secs(12);

async fn world(edge: &str) -> World {
    World::with(Setup { config: format!("[edge]\n{edge}\n"), ..Setup::default() }).await
}

/// The limits of all bodies but files; exchanges need little.
fn bodies(bytes: u32) -> String {
    format!(
        "exchange_bytes = 1024\nevidence_bytes = {bytes}\nloose_bytes = {bytes}\nbatch_line_bytes = {bytes}\n"
    )
}

/// Memory for bodies: `share` bytes for each caller, `all` for all, and a reserve beside it.
fn memory(share: u32, all: u32) -> String {
    let all = all + 4096;
    format!(
        "body_memory_per_caller_bytes = {share}\nbody_memory_bytes = {all}\nbody_reserve_bytes = 4096\nbody_reserve_per_caller_bytes = 2048\n"
    )
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
    let (whole, half) =
        ("GET /v1 HTTP/1.1\r\nhost: localhost\r\n\r\n", "POST /v1/licenses/verify HTTP/1.1\r\nhost: ");
    for is_kept in [false, true] {
        let mut stream = client.connect().await.unwrap();
        if is_kept {
            stream.write_all(whole.as_bytes()).await.unwrap();
            let mut answer = [0; 4_096];
            assert!(stream.read(&mut answer).await.unwrap() > 0);
        }
        stream.write_all(half.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        until_closed(&mut stream).await;
    }
    // Nor is one that came together with a request before it, whatever body that had, waited for as long as nothing at all.
    let posted = "POST /v1 HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\nGET ";
    let chunked =
        "POST /v1 HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n4\r\nGET \r\n0\r\n\r\n";
    for before in [whole, posted, chunked] {
        let mut stream = client.connect().await.unwrap();
        stream.write_all(format!("{before}{half}").as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        let answered = tokio::time::timeout(Duration::from_secs(60), until_closed(&mut stream)).await;
        assert!(answered.unwrap().starts_with("HTTP/1.1 "), "{before}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_kept_is_not_ended_for_want_of_a_header() {
    let world = world("header_ms = 20").await;
    for protocol in ["http/1.1", "h2"] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        let mut kept = client.keep().await.unwrap();
        for _ in 0..3 {
            // Many times what a header may take.
            tokio::time::sleep(Duration::from_millis(200)).await;
            kept.post("/v1", &json!({})).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_requests_is_closed() {
    let world = world("idle_seconds = 1").await;
    // Not even the preface of HTTP/2 is sent, which its own timers would not notice.
    for protocol in ["h2", "http/1.1"] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        let mut stream = client.connect().await.unwrap();
        until_closed(&mut stream).await;
    }
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

/// A frame of HTTP/2 (RFC 9113 §4.1) on the first stream of a client, or for `kind` 4, SETTINGS, on none.
fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let stream = if kind == 4 { 0 } else { 1 };
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, stream], payload].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_reset_without_an_error_is_not_whole() {
    let world = World::start().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let mut stream = client.connect().await.unwrap();
    // Literals that are not indexed (RFC 7541 §6.2.2).
    let field = |name: &str, value: &str| {
        let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        [vec![0], text(name), text(value)].concat()
    };
    let fields = [
        field(":method", "POST"),
        field(":scheme", "https"),
        field(":path", "/v1/licenses/verify"),
        field(":authority", "localhost"),
    ];
    let begin =
        [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(4, 0, &[]), frame(1, 4, &fields.concat())];
    // DATA, and RST_STREAM with NO_ERROR.
    let rest = [frame(0, 0, b"half of a file"), frame(3, 0, &[0; 4])];
    stream.write_all(&begin.concat()).await.unwrap();
    stream.flush().await.unwrap();
    world.until_shown("tongban_requests_open 1").await;
    stream.write_all(&rest.concat()).await.unwrap();
    stream.flush().await.unwrap();
    world.until_shown("tongban_requests_open 0").await;
    let records = world.records();
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
        world(&format!("{}{}[verify.limits]\nfile_bytes = 4096", memory(4096, 4096), bodies(4096))).await;
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

/// Files of `identity`, of `bytes` each and all but the last byte sent; the gateway waits for it.
async fn unfinished(world: &World, identity: &TlsCredentials, bytes: &[usize]) -> Vec<TlsStream<TcpStream>> {
    let client = Client::new(&world.authority, Some(identity), world.asking.address(), "http/1.1");
    let mut open = Vec::new();
    for bytes in bytes {
        let mut stream = client.connect().await.unwrap();
        let head = format!(
            "POST /v1/licenses/verify HTTP/1.1\r\nhost: localhost\r\ntongban-department: {HOUSING}\r\ncontent-length: {bytes}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![0; bytes - 1]).await.unwrap();
        stream.flush().await.unwrap();
        open.push(stream);
    }
    open
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_cannot_hold_all_the_memory() {
    let limits = format!("{}{}", memory(131_072, 262_144), bodies(4096));
    let world = world(&format!("{limits}[verify.limits]\nfile_bytes = 65536")).await;
    let client = |identity| Client::new(&world.authority, Some(identity), world.asking.address(), "h2");
    let headers = [("tongban-department", HOUSING)];
    let send = |identity, bytes: usize| {
        let client = client(identity);
        async move { client.send("POST", "/v1/licenses/verify", &headers, vec![0; bytes]).await.unwrap() }
    };

    let mut held = unfinished(&world, &world.hall, &[65_536, 65_536]).await;
    world.until_shown("tongban_body_memory_kib 128").await;
    let reply = send(&world.hall, 4096).await;
    assert_eq!((reply.status, &reply.body["code"]), (503, &json!("gateway.no_room")));
    // The other has a share of its own, and when that is used up too both still have room for what is small.
    assert_eq!(send(&world.portal, 65_536).await.status, 200);
    held.extend(unfinished(&world, &world.portal, &[65_536, 65_536]).await);
    world.until_shown("tongban_body_memory_kib 256").await;
    assert_eq!(send(&world.portal, 4096).await.status, 503);
    for identity in [&world.hall, &world.portal] {
        assert_eq!(send(identity, 1024).await.status, 200);
    }
    let reply = client(&world.hall).post(INSURED, &question()).await;
    assert_eq!(reply.status, 200, "{reply:?}");

    // Nobody takes the whole reserve either.
    held.extend(unfinished(&world, &world.hall, &[1024, 1024]).await);
    world.until_shown("tongban_body_memory_kib 258").await;
    assert_eq!(send(&world.hall, 1024).await.status, 503);
    assert_eq!(send(&world.portal, 1024).await.status, 200);

    drop(held);
    world.until_shown("tongban_body_memory_kib 0").await;
    assert_eq!(send(&world.hall, 65_536).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_fill_the_memory_alone() {
    let config = format!("{}{}[verify.limits]\nfile_bytes = 4096", memory(65_536, 65_536), bodies(65_536));
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
        world(&format!("{}{}[verify.limits]\nfile_bytes = 65536", memory(131_072, 131_072), bodies(4096)))
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

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_take_no_place_from_connections() {
    let world =
        world("connections = 1\nhandshakes = 8\nhandshakes_per_address = 4\nhandshake_ms = 60000").await;
    let mut stalled = Vec::new();
    for _ in 0..3 {
        stalled.push(TcpStream::connect(world.asking.address()).await.unwrap());
    }
    world.until_shown("tongban_handshakes_open 3").await;
    // There is room for one connection, and those three do not have it.
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let mut kept = client.keep().await.unwrap();
    assert_eq!(kept.post(INSURED, &question()).await.unwrap().status, 200);
    world.until_shown("tongban_connections 1").await;
    world.until_shown("tongban_handshakes_open 3").await;

    // The next waits for the place, and has the last that its address gets; one more is closed at once.
    let next = tokio::spawn(async move {
        let mut next = client.keep().await.unwrap();
        next.post(INSURED, &question()).await.unwrap().status
    });
    world.until_shown("tongban_handshakes_open 4").await;
    let mut shed = TcpStream::connect(world.asking.address()).await.unwrap();
    assert_eq!(until_closed(&mut shed).await, "");
    world.until_shown("tongban_handshakes_shed_total 1").await;
    // Meanwhile whoever is in is served.
    assert_eq!(kept.post(INSURED, &question()).await.unwrap().status, 200);
    drop(kept);
    assert_eq!(next.await.unwrap(), 200);
    drop(stalled);
    world.until_shown("tongban_handshakes_failed_total 3").await;
    world.until_shown("tongban_handshakes_open 0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_connection_ends_between_requests() {
    let world = world("age_seconds = 1\nage_jitter_seconds = 0").await;
    let mut answered = 0;
    for (protocol, before) in [("http/1.1", 0), ("h2", 3)] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        let mut ended = 0;
        // Under load, no request that arrives fails, and the last answer of HTTP/1.1 says that it is.
        while ended < 3 {
            let mut kept = client.keep().await.unwrap();
            loop {
                match kept.post("/v1/licenses/verify", &question()).await {
                    Ok(reply) => {
                        assert_eq!(reply.body["code"], "request.wrong_media_type", "{reply:?}");
                        answered += 1;
                        if reply.header("connection") == "close" {
                            break;
                        }
                    }
                    // Not looked at by the gateway, which said in good order that it takes no more (RFC 9113 §6.8).
                    Err(error) if protocol == "h2" => {
                        let told = format!("{error:?}");
                        let unsent = error.is_canceled() || error.is_closed();
                        assert!(unsent || told.contains("NO_ERROR"), "{told}");
                        break;
                    }
                    Err(error) => panic!("{error:?}"),
                }
            }
            kept.ended().await;
            ended += 1;
        }
        assert_eq!(world.records().len(), answered);
        world.until_shown(&format!("tongban_connections_aged_total {}", before + ended)).await;
    }
}
