//! A config file, checked whole: every component's settings, and the files of certificates and keys that it names.
//! It reads nothing of what officers publish; `trust` does.

mod endpoint;
mod file;
mod identity;
mod place;
mod reader;
mod words;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

pub use self::file::{Format, Level, Log};
pub use self::identity::{IdentityError, IdentityFiles, Shows};
use crate::crypto::{BearerToken, PseudonymKey, TlsAuthorities, TlsIdentity};
use crate::exchange::MatterConfig;
use crate::fault::{Fault, unread};
use crate::identifier::Province;
use crate::setting::Seconds;
use crate::{cache, corrections, edge, ledger, quota, registry, revocation, trust, upstream, verifier};

/// The settings of one gateway, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file's name, for faults that show only when it is seen together with the catalog.
    pub name: String,
    /// The province that it stands for.
    pub province: Province,
    /// Where systems and other gateways reach it.
    pub listen: SocketAddr,
    /// Where operators reach it; 127.0.0.1:9440 unless set, since this listener asks for no certificate.
    pub admin: SocketAddr,
    /// `[trust]`, its paths made absolute.
    pub trust: trust::Config,
    /// The key of the pseudonyms in records.
    pub pseudonym_key: Arc<PseudonymKey>,
    /// What operators show who may change something at `admin`; without one nobody may.
    pub operator_token: Option<Arc<BearerToken>>,
    /// Who it is on TLS connections with callers.
    pub identity: TlsIdentity,
    /// The files of the certificates that it shows.
    pub identities: Vec<IdentityFiles>,
    /// How often these are looked at. In the config as `poll_seconds` under `[tls]`; 30, because authorities give out new
    /// certificates days before the old ones end, and SIGHUP looks at once.
    pub identity_poll: Seconds,
    /// Whom it asks.
    pub upstreams: upstream::Directory,
    /// `[edge]`.
    pub edge: edge::Config,
    /// `[verify]`.
    pub verify: verifier::Config,
    /// `[upstream]`.
    pub upstream: upstream::Config,
    /// `[registry]`.
    pub registry: registry::Config,
    /// `[matters]`.
    pub matters: MatterConfig,
    /// `[quota]`.
    pub quota: quota::Config,
    /// `[cache]`.
    pub cache: cache::Config,
    /// `[corrections]`, its path made absolute.
    pub corrections: corrections::Config,
    /// `[revocation]`, its paths made absolute.
    pub revocation: revocation::Config,
    /// Who certifies the servers of sources of revocation; those of `[tls]` unless set.
    pub revocation_authorities: TlsAuthorities,
    /// `[ledger]`, its path made absolute.
    pub ledger: ledger::Config,
    /// `[log]`.
    pub log: Log,
}

/// A config that is refused.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// `[trust]`, if that much is in order, so that the faults of what is published can be told as well.
    pub trust: Option<Box<trust::Config>>,
}

/// Where `path` is; the present directory for a name alone.
fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault], ..Self::default() }
    }
}

impl Config {
    /// Reads and checks the file at `path`. Relative paths in it start from its directory. All faults come at once.
    pub fn load(path: &Path) -> Result<Self, Refused> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| Fault::new(&name, 0, unread(&error)))?;
        Self::parse(&name, &text, directory_of(path))
    }

    /// Checks `text`, called `name` in faults. Relative paths in it start from `base`.
    pub fn parse(name: &str, text: &str, base: &Path) -> Result<Self, Refused> {
        reader::read(name, text, base)
    }
}
