//! One round of a thread's work: what waited together is hashed and checked together, and each piece fails alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Config, Given, Grounds, Identified, Judged, Material, Tell};
use crate::budget::Limits;
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, Engine};
use crate::license::{Circumstances, Content, Draft, Known, confirm, judge_at_once};
use crate::pki::RevocationKnowledge;

/// Files above this size are hashed by themselves, after what came with them: those beside one would wait for it. 1 MiB: 3 ms.
const HASHED_TOGETHER: usize = 1 << 20;

/// Files above this size are drafted by themselves, after smaller ones: those drafted before would wait for it. 256 KiB: 2 ms.
const DRAFTED_TOGETHER: usize = 256 << 10;

/// A piece of work, with whom to tell what came of it. If it panics, or the thread ends, nobody is told.
pub(super) enum Work {
    /// Hash what came.
    Identify(Box<Material>, Tell<Identified>),
    /// Judge it.
    Judge(Question, Tell<Judged>),
    /// Whatever else takes as long.
    Other(Box<dyn FnOnce() + Send>),
}

/// What is to be judged, and on what.
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
        }
    }

    /// Does all of `round`: first what others wait for to go on, then judgements, then what may take long. Nobody in it waits for a
    /// larger file than its own, nor for those whose signatures do not hold.
    pub(super) fn work(&self, round: Vec<Work>) {
        let (mut materials, mut questions, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for work in round {
            match work {
                Work::Identify(material, tell) => materials.push((material, tell)),
                Work::Judge(question, tell) => questions.push((question, tell)),
                Work::Other(work) => others.push(work),
            }
        }
        let (small, large): (Vec<_>, Vec<_>) =
            materials.into_iter().partition(|(material, _)| material.file.len() <= HASHED_TOGETHER);
        self.identify(small);
        let refuted = self.judge(questions);
        for (material, tell) in large {
            tell.send(material.identified());
        }
        for (question, tell) in refuted {
            if let Ok(judged) = catch_unwind(AssertUnwindSafe(|| question.at_once(self))) {
                tell.send(judged);
            }
        }
        for work in others {
            // Whoever waits for it sees that nothing came.
            drop(catch_unwind(AssertUnwindSafe(work)));
        }
    }

    fn identify(&self, small: Vec<(Box<Material>, Tell<Identified>)>) {
        let files: Vec<&[u8]> = small.iter().map(|(material, _)| material.file.as_ref()).collect();
        let digests = self.engine.digest_many(DigestAlgorithm::Sm3, &files);
        for ((material, tell), file) in small.into_iter().zip(digests) {
            tell.send(material.identified_by(file));
        }
    }

    /// Judges `questions` side by side, and gives back those of which something was presumed wrongly.
    fn judge(&self, questions: Vec<(Question, Tell<Judged>)>) -> Vec<(Question, Tell<Judged>)> {
        let mut refuted = Vec::new();
        let mut waiting: Vec<_> = questions.into_iter().filter(|(_, tell)| tell.is_awaited()).collect();
        waiting.sort_by_key(|(question, _)| question.material.file.len());
        let mut waiting = waiting.into_iter().peekable();
        while waiting.peek().is_some() {
            let mut drafted = Vec::new();
            let mut drafts = Vec::new();
            let start = Instant::now();
            let may_begin = |(question, _): &(Question, Tell<Judged>), begun: bool| {
                !begun || start.elapsed() < self.gather && question.material.file.len() <= DRAFTED_TOGETHER
            };
            while let Some((question, tell)) = waiting.next_if(|next| may_begin(next, !drafted.is_empty())) {
                // What panics here would panic at once as well; its caller is told nothing, and the others go on.
                if let Ok(draft) = catch_unwind(AssertUnwindSafe(|| question.draft(self))) {
                    drafts.push(draft);
                    drafted.push((question, tell));
                }
            }
            let confirmed = catch_unwind(AssertUnwindSafe(|| confirm(self.engine, &drafts)));
            let holds = confirmed.unwrap_or_else(|_| vec![false; drafts.len()]);
            for (((question, tell), draft), holds) in drafted.into_iter().zip(drafts).zip(holds) {
                match catch_unwind(AssertUnwindSafe(|| draft.conclude(holds, Some(&self.known)))) {
                    Ok(Some((judgement, trace))) => tell.send(Judged { judgement, trace }),
                    Ok(None) | Err(_) => refuted.push((question, tell)),
                }
            }
        }
        refuted
    }
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
