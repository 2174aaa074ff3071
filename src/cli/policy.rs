//! `tongban policy`: what those who write agreements and those who approve them ask of a directory of policies, offline.

mod check;
mod diff;
mod explain;
mod test;
mod who;

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use super::USAGE;
use super::table::{Tone, paint};
use crate::catalog::Catalog;
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::fault::Fault;
use crate::policy::Agreements;
use crate::report::{Style, printable};
use crate::rulebook::store::Policies;
use crate::trust::Proposal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban policy check                                         every fault of policies/, what overlaps, what ends soon
  tongban policy test                                          the expected decisions of policies/tests/
  tongban policy explain request.toml                          why a request is decided so, and what would make it pass
  tongban policy who aab004                                    which departments see a field, for what, masked how
  tongban policy diff ../main/policies policies                what a change of policies changes for whom

Exit status: 64 usage, or a file cannot be read; else that of the subcommand, see its --help")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Find what is wrong with policies, or may be
    Check(check::Arguments),
    /// Hold policies to the decisions that are expected of them
    Test(test::Arguments),
    /// Explain the decision over a request, and what would make it pass
    Explain(explain::Arguments),
    /// Show who sees a field or a service, for what and how
    Who(who::Arguments),
    /// Show what differs between two directories of policies, with a request that shows each
    Diff(diff::Arguments),
}

/// The exit status when policies or a request are at fault, so that there is no answer.
const TROUBLE: u8 = 2;

/// What a subcommand says, and its exit status.
struct Said {
    text: String,
    status: u8,
}

/// Why a subcommand has no answer.
enum Failure {
    /// Files of policies or of requests are at fault.
    Faults(Vec<Fault>),
    /// A file cannot be read, or what was asked for makes no sense.
    Unusable(Vec<String>),
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let now = SystemClock.now();
    let style = if io::stdout().is_terminal() { Style::Color } else { Style::Plain };
    let said = match &arguments.command {
        Command::Check(arguments) => check::run(arguments, now, style),
        Command::Test(arguments) => test::run(arguments, style),
        Command::Explain(arguments) => explain::run(arguments, now, style),
        Command::Who(arguments) => who::run(arguments, now, style),
        Command::Diff(arguments) => diff::run(arguments, now, style),
    };
    let (lines, status) = match said {
        Ok(said) => {
            // With standard output closed there is nobody to tell.
            let _ = io::stdout().write_all(said.text.as_bytes());
            return ExitCode::from(said.status);
        }
        Err(Failure::Faults(faults)) => (faults.iter().map(ToString::to_string).collect(), TROUBLE),
        Err(Failure::Unusable(lines)) => (lines, USAGE),
    };
    for line in lines {
        let _ = writeln!(io::stderr(), "tongban policy: {}", printable(&line));
    }
    ExitCode::from(status)
}

/// The directory of policies, or those of a proposal or publication, whatever is wrong with what their files say.
fn policies(directory: &Path) -> Result<Policies, Failure> {
    // Both keep the manifest at hand, and files by digest.
    if directory.join("manifest").is_file() {
        let proposal = Proposal::read(directory);
        let proposal = proposal.map_err(|problem| Failure::Unusable(vec![problem.fault().to_string()]))?;
        return Ok(Policies::of(proposal.files(), &directory.join("policies")));
    }
    let told = |faults: Vec<Fault>| Failure::Unusable(faults.iter().map(ToString::to_string).collect());
    Policies::read(directory).map_err(told)
}

/// Catalog and agreements of `policies`, which must not be at fault.
fn rules(policies: Policies) -> Result<(Catalog, Agreements), Failure> {
    match policies.rules {
        Some(rules) if policies.faults.is_empty() => Ok(rules),
        _ => Err(Failure::Faults(policies.faults)),
    }
}

/// The time that was asked for, or now, to the second.
fn at(asked: Option<Timestamp>, now: Timestamp) -> Timestamp {
    asked.unwrap_or_else(|| Timestamp::from_seconds(now.seconds()))
}

fn quiet(style: Style, text: &str) -> String {
    paint(style, Tone::Quiet, text)
}

/// JSON for scripts, one value, readable all the same.
fn json(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
