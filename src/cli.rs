//! The command line: arguments, one file a subcommand, exit codes. It holds no logic of its own.

pub mod chain;
mod check;
mod demo;
mod evidence;
mod ledger;
mod near;
mod parallel;
mod policy;
mod serve;
mod table;
mod trust;
mod verify;

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand, ValueEnum};

use crate::clock::Timestamp;
use crate::fault::unread;
use crate::verdict::Language;

/// EX_USAGE of sysexits(3): the arguments make no sense.
const USAGE: u8 = 64;

#[derive(Parser)]
#[command(
    name = "tongban",
    version,
    about = "Judges e-licenses and relays data between provinces (跨省通办)",
    // What examples need; paragraphs are wrapped to whatever the terminal has.
    max_term_width = 120
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge certificate paths offline, one certificate or a batch
    Chain(chain::Arguments),
    /// Check a config file and everything that it names, without serving
    Check(check::Arguments),
    /// Show the whole system on this machine, with nothing prepared
    Demo(demo::Arguments),
    /// Verify a ledger, or show records of it
    Ledger(ledger::Arguments),
    /// Look at sharing agreements: faults, expected decisions, who sees what, what a change changes
    Policy(policy::Arguments),
    /// Run a gateway
    Serve(serve::Arguments),
    /// Decide, as one of several officers, what gateways trust
    Trust(trust::Arguments),
    /// Judge license files offline: OFD, PDF, seals, seal signatures, CMS
    Verify(verify::Arguments),
}

/// Runs the command that the process was given.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { 0 };
            // With standard output closed there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match arguments.command {
        Command::Chain(arguments) => chain::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Ledger(arguments) => ledger::run(&arguments),
        Command::Policy(arguments) => policy::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Trust(arguments) => trust::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
    }
}

/// The language of a report.
#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    /// English
    En,
    /// 中文
    Zh,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Zh => Self::Chinese,
        }
    }
}

/// An error with its causes, one line.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let said = |error: &(dyn Error + 'static)| {
        // The ledger's errors are shared, and what is shared is a cause by itself.
        let disk = error.downcast_ref::<io::Error>();
        let disk = disk.or_else(|| error.downcast_ref::<Arc<io::Error>>().map(Arc::as_ref));
        disk.map_or_else(|| error.to_string(), unread)
    };
    let mut line = said(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(&format!(": {}", said(error)));
        cause = error.source();
    }
    line
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "not a time such as 2026-11-21T08:00:00Z".to_owned())
}
