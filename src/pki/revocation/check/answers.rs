//! Asks OCSP responses about a certificate, and their signers for their right to speak (RFC 6960 §3.2, §4.2.2.2).

use super::{DEPTH, Judge, Target};
use crate::budget::Exhausted;
use crate::clock::Timestamp;
use crate::pki::revocation::answer::{Answer, Status};
use crate::pki::revocation::found::Found;
use crate::pki::revocation::freshness::Silence;
use crate::pki::revocation::standing::{Good, Revocation, Source, Standing, Why};
use crate::pki::revocation::weigh::{Moment, TimeBasis};
use crate::pki::{Certificate, KeyUsage};

/// Answers about one certificate that are asked. 32, as for lists.
const ATTEMPTS: usize = 32;

/// id-kp-OCSPSigning (RFC 6960 §4.2.2.2). No wider purpose will do.
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
/// id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1): the issuer vouches for the responder until its certificate ends.
const NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";

impl Judge<'_, '_> {
    /// Asks all answers about `target` at `at`.
    pub(super) fn ask_answers(
        &mut self,
        target: Target<'_>,
        at: Timestamp,
        found: &mut Found,
    ) -> Result<(), Exhausted> {
        let Some(issuer) = target.above.first() else { return Ok(()) };
        let check = self.check;
        let (rules, end) = (&check.rules, target.certificate.not_after);
        let latest = check.now.plus_millis(rules.skew_millis);
        let answers = check.evidence.answers(target.certificate, issuer).filter(|(answer, single)| {
            single.window.has_begun(check.now, rules) && answer.produced_at() <= latest
        });
        for (answer, single) in answers.take(ATTEMPTS) {
            if let Err(why) = self.responder(answer, target, issuer)? {
                found.gap(why);
                continue;
            }
            let silence = single.window.silence(at, end, rules);
            let (as_of, next_update) = (single.window.this_update, single.window.next_update);
            let source = Source::Answer { digest: *answer.digest() };
            let mut good = |grace_until| {
                found.good(Good {
                    as_of,
                    next_update,
                    source: source.clone(),
                    grace_until,
                    revoked_later: None,
                });
            };
            match (single.status, silence) {
                (Status::Revoked(stated), silence) => {
                    found.revoked(Revocation { stated, as_of, source });
                    if !matches!(silence, Silence::Stale(_)) {
                        found.cover();
                    }
                }
                (Status::Unknown, _) => found.gap(Why::UnknownToResponder),
                (Status::Good, Silence::Good) => good(None),
                (Status::Good, Silence::Grace(until)) => good(Some(until)),
                (Status::Good, Silence::Stale(since)) => found.gap(Why::Stale { since }),
                (Status::Good, Silence::Mute) => found.gap(Why::HistoryMissing),
            }
        }
        Ok(())
    }

    /// Whether whoever signed `answer` may speak for `issuer`: the issuer itself, or whom it appointed.
    fn responder(
        &mut self,
        answer: &Answer,
        target: Target<'_>,
        issuer: &Certificate,
    ) -> Result<Result<(), Why>, Exhausted> {
        let weak_allowed = self.check.rules.accept_weak_signatures;
        let mut why = Why::Unverified;
        if answer.responder().is(issuer) && answer.attestation().is_by(issuer, self.budget)? {
            if weak_allowed || !answer.attestation().is_weak(issuer) {
                return Ok(Ok(()));
            }
            why = Why::WeaklySigned;
        }
        for delegate in answer.certificates() {
            if !answer.responder().is(delegate)
                || !is_appointed(delegate, issuer, answer.produced_at())
                || target.awaits(delegate)
                || !answer.attestation().is_by(delegate, self.budget)?
            {
                continue;
            }
            self.budget.signature_check()?;
            if !delegate.signed_by(issuer) {
                continue;
            }
            let weak = answer.attestation().is_weak(delegate) || delegate.weakly_signed_by(issuer);
            if weak && !weak_allowed {
                why = why.max(Why::WeaklySigned);
            } else if self.is_in_office(delegate, target, answer.produced_at())? {
                return Ok(Ok(()));
            } else {
                why = why.max(Why::IssuerOpen);
            }
        }
        Ok(Err(why))
    }

    /// Whether the appointment of `delegate` was not taken back before `at`.
    fn is_in_office(
        &mut self,
        delegate: &Certificate,
        target: Target<'_>,
        at: Timestamp,
    ) -> Result<bool, Exhausted> {
        if delegate.extension(NO_CHECK).is_some() {
            return Ok(true);
        }
        if target.depth() >= DEPTH {
            return Ok(false);
        }
        let judged = Target { certificate: delegate, above: target.above, below: Some(&target) };
        let moment = Moment { at, proof: TimeBasis::Shown };
        Ok(match self.standing(judged, moment)? {
            Standing::Undetermined(Why::Missing) => self.check.rules.accept_unchecked_responders,
            standing => standing.is_clear(),
        })
    }
}

/// Whether `delegate` states that `issuer` itself lets it sign answers, at `at`. The signature is left to be checked.
fn is_appointed(delegate: &Certificate, issuer: &Certificate, at: Timestamp) -> bool {
    let purposes = delegate.extended_key_usage.as_ref();
    let signing = KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION);
    delegate.issuer_name() == issuer.subject_name()
        && purposes.is_some_and(|usage| usage.purposes.iter().any(|purpose| purpose == OCSP_SIGNING))
        && delegate.key_usage.is_none_or(|usage| usage.has_any(signing))
        && delegate.unhandled_critical.is_empty()
        && delegate.valid_at(at)
}
