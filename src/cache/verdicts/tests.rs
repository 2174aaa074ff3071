//! Verdicts kept and ended, on clocks that stand still until they are moved.

use std::convert::Infallible;
use std::sync::atomic::AtomicUsize;

use bytes::Bytes;
use tokio::sync::Notify;

use super::*;
use crate::clock::ManualSteadyClock;
use crate::trace::Trace;
use crate::verdict::{Code, Format, Reason};
use crate::verifier::Material;

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

fn key(file: &'static str) -> MaterialKey {
    Arc::new(Material::file(Bytes::from_static(file.as_bytes()))).identified().key
}

fn name(number: u8) -> Digest {
    Digest::from([number; 32])
}

fn under(generation: u64) -> Under {
    Under { generation, evidence: 0, at: NOW, purges: 0 }
}

fn change(names: &[u8]) -> RulesChange {
    RulesChange { names: names.iter().map(|number| name(*number)).collect(), ..RulesChange::default() }
}

/// A judgement for `at` that rests on what `mark` says.
fn judged(at: Timestamp, mark: impl FnOnce(&mut Trace)) -> Arc<Judged> {
    let mut trace = Trace::default();
    trace.begin(at);
    mark(&mut trace);
    let judgement = Judgement::unread(Format::Unknown, Reason::new(Code::DocumentEmpty, ""));
    Arc::new(Judged { judgement, trace })
}

struct Desk {
    verdicts: Arc<Verdicts>,
    steady: Arc<ManualSteadyClock>,
}

impl Desk {
    fn new(config: &Config) -> Self {
        let steady = Arc::new(ManualSteadyClock::default());
        let clock: Arc<dyn Elapsed> = steady.clone();
        Self { verdicts: Arc::new(Verdicts::new(config, clock, &mut Metrics::new())), steady }
    }

    /// Where the verdict on `file` comes from.
    async fn ask(&self, file: &'static str, under: Under, mark: impl Fn(&mut Trace)) -> &'static str {
        let under = Under { purges: self.verdicts.purges(), ..under };
        let judge = || async { Ok::<_, Infallible>(judged(under.at, &mark)) };
        self.verdicts.get(key(file), under, true, judge).await.unwrap().1.as_str()
    }
}

fn of(number: u8) -> impl Fn(&mut Trace) {
    move |trace| trace.looked_for(name(number))
}

#[tokio::test]
async fn a_publication_ends_what_rests_on_it_and_nothing_else() {
    let desk = Desk::new(&Config::default());
    let everywhere = |trace: &mut Trace| trace.looked_everywhere();
    for round in ["miss", "hit"] {
        assert_eq!(desk.ask("a", under(1), of(1)).await, round);
        assert_eq!(desk.ask("b", under(1), of(2)).await, round);
        assert_eq!(desk.ask("everywhere", under(1), everywhere).await, round);
        assert_eq!(desk.ask("no chain", under(1), |_| {}).await, round);
    }
    // Nothing that verdicts rest on: an agreement, say.
    desk.verdicts.rules_change(2, &RulesChange::default());
    for file in ["a", "b", "everywhere", "no chain"] {
        assert_eq!(desk.ask(file, under(2), |_| panic!("judged anew")).await, "hit", "{file}");
    }
    desk.verdicts.rules_change(3, &change(&[1]));
    assert_eq!(desk.ask("b", under(3), |_| panic!("judged anew")).await, "hit");
    assert_eq!(desk.ask("no chain", under(3), |_| panic!("judged anew")).await, "hit");
    assert_eq!(desk.ask("everywhere", under(3), everywhere).await, "miss");
    // What is judged by the old rules, for who came under them, is not taken for new.
    assert_eq!(desk.ask("a", under(2), of(1)).await, "miss");
    assert_eq!(desk.ask("a", under(3), of(1)).await, "miss");
    // Nor is the new taken for old, or the old put in its place.
    assert_eq!(desk.ask("a", under(2), of(1)).await, "bypass");
    assert_eq!(desk.ask("a", under(3), |_| panic!("judged anew")).await, "hit");
}

#[tokio::test]
async fn what_is_on_its_way_under_old_rules_does_not_count_as_new() {
    let desk = Desk::new(&Config::default());
    for (purged, after) in [(false, 2), (true, 1)] {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let file = if purged { "purged" } else { "published" };
        let late = tokio::spawn({
            let (verdicts, begun, go) = (Arc::clone(&desk.verdicts), Arc::clone(&begun), Arc::clone(&go));
            async move {
                let judge = || async {
                    begun.notify_one();
                    go.notified().await;
                    Ok::<_, Infallible>(judged(NOW, of(1)))
                };
                verdicts.get(key(file), under(1), true, judge).await.unwrap().1.as_str()
            }
        });
        begun.notified().await;
        if purged {
            desk.verdicts.purge();
        } else {
            desk.verdicts.rules_change(2, &change(&[1]));
        }
        go.notify_one();
        assert_eq!(late.await.unwrap(), "miss");
        assert_eq!(desk.ask(file, under(after), of(1)).await, "miss", "{file}");
        assert_eq!(desk.ask(file, under(after), |_| panic!("judged anew")).await, "hit", "{file}");
    }
}

#[tokio::test]
async fn it_holds_to_the_millisecond_and_not_before_it_was_judged() {
    let desk = Desk::new(&Config::default());
    let until = NOW.plus_millis(5_000);
    let ends = |trace: &mut Trace| trace.may_change_at(until);
    let at = |millis: i64| Under { at: NOW.plus_millis(millis), ..under(1) };
    assert_eq!(desk.ask("a", at(0), ends).await, "miss");
    assert_eq!(desk.ask("a", at(4_999), |_| panic!("judged anew")).await, "hit");
    assert_eq!(desk.ask("a", at(5_000), ends).await, "miss");
    // The clock steps back: what was judged for later says nothing about now.
    assert_eq!(desk.ask("a", at(4_999), ends).await, "miss");
    assert_eq!(desk.ask("a", at(4_998), ends).await, "miss");
    assert_eq!(desk.ask("a", at(4_998), |_| panic!("judged anew")).await, "hit");
    // The steady clock ends it as well, though the other stands still.
    assert_eq!(desk.ask("b", at(0), |_| {}).await, "miss");
    desk.steady.advance(Duration::from_millis(299_999));
    assert_eq!(desk.ask("b", at(0), |_| panic!("judged anew")).await, "hit");
    desk.steady.advance(Duration::from_millis(1));
    assert_eq!(desk.ask("b", at(0), |_| {}).await, "miss");
    // Of what nobody can say how long it holds, nothing is kept.
    for _ in 0..2 {
        assert_eq!(desk.ask("open", at(0), Trace::leave_open).await, "miss");
    }
}

#[tokio::test]
async fn new_evidence_and_purges_are_seen_by_the_next() {
    let desk = Desk::new(&Config::default());
    assert_eq!(desk.ask("a", under(1), of(1)).await, "miss");
    assert_eq!(desk.ask("none", under(1), |_| {}).await, "miss");
    let newer = Under { evidence: 1, ..under(1) };
    assert_eq!(desk.ask("a", newer, of(1)).await, "miss");
    assert_eq!(desk.ask("none", newer, |_| panic!("judged anew")).await, "hit");
    desk.verdicts.purge();
    assert_eq!(desk.ask("a", newer, of(1)).await, "miss");
    assert_eq!(desk.ask("none", newer, |_| {}).await, "miss");
    // One that was made before a purge is not kept after it.
    let judge = || async { Ok::<_, Infallible>(judged(NOW, |_| {})) };
    let before = Under { purges: 0, ..under(1) };
    assert_eq!(desk.verdicts.get(key("late"), before, true, judge).await.unwrap().1.as_str(), "miss");
    assert_eq!(desk.ask("late", under(1), |_| {}).await, "miss");
    let off = Desk::new(&Config { verdicts: false, ..Config::default() });
    for _ in 0..2 {
        assert_eq!(off.ask("a", under(1), of(1)).await, "bypass");
    }
}

#[tokio::test]
async fn those_who_ask_together_share_one_judgement() {
    let desk = Desk::new(&Config::default());
    let (count, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let ask = || {
        let (verdicts, count, go) = (Arc::clone(&desk.verdicts), Arc::clone(&count), Arc::clone(&go));
        tokio::spawn(async move {
            let judge = || async {
                count.fetch_add(1, Ordering::SeqCst);
                go.notified().await;
                Ok::<_, Infallible>(judged(NOW, of(1)))
            };
            verdicts.get(key("a"), under(1), true, judge).await.unwrap().1.as_str()
        })
    };
    let tasks: Vec<_> = (0..50).map(|_| ask()).collect();
    while count.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    go.notify_one();
    let mut states = Vec::new();
    for task in tasks {
        states.push(task.await.unwrap());
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert_eq!(states.iter().filter(|state| **state == "miss").count(), 1);
    assert!(states.iter().all(|state| ["miss", "coalesced", "hit"].contains(state)), "{states:?}");
}

#[tokio::test]
async fn memory_is_bounded_in_bytes() {
    let desk = Desk::new(&Config { verdict_bytes: 50_000, ..Config::default() });
    for number in 0..1_000_u32 {
        let key = Arc::new(Material::file(Bytes::from(number.to_string()))).identified().key;
        let judge = || async { Ok::<_, Infallible>(judged(NOW, of(1))) };
        desk.verdicts.get(key, under(1), true, judge).await.unwrap();
    }
    desk.verdicts.kept.run_pending_tasks().await;
    let kept = desk.verdicts.kept.weighted_size();
    assert!((2_000..=50_000).contains(&kept), "{kept}");
}
