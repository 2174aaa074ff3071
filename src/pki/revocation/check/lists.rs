//! Asks lists about a certificate: RFC 5280 §6.3.3, with the time judged in place of the present.

use std::borrow::Cow;

use super::{DEPTH, Judge, Target};
use crate::budget::Exhausted;
use crate::clock::Timestamp;
use crate::crypto::{KeyError, PublicKey};
use crate::pki::revocation::distribution::DistributionPoint;
use crate::pki::revocation::entries::Revoked;
use crate::pki::revocation::evidence::Series;
use crate::pki::revocation::found::Found;
use crate::pki::revocation::freshness::Silence;
use crate::pki::revocation::list::List;
use crate::pki::revocation::reason::{Reasons, RevocationReason};
use crate::pki::revocation::standing::{Good, Revocation, Source, Why};
use crate::pki::revocation::weigh::{Moment, TimeBasis};
use crate::pki::{Certificate, KeyUsage, extension, traced};

/// Lists of one series that are asked before it counts as silent. 32: a month of daily ones.
const ATTEMPTS: usize = 32;

/// What a series says about a certificate.
enum Word {
    /// Nothing that counts.
    Nothing,
    /// Called revoked; whether that covers the time judged too.
    Revoked(Revocation, bool),
    /// Not called revoked.
    Good(Good),
}

impl Judge<'_, '_> {
    /// Asks all lists that speak of `target` at `at`.
    pub(super) fn ask_lists(
        &mut self,
        target: Target<'_>,
        at: Timestamp,
        found: &mut Found,
    ) -> Result<(), Exhausted> {
        let certificate = target.certificate;
        let issuer = certificate.issuer_name();
        // A malformed extension leaves the lists that speak of all certificates.
        let mut points = certificate
            .extension(extension::id::CRL_DISTRIBUTION_POINTS)
            .and_then(|(_, der)| DistributionPoint::read_all(der, issuer).ok())
            .unwrap_or_default();
        points.push(DistributionPoint::implied(issuer));
        let authority = certificate.is_authority();
        // Every series is asked, whatever others said: one that lists the certificate counts beside any that does not.
        let mut asked: Vec<(&Series, Reasons)> = Vec::new();
        let mut whole = false;
        let mut partly = Reasons::NONE;
        let mut oldest: Option<Good> = None;
        let evidence = self.check.evidence;
        for point in &points {
            let named = if point.list_issuers.is_empty() {
                std::slice::from_ref(issuer)
            } else {
                &point.list_issuers
            };
            for series in named.iter().flat_map(|name| evidence.series(name)) {
                let reasons = series.scope.reasons().and(point.reasons);
                let again = |(known, said): &(&Series, Reasons)| {
                    std::ptr::eq(*known, series) && said.contains(reasons)
                };
                if !series.scope.serves(point, authority) || asked.iter().any(again) {
                    continue;
                }
                let all = reasons.contains(Reasons::ALL);
                match self.ask_series(series, point, target, at, found)? {
                    // Another point may name who may sign it.
                    Word::Nothing => continue,
                    Word::Revoked(revocation, timely) => {
                        found.revoked(revocation);
                        if timely && all {
                            found.cover();
                        }
                        if timely {
                            whole |= all;
                            partly = partly.or(reasons);
                        }
                    }
                    Word::Good(good) if all => {
                        whole = true;
                        found.good(good);
                    }
                    Word::Good(good) => {
                        let rank = |good: &Good| (good.grace_until.is_none(), good.as_of);
                        // Together they are as old as the oldest of them.
                        if oldest.as_ref().is_none_or(|known| rank(&good) < rank(known)) {
                            oldest = Some(good);
                        }
                        partly = partly.or(reasons);
                    }
                }
                asked.push((series, reasons));
            }
        }
        match (partly.contains(Reasons::ALL), oldest) {
            (true, Some(good)) => found.good(good),
            (true, None) => found.cover(),
            (false, _) if !whole && partly != Reasons::NONE => found.gap(Why::ReasonsUncovered),
            (false, _) => {}
        }
        Ok(())
    }

    /// Asks the lists of one series, newest first.
    fn ask_series(
        &mut self,
        series: &Series,
        point: &DistributionPoint,
        target: Target<'_>,
        at: Timestamp,
        found: &mut Found,
    ) -> Result<Word, Exhausted> {
        let rules = &self.check.rules;
        let end = target.certificate.not_after;
        let now = self.check.now;
        let begun = || series.full.iter().filter(|list| list.has_begun(now, rules));
        let names =
            |list: &List| list.find(target.certificate.issuer_name(), target.certificate.serial()).is_some();
        // Lists from after the certificate's end can only say that it was revoked. The newest of them says all, unless it
        // dropped the certificate, which is then on the one before.
        let after = begun().filter(|list| !list.window().speaks_of(end)).enumerate();
        let after = after.filter(|(place, list)| *place < ATTEMPTS || names(list)).map(|(_, list)| list);
        let during = begun().filter(|list| list.window().speaks_of(end)).take(ATTEMPTS);
        let mut asked_after = false;
        for list in after.take(2 * ATTEMPTS).chain(during) {
            let mute = !list.window().speaks_of(end);
            if mute && asked_after && !names(list) {
                continue;
            }
            let signer = match self.signer(list, point, target, at)? {
                Ok(signer) => signer,
                Err(why) => {
                    found.gap(why);
                    continue;
                }
            };
            let delta = self.delta(series, list, &signer, end)?;
            asked_after |= mute;
            let own = list.window().silence(at, end, rules);
            let newer = delta.map(|delta| (delta, delta.window().silence(at, end, rules)));
            let (speaker, silence) = match newer {
                Some((delta, silence)) if silence >= own => (delta, silence),
                _ => (list.as_ref(), own),
            };
            let good = |grace_until| Good {
                as_of: speaker.this_update(),
                next_update: speaker.next_update(),
                source: source(speaker),
                grace_until,
                revoked_later: None,
            };
            if let Some((stated, speaker)) = stated(list, delta, target.certificate) {
                let revocation = Revocation { stated, as_of: speaker.this_update(), source: source(speaker) };
                return Ok(Word::Revoked(revocation, !matches!(silence, Silence::Stale(_))));
            }
            match silence {
                Silence::Good => return Ok(Word::Good(good(None))),
                Silence::Grace(until) => return Ok(Word::Good(good(Some(until)))),
                // An older list may still have been announced for longer.
                Silence::Stale(since) => found.gap(Why::Stale { since }),
                Silence::Mute => {
                    self.budget.trace_mut().wish_for_history(list.issuer().digest(), end);
                    found.gap(Why::HistoryMissing);
                }
            }
        }
        Ok(Word::Nothing)
    }

    /// The newest delta that brings `full` up to date and is signed by the same key.
    fn delta<'s>(
        &mut self,
        series: &'s Series,
        full: &List,
        signer: &Signer<'_>,
        end: Timestamp,
    ) -> Result<Option<&'s List>, Exhausted> {
        let check = self.check;
        let fit = series.deltas.iter().filter(|delta| {
            let window = delta.window();
            delta.adds_to(full) && window.has_begun(check.now, &check.rules) && window.speaks_of(end)
        });
        for delta in fit.take(ATTEMPTS) {
            if self.signed(delta, &signer.certificate, signer.retired.as_ref())? {
                return Ok(Some(delta));
            }
        }
        Ok(None)
    }

    /// Who signed `list` and may speak of `target` (§6.3.3 f and g), or why that does not count.
    fn signer<'t>(
        &mut self,
        list: &List,
        point: &DistributionPoint,
        target: Target<'t>,
        at: Timestamp,
    ) -> Result<Result<Signer<'t>, Why>, Exhausted> {
        // A list made later than the time judged was signed later too.
        let signed_at = at.max(list.this_update());
        let mut why = Why::Unverified;
        // Whoever signs lists for others may be on its own, if the authority above told so in its certificate.
        let itself = point.list_issuers.contains(target.certificate.subject_name());
        let own = itself.then_some((target.certificate, target.above));
        let above = (0..target.above.len())
            .filter_map(|at| target.above.get(at..)?.split_first().map(|(holder, above)| (*holder, above)));
        for (holder, above) in own.into_iter().chain(above) {
            let dated = above.is_empty() || holder.valid_at(signed_at);
            if !above.is_empty() {
                traced::dated(holder, signed_at, self.check.now, self.budget);
            }
            if dated && may_sign(holder, list) {
                let retired = self.retired(holder, above);
                if self.signed(list, holder, retired.as_ref())? {
                    match self.strong(list, holder) {
                        Ok(()) => return Ok(Ok(Signer { certificate: Cow::Borrowed(holder), retired })),
                        Err(weak) => why = why.max(weak),
                    }
                }
            }
        }
        let paths = self.other_signers(list.issuer(), target, signed_at)?;
        for path in paths.iter() {
            let path: Vec<&Certificate> = path.iter().collect();
            let Some((&holder, above)) = path.split_first() else { continue };
            if !may_sign(holder, list) || target.awaits(holder) {
                continue;
            }
            let retired = self.retired(holder, above);
            if !self.signed(list, holder, retired.as_ref())? {
                continue;
            }
            if let Err(weak) = self.strong(list, holder) {
                why = why.max(weak);
            } else if self.is_clear(&path, target, signed_at)? {
                return Ok(Ok(Signer { certificate: Cow::Owned(holder.clone()), retired }));
            } else {
                why = why.max(Why::IssuerOpen);
            }
        }
        Ok(Err(why))
    }

    fn signed(
        &mut self,
        list: &List,
        holder: &Certificate,
        retired: Option<&PublicKey>,
    ) -> Result<bool, Exhausted> {
        Ok(list.attestation().is_by(holder, self.budget)?
            || match retired {
                Some(key) => list.attestation().is_by_retired(key, self.budget)?,
                None => false,
            })
    }

    /// The key of `holder`, if retired algorithms count.
    fn retired(&self, holder: &Certificate, above: &[&Certificate]) -> Option<PublicKey> {
        self.check.rules.accept_retired_algorithms.then(|| working_key(holder, above)).flatten()
    }

    /// Whether no certificate of `path` was revoked at `at`; those that stand above `target` too are judged for its own
    /// sake.
    fn is_clear(
        &mut self,
        path: &[&Certificate],
        target: Target<'_>,
        at: Timestamp,
    ) -> Result<bool, Exhausted> {
        if target.depth() >= DEPTH {
            return Ok(false);
        }
        let mut rest = path;
        while let [certificate, above @ ..] = rest {
            rest = above;
            if above.is_empty() || target.above.contains(certificate) {
                continue;
            }
            let signer = Target { certificate, above, below: Some(&target) };
            let moment = Moment { at, proof: TimeBasis::Shown };
            if !self.standing(signer, moment)?.is_clear() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn strong(&self, list: &List, holder: &Certificate) -> Result<(), Why> {
        let refused = list.attestation().is_weak(holder) && !self.check.rules.accept_weak_signatures;
        if refused { Err(Why::WeaklySigned) } else { Ok(()) }
    }
}

/// Who signed a list.
struct Signer<'t> {
    certificate: Cow<'t, Certificate>,
    /// The key, where retired algorithms count.
    retired: Option<PublicKey>,
}

/// The key of `holder`, with the parameters of those above it where its own are absent (§6.1.4 e).
fn working_key(holder: &Certificate, above: &[&Certificate]) -> Option<PublicKey> {
    match (&holder.key, above) {
        (Ok(key), _) => Some(key.clone()),
        (Err(KeyError::ParametersAbsent), [issuer, rest @ ..]) => {
            working_key(issuer, rest)?.inherited_by(holder.spki()).ok()
        }
        _ => None,
    }
}

/// Whether `holder` is who `list` names as its issuer, with a key that may sign lists.
fn may_sign(holder: &Certificate, list: &List) -> bool {
    let differs = matches!(
        (list.authority_key(), &holder.subject_key),
        (Some(wanted), Some(present)) if wanted != present
    );
    !differs
        && holder.subject_name() == list.issuer()
        && holder.key_usage.is_none_or(|usage| usage.has_any(KeyUsage::CRL_SIGN))
}

/// What `full`, brought up to date by `delta`, says of `certificate`, and which of the two (§6.3.3 i to k).
fn stated<'l>(
    full: &'l List,
    delta: Option<&'l List>,
    certificate: &Certificate,
) -> Option<(Revoked, &'l List)> {
    let find = |list: &'l List| {
        list.find(certificate.issuer_name(), certificate.serial()).map(|stated| (stated, list))
    };
    let (stated, list) = delta.and_then(find).or_else(|| find(full))?;
    (stated.reason != RevocationReason::RemoveFromList).then_some((stated, list))
}

fn source(list: &List) -> Source {
    Source::List { digest: *list.digest(), number: list.number().cloned() }
}
