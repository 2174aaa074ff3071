//! What the edge counts: requests by operation and code, how long they took, what they hold, and handshakes that failed.

use std::time::Duration;

use crate::metrics::{Counter, Counters, Gauge, Latencies, Metrics};

/// The edge's own numbers.
#[derive(Clone, Debug)]
pub struct Tally {
    requests: Counters<2>,
    latencies: Latencies<1>,
    handshakes: Counter,
    connections: Gauge,
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
            handshakes: metrics.counter("handshakes_failed", "TLS handshakes that failed or took too long."),
            connections: metrics.gauge("connections", "Open connections of callers."),
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

    pub(super) fn connections_open(&self, change: i64) {
        self.connections.add(change);
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

    pub(super) fn handshake_failed(&self) {
        self.handshakes.add_one();
    }
}
