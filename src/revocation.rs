//! Keeps what is known about revocation up to date: fetches lists and OCSP responses from where anchors say, checks them,
//! keeps them for good, and publishes what they say together. What they mean is judged in `pki`.
//!
//! On disk, in a state directory of its own:
//!
//! ```text
//! lists/THISUPDATE-SM3.crl      every list that was ever accepted, by the second it speaks of and its digest
//! aside/THISUPDATE-SM3.crl      of what sources gave last, lists of which nobody known showed to be the signer
//! answers/THISUPDATE-SM3.ocsp   every response
//! sources/SM3.json              of each source, by the digest of its place, what it gave last
//! ```
//!
//! Older lists of an authority may be put into `lists` under any name that ends in `.crl`; they are read at the next start.

mod allowance;
mod archive;
mod holdings;
mod intake;
mod numbers;
mod problem;
mod schedule;
mod shelf;
mod snapshot;
mod source;
mod watch;

use std::path::PathBuf;

use serde::Deserialize;

pub use self::allowance::SourceLimits;
pub use self::problem::{Fault, Problem};
pub use self::snapshot::Snapshot;
pub use self::watch::Watch;
use crate::pki::revocation::{EvidenceRules, ListLimits};
use crate::setting::{Count, Seconds};

/// Settings, in the config under `[revocation]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The directory in which this gateway keeps what it accepted; its own alone. `revocation`, beside the config file.
    pub state: PathBuf,
    /// A file with the authorities that certify the servers of `https://` sources; by default those of `[tls]`.
    pub authorities: Option<PathBuf>,
    /// Seconds for one fetch. 300: a list of a million entries, 36 MB, at 1 Mbit/s.
    pub fetch_seconds: Seconds,
    /// Seconds until a source that failed is asked again the first time; each time after, twice as long. 30: most failures
    /// are connections that broke.
    pub retry_seconds: Seconds,
    /// The longest that it becomes, in seconds. 900: a server that is back is noticed well within any grace period.
    pub retry_most_seconds: Seconds,
    /// Sources asked at once. 8: authorities are few, and each gives little at a time.
    pub at_once: Count,
    /// Bytes of a small answer. 16 MiB: lists of 400,000 entries. Of sources that give more, one at a time is read, beside the
    /// others, so that memory is needed for one of the largest.
    pub small_bytes: u64,
    /// What one list may be.
    pub limits: ListLimits,
    /// What one source may give.
    pub source: SourceLimits,
    /// How far the clocks of authorities may be ahead of this one, in seconds. See [`EvidenceRules::skew_millis`].
    pub clock_skew_seconds: u32,
    /// Whether an OCSP responder counts whose own revocation nobody speaks of. See
    /// [`EvidenceRules::accept_unchecked_responders`].
    pub accept_unchecked_responders: bool,
}

impl Default for Config {
    fn default() -> Self {
        let usual = EvidenceRules::default();
        Self {
            state: PathBuf::from("revocation"),
            authorities: None,
            fetch_seconds: Seconds::new(300),
            retry_seconds: Seconds::new(30),
            retry_most_seconds: Seconds::new(900),
            at_once: Count::new(8),
            small_bytes: 16 << 20,
            limits: ListLimits::default(),
            source: SourceLimits::default(),
            clock_skew_seconds: u32::try_from(usual.skew_millis / 1000).unwrap_or_default(),
            accept_unchecked_responders: usual.accept_unchecked_responders,
        }
    }
}

impl Config {
    /// What is demanded of lists and responses when they are asked, but for the grace period, which is each anchor's.
    pub fn rules(&self) -> EvidenceRules {
        EvidenceRules {
            skew_millis: i64::from(self.clock_skew_seconds).saturating_mul(1000),
            accept_unchecked_responders: self.accept_unchecked_responders,
            ..EvidenceRules::default()
        }
    }
}
