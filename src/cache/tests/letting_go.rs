//! What operators let go of, and what providers hear of.

use super::*;
use crate::catalog::ServiceId;
use crate::identifier::Province;
use crate::policy::{Purpose, tests::permit as permit_for};

fn all_of(pseudonym: &str) -> Purge {
    Purge { subject: Some(pseudonym.to_owned()), ..Purge::default() }
}

#[tokio::test]
async fn the_next_request_finds_nothing_of_it() {
    let fixture = Fixture::new();
    let hunan = Province::parse("43").unwrap();
    let of = |service: &str| Purge { service: ServiceId::parse(service), ..Purge::default() };
    for (purge, goes) in [
        (all_of("a"), true),
        (all_of("b"), false),
        (of(PERSONAL), true),
        (of(SENSITIVE), false),
        (Purge { province: Some(hunan), ..Purge::default() }, true),
        (Purge { province: Province::parse("44").ok(), ..Purge::default() }, false),
        (Purge { province: Some(hunan), ..all_of("a") }, true),
        (Purge { province: Some(hunan), ..all_of("b") }, false),
    ] {
        fixture.answers.purge(&Purge { province: Some(hunan), ..Purge::default() });
        assert_eq!(fixture.answered(&personal(100)).await, CacheState::Miss);
        assert_eq!(fixture.answers.purge(&purge), u64::from(goes), "{purge:?}");
        let expected = if goes { CacheState::Miss } else { HIT(0) };
        assert_eq!(fixture.answered(&personal(100)).await, expected, "{purge:?}");
    }
}

#[tokio::test]
async fn a_fetch_that_began_before_fills_nothing_after() {
    let fixture = Fixture::new();
    let asked = personal(100);
    let (open, gate) = oneshot::channel::<()>();
    let begun = Arc::new(Notify::new());
    let fetch = {
        let begun = Arc::clone(&begun);
        async move {
            begun.notify_one();
            gate.await.unwrap();
            Ok(answer())
        }
    };
    let mut before = Box::pin(asked.of(&fixture.answers, fetch));
    tokio::select! {
        biased;
        _ = &mut before => panic!("nobody has answered"),
        () = begun.notified() => {}
    }
    assert_eq!(fixture.answers.purge(&all_of("a")), 1);
    // Who asks now asks anew, and is not mixed up with the one before.
    assert_eq!(fixture.answered(&asked).await, CacheState::Miss);
    let after = fixture.fetched.load(Ordering::SeqCst);
    open.send(()).unwrap();
    assert_eq!(before.await.unwrap().1, CacheState::Miss, "who waited has an answer");
    assert_eq!((after, fixture.answered(&asked).await), (1, HIT(0)));
    assert_eq!(fixture.answers.purge(&all_of("a")), 1, "the one that was kept is the later one");
}

#[tokio::test]
async fn what_was_let_go_of_does_not_stand_in() {
    let fixture = Fixture::new();
    let asked = standing_in::company(100);
    assert_eq!(fixture.answered(&asked).await, CacheState::Miss);
    fixture.later(200);
    assert_eq!(fixture.answers.purge(&all_of("a")), 1);
    assert!(asked.of(&fixture.answers, async { Err(Failed) }).await.is_err());
}

#[tokio::test]
async fn providers_hear_once_of_what_was_given_again() {
    let fixture = Fixture::new();
    let permit = allowing(PERSONAL, "xm", 100);
    let told = |answers: u64, fails: bool| {
        let (permit, answers_kept) = (permit.clone(), &fixture.answers);
        async move {
            answers_kept.purge(&all_of("a"));
            let fetch = |_, reuse: Reuse| {
                assert_eq!(reuse.answers(), answers);
                if fails {
                    reuse.not_told();
                }
                async move { if fails { Err(Failed) } else { Ok(answer()) } }
            };
            let _ = answers_kept.get(&admission(permit), subject("a", None), someday(), fetch).await;
        }
    };
    told(0, false).await;
    for _ in 0..3 {
        assert_eq!(fixture.answered(&personal(100)).await, HIT(0));
    }
    // What another gateway gave again counts as well, and what is not told is told the next time.
    fixture.answers.reused(&permit, 4);
    told(7, true).await;
    told(7, false).await;
    told(0, false).await;
    // Another service hears nothing of it.
    fixture.answers.reused(&permit, 1);
    let other = permit_for("jy.unemployment.query", "@fields(\"state\")\n@cache(\"100\")");
    assert_eq!(other.purpose(), &Purpose::parse(permit.purpose().as_str()).unwrap());
    let fetch = |_, reuse: Reuse| {
        assert_eq!(reuse.answers(), 0);
        async { Ok(answer()) }
    };
    fixture.answers.get(&admission(other), subject("a", None), someday(), fetch).await.unwrap();
}
