//! One gateway: its parts built from a checked config, bound, run, drained. The only place that knows everyone.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::cache::Answers;
use crate::catalog::Catalog;
use crate::clock::{Clock, Elapsed, SteadyClock, SystemClock};
use crate::config::{Config, Refused};
use crate::edge::{self, Edge, Sockets, Tally};
use crate::exchange::{Exchange, Parts};
use crate::fault::Fault;
use crate::ledger::{self, Ledger};
use crate::metrics::Metrics;
use crate::quota::Quotas;
use crate::rulebook::store::Reading;
use crate::rulebook::{Published, Rulebook};
use crate::upstream::Upstreams;
use crate::verifier::Verifier;

/// Everything that a gateway needs, checked; no socket and no ledger is open yet. What `tongban check` stops at.
pub struct Prepared {
    config: Config,
    edge: Edge,
    rulebook: Rulebook,
    upstreams: Upstreams,
    metrics: Metrics,
    sockets: Option<Sockets>,
}

impl Prepared {
    /// Reads the config file at `path` and what it names, and checks all of it.
    ///
    /// A fault hides no other, but for those that show only when config, catalog and agreements are seen together: these
    /// come once the parts are in order.
    pub fn load(path: &Path) -> Result<Self, Vec<Fault>> {
        Config::load(path).map_or_else(
            |Refused { mut faults, certs_dir, policies_dir }| {
                faults.extend(Reading::of(certs_dir.as_deref(), policies_dir.as_deref()).into_faults());
                Err(faults)
            },
            Self::new,
        )
    }

    /// Reads what `config` names and checks it together.
    pub fn new(config: Config) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut metrics = Metrics::new();
        let edge = Edge::new(config.edge.clone(), config.verify.limits.file_bytes, &config.tls)
            .map_err(|error| faults.push(Fault::new(&config.name, 0, format!("`tls`: {error}"))));
        let upstreams = Upstreams::new(config.province, &config.upstreams, &config.upstream, &mut metrics)
            .map_err(|error| faults.push(Fault::new(&config.name, 0, format!("`upstream`: {error}"))));
        let rulebook = rules(&config).map_err(|found| faults.extend(found));
        let directory = config.ledger.path.parent();
        if !directory.is_some_and(|directory| directory.is_dir()) {
            let reason =
                format!("`ledger`: the directory of `{}` is not there", config.ledger.path.display());
            faults.push(Fault::new(&config.name, 0, reason));
        }
        match (edge, upstreams, rulebook) {
            (Ok(edge), Ok(upstreams), Ok(rulebook)) if faults.is_empty() => {
                Ok(Self { config, edge, rulebook, upstreams, metrics, sockets: None })
            }
            _ => Err(faults),
        }
    }

    /// Serves on `sockets` instead of binding the addresses of the config.
    pub fn with_sockets(self, sockets: Sockets) -> Self {
        Self { sockets: Some(sockets), ..self }
    }

    /// The config.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// One line for people: what the gateway would serve.
    pub fn summary(&self) -> String {
        let catalog = &self.rulebook.catalog;
        let mut line = format!("province {}", self.config.province);
        let counts = [
            (self.rulebook.agreements.agreements().count(), "agreements"),
            (catalog.services().count(), "services"),
            (catalog.offices().count(), "departments"),
            (self.rulebook.anchors.trusted().len(), "anchors"),
            (self.config.upstreams.peers.len(), "peers"),
            (self.config.upstreams.providers.len(), "services with a provider"),
        ];
        for (count, what) in counts {
            let _ = write!(line, ", {count} {what}");
        }
        line
    }
}

/// Reads the rules that `config` names and holds them to it: at the start, and again on every reload.
fn rules(config: &Config) -> Result<Rulebook, Vec<Fault>> {
    let mut reading = Reading::of(Some(&config.certs_dir), Some(&config.policies_dir));
    let apart = reading.catalog().map(|catalog| disagreements(config, catalog)).unwrap_or_default();
    for reason in apart {
        reading.fault(Fault::new(&config.name, 0, reason));
    }
    reading.rulebook(Arc::new(config.callers.clone()))
}

/// What config and catalog must agree on; neither can see it alone.
fn disagreements(config: &Config, catalog: &Catalog) -> Vec<String> {
    let departments = config.callers.departments();
    let unknown = departments.filter(|(_, department)| catalog.office(department).is_none());
    let departments = unknown.map(|(system, department)| {
        format!("system `{}`: department `{department}` is not in the catalog", system.name)
    });
    let services = config.upstreams.providers.keys();
    let services = services
        .filter(|service| catalog.service(service).is_none())
        .map(|service| format!("provider: service `{service}` is not in the catalog"));
    departments.chain(services).chain(config.registry.fault(catalog)).collect()
}

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A listener cannot be opened.
    #[error("a listener cannot be opened")]
    Bind(#[from] edge::Error),
    /// The ledger cannot be opened.
    #[error("the ledger cannot be opened")]
    Ledger(#[from] ledger::Error),
}

/// Where gateways are started.
pub struct Gateway;

impl Gateway {
    /// Opens the ledger, binds both listeners, and serves until [`Running::shutdown`]. With port 0 in the config the
    /// operating system chooses, and [`Running::address`] tells.
    pub async fn start(prepared: Prepared) -> Result<Running, Error> {
        let Prepared { config, edge, rulebook, upstreams, mut metrics, sockets } = prepared;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let steady: Arc<dyn Elapsed> = Arc::new(SteadyClock::start());
        let ledger = Ledger::open(&config.ledger, Arc::clone(&clock), &mut metrics)?;
        let exchange = Arc::new(Exchange::new(Parts {
            province: config.province,
            rulebook: Published::new(rulebook),
            verifier: Verifier::new(&config.verify),
            quotas: Quotas::new(&config.quota, Arc::clone(&steady), &mut metrics),
            answers: Answers::new(&config.cache, Arc::clone(&steady), &mut metrics),
            upstreams,
            registry: config.registry.clone(),
            ledger,
            pseudonyms: Arc::clone(&config.pseudonym_key),
            clock,
        }));
        let tally = Tally::new(&mut metrics);
        let sockets = match sockets {
            Some(sockets) => sockets,
            None => Sockets::bind(config.listen, config.admin).await?,
        };
        let bound = edge.open(sockets, Arc::clone(&exchange), tally, metrics, steady);
        let (address, admin_address) = (bound.address(), bound.admin_address());
        tracing::info!(province = %config.province, %address, %admin_address, "serving");
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(bound.run(async {
            // Dropping the handle stops the gateway as well.
            let _ = stopped.await;
        }));
        Ok(Running { address, admin_address, exchange, config: Arc::new(config), stop, task })
    }
}

/// A gateway that serves. Dropping it drains it too, without waiting for the end.
pub struct Running {
    address: SocketAddr,
    admin_address: SocketAddr,
    exchange: Arc<Exchange>,
    config: Arc<Config>,
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

    /// Reads anchors and policies again and publishes them under the next generation, which is returned. If anything
    /// is wrong with them, or they no longer agree with the config, what was published stays.
    pub async fn reload(&self) -> Result<u64, Vec<Fault>> {
        let config = Arc::clone(&self.config);
        let loaded = tokio::task::spawn_blocking(move || rules(&config)).await;
        let rulebook = loaded.map_err(|_| vec![Fault::new("rulebook", 0, "loading was cut short")])??;
        Ok(self.exchange.publish(rulebook))
    }

    /// Refuses new connections, finishes open requests within the drain time, and ends.
    pub async fn shutdown(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}
