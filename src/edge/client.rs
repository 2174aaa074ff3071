//! Who is at the other end of a connection, how many requests each caller may have open, and how often it may come.
//! Whether a certificate is trusted is found elsewhere; here it is only looked up among the enrolled ones.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::Config;
use super::credential::Credential;
use super::gates::Gates;
use crate::clock::{Elapsed, Timestamp};
use crate::exchange::Refusal;
use crate::policy::Rate;
use crate::quota::Pace;
use crate::rulebook::{Caller, Rulebook};
use crate::setting::Count;

/// The caller that the certificate of `client` is trusted and enrolled for in `rulebook` at `at`.
///
/// Asked for each request, because a connection may outlive the rulebook under which it was accepted.
pub(super) async fn identify(
    rulebook: &Arc<Rulebook>,
    client: Option<&Credential>,
    at: Timestamp,
) -> Result<Caller, Refusal> {
    let client = client.ok_or(Refusal::Unidentified)?;
    client.standing(rulebook).await.map_err(Refusal::Distrusted)?;
    rulebook.callers.identify(&client.fingerprint(), at).cloned().ok_or(Refusal::Unidentified)
}

/// What one caller may have open, and how often it may come: the cheap limits that stand before all work, and before the
/// record, because whoever is shed here must cost next to nothing.
#[derive(Debug)]
pub(super) struct Doors {
    config: Config,
    open: Gates,
    batches: Gates,
    pace: Pace,
}

impl Doors {
    /// Doors with the limits of `config`, on the steady `clock`.
    pub(super) fn new(config: &Config, clock: Arc<dyn Elapsed>) -> Self {
        Self {
            config: config.clone(),
            open: Gates::default(),
            batches: Gates::default(),
            pace: Pace::new(clock),
        }
    }

    /// Lets one request of `caller` in until the permit is dropped; `None` if too many are in, or come too fast.
    pub(super) fn enter(&self, caller: Option<&Caller>) -> Option<OwnedSemaphorePermit> {
        // Those that are enrolled nowhere share one door, so all maps are as small as the list of callers.
        let name = caller.map(ToString::to_string).unwrap_or_default();
        let (most, rate) = self.limits(caller);
        let entered = self.open.of(&name, most.size()).try_acquire_owned().ok()?;
        self.pace.keeps(&name, rate).then_some(entered)
    }

    /// Lets `caller`, who is in, begin a batch until the permit is dropped; `None` if it has too many.
    pub(super) fn enter_batch(&self, caller: &Caller) -> Option<OwnedSemaphorePermit> {
        let batches = self.batches.of(&caller.to_string(), self.config.batches_per_caller.size());
        batches.try_acquire_owned().ok()
    }

    /// Waits until a further part of a batch of `caller` is not too fast for it: a batch is as many requests as it has
    /// parts, and slowing it down costs its caller less than refusing it. All batches of a caller get half of its rate.
    pub(super) async fn keep_pace(&self, caller: Option<&Caller>) {
        let name = caller.map(ToString::to_string).unwrap_or_default();
        let (_, rate) = self.limits(caller);
        self.pace.turn(&name, rate).await;
    }

    const fn limits(&self, caller: Option<&Caller>) -> (Count, Rate) {
        let config = &self.config;
        match caller {
            Some(Caller::System(_)) => (config.in_flight_per_system, config.system_rate),
            Some(Caller::Gateway(_)) => (config.in_flight_per_gateway, config.gateway_rate),
            None => (config.in_flight_unidentified, config.unidentified_rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualSteadyClock;
    use crate::identifier::Province;

    fn gateways() -> [Caller; 2] {
        ["43", "44"].map(|code| Caller::Gateway(Province::parse(code).unwrap()))
    }

    #[test]
    fn one_caller_cannot_take_the_place_of_another() {
        let config = Config { in_flight_per_gateway: Count::new(2), ..Config::default() };
        let doors = Doors::new(&config, Arc::new(ManualSteadyClock::default()));
        let [one, other] = gateways();
        let first = doors.enter(Some(&one)).unwrap();
        let _second = doors.enter(Some(&one)).unwrap();
        assert!(doors.enter(Some(&one)).is_none());
        assert!(doors.enter(Some(&other)).is_some());
        drop(first);
        assert!(doors.enter(Some(&one)).is_some());
    }

    #[test]
    fn nobody_comes_faster_than_its_rate() {
        let rate = Rate::new(1, 3);
        let config = Config { gateway_rate: rate, unidentified_rate: rate, ..Config::default() };
        let clock = Arc::new(ManualSteadyClock::default());
        let steady: Arc<dyn Elapsed> = clock.clone();
        let doors = Doors::new(&config, steady);
        let [one, other] = gateways();
        for caller in [Some(&one), Some(&other), None] {
            let entered = (0..10).filter(|_| doors.enter(caller).is_some()).count();
            assert_eq!(entered, 3);
        }
        clock.advance(Duration::from_secs(1));
        for caller in [Some(&one), None] {
            assert!(doors.enter(caller).is_some() && doors.enter(caller).is_none());
        }
    }

    #[tokio::test]
    async fn batches_leave_half_of_the_rate_to_requests() {
        let config = Config { gateway_rate: Rate::new(2, 8), ..Config::default() };
        let clock = Arc::new(ManualSteadyClock::default());
        let steady: Arc<dyn Elapsed> = clock.clone();
        let doors = Arc::new(Doors::new(&config, steady));
        let [one, _] = gateways();
        let mut lines = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let (doors, one) = (Arc::clone(&doors), one.clone());
            lines.spawn(async move { doors.keep_pace(Some(&one)).await });
        }
        for _ in 0..4 {
            lines.join_next().await.unwrap().unwrap();
        }
        assert!(lines.try_join_next().is_none());
        assert_eq!((0..10).filter(|_| doors.enter(Some(&one)).is_some()).count(), 4);
        clock.advance(Duration::from_secs(1));
        lines.join_next().await.unwrap().unwrap();
        assert!(doors.enter(Some(&one)).is_some() && doors.enter(Some(&one)).is_none());
    }
}
