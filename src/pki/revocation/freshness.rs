//! How far evidence of one time tells about another: always relative to the time that is judged, never to the present.

use crate::clock::Timestamp;

/// What is demanded of evidence. Every number can be set in the config; the grace period is each anchor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvidenceRules {
    /// How far the clocks of authorities may be ahead of this one, in milliseconds. 5 minutes, as Kerberos allows
    /// (RFC 4120 §8.2) and most relying parties took over.
    pub skew_millis: i64,
    /// How long after its nextUpdate evidence may still show that a certificate was good, in milliseconds. 0: not at all.
    pub grace_millis: i64,
    /// Whether evidence counts that is signed in a way that can be forged today. For archives only.
    pub accept_weak_signatures: bool,
    /// Whether an OCSP responder's certificate counts whose own revocation nobody speaks of. RFC 6960 §4.2.2.2.1 leaves
    /// it to the relying party; refused, because whoever stole such a key could vouch for everything.
    pub accept_unchecked_responders: bool,
    /// Whether algorithms count that are only checked for the sake of conformance suites. No config can say so.
    #[serde(skip)]
    pub accept_retired_algorithms: bool,
}

impl Default for EvidenceRules {
    fn default() -> Self {
        Self {
            skew_millis: 5 * 60 * 1000,
            grace_millis: 0,
            accept_weak_signatures: false,
            accept_unchecked_responders: false,
            accept_retired_algorithms: false,
        }
    }
}

/// The times that a list or an answer states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// The state of things that it tells.
    pub(super) this_update: Timestamp,
    /// When newer information is there at the latest.
    pub(super) next_update: Option<Timestamp>,
    /// Since when revoked certificates stay on it although they have expired.
    pub(super) expired_since: Option<Timestamp>,
}

/// What it means that evidence does not call a certificate revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Silence {
    /// Nothing: the certificate had expired by then, and is dropped even if it was revoked before.
    Mute,
    /// Nothing for the time judged, which is after this.
    Stale(Timestamp),
    /// That it was good, by an anchor's grace, which ends then.
    Grace(Timestamp),
    /// That it was good.
    Good,
}

impl Window {
    /// Whether it is of a time that has come.
    pub(super) const fn has_begun(&self, now: Timestamp, rules: &EvidenceRules) -> bool {
        self.this_update.millis() <= now.plus_millis(rules.skew_millis).millis()
    }

    /// Whether it still speaks of certificates that end at `not_after`.
    pub(super) fn speaks_of(&self, not_after: Timestamp) -> bool {
        self.this_update <= not_after || self.expired_since.is_some_and(|since| since <= not_after)
    }

    /// What its silence says about a certificate that ends at `not_after`, at the time `at`.
    pub(super) fn silence(&self, at: Timestamp, not_after: Timestamp, rules: &EvidenceRules) -> Silence {
        if !self.speaks_of(not_after) {
            return Silence::Mute;
        }
        // Who states no next time has newer information at any moment (RFC 6960 §4.2.2.1).
        let end = self.next_update.unwrap_or(self.this_update.plus_millis(rules.skew_millis));
        let grace = end.plus_millis(rules.grace_millis);
        if at <= end {
            Silence::Good
        } else if at <= grace {
            Silence::Grace(grace)
        } else {
            Silence::Stale(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(minutes: i64) -> Timestamp {
        Timestamp::from_seconds(minutes * 60)
    }

    #[test]
    fn silence_is_weighed_at_the_time_judged() {
        let rules = EvidenceRules { grace_millis: 10 * 60_000, ..EvidenceRules::default() };
        let window = Window { this_update: at(100), next_update: Some(at(200)), expired_since: None };
        let cases = [
            // Later evidence tells about earlier times, as long as the certificate had not expired.
            (0, 500, Silence::Good),
            (0, 100, Silence::Good),
            (0, 99, Silence::Mute),
            (150, 500, Silence::Good),
            (200, 500, Silence::Good),
            (201, 500, Silence::Grace(at(210))),
            (210, 500, Silence::Grace(at(210))),
            (211, 500, Silence::Stale(at(200))),
        ];
        for (time, end, expected) in cases {
            assert_eq!(window.silence(at(time), at(end), &rules), expected, "{time} {end}");
        }
        let keeping = Window { expired_since: Some(at(50)), ..window };
        assert_eq!(keeping.silence(at(0), at(60), &rules), Silence::Good);
        assert_eq!(keeping.silence(at(0), at(40), &rules), Silence::Mute);
        let open = Window { next_update: None, ..window };
        assert_eq!(open.silence(at(105), at(500), &rules), Silence::Good);
        assert_eq!(open.silence(at(120), at(500), &rules), Silence::Stale(at(105)));
        assert!(window.has_begun(at(95), &rules) && !window.has_begun(at(94), &rules));
    }
}
