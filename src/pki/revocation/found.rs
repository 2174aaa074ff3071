//! What all evidence together says about one certificate, and how that becomes one standing.

use super::reason::RevocationReason;
use super::standing::{Good, Revocation, Standing, Why};
use super::weigh::{Moment, Weight, weigh};

/// Statements about one certificate, from whoever may make them.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// It is called revoked here.
    listed: Vec<Revocation>,
    /// It was shown good here, by the newest that does.
    absent: Option<Good>,
    /// Whether some of it speaks of all reasons, at the time judged.
    covered: bool,
    /// The most telling of what stands in the way.
    gap: Option<Why>,
}

impl Found {
    /// The certificate is called revoked.
    pub(super) fn revoked(&mut self, revocation: Revocation) {
        self.listed.push(revocation);
    }

    /// All reasons were asked for at the time judged.
    pub(super) const fn cover(&mut self) {
        self.covered = true;
    }

    /// The certificate is not called revoked where it would be.
    pub(super) fn good(&mut self, good: Good) {
        self.covered = true;
        // What needs no grace is better than what does; of equals the newer.
        let rank = |good: &Good| (good.grace_until.is_none(), good.as_of);
        if self.absent.as_ref().is_none_or(|known| rank(known) < rank(&good)) {
            self.absent = Some(good);
        }
    }

    /// A statement that does not count.
    pub(super) fn gap(&mut self, why: Why) {
        self.gap = self.gap.max(Some(why));
    }

    /// What it comes to at `moment`.
    pub(super) fn resolve(self, moment: Moment) -> Standing {
        let Self { listed, absent, covered, gap } = self;
        let mut open = None;
        let mut later: Option<Revocation> = None;
        let mut revoked: Option<Revocation> = None;
        for revocation in listed {
            let released = revocation.stated.reason == RevocationReason::CertificateHold
                && absent.as_ref().is_some_and(|good| good.as_of > revocation.as_of);
            if released {
                continue;
            }
            let kept = match weigh(&revocation.stated, moment) {
                Weight::Revoked => &mut revoked,
                Weight::Open(why) => {
                    open = open.max(Some(why));
                    continue;
                }
                Weight::Later => &mut later,
            };
            // Of several the earliest says most.
            if kept.as_ref().is_none_or(|known| revocation.stated.since < known.stated.since) {
                *kept = Some(revocation);
            }
        }
        match (revoked, open, later, absent) {
            (Some(revocation), ..) => Standing::Revoked(revocation),
            (_, Some(why), ..) => Standing::Undetermined(why),
            (_, _, Some(revocation), absent) if covered => {
                let good = absent.unwrap_or(Good {
                    as_of: revocation.as_of,
                    next_update: None,
                    source: revocation.source,
                    grace_until: None,
                    revoked_later: None,
                });
                Standing::Good(Good { revoked_later: Some(revocation.stated), ..good })
            }
            (_, _, None, Some(good)) => Standing::Good(good),
            _ => Standing::Undetermined(gap.unwrap_or(Why::Missing)),
        }
    }
}
