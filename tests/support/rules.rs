//! Files of rules as officers write them, for tests.

#![allow(dead_code, reason = "each table uses what it needs")]

use std::fs;
use std::path::Path;

/// Puts a certificate in DER into the directory `anchors`, trusted for all that a license needs.
pub(crate) fn put_anchor(anchors: &Path, name: &str, der: &[u8]) {
    fs::create_dir_all(anchors).unwrap();
    fs::write(anchors.join(format!("{name}.der")), der).unwrap();
    let entry =
        format!("certificates = [\"{name}.der\"]\nroles = [\"seal_maker\", \"signer\", \"timestamp\"]\n");
    fs::write(anchors.join(format!("{name}.toml")), entry).unwrap();
}
