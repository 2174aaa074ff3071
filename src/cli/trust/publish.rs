//! `tongban trust publish`: puts an approved proposal where gateways look.

use std::path::PathBuf;

use super::Failure;
use crate::clock::Timestamp;
use crate::trust::{Proposal, Publisher};

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  tongban trust publish change --published /srv/trust

Gateways read the directory itself, or an HTTPS server that serves it.

Exit status: 0 published, 1 refused, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory of the proposal
    #[arg(value_name = "PROPOSAL")]
    proposal: PathBuf,

    /// The directory of the publication
    #[arg(long, value_name = "DIR")]
    published: PathBuf,
}

/// Publishes the proposal.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let proposal = Proposal::read(&arguments.proposal)?;
    let accepted = Publisher::new(&arguments.published).publish(&proposal, now)?;
    let manifest = accepted.manifest();
    let names: Vec<&str> = accepted.signed().approved().iter().map(|name| name.as_str()).collect();
    let alone = if manifest.break_glass { ", by break-glass" } else { "" };
    Ok(format!(
        "version {} of {} published{alone}: {} files, approved by {}, expires {}\n",
        manifest.version,
        manifest.publication,
        manifest.files.len(),
        names.join(", "),
        manifest.expires
    ))
}
