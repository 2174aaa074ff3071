//! Where a gateway gets what officers published, and how it keeps what it accepted: a directory or an HTTPS address on one
//! side, its own state directory on the other, both laid out alike. What counts is decided in `manifest`; what the files
//! say, in `rulebook`.
//!
//! ```text
//! manifest            the present manifest, a signed note; replaced last, so that publishing is one step
//! manifests/VERSION   each manifest, for gateways that missed some
//! files/SHA256        the files that manifests state
//! break-glass         the manifest of the last emergency, if there was one
//! break-glass-first   the manifest of the emergency that it goes on from, by which both end
//! suspensions/SHA256  suspensions, each by the digest of its text
//! suspensions/index   these digests, one a line
//! ```

pub(crate) mod disk;
mod event;
mod import;
mod keeper;
mod numbers;
mod problem;
mod proposal;
mod prune;
mod publication;
mod publisher;
mod source;

use std::path::PathBuf;

use serde::Deserialize;

pub use self::disk::write_private;
pub use self::event::{Came, Event, EventKind};
pub use self::import::{Fate, Imported, Mark, draft, is_self_signed, review};
pub use self::keeper::{Keeper, Seen};
pub use self::numbers::Numbers;
pub use self::problem::Problem;
pub use self::proposal::{Change, DEFAULT_DAYS, Proposal};
pub use self::publisher::{Published, Publisher};
pub use self::source::{ReadError, Source};
use crate::manifest::Terms;
use crate::setting::{Count, Millis, Seconds};

/// Settings, in the config under `[trust]`.
#[derive(Clone, Debug)]
pub struct Config {
    /// What manifests are held to.
    pub terms: Terms,
    /// Where they are published.
    pub source: Source,
    /// Where the gateway keeps what it accepted.
    pub state: PathBuf,
    /// How often it looks.
    pub poll: Seconds,
    /// What it reads at most.
    pub limits: Limits,
}

/// How often a gateway looks for something new, unless set. 30 seconds: an unchanged publication costs it two small reads,
/// and a suspension should not wait for longer than it takes to tell others of it.
pub const POLL: Seconds = Seconds::new(30);

/// What is read at most, in the config under `[trust.limits]`: the source may be in wrong hands.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of one file. 16 MiB: a catalog of all departments of a province is under 2 MiB.
    pub file_bytes: Count,
    /// Bytes of all files of one manifest, which are held in memory. 256 MiB: a hundred thousand agreements.
    pub total_bytes: Count,
    /// Manifests that may have been missed. 1,000: one a working day for four years.
    pub missed: Count,
    /// Suspensions by one officer that manifests do not lift. 10,000: each seal of a province's offices at once. What an officer
    /// suspends beyond that is refused by name; what was taken before stays, and so does what the others suspend.
    pub suspensions: Count,
    /// Milliseconds for one look at an HTTPS address, all reads together. 600,000: all files of a manifest at 4 Mbit/s. What holds
    /// by itself, such as the end of an emergency, waits for none.
    pub look_ms: Millis,
    /// Milliseconds for one read from an HTTPS address. 10,000: 16 MiB at 16 Mbit/s.
    pub read_ms: Millis,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: Count::new(16 << 20),
            total_bytes: Count::new(256 << 20),
            missed: Count::new(1_000),
            suspensions: Count::new(10_000),
            look_ms: Millis::new(600_000),
            read_ms: Millis::new(10_000),
        }
    }
}
