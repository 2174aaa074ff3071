//! Publishing while many connections are open and all of them ask: no request fails, and each answer is what the generation
//! that it names says, whole.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::client::{Client, question};
use crate::officers::publish;
use crate::world::{HOUSING, Setup, World, agreement};

const INSURED: &str = "/v1/exchange/44/sb.insured.query";

/// Connections: 1,000, or as many as this process may open with both ends of each in it.
fn connections() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let most = line.and_then(|line| line.split_whitespace().nth(3)?.parse().ok()).unwrap_or(1024_usize);
    (most.saturating_sub(300) / 2).min(1_000)
}

/// The agreement of a generation: the fields tell whether its number is odd.
fn rules(generation: u64) -> String {
    let fields = if generation % 2 == 1 { "aae140,aac008" } else { "aae140,aab301" };
    agreement(HOUSING, "44", "sb.insured.query", fields, 1_000_000)
        .replace("100/s burst 100", "20000/s burst 20000")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_under_load_fails_no_request() {
    let setup = Setup {
        asking: vec![rules(1)],
        // No time limit ends a connection however slow the machine is, so that only a publication could.
        config: "[edge]\nsystem_rate = \"20000/s burst 20000\"\n\
                 handshake_ms = 600000\nidle_seconds = 3600\n\
                 [quota]\ndepartment_per_second = 20000\ndepartment_burst = 20000\n"
            .to_owned(),
        ..Setup::default()
    };
    let world = World::with(setup).await;
    let at = world.scratch.path().join("44");
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1");
    let mut senders = Vec::new();
    for _ in 0..connections() {
        let stream = client.connect().await.unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        senders.push(sender);
    }
    // Below what one system may have open at once, so that nothing is shed whatever the machine.
    let (asking, over, answered) =
        (Arc::new(Semaphore::new(64)), Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let body = Bytes::from(question().to_string());
    let tasks: Vec<_> = senders
        .into_iter()
        .map(|mut sender| {
            let (asking, over, answered) = (Arc::clone(&asking), Arc::clone(&over), Arc::clone(&answered));
            let body = body.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                // Each connection is used before and after.
                let mut last = false;
                while !last {
                    last = over.load(Ordering::Relaxed);
                    let _turn = asking.acquire().await.unwrap();
                    let request = Request::post(INSURED).header("host", "localhost");
                    let request = request.header("content-type", "application/json");
                    let request = request.body(Full::new(body.clone())).unwrap();
                    let response = sender.send_request(request).await.expect("the connection holds");
                    assert_eq!(response.status().as_u16(), 200);
                    let body = response.into_body().collect().await.unwrap().to_bytes();
                    let reply: Value = serde_json::from_slice(&body).unwrap();
                    let generation = reply["generation"].as_u64().unwrap();
                    let odd = reply["data"].get("aac008").is_some();
                    assert_ne!(odd, reply["data"].get("aab301").is_some(), "{reply}");
                    assert_eq!(odd, generation % 2 == 1, "{reply}");
                    seen.push(generation);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                seen
            })
        })
        .collect();
    for generation in 2..=6 {
        // Some are answered under each.
        let before = answered.load(Ordering::Relaxed);
        while answered.load(Ordering::Relaxed) < before + 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        fs::write(at.join("policies/agreements/0.cedar"), rules(generation)).unwrap();
        publish(&at, "the next");
        assert_eq!(world.asking.reload().await.unwrap(), generation);
    }
    over.store(true, Ordering::Relaxed);
    let mut generations = std::collections::BTreeSet::new();
    for task in tasks {
        let seen = task.await.unwrap();
        assert!(seen.is_sorted() && seen.last() == Some(&6), "{seen:?}");
        generations.extend(seen);
    }
    assert_eq!(generations, (1..=6).collect());
}
