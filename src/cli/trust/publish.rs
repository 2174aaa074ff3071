//! `tongban trust publish`: puts an approved proposal where gateways look.

use std::path::{Path, PathBuf};

use super::{Failure, view};
use crate::cli::table::counted;
use crate::clock::Timestamp;
use crate::trust::{Problem, Proposal, Publisher};

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
    let publisher = Publisher::new(&arguments.published);
    let present = publisher.present()?.map(|present| present.manifest);
    // Gateways would say of it that its version is in effect, which is true of those that follow.
    if let Some(present) = present.filter(|present| present.digest() == proposal.manifest().digest()) {
        return Err(Failure::Refused(view::stale(proposal.manifest(), Some(&present)).into_iter().collect()));
    }
    let accepted = publisher.publish(&proposal, now).map_err(|problem| of(&arguments.proposal, problem))?;
    let manifest = accepted.manifest();
    let names: Vec<&str> = accepted.signed().approved().iter().map(|name| name.as_str()).collect();
    let alone = if manifest.break_glass { ", by break-glass" } else { "" };
    Ok(format!(
        "version {} of {} published{alone}: {}, approved by {}, expires {}\n",
        manifest.version,
        manifest.publication,
        counted(manifest.files.len(), "file", "files"),
        names.join(", "),
        manifest.expires
    ))
}

/// What is refused is the proposal, not where it was to be published.
fn of(proposal: &Path, problem: Problem) -> Problem {
    match problem {
        Problem::Refused { refusal, .. } => {
            Problem::Refused { place: proposal.join("manifest").display().to_string(), refusal }
        }
        other => other,
    }
}
