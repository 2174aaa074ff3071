//! Limits hold to the request, whatever the clocks do.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;

use super::rates::Allowance;
use super::*;
use crate::clock::{FixedClock, ManualSteadyClock};
use crate::policy::tests::permit;

mod lasting;
mod persons;

const SERVICE: &str = "hj.identity.verify";

fn limited(terms: &str) -> Permit {
    permit(SERVICE, &format!("@fields(\"swbs\")\n{terms}"))
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn quotas(config: &Config) -> (Quotas, Arc<ManualSteadyClock>) {
    let clock = Arc::new(ManualSteadyClock::default());
    let elapsed: Arc<dyn Elapsed> = clock.clone();
    (Quotas::open(config, elapsed, &mut Metrics::new()).unwrap(), clock)
}

/// An admission under `permit`, for tests of the services that take one.
pub(crate) fn admission(permit: Permit) -> Admission {
    let (quotas, _clock) = quotas(&Config::default());
    done(quotas.admit(permit, None, at("2026-11-21T00:00:00Z"))).unwrap()
}

/// What becomes of `future`, whose wakers are not needed: it is looked at again and again.
pub(super) fn done<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(ended) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return ended;
        }
        std::thread::yield_now();
    }
}

fn over(admitted: Result<Admission, Refused>) -> Result<Admission, OverQuota> {
    admitted.map_err(|refused| match refused {
        Refused::Over(over) => over,
        Refused::Uncounted => panic!("what is in memory is always counted"),
    })
}

fn ask(quotas: &Quotas, permit: &Permit, now: Timestamp) -> Result<Admission, OverQuota> {
    over(done(quotas.admit(permit.clone(), None, now)))
}

#[test]
fn a_burst_then_the_rate() {
    let (quotas, clock) = quotas(&Config::default());
    let permit = limited("@rate(\"2/s burst 3\")");
    let now = at("2026-11-21T00:00:00Z");
    for remaining in [2, 1, 0] {
        let admission = ask(&quotas, &permit, now).unwrap();
        let narrowest = admission.standings()[0];
        assert_eq!((narrowest.level, narrowest.remaining), (Level::DepartmentService, remaining));
        assert_eq!((narrowest.limit, narrowest.window_seconds), (3, 2));
    }
    let over = ask(&quotas, &permit, now).unwrap_err();
    let expected =
        OverQuota { level: Level::DepartmentService, limit: 3, window_seconds: 2, retry_after_seconds: 1 };
    assert_eq!(over, expected);
    assert_eq!(over.to_string(), "over the limit of 3 requests in 2 s for department_service");
    clock.advance(Duration::from_millis(499));
    assert!(ask(&quotas, &permit, now).is_err());
    clock.advance(Duration::from_millis(1));
    assert!(ask(&quotas, &permit, now).is_ok());
    assert!(ask(&quotas, &permit, now).is_err());
    clock.advance(Duration::from_secs(3600));
    assert_eq!((0..10).filter(|_| ask(&quotas, &permit, now).is_ok()).count(), 3);
}

#[test]
fn one_service_over_its_limit_leaves_the_others_theirs() {
    let number = |number| NonZeroU32::new(number).unwrap();
    let config =
        Config { department_per_second: number(10), department_burst: number(10), ..Config::default() };
    let (quotas, _clock) = quotas(&config);
    let now = at("2026-11-21T00:00:00Z");
    let narrow = limited("@rate(\"1/s\")");
    let spent = limited("@rate(\"100/s\")\n@daily(\"1\")");
    let wide = permit("hj.baseinfo.query", "@fields(\"xm\")\n@rate(\"1000/s\")");
    assert!(ask(&quotas, &narrow, now).is_ok());
    assert!(ask(&quotas, &spent, now).is_ok());
    for _ in 0..100 {
        assert_eq!(ask(&quotas, &narrow, now).unwrap_err().level, Level::DepartmentService);
        assert_eq!(ask(&quotas, &spent, now).unwrap_err().level, Level::AgreementDay);
    }
    assert_eq!((0..100).filter(|_| ask(&quotas, &wide, now).is_ok()).count(), 8);
    assert_eq!(ask(&quotas, &wide, now).unwrap_err().level, Level::Department);
}

/// What the gateway asks for a request of a department is charged to the agreement that it asks under, and to no more.
#[test]
fn what_a_request_entails_is_not_charged_to_the_department_again() {
    let number = |number| NonZeroU32::new(number).unwrap();
    let config =
        Config { department_per_second: number(2), department_burst: number(2), ..Config::default() };
    let (quotas, _clock) = quotas(&config);
    let now = at("2026-11-21T00:00:00Z");
    let entailed =
        permit("zz.license.state", "@fields(\"zzbs,zzzt\")\n@rate(\"1/s burst 4\")\n@daily(\"3\")");
    let within = |cause: &Admission| over(done(quotas.admit_within(cause, entailed.clone(), None, now)));
    let cause = ask(&quotas, &limited("@rate(\"100/s\")"), now).unwrap();
    for _ in 0..3 {
        let levels = within(&cause).unwrap();
        let levels: Vec<Level> = levels.standings().iter().map(|standing| standing.level).collect();
        assert_eq!(levels, [Level::DepartmentService, Level::AgreementDay]);
    }
    assert_eq!(within(&cause).unwrap_err().level, Level::AgreementDay);
    // Of two requests that the department may make, one is left.
    assert!(ask(&quotas, &limited("@rate(\"100/s\")"), now).is_ok());
    assert_eq!(ask(&quotas, &limited("@rate(\"100/s\")"), now).unwrap_err().level, Level::Department);
}

#[test]
fn a_day_ends_at_midnight_in_china() {
    let (quotas, clock) = quotas(&Config::default());
    let permit = limited("@rate(\"1000/s\")\n@daily(\"2\")");
    let mut now = at("2026-11-21T15:59:00Z");
    let standing = *ask(&quotas, &permit, now).unwrap().standings().last().unwrap();
    let expected = Standing {
        level: Level::AgreementDay,
        limit: 2,
        window_seconds: 86_400,
        remaining: 1,
        reset_seconds: 60,
    };
    assert_eq!(standing, expected);
    assert!(ask(&quotas, &permit, now).is_ok());
    for _ in 0..59 {
        let over = ask(&quotas, &permit, now).unwrap_err();
        assert_eq!(over.level, Level::AgreementDay);
        let left = u32::try_from((at("2026-11-21T16:00:00Z").seconds() - now.seconds()).max(1)).unwrap();
        assert_eq!(over.retry_after_seconds, left);
        clock.advance(Duration::from_secs(1));
        now = now.plus_millis(1000);
    }
    clock.advance(Duration::from_secs(1));
    assert!(ask(&quotas, &permit, at("2026-11-21T16:00:00Z")).is_ok());
}

#[test]
fn clock_steps_open_nothing() {
    let (quotas, clock) = quotas(&Config::default());
    let permit = limited("@rate(\"1000/s\")\n@daily(\"1\")");
    assert!(ask(&quotas, &permit, at("2026-11-21T04:00:00Z")).is_ok());
    for stepped in
        ["2026-11-22T04:00:00Z", "2026-11-20T04:00:00Z", "2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]
    {
        clock.advance(Duration::from_secs(1));
        assert!(ask(&quotas, &permit, at(stepped)).is_err(), "{stepped}");
    }
    // A day goes by on both clocks.
    clock.advance(Duration::from_secs(86_400));
    assert!(ask(&quotas, &permit, at("2026-11-22T04:00:04Z")).is_ok());
    // Back by a day, and the day that was over does not come again.
    assert!(ask(&quotas, &permit, at("2026-11-21T04:00:04Z")).is_err());
}

#[test]
fn slow_drift_is_followed() {
    let (quotas, clock) = quotas(&Config::default());
    let permit = limited("@rate(\"1000/s\")\n@daily(\"1\")");
    let mut now = at("2026-11-21T00:00:00Z");
    let mut admitted = 0;
    // For thirty days the wall clock gains ten seconds an hour on the steady one, five minutes a day.
    for _ in 0..30 * 24 {
        admitted += u32::from(ask(&quotas, &permit, now).is_ok());
        clock.advance(Duration::from_secs(3_600));
        now = now.plus_millis(3_610_000);
    }
    assert_eq!(admitted, 31);
}

#[test]
fn what_is_counted_shows() {
    let mut metrics = Metrics::new();
    let clock = Arc::new(ManualSteadyClock::default());
    let quotas = Quotas::open(&Config::default(), clock, &mut metrics).unwrap();
    let permit = limited("@rate(\"1/s\")");
    let now = at("2026-11-21T00:00:00Z");
    for _ in 0..3 {
        let _ = ask(&quotas, &permit, now);
    }
    let text = metrics.encode();
    assert!(
        text.contains("tongban_quota_decisions_total{outcome=\"refused\",level=\"department_service\"} 2"),
        "{text}"
    );
}

#[test]
fn many_threads_admit_no_more_than_one() {
    let (quotas, _clock) = quotas(&Config::default());
    let permit = limited("@rate(\"1000/s\")\n@daily(\"50\")");
    let now = at("2026-11-21T00:00:00Z");
    let admitted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..40).filter(|_| ask(&quotas, &permit, now).is_ok()).count()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(admitted, 50);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Over every stretch of time, not only from the beginning.
    #[test]
    fn never_more_than_rate_times_time_and_burst(
        rate in 1_u32..50,
        burst in 1_u32..50,
        steps in prop::collection::vec((0_u64..200, 1_usize..20), 1..60),
    ) {
        let clock = Arc::new(ManualSteadyClock::default());
        let elapsed: Arc<dyn Elapsed> = clock.clone();
        let rates = Rates::new(elapsed);
        let number = |number| NonZeroU32::new(number).unwrap();
        let limit = Rate { per_second: number(rate), burst: number(burst) };
        let mut admitted = Vec::new();
        for (pause, requests) in steps {
            clock.advance(Duration::from_millis(pause));
            for _ in 0..requests {
                if matches!(rates.admit(limit, &"department"), Allowance::Admitted { .. }) {
                    admitted.push(clock.elapsed());
                }
            }
        }
        for (first, begin) in admitted.iter().enumerate() {
            for (last, end) in admitted.iter().enumerate().skip(first) {
                let most = f64::from(rate) * (*end - *begin).as_secs_f64() + f64::from(burst);
                prop_assert!((last - first + 1) as f64 <= most + 1e-6, "{} > {most}", last - first + 1);
            }
        }
    }
}

#[tokio::test]
async fn lines_wait_for_the_rate_and_leave_half_of_it() {
    const LINES: usize = 60;
    let (quotas, clock) = quotas(&Config::default());
    let quotas = Arc::new(quotas);
    let permit = limited("@rate(\"20/s burst 40\")");
    let now = at("2026-11-21T00:00:00Z");
    let mut lines = tokio::task::JoinSet::new();
    for _ in 0..LINES {
        let (quotas, permit) = (Arc::clone(&quotas), permit.clone());
        lines.spawn(async move { quotas.admit_line(permit, &FixedClock::at(now)).await });
    }
    // Half of the burst goes to lines at once, and a request of its own finds the rest.
    for _ in 0..20 {
        lines.join_next().await.unwrap().unwrap().unwrap();
    }
    assert!(lines.try_join_next().is_none());
    assert_eq!((0..100).filter(|_| ask(&quotas, &permit, now).is_ok()).count(), 20);
    // From then on at half of the rate; none is refused.
    for second in 1..=4 {
        clock.advance(Duration::from_secs(1));
        for _ in 0..10 {
            lines.join_next().await.unwrap().unwrap().unwrap();
        }
        assert!(lines.try_join_next().is_none(), "second {second}");
        assert_eq!((0..100).filter(|_| ask(&quotas, &permit, now).is_ok()).count(), 10);
    }
    assert!(lines.join_next().await.is_none());
}

#[tokio::test]
async fn a_spent_day_refuses_lines_at_once() {
    let (quotas, _clock) = quotas(&Config::default());
    let permit = limited("@rate(\"1000/s\")\n@daily(\"2\")");
    let clock = FixedClock::at(at("2026-11-21T00:00:00Z"));
    for _ in 0..2 {
        assert!(quotas.admit_line(permit.clone(), &clock).await.is_ok());
    }
    assert_eq!(over(quotas.admit_line(permit, &clock).await).unwrap_err().level, Level::AgreementDay);
}
