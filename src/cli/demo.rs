//! `tongban demo`: the whole system on one machine, with nothing prepared.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::demo::{self, Options};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban demo                   walk through the main jobs, then stay up and print curl commands
  tongban demo --once            walk through and leave
  tongban demo --dir /tmp/demo   keep configs, certificates, policies and licenses

Exit status: 0 every step ended as it must, 1 one did not, 64 usage")]
pub(super) struct Arguments {
    /// Leave after the walk
    #[arg(long)]
    once: bool,

    /// Make everything in this directory and keep it
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs the demonstration.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match play(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "tongban demo: {}", super::with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn play(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let options = Options {
        directory: arguments.dir.as_ref().map(std::path::absolute).transpose()?,
        once: arguments.once,
        color: io::stdout().is_terminal(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let stop = async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        demo::run(&options, &mut io::stdout(), stop).await?;
        Ok(())
    })
}
