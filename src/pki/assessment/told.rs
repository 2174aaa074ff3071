//! What a judgement tells of the revocation of a path: facts then and now, and what is to be said of one that holds.

use crate::clock::Timestamp;
use crate::pki::PathFault;
use crate::pki::revocation::{CertificateStanding, Good, PathStanding, Revocation, Standing};
use crate::verdict::{Code, PathRevocation, Reason, RevocationFact, RevocationState};

/// What is to be said of a path none of whose certificates was revoked then.
pub(super) fn notes(standing: &PathStanding, subjects: &[String], place: &str) -> Vec<Reason> {
    let mut notes = Vec::new();
    // An anchor by itself has nothing above it that could revoke it.
    let unchecked = |one: &CertificateStanding| one.then == Standing::Unchecked;
    if standing.certificates.is_empty() || standing.certificates.iter().any(unchecked) {
        notes.push(Reason::new(Code::ChainRevocationUnchecked, place));
    }
    for (certificate, subject) in standing.certificates.iter().zip(subjects) {
        let mut note = |code, detail: String| {
            notes.push(Reason::new(code, place).with(format!("`{subject}`: {detail}")))
        };
        let in_grace = |standing| match standing {
            &Standing::Good(Good { as_of, grace_until: Some(until), .. }) => Some((as_of, until)),
            _ => None,
        };
        if let Some((as_of, until)) = in_grace(&certificate.then).or(in_grace(&certificate.now)) {
            let (as_of, until) = (as_of.in_china(), until.in_china());
            note(Code::ChainRevocationGrace, format!("good as of {as_of}, by a grace period until {until}"));
        }
        match &certificate.now {
            Standing::Revoked(Revocation { stated, .. }) => {
                note(Code::ChainRevokedSince, PathFault::Revoked(*stated).to_string());
            }
            Standing::Undetermined(why) => note(Code::ChainRevocationOpenNow, why.to_string()),
            Standing::Good(_) | Standing::Unchecked => {}
        }
    }
    notes
}

impl From<&PathStanding> for PathRevocation {
    fn from(standing: &PathStanding) -> Self {
        Self {
            then: fact(standing.certificates.iter().map(|certificate| &certificate.then)),
            now: fact(standing.certificates.iter().map(|certificate| &certificate.now)),
        }
    }
}

/// What the standings of all certificates of a path come to.
fn fact<'s>(standings: impl Iterator<Item = &'s Standing>) -> RevocationFact {
    let mut sum: Option<RevocationFact> = None;
    for standing in standings {
        let one = match standing {
            Standing::Good(good) => RevocationFact {
                state: RevocationState::Good,
                as_of: Some(good.as_of),
                next_update: good.next_update,
                grace_until: good.grace_until,
            },
            Standing::Revoked(revocation) => RevocationFact {
                as_of: Some(revocation.as_of),
                ..RevocationFact::bare(RevocationState::Revoked)
            },
            Standing::Undetermined(_) => RevocationFact::bare(RevocationState::Undetermined),
            Standing::Unchecked => RevocationFact::bare(RevocationState::Unchecked),
        };
        let earlier = |one: Option<Timestamp>, two: Option<Timestamp>| one.into_iter().chain(two).min();
        sum = Some(match sum {
            Some(sum) if sum.state == RevocationState::Good && one.state == RevocationState::Good => {
                RevocationFact {
                    state: RevocationState::Good,
                    as_of: earlier(sum.as_of, one.as_of),
                    // One that announces nothing leaves open until when all of them hold.
                    next_update: sum.next_update.zip(one.next_update).map(|(one, two)| one.min(two)),
                    grace_until: earlier(sum.grace_until, one.grace_until),
                }
            }
            Some(sum) if weight(sum.state) >= weight(one.state) => sum,
            _ => one,
        });
    }
    sum.unwrap_or(RevocationFact::bare(RevocationState::Unchecked))
}

/// How much a state tells against a path; more is worse.
const fn weight(state: RevocationState) -> u8 {
    match state {
        RevocationState::Good => 0,
        RevocationState::Unchecked => 1,
        RevocationState::Undetermined => 2,
        RevocationState::Revoked => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::DigestAlgorithm;
    use crate::pki::revocation::Source;

    #[test]
    fn a_path_holds_until_the_first_announcement_if_all_announce_something() {
        let good = |as_of, next_update: Option<i64>| {
            Standing::Good(Good {
                as_of: Timestamp::from_seconds(as_of),
                next_update: next_update.map(Timestamp::from_seconds),
                source: Source::Answer { digest: DigestAlgorithm::Sm3.digest(b"") },
                grace_until: None,
                revoked_later: None,
            })
        };
        let told = |standings: &[Standing]| {
            let fact = fact(standings.iter());
            (fact.as_of.map(|time| time.seconds()), fact.next_update.map(|time| time.seconds()))
        };
        assert_eq!(told(&[good(2, Some(30)), good(1, Some(20))]), (Some(1), Some(20)));
        assert_eq!(told(&[good(2, Some(30)), good(1, None)]), (Some(1), None));
        assert_eq!(told(&[good(1, None), good(2, Some(30)), good(3, Some(40))]), (Some(1), None));
    }
}
