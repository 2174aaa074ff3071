//! Files of rules as officers write them, for tests.

#![allow(dead_code, reason = "each table uses what it needs")]

use std::fs;
use std::path::Path;

/// Enrolls the certificates with these fingerprints in `certs/systems/` or `certs/peers/` below `at`; `keys` are the others.
pub(crate) fn enroll(at: &Path, entry: &str, keys: &str, fingerprints: &[String]) {
    let path = at.join(format!("certs/{entry}.toml"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let certificate = |sha256: &String| format!("\n[[certificates]]\nsha256 = \"{sha256}\"\n");
    let certificates: String = fingerprints.iter().map(certificate).collect();
    fs::write(path, format!("{keys}\n{certificates}")).unwrap();
}

/// Puts a certificate in DER into the directory `anchors`, trusted for all that a license needs.
pub(crate) fn put_anchor(anchors: &Path, name: &str, der: &[u8]) {
    fs::create_dir_all(anchors).unwrap();
    fs::write(anchors.join(format!("{name}.der")), der).unwrap();
    let entry =
        format!("certificates = [\"{name}.der\"]\nroles = [\"seal_maker\", \"signer\", \"timestamp\"]\n");
    fs::write(anchors.join(format!("{name}.toml")), entry).unwrap();
}
