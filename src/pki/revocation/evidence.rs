//! All lists and OCSP responses that may be asked, those of the past included: built once, never changed.

use std::collections::HashMap;
use std::sync::Arc;

use super::answer::{Answer, AnswerError, Single};
use super::distribution::{DistributionPoint, Scope};
use super::entries::shortest;
use super::list::{List, ListError, ListLimits};
use crate::budget::{Budget, Exhausted};
use crate::pki::{Certificate, Name, extension};

/// Lists and answers of unknown signers that are held against the issuer of one certificate. 32: no more of them are held of
/// one series or about one certificate, and of each list the result is remembered.
const ATTEMPTS: usize = 32;

/// Lists of one issuer about the same things, newest first.
#[derive(Debug, Default)]
pub(super) struct Series {
    pub(super) scope: Scope,
    pub(super) full: Vec<Arc<List>>,
    pub(super) deltas: Vec<Arc<List>>,
}

/// Evidence that cannot be used, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableEvidence {
    /// A list.
    #[error("{place}: {error}")]
    List {
        /// The file, or the place in a question.
        place: String,
        /// What is wrong with it.
        error: ListError,
    },
    /// An OCSP response.
    #[error("{place}: {error}")]
    Answer {
        /// The file, or the place in a question.
        place: String,
        /// What is wrong with it.
        error: AnswerError,
    },
}

impl UnusableEvidence {
    /// The stable name on the wire.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::List { .. } => "path.list_unusable",
            Self::Answer { .. } => "path.answer_unusable",
        }
    }
}

/// What is known about revocation.
#[derive(Debug, Default)]
pub struct Evidence {
    series: HashMap<Name, Vec<Series>>,
    /// Answers by serial number, with the position inside their response; newest first.
    answers: HashMap<Vec<u8>, Vec<(Arc<Answer>, usize)>>,
    given: bool,
    /// Whether something was given that nobody could read.
    incomplete: bool,
}

impl Evidence {
    /// From loaded lists and responses. `unusable` says that others were given and could not be loaded: then
    /// certificates must not count as unchecked, as if nobody had cared.
    pub fn new(
        lists: impl IntoIterator<Item = Arc<List>>,
        answers: impl IntoIterator<Item = Arc<Answer>>,
        unusable: bool,
    ) -> Self {
        let mut evidence = Self { given: unusable, incomplete: unusable, ..Self::default() };
        for list in lists {
            evidence.add_list(list);
        }
        for answer in answers {
            evidence.add_answer(&answer);
        }
        for series in evidence.series.values_mut().flatten() {
            for lists in [&mut series.full, &mut series.deltas] {
                lists.sort_by(|one, two| newer(two, one));
                // The same list may come from several places.
                lists.dedup_by(|one, two| one.digest() == two.digest());
            }
        }
        for answers in evidence.answers.values_mut() {
            let time = |(answer, _): &(Arc<Answer>, usize)| std::cmp::Reverse(answer.produced_at());
            answers.sort_by_key(time);
        }
        evidence
    }

    /// Loads `lists` and `answers`, each with the place it came from. What cannot be used is left out and said.
    pub fn gather<'d>(
        lists: impl IntoIterator<Item = (String, &'d [u8])>,
        answers: impl IntoIterator<Item = (String, &'d [u8])>,
        authorities: &[Certificate],
        limits: &ListLimits,
        budget: &mut Budget,
    ) -> (Self, Vec<UnusableEvidence>) {
        let mut unusable = Vec::new();
        let mut loaded_lists = Vec::new();
        for (place, der) in lists {
            match List::load(der, authorities, limits, budget) {
                Ok(list) => loaded_lists.push(Arc::new(list)),
                Err(error) => unusable.push(UnusableEvidence::List { place, error }),
            }
        }
        let mut loaded_answers = Vec::new();
        for (place, der) in answers {
            match Answer::load(der, None, authorities, budget) {
                Ok(answer) => loaded_answers.push(Arc::new(answer)),
                Err(error) => unusable.push(UnusableEvidence::Answer { place, error }),
            }
        }
        (Self::new(loaded_lists, loaded_answers, !unusable.is_empty()), unusable)
    }

    /// Whether nothing was given at all.
    pub const fn is_empty(&self) -> bool {
        !self.given
    }

    /// Whether something was given that nobody could read, which may speak of any certificate.
    pub(super) const fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// All lists, in no particular order.
    pub fn lists(&self) -> impl Iterator<Item = &Arc<List>> {
        self.series.values().flatten().flat_map(|series| series.full.iter().chain(&series.deltas))
    }

    /// Whether anything speaks of certificates that stand where `certificate`, signed by `issuer`, does: lists of its issuer or
    /// of whom it names as issuer of lists, or answers about itself.
    ///
    /// A name alone is nobody's word: a list or answer counts if the key of `issuer` made or appointed it, or a list if an
    /// authority did that it was loaded with. Whoever can put a list into the hands of a gateway could otherwise leave open
    /// whatever another authority certified.
    pub(super) fn concerns(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let named = || {
            let points = certificate.extension(extension::id::CRL_DISTRIBUTION_POINTS);
            let points = points
                .and_then(|(_, der)| DistributionPoint::read_all(der, certificate.issuer_name()).ok())
                .unwrap_or_default();
            points.iter().flat_map(|point| &point.list_issuers).any(|name| self.is_vouched(name))
        };
        if self.is_vouched(certificate.issuer_name()) || !self.series.is_empty() && named() {
            return Ok(true);
        }
        for list in self.lists_by(certificate.issuer_name()).take(ATTEMPTS) {
            if list.attestation().is_by(issuer, budget)? {
                return Ok(true);
            }
        }
        for (answer, _) in self.answers(certificate, issuer).take(ATTEMPTS) {
            if !answer.is_forged(std::slice::from_ref(issuer), budget)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn lists_by(&self, issuer: &Name) -> impl Iterator<Item = &Arc<List>> {
        self.series(issuer).iter().flat_map(|series| series.full.iter().chain(&series.deltas))
    }

    fn is_vouched(&self, issuer: &Name) -> bool {
        self.lists_by(issuer).any(|list| list.is_vouched())
    }

    /// The lists signed under the name `issuer`, one series for each scope.
    pub(super) fn series(&self, issuer: &Name) -> &[Series] {
        self.series.get(issuer).map(Vec::as_slice).unwrap_or_default()
    }

    /// The answers about `certificate`, issued by the holder of `issuer`'s key.
    pub(super) fn answers(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> impl Iterator<Item = (&Answer, &Single)> {
        let answers = self.answers.get(shortest(certificate.serial()));
        answers.into_iter().flatten().filter_map(move |(answer, position)| {
            let single = answer.singles().get(*position)?;
            single.id.is(certificate, issuer).then_some((answer.as_ref(), single))
        })
    }

    fn add_list(&mut self, list: Arc<List>) {
        self.given = true;
        let all = self.series.entry(list.issuer().clone()).or_default();
        let position = all.iter().position(|series| series.scope == *list.scope()).unwrap_or_else(|| {
            all.push(Series { scope: list.scope().clone(), ..Series::default() });
            all.len() - 1
        });
        let Some(series) = all.get_mut(position) else { return };
        let lists = if list.base().is_some() { &mut series.deltas } else { &mut series.full };
        lists.push(list);
    }

    fn add_answer(&mut self, answer: &Arc<Answer>) {
        self.given = true;
        for (position, single) in answer.singles().iter().enumerate() {
            self.answers.entry(single.id.serial.clone()).or_default().push((Arc::clone(answer), position));
        }
    }
}

fn newer(one: &List, two: &List) -> std::cmp::Ordering {
    let order = |list: &List| (list.this_update(), list.number().cloned());
    order(one).cmp(&order(two)).then_with(|| one.digest().as_ref().cmp(two.digest().as_ref()))
}
