//! Numbers for operators, in the Prometheus text format. Each component registers its own and counts them itself.
//! Labels are fixed words of the code, or places that officers stated, so that no request can make new series and no personal
//! data get in.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter as Count;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge as Level;
use prometheus_client::metrics::histogram::Histogram as Distribution;
use prometheus_client::registry::Registry;

/// Labels of one series: pairs of name and value.
pub type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Bounds of latencies in seconds: from 0.1 ms, a decision, to 10 s, the longest deadline of an exchange, in steps of
/// about 2 to 2.5.
const LATENCIES: [f64; 16] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Everything that is counted. Components register at assembly; after that it is only read.
pub struct Metrics {
    registry: Registry,
    readings: Vec<Reading>,
}

/// Brings numbers up to date that change by themselves, such as ages.
type Reading = Box<dyn Fn() + Send + Sync>;

/// A help text without its full stop, which the format adds.
fn sentence(help: &str) -> &str {
    help.trim_end_matches('.')
}

impl Metrics {
    /// Nothing counted yet. Every name begins with `tongban_`.
    pub fn new() -> Self {
        Self { registry: Registry::with_prefix("tongban"), readings: Vec::new() }
    }

    /// Registers a counter; the format adds `_total` to its name.
    pub fn counter(&mut self, name: &str, help: &str) -> Counter {
        let count = Count::default();
        self.registry.register(name, sentence(help), count.clone());
        Counter(count)
    }

    /// Registers counters told apart by labels.
    pub fn counters<const N: usize>(&mut self, name: &str, help: &str) -> Counters<N> {
        let family = Family::default();
        self.registry.register(name, sentence(help), family.clone());
        Counters(family)
    }

    /// Registers a level that goes up and down.
    pub fn gauge(&mut self, name: &str, help: &str) -> Gauge {
        let level = Level::default();
        self.registry.register(name, sentence(help), level.clone());
        Gauge(level)
    }

    /// Registers levels told apart by the value of one label, which need be no fixed word of the code.
    pub fn levels(&mut self, name: &str, label: &'static str, help: &str) -> Levels {
        let family = Family::default();
        self.registry.register(name, sentence(help), family.clone());
        Levels { label, family }
    }

    /// Has `reading` run before each [`Metrics::encode`].
    pub fn before_reading(&mut self, reading: impl Fn() + Send + Sync + 'static) {
        self.readings.push(Box::new(reading));
    }

    /// Registers durations in seconds, told apart by labels.
    pub fn latencies<const N: usize>(&mut self, name: &str, help: &str) -> Latencies<N> {
        let family = Family::new_with_constructor(new_distribution as fn() -> Distribution);
        self.registry.register(name, sentence(help), family.clone());
        Latencies(family)
    }

    /// All numbers in the text format (OpenMetrics 1.0), as `/metrics` answers.
    pub fn encode(&self) -> String {
        self.readings.iter().for_each(|reading| reading());
        let mut text = String::new();
        // Writing to a String does not fail; a half-written page would show by its missing `# EOF`.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").field("registry", &self.registry).finish_non_exhaustive()
    }
}

fn new_distribution() -> Distribution {
    Distribution::new(LATENCIES)
}

/// A number that only grows.
#[derive(Clone, Debug)]
pub struct Counter(Count);

impl Counter {
    /// Adds one.
    pub fn add_one(&self) {
        self.0.inc();
    }

    /// Adds `number`.
    pub fn add(&self, number: u64) {
        self.0.inc_by(number);
    }

    /// The present value.
    pub fn value(&self) -> u64 {
        self.0.get()
    }
}

/// Counters told apart by labels.
#[derive(Clone, Debug)]
pub struct Counters<const N: usize>(Family<Labels<N>, Count>);

impl<const N: usize> Counters<N> {
    /// Adds one to the counter of `labels`.
    pub fn add_one(&self, labels: Labels<N>) {
        self.0.get_or_create(&labels).inc();
    }

    /// The present value of the counter of `labels`.
    pub fn value(&self, labels: Labels<N>) -> u64 {
        self.0.get_or_create(&labels).get()
    }
}

/// A level that goes up and down.
#[derive(Clone, Debug)]
pub struct Gauge(Level);

impl Gauge {
    /// Sets the level.
    pub fn set(&self, level: i64) {
        self.0.set(level);
    }

    /// Raises or lowers the level.
    pub fn add(&self, by: i64) {
        self.0.inc_by(by);
    }

    /// The present level.
    pub fn value(&self) -> i64 {
        self.0.get()
    }
}

/// Levels told apart by the value of one label.
#[derive(Clone, Debug)]
pub struct Levels {
    label: &'static str,
    family: Family<[(&'static str, String); 1], Level>,
}

impl Levels {
    /// Sets the level of `value`.
    pub fn set(&self, value: &str, level: i64) {
        self.family.get_or_create(&[(self.label, value.to_owned())]).set(level);
    }

    /// Forgets the level of `value`.
    pub fn remove(&self, value: &str) {
        self.family.remove(&[(self.label, value.to_owned())]);
    }
}

/// Durations in seconds, told apart by labels.
#[derive(Clone, Debug)]
pub struct Latencies<const N: usize>(Family<Labels<N>, Distribution, fn() -> Distribution>);

impl<const N: usize> Latencies<N> {
    /// Counts one duration.
    pub fn observe(&self, labels: Labels<N>, duration: std::time::Duration) {
        self.0.get_or_create(&labels).observe(duration.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_counted_is_written() {
        let mut metrics = Metrics::new();
        let plain = metrics.counter("records", "Records written.");
        let by_outcome = metrics.counters("decisions", "Decisions by outcome.");
        let level = metrics.gauge("waiting", "Requests that wait.");
        let latency = metrics.latencies("decision_seconds", "Time of decisions.");
        plain.add(2);
        by_outcome.add_one([("outcome", "permit")]);
        level.set(3);
        let ages = metrics.levels("ages", "place", "Ages by place.");
        ages.set("gone", 1);
        ages.remove("gone");
        metrics.before_reading(move || ages.set("http://one.example/\"a\"", 7));
        latency.observe([("operation", "query")], Duration::from_micros(200));
        let text = metrics.encode();
        for line in [
            "tongban_records_total 2",
            "tongban_decisions_total{outcome=\"permit\"} 1",
            "tongban_waiting 3",
            "tongban_ages{place=\"http://one.example/\\\"a\\\"\"} 7",
            "tongban_decision_seconds_bucket{le=\"0.00025\",operation=\"query\"} 1",
            "tongban_decision_seconds_bucket{le=\"0.0001\",operation=\"query\"} 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
        }
        assert!(!text.contains("gone"));
    }
}
