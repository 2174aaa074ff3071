//! What operators see of trust: which version is in effect, until when, and what was refused.

use crate::clock::Timestamp;
use crate::manifest::Standing;
use crate::metrics::{Counters, Gauge, Metrics};

use super::Problem;

/// The metrics of trust.
#[derive(Clone, Debug)]
pub struct Numbers {
    version: Gauge,
    expires: Gauge,
    expired: Gauge,
    break_glass: Gauge,
    unreviewed: Gauge,
    suspensions: Gauge,
    looked: Gauge,
    refused: Counters<1>,
}

impl Numbers {
    /// Registers them.
    pub fn new(metrics: &mut Metrics) -> Self {
        Self {
            version: metrics.gauge("trust_version", "Version of the manifest in effect."),
            expires: metrics.gauge(
                "trust_expires_timestamp_seconds",
                "When the manifest in effect expires, in seconds since 1970.",
            ),
            expired: metrics.gauge("trust_expired", "1 if the manifest in effect has expired; it serves on."),
            break_glass: metrics
                .gauge("trust_break_glass", "1 while a manifest of one officer alone is in effect."),
            unreviewed: metrics.gauge(
                "trust_break_glass_unreviewed",
                "1 from a manifest of one officer alone, though it be over, until enough officers make the next.",
            ),
            suspensions: metrics.gauge("trust_suspensions", "Suspensions in force."),
            looked: metrics.gauge(
                "trust_looked_timestamp_seconds",
                "When the publication was last found in order, in seconds since 1970.",
            ),
            refused: metrics
                .counters("trust_refused", "What was refused or not readable at the publication, by code."),
        }
    }

    /// Tells what is in effect at `now`.
    pub fn tell(&self, standing: &Standing, now: Timestamp) {
        let manifest = standing.in_effect().manifest();
        self.version.set(i64::try_from(manifest.version).unwrap_or(i64::MAX));
        self.expires.set(manifest.expires.seconds());
        self.expired.set(i64::from(manifest.expires <= now));
        self.break_glass.set(i64::from(standing.emergency().is_some()));
        self.unreviewed.set(i64::from(standing.emergencies().is_some()));
        self.suspensions.set(i64::try_from(standing.suspensions().count()).unwrap_or(i64::MAX));
    }

    /// Tells how a look at the publication at `now` ended.
    pub fn looked(&self, problems: &[Problem], now: Timestamp) {
        for problem in problems {
            self.refused.add_one([("code", problem.code())]);
        }
        if problems.is_empty() {
            self.looked.set(now.seconds());
        }
    }

    /// Counts a manifest whose rules do not hold together, or do not fit the config.
    pub fn unfit(&self) {
        self.refused.add_one([("code", "trust.unfit")]);
    }
}
