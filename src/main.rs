//! The `tongban` program: hands over to [`tongban::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    tongban::cli::run()
}
