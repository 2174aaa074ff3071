//! `tongban trust list`: what is published.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use super::{Failure, present, view};
use crate::clock::Timestamp;
use crate::report::Style;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust list --published /srv/trust
  tongban trust list --published /srv/trust --history     all versions, newest first
  tongban trust list --published /srv/trust --json

Exit status: 0 shown, 1 what is published is at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory of the publication
    #[arg(long, value_name = "DIR")]
    published: PathBuf,

    /// Show every file, not one line a directory
    #[arg(long, conflicts_with_all = ["history", "json"])]
    files: bool,

    /// Show all versions instead
    #[arg(long)]
    history: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows the present manifest and the suspensions.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let (publisher, published) = present(&arguments.published)?;
    let style = if io::stdout().is_terminal() { Style::Color } else { Style::Plain };
    match (arguments.history, arguments.json) {
        (true, true) => view::history_as_json(&publisher, &published),
        (true, false) => view::history(&publisher, &published, style),
        (false, true) => view::published_as_json(&publisher, &published),
        (false, false) => view::published(&publisher, &published, now, arguments.files, style),
    }
}
