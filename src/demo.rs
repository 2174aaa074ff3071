//! The demonstration: two provinces on one machine, with nothing prepared. It makes authorities, certificates, seals,
//! licenses and policies, starts both gateways and the systems behind them, and walks through the main jobs.

pub mod caller;
pub mod forge;
pub mod people;
pub mod policies;
pub mod provider;
pub mod site;
mod story;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

use self::caller::Caller;
use self::people::people;
use self::provider::Provider;
use self::site::{Addresses, PROVIDERS, Side, Site};
use crate::clock::{Clock, SystemClock};
use crate::edge::Sockets;
use crate::fault::Fault;
use crate::gateway::{self, Gateway, Prepared, Running};
use crate::identifier;

/// What the demonstration is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to make and keep everything; without it, in a scratch directory that is removed at the end.
    pub directory: Option<PathBuf>,
    /// Whether to leave after the walk instead of staying up.
    pub once: bool,
    /// Whether the output may use colors.
    pub color: bool,
}

/// Why the demonstration ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate or seal could not be made.
    #[error("something could not be made")]
    Forge(#[from] forge::Error),
    /// A gateway did not start.
    #[error("a gateway did not start")]
    Gateway(#[from] gateway::Error),
    /// A request could not be built.
    #[error("a request could not be built")]
    Http(#[from] http::Error),
    /// A connection broke.
    #[error("a connection broke")]
    Hyper(#[from] hyper::Error),
    /// A sample identifier is not one.
    #[error("a sample identifier is not one")]
    Identifier(#[from] identifier::Error),
    /// A file or socket failed.
    #[error("a file or socket failed")]
    Io(#[from] io::Error),
    /// An answer was not JSON.
    #[error("an answer was not JSON")]
    Json(#[from] serde_json::Error),
    /// A private key cannot be read.
    #[error("a private key cannot be read")]
    Key,
    /// The ledger cannot be read.
    #[error("the ledger cannot be read")]
    Ledger(#[from] crate::ledger::Error),
    /// The directory has something in it already.
    #[error("`{0}` is not empty; name a new directory")]
    NotEmpty(PathBuf),
    /// What the officers made cannot be published.
    #[error("what the officers made cannot be published")]
    Publish(#[from] crate::trust::Problem),
    /// The operating system gave no random numbers.
    #[error(transparent)]
    Random(#[from] crate::crypto::RandomError),
    /// The configs or policies that were made are refused.
    #[error("what was made is refused: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Fault>),
    /// TLS settings are refused.
    #[error("TLS settings are refused")]
    Tls(#[from] rustls::Error),
    /// A step did not end as it must.
    #[error("step `{step}` did not end as it must: {found}")]
    Unexpected {
        /// The step.
        step: &'static str,
        /// What came instead.
        found: String,
    },
}

/// Everything that runs.
struct Stage {
    /// Whether the directory stays.
    kept: bool,
    site: Site,
    providers: Vec<Provider>,
    /// Answers as long as it is held.
    _registry: Provider,
    guangdong: Running,
    hunan: Running,
    caller: Caller,
}

/// Runs the demonstration and tells about it on `out`. Without `once`, returns when `stop` does.
pub async fn run(
    options: &Options,
    out: &mut dyn Write,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let scratch = tempfile::tempdir()?;
    let directory = options.directory.clone().unwrap_or_else(|| scratch.path().to_owned());
    // Keys and ledgers of an earlier run would be mixed with new ones.
    if std::fs::read_dir(&directory).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::NotEmpty(directory));
    }
    let stage = Stage::set(&directory, options.directory.is_some()).await?;
    let told = story::tell(&stage, options.color, out).await;
    if let Ok(refused) = &told
        && !options.once
    {
        story::curl(&stage, refused, out)?;
        stop.await;
    }
    stage.clear().await;
    told.map(drop)
}

impl Stage {
    async fn set(directory: &std::path::Path, kept: bool) -> Result<Self, Error> {
        let site = Site::create(directory, SystemClock.now())?;
        let mut providers = Vec::new();
        for _ in PROVIDERS {
            providers.push(Provider::start(people()?).await?);
        }
        let registry = Provider::registry(site.licenses.clone()).await?;
        let addresses: Vec<SocketAddr> = providers.iter().map(Provider::address).collect();
        // Bound before either runs, because each gateway names the other in its config.
        let (front_44, front_43) = (Port::bind()?, Port::bind()?);
        let (admin_44, admin_43) = (Port::bind()?, Port::bind()?);
        let own_44 = Addresses { listen: front_44.address, admin: admin_44.address };
        let own_43 = Addresses { listen: front_43.address, admin: admin_43.address };
        let config_44 = site.configure(Side::Guangdong, own_44, own_43.listen, &[], registry.address())?;
        let config_43 = site.configure(Side::Hunan, own_43, own_44.listen, &addresses, registry.address())?;
        let guangdong = start(&config_44, front_44, admin_44).await?;
        let hunan = start(&config_43, front_43, admin_43).await?;
        let caller = Caller::new(&site.system, site.tls.certificate(), guangdong.address())?;
        Ok(Self { kept, site, providers, _registry: registry, guangdong, hunan, caller })
    }

    async fn clear(self) {
        self.guangdong.shutdown().await;
        self.hunan.shutdown().await;
    }
}

async fn start(config: &std::path::Path, front: Port, admin: Port) -> Result<Running, Error> {
    let prepared = Prepared::load(config).map_err(Error::Refused)?;
    let sockets = Sockets::from_bound(front.listener, admin.listener)?;
    Ok(Gateway::start(prepared.with_sockets(sockets)).await?)
}

/// A port of the loopback interface that nobody else can take any more.
struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

impl Port {
    fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }
}
