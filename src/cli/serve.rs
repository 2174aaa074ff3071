//! `tongban serve`: runs a gateway until SIGTERM or SIGINT, then drains it. SIGHUP looks at what may change meanwhile.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::level_filters::LevelFilter;

use super::check;
use crate::config::{Format, Level, Log};
use crate::gateway::{Gateway, Prepared, Running};

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  tongban serve --config /etc/tongban/gateway.toml

SIGTERM and SIGINT drain the gateway: it refuses new connections and finishes open requests.
SIGHUP looks at once at what officers published, at the certificates and keys that the config names, and at all
sources of revocation; if anything is wrong with these, what held stays.

Exit status: 0 drained, 1 could not start, 64 usage")]
pub(super) struct Arguments {
    /// The config file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Serves until told to stop.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let prepared = match Prepared::load(&arguments.config) {
        Ok(prepared) => prepared,
        Err(faults) => {
            check::print(&faults);
            return ExitCode::FAILURE;
        }
    };
    log(prepared.config().log);
    match serve(prepared) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "tongban serve: {}", super::with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn serve(prepared: Prepared) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        let running = Gateway::start(prepared).await?;
        signals.wait(&running).await;
        running.shutdown().await;
        Ok(())
    })
}

struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Returns when the gateway is to stop.
    async fn wait(&mut self, running: &Running) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hangup.recv() => look(running).await,
            }
        }
    }
}

/// Looks at everything that may have changed outside.
async fn look(running: &Running) {
    for fault in &running.renew().await {
        tracing::error!(%fault, "certificate refused");
    }
    match running.reload().await {
        Ok(generation) => tracing::info!(generation, "publication read"),
        Err(faults) => {
            for fault in &faults {
                tracing::error!(%fault, "publication refused");
            }
        }
    }
    let asking = running.ask_about_revocation();
    // A source may take minutes, and signals do not wait.
    tokio::spawn(async move {
        for problem in asking.await {
            tracing::error!(code = problem.fault.code(), %problem, "revocation not brought up to date");
        }
    });
}

/// Logs to standard error from here on.
fn log(log: Log) {
    let level = match log.level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    let lines = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr);
    // Fails only if a subscriber is set already, which then does the logging.
    let _ = match log.format {
        Format::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        Format::Json => lines.json().try_init(),
    };
}
