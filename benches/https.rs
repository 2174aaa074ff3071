//! Verification over HTTPS, recording included: a whole gateway and, beside it, callers that keep a connection each and post 256 documents
//! of 16 signers in turn. `cargo bench --bench https` prints for each number of callers what came in a second, what that would be on a
//! core of the gateway's own, how long answers took, and beside each, how many of the same documents that core judges in a second by the
//! side of it, so that a host which is busy with others shows in both; `-- 64` measures that number alone.
//!
//! Threads of the callers are told apart from those of the gateway by their names, so that the time of each is known although both run
//! in one process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark"
)]

#[path = "../tests/gateway/client.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod client;
#[path = "../tests/support/measure.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod measure;
#[path = "../tests/gateway/officers.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod officers;
#[path = "../tests/gateway/provider.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod provider;
#[path = "../tests/support/rules.rs"]
mod rules;
#[path = "../tests/support/sealed.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod sealed;
#[path = "../tests/support/together.rs"]
mod together;
#[path = "../tests/gateway/world.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod world;

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use client::Client;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use measure::rate;
use sealed::{Offices, now};
use together::{TOGETHER, judge_together};
use tongban::budget::Limits;
use tongban::license::{Circumstances, Known};
use world::{Setup, World};

const CALLERS: [usize; 6] = [1, 4, 16, 64, 256, 512];
/// How long documents are judged without a gateway, before and after each number of callers.
const BESIDE: Duration = Duration::from_millis(500);
/// How long each number of callers goes on.
const SLICE: Duration = Duration::from_secs(4);
/// What the callers' threads are called.
const NAME: &str = "caller";

const CONFIG: &str = "\
[verify]
workers = 1
waiting = 1024

[cache]
verdicts = false

[quota]
department_per_second = 1000000
department_burst = 1000000

[edge]
in_flight_per_system = 1024
system_rate = '1000000/s burst 1000000'
";

fn main() {
    let runtime = |name: &str, threads| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(threads).thread_name(name).enable_all().build().unwrap()
    };
    let (gateway, callers) = (runtime("gateway", 1), runtime(NAME, 1));
    let offices = Offices::new(16);
    let documents: Arc<[Bytes]> =
        offices.documents(256).iter().map(|file| Bytes::copy_from_slice(file)).collect();
    let setup = Setup {
        config: CONFIG.to_owned(),
        anchors: vec![offices.hierarchy.root.certificate().to_vec()],
        verification_rate: Some("1000000/s burst 1000000"),
        ..Setup::default()
    };
    let world = Arc::new(gateway.block_on(World::with(setup)));
    let pinned = pin();
    println!(
        "# the gateway on one processor, its callers on another: {}",
        if pinned { "pinned" } else { "not pinned" }
    );
    println!(
        "callers\tper_second\tper_second_of_gateway_core\tmedian_ms\tp99_ms\tcaller_share_of_time\tjudged_per_second\tshare"
    );
    let anchors = offices.anchors();
    let (limits, known) = (Limits::default(), Known::new(64, 64 << 20));
    let circumstances = Circumstances { known: Some(&known), ..Circumstances::new(&anchors, now(), &limits) };
    let mut rounds = documents.chunks(TOGETHER).cycle();
    let mut judge = || {
        let round = rounds.next().unwrap();
        judge_together(round, &circumstances, |_, judged| assert!(judged.is_some()));
    };
    // Every signer is met often enough to be known.
    (0..256 / TOGETHER).for_each(|_| judge());
    let mut judged = || rate(TOGETHER, BESIDE, &mut judge);
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for &count in if asked.is_empty() { &CALLERS[..] } else { &asked } {
        let before = judged();
        let (answered, per_second) = callers.block_on(load(&world, &documents, count));
        let judged = f64::midpoint(before, judged());
        println!("{count}\t{answered}\t{judged:.0}\t{:.2}", per_second / judged);
    }
}

/// Puts the threads of callers on the second processor and all others on the first; no if there is no `taskset` or no second one.
fn pin() -> bool {
    let set = |arguments: &[&str]| {
        let ran =
            Command::new("taskset").args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        ran.is_ok_and(|status| status.success())
    };
    let callers = threads().into_iter().filter(|(_, name)| name.starts_with(NAME));
    let all = std::process::id().to_string();
    set(&["-a", "-p", "-c", "0", &all]) && callers.into_iter().all(|(id, _)| set(&["-p", "-c", "1", &id]))
}

/// The threads of this process, with their names.
fn threads() -> Vec<(String, String)> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    tasks
        .map(|task| {
            let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            (task.file_name().to_string_lossy().into_owned(), name)
        })
        .collect()
}

/// What is printed, and how many would be answered in a second of a core.
async fn load(world: &Arc<World>, documents: &Arc<[Bytes]>, count: usize) -> (String, f64) {
    let next = Arc::new(AtomicUsize::new(0));
    let client =
        Arc::new(Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1"));
    let mut senders = Vec::new();
    for _ in 0..count {
        let stream = client.connect().await.unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        senders.push(sender);
    }
    let before = times();
    let start = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for mut sender in senders {
        let (next, documents) = (Arc::clone(&next), Arc::clone(documents));
        callers.spawn(async move {
            let mut waits = Vec::new();
            while start.elapsed() < SLICE {
                let document = documents[next.fetch_add(1, Ordering::Relaxed) % documents.len()].clone();
                let request = Request::post("/v1/licenses/verify").header("host", "localhost");
                let request = request.header("content-type", "application/octet-stream");
                let sent = Instant::now();
                sender.ready().await.unwrap();
                let reply = sender.send_request(request.body(Full::new(document)).unwrap()).await.unwrap();
                let status = reply.status();
                let body = reply.into_body().collect().await.unwrap().to_bytes();
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
                waits.push(sent.elapsed());
            }
            waits
        });
    }
    let mut waits: Vec<Duration> = callers.join_all().await.into_iter().flatten().collect();
    let wall = start.elapsed().as_secs_f64();
    let after = times();
    let (own, others) = (after.0 - before.0, after.1 - before.1);
    waits.sort_unstable();
    let millis = |share: usize| waits[(waits.len() - 1) * share / 100].as_secs_f64() * 1e3;
    let of_core = waits.len() as f64 / others;
    let printed = format!(
        "{:.0}\t{of_core:.0}\t{:.2}\t{:.2}\t{:.2}",
        waits.len() as f64 / wall,
        millis(50),
        millis(99),
        own / (own + others),
    );
    (printed, of_core)
}

/// Seconds that threads of callers and all other threads have run.
fn times() -> (f64, f64) {
    let (mut callers, mut others) = (0.0, 0.0);
    for (id, name) in threads() {
        let text = fs::read_to_string(format!("/proc/self/task/{id}/schedstat")).unwrap_or_default();
        let running = text.split(' ').next().and_then(|time| time.parse::<f64>().ok());
        let seconds = running.unwrap_or_default() / 1e9;
        if name.starts_with(NAME) { callers += seconds } else { others += seconds }
    }
    (callers, others)
}
