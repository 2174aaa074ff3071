//! `tongban check`: all that `serve` does before it binds, and every fault that it finds.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::fault::Fault;
use crate::gateway::Prepared;

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  tongban check --config /etc/tongban/gateway.toml

Exit status: 0 all is well, 1 something is not, 64 usage")]
pub(super) struct Arguments {
    /// The config file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Prints what a gateway with this config would serve, or one fault a line.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let prepared = Prepared::load(&arguments.config);
    // With standard output closed there is nobody to tell, and the exit status says it all the same.
    match prepared {
        Ok(prepared) => {
            let _ = writeln!(io::stdout(), "{}: {}", arguments.config.display(), prepared.summary());
            print(prepared.refused());
            if prepared.refused().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(faults) => {
            print(&faults);
            ExitCode::FAILURE
        }
    }
}

/// Prints one fault a line to standard error.
pub(super) fn print(faults: &[Fault]) {
    let mut stderr = io::stderr().lock();
    for fault in faults {
        let _ = writeln!(stderr, "{fault}");
    }
}
