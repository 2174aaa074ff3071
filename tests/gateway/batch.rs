//! Batches: every line gets its result and its record, whatever is wrong with others, at the pace of the slowest side.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::TlsCredentials;
use tongban::ledger;

use crate::client::{Client, get};
use crate::lab::Lab;
use crate::trust::suspend;
use crate::world::{HOUSING, Setup, World};

const BATCH: &str = "/v1/licenses/verify-batch";
const LINES: (&str, &str) = ("content-type", "application/x-ndjson");
/// How long tests wait for what must come: far longer than it takes on a machine that does much else.
const SOON: Duration = Duration::from_secs(60);
/// Limits that no test of something else reaches.
const ROOM: &str = "[quota]\ndepartment_per_second = 100000\ndepartment_burst = 100000\n";

fn line(id: &str, file: &[u8]) -> String {
    format!("{}\n", json!({ "id": id, "file": STANDARD.encode(file) }))
}

/// A batch that is sent and read piece by piece.
struct Open {
    body: Option<mpsc::Sender<Bytes>>,
    answer: Incoming,
    text: Vec<u8>,
    /// Carries bytes between HTTP and the socket.
    wire: tokio::task::JoinHandle<()>,
    /// For further requests over the same connection of HTTP/2.
    http: Option<SendRequest<Pieces>>,
}

/// Pieces as a request body.
struct Pieces(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

impl Pieces {
    fn whole(body: Vec<u8>) -> Self {
        let (sender, pieces) = mpsc::channel(1);
        sender.try_send(Bytes::from(body)).unwrap();
        Self(pieces)
    }
}

impl Open {
    async fn begin(world: &World, identity: &TlsCredentials, protocol: &str) -> Self {
        Self::begin_with(world, identity, protocol, &[LINES]).await
    }

    async fn begin_with(
        world: &World,
        identity: &TlsCredentials,
        protocol: &str,
        headers: &[(&str, &str)],
    ) -> Self {
        let client = Client::new(&world.authority, Some(identity), world.asking.address(), protocol);
        let mut socket = client.connect().await.unwrap();
        let (near, mut far) = tokio::io::duplex(64 << 10);
        let wire = tokio::spawn(async move {
            let _ = tokio::io::copy_bidirectional(&mut far, &mut socket).await;
        });
        let io = TokioIo::new(near);
        let (sender, pieces) = mpsc::channel(1);
        let request = |uri: String| {
            let request = Request::post(uri).header("host", "localhost");
            let request =
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            request.body(Pieces(pieces)).unwrap()
        };
        let (response, http) = if protocol == "h2" {
            // A window that a few hundred results fill.
            let (mut http, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
                .initial_stream_window_size(65_535)
                .handshake(io)
                .await
                .unwrap();
            tokio::spawn(connection);
            let response = http.send_request(request(format!("https://localhost{BATCH}"))).await.unwrap();
            (response, Some(http))
        } else {
            let (mut http, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            (http.send_request(request(BATCH.to_owned())).await.unwrap(), None)
        };
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[LINES.0], LINES.1);
        Self { body: Some(sender), answer: response.into_body(), text: Vec::new(), wire, http }
    }

    async fn send(&self, text: impl Into<Bytes>) {
        self.body.as_ref().unwrap().send(text.into()).await.unwrap();
    }

    /// The next line of the answer, `None` at its proper end.
    async fn next(&mut self) -> Option<Value> {
        let read = async {
            loop {
                if let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                    let rest = self.text.split_off(end + 1);
                    let line = std::mem::replace(&mut self.text, rest);
                    return Some(serde_json::from_slice(&line).unwrap());
                }
                match self.answer.frame().await? {
                    Ok(frame) => self.text.extend_from_slice(frame.data_ref().unwrap()),
                    Err(error) => panic!("cut off: {error}"),
                }
            }
        };
        tokio::time::timeout(SOON, read).await.expect("no line came")
    }

    async fn rest(mut self) -> Vec<Value> {
        self.body = None;
        let mut lines = Vec::new();
        while let Some(line) = self.next().await {
            lines.push(line);
        }
        lines
    }
}

/// Sends `text` whole; returns the results by line, and the summary.
async fn whole(world: &World, protocol: &str, text: String) -> (Vec<Value>, Value) {
    let open = Open::begin(world, &world.hall, protocol).await;
    open.send(text).await;
    by_line(open.rest().await)
}

fn by_line(mut lines: Vec<Value>) -> (Vec<Value>, Value) {
    let summary = lines.pop().unwrap()["summary"].take();
    lines.sort_by_key(|line| line["line"].as_u64().unwrap());
    (lines, summary)
}

async fn config(edge: &str) -> World {
    World::with(Setup { config: format!("[edge]\n{edge}\n"), ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_ends_the_batch() {
    let world = config("batch_line_bytes = 200000").await;
    let license = Lab::new().sealed().to_zip().unwrap();
    let text = [
        line("sound", &license),
        line("text", b"no license"),
        "{\"id\":\"cut\n".to_owned(),
        "\n \r\n".to_owned(),
        "{\"id\":\"letters\",\"file\":\"no base64!\"}\n".to_owned(),
        "{\"id\":\"more\",\"file\":\"MAA=\",\"color\":\"red\"}\r\n".to_owned(),
        line("long", &vec![0; 200_000]),
        line(&"x".repeat(65), b"no license"),
        line("last", &license).trim_end().to_owned(),
    ]
    .concat();
    for (number, protocol) in ["h2", "http/1.1"].into_iter().enumerate() {
        let (lines, summary) = whole(&world, protocol, text.clone()).await;
        let outcome = |line: &Value| {
            let code = line["verdict"].as_str().or(line["problem"]["code"].as_str()).unwrap();
            (line["line"].as_u64().unwrap(), line["id"].as_str().unwrap_or("").to_owned(), code.to_owned())
        };
        let row = |line, id: &str, code: &str| (line, id.to_owned(), code.to_owned());
        let found: Vec<_> = lines.iter().map(outcome).collect();
        assert_eq!(
            found,
            [
                row(1, "sound", "undetermined"),
                row(2, "text", "not_genuine"),
                row(3, "", "request.invalid_json"),
                row(6, "letters", "request.malformed"),
                row(7, "more", "request.malformed"),
                row(8, "", "request.line_too_long"),
                row(9, "", "request.malformed"),
                row(10, "last", "undetermined"),
            ]
        );
        assert_eq!(lines[0]["signatures"][0]["integrity"], "intact");
        assert_eq!(lines[2]["problem"]["detail"], "the body is not JSON: line 3, column 10");
        assert_eq!(lines[3]["problem"]["detail"].as_str().unwrap().split(':').next(), Some("`file`"));
        assert_eq!((&summary["judged"], &summary["refused"]), (&json!(3), &json!(5)));
        assert_eq!((&summary["complete"], &summary["problem"]), (&json!(true), &Value::Null));

        // One record a line, each under the name that its result gives, all of one request.
        let records = world.records().split_off(number * 8);
        let numbers: BTreeSet<u64> = records.iter().map(|record| record["line"].as_u64().unwrap()).collect();
        assert_eq!((records.len(), numbers), (8, BTreeSet::from([1, 2, 3, 6, 7, 8, 9, 10])));
        for line in &lines {
            let named = if line["record"].is_string() { &line["record"] } else { &line["problem"]["record"] };
            let found = ledger::find(&world.ledger(), named.as_str().unwrap()).unwrap().unwrap();
            assert_eq!(found.json["line"], line["line"]);
            assert_eq!(found.json["request"], summary["request_id"]);
            assert_eq!(found.json["operation"], "verify");
        }
    }
    world.until_shown("tongban_requests_open 0").await;
    world.until_shown("tongban_body_memory_kib 0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_comes_before_the_next_line_is_sent() {
    let world = World::start().await;
    for protocol in ["h2", "http/1.1"] {
        let mut open = Open::begin(&world, &world.hall, protocol).await;
        for number in 1..=3 {
            let before = world.records().len();
            open.send(line("a", b"no license")).await;
            assert_eq!(open.next().await.unwrap()["line"], number);
            // Nothing is told before it is on disk.
            assert_eq!(world.records().len(), before + 1);
        }
        let rest = open.rest().await;
        assert_eq!((rest.len(), &rest[0]["summary"]["judged"]), (1, &json!(3)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn results_share_writes_to_the_ledger() {
    let world = config("batch_chunk = 16\nbatch_linger_ms = 5000").await;
    let text: String = (0..64).map(|number| line(&number.to_string(), b"no license")).collect();
    let (lines, _) = whole(&world, "h2", text).await;
    assert_eq!((lines.len(), world.records().len()), (64, 64));
    let (_, metrics) = get(world.asking.admin_address(), "/metrics").await;
    let writes = metrics.lines().find_map(|line| {
        line.strip_prefix("tongban_ledger_commit_seconds_count{step=\"commit\"} ")?.parse::<u64>().ok()
    });
    // One more for what the gateway trusts when it starts.
    assert_eq!(writes, Some(4 + 1), "{metrics}");
}

/// An agreement for `yearly_check`, with these terms.
fn yearly(terms: &str) -> Vec<String> {
    vec![format!(
        r#"@agreement("verification-yearly")
@basis("statute:made for tests")
@authorise("none")
{terms}
@from("2025-08-01T00:00:00+08:00")
@until("2099-08-01T00:00:00+08:00")
permit (principal in Province::"44", action == Action::"verify", resource)
when {{ context.purpose == "yearly_check" }};
"#
    )]
}

/// A world in which no rate holds up the lines of a yearly check.
async fn unhurried(edge: &str) -> World {
    let config = format!("[edge]\nsystem_rate = \"100000/s burst 100000\"\n{edge}\n{ROOM}");
    World::with(Setup { config, asking: yearly("@rate(\"100000/s burst 100000\")"), ..Setup::default() })
        .await
}

/// Sends `lines` lines for as long as they are taken; counts them in `sent`.
fn pour(open: &mut Open, lines: usize, sent: &Arc<AtomicUsize>) -> tokio::task::JoinHandle<()> {
    let (body, sent) = (open.body.take().unwrap(), Arc::clone(sent));
    tokio::spawn(async move {
        for number in 0..lines {
            if body.send(Bytes::from(line(&number.to_string(), &[b'x'; 600]))).await.is_err() {
                return;
            }
            sent.fetch_add(1, Ordering::SeqCst);
        }
    })
}

/// Waits until the one batch of `world`, with chunks of 4, judges nothing more because its results are not taken: a whole
/// chunk waits, and while the same gateway answers twenty other requests nothing is added to it, and nothing more is `sent`.
/// Returns how many lines were judged.
async fn until_stalled(world: &World, sent: &AtomicUsize) -> usize {
    let client = Client::new(&world.authority, Some(&world.portal), world.asking.address(), "h2");
    let headers = [("tongban-department", HOUSING)];
    let judged = || async {
        let (_, metrics) = get(world.asking.admin_address(), "/metrics").await;
        let lines = metrics.lines().filter_map(|line| line.strip_prefix("tongban_requests_total{"));
        let lines = lines.filter(|line| line.contains("verify_batch_line"));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum::<usize>()
    };
    loop {
        world.until_shown("tongban_batch_results_waiting 4").await;
        let before = (judged().await, sent.load(Ordering::SeqCst));
        for _ in 0..20 {
            let reply = client.send("POST", "/v1/licenses/verify", &headers, "no license").await.unwrap();
            assert!(matches!(reply.status, 200 | 429), "{reply:?}");
        }
        if (judged().await, sent.load(Ordering::SeqCst)) == before {
            return before.0;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_waits_makes_the_gateway_wait() {
    const MANY: usize = 1_500;
    let world =
        unhurried("batch_in_flight = 2\nbatch_chunk = 4\nbatch_linger_ms = 60000\nbody_ms = 600000").await;
    let headers = [LINES, ("tongban-purpose", "yearly_check")];
    let mut open = Open::begin_with(&world, &world.hall, "h2", &headers).await;
    let sent = Arc::default();
    let sending = pour(&mut open, MANY, &sent);
    // Nobody reads the results: work stops long before the end of the request.
    let judged = until_stalled(&world, &sent).await;
    assert!(judged < MANY - 100, "{judged} of {MANY} lines judged for nobody");
    assert!(!sending.is_finished());
    let (lines, summary) = by_line(open.rest().await);
    sending.await.unwrap();
    assert_eq!((lines.len(), &summary["judged"]), (MANY, &json!(MANY)));
    assert_eq!(world.records().iter().filter(|record| record["line"].is_u64()).count(), MANY);
    world.until_shown("tongban_batch_results_waiting 0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_stands_still_leaves_its_connection_to_others() {
    let world =
        unhurried("batch_in_flight = 2\nbatch_chunk = 4\nbatch_linger_ms = 60000\nbody_ms = 600000").await;
    let headers = [LINES, ("tongban-purpose", "yearly_check")];
    let mut open = Open::begin_with(&world, &world.hall, "h2", &headers).await;
    // More than the default window of a connection.
    let sent = Arc::default();
    let sending = pour(&mut open, 6_000, &sent);
    until_stalled(&world, &sent).await;
    assert!(!sending.is_finished());
    let mut http = open.http.clone().unwrap();
    let request = Request::post("https://localhost/v1/licenses/verify")
        .body(Pieces::whole(vec![b'x'; 6 << 20]))
        .unwrap();
    let response =
        tokio::time::timeout(SOON, http.send_request(request)).await.expect("it waits for the batch");
    let response = response.unwrap();
    assert_eq!(response.status(), 200);
    drop(response);
    // It did not get through because the batch went on.
    assert!(!sending.is_finished());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shipped_rate_slows_a_batch_and_refuses_none_of_it() {
    let shipped = include_str!("../../policies/agreements/guangdong-license-verification.cedar");
    assert!(shipped.contains("@rate(\"20/s burst 40\")"));
    let yearly = shipped.replace("\"license_verification\"", "\"yearly_check\"");
    let world = World::with(Setup { asking: vec![yearly], ..Setup::default() }).await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    // More than fit at once.
    let text: String = (0..50).map(|number| line(&number.to_string(), b"no license")).collect();
    let headers = [LINES, ("tongban-purpose", "yearly_check")];
    let batch = async {
        let text = client.send_text("POST", BATCH, &headers, text).await.unwrap();
        by_line(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    };
    let request = async {
        world.until_shown("tongban_requests_open 1").await;
        // Half of the rate is not for batches, so a request of its own finds room at once.
        client.send("POST", "/v1/licenses/verify", &headers[1..], "no license").await.unwrap()
    };
    let ((lines, summary), reply) = tokio::join!(batch, request);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!((lines.len(), &summary["judged"], &summary["refused"]), (50, &json!(50), &json!(0)));
    assert_eq!(summary["complete"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_leaves_records_of_what_was_judged_and_nothing_else() {
    let world = World::start().await;
    for (number, protocol) in ["h2", "http/1.1"].into_iter().enumerate() {
        let mut open = Open::begin(&world, &world.hall, protocol).await;
        open.send(line("a", b"no license")).await;
        assert_eq!(open.next().await.unwrap()["line"], 1);
        open.send("{\"id\":\"half of a li").await;
        // The socket first: a body that is dropped before it would end as if it were whole.
        open.wire.abort();
        let _ = (&mut open.wire).await;
        drop(open);
        world.until_shown("tongban_requests_open 0").await;
        world.until_shown("tongban_body_memory_kib 0").await;
        let records = world.records().split_off(number * 2);
        let outcomes: Vec<_> = records.iter().map(|record| record["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["not_genuine", "request.cut_off"]);
        assert_eq!((&records[1]["operation"], &records[1]["line"]), (&json!("verify_batch"), &json!(2)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_stopped_says_where_to_go_on() {
    for protocol in ["h2", "http/1.1"] {
        let world = World::start().await;
        let mut open = Open::begin(&world, &world.hall, protocol).await;
        open.send(line("a", b"no license")).await;
        assert_eq!(open.next().await.unwrap()["line"], 1);
        let World { asking, scratch, .. } = world;
        let stopping = tokio::spawn(asking.shutdown());
        let summary = open.next().await.unwrap()["summary"].take();
        assert_eq!((&summary["complete"], &summary["next_line"]), (&json!(false), &json!(2)));
        assert_eq!(summary["problem"]["code"], "gateway.draining");
        assert!(open.next().await.is_none());
        tokio::time::timeout(SOON, stopping).await.expect("the gateway does not end").unwrap();
        let records = crate::world::records(&scratch.path().join("44/ledger.ndjson"));
        assert_eq!(records.last().unwrap()["outcome"], "gateway.draining");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_ends_where_its_caller_lapses() {
    for (number, protocol) in ["h2", "http/1.1"].into_iter().enumerate() {
        let world = World::start().await;
        let at = world.scratch.path().join("44");
        let mut open = Open::begin(&world, &world.hall, protocol).await;
        open.send(line("a", b"no license")).await;
        assert_eq!(open.next().await.unwrap()["line"], 1);
        let (kind, id, code) = match number {
            0 => ("system", "hall".to_owned(), "caller.unidentified"),
            _ => {
                let authority = DigestAlgorithm::Sha256.digest(world.authority.certificate()).hex();
                ("anchor", authority, "caller.uncertified")
            }
        };
        suspend(&at, kind, &id);
        world.asking.reload().await.unwrap();
        open.send(line("b", b"no license")).await;
        let second = open.next().await.unwrap();
        assert_eq!((&second["line"], &second["problem"]["code"]), (&json!(2), &json!(code)));
        // It ends by itself, with more to come.
        let summary = open.next().await.unwrap()["summary"].take();
        assert_eq!((&summary["complete"], &summary["next_line"]), (&json!(false), &json!(3)), "{summary}");
        assert_eq!((&summary["judged"], &summary["refused"]), (&json!(1), &json!(1)));
        assert_eq!(summary["problem"]["code"], code);
        let record = ledger::find(&world.ledger(), summary["problem"]["record"].as_str().unwrap());
        assert_eq!(record.unwrap().unwrap().json["operation"], "verify_batch");
        assert!(open.next().await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_limits() {
    let world = config("batch_lines = 3\nbatch_bytes = 1000").await;
    let short = line("a", b"no license");
    for protocol in ["h2", "http/1.1"] {
        let (lines, summary) = whole(&world, protocol, short.repeat(5)).await;
        assert_eq!((lines.len(), &summary["next_line"]), (3, &json!(4)));
        assert_eq!(summary["problem"]["code"], "request.too_many_lines");

        let (lines, summary) = whole(&world, protocol, format!("{short}{}", "x".repeat(2000))).await;
        assert!(lines.len() <= 1, "{lines:?}");
        assert_eq!(summary["problem"]["code"], "request.too_large");
    }
    let (lines, summary) = whole(&world, "h2", "\n".to_owned()).await;
    assert_eq!((lines.len(), &summary["complete"]), (0, &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_does_not_come_ends_the_batch() {
    let world = config("body_ms = 500").await;
    for protocol in ["h2", "http/1.1"] {
        let mut open = Open::begin(&world, &world.hall, protocol).await;
        open.send("{").await;
        let summary = open.next().await.unwrap()["summary"].take();
        assert_eq!(summary["problem"]["code"], "request.too_slow");
        assert!(summary["problem"]["record"].is_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_counts_against_the_quota() {
    let asking = yearly("@rate(\"1000/s burst 1000\")\n@daily(\"5\")");
    let world = World::with(Setup { asking, ..Setup::default() }).await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let text: String = (0..8).map(|number| line(&number.to_string(), b"no license")).collect();
    let headers = [LINES, ("tongban-purpose", "yearly_check")];
    let text = client.send_text("POST", BATCH, &headers, text).await.unwrap();
    let (lines, summary) = by_line(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    assert_eq!((&summary["judged"], &summary["refused"]), (&json!(5), &json!(3)));
    let over: Vec<&Value> = lines.iter().map(|line| &line["problem"]).filter(|one| !one.is_null()).collect();
    assert!(over.iter().all(|one| one["code"] == "quota.exceeded" && one["retry_after"].as_u64() > Some(0)));
    assert!(world.records().iter().all(|record| record["request_digest"].is_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_may_not_be_is_refused_whole() {
    let world = config("batches_per_caller = 1").await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let text = line("a", b"no license");
    for (headers, status, code) in [
        (vec![], 415, "request.wrong_media_type"),
        (vec![("content-type", "application/json")], 415, "request.wrong_media_type"),
        (vec![LINES, ("tongban-purpose", "curiosity")], 403, "policy.denied"),
        (vec![LINES, ("tongban-channel", "moon")], 400, "request.malformed"),
    ] {
        let reply = client.send("POST", BATCH, &headers, text.clone()).await.unwrap();
        assert_eq!((reply.status, &reply.body["code"]), (status, &json!(code)), "{headers:?}");
    }
    let records = world.records();
    assert_eq!((records.len(), &records[2]["operation"]), (4, &json!("verify_batch")));
    let open = Open::begin(&world, &world.hall, "h2").await;
    let reply = client.send("POST", BATCH, &[LINES], text).await.unwrap();
    assert_eq!((reply.status, &reply.body["code"]), (503, &json!("gateway.busy")));
    assert_eq!(open.rest().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_results_does_not_keep_the_connection() {
    let world = unhurried("body_ms = 500\nidle_seconds = 1").await;
    let headers = [LINES, ("tongban-purpose", "yearly_check")];
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1");
    let wordless = line(&"务".repeat(60), b"");
    for protocol in ["h2", "http/1.1"] {
        // Kept to the end, and never read.
        let mut kept: (Option<Open>, Option<_>) = (None, None);
        if protocol == "h2" {
            let mut open = Open::begin_with(&world, &world.hall, protocol, &headers).await;
            drop(pour(&mut open, 100_000, &Arc::default()));
            kept.0 = Some(open);
        } else {
            let mut stream = client.connect_with_window(2_048).await.unwrap();
            let head = format!(
                "POST {BATCH} HTTP/1.1\r\nhost: localhost\r\n{}: {}\r\n{}: {}\r\ncontent-length: 100000000\r\n\r\n",
                LINES.0, LINES.1, headers[1].0, headers[1].1
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let text = wordless.repeat(64);
            kept.1 = Some(tokio::spawn(async move {
                // Ends when the gateway has closed the connection.
                while stream.write_all(text.as_bytes()).await.is_ok() {}
                stream
            }));
        }
        world.until_shown("tongban_connections 0").await;
        world.until_shown("tongban_requests_open 0").await;
        assert_eq!(world.records().last().unwrap()["outcome"], "request.cut_off");
        drop(kept);
    }
}
