//! What happens to trust is on record: every manifest, suspension, emergency and refusal, before it takes effect.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use tongban::clock::{Clock, FixedClock, SystemClock};
use tongban::crypto::DigestAlgorithm;
use tongban::manifest::Scheme;
use tongban::trust::Change;

use crate::officers::{change, key, present, propose, publish, publish_change, publisher};
use crate::trust::{Site, suspend};
use crate::world::{HOUSING, events};

impl Site {
    /// What happened to trust since the last time, as recorded.
    fn new_events(&self, seen: &mut usize) -> Vec<Value> {
        let all = events(&self.at.join("ledger.ndjson"));
        let new = all[*seen..].to_vec();
        *seen = all.len();
        new
    }
}

/// Operation, outcome, generation, kind, arrival and version.
fn gist(record: &Value) -> Value {
    let event = &record["trust"];
    json!([
        record["operation"],
        record["outcome"],
        record["generation"],
        event["event"],
        event["arrival"],
        event["version"]
    ])
}

fn gists(records: &[Value]) -> Value {
    records.iter().map(gist).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_trust_is_recorded() {
    let mut site = Site::start("").await;
    let at = site.at.clone();
    let mut seen = 0;
    let first = site.new_events(&mut seen);
    assert_eq!(gists(&first), json!([["manifest", "accepted", 1, "manifest", "offered", 1]]));
    // Who signed what, so that an auditor can hold the note against the record.
    let note = fs::read(at.join("published/manifest")).unwrap();
    let manifest = present(&at).unwrap();
    let event = &first[0]["trust"];
    assert_eq!(event["note_digest"], json!(DigestAlgorithm::Sha256.digest(&note).hex()));
    assert_eq!(event["text_digest"], json!(manifest.digest().hex()));
    assert_eq!(
        (&event["officers"], &event["publication"]),
        (&json!(["li", "wang"]), &json!("trust.test.example"))
    );
    assert_eq!(event["expires"], json!(manifest.expires.to_string()));

    // Two while nobody looked: both are there, and which of them held.
    publish(&at, "the second");
    publish(&at, "the third");
    site.running().reload().await.unwrap();
    assert_eq!(
        gists(&site.new_events(&mut seen)),
        json!([
            ["manifest", "accepted", 2, "manifest", "passed", 2],
            ["manifest", "accepted", 2, "manifest", "offered", 3]
        ])
    );

    let digest = suspend(&at, "department", HOUSING);
    site.running().reload().await.unwrap();
    let suspended = site.new_events(&mut seen);
    assert_eq!(gists(&suspended), json!([["suspension", "accepted", 3, "suspension", "offered", null]]));
    let event = &suspended[0]["trust"];
    assert_eq!(
        (&event["subject"], &event["officers"], &event["suspensions"], &event["text_digest"]),
        (&json!(format!("department {HOUSING}")), &json!(["wang"]), &json!(1), &json!(digest.hex()))
    );
    let lift = BTreeSet::from([digest]);
    publish_change(&at, Change { lift, ..change("it was nothing") });
    site.running().reload().await.unwrap();
    let lifted = site.new_events(&mut seen);
    assert_eq!(gists(&lifted), json!([["manifest", "accepted", 4, "manifest", "offered", 4]]));
    let event = &lifted[0]["trust"];
    assert_eq!((&event["lifted"], &event["suspensions"]), (&json!([digest.hex()]), &json!(0)));

    // A refusal once, however often the gateway looks.
    let mut alone = propose(&at, change("alone"), SystemClock.now());
    alone.approve(&[key("wang", Scheme::Ed25519)]).unwrap();
    let good = fs::read(at.join("published/manifest")).unwrap();
    fs::write(at.join("published/manifest"), alone.note().to_string()).unwrap();
    for _ in 0..3 {
        site.running().reload().await.unwrap_err();
    }
    let refused = site.new_events(&mut seen);
    assert_eq!(gists(&refused), json!([["manifest", "trust.too_few_officers", 4, "refused", null, null]]));
    assert!(refused[0]["trust"]["place"].as_str().unwrap().ends_with("published/manifest"));
    fs::write(at.join("published/manifest"), good).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(gists(&site.new_events(&mut seen)), json!([]));
    fs::write(at.join("policies/agreements/bad.cedar"), "permit (").unwrap();
    publish(&at, "what does not compile");
    site.running().reload().await.unwrap_err();
    assert_eq!(
        gists(&site.new_events(&mut seen)),
        json!([["manifest", "trust.unfit", 4, "refused", null, 5]])
    );
    fs::remove_file(at.join("policies/agreements/bad.cedar")).unwrap();
    publish(&at, "what compiles");
    site.running().reload().await.unwrap();
    site.new_events(&mut seen);

    // What a gateway begins with is on record as well, and what is still refused then.
    site.restart().await;
    assert_eq!(
        gists(&site.new_events(&mut seen)),
        json!([["manifest", "accepted", 1, "manifest", "kept", 6]])
    );
    let text = fs::read_to_string(&site.files.asking).unwrap();
    let open = text.replace("state = \"state\"\n", "state = \"state\"\nbreak_glass = true\n");
    fs::write(&site.files.asking, open).unwrap();
    let clock = Arc::new(FixedClock::at(SystemClock.now()));
    site.by_officers_clock(clock.clone()).await;
    site.new_events(&mut seen);
    // The gateway wakes when it is over, however far off its next look is otherwise.
    let expires = clock.now().plus_millis(1_000);
    let emergency = Change { break_glass: true, expires, ..change("nobody else can be reached") };
    let mut alone = propose(&at, emergency, clock.now());
    alone.approve(&[key("wang", Scheme::Ed25519)]).unwrap();
    publisher(&at).publish(&alone, clock.now()).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(site.metric("tongban_trust_break_glass").await, 1);
    clock.set(expires.plus_millis(1));
    while site.metric("tongban_trust_break_glass").await == 1 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let broken = site.new_events(&mut seen);
    assert_eq!(
        gists(&broken),
        json!([
            ["manifest", "accepted", 2, "break_glass", "offered", 7],
            ["manifest", "accepted", 3, "break_glass_over", "kept", 7]
        ])
    );
    assert_eq!(broken[0]["trust"]["officers"], json!(["wang"]));

    // Each is a record like any other, and is found by its id.
    let show = |id: &str| tongban::ledger::find(&at.join("ledger.ndjson"), id).unwrap();
    let whole = tongban::ledger::verify(&at.join("ledger.ndjson")).unwrap();
    assert_eq!(whole.records as usize, seen);
    let lines = fs::read_to_string(at.join("ledger.ndjson")).unwrap();
    assert!(lines.lines().all(|line| show(&line[9..41]).is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_is_recorded_as_not_holding() {
    let site = Site::start("").await;
    let at = site.at.clone();
    let mut seen = 0;
    site.new_events(&mut seen);
    // A directory where the state keeps the manifest: no file takes its place.
    fs::remove_file(at.join("state/manifest")).unwrap();
    fs::create_dir_all(at.join("state/manifest/x")).unwrap();
    publish(&at, "the second");
    site.running().reload().await.unwrap_err();
    assert_eq!(
        gists(&site.new_events(&mut seen)),
        json!([
            ["manifest", "accepted", 2, "manifest", "offered", 2],
            ["manifest", "trust.not_kept", 2, "not_kept", null, 2]
        ])
    );
    assert_eq!(site.metric("tongban_trust_version").await, 1);
    assert_eq!(site.ask(HOUSING).await.0, 200);
    // However often the gateway looks, it is on record once.
    for _ in 0..2 {
        site.running().reload().await.unwrap_err();
    }
    assert_eq!(gists(&site.new_events(&mut seen)), json!([]));

    // A suspension takes effect beside it, and is on record once as well.
    suspend(&at, "department", HOUSING);
    for _ in 0..2 {
        site.running().reload().await.unwrap_err();
    }
    assert_eq!(
        gists(&site.new_events(&mut seen)),
        json!([["suspension", "accepted", 2, "suspension", "offered", null]])
    );
    assert_eq!(site.ask(HOUSING).await.0, 403);
    assert_eq!(site.metric("tongban_trust_version").await, 1);

    // Once it can be kept, it holds, and so does the suspension.
    fs::remove_dir_all(at.join("state/manifest")).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(
        gists(&site.new_events(&mut seen)),
        json!([["manifest", "accepted", 3, "manifest", "offered", 2]])
    );
    assert_eq!(site.metric("tongban_trust_version").await, 2);
    assert_eq!(site.ask(HOUSING).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_beside_what_cannot_be_kept_holds_at_once() {
    let site = Site::start("").await;
    let at = site.at.clone();
    let mut seen = 0;
    site.new_events(&mut seen);
    fs::remove_file(at.join("state/manifest")).unwrap();
    fs::create_dir_all(at.join("state/manifest/x")).unwrap();
    publish(&at, "the second");
    suspend(&at, "department", HOUSING);
    site.running().reload().await.unwrap_err();
    assert_eq!(
        gists(&site.new_events(&mut seen)),
        json!([
            ["suspension", "accepted", 2, "suspension", "offered", null],
            ["manifest", "accepted", 3, "manifest", "offered", 2],
            ["manifest", "trust.not_kept", 3, "not_kept", null, 2]
        ])
    );
    assert_eq!(site.ask(HOUSING).await.0, 403);
    assert_eq!(site.metric("tongban_trust_version").await, 1);
}
