//! How long it holds what officers publish, in an emergency and beyond its end, and who follows them: at running gateways. What
//! one of them alone may do is not tried here.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;

use tongban::clock::{Clock, FixedClock, SystemClock, Timestamp};
use tongban::crypto::DigestAlgorithm;
use tongban::gateway::Prepared;
use tongban::manifest::{FilePath, Scheme};
use tongban::rulebook::store;
use tongban::trust::{Change, Proposal};

use crate::officers::{change, key, office, officers_in_config, propose, propose_files, publish, publisher};
use crate::trust::{ConcatKeys, DAY, Site, WIDER, officers, put, put_as, wang, widening, wider};
use crate::world::{EDUCATION, HOUSING, PATIENCE};

#[tokio::test(flavor = "multi_thread")]
async fn break_glass_holds_for_a_while_and_shows() {
    let mut site = Site::start("").await;
    let text = fs::read_to_string(&site.files.asking).unwrap();
    let open = text.replace("state = \"state\"\n", "state = \"state\"\nbreak_glass = true\n");
    fs::write(&site.files.asking, open).unwrap();
    site.restart().await;
    let at = site.at.clone();
    let emergency = |now: Timestamp, seconds: i64| {
        let expires = now.plus_millis(seconds * 1000);
        let change = Change { break_glass: true, expires, ..change("nobody else can be reached") };
        let proposal = widening(&at, change, &wang());
        publisher(&at).publish(&proposal, now).map(|_| ())
    };
    emergency(SystemClock.now(), 25 * 3600).unwrap_err();
    assert_eq!(site.metric("tongban_trust_break_glass").await, 0);
    emergency(SystemClock.now(), 24 * 3600 - 1).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(site.ask(EDUCATION).await.0, 200);
    assert_eq!(site.metric("tongban_trust_break_glass").await, 1);
    // It is kept, and what two officers publish next ends it.
    site.restart().await;
    assert_eq!(site.ask(EDUCATION).await.0, 200);
    publish(&at, "reviewed");
    site.running().reload().await.unwrap();
    site.assert_not_widened("after the review").await;
    assert_eq!(site.metric("tongban_trust_break_glass").await, 0);

    // It ends by itself, without a look at the publication.
    // By a clock ahead of the one that proposals are made by, however long that takes.
    let clock = Arc::new(FixedClock::at(SystemClock.now().plus_millis(3_600_000)));
    site.by_officers_clock(clock.clone()).await;
    emergency(clock.now(), 1).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(site.ask(EDUCATION).await.0, 200);
    clock.set(clock.now().plus_millis(1_001));
    let over = async {
        while site.metric("tongban_trust_break_glass").await == 1 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, over).await.expect("the emergency does not end");
    site.assert_not_widened("after its time").await;

    // A gateway that no longer allows it forgets it.
    emergency(clock.now(), 3600).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(site.ask(EDUCATION).await.0, 200);
    fs::write(&site.files.asking, text).unwrap();
    site.restart().await;
    site.assert_not_widened("where it is not allowed").await;
}

/// A gateway that allows break-glass.
async fn allowing() -> Site {
    let mut site = Site::start("").await;
    let text = fs::read_to_string(&site.files.asking).unwrap();
    fs::write(
        &site.files.asking,
        text.replace("state = \"state\"\n", "state = \"state\"\nbreak_glass = true\n"),
    )
    .unwrap();
    site.restart().await;
    site
}

/// Wang alone has the education department ask, from `created` until `expires`.
fn alone(at: &Path, created: Timestamp, expires: Timestamp) -> Proposal {
    let mut files = store::files(at).unwrap();
    files.insert(FilePath::parse(WIDER).unwrap(), wider().into_bytes());
    let change = Change { break_glass: true, expires, ..change("nobody else can be reached") };
    let mut proposal = propose_files(at, files, change, created);
    proposal.approve(&wang()).unwrap();
    proposal
}

const HOUR: i64 = 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn no_emergency_keeps_a_gateway_from_starting() {
    let mut site = allowing().await;
    let at = site.at.clone();
    let now = SystemClock.now();
    let then = now.plus_millis(-2 * HOUR);
    let clock = Arc::new(FixedClock::at(then));
    site.by_officers_clock(clock.clone()).await;
    let over = alone(&at, then, then.plus_millis(HOUR));
    publisher(&at).publish(&over, then).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(site.ask(EDUCATION).await.0, 200);
    let name = DigestAlgorithm::Sha256.digest(wider().as_bytes()).hex();
    assert!(at.join("state/files").join(&name).exists());
    clock.set(now);
    site.running().reload().await.unwrap();
    site.assert_not_widened("after its time").await;
    assert!(at.join("state/break-glass").exists() && !at.join("state/files").join(&name).exists());
    site.restart().await;
    site.assert_not_widened("after a restart").await;
    assert_eq!(site.metric("tongban_trust_break_glass_unreviewed").await, 1);

    // One that could hold still is read again where its files are astray, and without them what held before holds.
    let still = alone(&at, now, then.plus_millis(12 * HOUR));
    publisher(&at).publish(&still, now).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(site.ask(EDUCATION).await.0, 200);
    fs::write(at.join("state/files").join(&name), "damaged").unwrap();
    site.restart().await;
    assert_eq!(site.ask(EDUCATION).await.0, 200);
    fs::remove_file(at.join("state/files").join(&name)).unwrap();
    fs::remove_file(at.join("published/files").join(&name)).unwrap();
    site.restart().await;
    site.assert_not_widened("without its files").await;
    assert!(site.refused().await.contains("`trust.file_missing`"));
    assert_eq!(site.ask(HOUSING).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn emergencies_end_together_whoever_renews_them() {
    let mut site = allowing().await;
    let at = site.at.clone();
    let first = Timestamp::from_seconds(SystemClock.now().plus_millis(-10 * HOUR).seconds());
    let hour = |hours: i64| first.plus_millis(hours * HOUR);
    let clock = Arc::new(FixedClock::at(first));
    site.by_officers_clock(clock.clone()).await;
    publisher(&at).publish(&alone(&at, first, hour(23)), first).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(site.ask(EDUCATION).await.0, 200);

    clock.set(hour(9));
    let late = alone(&at, hour(9), hour(33));
    let refused = publisher(&at).publish(&late, clock.now()).unwrap_err();
    assert_eq!(refused.code(), "trust.break_glass_chain");
    publisher(&at).publish(&alone(&at, hour(9), hour(24)), clock.now()).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(site.ask(EDUCATION).await.0, 200);
    // Gateways remember when the first was made, over a restart and though the publication tells it no more.
    site.by_officers_clock(clock.clone()).await;
    fs::remove_file(at.join("published/break-glass-first")).unwrap();
    let later = alone(&at, hour(10), hour(33));
    put_as(&at, &later, &later.note().to_string(), "break-glass");
    assert!(site.refused().await.contains("`trust.break_glass_chain`"));
    clock.set(hour(24));
    let last = alone(&at, hour(24), hour(25));
    put_as(&at, &last, &last.note().to_string(), "break-glass");
    assert!(site.refused().await.contains("`trust.break_glass_chain`"));
    site.assert_not_widened("a day after the first").await;
    assert_eq!(site.metric("tongban_trust_break_glass_unreviewed").await, 1);
    // Where two agree, one may act again.
    publish(&at, "reviewed");
    site.running().reload().await.unwrap();
    assert_eq!(site.metric("tongban_trust_break_glass_unreviewed").await, 0);
    publisher(&at).publish(&alone(&at, hour(24), hour(48)), clock.now()).unwrap();
    site.running().reload().await.unwrap();
    assert_eq!(site.ask(EDUCATION).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_ends_though_its_source_does_not_answer() {
    let mut site = allowing().await;
    let at = site.at.clone();
    let now = SystemClock.now();
    let clock = Arc::new(FixedClock::at(now));
    site.by_officers_clock(clock.clone()).await;
    publisher(&at).publish(&alone(&at, now, now.plus_millis(HOUR)), now).unwrap();
    site.running().reload().await.unwrap();
    // It is published at an address now, which turns away whoever comes, and later lets them wait.
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("source = \"https://{}/\"\npoll_seconds = 1", socket.local_addr().unwrap());
    let (hangs, waiting) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let held = (Arc::clone(&hangs), Arc::clone(&waiting));
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            if held.0.load(Ordering::SeqCst) {
                held.1.lock().unwrap().push(stream);
            }
        }
    });
    let text = fs::read_to_string(&site.files.asking).unwrap();
    let slow = format!("{}[trust.limits]\nread_ms = 600000\n", text.replace("source = \"published\"", &url));
    fs::write(&site.files.asking, slow).unwrap();
    site.by_officers_clock(clock.clone()).await;
    assert_eq!(site.ask(EDUCATION).await.0, 200);
    hangs.store(true, Ordering::SeqCst);
    let pause = || tokio::time::sleep(std::time::Duration::from_millis(20));
    let looks = async {
        while waiting.lock().unwrap().is_empty() {
            pause().await;
        }
    };
    tokio::time::timeout(PATIENCE, looks).await.expect("nobody looks");
    clock.set(now.plus_millis(HOUR));
    let over = async {
        while site.metric("tongban_trust_break_glass").await == 1 {
            pause().await;
        }
    };
    tokio::time::timeout(PATIENCE, over).await.expect("the emergency waits for its source");
    site.assert_not_widened("while the source is waited for").await;
    assert_eq!(waiting.lock().unwrap().len(), 1);
    // Whoever waits is let go, for the look to end.
    hangs.store(false, Ordering::SeqCst);
    waiting.lock().unwrap().clear();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_outlives_its_source_and_its_expiry() {
    let mut site = Site::start("").await;
    let at = site.at.clone();
    // It was offered a day ago, and is over since a minute.
    let now = SystemClock.now();
    let (then, expires) = (now.plus_millis(-DAY), now.plus_millis(-60_000));
    let clock = Arc::new(FixedClock::at(then));
    site.by_officers_clock(clock.clone()).await;
    let mut proposal = propose(&at, Change { expires, ..change("for a day") }, then);
    proposal.approve(&office().1).unwrap();
    publisher(&at).publish(&proposal, then).unwrap();
    site.running().reload().await.unwrap();
    clock.set(now);
    site.running().reload().await.unwrap();
    assert_eq!(
        (site.metric("tongban_trust_expired").await, site.metric("tongban_trust_version").await),
        (1, 2)
    );
    assert_eq!(site.metric("tongban_trust_expires_timestamp_seconds").await, expires.seconds());
    fs::rename(at.join("published"), at.join("away")).unwrap();
    site.restart().await;
    assert_eq!(site.ask(HOUSING).await.0, 200);
    assert!(site.refused().await.contains("`trust.unreadable`"));
    // A gateway that never accepted it does not begin with it.
    fs::rename(at.join("away"), at.join("published")).unwrap();
    fs::remove_dir_all(at.join("state")).unwrap();
    let refused = Prepared::load(&site.files.asking).err().unwrap();
    assert!(refused[0].reason.starts_with("`trust.expired`"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn officers_are_changed_by_officers_and_late_gateways_catch_up() {
    let mut site = Site::start("").await;
    let at = site.at.clone();
    // Li leaves and Chen comes: Wang and Li agree, and so does who stays with who comes.
    let hand_over = Change { officers: officers(&["wang", "chen"]), ..change("Li retires") };
    let mut proposal = propose(&at, hand_over.clone(), SystemClock.now());
    proposal.approve(&office().1).unwrap();
    publisher(&at).publish(&proposal, SystemClock.now()).unwrap_err();
    proposal.approve(&[key("chen", Scheme::Ed25519)]).unwrap();
    publisher(&at).publish(&proposal, SystemClock.now()).unwrap();
    for reason in ["the first by Chen", "the second by Chen"] {
        let next = Change { reason: reason.to_owned(), ..hand_over.clone() };
        let mut proposal = propose(&at, next, SystemClock.now());
        proposal.approve(&[wang(), vec![key("chen", Scheme::Ed25519)]].concat_keys()).unwrap();
        publisher(&at).publish(&proposal, SystemClock.now()).unwrap();
    }
    // One that runs, one that starts again, and one that starts for the first time, with the officers of the config.
    site.running().reload().await.unwrap();
    assert_eq!(site.metric("tongban_trust_version").await, 4);
    site.restart().await;
    fs::remove_dir_all(at.join("state")).unwrap();
    site.restart().await;
    assert_eq!(site.metric("tongban_trust_version").await, 4);
    // Li and Wang are not enough any more.
    let mut old = propose(&at, hand_over, SystemClock.now());
    old.approve(&office().1).unwrap();
    put(&at, &old, &old.note().to_string());
    assert!(site.refused().await.contains("`trust.unknown_officer`"));
    // Nor where one begins whose config names those who are officers now.
    let text = fs::read_to_string(&site.files.asking).unwrap();
    let (before, now) = (officers_in_config(&office().0), officers_in_config(&officers(&["wang", "chen"])));
    fs::write(&site.files.asking, text.replace(&before, &now)).unwrap();
    fs::remove_dir_all(at.join("state")).unwrap();
    assert!(Prepared::load(&site.files.asking).is_err());
}
