//! One gateway: its parts built from a checked config, bound, run, drained. The only place that knows everyone.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::cache::{Answers, Verdicts};
use crate::clock::{Clock, Elapsed, SteadyClock, SystemClock};
use crate::config::{Config, Refused};
use crate::corrections::{self, Corrections};
use crate::edge::{self, Edge, Sockets, Tally};
use crate::exchange::{Exchange, Matters, Parts};
use crate::fault::Fault;
use crate::ledger::{self, Ledger};
use crate::metrics::Metrics;
use crate::quota::{self, Quotas};
use crate::reload::{self, Identities, Reload};
use crate::revocation::{Problem, Watch};
use crate::rulebook::{Published, Rulebook};
use crate::trust::Numbers;
use crate::upstream::Upstreams;
use crate::verifier::Verifier;

/// Everything that a gateway needs, checked; no socket and no ledger is open yet. What `tongban check` stops at.
pub struct Prepared {
    config: Arc<Config>,
    edge: Edge,
    rulebook: Rulebook,
    reload: (Reload, Identities),
    refused: Vec<Fault>,
    upstreams: Upstreams,
    metrics: Metrics,
    sockets: Option<Sockets>,
    clock: Arc<dyn Clock>,
}

impl Prepared {
    /// Reads the config file at `path` and what it names, and checks all of it.
    ///
    /// A fault hides no other, but for those that show only when config, catalog and agreements are seen together: these
    /// come once the parts are in order.
    pub fn load(path: &Path) -> Result<Self, Vec<Fault>> {
        Config::load(path).map_or_else(
            |Refused { mut faults, trust }| {
                faults
                    .extend(trust.map(|trust| reload::faults(&trust, SystemClock.now())).unwrap_or_default());
                Err(faults)
            },
            Self::new,
        )
    }

    /// Reads what `config` names and checks it together.
    pub fn new(config: Config) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut metrics = Metrics::new();
        let identity = config.identity.clone();
        let edge = Edge::new(config.edge.clone(), config.verify.limits.file_bytes, identity);
        let upstreams = Upstreams::new(config.province, &config.upstreams, &config.upstream, &mut metrics)
            .map_err(|error| faults.push(Fault::new(&config.name, 0, format!("`upstream`: {error}"))));
        let numbers = Numbers::new(&mut metrics);
        let (config, now) = (Arc::new(config), SystemClock.now());
        let identities = Identities::new(&config, &mut metrics, now).map_err(|found| faults.extend(found));
        let started = Reload::start(&config, numbers, now).map_err(|found| faults.extend(found));
        let directory = config.ledger.path.parent();
        if !directory.is_some_and(|directory| directory.is_dir()) {
            let reason =
                format!("`ledger`: the directory of `{}` is not there", config.ledger.path.display());
            faults.push(Fault::new(&config.name, 0, reason));
        }
        match (upstreams, identities, started) {
            (Ok(upstreams), Ok(identities), Ok((reload, rulebook, refused))) if faults.is_empty() => {
                let (sockets, clock) = (None, Arc::new(SystemClock));
                let reload = (reload, identities);
                Ok(Self { config, edge, rulebook, reload, refused, upstreams, metrics, sockets, clock })
            }
            _ => Err(faults),
        }
    }

    /// Serves on `sockets` instead of binding the addresses of the config.
    pub fn with_sockets(self, sockets: Sockets) -> Self {
        Self { sockets: Some(sockets), ..self }
    }

    /// Goes by `clock` in what it judges, clients and their enrollment included, records and keeps, instead of by the system's.
    /// What officers publish is held against the system's all the same.
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Holds what officers publish from now on against `clock`, instead of against the system's.
    pub fn with_officers_clock(self, clock: Arc<dyn Clock>) -> Self {
        let (reload, identities) = self.reload;
        Self { reload: (reload.with_clock(clock), identities), ..self }
    }

    /// The config.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What is published and refused, though the gateway can start from what it accepted before.
    pub fn refused(&self) -> &[Fault] {
        &self.refused
    }

    /// One line for people: what the gateway would serve.
    pub fn summary(&self) -> String {
        let catalog = &self.rulebook.catalog;
        let manifest = self.rulebook.standing.in_effect().manifest();
        let mut line = format!("province {}, manifest {}", self.config.province, manifest.version);
        let suspensions = self.rulebook.standing.suspensions();
        // Two officers may have suspended one thing.
        let suspended: BTreeSet<(&str, String)> = suspensions
            .map(|suspended| &suspended.suspension().subject)
            .map(|subject| (subject.kind(), subject.id()))
            .collect();
        let of = |kinds: &[&str]| suspended.iter().filter(|(kind, _)| kinds.contains(kind)).count();
        let counts = [
            (self.rulebook.agreements.agreements().count(), "agreement", "agreements", of(&["agreement"])),
            (catalog.services().count(), "service", "services", 0),
            (catalog.offices().count(), "department", "departments", of(&["department"])),
            (self.rulebook.anchors.trusted().len(), "anchor", "anchors", of(&["anchor"])),
            (self.rulebook.callers.count(), "caller", "callers", of(&["system", "gateway"])),
            (self.config.upstreams.peers.len(), "peer", "peers", 0),
            (self.config.upstreams.providers.len(), "service with a provider", "services with a provider", 0),
        ];
        for (count, one, several, suspended) in counts {
            let what = if count == 1 { one } else { several };
            let _ = write!(line, ", {count} {what}");
            if suspended > 0 {
                let _ = write!(line, " ({suspended} suspended)");
            }
        }
        for kind in ["seal", "key"] {
            match of(&[kind]) {
                0 => {}
                1 => drop(write!(line, ", 1 {kind} suspended")),
                several => drop(write!(line, ", {several} {kind}s suspended")),
            }
        }
        line
    }
}

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A listener cannot be opened.
    #[error("a listener cannot be opened")]
    Bind(#[from] edge::Error),
    /// No connection could be accepted.
    #[error("connections cannot be secured")]
    Tls(#[from] edge::TlsError),
    /// The ledger cannot be opened.
    #[error("the ledger cannot be opened")]
    Ledger(#[from] ledger::Error),
    /// The reports that data are wrong cannot be opened.
    #[error("the reports that data are wrong cannot be opened")]
    Corrections(#[from] corrections::Error),
    /// The counts of quotas cannot be read or kept.
    #[error("the counts of quotas cannot be used (`{}`)", .0.code())]
    Quota(#[from] quota::Error),
    /// What was accepted cannot be kept.
    #[error("the state directory of `[trust]` cannot be written")]
    State(#[source] std::io::Error),
}

/// Where gateways are started.
pub struct Gateway;

impl Gateway {
    /// Opens the ledger, binds both listeners, and serves until [`Running::shutdown`]. With port 0 in the config the
    /// operating system chooses, and [`Running::address`] tells.
    pub async fn start(prepared: Prepared) -> Result<Running, Error> {
        let Prepared { config, edge, rulebook, reload, refused, upstreams, mut metrics, sockets, clock } =
            prepared;
        let (reload, identities) = reload;
        for fault in &refused {
            tracing::error!(%fault, "publication refused");
        }
        let steady: Arc<dyn Elapsed> = Arc::new(SteadyClock::start());
        let ledger = Ledger::open(&config.ledger, Arc::clone(&clock), &mut metrics)?;
        let corrections = Corrections::open(config.province, &config.corrections, &mut metrics)?;
        let quotas = Quotas::open(&config.quota, Arc::clone(&steady), &mut metrics)?;
        // Before it is kept and before anybody can ask: what a gateway trusts is on record first.
        ledger.record_all(&reload.opening()).await?;
        reload.keep().map_err(Error::State)?;
        let authorities = config.revocation_authorities.clone();
        let revocation = Watch::new(&config.revocation, authorities, Arc::clone(&clock), &mut metrics);
        revocation.follow(&rulebook.anchors);
        let resuming = Arc::clone(&revocation);
        // A gateway whose sources are away serves by what they gave last, from the first request on. If reading that is cut
        // short, what is published keeps saying that it is not whole.
        let _ = tokio::task::spawn_blocking(move || resuming.resume()).await;
        let verifier = Verifier::new(&config.verify);
        verifier.show(&mut metrics);
        let (lanes, workers) = (verifier.has_lanes(), verifier.workers());
        let exchange = Arc::new(Exchange::new(Parts {
            province: config.province,
            rulebook: Published::new(rulebook),
            revocation: Arc::clone(&revocation),
            verifier,
            quotas,
            verdicts: Verdicts::new(&config.cache, Arc::clone(&steady), &mut metrics),
            answers: Answers::new(&config.cache, Arc::clone(&steady), &mut metrics),
            upstreams,
            matters: Matters::new(config.matters, &mut metrics),
            registry: config.registry.clone(),
            corrections: Arc::new(corrections),
            ledger,
            pseudonyms: Arc::clone(&config.pseudonym_key),
            clock,
        }));
        let tally = Tally::new(&mut metrics);
        let sockets = match sockets {
            Some(sockets) => sockets,
            None => Sockets::bind(config.listen, config.admin).await?,
        };
        let edge = edge.with_operators(config.operator_token.clone());
        let bound = edge.open(sockets, Arc::clone(&exchange), tally, metrics, steady)?;
        let (address, admin_address) = (bound.address(), bound.admin_address());
        tracing::info!(
            province = %config.province,
            %address,
            %admin_address,
            sm2_lanes = lanes.sm2,
            sm3_lanes = lanes.sm3,
            workers,
            "serving"
        );
        let (stop, stopped) = oneshot::channel::<()>();
        let (reload, identities) = (Arc::new(reload), Arc::new(identities));
        let following = [
            tokio::spawn(Arc::clone(&reload).follow(Arc::clone(&exchange))),
            tokio::spawn(Arc::clone(&identities).follow()),
            tokio::spawn(Arc::clone(&revocation).run()),
        ];
        let task = tokio::spawn(bound.run(async move {
            // Dropping the handle stops the gateway as well.
            let _ = stopped.await;
            following.iter().for_each(JoinHandle::abort);
        }));
        Ok(Running { address, admin_address, exchange, reload, identities, revocation, stop, task })
    }
}

/// A gateway that serves. Dropping it drains it too, without waiting for the end.
pub struct Running {
    address: SocketAddr,
    admin_address: SocketAddr,
    exchange: Arc<Exchange>,
    reload: Arc<Reload>,
    identities: Arc<Identities>,
    revocation: Arc<Watch>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// Where systems and other gateways connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators connect.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// The exchange, for reading the ledger and the present rulebook.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Looks at what officers published now instead of at the next turn, and returns the generation that holds then. What is
    /// wrong there, or does not agree with the config, changes nothing; the faults say what it is.
    pub async fn reload(&self) -> Result<u64, Vec<Fault>> {
        Arc::clone(&self.reload).look(Arc::clone(&self.exchange)).await
    }

    /// Looks at the files of certificates and keys now instead of at the next turn, and shows what is new there. Returns what
    /// cannot be shown, and changes nothing for it.
    pub async fn renew(&self) -> Vec<Fault> {
        Arc::clone(&self.identities).look().await
    }

    /// Asks all sources of revocation now instead of at their times; gives what is wrong with any, which changes nothing.
    pub fn ask_about_revocation(&self) -> impl Future<Output = Vec<Problem>> + Send + use<> {
        let revocation = Arc::clone(&self.revocation);
        async move { revocation.look().await }
    }

    /// Refuses new connections, finishes open requests within the drain time, and ends.
    pub async fn shutdown(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}
