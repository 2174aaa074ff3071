//! Where answers come from: another province's gateway (`peer`) or a provider system of this province (`rest`).
//! It decides nothing and minimizes nothing; what it brings back is raw and stays inside.

mod connector;
mod deadline;
mod errand;
mod exhibit;
mod fetch;
mod json;
mod peer;
mod pool;
mod rest;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::uri::PathAndQuery;
use rustls_pki_types::ServerName;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use self::deadline::Deadline;
pub use self::errand::{Channel, Errand};
pub use self::exhibit::{Exhibit, Presence};
pub use self::fetch::{Fetched, Validators, fetch, fetch_changed};
use self::peer::Peer;
use self::pool::Pool;
use self::rest::Provider;
use crate::cache::{self, CutShort, Reuse};
use crate::catalog::ServiceId;
use crate::crypto::{TlsAuthorities, TlsIdentity};
use crate::disclosure::Answer;
use crate::identifier::Province;
use crate::metrics::{Counters, Latencies, Metrics};
use crate::quota::Admission;
use crate::setting::{Count, Millis, Seconds};

/// The header that carries the request's identifier to the next gateway and to provider systems.
pub const REQUEST_ID_HEADER: &str = "tongban-request-id";

/// Settings of every upstream, in the config under `[upstream]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Milliseconds for TCP and TLS together. 3,000, as clients of the national license service allow.
    pub connect_ms: Millis,
    /// Milliseconds for one answer, connecting included. 8,000 leaves a caller's 10,000 room for the rest.
    pub timeout_ms: Millis,
    /// Requests at once to one upstream, unless its own table says otherwise. 64: departments' systems are sized for some
    /// tens.
    pub in_flight: Count,
    /// Milliseconds a request may wait for one of these places; 0 for not at all. 1,000, as those clients wait for their
    /// pools.
    pub wait_ms: u32,
    /// Bytes of one answer. 1 MiB; the largest of the catalog, years of tax records, is under 100 KiB.
    pub answer_bytes: Count,
    /// Seconds an unused connection is kept. 60, below the 120 after which a gateway closes it from its side.
    pub idle_seconds: Seconds,
    /// Unused connections kept to one upstream; 0 for none. 16: a quarter of `in_flight`, which is what a lull leaves.
    pub idle_connections: u32,
    /// Seconds between HTTP/2 pings, which find upstreams that vanished before a request does. 20, below the 30 after which
    /// the strictest firewalls in use forget a quiet connection.
    pub ping_seconds: Seconds,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connect_ms: Millis::new(3_000),
            timeout_ms: Millis::new(8_000),
            in_flight: Count::new(64),
            wait_ms: 1_000,
            answer_bytes: Count::new(1 << 20),
            idle_seconds: Seconds::new(60),
            idle_connections: 16,
            ping_seconds: Seconds::new(20),
        }
    }
}

/// Where an upstream is reached.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
}

/// A system that is asked, whatever for.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Where it is reached.
    pub endpoint: Endpoint,
    /// Requests at once to it, over all its services; `None` for as many as the settings of every upstream say.
    pub in_flight: Option<Count>,
}

/// How a connection to an upstream is protected.
#[derive(Clone, Debug)]
pub enum Security {
    /// Not at all; for provider systems on the same machine or behind a tunnel.
    Plain,
    /// TLS 1.3.
    Tls {
        /// The name that the upstream's certificate must be for.
        server_name: ServerName<'static>,
        /// The authorities that its certificate must lead to.
        authorities: TlsAuthorities,
        /// This gateway's certificate and key, where the upstream wants to see them.
        identity: Option<TlsIdentity>,
    },
}

/// Where all upstreams are reached, checked.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The gateways of other provinces. In the config under `[[peers]]`.
    pub peers: BTreeMap<Province, Destination>,
    /// The provider systems of this province by what they are asked, with the path. Services with one system in common
    /// share its places. In the config under `[[providers]]`.
    pub providers: BTreeMap<ServiceId, (Arc<Destination>, PathAndQuery)>,
}

/// An upstream's settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The host is no part of a URI.
    #[error("the host is no part of a URI")]
    Host,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Why there is no answer. None of these says anything about the person or enterprise that was asked about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Every place at the upstream stayed taken.
    #[error("the upstream has too many requests open")]
    Busy,
    /// No connection could be made.
    #[error("the upstream cannot be reached")]
    Unreachable,
    /// The connection broke before the answer was whole; whether the request was worked on is not known.
    #[error("the connection to the upstream broke off")]
    Interrupted,
    /// The answer did not come in time.
    #[error("the upstream did not answer in time")]
    Deadline,
    /// The answer is not what was agreed.
    #[error("the upstream's answer cannot be used: {0}")]
    BadAnswer(BadAnswer),
    /// The upstream says that it failed.
    #[error("the upstream failed with status {status}")]
    Failed {
        /// The HTTP status.
        status: u16,
    },
    /// The other province's gateway decided against it.
    #[error("the gateway of the other province refused with `{code}`")]
    Refused {
        /// Its code for the refusal.
        code: String,
        /// The record that it keeps of the refusal.
        record: Option<String>,
        /// Seconds after which it may be asked again, for a quota.
        retry_after: Option<u64>,
    },
}

impl From<CutShort> for Error {
    /// Whether the request was worked on is not known then, either.
    fn from(_: CutShort) -> Self {
        Self::Interrupted
    }
}

impl cache::Failure for Error {
    fn late() -> Self {
        Self::Deadline
    }

    /// Of RFC 5861 §4 what would be a status from 500 on; a decision of the other side is none.
    fn excuses(&self) -> bool {
        match self {
            Self::Busy
            | Self::Unreachable
            | Self::Interrupted
            | Self::Deadline
            | Self::BadAnswer(_)
            | Self::Failed { .. } => true,
            Self::Refused { .. } => false,
        }
    }
}

impl Error {
    /// The stable code: part of the interface, in answers, records and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Busy => "upstream.busy",
            Self::Unreachable => "upstream.unreachable",
            Self::Interrupted => "upstream.interrupted",
            Self::Deadline => "upstream.timeout",
            Self::BadAnswer(_) => "upstream.bad_answer",
            Self::Failed { .. } => "upstream.failed",
            Self::Refused { .. } => "upstream.refused",
        }
    }
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// It is larger than the limit.
    #[error("it is too large")]
    TooLarge,
    /// It is not labeled as JSON.
    #[error("it is not labeled as JSON")]
    MediaType,
    /// It is not JSON.
    #[error("it is not JSON")]
    Json,
    /// Its members are not those agreed.
    #[error("its members are not those agreed")]
    Members,
    /// It has an outcome that is not known.
    #[error("its outcome is not known")]
    Outcome,
}

/// What is passed on to the gateway of another province, beside questions: reports that its data are wrong.
#[derive(Clone, Copy, Debug)]
pub enum Passage<'a> {
    /// A report.
    Report(&'a Value),
    /// A look at the report of this name.
    Show(&'a str),
    /// The report of this name is taken back.
    Withdraw(&'a str, &'a Value),
}

/// What every upstream is told beside the errand, and how long it has.
#[derive(Clone, Copy)]
struct Call<'c> {
    request_id: &'c str,
    /// Answers to earlier questions of the kind that were given again from memory.
    reused: u64,
    deadline: Deadline,
}

/// All upstreams of a gateway, with their pools.
pub struct Upstreams {
    home: Province,
    patience: Duration,
    peers: BTreeMap<Province, Arc<Peer>>,
    providers: BTreeMap<ServiceId, Arc<Provider>>,
    requests: Counters<2>,
    latencies: Latencies<1>,
}

impl Upstreams {
    /// The upstreams of `directory` for the gateway of `home`; connects to none of them yet.
    pub fn new(
        home: Province,
        directory: &Directory,
        config: &Config,
        metrics: &mut Metrics,
    ) -> Result<Self, BuildError> {
        let peers = directory.peers.iter();
        // Places are those of a system: departments' systems do not get larger by having many services.
        let mut pools: HashMap<*const Destination, Arc<Pool>> = HashMap::new();
        let mut providers = BTreeMap::new();
        for (id, (system, path)) in &directory.providers {
            let pool = match pools.get(&Arc::as_ptr(system)) {
                Some(pool) => Arc::clone(pool),
                None => Arc::new(Pool::new(system, config)?),
            };
            pools.insert(Arc::as_ptr(system), Arc::clone(&pool));
            providers.insert(id.clone(), Arc::new(Provider::new(pool, path)));
        }
        Ok(Self {
            home,
            patience: config.timeout_ms.duration(),
            peers: peers
                .map(|(province, gateway)| Ok((*province, Arc::new(Peer::new(*province, gateway, config)?))))
                .collect::<Result<_, BuildError>>()?,
            providers,
            requests: metrics
                .counters("upstream_requests", "Requests to upstreams, by kind and by how they ended."),
            latencies: metrics
                .latencies("upstream_seconds", "Time until upstreams answered or failed, by kind."),
        })
    }

    /// Asks `upstream`, for a request that was admitted, and waits until `deadline` at most; tells it of `reuse`. Its own
    /// records of the request carry `request_id`. The future holds all that it needs, so that it can outlive the request.
    pub fn ask(
        &self,
        _: &Admission,
        upstream: &Upstream,
        request_id: &str,
        errand: &Errand,
        deadline: Deadline,
        reuse: Reuse,
    ) -> impl Future<Output = Result<Answer, Error>> + Send + use<> {
        let (requests, latencies) = (self.requests.clone(), self.latencies.clone());
        let (upstream, request_id, errand) = (upstream.clone(), request_id.to_owned(), errand.clone());
        async move {
            let begun = Instant::now();
            let call = Call { request_id: &request_id, reused: reuse.answers(), deadline };
            let (kind, answer) = match upstream {
                Upstream::Peer(peer) => ("peer", peer.ask(call, &errand).await),
                Upstream::Provider(provider) => ("provider", provider.ask(call, &errand).await),
            };
            if matches!(answer, Err(Error::Busy | Error::Unreachable)) {
                reuse.not_told();
            }
            let outcome = match &answer {
                Ok(answer) => answer.outcome().as_str(),
                Err(error) => error.code(),
            };
            requests.add_one([("kind", kind), ("outcome", outcome)]);
            latencies.observe([("kind", kind)], begun.elapsed());
            answer
        }
    }

    /// The upstream that answers for `service` of `province`, if there is one.
    pub fn find(&self, province: Province, service: &ServiceId) -> Option<Upstream> {
        if province == self.home {
            self.providers.get(service).map(Arc::clone).map(Upstream::Provider)
        } else {
            self.peers.get(&province).map(Arc::clone).map(Upstream::Peer)
        }
    }

    /// Passes something on to the gateway of `province` and waits until `deadline` at most; `None` if none is known. What comes
    /// back are the members of its answer.
    pub async fn pass(
        &self,
        province: Province,
        request_id: &str,
        passage: Passage<'_>,
        deadline: Deadline,
    ) -> Option<Result<Map<String, Value>, Error>> {
        let peer = self.peers.get(&province)?;
        let begun = Instant::now();
        let answer = peer.pass(Call { request_id, reused: 0, deadline }, passage).await;
        let outcome = answer.as_ref().map_or_else(Error::code, |_| "passed");
        self.requests.add_one([("kind", "peer"), ("outcome", outcome)]);
        self.latencies.observe([("kind", "peer")], begun.elapsed());
        Some(answer)
    }

    /// Until when an upstream that is asked now is waited for, however long callers would wait.
    pub fn patience(&self) -> Deadline {
        Deadline::after(self.patience)
    }
}

/// One upstream.
#[derive(Clone)]
pub enum Upstream {
    /// The gateway of another province.
    #[expect(private_interfaces, reason = "only this module asks it")]
    Peer(Arc<Peer>),
    /// A provider system of this province.
    #[expect(private_interfaces, reason = "only this module asks it")]
    Provider(Arc<Provider>),
}

impl Upstream {
    /// Whether the answer was decided upon, and cut, by the other side for the asking department.
    pub const fn decides_itself(&self) -> bool {
        matches!(self, Self::Peer(_))
    }
}
