//! One round of a thread's work: what waited together is hashed and checked together, and each piece fails alone.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Config, Given, Grounds, Identified, Judged, Material, MaterialKey, Seen, Tell};
use crate::budget::Limits;
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, Engine};
use crate::license::{Circumstances, Content, Draft, Known, confirm, judge_at_once};
use crate::pki::RevocationKnowledge;

/// Says whether a judgement of what a key names is kept.
pub(super) type IsKept = Box<dyn Fn(&MaterialKey) -> bool + Send>;

/// A piece of work, with whom to tell what came of it. If it panics, or the thread ends, nobody is told.
pub(super) enum Work {
    /// Hash what came.
    Identify(Arc<Material>, Tell<Identified>),
    /// Hash it, and judge it as well unless a judgement is kept or it takes long.
    See(Question, IsKept, Tell<Seen>),
    /// Judge it.
    Judge(Question, Tell<Arc<Judged>>),
    /// Whatever else takes as long.
    Other(Box<dyn FnOnce() + Send>),
}

/// What follows when material is identified.
enum Next {
    Tell(Tell<Identified>),
    See(Question, IsKept, Tell<Seen>),
}

/// Whom to tell a judgement.
enum Asker {
    Judge(Tell<Arc<Judged>>),
    See(Box<Identified>, Tell<Seen>),
}

impl Asker {
    fn is_waiting(&self) -> bool {
        match self {
            Self::Judge(tell) => tell.is_awaited(),
            Self::See(_, tell) => tell.is_awaited(),
        }
    }

    fn tell(self, judged: Judged) {
        let judged = Arc::new(judged);
        match self {
            Self::Judge(tell) => tell.send(judged),
            Self::See(identified, tell) => tell.send(Seen { identified: *identified, judged: Some(judged) }),
        }
    }
}

impl Next {
    /// Goes on without a judgement.
    fn tell(self, identified: Identified) {
        match self {
            Self::Tell(tell) => tell.send(identified),
            Self::See(_, _, tell) => tell.send(Seen { identified, judged: None }),
        }
    }
}

/// What is to be judged, and on what.
#[cfg_attr(test, derive(Clone))]
pub(super) struct Question {
    pub(super) material: Arc<Material>,
    pub(super) grounds: Grounds,
    pub(super) at: Timestamp,
}

/// What all rounds need.
pub(super) struct Tools {
    pub(super) engine: Engine,
    pub(super) known: Known,
    pub(super) limits: Limits,
    pub(super) skew_millis: i64,
    /// How long a drafted file may wait while others are drafted beside it.
    pub(super) gather: Duration,
    /// Bytes of a file, and of the content beside it, up to which it is hashed with others, and judged beside others.
    pub(super) hashed_together: usize,
    pub(super) judged_together: usize,
}

impl Tools {
    /// What `config` says.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            engine: if config.lanes { Engine::detect() } else { Engine::portable() },
            known: Known::new(config.known_signers, config.known_bytes),
            limits: config.limits,
            skew_millis: i64::from(config.clock_skew_seconds).saturating_mul(1000),
            gather: Duration::from_micros(config.gather_micros.into()),
            hashed_together: config.hashed_together_bytes,
            judged_together: config.judged_together_bytes,
        }
    }

    /// Does all of `round`: first what others wait for to go on, then judgements, then what may take long. Nobody in it waits for a
    /// larger file than its own, nor for those whose signatures do not hold.
    pub(super) fn work(&self, round: Vec<Work>) {
        let (mut materials, mut questions, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for work in round {
            match work {
                Work::Identify(material, tell) => materials.push((material, Next::Tell(tell))),
                Work::See(question, is_kept, tell) => {
                    materials.push((Arc::clone(&question.material), Next::See(question, is_kept, tell)));
                }
                Work::Judge(question, tell) => questions.push((question, Asker::Judge(tell))),
                Work::Other(work) => others.push(work),
            }
        }
        let (small, large): (Vec<_>, Vec<_>) =
            materials.into_iter().partition(|(material, _)| material.bytes() <= self.hashed_together);
        let twins = self.identify(small, &mut questions);
        let refuted = self.judge(questions);
        for (identified, next) in twins {
            next.tell(identified);
        }
        for (material, next) in large {
            next.tell(material.identified());
        }
        for (question, asker) in refuted {
            if let Ok(judged) = catch_unwind(AssertUnwindSafe(|| question.at_once(self))) {
                asker.tell(judged);
            }
        }
        for work in others {
            // Whoever waits for it sees that nothing came.
            drop(catch_unwind(AssertUnwindSafe(work)));
        }
    }

    /// Hashes all of `small` together and adds to `questions` what is to be judged of it now. Gives back what is the same as something
    /// of that, to be told later: by then its judgement is likely to be kept.
    fn identify(
        &self,
        small: Vec<(Arc<Material>, Next)>,
        questions: &mut Vec<(Question, Asker)>,
    ) -> Vec<(Identified, Next)> {
        let parts: Vec<&[u8]> = small.iter().flat_map(|(material, _)| material.parts()).collect();
        let mut digests = self.engine.digest_many(DigestAlgorithm::Sm3, &parts).into_iter();
        let mut next_digest =
            |part: &[u8]| digests.next().unwrap_or_else(|| DigestAlgorithm::Sm3.digest(part));
        let (mut twins, mut keys) = (Vec::new(), HashSet::new());
        for (material, next) in small {
            let identified = material.identified_by(&mut next_digest);
            match next {
                Next::See(question, is_kept, tell)
                    if question.material.bytes() <= self.judged_together
                        && tell.is_awaited()
                        && !says(&is_kept, &identified.key) =>
                {
                    if keys.insert(identified.key) {
                        questions.push((question, Asker::See(Box::new(identified), tell)));
                    } else {
                        twins.push((identified, Next::See(question, is_kept, tell)));
                    }
                }
                next => next.tell(identified),
            }
        }
        twins
    }

    /// Judges `questions` side by side, and gives back those of which something was presumed wrongly.
    fn judge(&self, questions: Vec<(Question, Asker)>) -> Vec<(Question, Asker)> {
        let mut refuted = Vec::new();
        let mut waiting: Vec<_> = questions.into_iter().filter(|(_, asker)| asker.is_waiting()).collect();
        waiting.sort_by_key(|(question, _)| question.material.bytes());
        let mut waiting = waiting.into_iter().peekable();
        while waiting.peek().is_some() {
            let mut drafted = Vec::new();
            let mut drafts = Vec::new();
            let start = Instant::now();
            let may_begin = |(question, _): &(Question, Asker), begun: bool| {
                !begun || start.elapsed() < self.gather && question.material.bytes() <= self.judged_together
            };
            while let Some((question, asker)) = waiting.next_if(|next| may_begin(next, !drafted.is_empty())) {
                // What panics here would panic at once as well; its caller is told nothing, and the others go on.
                if let Ok(draft) = catch_unwind(AssertUnwindSafe(|| question.draft(self))) {
                    drafts.push(draft);
                    drafted.push((question, asker));
                }
            }
            let confirmed = catch_unwind(AssertUnwindSafe(|| confirm(self.engine, &drafts)));
            let holds = confirmed.unwrap_or_else(|_| vec![false; drafts.len()]);
            for (((question, asker), draft), holds) in drafted.into_iter().zip(drafts).zip(holds) {
                match catch_unwind(AssertUnwindSafe(|| draft.conclude(holds, Some(&self.known)))) {
                    Ok(Some((judgement, trace))) => asker.tell(Judged { judgement, trace }),
                    Ok(None) | Err(_) => refuted.push((question, asker)),
                }
            }
        }
        refuted
    }
}

/// What `is_kept` says of `key`. If it panics, the judgement counts as kept: then it is looked for where a panic harms nobody else.
fn says(is_kept: &IsKept, key: &MaterialKey) -> bool {
    catch_unwind(AssertUnwindSafe(|| is_kept(key))).unwrap_or(true)
}

impl Question {
    fn draft(&self, tools: &Tools) -> Draft {
        let Material { sought, file, .. } = self.material.as_ref();
        Draft::new(*sought, file, &self.circumstances(tools))
    }

    fn at_once(&self, tools: &Tools) -> Judged {
        let Material { sought, file, .. } = self.material.as_ref();
        let (judgement, trace) = judge_at_once(*sought, file, &self.circumstances(tools));
        Judged { judgement, trace }
    }

    fn circumstances<'a>(&'a self, tools: &'a Tools) -> Circumstances<'a> {
        let Grounds { anchors, seals, evidence, rules } = &self.grounds;
        let content = self.material.content.as_ref().map(|content| match content {
            Given::Bytes(bytes) => Content::Bytes(bytes),
            Given::Digest(digest) => Content::Digest(*digest),
        });
        Circumstances {
            revocation: Some(RevocationKnowledge { evidence, rules: *rules }),
            skew_millis: tools.skew_millis,
            content,
            signer: self.material.signer.as_ref(),
            seals: Some(seals),
            engine: tools.engine,
            known: Some(&tools.known),
            ..Circumstances::new(anchors, self.at, &tools.limits)
        }
    }
}

#[cfg(test)]
mod tests;
