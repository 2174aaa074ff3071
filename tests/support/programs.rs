//! Other people's programs that tests compare with. One that is missing skips a test with its reason, and fails it under CI.

use std::process::Command;

/// Whether `program` runs; says why the test is skipped where it does not.
pub(crate) fn available(program: &str, argument: &str) -> bool {
    let found = Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success());
    if !found {
        assert!(std::env::var_os("CI").is_none(), "`{program}` is needed under CI");
        println!("skipped: `{program}` is not here");
    }
    found
}
