//! Runs both listeners and answers requests, each as a task of its own that no hang-up ends.
//! The order of the steps is here; what each does stands in the files beside this one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::EXPECT;
use http::{HeaderMap, Request, Response};
use http_body_util::{Either, Full};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::admin::Admin;
use super::batch::{Batch, Stream};
use super::body::{self, Sent};
use super::client::{self, Doors};
use super::connection::{Parting, Service};
use super::credential::{Credential, Credentials};
use super::listener::{Listener, Secure};
use super::memory::{Held, Memory, Share};
use super::route::Lengths;
use super::sockets::Sockets;
use super::tally::Tally;
use super::tls::Acceptor;
use super::{Config, TlsError, catalog, refusal, reply, route};
use crate::clock::Elapsed;
use crate::crypto::{BearerToken, TlsIdentity};
use crate::exchange::{
    Action, Arrival, CatalogPart, Exchange, Failure, Gist, Handling, Inquiry, Mandate, Refusal, Reporting,
    RequestId, Target, Unrecorded, Verification,
};
use crate::license::Sought;
use crate::metrics::Metrics;
use crate::rulebook::{Caller, Rulebook};
use crate::upstream::REQUEST_ID_HEADER;
use crate::verdict::Language;
use crate::verifier::{Material, Precedence};

/// The edge, set up but without sockets.
pub struct Edge {
    config: Config,
    file_bytes: u64,
    identity: TlsIdentity,
    operators: Option<Arc<BearerToken>>,
}

impl Edge {
    /// An edge that shows `identity`; files may have `file_bytes`.
    pub const fn new(config: Config, file_bytes: u64, identity: TlsIdentity) -> Self {
        Self { config, file_bytes, identity, operators: None }
    }

    /// Lets operators who show `token` change something, and not only look.
    #[must_use]
    pub fn with_operators(self, token: Option<Arc<BearerToken>>) -> Self {
        Self { operators: token, ..self }
    }

    /// Puts the edge in front of `exchange` on `sockets`; nothing is accepted yet. `tally` is among what `metrics` has
    /// registered.
    /// `clock` is the steady one that the rates of callers go by.
    pub fn open(
        self,
        sockets: Sockets,
        exchange: Arc<Exchange>,
        tally: Tally,
        metrics: Metrics,
        clock: Arc<dyn Elapsed>,
    ) -> Result<Bound, TlsError> {
        let credentials = Credentials::new(Arc::clone(&exchange), &self.config, tally.clone());
        let sessions = usize::try_from(self.config.sessions).unwrap_or(usize::MAX);
        let acceptor = Acceptor::new(self.identity, Arc::new(credentials), sessions)?;
        let secure = Secure::new(acceptor, &self.config, tally.clone())?;
        let Sockets { front: socket, admin } = sockets;
        let draining = watch::Sender::new(false);
        let operators = Admin {
            exchange: Arc::clone(&exchange),
            metrics,
            draining: draining.subscribe(),
            operators: self.operators,
            body_time: self.config.body_ms.duration(),
        };
        let open = watch::Sender::new(0);
        let front = Front {
            doors: Arc::new(Doors::new(&self.config, clock)),
            draining: draining.subscribe(),
            memory: Memory::new(&self.config, tally.clone()),
            open: open.clone(),
            config: Arc::new(self.config.clone()),
            file_bytes: self.file_bytes,
            exchange,
            tally,
        };
        Ok(Bound {
            address: socket.address,
            admin_address: admin.address,
            front: Listener::new(socket.listener, Some(secure), Arc::new(front), self.config.clone()),
            admin: Listener::new(admin.listener, None, Arc::new(operators), self.config.clone()),
            draining,
            open,
            drain: Duration::from_secs(self.config.drain_seconds.into()),
            last: self.config.last_ms.duration(),
        })
    }
}

/// Both listeners, bound.
pub struct Bound {
    address: SocketAddr,
    admin_address: SocketAddr,
    front: Listener<Front>,
    admin: Listener<Admin>,
    draining: watch::Sender<bool>,
    open: watch::Sender<usize>,
    drain: Duration,
    last: Duration,
}

impl Bound {
    /// Where callers connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators connect.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Serves until `stop` ends; then refuses new connections, fails `/readyz`, and lets open requests finish within
    /// the drain time. The admin listener is the last to go.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        let (admin_stop, admin_stopped) = watch::channel(false);
        let mut admin = tokio::spawn(self.admin.run(admin_stopped));
        let front = tokio::spawn(self.front.run(self.draining.subscribe()));
        stop.await;
        self.draining.send_replace(true);
        let mut open = self.open.subscribe();
        let finish = async {
            // The connections first, because they still bring requests; then those whose client has hung up.
            let _ = front.await;
            let _ = open.wait_for(|open| *open == 0).await;
        };
        // The listener cuts its connections at the end of the drain time, so the rest needs only a moment more.
        if tokio::time::timeout(self.drain + self.last, finish).await.is_err() {
            tracing::warn!(requests = *open.borrow(), "requests cut at the end of the drain time");
        }
        admin_stop.send_replace(true);
        if tokio::time::timeout(self.last, &mut admin).await.is_err() {
            admin.abort();
            let _ = admin.await;
        }
    }
}

/// The listener for systems and gateways.
struct Front {
    config: Arc<Config>,
    file_bytes: u64,
    doors: Arc<Doors>,
    draining: watch::Receiver<bool>,
    memory: Memory,
    open: watch::Sender<usize>,
    exchange: Arc<Exchange>,
    tally: Tally,
}

/// An answer that is there, or that comes line by line.
type Outgoing = Either<Full<Bytes>, Stream>;

impl Service for Front {
    type Body = Outgoing;

    fn answer(
        self: Arc<Self>,
        client: Option<Arc<Credential>>,
        request: Request<Sent>,
    ) -> impl Future<Output = Response<Outgoing>> + Send {
        // A task of its own: when the client hangs up, the future is dropped and the task goes on to its record.
        let counted = Counted::new(&self.open, &self.tally);
        let task = tokio::spawn(async move {
            let response = self.respond(client, request).await;
            drop(counted);
            response
        });
        async move {
            task.await.unwrap_or_else(|_| refusal::unrecorded(&Unrecorded::Fault, None).map(Either::Left))
        }
    }
}

impl Front {
    async fn respond(
        self: &Arc<Self>,
        client: Option<Arc<Credential>>,
        request: Request<Sent>,
    ) -> Response<Outgoing> {
        let rulebook = self.exchange.rulebook();
        let parting = match &client {
            Some(client) => !client.may_stay(&rulebook).await,
            None => false,
        };
        let mut response = self.respond_under(rulebook, client, request).await;
        if parting {
            response.extensions_mut().insert(Parting);
        }
        response
    }

    async fn respond_under(
        self: &Arc<Self>,
        rulebook: Arc<Rulebook>,
        client: Option<Arc<Credential>>,
        request: Request<Sent>,
    ) -> Response<Outgoing> {
        let at = self.exchange.now();
        let caller = client::identify(&rulebook, client.as_deref(), at).await;
        let Some(id) = request_id(&request, caller.as_ref().ok()) else {
            return refusal::unrecorded(&Unrecorded::Fault, None).map(Either::Left);
        };
        let certificate = client.as_ref().map(|client| client.fingerprint());
        let (caller, stranger) = match caller {
            Ok(caller) => (Some(caller), None),
            Err(refusal) => (None, Some(refusal)),
        };
        let arrival = self.exchange.arrive(id, rulebook, certificate, caller, at);
        let target = route::target(request.method(), request.uri().path());
        let operation = target.as_ref().map_or("unknown", Target::operation);
        let (code, response) = match self.serve(&arrival, target, stranger, client, request).await {
            Ok(Answer::Whole(code, response)) => (code, response),
            // It is counted and logged when it has come to its end.
            Ok(Answer::Begun(response)) => return response.map(Either::Right),
            Err(Failure::Refused(refused)) => (refused.refusal().code(), refusal::problem(&refused)),
            Err(Failure::Unrecorded(cause)) => (cause.code(), refusal::unrecorded(&cause, Some(&arrival.id))),
        };
        let elapsed = arrival.started.elapsed();
        self.tally.answered(operation, code, elapsed);
        tracing::info!(
            request_id = %arrival.id,
            caller = arrival.caller.as_ref().map(tracing::field::display),
            operation,
            code,
            status = response.status().as_u16(),
            elapsed_ms = elapsed.as_millis(),
            "answered"
        );
        response.map(Either::Left)
    }

    async fn serve(
        self: &Arc<Self>,
        arrival: &Arrival,
        target: Result<Target, Refusal>,
        stranger: Option<Refusal>,
        client: Option<Arc<Credential>>,
        request: Request<Sent>,
    ) -> Result<Answer, Failure> {
        let gist = Gist { target: target.as_ref().ok().cloned(), line: None };
        let door = self.doors.enter(arrival.caller.as_ref());
        let door = door.ok_or(Failure::Unrecorded(Unrecorded::Busy))?;
        let asked = match stranger {
            Some(refusal) => Err(refusal),
            None => self.read(arrival, target, request).await,
        };
        match asked {
            Ok(Asked::Verification(verification, language, _memory)) => {
                let answered = self.exchange.verify(arrival, *verification).await?;
                let verdict = answered.content().judgement.verdict();
                Ok(Answer::Whole(verdict.as_str(), reply::verification(&answered, language)))
            }
            Ok(Asked::Inquiry(inquiry, _memory)) => {
                let answered = self.exchange.relay(arrival, *inquiry).await?;
                let outcome = answered.content().disclosed.outcome();
                Ok(Answer::Whole(outcome.as_str(), reply::exchange(&answered)))
            }
            Ok(Asked::Report(reporting)) => {
                let answered = self.exchange.report(arrival, *reporting).await?;
                let code = if answered.content().new { "reported" } else { "reported_before" };
                Ok(Answer::Whole(code, reply::correction(&answered)))
            }
            Ok(Asked::Reports) => {
                let answered = self.exchange.reports(arrival).await?;
                Ok(Answer::Whole("listed", reply::corrections(&answered)))
            }
            Ok(Asked::Decision(record)) => {
                let answered = self.exchange.explain(arrival, &record).await?;
                Ok(Answer::Whole("explained", reply::explanation(&answered)))
            }
            Ok(Asked::Handling(handling)) => {
                let answered = self.exchange.handle(arrival, *handling).await?;
                Ok(Answer::Whole(answered.content().ticket.state.as_str(), reply::correction(&answered)))
            }
            Ok(Asked::Listing(part, language, known)) => {
                match catalog::answer(&arrival.rulebook, &part, language, &known) {
                    Ok((code, response)) => Ok(Answer::Whole(code, response)),
                    Err(refusal) => Err(self.exchange.refuse(arrival, &gist, refusal).await),
                }
            }
            Ok(Asked::Batch(mandate, language, (body, memory), awaits)) => {
                let admitted = self.exchange.admit(arrival, &gist, &mandate).await;
                match admitted.and_then(|()| self.enter_batch(arrival)) {
                    Ok(entered) => Ok(Answer::Begun(self.begin(
                        arrival,
                        client,
                        mandate,
                        language,
                        (body, memory),
                        (door, entered),
                    ))),
                    Err(failure) => {
                        if !awaits {
                            self.discard(body);
                        }
                        Err(failure)
                    }
                }
            }
            Err(refusal) => Err(self.exchange.refuse(arrival, &gist, refusal).await),
        }
    }

    fn enter_batch(&self, arrival: &Arrival) -> Result<OwnedSemaphorePermit, Failure> {
        let entered = arrival.caller.as_ref().and_then(|caller| self.doors.enter_batch(caller));
        entered.ok_or(Failure::Unrecorded(Unrecorded::Busy))
    }

    /// Takes what a refused batch still sends, up to a line of it, while its refusal is on the way.
    fn discard(&self, body: Sent) {
        let (time, most) = (self.config.last_ms.duration(), self.config.batch_line_bytes.get().into());
        tokio::spawn(async move { tokio::time::timeout(time, body::discard(body, most)).await });
    }

    /// Begins to answer a batch, as a task of its own that the drain waits for; `doors` stay open until it ends.
    fn begin(
        &self,
        arrival: &Arrival,
        client: Option<Arc<Credential>>,
        mandate: Mandate,
        language: Language,
        (body, memory): (Sent, Share),
        doors: (OwnedSemaphorePermit, OwnedSemaphorePermit),
    ) -> Response<Stream> {
        let batch = Batch {
            exchange: Arc::clone(&self.exchange),
            doors: Arc::clone(&self.doors),
            memory,
            config: Arc::clone(&self.config),
            tally: self.tally.clone(),
            draining: self.draining.clone(),
            client,
            arrival: arrival.clone(),
            mandate: Arc::new(mandate),
            language,
        };
        let counted = Counted::new(&self.open, &self.tally);
        let (response, sender) = Stream::response();
        tokio::spawn(async move {
            batch.run(body, sender).await;
            drop((doors, counted));
        });
        response
    }

    async fn read(
        &self,
        arrival: &Arrival,
        target: Result<Target, Refusal>,
        request: Request<Sent>,
    ) -> Result<Asked, Refusal> {
        let caller = arrival.caller.as_ref().ok_or(Refusal::Unidentified)?;
        let (parts, body) = request.into_parts();
        let time = self.config.body_ms.duration();
        let awaits = parts.headers.contains_key(EXPECT);
        let lengths = Lengths::of(&self.config);
        let language = route::language(&parts.headers);
        let share = self.memory.of(&caller.to_string());
        let target = target?;
        route::unencoded(&parts.headers)?;
        match target {
            Target::Verify(Sought::File) => {
                route::file_media_type(&parts.headers)?;
                let (file, memory) = body::read(body, awaits, self.file_bytes, time, &share).await?;
                let mandate = Arc::new(route::Stated::read(&parts)?.mandate(caller, lengths)?);
                let verification = Verification { material: Material::file(file), mandate, line: None };
                Ok(Asked::Verification(Box::new(verification), language, memory))
            }
            Target::Verify(sought @ (Sought::Seal | Sought::Signature)) => {
                route::json_media_type(&parts.headers)?;
                let limit = self.config.loose_bytes.get().into();
                // What is decoded from it is smaller, and stays in its share of the memory when the text is gone. Both are
                // there only while one of the verifier's few workers decodes it.
                let (bytes, memory) = body::read(body, awaits, limit, time, &share).await?;
                let read = match sought {
                    Sought::Seal => route::seal,
                    Sought::Signature | Sought::File => route::signature,
                };
                let (stated, caller) = (route::Stated::read(&parts)?, caller.clone());
                let decode = move || read(stated, &caller, &bytes, lengths);
                let verification = self.exchange.read(Precedence::Request, decode).await??;
                Ok(Asked::Verification(Box::new(verification), language, memory))
            }
            Target::Report => {
                route::json_media_type(&parts.headers)?;
                let deadline = route::deadline(&parts.headers, self.config.timeout_ms.duration())?;
                let most = self.config.exchange_bytes.get().into();
                let (bytes, _memory) = body::read(body, awaits, most, time, &share).await?;
                let stated = route::Stated::read(&parts)?;
                let reporting = route::reporting(stated, caller, &bytes, deadline, lengths)?;
                Ok(Asked::Report(Box::new(reporting)))
            }
            Target::Reports => {
                route::no_parameters(parts.uri.query())?;
                Ok(Asked::Reports)
            }
            Target::Decision(record) => {
                route::no_parameters(parts.uri.query())?;
                Ok(Asked::Decision(record))
            }
            Target::Correction(ticket, action) => {
                route::no_parameters(parts.uri.query())?;
                let deadline = route::deadline(&parts.headers, self.config.timeout_ms.duration())?;
                let most = self.config.exchange_bytes.get().into();
                let (bytes, _memory) = body::read(body, awaits, most, time, &share).await?;
                if action != Action::Show {
                    route::json_media_type(&parts.headers)?;
                }
                let handling = route::handling(ticket, action, caller, &bytes, deadline, lengths)?;
                Ok(Asked::Handling(Box::new(handling)))
            }
            Target::Catalog(part) => {
                route::no_parameters(parts.uri.query())?;
                Ok(Asked::Listing(part, language, parts.headers))
            }
            Target::VerifyBatch => {
                route::batch_media_type(&parts.headers)?;
                let mandate = route::Stated::read(&parts)?.mandate(caller, lengths)?;
                Ok(Asked::Batch(mandate, language, (body, share), awaits))
            }
            Target::Exchange { province, service } => {
                route::json_media_type(&parts.headers)?;
                let most = self.config.timeout_ms.duration();
                let deadline = route::deadline(&parts.headers, most)?;
                let reused = route::reused(&parts.headers, caller)?;
                let most = self.config.evidence_bytes.max(self.config.exchange_bytes).get().into();
                let (bytes, memory) = body::read(body, awaits, most, time, &share).await?;
                let limits = (lengths, route::EvidenceLimits::of(&self.config));
                let small = bytes.len() <= self.config.exchange_bytes.size();
                let caller = caller.clone();
                let read = move || route::inquiry(province, &service, &caller, &bytes, deadline, limits);
                // Megabytes of base64 would hold up every connection of this thread.
                let inquiry = match small {
                    true => read()?,
                    false => self.exchange.read(Precedence::Request, read).await??,
                };
                Ok(Asked::Inquiry(Box::new(Inquiry { reused, ..inquiry }), memory))
            }
        }
    }
}

/// How a request is answered.
enum Answer {
    /// With all that there is to say, and the code to count it under.
    Whole(&'static str, Response<Full<Bytes>>),
    /// Line by line.
    Begun(Response<Stream>),
}

/// A request that was understood; read whole, if it is not a batch.
enum Asked {
    /// With its body and what its caller may use for it, and whether the client waits to be asked for it.
    Batch(Mandate, Language, (Sent, Share), bool),
    /// With the language of the answer, and the file's share of the memory for bodies.
    Verification(Box<Verification>, Language, Held),
    /// With its body's share of the memory, which its evidence stays in.
    Inquiry(Box<Inquiry>, Held),
    Report(Box<Reporting>),
    Reports,
    Decision(String),
    Handling(Box<Handling>),
    /// With the language of names, and the headers that say what the caller has already.
    Listing(CatalogPart, Language, HeaderMap),
}

/// The identifier that a gateway sent, so that both records of an exchange carry the same; else a new one.
fn request_id(request: &Request<Sent>, caller: Option<&Caller>) -> Option<RequestId> {
    let sent = || RequestId::parse(request.headers().get(REQUEST_ID_HEADER)?.to_str().ok()?);
    match caller {
        Some(Caller::Gateway(_)) => sent().or_else(|| RequestId::random().ok()),
        _ => RequestId::random().ok(),
    }
}

/// One request that draining waits for.
struct Counted {
    open: watch::Sender<usize>,
    tally: Tally,
}

impl Counted {
    fn new(open: &watch::Sender<usize>, tally: &Tally) -> Self {
        open.send_modify(|open| *open = open.saturating_add(1));
        tally.requests_open(1);
        Self { open: open.clone(), tally: tally.clone() }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.tally.requests_open(-1);
        self.open.send_modify(|open| *open = open.saturating_sub(1));
    }
}
