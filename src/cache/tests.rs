//! Who shares an answer with whom, and for how long.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::sync::{Notify, oneshot};

use super::*;
use crate::clock::ManualSteadyClock;
use crate::crypto::DigestAlgorithm;
use crate::disclosure::Document;
use crate::policy::Permit;
use crate::policy::tests::permit;
use crate::quota::tests::admission;

mod letting_go;
mod sharing;
mod standing_in;

/// Sensitivity 2, a day in the catalog.
const PERSONAL: &str = "hj.baseinfo.query";

/// Sensitivity 3, an hour in the catalog.
const SENSITIVE: &str = "sb.insured.query";

#[derive(Clone, Debug, PartialEq)]
struct Failed;

impl Failure for Failed {
    fn late() -> Self {
        Self
    }

    fn excuses(&self) -> bool {
        true
    }
}

impl From<CutShort> for Failed {
    fn from(_: CutShort) -> Self {
        Self
    }
}

/// What is asked: under which permit, about whom.
#[derive(Clone)]
struct Asked(Permit, Subject);

impl Asked {
    fn key(&self) -> Key {
        Key::new(&self.0, self.1.clone(), Duration::from_secs(Config::default().case_seconds.into()))
    }

    async fn of<F: Future<Output = Result<Answer, Failed>> + Send + 'static>(
        &self,
        answers: &Answers<Failed>,
        fetch: F,
    ) -> Result<(Arc<Answer>, CacheState), Failed> {
        let got = answers.get(&admission(self.0.clone()), self.1.clone(), someday(), |_, _| fetch).await;
        got.map(|(answer, state)| (answer, plain(state)))
    }
}

/// A deadline that does not come.
fn someday() -> tokio::time::Instant {
    tokio::time::Instant::now() + Duration::from_secs(600)
}

/// How long a hit would still be given is for tests of their own.
fn plain(state: CacheState) -> CacheState {
    match state {
        CacheState::Hit { age_seconds, .. } => HIT(age_seconds),
        other => other,
    }
}

fn document(data: &serde_json::Value) -> Document {
    Document::parse(&data.to_string()).unwrap()
}

fn answer() -> Answer {
    Answer::new(Outcome::Answered, document(&json!({})), None, 2)
}

struct Fixture {
    answers: Answers<Failed>,
    clock: Arc<ManualSteadyClock>,
    fetched: Arc<AtomicUsize>,
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(ManualSteadyClock::default());
        let elapsed: Arc<dyn Elapsed> = clock.clone();
        let answers: Answers<Failed> = Answers::new(&Config::default(), elapsed, &mut Metrics::new());
        Self { answers, clock, fetched: Arc::default() }
    }

    async fn get(&self, asked: &Asked, outcome: Outcome) -> CacheState {
        let fetched = Arc::clone(&self.fetched);
        let fetch = async move {
            fetched.fetch_add(1, Ordering::SeqCst);
            Ok(Answer::new(outcome, document(&json!({ "xm": "张三" })), None, 20))
        };
        asked.of(&self.answers, fetch).await.unwrap().1
    }

    async fn answered(&self, asked: &Asked) -> CacheState {
        self.get(asked, Outcome::Answered).await
    }

    fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn allowing(service: &str, field: &str, seconds: u32) -> Permit {
    permit(service, &format!("@fields(\"{field}\")\n@cache(\"{seconds}\")"))
}

fn subject(pseudonym: &str, case: Option<&str>) -> Subject {
    let digest = |text: &str| DigestAlgorithm::Sm3.digest(text.as_bytes());
    Subject { pseudonym: pseudonym.to_owned(), query: digest("query"), case: case.map(digest) }
}

fn personal(seconds: u32) -> Asked {
    Asked(allowing(PERSONAL, "xm", seconds), subject("a", None))
}

const HIT: fn(u64) -> CacheState = |age_seconds| CacheState::Hit { age_seconds, left_seconds: 0 };

#[tokio::test]
async fn kept_as_long_as_is_allowed() {
    let fixture = Fixture::new();
    let key = personal(100);
    assert_eq!(fixture.answered(&key).await, CacheState::Miss);
    fixture.later(99);
    assert_eq!(fixture.answered(&key).await, HIT(99));
    fixture.later(1);
    assert_eq!(fixture.answered(&key).await, CacheState::Miss);
    assert_eq!(fixture.fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn each_permit_takes_only_what_is_young_enough_for_it() {
    let fixture = Fixture::new();
    assert_eq!(fixture.answered(&personal(1000)).await, CacheState::Miss);
    fixture.later(50);
    assert_eq!(fixture.answered(&personal(51)).await, HIT(50));
    assert_eq!(fixture.answered(&personal(50)).await, CacheState::Miss);
    // The younger answer serves everyone now, for as long as the permit that fetched it allowed.
    fixture.later(49);
    assert_eq!(fixture.answered(&personal(1000)).await, HIT(49));
    fixture.later(1);
    assert_eq!(fixture.answered(&personal(1000)).await, CacheState::Miss);
}

#[tokio::test]
async fn nothing_is_kept_where_nothing_may_be() {
    let fixture = Fixture::new();
    let identity = permit("hj.identity.verify", "@fields(\"swbs\")\n@cache(\"3600\")");
    let writing = permit("yl.remote.submit", "@fields(\"state\")\n@cache(\"3600\")");
    for key in [personal(0), Asked(identity, subject("a", None)), Asked(writing, subject("a", None))] {
        assert!(key.key().life().is_zero());
        for _ in 0..2 {
            assert_eq!(fixture.answered(&key).await, CacheState::Bypass);
        }
    }
}

#[tokio::test]
async fn sensitive_answers_serve_one_case_for_five_minutes() {
    let fixture = Fixture::new();
    let permit = allowing(SENSITIVE, "aae140", 3600);
    let without = Asked(permit.clone(), subject("a", None));
    assert_eq!(fixture.answered(&without).await, CacheState::Bypass);
    let case = Asked(permit.clone(), subject("a", Some("case 1")));
    assert_eq!(case.key().life(), Duration::from_secs(300));
    assert_eq!(fixture.answered(&case).await, CacheState::Miss);
    for other in [subject("a", Some("case 2")), subject("b", Some("case 1"))] {
        assert_eq!(fixture.answered(&Asked(permit.clone(), other)).await, CacheState::Miss);
    }
    fixture.later(299);
    assert_eq!(fixture.answered(&case).await, HIT(299));
    fixture.later(1);
    assert_eq!(fixture.answered(&case).await, CacheState::Miss);
}

#[tokio::test]
async fn outcomes_that_say_little_are_kept_little() {
    for (outcome, kept_for) in [
        (Outcome::Answered, 1000),
        (Outcome::Mismatch, 1000),
        (Outcome::NoRecord, 60),
        (Outcome::Partial, 0),
        (Outcome::UnderCorrection, 0),
        (Outcome::Unavailable, 0),
    ] {
        let fixture = Fixture::new();
        assert_eq!(fixture.get(&personal(1000), outcome).await, CacheState::Miss);
        if kept_for > 0 {
            fixture.later(kept_for - 1);
            assert_eq!(fixture.get(&personal(1000), outcome).await, HIT(kept_for - 1));
            fixture.later(1);
        }
        assert_eq!(fixture.get(&personal(1000), outcome).await, CacheState::Miss, "{}", outcome.as_str());
    }
}

#[tokio::test]
async fn one_question_at_a_time_asks_once() {
    let fixture = Fixture::new();
    let asked = personal(100);
    let (open, gate) = oneshot::channel::<()>();
    let leader = asked.of(&fixture.answers, async {
        gate.await.unwrap();
        Ok(answer())
    });
    let followers = async {
        let following = || asked.of(&fixture.answers, async { Err(Failed) });
        let open = async {
            tokio::task::yield_now().await;
            open.send(()).unwrap();
        };
        let (first, second, ()) = tokio::join!(following(), following(), open);
        (first.unwrap().1, second.unwrap().1)
    };
    let (led, followed) = tokio::join!(leader, followers);
    assert_eq!(led.unwrap().1, CacheState::Miss);
    assert_eq!(followed, (CacheState::Coalesced, CacheState::Coalesced));
}

#[tokio::test]
async fn whoever_gives_up_leaves_the_others_their_answer() {
    for first_leaves in [true, false] {
        let fixture = Fixture::new();
        let (begun, (asked, (open, gate))) = (Arc::new(Notify::new()), (personal(100), oneshot::channel()));
        let leader = asked.of(&fixture.answers, {
            let begun = Arc::clone(&begun);
            async move {
                begun.notify_one();
                gate.await.unwrap();
                Ok(answer())
            }
        });
        let follower = asked.of(&fixture.answers, async { Err(Failed) });
        let (mut leader, mut follower) = (Box::pin(leader), Box::pin(follower));
        tokio::select! {
            biased;
            _ = &mut leader => panic!("nobody has answered"),
            () = begun.notified() => {}
        }
        tokio::select! {
            biased;
            _ = &mut follower => panic!("nobody has answered"),
            () = tokio::task::yield_now() => {}
        }
        // As a caller's own time limit does to what it waits for.
        let (stays, state): (Pin<Box<dyn Future<Output = _>>>, _) = if first_leaves {
            drop(leader);
            (follower, CacheState::Coalesced)
        } else {
            drop(follower);
            (leader, CacheState::Miss)
        };
        open.send(()).unwrap();
        assert_eq!(stays.await.unwrap().1, state);
        assert_eq!(fixture.answered(&asked).await, HIT(0));
    }
}

#[tokio::test]
async fn what_nobody_shares_ends_with_its_caller() {
    let fixture = Fixture::new();
    let (held, gate) = oneshot::channel::<()>();
    let asked = personal(0);
    let alone = asked.of(&fixture.answers, async {
        gate.await.unwrap();
        Ok(answer())
    });
    tokio::select! {
        biased;
        _ = alone => panic!("nobody has answered"),
        () = tokio::task::yield_now() => {}
    }
    assert!(held.is_closed());
}

#[tokio::test]
async fn failures_reach_all_who_wait_and_are_not_kept() {
    let fixture = Fixture::new();
    let asked = personal(100);
    let failing = || {
        asked.of(&fixture.answers, async {
            tokio::task::yield_now().await;
            Err(Failed)
        })
    };
    let (first, second) = tokio::join!(failing(), failing());
    assert_eq!((first.unwrap_err(), second.unwrap_err()), (Failed, Failed));
    assert_eq!(fixture.answered(&asked).await, CacheState::Miss);
}

#[tokio::test]
async fn what_is_counted_shows() {
    let mut metrics = Metrics::new();
    let answers: Answers<Failed> =
        Answers::new(&Config::default(), Arc::new(ManualSteadyClock::default()), &mut metrics);
    for _ in 0..3 {
        personal(100).of(&answers, async { Ok(answer()) }).await.unwrap();
    }
    let text = metrics.encode();
    assert!(text.contains("tongban_cache_lookups_total{state=\"hit\"} 2"), "{text}");
    assert!(text.contains("tongban_cache_lookups_total{state=\"miss\"} 1"), "{text}");
}

#[tokio::test]
async fn memory_is_bounded() {
    let config = Config { bytes: 100_000, ..Config::default() };
    let clock: Arc<dyn Elapsed> = Arc::new(ManualSteadyClock::default());
    let answers: Answers<Failed> = Answers::new(&config, clock, &mut Metrics::new());
    let permit = allowing(PERSONAL, "xm", 1000);
    for number in 0..1000 {
        let asked = Asked(permit.clone(), subject(&number.to_string(), None));
        let fetch = async { Ok(Answer::new(Outcome::Answered, document(&json!({})), None, 1000)) };
        asked.of(&answers, fetch).await.unwrap();
    }
    answers.kept.run_pending_tasks();
    assert!(answers.kept.weighted_size() <= config.bytes);
    assert!(answers.kept.entry_count() > 50);
}
