//! `tongban trust inspect`: what a proposal changes, and who approved it.

use std::path::PathBuf;

use super::{Failure, view};
use crate::clock::Timestamp;
use crate::trust::Proposal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust inspect change --published /srv/trust
  tongban trust inspect change --published /srv/trust --json

Exit status: 0 shown, 1 the proposal is at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory of the proposal
    #[arg(value_name = "PROPOSAL")]
    proposal: PathBuf,

    /// The directory of the publication
    #[arg(long, value_name = "DIR")]
    published: PathBuf,

    /// Show every changed line of every file
    #[arg(long, conflicts_with = "json")]
    lines: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows the proposal.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let proposal = Proposal::read(&arguments.proposal)?;
    if arguments.json {
        view::change_as_json(&proposal, &arguments.published)
    } else {
        Ok(view::look(&proposal, &arguments.published, now, arguments.lines)?.text)
    }
}
