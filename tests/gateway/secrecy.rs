//! Canaries: personal data that go through the gateways never come out in a record, a log line, a metric or a refusal.

use std::io;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::client::{Client, get, question};
use crate::provider::{Behavior, insured};
use crate::world::World;

/// Part of every value that must stay inside.
const MARK: &str = "qzxvkj";

/// Log lines of all tests of this process.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_stay_inside() {
    let lines = Lines::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(lines.clone())
        .init();
    let world = World::start().await;
    // Letters and `_`, so that it passes for a name wherever one is expected.
    let canary = |name: &str| format!("canary_{name}_{MARK}");
    let mut asked = question();
    for member in ["case", "operator", "subject", "agent", "use_cause"] {
        asked["context"][member] = json!(canary(member));
    }
    asked["query"] = json!({
        "aac003": canary("name"), "aac058": canary("kind"), "aac147": canary("subject")
    });
    let mut answer = insured();
    for (_, value) in answer["data"].as_object_mut().unwrap() {
        *value = json!(canary("answer"));
    }
    world.provider.behave(Behavior::Answer(answer));
    let mut refusals = Vec::new();
    for protocol in ["h2", "http/1.1"] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        let path = "/v1/exchange/43/sb.insured.query";
        let reply = client.post(path, &asked).await;
        assert_eq!(
            (reply.status, &reply.body["data"]["aac008"]),
            (200, &json!(canary("answer"))),
            "{reply:?}"
        );

        // The same where it does not belong: as names, in place of objects, in paths, headers and parameters.
        let mut bad =
            vec![json!(canary("body")), json!({ "context": canary("body"), "query": [canary("body")] })];
        for member in ["purpose", "department", "matter", "channel", "basis", "subject", "unknown"] {
            let mut asked = asked.clone();
            asked["context"][member] = json!(canary("other"));
            bad.push(asked.clone());
            asked["context"][member] = json!({ (canary(member)): canary(member) });
            bad.push(asked);
        }
        // As evidence: in what is judged, and where it does not belong.
        let exhibit = |place: &str, value: Value| {
            let mut exhibit = json!({
                "type": "marriage_certificate", "relation": "spouse", "presence": "staff",
                "license": STANDARD.encode(canary("license")),
            });
            exhibit[place] = value;
            let mut asked = asked.clone();
            asked["evidence"] = json!([exhibit]);
            asked
        };
        bad.push(exhibit("presence", json!("staff")));
        for place in ["type", "relation", "presence", "license", "unknown"] {
            bad.push(exhibit(place, json!(canary("exhibit"))));
            bad.push(exhibit(place, json!({ (canary(place)): canary(place) })));
        }
        let mut evidence = asked.clone();
        evidence["evidence"] = json!(canary("evidence"));
        bad.push(evidence);
        let mut unknown = asked.clone();
        unknown["query"][canary("parameter")] = json!(canary("parameter"));
        bad.push(unknown);
        for body in bad {
            let reply = client.post(path, &body).await;
            refusals.push((body, reply));
        }
        for path in [
            "/v1/CANARY",
            "/v1/exchange/43/CANARY",
            "/v1/licenses/verify?CANARY=CANARY",
            "/v1/exchange/CANARY/x",
        ] {
            refusals.push((Value::Null, client.post(&path.replace("CANARY", &canary("path")), &asked).await));
        }
        let verify = format!("/v1/licenses/verify?case={}&operator={}", canary("case"), canary("operator"));
        let department = canary("department");
        let headers = [("tongban-department", department.as_str())];
        for headers in [&headers[..], &[]] {
            let reply = client.send("POST", &verify, headers, canary("file")).await.unwrap();
            if !headers.is_empty() {
                refusals.push((Value::Null, reply));
            }
        }
        // Reports that data are wrong.
        let mut report = json!({
            "context": asked["context"].clone(), "province": "43", "service": "sb.insured.query",
            "subject": canary("subject"), "fields": ["aac008"], "reason": "outdated", "text": canary("text"),
        });
        for member in ["subject", "agent", "use_cause"] {
            report["context"].as_object_mut().unwrap().remove(member);
        }
        let reply = client.post("/v1/corrections", &report).await;
        assert!([200, 201].contains(&reply.status), "{reply:?}");
        assert!(!reply.body.to_string().contains(MARK), "{reply:?}");
        for member in ["province", "service", "reason", "unknown"] {
            let mut bad = report.clone();
            bad[member] = json!(canary(member));
            refusals.push((bad.clone(), client.post("/v1/corrections", &bad).await));
        }
        let mut bad = report.clone();
        bad["fields"] = json!([canary("field")]);
        refusals.push((bad.clone(), client.post("/v1/corrections", &bad).await));
        let word =
            json!({ "context": { "operator": canary("operator"), "department": canary("department") } });
        let path_of_report =
            format!("/v1/corrections/{}/withdraw", reply.body["correction"]["id"].as_str().unwrap());
        refusals.push((word.clone(), client.post(&path_of_report, &word).await));
        // Seals, signatures and batches: in what is judged, and where it does not belong.
        let inside = STANDARD.encode(canary("content"));
        let judged =
            client.post("/v1/signatures/verify", &json!({ "signature": inside, "content": inside })).await;
        assert_eq!(judged.status, 200, "{judged:?}");
        let mut bad = vec![
            ("/v1/seals/verify", json!({ "seal": canary("seal") })),
            ("/v1/seals/verify", json!({ "seal": inside, (canary("member")): 1 })),
            ("/v1/signatures/verify", json!({ "signature": inside, "certificate": inside })),
        ];
        for member in ["algorithm", "value"] {
            let mut digest = json!({ "algorithm": "sm3", "value": "00" });
            digest[member] = json!(canary(member));
            bad.push(("/v1/signatures/verify", json!({ "signature": inside, "digest": digest })));
        }
        for member in ["purpose", "department", "matter", "channel", "basis", "unknown"] {
            let context = json!({ (member): canary("context") });
            bad.push(("/v1/signatures/verify", json!({ "signature": inside, "context": context })));
        }
        for (path, body) in bad {
            refusals.push((body.clone(), client.post(path, &body).await));
        }
        let lines = format!(
            "{}\n{}\n{}\n",
            json!({ "id": canary("id"), "file": inside }),
            json!({ "id": "a", "file": canary("file") }),
            canary("line")
        );
        let headers = [("content-type", "application/x-ndjson"), ("tongban-case", &canary("case"))];
        let answer = client.send_text("POST", "/v1/licenses/verify-batch", &headers, lines).await.unwrap();
        // The identifier goes back to who sent it, and nothing else.
        assert_eq!(answer.matches(MARK).count(), 1, "{answer}");
        world.provider.behave(Behavior::Raw("application/json", canary("answer").into_bytes()));
        let mut other = asked.clone();
        other["context"]["case"] = json!(format!("{}{protocol}", canary("case")));
        refusals.push((Value::Null, client.post(path, &other).await));
        world.provider.behave(Behavior::Answer(insured()));
        let mut whole = insured();
        whole["data"]["aac008"] = json!(canary("answer"));
        world.provider.behave(Behavior::Answer(whole));
    }
    for (body, reply) in &refusals {
        assert!(reply.status >= 400, "{body}");
        assert!(!reply.body.to_string().contains(MARK), "{body} {reply:?}");
    }
    for gateway in [&world.asking, &world.providing] {
        let (status, metrics) = get(gateway.admin_address(), "/metrics").await;
        assert_eq!(status, 200);
        assert!(
            metrics.contains("tongban_requests_total{operation=\"query\",code=\"answered\"}"),
            "{metrics}"
        );
        assert!(!metrics.contains(MARK), "{metrics}");
    }
    for province in ["43", "44"] {
        let kept = world.scratch.path().join(province).join("ledger.corrections");
        let kept = std::fs::read_to_string(kept).unwrap();
        assert!(kept.contains("aac008") && !kept.contains(MARK), "{kept}");
    }
    let records = [world.records(), world.records_of_providing()];
    assert!(records[0].len() > 40 && records[1].len() > 1);
    assert!(!json!(records).to_string().contains(MARK), "{records:?}");
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("answered"), "{logged}");
    assert!(!logged.contains(MARK), "{logged}");
}
