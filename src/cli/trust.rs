//! `tongban trust`: what officers do. They propose, look, approve and publish what gateways trust; one alone may suspend.

mod approve;
mod impact;
mod import;
mod inspect;
mod keygen;
mod list;
mod propose;
mod publish;
mod restore;
mod rollback;
mod suspend;
mod view;

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::USAGE;
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::fault::Fault;
use crate::manifest::{KeyError, PrivateKey, fault_of_reason};
use crate::trust::{Problem, Publisher};

#[derive(clap::Args)]
#[command(after_help = "\
A change takes two officers, each on a machine of their own:
  tongban trust propose --rules . --published /srv/trust -o change --reason 'new root of Hunan'
  tongban trust inspect change --published /srv/trust
  tongban trust approve change --published /srv/trust --key wang.key      the first officer
  tongban trust approve change --published /srv/trust --key li.key        the second
  tongban trust publish change --published /srv/trust

One officer alone, at once:
  tongban trust suspend anchor hunan-root --published /srv/trust --key wang.key --reason stolen

Exit status: 0 done, 1 refused, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make the keys of an officer
    Keygen(keygen::Arguments),
    /// Draft entries for certificates that authorities handed out
    Import(import::Arguments),
    /// Propose the rules of a directory as the next manifest
    Propose(propose::Arguments),
    /// Show what a proposal changes, and who approved it
    Inspect(inspect::Arguments),
    /// Sign a proposal
    Approve(approve::Arguments),
    /// Publish a proposal that enough officers approved
    Publish(publish::Arguments),
    /// Propose what was published before the present manifest
    Rollback(rollback::Arguments),
    /// Suspend an anchor, seal, system, gateway, department or agreement at once
    Suspend(suspend::Arguments),
    /// Propose that a suspension be lifted
    Restore(restore::Arguments),
    /// Count what a proposal would have changed on record, or what was accepted under an anchor
    Impact(impact::Arguments),
    /// Show what is published
    List(list::Arguments),
}

/// Why a command did not do what it was to do.
enum Failure {
    /// What it was given is refused; one line each.
    Refused(Vec<String>),
    /// Something could not be read or written, or makes no sense.
    Unusable(String),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Unreadable { .. } => Self::Unusable(problem.fault().to_string()),
            _ => Self::Refused(vec![problem.fault().to_string()]),
        }
    }
}

impl From<Vec<Fault>> for Failure {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Refused(faults.iter().map(ToString::to_string).collect())
    }
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let now = SystemClock.now();
    let done = match &arguments.command {
        Command::Keygen(arguments) => keygen::run(arguments),
        Command::Import(arguments) => match import::run(arguments, now) {
            Ok((text, faults)) if faults.is_empty() => Ok(text),
            Ok((text, faults)) => {
                let _ = io::stdout().write_all(text.as_bytes());
                Err(faults.into())
            }
            Err(failure) => Err(failure),
        },
        Command::Propose(arguments) => propose::run(arguments, now),
        Command::Inspect(arguments) => inspect::run(arguments, now),
        Command::Approve(arguments) => approve::run(arguments, now),
        Command::Publish(arguments) => publish::run(arguments, now),
        Command::Rollback(arguments) => rollback::run(arguments, now),
        Command::Suspend(arguments) => suspend::run(arguments, now),
        Command::Restore(arguments) => restore::run(arguments, now),
        Command::List(arguments) => list::run(arguments, now),
        Command::Impact(arguments) => {
            return impact::run(arguments, now).unwrap_or_else(|failure| told(&failure));
        }
    };
    match done {
        Ok(text) => {
            // With standard output closed there is nobody to tell.
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(failure) => told(&failure),
    }
}

/// Says why a command did not do what it was to do.
fn told(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Refused(lines) => {
            for line in lines {
                let _ = writeln!(io::stderr(), "tongban trust: {line}");
            }
            ExitCode::FAILURE
        }
        Failure::Unusable(line) => {
            let _ = writeln!(io::stderr(), "tongban trust: {line}");
            ExitCode::from(USAGE)
        }
    }
}

/// A reason, which is held to what manifests take before anything else is done.
fn parse_reason(text: &str) -> Result<String, String> {
    fault_of_reason(text).map_or_else(|| Ok(text.to_owned()), Err)
}

/// A file or directory that cannot be used, and why.
fn unusable(path: &Path, error: &(dyn Error + 'static)) -> Failure {
    Failure::Unusable(format!("{}: {}", path.display(), super::with_causes(error)))
}

/// The keys in an officer's key file.
fn keys(path: &Path) -> Result<Vec<PrivateKey>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| unusable(path, &error))?;
    let keys: Result<Vec<_>, KeyError> = text.lines().map(PrivateKey::parse).collect();
    let keys = keys.map_err(|error| unusable(path, &error))?;
    if keys.is_empty() { Err(unusable(path, &KeyError::Malformed)) } else { Ok(keys) }
}

/// The publication in `directory`, which must have a manifest.
fn present(directory: &Path) -> Result<(Publisher, crate::trust::Published), Failure> {
    let publisher = Publisher::new(directory);
    let nothing = || Failure::Unusable(propose::begin(directory));
    let published = publisher.present()?.ok_or_else(nothing)?;
    Ok((publisher, published))
}

/// The end of a manifest that is made at `now` for `days`.
fn after_days(now: Timestamp, days: u32) -> Timestamp {
    now.plus_millis(i64::from(days).saturating_mul(86_400_000))
}
