//! Kept answers seen from outside: let go of, told to the provider, and marked where they are too old.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::client::{Client, operate, question};
use crate::provider::{Behavior, insured};
use crate::world::{OPERATOR_TOKEN, SUBJECT, Setup, World};

const INSURED: &str = "/v1/exchange/43/sb.insured.query";
const AT_HOME: &str = "/v1/exchange/44/sb.insured.query";
const PURGE: &str = "/cache/purge";

async fn world() -> World {
    World::with(Setup { keys: "operator_token = \"operator.token\"".to_owned(), ..Setup::default() }).await
}

async fn state(client: &Client, path: &str) -> Value {
    let reply = client.post(path, &question()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["cache"]["state"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_lets_go_of_a_persons_answers_and_leaves_a_record() {
    let world = world().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    assert_eq!(state(&client, INSURED).await, "miss");
    let reply = client.post(INSURED, &question()).await;
    assert!(reply.header("cache-status").starts_with("tongban; hit; ttl="), "{reply:?}");
    let admin = world.asking.admin_address();
    let subject = world.records()[0]["subject"].clone();
    let wanted = json!({ "operator": "ops.chen", "subject": subject });
    for (token, body, status) in [
        (None, wanted.clone(), 401),
        (Some("5d".repeat(32)), wanted.clone(), 401),
        (Some(OPERATOR_TOKEN.to_owned()), json!({ "operator": "ops.chen" }), 400),
        (Some(OPERATOR_TOKEN.to_owned()), json!({ "operator": "ops.chen", "subject": SUBJECT }), 400),
        (Some(OPERATOR_TOKEN.to_owned()), json!({ "subject": subject }), 400),
        (Some(OPERATOR_TOKEN.to_owned()), json!({ "operator": "a", "service": "x", "all": true }), 400),
    ] {
        let (told, text) = operate(admin, PURGE, token.as_deref(), &body).await;
        assert_eq!(told, status, "{text}");
        assert!(!text.contains(SUBJECT), "{text}");
    }
    assert_eq!(state(&client, INSURED).await, "hit", "nobody has let go of anything");

    let (status, text) = operate(admin, PURGE, Some(OPERATOR_TOKEN), &wanted).await;
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &told["purged"]), (200, &json!(1)), "{text}");
    let record = world.records().pop().unwrap();
    assert_eq!((&record["operation"], &record["subject"]), (&json!("purge"), &subject));
    assert_eq!((&record["outcome"], &record["request"]), (&json!("purged"), &told["request_id"]));
    assert!(record["operator"].as_str().is_some_and(|operator| !operator.contains("chen")));
    assert_eq!(state(&client, INSURED).await, "miss");
    world.until_shown("tongban_cache_purged_total 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_in_the_config_nobody_lets_go_of_anything() {
    let world = World::start().await;
    let wanted = json!({ "operator": "ops.chen", "province": "43" });
    let (status, _) = operate(world.asking.admin_address(), PURGE, Some(OPERATOR_TOKEN), &wanted).await;
    assert_eq!(status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_open_when_answers_are_let_go_of_keeps_none() {
    let world = world().await;
    let client = Arc::new(Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2"));
    let until = Arc::new(Notify::new());
    world.provider.behave(Behavior::Wait(Arc::clone(&until), insured()));
    let open = {
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.post(AT_HOME, &question()).await })
    };
    world.provider.called.notified().await;
    let wanted = json!({ "operator": "ops.chen", "service": "sb.insured.query", "province": "44" });
    let (_, text) = operate(world.asking.admin_address(), PURGE, Some(OPERATOR_TOKEN), &wanted).await;
    assert!(text.contains("\"purged\":1"), "{text}");
    until.notify_one();
    assert_eq!(open.await.unwrap().status, 200);
    world.provider.behave(Behavior::Answer(insured()));
    assert_eq!(state(&client, AT_HOME).await, "miss");
    assert_eq!(world.provider.calls(), 2);
    assert_eq!(state(&client, AT_HOME).await, "hit");
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_hear_how_often_their_answers_were_given_again() {
    let world = world().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let purge = |address| async move {
        let wanted = json!({ "operator": "ops.chen", "province": "43" });
        assert_eq!(operate(address, PURGE, Some(OPERATOR_TOKEN), &wanted).await.0, 200);
    };
    for expected in ["miss", "hit", "hit"] {
        assert_eq!(state(&client, INSURED).await, expected);
    }
    assert_eq!(world.provider.reused(), None);
    purge(world.asking.admin_address()).await;
    purge(world.providing.admin_address()).await;
    assert_eq!(state(&client, INSURED).await, "miss");
    let there = world.records_of_providing();
    let told: Vec<&Value> =
        there.iter().filter(|one| one["operation"] == "query").map(|one| &one["reused"]).collect();
    assert_eq!(told, [&Value::Null, &json!(2)]);
    assert_eq!(world.provider.reused().as_deref(), Some("2"), "the gateway in between passes it on");
    world.until_shown("tongban_cache_untold 0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_old_says_so_on_each_side() {
    let world = world().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let mut old = insured();
    old["cache"] = json!({ "state": "stale", "over_seconds": 40 });
    world.provider.behave(Behavior::Answer(old));
    for _ in 0..2 {
        let reply = client.post(INSURED, &question()).await;
        assert_eq!(reply.body["cache"], json!({ "state": "stale", "age_seconds": 0, "over_seconds": 40 }));
        assert_eq!(reply.header("cache-status"), "tongban; fwd=stale; ttl=-40; detail=stale-if-error");
        assert_eq!(reply.header("age"), "0");
    }
    assert_eq!(world.provider.calls(), 2, "it is kept for nobody");
    assert!(world.records().iter().all(|record| record["cache"] == "stale"));
}
