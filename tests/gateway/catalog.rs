//! The catalog over HTTP; matters and types of values as the gateway holds requests and answers to them.

use serde_json::{Value, json};

use crate::client::{Client, get, question};
use crate::provider::{Behavior, insured};
use crate::world::{HOUSING, NAME, SUBJECT, Setup, World, agreement};

const INSURED: &str = "/v1/exchange/43/sb.insured.query";
const HOME: &str = "/v1/exchange/44/sb.insured.query";

fn hall(world: &World, protocol: &str) -> Client {
    Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_is_told_in_two_languages_and_only_when_it_changed() {
    let world = World::start().await;
    for protocol in ["http/1.1", "h2"] {
        let client = hall(&world, protocol);
        for (path, member, count) in [
            ("", "/domains", 8),
            ("/services", "/services", 32),
            ("/license-types", "/license_types", 26),
            ("/matters", "/matters", 19),
            ("/departments", "/departments", 51),
            ("/departments", "/functions", 11),
            ("/regions", "/provinces", 34),
            ("/regions", "/blocs", 4),
            ("/services/sw.iit.record", "/response", 5),
            ("/services/sw.iit.record", "/response_schema/properties/list/items/properties", 4),
            ("/matters/990700001000", "/services", 9),
        ] {
            let path = format!("/v1/catalog{path}");
            let reply = client.send("GET", &path, &[], "").await.unwrap();
            assert_eq!(reply.status, 200, "{path} {reply:?}");
            let found = reply.body.pointer(member).unwrap();
            let found = found.as_array().map_or_else(|| found.as_object().unwrap().len(), Vec::len);
            assert_eq!(found, count, "{path}{member}");
            assert_eq!(reply.body["catalog"], json!({ "version": "2026.11.0", "issued": "2026-11-22" }));
            assert_eq!(reply.body["generation"], 1);
            assert_eq!(reply.header("cache-control"), "private, no-cache");

            let tag = reply.header("etag").to_owned();
            for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
                let headers = [("if-none-match", known.as_str())];
                let reply = client.send("GET", &path, &headers, "").await.unwrap();
                assert_eq!((reply.status, &reply.body), (304, &Value::Null), "{path}");
                assert_eq!(reply.header("etag"), tag);
            }
            let headers = [("if-none-match", tag.as_str()), ("accept-language", "zh-CN")];
            let chinese = client.send("GET", &path, &headers, "").await.unwrap();
            assert_eq!(chinese.header("content-language"), "zh");
            // The overview is numbers alone, and the same in both languages.
            assert_eq!(chinese.status, if path == "/v1/catalog" { 304 } else { 200 }, "{path}");
        }
        let name = |reply: crate::client::Reply| reply.body["name"].as_str().unwrap().to_owned();
        let zh = [("accept-language", "zh")];
        let path = "/v1/catalog/services/hj.death.query";
        assert_eq!(name(client.send("GET", path, &[], "").await.unwrap()), "death");
        assert_eq!(name(client.send("GET", path, &zh, "").await.unwrap()), "死亡(医学证明/火化)信息核验");

        // Codes of any length name one matter.
        for code in ["990700001000", "11100000MB032716991990700001000", "11100000MB03271699199070000100001"] {
            let reply = client.send("GET", &format!("/v1/catalog/matters/{code}"), &[], "").await.unwrap();
            assert_eq!((reply.status, &reply.body["code"]), (200, &json!("990700001000")));
            assert_eq!((&reply.body["kind"], &reply.body["sample"]), (&json!("confirmation"), &json!(true)));
        }
    }
    assert!(world.records().is_empty(), "the catalog says nothing about anybody");
    let (_, metrics) = get(world.asking.admin_address(), "/metrics").await;
    assert!(
        metrics.contains("tongban_requests_total{operation=\"catalog\",code=\"not_modified\"}"),
        "{metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_is_for_enrolled_callers_and_refusals_are_on_record() {
    let world = World::start().await;
    let stranger = Client::new(&world.authority, Some(&world.stranger), world.asking.address(), "h2");
    let client = hall(&world, "h2");
    let paths = [
        (&stranger, "GET", "/v1/catalog", 403, "caller.unidentified"),
        (&client, "POST", "/v1/catalog", 405, "request.wrong_method"),
        (&client, "GET", "/v1/catalog/services/no.such.service", 404, "catalog.unknown_entry"),
        (&client, "GET", "/v1/catalog/services/NO", 404, "catalog.unknown_entry"),
        (&client, "GET", "/v1/catalog/matters/000000000000", 404, "catalog.unknown_entry"),
        (&client, "GET", "/v1/catalog/people", 404, "request.unknown_operation"),
        (&client, "GET", "/v1/catalog/", 404, "request.unknown_operation"),
        (&client, "GET", "/v1/catalog/services?domain=tax", 400, "request.malformed"),
    ];
    for (client, method, path, status, code) in paths {
        let reply = client.send(method, path, &[], "").await.unwrap();
        assert_eq!((reply.status, &reply.body["code"]), (status, &json!(code)), "{path}");
        assert_eq!(world.records().last().unwrap()["outcome"], code);
        assert_eq!(reply.header("allow") == "GET", status == 405);
    }
    assert_eq!(world.records().len(), paths.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matter_may_call_only_what_is_listed_for_it() {
    let world = World::start().await;
    let client = hall(&world, "h2");
    for (matter, status, code) in [
        ("990700001000", 200, Value::Null),
        ("11100000MB032716991990700001000", 200, Value::Null),
        ("11100000MB03271699199070000100001", 200, Value::Null),
        // A sample that lists other services, one seen in use of which nothing is known, and one nobody knows.
        ("990700014000", 403, json!("matter.not_covered")),
        ("000115035000", 403, json!("matter.not_covered")),
        ("440700001000", 403, json!("matter.unknown")),
    ] {
        let mut asked = question();
        asked["context"]["matter"] = json!(matter);
        let reply = client.post(INSURED, &asked).await;
        assert_eq!((reply.status, &reply.body["code"]), (status, &code), "{matter} {reply:?}");
        let records = world.records();
        let record = records.last().unwrap();
        assert_eq!(record["matter"].as_str().unwrap().len(), 12);
        // An agreement was found that names the purpose, so it is on record in clear.
        assert_eq!(record["purpose"], "public_rental_housing");
    }
    // Licenses may be verified for every matter that there is.
    for (matter, status) in [("000115035000", 200), ("440700001000", 403)] {
        let headers = [("tongban-matter", matter)];
        let reply = client.send("POST", "/v1/licenses/verify", &headers, "no license").await.unwrap();
        assert_eq!(reply.status, status, "{reply:?}");
    }
    world.until_shown("tongban_matters_unknown_total{action=\"refused\"} 2").await;
    assert_eq!(world.provider.calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_matter_may_be_observed_alone() {
    let setup = Setup { config: "[matters]\nunknown = \"observe\"\n".to_owned(), ..Setup::default() };
    let world = World::with(setup).await;
    let client = hall(&world, "h2");
    let mut asked = question();
    asked["context"]["matter"] = json!("440700001000");
    assert_eq!(client.post(HOME, &asked).await.status, 200);
    // The other province goes by its own setting.
    let reply = client.post(INSURED, &asked).await;
    assert_eq!((reply.status, &reply.body["upstream"]["code"]), (403, &json!("matter.unknown")), "{reply:?}");
    world.until_shown("tongban_matters_unknown_total{action=\"observed\"} 2").await;
    // What is known is held to its list all the same.
    asked["context"]["matter"] = json!("990700014000");
    assert_eq!(client.post(HOME, &asked).await.body["code"], "matter.not_covered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_held_to_the_types_of_the_catalog() {
    let mut setup = Setup::default();
    setup.asking.push(agreement(HOUSING, "43", "hj.identity.verify", "swbs", 50));
    setup.asking.push(agreement(HOUSING, "43", "hj.migration.transfer", "code", 50));
    let world = World::with(setup).await;
    let client = hall(&world, "h2");
    let context = json!({ "purpose": "public_rental_housing", "subject": SUBJECT, "basis": "statute" });
    let migration = json!({
        "ywxtbh": "1", "sqr_xm": NAME, "sqr_gmsfhm": SUBJECT, "qyr": [{ "xm": NAME }], "qyldyydm": "1",
        "qcd_ssxqdm": "430100", "qrd_ssxqdm": "440100", "zqzbh": "1", "sldw": "所", "slsj": "20261122083000",
    });
    let identity = json!({ "xm": NAME, "gmsfhm": SUBJECT });
    let mut cases = Vec::new();
    for (service, whole, member, value, told) in [
        (
            "hj.identity.verify",
            &identity,
            "gmsfhm",
            json!("110105194912310021"),
            "`query.gmsfhm`: it is no citizen number whose check character fits",
        ),
        ("hj.identity.verify", &identity, "gmsfhm", json!(110_105), "`query.gmsfhm`: it is no string"),
        (
            "hj.identity.verify",
            &identity,
            "xm",
            json!("测".repeat(65)),
            "`query.xm`: it has more than 64 characters",
        ),
        ("hj.identity.verify", &identity, "xm", json!(""), "`query.xm`: it has fewer than 1 characters"),
        (
            "hj.migration.transfer",
            &migration,
            "qyr",
            json!([{}, "canary"]),
            "`query.qyr[1]`: it is no object",
        ),
        (
            "hj.migration.transfer",
            &migration,
            "qcd_ssxqdm",
            json!("990100"),
            "`query.qcd_ssxqdm`: it is no region of six digits",
        ),
        (
            "hj.migration.transfer",
            &migration,
            "slsj",
            json!("20261322083000"),
            "`query.slsj`: it is no moment, written `YYYYMMDDhhmmss` or as in RFC 3339",
        ),
    ] {
        let mut query = whole.clone();
        query[member] = value;
        cases.push((service, query, told));
    }
    for (service, query, told) in cases {
        let asked = json!({ "context": context, "query": query });
        let reply = client.post(&format!("/v1/exchange/43/{service}"), &asked).await;
        assert_eq!((reply.status, &reply.body["code"]), (400, &json!("request.malformed")), "{reply:?}");
        assert_eq!(reply.body["detail"], told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_catalog_does_not_describe_is_dropped_and_the_answer_is_partial() {
    let world = World::start().await;
    let client = hall(&world, "h2");
    let mut answer = insured();
    answer["data"]["aac008"] = json!({ "nested": NAME });
    answer["data"]["aae140"] = json!("x".repeat(33));
    world.provider.behave(Behavior::Answer(answer));
    // Home, where the provider is asked, and away, where the other gateway has dropped it and says so.
    for path in [HOME, INSURED] {
        let reply = client.post(path, &question()).await;
        assert_eq!((reply.status, &reply.body["outcome"]), (200, &json!("partial")), "{reply:?}");
        assert_eq!(reply.body["data"].get("aac008"), None);
        assert_eq!(reply.body["data"]["aab301"], "430100");
        let mut unfit: Vec<&str> =
            reply.body["unfit"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        unfit.sort_unstable();
        assert_eq!(unfit, ["aac008", "aae140"]);
        assert_eq!(world.records().last().unwrap()["outcome"], "partial");
    }
}
