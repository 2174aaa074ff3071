//! Verdicts that are kept: each request is still permitted, counted and recorded, answers are the same as without, and a
//! publication ends exactly what rests on what it changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tongban::clock::{Clock, SystemClock, Timestamp};
use tongban::crypto::DigestAlgorithm;

use crate::client::get;
use crate::impact::{SEAL, Sealed};
use crate::officers::{change, publish, publish_change};
use crate::rules::put_anchor;
use crate::trust::{Site, suspend};
use crate::world::{EDUCATION, HOUSING, records};

/// The system's time, but at the end of a day in China some minutes later: with the day end the verdicts that are kept, and a
/// test that counts on them runs within one.
struct WithinOneDay {
    ahead_millis: i64,
}

impl WithinOneDay {
    /// Ten minutes are enough for a test on the slowest machine.
    fn new() -> Arc<Self> {
        let (now, margin) = (SystemClock.now(), 600_000);
        let same = now.china_date() == now.plus_millis(margin).china_date();
        Arc::new(Self { ahead_millis: if same { 0 } else { margin } })
    }
}

impl Clock for WithinOneDay {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_millis(self.ahead_millis)
    }
}

/// Where the verdicts of all requests came from, oldest first.
fn states(site: &Site) -> Vec<String> {
    let records = records(&site.at.join("ledger.ndjson"));
    records.iter().map(|record| record["cache"].as_str().unwrap_or("none").to_owned()).collect()
}

async fn last(site: &Site, file: &[u8]) -> (String, String) {
    let verdict = site.verdict(file).await;
    (verdict, states(site).pop().unwrap())
}

fn pair(verdict: &str, state: &str) -> (String, String) {
    (verdict.to_owned(), state.to_owned())
}

/// An answer without what names the request and the present time.
fn bare(mut answer: Value) -> Value {
    for member in ["record", "request_id"] {
        answer[member].take();
    }
    answer["status"]["as_of"].take();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_ends_exactly_the_verdicts_that_it_changes() {
    let site = Site::start("").await.by_clock(WithinOneDay::new()).await;
    let at = site.at.clone();
    let now = SystemClock.now();
    let (one, two) = (Sealed::under("One", SEAL, now), Sealed::under("Two", "44990000000002", now));
    let anchors = at.join("certs/anchors");
    put_anchor(&anchors, "one", &one.root);
    publish(&at, "one root of two");
    site.running().reload().await.unwrap();
    for state in ["miss", "hit"] {
        assert_eq!(last(&site, &one.file).await, pair("genuine", state));
        assert_eq!(last(&site, &two.file).await, pair("undetermined", state));
    }
    // A missing issuer comes: the very next verdict that missed it is new, the other stays.
    put_anchor(&anchors, "two", &two.root);
    publish(&at, "both roots");
    site.running().reload().await.unwrap();
    assert_eq!(last(&site, &two.file).await, pair("genuine", "miss"));
    assert_eq!(last(&site, &one.file).await, pair("genuine", "hit"));
    // Notes change nothing; an agreement neither.
    std::fs::write(
        anchors.join("one.toml"),
        "certificates = [\"one.der\"]\nroles = [\"seal_maker\", \"signer\", \"timestamp\"]\nnotes = \"reviewed\"\n",
    )
    .unwrap();
    std::fs::remove_file(at.join("policies/agreements/0.cedar")).unwrap();
    publish(&at, "notes");
    site.running().reload().await.unwrap();
    assert_eq!(last(&site, &one.file).await, pair("genuine", "hit"));
    assert_eq!(last(&site, &two.file).await, pair("genuine", "hit"));
    // An anchor and a seal are suspended, and restored.
    for (kind, id) in [("anchor", one.fingerprint()), ("seal", SEAL.to_owned())] {
        let digest = suspend(&at, kind, &id);
        site.running().reload().await.unwrap();
        assert_eq!(last(&site, &one.file).await, pair("undetermined", "miss"), "{kind}");
        assert_eq!(last(&site, &two.file).await, pair("genuine", "hit"), "{kind}");
        let lift = BTreeSet::from([digest]);
        publish_change(&at, tongban::trust::Change { lift, ..change("it was nothing") });
        site.running().reload().await.unwrap();
        assert_eq!(last(&site, &one.file).await, pair("genuine", "miss"), "{kind}");
        assert_eq!(last(&site, &two.file).await, pair("genuine", "hit"), "{kind}");
    }
    // A certificate that stands nowhere in the rules, of which only the digest is known: it may be part of any path.
    assert_eq!(last(&site, &one.file).await, pair("genuine", "hit"));
    let digest = suspend(&at, "anchor", &DigestAlgorithm::Sha256.digest(&one.signer).hex());
    site.running().reload().await.unwrap();
    assert_eq!(last(&site, &one.file).await, pair("undetermined", "miss"));
    assert_eq!(last(&site, &two.file).await, pair("genuine", "miss"));
    let lift = BTreeSet::from([digest]);
    publish_change(&at, tongban::trust::Change { lift, ..change("it was nothing") });
    site.running().reload().await.unwrap();
    assert_eq!(last(&site, &one.file).await, pair("genuine", "miss"));
    site.running().exchange().purge_verdicts();
    assert_eq!(last(&site, &two.file).await, pair("genuine", "miss"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_says_what_an_uncached_verdict_says_and_is_counted_and_recorded() {
    let site = Site::start("").await.by_clock(WithinOneDay::new()).await;
    let at = site.at.clone();
    let sealed = Sealed::under("One", SEAL, SystemClock.now());
    put_anchor(&at.join("certs/anchors"), "one", &sealed.root);
    let agreement = at.join("policies/agreements/verification.cedar");
    let daily = std::fs::read_to_string(&agreement).unwrap().replace("@rate", "@daily(\"4\")\n@rate");
    std::fs::write(&agreement, daily).unwrap();
    publish(&at, "a root, and four a day");
    site.running().reload().await.unwrap();
    let client = site.client();
    let mut answers = Vec::new();
    for department in [HOUSING, EDUCATION, HOUSING] {
        let headers = [("tongban-department", department)];
        let reply = client.send("POST", "/v1/licenses/verify", &headers, sealed.file.clone()).await.unwrap();
        assert_eq!(reply.status, 200);
        answers.push(reply);
    }
    assert_eq!(states(&site), ["miss", "hit", "hit"]);
    // Nothing tells a department that another had the file judged, by a member, a header or a time.
    let first = bare(answers[0].body.clone());
    for answer in &answers {
        assert_eq!(bare(answer.body.clone()), first);
        for header in ["age", "cache-status"] {
            assert!(!answer.headers.contains_key(header), "{header}");
        }
    }
    let as_of = |reply: &crate::client::Reply| reply.body["status"]["as_of"].clone();
    assert_ne!(as_of(&answers[1]), as_of(&answers[0]));
    // Each has a record of its own, with all that a record has, and counts against its department's quota.
    let records = records(&at.join("ledger.ndjson"));
    assert_eq!(records.len(), 3);
    for (record, department) in records.iter().zip([HOUSING, EDUCATION, HOUSING]) {
        assert_eq!((&record["department"], &record["outcome"]), (&json!(department), &json!("genuine")));
        assert_eq!(record["relies_on"], records[0]["relies_on"]);
        assert_eq!(record["request_digest"], records[0]["request_digest"]);
        assert_eq!(record["reasons"], records[0]["reasons"]);
    }
    // Until the day's number is used up, by hits as by anything else.
    let mut asked = answers.len();
    let refused = loop {
        let headers = [("tongban-department", HOUSING)];
        let reply = client.send("POST", "/v1/licenses/verify", &headers, sealed.file.clone()).await.unwrap();
        asked += 1;
        assert!(asked <= 6, "hits do not count");
        if reply.status != 200 {
            break reply;
        }
    };
    assert_eq!((refused.status, &refused.body["code"]), (429, &json!("quota.exceeded")));
    let (_, metrics) = get(site.running().admin_address(), "/metrics").await;
    assert!(
        metrics.contains(&format!("tongban_verdict_lookups_total{{state=\"hit\"}} {}", asked - 2)),
        "{metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_are_not_kept_where_the_config_says_so() {
    let site = Site::start("[cache]\nverdicts = false\n").await;
    for _ in 0..2 {
        site.verdict(b"no license").await;
    }
    assert_eq!(states(&site), ["bypass", "bypass"]);
}
