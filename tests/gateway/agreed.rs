//! Agreements by the clock and by what is published, seen from outside: nothing is permitted before or after them or once they are
//! taken away, kept answers or not, and a clock that steps opens no quota.

use std::fs;
use std::sync::Arc;

use serde_json::json;
use tongban::clock::{FixedClock, Timestamp};

use crate::client::{Client, Reply, question};
use crate::officers::publish;
use crate::world::{HOUSING, Setup, World, agreement};

const INSURED: &str = "/v1/exchange/44/sb.insured.query";

/// The agreements of the tests, from one second to another.
const FROM: &str = "2026-11-22T00:00:00+08:00";
const UNTIL: &str = "2026-11-25T12:34:56+08:00";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// An agreement that lets `daily` requests pass a day, in force from [`FROM`] until [`UNTIL`].
fn lasting(daily: u32) -> String {
    agreement(HOUSING, "44", "sb.insured.query", "aae140,aac008", daily)
        .replace("2025-08-01T00:00:00+08:00", FROM)
        .replace("2099-08-01T00:00:00+08:00", UNTIL)
}

async fn world(daily: u32, clock: &Arc<FixedClock>) -> (World, Client) {
    let setup = Setup { asking: vec![lasting(daily)], clock: Some(clock.clone()), ..Setup::default() };
    let world = World::with(setup).await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    (world, client)
}

/// Status, and why it was denied or where the answer came from.
fn told(reply: &Reply) -> (u16, &str) {
    let told = if reply.status == 200 { &reply.body["cache"]["state"] } else { &reply.body["reason"] };
    (reply.status, told.as_str().or(reply.body["code"].as_str()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_holds_to_the_second_and_kept_answers_no_longer() {
    let clock = Arc::new(FixedClock::at(at(UNTIL).plus_millis(-60_000)));
    let (world, client) = world(1000, &clock).await;
    for (moment, expected) in [
        // What is kept from then on is kept for a minute, which is more than all of this takes.
        (at(UNTIL).plus_millis(-60_000), None),
        (at(UNTIL).plus_millis(-1), None),
        (at(UNTIL), Some("expired")),
        (at(UNTIL).plus_millis(1_000), Some("expired")),
        (at(FROM).plus_millis(-1), Some("not_yet_in_force")),
        (at(FROM), None),
    ] {
        clock.set(moment);
        let reply = client.post(INSURED, &question()).await;
        assert_eq!(reply.body["reason"].as_str(), expected, "{moment} {reply:?}");
        assert_eq!(reply.status == 200, expected.is_none(), "{moment} {reply:?}");
    }
    assert_eq!(world.provider.calls(), 1, "an answer was kept all the while");
    assert!(world.records().iter().any(|record| record["decision"]["code"] == "expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_published_permits_nothing_from_the_next_request_on() {
    let clock = Arc::new(FixedClock::at(at(FROM).plus_millis(3_600_000)));
    let (world, client) = world(1000, &clock).await;
    assert_eq!(client.post(INSURED, &question()).await.status, 200);
    let kept = client.post(INSURED, &question()).await;
    assert_eq!(told(&kept), (200, "hit"), "{kept:?}");
    let site = world.scratch.path().join("44");
    let file = site.join("policies/agreements/0.cedar");
    // Narrowed: the kept answer is cut anew by what holds now.
    fs::write(&file, lasting(1000).replace("aae140,aac008", "aae140")).unwrap();
    publish(&site, "narrowed");
    world.asking.reload().await.unwrap();
    let narrowed = client.post(INSURED, &question()).await;
    assert_eq!(narrowed.body["data"], json!({ "aae140": "110" }), "{narrowed:?}");
    assert_eq!(narrowed.body["generation"], 2);
    // Taken away: a file that is still there, but that no manifest states, is not looked at.
    fs::remove_file(&file).unwrap();
    publish(&site, "taken away");
    fs::write(&file, lasting(1000)).unwrap();
    world.asking.reload().await.unwrap();
    assert_eq!(told(&client.post(INSURED, &question()).await), (403, "no_agreement"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_steps_opens_no_quota() {
    let now = at(FROM).plus_millis(36_000_000);
    let clock = Arc::new(FixedClock::at(now));
    let (_world, client) = world(2, &clock).await;
    for _ in 0..2 {
        assert_eq!(client.post(INSURED, &question()).await.status, 200);
    }
    const DAY: i64 = 86_400_000;
    for step in [0, DAY, 2 * DAY, -3_600_000, DAY, 0] {
        clock.set(now.plus_millis(step));
        let reply = client.post(INSURED, &question()).await;
        assert_eq!(told(&reply), (429, "quota.exceeded"), "{step} {reply:?}");
    }
}
