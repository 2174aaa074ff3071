//! Older answers in the stead of those that cannot be had, and what must never be kept.

use super::*;

/// An enterprise's registration, which may stand in for a day (`stale_seconds` of the catalog).
pub(super) fn company(seconds: u32) -> Asked {
    Asked(allowing("sw.ent.base", "entname", seconds), subject("a", None))
}

async fn failing(fixture: &Fixture, asked: &Asked) -> Result<CacheState, Failed> {
    asked.of(&fixture.answers, async { Err(Failed) }).await.map(|(_, state)| state)
}

const STALE: fn(u64, u64) -> CacheState =
    |age_seconds, over_seconds| CacheState::Stale { age_seconds, over_seconds };

#[tokio::test]
async fn an_older_answer_stands_in_where_the_service_allows_it() {
    let fixture = Fixture::new();
    assert_eq!(fixture.answered(&company(100)).await, CacheState::Miss);
    fixture.later(100);
    assert_eq!(failing(&fixture, &company(100)).await, Ok(STALE(100, 0)));
    fixture.later(50);
    assert_eq!(failing(&fixture, &company(100)).await, Ok(STALE(150, 50)));
    assert_eq!(fixture.get(&company(100), Outcome::Unavailable).await, STALE(150, 50));
    // As soon as it can be had it is had.
    assert_eq!(fixture.answered(&company(100)).await, CacheState::Miss);
    assert_eq!(failing(&fixture, &company(100)).await, Ok(HIT(0)));
    fixture.later(100 + 86_399);
    assert_eq!(failing(&fixture, &company(100)).await, Ok(STALE(100 + 86_399, 86_399)));
    fixture.later(1);
    assert_eq!(failing(&fixture, &company(100)).await, Err(Failed));
}

#[tokio::test]
async fn elsewhere_there_is_no_answer_instead() {
    let fixture = Fixture::new();
    assert_eq!(fixture.answered(&personal(100)).await, CacheState::Miss);
    let sensitive = Asked(allowing(SENSITIVE, "aae140", 3600), subject("a", Some("case 1")));
    assert_eq!(fixture.answered(&sensitive).await, CacheState::Miss);
    // That there was no record may have changed.
    let no_record = Asked(allowing("sw.ent.base", "entname", 100), subject("b", None));
    assert_eq!(fixture.get(&no_record, Outcome::NoRecord).await, CacheState::Miss);
    fixture.later(301);
    for asked in [personal(100), sensitive, no_record] {
        assert_eq!(failing(&fixture, &asked).await, Err(Failed));
    }
}

#[tokio::test]
async fn a_refusal_of_the_other_side_is_no_excuse() {
    use crate::upstream::Error;
    let refused = Error::Refused { code: "policy.denied".to_owned(), record: None, retry_after: None };
    assert!(!refused.excuses());
    for error in [Error::Busy, Error::Deadline, Error::Failed { status: 503 }, Error::late()] {
        assert!(error.excuses(), "{error}");
    }
}

#[tokio::test]
async fn age_at_other_gateways_counts() {
    let fixture = Fixture::new();
    let asked = company(100);
    let aged = |age, over: Option<u64>| {
        let over = over.map(Duration::from_secs);
        asked.of(&fixture.answers, async move { Ok(answer().aged(Duration::from_secs(age), over)) })
    };
    assert_eq!(aged(40, None).await.unwrap().1, CacheState::Miss);
    fixture.later(59);
    assert_eq!(fixture.answered(&asked).await, HIT(99));
    fixture.later(1);
    // What came too old is marked and kept for nobody.
    assert_eq!(aged(500, Some(200)).await.unwrap().1, STALE(500, 200));
    assert_eq!(aged(100, None).await.unwrap().1, CacheState::Miss);
    assert_eq!(fixture.answered(&asked).await, CacheState::Miss);
}

#[tokio::test]
async fn whether_somebody_lives_and_who_somebody_is_are_asked_each_time() {
    for (service, fields) in [
        ("hj.identity.verify", "xm_ppddm"),
        ("hj.death.query", "swrq"),
        ("hj.death.query", "swbs,hhrq"),
        ("hj.baseinfo.query", "xm,swbs"),
        ("yl.remote.submit", "state"),
        ("yl.transfer.cert", "state"),
    ] {
        let permit = permit(service, &format!("@fields(\"{fields}\")\n@cache(\"3600\")"));
        let asked = Asked(permit, subject("a", Some("case 1")));
        assert!(asked.key().life().is_zero() && asked.key().grace().is_zero(), "{service} {fields}");
    }
    // What stays inside may be kept.
    assert!(!personal(100).key().life().is_zero());
}
