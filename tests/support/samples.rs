//! Where the shared samples and conformance suites are, and what happens where they are not.

use std::path::PathBuf;

/// The directory `name` of the shared samples; prints why and returns `None` where it is absent, fails under CI.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if path.is_dir() {
        return Some(path);
    }
    skip(&format!("`{}` is not there", path.display()));
    None
}

/// Says why a test is skipped; under CI nothing may be.
pub(crate) fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "skipped under CI: {reason}");
    eprintln!("skipped: {reason}");
}
