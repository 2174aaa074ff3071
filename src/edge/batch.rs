//! Answers a batch line by line: reads, judges, records and writes at the pace of the slowest of the four.
//! What a line says is read in `route`; whether it may be judged, and the judgement, are the exchange's.

mod judging;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use self::judging::Judging;
pub(super) use self::stream::Stream;
use self::stream::{Gone, Sender};
use super::body::Sent;
use super::client::{self, Doors};
use super::credential::Credential;
use super::lines::{Bounds, Line, Lines};
use super::memory::Share;
use super::reply::Judged;
use super::route::{self, Item, Lengths};
use super::tally::Tally;
use super::{Config, refusal, reply};
use crate::exchange::{
    Answered, Arrival, Exchange, Failure, Gist, Mandate, Pending, Refusal, Target, Unrecorded, Verification,
    Verified,
};
use crate::license::Sought;
use crate::sensitive::Sensitive;
use crate::verdict::Language;
use crate::verifier::{self, Material, Precedence};

/// What a batch is answered with, and in whose name.
#[derive(Clone)]
pub(super) struct Batch {
    pub(super) exchange: Arc<Exchange>,
    pub(super) doors: Arc<Doors>,
    /// Its caller's share.
    pub(super) memory: Share,
    pub(super) config: Arc<Config>,
    pub(super) tally: Tally,
    pub(super) draining: watch::Receiver<bool>,
    pub(super) client: Option<Arc<Credential>>,
    /// How the batch came in. Each line arrives anew, since rules, enrollment and trust may change while a batch runs.
    pub(super) arrival: Arrival,
    pub(super) mandate: Arc<Mandate>,
    pub(super) language: Language,
}

/// A line that has come to its end, without its record.
struct Done {
    line: u64,
    id: Option<Sensitive<String>>,
    begun: Instant,
    pending: Pending<Verified>,
    /// Why its caller may send no batch any more, and no line after it would fare otherwise.
    lapsed: Option<Refusal>,
}

/// How far a batch has come.
#[derive(Default)]
struct Progress {
    judged: u64,
    refused: u64,
    /// Why no more is read, if that is not the end of the body.
    end: Option<Refusal>,
    /// Why nothing more can be put on record.
    unrecorded: Option<Unrecorded>,
    /// Whether the caller takes no more results.
    gone: bool,
}

/// What is told of one line, on a line of its own.
#[derive(Serialize)]
struct Told<'a> {
    line: u64,
    id: Option<&'a str>,
    #[serde(flatten)]
    judged: Option<Judged<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Value>,
}

impl Progress {
    /// What metrics and logs call the end.
    fn code(&self) -> &'static str {
        let refused = self.end.as_ref().map(Refusal::code);
        self.unrecorded.map(Unrecorded::code).or(refused).unwrap_or("complete")
    }
}

impl Batch {
    /// Answers the lines of `body` into `sender`. Runs to its end even if the caller goes away: what is being judged then is
    /// recorded, what is not yet begun is dropped.
    pub(super) async fn run(mut self, body: Sent, mut sender: Sender) {
        let bounds = Bounds { line: self.config.batch_line_bytes.size(), whole: self.config.batch_bytes };
        let mut progress = Progress::default();
        let lines = Lines::new(body, bounds, &self.memory);
        let mut next = 1;
        match lines {
            Some(mut lines) => {
                self.answer(&mut lines, &mut sender, &mut progress).await;
                next = lines.next_number();
                self.summarize(&mut sender, &mut progress, next).await;
                if progress.code() != "complete" {
                    // The client may be sending still, and look for the answer when it is done.
                    let _ = tokio::time::timeout(self.config.last_ms.duration(), lines.discard()).await;
                }
            }
            None => {
                progress.end = Some(Refusal::NoRoom);
                self.summarize(&mut sender, &mut progress, next).await;
            }
        }
        let elapsed = self.arrival.started.elapsed();
        let code = progress.code();
        self.tally.answered("verify_batch", code, elapsed);
        tracing::info!(
            request_id = %self.arrival.id,
            caller = self.arrival.caller.as_ref().map(tracing::field::display),
            operation = "verify_batch",
            code,
            lines = next.saturating_sub(1),
            judged = progress.judged,
            refused = progress.refused,
            elapsed_ms = elapsed.as_millis(),
            "answered"
        );
    }

    /// Reads and judges until there is no more to read, or no one to tell.
    async fn answer(&mut self, lines: &mut Lines<Sent>, sender: &mut Sender, progress: &mut Progress) {
        let (pause, linger) = (self.config.body_ms.duration(), self.config.batch_linger_ms.duration());
        let (in_flight, most) = (self.config.batch_in_flight.size(), self.config.batch_chunk.size());
        let mut draining = self.draining.clone();
        let heaviest = self.config.batch_chunk_bytes.size();
        let mut judging: Judging<Done> = Judging::new();
        let mut chunk: Vec<Done> = Vec::new();
        let mut weight: usize = 0;
        let mut reading = true;
        let mut items: u32 = 0;
        // When the caller had its last chance to send: what the gateway itself takes is not charged to it.
        let mut heard = Instant::now();
        let mut due = heard;
        while reading || !judging.is_empty() || !chunk.is_empty() {
            tokio::select! {
                biased;
                () = sender.closed(), if reading => {
                    (reading, progress.gone) = (false, true);
                    progress.end = Some(Refusal::CutOff);
                }
                () = begun(&mut draining), if reading => {
                    reading = false;
                    progress.end = Some(Refusal::Draining);
                }
                next = tokio::time::timeout_at(heard + pause, lines.next()), if reading && judging.len() < in_flight => {
                    heard = Instant::now();
                    match next.unwrap_or(Err(Refusal::TooSlow)) {
                        Ok(Some(_)) if items == self.config.batch_lines.get() => {
                            lines.unread();
                            reading = false;
                            progress.end = Some(Refusal::TooManyLines { limit: items });
                        }
                        Ok(Some(line)) => {
                            items = items.saturating_add(1);
                            judging.begin(line.number, self.clone().judge(line));
                        }
                        Ok(None) => reading = false,
                        Err(refusal) => {
                            reading = false;
                            progress.end = Some(refusal);
                        }
                    }
                }
                Some(done) = judging.next(), if !judging.is_empty() => {
                    heard = Instant::now();
                    if chunk.is_empty() {
                        due = heard + linger;
                    }
                    let mut done = done.unwrap_or_else(|line| self.lost(line, heard));
                    if let Some(refusal) = done.lapsed.take() {
                        reading = false;
                        progress.end.get_or_insert(refusal);
                    }
                    weight = weight.saturating_add(done.pending.weight());
                    chunk.push(done);
                    if chunk.len() >= most || weight >= heaviest {
                        self.conclude(&mut chunk, sender, progress, &mut reading).await;
                        (heard, weight) = (Instant::now(), 0);
                    }
                }
                () = tokio::time::sleep_until(due), if !chunk.is_empty() && !judging.is_empty() => {
                    self.conclude(&mut chunk, sender, progress, &mut reading).await;
                    (heard, weight) = (Instant::now(), 0);
                }
                // Nothing is there to read now and nothing is being judged: nothing to wait for.
                () = std::future::ready(()), if !chunk.is_empty() && judging.is_empty() => {
                    self.conclude(&mut chunk, sender, progress, &mut reading).await;
                    (heard, weight) = (Instant::now(), 0);
                }
            }
        }
    }

    /// Judges one line, or finds out why not.
    async fn judge(self, line: Line) -> Done {
        let begun = Instant::now();
        self.doors.keep_pace(self.arrival.caller.as_ref()).await;
        let number = line.number;
        let (Item { id, file }, _held) = match line.text {
            Ok((text, held)) => {
                let lengths = Lengths::of(&self.config);
                let decode = move || (route::item(&text, number, lengths), held);
                let decoded = self.exchange.read(Precedence::Line, decode).await;
                decoded.unwrap_or_else(|refusal| (Item { id: None, file: Err(refusal) }, None))
            }
            Err(refusal) => (Item { id: None, file: Err(refusal) }, None),
        };
        let rulebook = self.exchange.rulebook();
        let at = self.exchange.now();
        let caller = client::identify(&rulebook, self.client.as_deref(), at).await;
        let lapsed = match &caller {
            Ok(caller) if caller.speaks_for(&self.mandate.department) => None,
            Ok(_) => Some(Refusal::NotYourDepartment(self.mandate.department.to_string())),
            Err(refusal) => Some(refusal.clone()),
        };
        let file = lapsed.clone().map_or(file, Err);
        let (request, certificate) = (self.arrival.id.clone(), self.arrival.certificate);
        let arrival = self.exchange.arrive(request, rulebook, certificate, caller.ok(), at);
        let pending = match file {
            Ok(file) => {
                let mandate = Arc::clone(&self.mandate);
                let verification =
                    Verification { material: Material::file(file), mandate, line: Some(number) };
                self.exchange.judge(&arrival, verification).await
            }
            Err(refusal) => self.declined(&arrival, number, refusal),
        };
        Done { line: number, id, begun, pending, lapsed }
    }

    fn declined(&self, arrival: &Arrival, line: u64, refusal: Refusal) -> Pending<Verified> {
        let gist = Gist { target: Some(Target::Verify(Sought::File)), line: Some(line) };
        self.exchange.decline(arrival, &gist, &self.mandate, refusal)
    }

    /// The end of a line whose task panicked at `ended`.
    fn lost(&self, line: u64, ended: Instant) -> Done {
        tracing::error!(request_id = %self.arrival.id, line, "judging a line of a batch panicked");
        let refusal = Refusal::Verifier(verifier::Error::CutShort);
        let pending = self.declined(&self.arrival, line, refusal);
        Done { line, id: None, begun: ended, pending, lapsed: None }
    }

    /// Records `chunk` in one write, and then tells it.
    async fn conclude(
        &self,
        chunk: &mut Vec<Done>,
        sender: &mut Sender,
        progress: &mut Progress,
        reading: &mut bool,
    ) {
        let mut labels = Vec::with_capacity(chunk.len());
        let mut pending = Vec::with_capacity(chunk.len());
        for done in chunk.drain(..) {
            labels.push((done.line, done.id, done.begun));
            pending.push(done.pending);
        }
        let concluded = self.exchange.conclude_all(pending).await;
        let mut text = String::new();
        let waiting = i64::try_from(labels.len()).unwrap_or(i64::MAX);
        for ((line, id, begun), result) in labels.into_iter().zip(concluded) {
            let code = match &result {
                Ok(answered) => answered.content().judgement.verdict().as_str(),
                Err(Failure::Refused(refused)) => refused.refusal().code(),
                Err(Failure::Unrecorded(cause)) => {
                    // Nothing that follows could be recorded either.
                    *reading = false;
                    progress.unrecorded = Some(*cause);
                    cause.code()
                }
            };
            self.tally.answered("verify_batch_line", code, begun.elapsed());
            let told = if result.is_ok() { &mut progress.judged } else { &mut progress.refused };
            *told = told.saturating_add(1);
            text.push_str(&self.told(line, id.as_ref(), &result));
            text.push('\n');
        }
        if progress.gone {
            return;
        }
        self.tally.results_waiting(waiting);
        if send(sender, text, self.config.body_ms.duration()).await.is_err() {
            (*reading, progress.gone) = (false, true);
            progress.end.get_or_insert(Refusal::CutOff);
        }
        self.tally.results_waiting(-waiting);
    }

    /// What is told of one line.
    fn told(
        &self,
        line: u64,
        id: Option<&Sensitive<String>>,
        result: &Result<Answered<Verified>, Failure>,
    ) -> String {
        let (judged, problem) = match result {
            Ok(answered) => (Some(reply::judged(answered, self.language)), None),
            Err(failure) => (None, Some(refusal::member(failure, &self.arrival.id))),
        };
        let told = Told { line, id: id.map(|id| id.expose().as_str()), judged, problem };
        // Names and numbers: nothing that could fail to be written.
        serde_json::to_string(&told).unwrap_or_default()
    }

    /// Ends the answer with how far it has come. An end that is not that of the body is on record, like every refusal.
    async fn summarize(&self, sender: &mut Sender, progress: &mut Progress, next: u64) {
        let mut problem = Value::Null;
        if let Some(cause) = progress.unrecorded {
            problem = refusal::member(&Failure::Unrecorded(cause), &self.arrival.id);
        } else if let Some(refusal) = progress.end.clone() {
            let gist = Gist { target: Some(Target::VerifyBatch), line: Some(next) };
            let pending = self.exchange.decline::<Verified>(&self.arrival, &gist, &self.mandate, refusal);
            for failure in self.exchange.conclude_all(vec![pending]).await.into_iter().filter_map(Result::err)
            {
                problem = refusal::member(&failure, &self.arrival.id);
            }
        }
        if progress.gone {
            return;
        }
        let summary = json!({ "summary": {
            "complete": problem.is_null(),
            "judged": progress.judged,
            "refused": progress.refused,
            "next_line": (!problem.is_null()).then_some(next),
            "problem": problem,
            "request_id": self.arrival.id.as_str(),
        }});
        let time = self.config.body_ms.duration();
        if send(sender, format!("{summary}\n"), time).await.is_ok() {
            sender.end();
        }
    }
}

/// Returns when the gateway begins to drain, or has gone.
async fn begun(draining: &mut watch::Receiver<bool>) {
    let _ = draining.wait_for(|draining| *draining).await;
}

/// Sends `text`; gives up on a caller that takes nothing for `time`.
async fn send(sender: &mut Sender, text: String, time: Duration) -> Result<(), Gone> {
    tokio::time::timeout(time, sender.send(text)).await.unwrap_or(Err(Gone))
}
