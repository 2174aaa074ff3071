//! How long an answer is still worth waiting for. Travels between gateways as a duration, because their clocks differ.

use std::time::{Duration, Instant};

/// The instant after which nobody waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// The header that carries what is left, in whole milliseconds.
    pub const HEADER: &'static str = "tongban-timeout-ms";

    /// The deadline `duration` from now.
    pub fn after(duration: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(duration).unwrap_or(now))
    }

    /// What is left, zero once it has passed.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// What the next hop is told: a tenth less than is left, so that its refusal arrives before this side gives up.
    pub fn left_for_next_hop(self) -> Duration {
        let left = self.left();
        left.saturating_sub(left / 10)
    }

    /// The earlier of this deadline and `duration` from now.
    pub fn at_most(self, duration: Duration) -> Self {
        self.min(Self::after(duration))
    }

    /// The deadline as the runtime's timers take it.
    pub(crate) fn instant(self) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinks_from_hop_to_hop_and_never_goes_below_zero() {
        let deadline = Deadline::after(Duration::from_secs(10));
        assert!(deadline.left_for_next_hop() <= Duration::from_secs(9));
        assert!(deadline.at_most(Duration::from_secs(1)).left() <= Duration::from_secs(1));
        assert!(deadline.at_most(Duration::from_secs(60)) == deadline);
        assert_eq!(Deadline::after(Duration::ZERO).left(), Duration::ZERO);
    }
}
