//! Denials that are explained afterwards: to whom they were given, and to nobody else.

use serde_json::json;

use crate::client::{Client, Reply, question};
use crate::world::{EDUCATION, HOUSING, NAME, SUBJECT, Setup, World, agreement};

const INSURED: &str = "/v1/exchange/43/sb.insured.query";

/// Housing may ask with the person's authorization, and might once ask for unemployment without it.
fn agreements() -> Vec<String> {
    let insured = agreement(HOUSING, "43", "sb.insured.query", "aac008", 50);
    let ended = agreement(HOUSING, "43", "jy.unemployment.query", "state", 2);
    vec![
        insured.replace("@authorise(\"none\")", "@authorise(\"subject\")"),
        ended.replace("@until(\"2099-08-01", "@until(\"2025-09-01"),
    ]
}

async fn explained(client: &Client, record: &str) -> Reply {
    client.send("GET", &format!("/v1/decisions/{record}"), &[], "").await.unwrap()
}

fn record(reply: &Reply) -> &str {
    reply.body["record"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_is_explained_to_whom_it_was_given() {
    let world = World::with(Setup { asking: agreements(), ..Setup::default() }).await;
    let client = |who| Client::new(&world.authority, Some(who), world.asking.address(), "h2");
    let (hall, portal) = (client(&world.hall), client(&world.portal));

    let denied = hall.post(INSURED, &question()).await;
    assert_eq!((denied.status, &denied.body["reason"]), (403, &json!("authorization_missing")), "{denied:?}");
    // What it says is the same for every system of the department.
    for client in [&hall, &portal] {
        let reply = explained(client, record(&denied)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let decision = &reply.body["decision"];
        for (member, expected) in [
            ("record", denied.body["record"].clone()),
            ("request", denied.body["request_id"].clone()),
            ("generation", denied.body["generation"].clone()),
            ("detail", denied.body["detail"].clone()),
            ("reason", json!("authorization_missing")),
            ("operation", json!("query")),
            ("department", json!(HOUSING)),
            ("province", json!("43")),
            ("service", json!("sb.insured.query")),
            ("purpose", json!("public_rental_housing")),
            ("matter", json!("990700001000")),
            ("basis", json!("statute")),
        ] {
            assert_eq!(decision[member], expected, "{member}");
        }
        let missing = &decision["missing"][0];
        assert_eq!(missing["what"], "authorisation:subject");
        assert_eq!(missing["wanted"], json!(["authorisation:subject"]));
        assert!(missing["mend"].as_str().unwrap().contains("the person's authorization"));
        assert_eq!(
            decision["policies"],
            json!([{
                "name": "sb.insured.query-43", "kind": "agreement", "basis": "statute:made for tests", "authorise": "subject",
                "from": "2025-07-31T16:00:00Z", "until": "2099-07-31T16:00:00Z",
            }])
        );
        assert!(decision["at"].as_str().unwrap().starts_with("20"));
        let whole = reply.body.to_string();
        assert!(!whole.contains(SUBJECT) && !whole.contains(NAME) && !whole.contains("zhang.san"), "{whole}");
        let last = world.records().pop().unwrap();
        assert_eq!((&last["operation"], &last["outcome"]), (&json!("decision"), &json!("explained")));
        assert_eq!((&last["department"], &last["decision"]), (&json!(HOUSING), &json!(null)));
    }

    // Each other reason has its own words, and none is without a way to mend it.
    let mut other = question();
    other["context"]["purpose"] = json!("curiosity");
    let unemployment = json!({
        "context": { "purpose": "public_rental_housing", "subject": SUBJECT, "basis": "statute" },
        "query": { "aac147": SUBJECT, "aac003": NAME }
    });
    for (path, asked, reason, what) in [
        (INSURED, &other, "purpose_not_agreed", "purpose"),
        ("/v1/exchange/43/jy.unemployment.query", &unemployment, "expired", "agreement_in_force"),
    ] {
        let denied = hall.post(path, asked).await;
        let reply = explained(&hall, record(&denied)).await;
        let decision = &reply.body["decision"];
        assert_eq!((&decision["reason"], &decision["missing"][0]["what"]), (&json!(reason), &json!(what)));
        // A purpose that no agreement names is not a name.
        let hidden = decision["purpose"].as_str().unwrap().starts_with("hidden:");
        assert_eq!(hidden, reason == "purpose_not_agreed", "{reply:?}");
        if hidden {
            assert_eq!(decision["missing"][0]["wanted"], json!(["public_rental_housing"]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_what_others_were_denied() {
    let world = World::with(Setup { asking: agreements(), ..Setup::default() }).await;
    let hall = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let portal = Client::new(&world.authority, Some(&world.portal), world.asking.address(), "h2");
    let mut asked = question();
    asked["context"]["department"] = json!(EDUCATION);
    let denied = portal.post(INSURED, &asked).await;
    assert_eq!(denied.body["reason"], "no_agreement", "{denied:?}");
    let reply = explained(&portal, record(&denied)).await;
    assert_eq!(reply.status, 200);
    // Another department's agreement names the purpose, so it is a name.
    assert_eq!(reply.body["decision"]["purpose"], "public_rental_housing");

    let mut asked = question();
    asked["context"]["basis"] = json!("authorisation:subject");
    let answered = hall.post(INSURED, &asked).await;
    assert_eq!(answered.status, 200, "{answered:?}");
    // Another department's; an answer; nobody's; no name at all.
    for name in [record(&denied), record(&answered), &"0".repeat(32), "x", &SUBJECT.to_lowercase()] {
        let reply = explained(&hall, name).await;
        assert_eq!((reply.status, &reply.body["code"]), (404, &json!("decision.unknown")), "{name}");
        assert!(!reply.body.to_string().contains(SUBJECT));
    }
    let told = world.records().pop().unwrap();
    assert_eq!((&told["outcome"], &told["department"]), (&json!("decision.unknown"), &json!(null)));
    assert!(!told.to_string().to_uppercase().contains(SUBJECT));

    let stranger = Client::new(&world.authority, Some(&world.stranger), world.asking.address(), "h2");
    let reply = explained(&stranger, record(&denied)).await;
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("caller.unidentified")));
    for (method, path, code) in [
        ("POST", format!("/v1/decisions/{}", record(&denied)), "request.wrong_method"),
        ("GET", format!("/v1/decisions/{}?a=b", record(&denied)), "request.malformed"),
        ("GET", "/v1/decisions".to_owned(), "request.unknown_operation"),
        ("GET", format!("/v1/decisions/{}/x", record(&denied)), "request.unknown_operation"),
    ] {
        assert_eq!(portal.send(method, &path, &[], "").await.unwrap().body["code"], code, "{path}");
    }
}

/// The gateway that provides explains its denial to the gateway that asked, and to no system of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_explains_to_the_gateway_that_it_denied() {
    let world = World::start().await;
    let hall = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let fund = json!({
        "context": { "purpose": "public_rental_housing", "subject": SUBJECT, "basis": "statute" },
        "query": { "xm": NAME, "zjhm": SUBJECT, "centerCode": "430100" }
    });
    let denied = hall.post("/v1/exchange/43/zf.fund.query", &fund).await;
    let record = denied.body["upstream"]["record"].as_str().unwrap();
    let there = world.providing.address();
    let bureau = Client::new(&world.authority, Some(&world.bureau), there, "h2");
    assert_eq!(explained(&bureau, record).await.body["code"], "decision.unknown");
    let asking = Client::new(&world.authority, Some(&world.gateway()), there, "h2");
    let reply = explained(&asking, record).await;
    assert_eq!((reply.status, &reply.body["decision"]["reason"]), (200, &json!("no_agreement")), "{reply:?}");
}
