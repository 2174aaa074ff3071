//! What the edge counts: requests by operation and code, how long they took, what they hold, and handshakes that failed.

use std::time::Duration;

use crate::metrics::{Counter, Counters, Gauge, Latencies, Metrics};
use crate::rulebook::Distrust;

/// The edge's own numbers.
#[derive(Clone, Debug)]
pub struct Tally {
    requests: Counters<2>,
    latencies: Latencies<1>,
    handshakes: Counters<1>,
    handshakes_open: Gauge,
    handshakes_failed: Counter,
    handshakes_shed: Counter,
    distrusted: Counters<2>,
    connections: Gauge,
    aged: Counter,
    open: Gauge,
    bodies: Gauge,
    results: Gauge,
}

impl Tally {
    /// Registers the numbers.
    pub fn new(metrics: &mut Metrics) -> Self {
        Self {
            requests: metrics
                .counters("requests", "Requests by operation and by outcome, verdict or refusal code."),
            latencies: metrics
                .latencies("request_seconds", "From the request's header to its answer, by operation."),
            handshakes: metrics.counters(
                "handshakes",
                "TLS handshakes that were done, `full` or of a session that was `resumed`.",
            ),
            handshakes_open: metrics.gauge("handshakes_open", "TLS handshakes under way."),
            handshakes_failed: metrics
                .counter("handshakes_failed", "TLS handshakes that failed or took too long."),
            handshakes_shed: metrics.counter(
                "handshakes_shed",
                "Connections closed at once because their address had too many handshakes under way.",
            ),
            distrusted: metrics.counters(
                "clients_distrusted",
                "Clients whose certificates were not trusted, in a handshake or of an open connection, by code.",
            ),
            connections: metrics.gauge("connections", "Open connections of callers."),
            aged: metrics.counter("connections_aged", "Connections that grew old enough to be ended."),
            open: metrics.gauge("requests_open", "Requests that are being answered."),
            bodies: metrics.gauge("body_memory_kib", "Memory that bodies hold, in KiB."),
            results: metrics.gauge(
                "batch_results_waiting",
                "Results of batches on record that wait for their caller to take those before them.",
            ),
        }
    }

    pub(super) fn answered(&self, operation: &'static str, code: &'static str, elapsed: Duration) {
        self.requests.add_one([("operation", operation), ("code", code)]);
        self.latencies.observe([("operation", operation)], elapsed);
    }

    /// One more open connection, until what is returned is dropped.
    pub(super) fn connection(&self) -> Level {
        Level::raise(&self.connections)
    }

    pub(super) fn connection_aged(&self) {
        self.aged.add_one();
    }

    pub(super) fn requests_open(&self, change: i64) {
        self.open.add(change);
    }

    pub(super) fn bodies_held(&self, change: i64) {
        self.bodies.add(change);
    }

    pub(super) fn results_waiting(&self, change: i64) {
        self.results.add(change);
    }

    /// One more handshake under way, until what is returned is dropped.
    pub(super) fn handshake(&self) -> Level {
        Level::raise(&self.handshakes_open)
    }

    pub(super) fn handshake_done(&self, kind: &'static str) {
        self.handshakes.add_one([("kind", kind)]);
    }

    pub(super) fn handshake_failed(&self) {
        self.handshakes_failed.add_one();
    }

    pub(super) fn handshake_shed(&self) {
        self.handshakes_shed.add_one();
    }

    pub(super) fn distrusted(&self, distrust: &Distrust, when: &'static str) {
        self.distrusted.add_one([("code", distrust.code()), ("when", when)]);
    }
}

/// One of what a gauge counts, for as long as it lives, however that ends.
pub(super) struct Level(Gauge);

impl Level {
    fn raise(gauge: &Gauge) -> Self {
        gauge.add(1);
        Self(gauge.clone())
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        self.0.add(-1);
    }
}
