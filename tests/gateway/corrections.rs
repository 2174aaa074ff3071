//! Reports that data are wrong: made, shown with every answer, settled where the data are, taken back, and kept.

use serde_json::{Value, json};

use crate::client::{Client, Reply, question};
use crate::trust::suspend;
use crate::world::{self, HOUSING, INSURANCE, NAME, OTHER, SUBJECT, Setup, World};

const INSURED: &str = "/v1/exchange/43/sb.insured.query";
const HOME: &str = "/v1/exchange/44/sb.insured.query";
const REPORTS: &str = "/v1/corrections";

fn hall(world: &World) -> Client {
    Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2")
}

fn bureau(world: &World) -> Client {
    Client::new(&world.authority, Some(&world.bureau), world.providing.address(), "http/1.1")
}

fn report(province: &str, subject: &str) -> Value {
    json!({
        "context": {
            "purpose": "public_rental_housing", "basis": "statute", "matter": "990700001000",
            "operator": "zhang.san", "case": "GZ-2026-000123",
        },
        "province": province, "service": "sb.insured.query", "subject": subject, "fields": ["aac008"],
        "reason": "outdated", "text": "参保状态已变更",
    })
}

/// The name of the report that `reply` is about.
fn id(reply: &Reply) -> String {
    reply.body["correction"]["id"].as_str().unwrap().to_owned()
}

async fn word(client: &Client, id: &str, action: &str, department: &str) -> Reply {
    client
        .post(&format!("{REPORTS}/{id}/{action}"), &json!({ "context": { "department": department } }))
        .await
}

async fn show(client: &Client, id: &str) -> Reply {
    client.send("GET", &format!("{REPORTS}/{id}"), &[], "").await.unwrap()
}

/// Whether an answer says that a report is open; it has its data in any case.
async fn flagged(client: &Client, path: &str, case: &str) -> (bool, String) {
    let mut asked = question();
    asked["context"]["case"] = json!(case);
    let reply = client.post(path, &asked).await;
    assert_eq!((reply.status, &reply.body["data"]["aac008"]), (200, &json!("1")), "{reply:?}");
    assert_eq!(reply.body["outcome"], "answered");
    let cache = reply.body["cache"]["state"].as_str().unwrap().to_owned();
    (reply.body["under_correction"].as_bool().unwrap(), cache)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_goes_to_the_province_of_the_data_and_shows_on_both_sides_until_it_is_settled() {
    let world = World::start().await;
    let (hall, bureau) = (hall(&world), bureau(&world));
    assert_eq!(flagged(&hall, INSURED, "one").await, (false, "miss".to_owned()));

    let made = hall.post(REPORTS, &report("43", SUBJECT)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let correction = &made.body["correction"];
    assert_eq!((&correction["state"], &correction["overdue"]), (&json!("open"), &json!(false)));
    assert_eq!((&correction["reason"], &correction["fields"]), (&json!("outdated"), &json!(["aac008"])));
    assert!(correction["due"].as_str().unwrap() > correction["opened"].as_str().unwrap());
    let id = id(&made);
    assert!(id.starts_with("43-"));
    assert_eq!(made.header("location"), format!("{REPORTS}/{id}"));
    assert!(made.header("ratelimit-policy").contains("\"agreement_day\";q=50;w=86400"));
    assert!(!made.body.to_string().contains(SUBJECT));
    // The same again is the same report.
    let again = hall.post(REPORTS, &report("43", SUBJECT)).await;
    assert_eq!((again.status, again.body["correction"]["id"].as_str()), (200, Some(id.as_str())));

    // Kept answers say so too, and fresh ones, which nobody keeps meanwhile.
    assert_eq!(flagged(&hall, INSURED, "one").await, (true, "hit".to_owned()));
    for _ in 0..2 {
        assert_eq!(flagged(&hall, INSURED, "two").await, (true, "miss".to_owned()));
    }
    let calls = world.provider.calls();

    // On record on both sides, under one name, and nobody's number in it.
    let (here, there) = (world.records(), world.records_of_providing());
    let made: Vec<&Value> = [&here, &there]
        .map(|records| records.iter().find(|one| one["operation"] == "correct").unwrap())
        .into();
    for record in &made {
        assert_eq!((&record["outcome"], &record["correction"]["ticket"]), (&json!("open"), &json!(id)));
        assert_eq!(
            (&record["correction"]["complaint"], &record["service"]),
            (&json!("outdated"), &json!("sb.insured.query"))
        );
        assert_eq!(record["subject"].as_str().unwrap().len(), 32);
    }
    assert_eq!(made[0]["request"], made[1]["request"]);
    assert_eq!(here.last().unwrap()["under_correction"], true);

    // Who made it and who is to settle it find it among those that are open.
    for client in [&hall, &bureau] {
        let listed = client.send("GET", REPORTS, &[], "").await.unwrap();
        assert_eq!(listed.body["corrections"].as_array().unwrap().len(), 1, "{listed:?}");
        assert_eq!((&listed.body["corrections"][0]["id"], &listed.body["more"]), (&json!(id), &json!(false)));
    }
    assert_eq!(world.records().last().unwrap()["operation"], "corrections");
    let reply = hall.send("PUT", REPORTS, &[], "").await.unwrap();
    assert_eq!((reply.status, reply.header("allow")), (405, "GET, POST"));

    // Who provides the data settles it; nobody else does.
    assert_eq!(word(&bureau, &id, "resolve", OTHER).await.body["code"], "correction.not_allowed");
    assert_eq!(word(&bureau, &id, "withdraw", INSURANCE).await.body["code"], "correction.not_allowed");
    assert_eq!(word(&hall, &id, "resolve", HOUSING).await.body["code"], "correction.not_allowed");
    let settled = word(&bureau, &id, "resolve", INSURANCE).await;
    assert_eq!(
        (settled.status, &settled.body["correction"]["state"]),
        (200, &json!("resolved")),
        "{settled:?}"
    );
    assert_eq!(world.records_of_providing().last().unwrap()["outcome"], "resolved");
    let reply = word(&bureau, &id, "reject", INSURANCE).await;
    assert_eq!((reply.status, &reply.body["code"]), (409, &json!("correction.closed")));

    // Here it is not known yet, and the answer that is kept still says so; to look asks over there.
    assert_eq!(flagged(&hall, INSURED, "one").await, (true, "hit".to_owned()));
    assert_eq!(show(&hall, &id).await.body["correction"]["state"], "resolved");
    assert_eq!(flagged(&hall, INSURED, "one").await, (false, "hit".to_owned()));
    assert!(!flagged(&hall, INSURED, "two").await.0);
    assert!(world.provider.calls() >= calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_answer_that_says_nothing_is_open_settles_what_was_noted() {
    let world = World::start().await;
    let (hall, bureau) = (hall(&world), bureau(&world));
    let id = id(&hall.post(REPORTS, &report("43", SUBJECT)).await);
    assert_eq!(word(&bureau, &id, "reject", INSURANCE).await.status, 200);
    assert_eq!(flagged(&hall, INSURED, "one").await, (false, "miss".to_owned()));
    assert_eq!(show(&hall, &id).await.status, 200);
    // The same department may report again.
    assert_eq!(hall.post(REPORTS, &report("43", SUBJECT)).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_taken_back_and_survive_a_restart() {
    let world = World::start().await;
    let (hall, bureau) = (hall(&world), bureau(&world));
    let (away, home) = (
        id(&hall.post(REPORTS, &report("43", SUBJECT)).await),
        hall.post(REPORTS, &report("44", SUBJECT)).await,
    );
    assert_eq!(home.status, 201, "{home:?}");
    let home = id(&home);
    assert!(home.starts_with("44-"));
    assert!(flagged(&hall, HOME, "one").await.0);
    drop((hall, bureau));

    let World { scratch, authority, hall, bureau, asking, providing, provider, .. } = world;
    asking.shutdown().await;
    let asking = world::start(&scratch.path().join("44/gateway.toml")).await;
    let client = Client::new(&authority, Some(&hall), asking.address(), "h2");
    assert!(flagged(&client, HOME, "one").await.0);
    for id in [&away, &home] {
        let reply = word(&client, id, "withdraw", HOUSING).await;
        assert_eq!(
            (reply.status, &reply.body["correction"]["state"]),
            (200, &json!("withdrawn")),
            "{reply:?}"
        );
        let reply = word(&client, id, "withdraw", HOUSING).await;
        assert_eq!(reply.status, 409, "{reply:?}");
    }
    assert!(!flagged(&client, HOME, "one").await.0);
    assert_eq!(client.send("GET", REPORTS, &[], "").await.unwrap().body["corrections"], json!([]));
    // Over there it is withdrawn as well.
    let there = Client::new(&authority, Some(&bureau), providing.address(), "h2");
    assert_eq!(show(&there, &away).await.body["correction"]["state"], "withdrawn");
    drop(provider);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_suspended_gateway_nothing_is_asked_about_a_report() {
    let world = World::start().await;
    let (hall, bureau) = (hall(&world), bureau(&world));
    let id = id(&hall.post(REPORTS, &report("43", SUBJECT)).await);
    suspend(&world.scratch.path().join("44"), "gateway", "43");
    world.asking.reload().await.unwrap();
    assert_eq!(word(&bureau, &id, "resolve", INSURANCE).await.status, 200);
    // What is settled over there is not known here as long as nobody asks.
    let shown = show(&hall, &id).await;
    assert_eq!((shown.status, &shown.body["correction"]["state"]), (200, &json!("open")), "{shown:?}");
    let refused = word(&hall, &id, "withdraw", HOUSING).await;
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("policy.denied")), "{refused:?}");
    assert_eq!(refused.body["reason"], "suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_have_the_data_may_not_report_on_them() {
    let world = World::start().await;
    let (hall, bureau) = (hall(&world), bureau(&world));
    let with = |pointer: &str, value: Value| {
        let mut body = report("43", SUBJECT);
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (body, status, code) in [
        (with("/context/purpose", json!("curiosity")), 403, "policy.denied"),
        (with("/service", json!("hj.household.query")), 403, "policy.denied"),
        (with("/service", json!("no.such.service")), 404, "request.unknown_service"),
        (with("/service", json!("zz.license.state")), 400, "request.malformed"),
        (with("/province", json!("99")), 404, "request.unknown_province"),
        (with("/province", json!("11")), 503, "exchange.no_route"),
        (with("/context/matter", json!("990700014000")), 403, "matter.not_covered"),
        // Not released by the agreement, and no field at all.
        (with("/fields", json!(["aac001"])), 400, "request.malformed"),
        (with("/fields", json!(["canary"])), 400, "request.malformed"),
        (with("/fields", json!([])), 400, "request.malformed"),
        (with("/reason", json!("canary")), 400, "request.malformed"),
        (with("/text", json!("长".repeat(201))), 400, "request.malformed"),
        (with("/subject", json!("")), 400, "request.malformed"),
        (with("/context", json!({ "basis": "statute" })), 400, "request.malformed"),
        (with("/context", json!({ "purpose": "public_rental_housing" })), 400, "request.malformed"),
        // The agreement here releases it, the one over there does not.
        (with("/fields", json!(["aab004"])), 403, "upstream.refused"),
    ] {
        let before = world.records().len();
        let reply = hall.post(REPORTS, &body).await;
        let told = reply.body.to_string();
        assert_eq!((reply.status, &reply.body["code"]), (status, &json!(code)), "{body} {told}");
        assert!(!told.contains("canary") && !told.contains(SUBJECT) && !told.contains(NAME), "{told}");
        assert_eq!(world.records().len(), before + 1);
        assert_eq!(world.records()[before]["operation"], "correct");
    }
    let unknown = format!("43-{}", "0".repeat(32));
    for (client, path) in
        [(&hall, unknown.as_str()), (&bureau, unknown.as_str()), (&hall, "43-x"), (&hall, SUBJECT)]
    {
        let reply = show(client, path).await;
        assert_eq!((reply.status, &reply.body["code"]), (404, &json!("correction.unknown")), "{reply:?}");
    }
    // Of those who neither reported nor provide, nobody learns that there is a report.
    let home = id(&hall.post(REPORTS, &report("44", SUBJECT)).await);
    let peer = show(&bureau, &home).await;
    assert_eq!(peer.body["code"], "correction.unknown");
    assert!(!flagged(&hall, INSURED, "one").await.0, "the data of another province");
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_have_limits_and_count_against_the_agreement() {
    let config = "[corrections]\nopen_per_department = 2\n".to_owned();
    let world = World::with(Setup { config, ..Setup::default() }).await;
    let hall = hall(&world);
    for (subject, status) in [("E1000001", 201), ("E1000002", 201), ("E1000002", 200), ("E1000003", 429)] {
        let reply = hall.post(REPORTS, &report("43", subject)).await;
        assert_eq!(reply.status, status, "{reply:?}");
        if status == 429 {
            assert_eq!(reply.body["code"], "correction.too_many");
        } else {
            let left = if subject == "E1000001" {
                49
            } else if status == 201 {
                48
            } else {
                47
            };
            assert!(reply.header("ratelimit").contains(&format!("\"agreement_day\";r={left};")), "{reply:?}");
        }
    }
    // What could not be reported was not passed on.
    let there = world.records_of_providing();
    assert_eq!(there.iter().filter(|record| record["operation"] == "correct").count(), 2);
    let (_, metrics) = crate::client::get(world.providing.admin_address(), "/metrics").await;
    for line in [
        "tongban_corrections_open 2",
        "tongban_corrections_overdue 0",
        "tongban_corrections_total{event=\"opened\"} 2",
    ] {
        assert!(metrics.contains(&format!("{line}\n")), "{metrics}");
    }
    let (_, metrics) = crate::client::get(world.asking.admin_address(), "/metrics").await;
    assert!(metrics.contains("tongban_corrections_open 0\n"), "another province settles them: {metrics}");
}
