//! Judges the certificates of a candidate path: asks all evidence about each, then and now, and follows whoever signed
//! the evidence up to the same anchor. Path building itself is not done here.

mod answers;
mod lists;

use std::rc::Rc;

use super::evidence::Evidence;
use super::found::Found;
use super::freshness::EvidenceRules;
use super::standing::{CertificateStanding, PathStanding, Standing};
use super::weigh::{Moment, TimeBasis};
use crate::budget::{Budget, Exhausted};
use crate::clock::Timestamp;
use crate::pki::{Certificate, Name, traced};

/// Signers of evidence about signers of evidence. Real ones need one step from a path, two with an OCSP responder whose
/// own revocation is on an indirect list.
const DEPTH: usize = 4;

/// Whether revocation is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationMode {
    /// Every certificate below the anchor must be shown good.
    #[default]
    Require,
    /// As `Require` if there is any evidence, even useless; else nothing is asked.
    IfPresent,
    /// Nothing is asked.
    Off,
    /// As each anchor demands: `Require` below those that state sources, and wherever evidence speaks of the path; else
    /// nothing is asked. For verdicts; nobody asks for it by name.
    #[serde(skip)]
    ByAnchor,
}

impl RevocationMode {
    /// From its name in config and on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "require" => Some(Self::Require),
            "if-present" => Some(Self::IfPresent),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// Finds signers of lists apart from the path that is judged: an authority's other keys, and issuers of indirect lists.
pub trait IssuerPaths {
    /// Paths, leaf first, from certificates whose subject is `signer` to `anchor` and with it, valid at `at` by
    /// everything but revocation. Key usage of the leaf is left to the caller.
    fn paths(
        &self,
        signer: &Name,
        anchor: &Certificate,
        at: Timestamp,
        budget: &mut Budget,
    ) -> Result<Vec<Vec<Certificate>>, Exhausted>;
}

/// Where lists are signed by the keys of the path alone.
#[derive(Clone, Copy, Debug)]
pub struct NoOtherSigners;

impl IssuerPaths for NoOtherSigners {
    fn paths(
        &self,
        _: &Name,
        _: &Certificate,
        _: Timestamp,
        _: &mut Budget,
    ) -> Result<Vec<Vec<Certificate>>, Exhausted> {
        Ok(Vec::new())
    }
}

/// What is asked, and of whom.
#[derive(Clone, Copy)]
pub struct RevocationCheck<'a> {
    /// All lists and answers.
    pub evidence: &'a Evidence,
    /// What is demanded of them.
    pub rules: EvidenceRules,
    /// Whether to ask at all.
    pub mode: RevocationMode,
    /// The time judged.
    pub moment: Moment,
    /// The present.
    pub now: Timestamp,
    /// Signers apart from the path.
    pub signers: &'a dyn IssuerPaths,
}

impl RevocationCheck<'_> {
    /// Judges every certificate of `path`, which runs from the leaf to the anchor, below the anchor.
    ///
    /// Signatures and dates of the path are the caller's business. Fails only when the budget is used up.
    pub fn judge(&self, path: &[&Certificate], budget: &mut Budget) -> Result<PathStanding, Exhausted> {
        let idle = match self.mode {
            RevocationMode::Require => false,
            // Of one path alone there is no anchor to ask what it demands.
            RevocationMode::IfPresent | RevocationMode::ByAnchor => self.evidence.is_empty(),
            RevocationMode::Off => true,
        };
        let present = Moment { at: self.now, proof: TimeBasis::Shown };
        let mut judge = Judge { check: self, budget, known: Vec::new() };
        let mut certificates = Vec::new();
        let mut rest = path;
        while let [certificate, above @ ..] = rest {
            rest = above;
            if above.is_empty() {
                break;
            }
            let target = Target { certificate, above, below: None };
            let (then, now) = if idle {
                (Standing::Unchecked, Standing::Unchecked)
            } else {
                let then = judge.standing(target, self.moment)?;
                let now =
                    if self.moment == present { then.clone() } else { judge.standing(target, present)? };
                (then, now)
            };
            certificates.push(CertificateStanding { then, now });
        }
        Ok(PathStanding { certificates })
    }
}

/// A certificate in question.
#[derive(Clone, Copy)]
struct Target<'t> {
    certificate: &'t Certificate,
    /// What stands above it on its path, the anchor last.
    above: &'t [&'t Certificate],
    /// The certificate for whose sake it is judged, if it signed evidence about that one.
    below: Option<&'t Target<'t>>,
}

impl Target<'_> {
    /// Whether `certificate` is being judged already: it must not vouch for itself through others.
    fn awaits(&self, certificate: &Certificate) -> bool {
        self.certificate == certificate || self.below.is_some_and(|below| below.awaits(certificate))
    }

    fn depth(&self) -> usize {
        self.below.map_or(0, |below| below.depth() + 1)
    }
}

type Paths = Rc<Vec<Vec<Certificate>>>;

/// A judgement under way.
struct Judge<'a, 'b> {
    check: &'a RevocationCheck<'a>,
    budget: &'b mut Budget,
    /// Paths of other signers, by name and time.
    known: Vec<(Name, Timestamp, Paths)>,
}

impl Judge<'_, '_> {
    fn standing(&mut self, target: Target<'_>, moment: Moment) -> Result<Standing, Exhausted> {
        // Nothing is published about a certificate that has expired.
        let at = moment.at.min(target.certificate.not_after);
        let mut found = Found::default();
        self.ask_answers(target, at, &mut found)?;
        self.ask_lists(target, at, &mut found)?;
        let standing = found.resolve(Moment { at, ..moment });
        traced::standing(target.certificate, &standing, moment.at == self.check.now, self.budget);
        Ok(standing)
    }

    /// Paths of signers with the name `signer` to the anchor of `target`, at `at`.
    fn other_signers(
        &mut self,
        signer: &Name,
        target: Target<'_>,
        at: Timestamp,
    ) -> Result<Paths, Exhausted> {
        if let Some((.., paths)) = self.known.iter().find(|(name, time, _)| name == signer && *time == at) {
            return Ok(Rc::clone(paths));
        }
        let Some(anchor) = target.above.last() else { return Ok(Rc::default()) };
        let paths = Rc::new(self.check.signers.paths(signer, anchor, at, self.budget)?);
        self.known.push((signer.clone(), at, Rc::clone(&paths)));
        Ok(paths)
    }
}
