//! `tongban trust list`: what is published.

use std::path::PathBuf;

use super::{Failure, present, view};
use crate::clock::Timestamp;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust list --published /srv/trust
  tongban trust list --published /srv/trust --json

Exit status: 0 shown, 1 what is published is at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory of the publication
    #[arg(long, value_name = "DIR")]
    published: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows the present manifest and the suspensions.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let (publisher, published) = present(&arguments.published)?;
    if arguments.json {
        view::published_as_json(&publisher, &published)
    } else {
        view::published(&publisher, &published, now)
    }
}
