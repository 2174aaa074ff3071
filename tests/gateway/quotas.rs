//! Quotas seen from outside: over a restart, by persons, and by the places of one provider system.

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tongban::gateway::{Gateway, Prepared};

use crate::client::{Client, question};
use crate::provider::Behavior;
use crate::world::{Files, HOUSING, NAME, SUBJECT, Setup, World, agreement, start};

const UNEMPLOYMENT: &str = "/v1/exchange/43/jy.unemployment.query";

fn unemployment(subject: &str) -> Value {
    json!({
        "context": { "purpose": "public_rental_housing", "subject": subject, "basis": "statute" },
        "query": { "aac147": subject, "aac003": NAME }
    })
}

fn registered() -> Behavior {
    Behavior::Answer(json!({ "outcome": "answered", "data": { "state": "registered" } }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_gives_no_day_anew_and_no_counts_are_taken_for_nothing() {
    let World { scratch, authority, asking, provider, hall, providing: _providing, .. } =
        World::start().await;
    provider.behave(registered());
    let client = Client::new(&authority, Some(&hall), asking.address(), "h2");
    for _ in 0..2 {
        assert_eq!(client.post(UNEMPLOYMENT, &unemployment(SUBJECT)).await.status, 200);
    }
    asking.shutdown().await;

    let config = scratch.path().join("44/gateway.toml");
    let asking = start(&config).await;
    let client = Client::new(&authority, Some(&hall), asking.address(), "h2");
    let reply = client.post(UNEMPLOYMENT, &unemployment(SUBJECT)).await;
    assert_eq!((reply.status, &reply.body["code"]), (429, &json!("quota.exceeded")), "{reply:?}");
    assert!(reply.header("ratelimit").starts_with("\"agreement_day\";r=0;"));
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
    asking.shutdown().await;

    let counts = scratch.path().join("44/ledger.quota");
    let whole = fs::read(&counts).unwrap();
    let changed = String::from_utf8(whole.clone()).unwrap().replace(" 2 ", " 1 ");
    for (bytes, code) in [(changed.as_bytes(), "quota.state_broken"), (b"{}", "quota.state_foreign")] {
        fs::write(&counts, bytes).unwrap();
        let refused = Gateway::start(Prepared::load(&config).unwrap()).await.err().unwrap();
        assert!(refused.to_string().contains(code), "{refused}");
        assert_eq!(fs::read(&counts).unwrap(), bytes);
    }
    fs::write(&counts, whole).unwrap();
    start(&config).await.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_cannot_ask_about_one_person_after_the_other() {
    let limited = agreement(HOUSING, "43", "jy.unemployment.query", "state", 50);
    let asking = vec![limited.replace("@daily", "@subjects(\"2\")\n@daily")];
    let world = World::with(Setup { asking, ..Setup::default() }).await;
    world.provider.behave(registered());
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    for subject in [SUBJECT, "110105194912310038", SUBJECT] {
        let reply = client.post(UNEMPLOYMENT, &unemployment(subject)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let policy = reply.header("ratelimit-policy");
        assert!(policy.contains("\"agreement_subjects\";q=2;qu=\"distinct-subjects\";w=3600"), "{policy}");
    }
    let reply = client.post(UNEMPLOYMENT, &unemployment("110105194912310046")).await;
    assert_eq!((reply.status, &reply.body["code"]), (429, &json!("quota.exceeded")), "{reply:?}");
    assert!(reply.header("ratelimit").starts_with("\"agreement_subjects\";r=0;"));
    world
        .until_shown("tongban_quota_decisions_total{outcome=\"refused\",level=\"agreement_subjects\"} 1")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_system_has_its_places_over_all_its_services() {
    let asking = ["sb.insured.query", "jy.unemployment.query"].map(|service| {
        agreement(HOUSING, "44", service, if service.starts_with("sb") { "aae140" } else { "state" }, 50)
    });
    let files = Files::new(Setup { asking: asking.to_vec(), ..Setup::default() }).await;
    let config = fs::read_to_string(&files.asking).unwrap();
    let (head, _) = config.split_once("[[providers]]").unwrap();
    let provider = format!(
        "[upstream]\nwait_ms = 0\n[[providers]]\nservices = [\"sb.insured.query\", \"jy.unemployment.query\"]\n\
         url = \"{}\"\nin_flight = 1\n",
        files.provider.url()
    );
    fs::write(&files.asking, format!("{head}{provider}")).unwrap();
    let gateway = start(&files.asking).await;
    let until = Arc::new(Notify::new());
    files.provider.behave(Behavior::Wait(Arc::clone(&until), crate::provider::insured()));
    let client = Arc::new(Client::new(&files.authority, Some(&files.hall), gateway.address(), "h2"));
    let first = {
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.post("/v1/exchange/44/sb.insured.query", &question()).await })
    };
    files.provider.called.notified().await;
    let reply = client.post("/v1/exchange/44/jy.unemployment.query", &unemployment(SUBJECT)).await;
    assert_eq!((reply.status, &reply.body["code"]), (503, &json!("upstream.busy")), "{reply:?}");
    assert_eq!((reply.header("retry-after"), &reply.body["outcome"]), ("1", &json!("unavailable")));
    until.notify_one();
    assert_eq!(first.await.unwrap().status, 200);
    files.provider.behave(registered());
    let reply = client.post("/v1/exchange/44/jy.unemployment.query", &unemployment(SUBJECT)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    gateway.shutdown().await;
}
