//! Reads the directories `certs/` and `policies/` into a rulebook, or says everything that is wrong with them.
//! The only place that reads them; nothing is published from here.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Callers, Rulebook};
use crate::catalog::{Catalog, Fault, Source};
use crate::pki::{Anchors, certificates_in};
use crate::policy::Agreements;

/// Bytes that one file of rules may have. 16 MiB: a catalog of all departments of a province is under 2 MiB.
const FILE_BYTES: u64 = 16 << 20;

/// Loads anchors from `certs`, catalog and agreements from `policies`, for `callers`. All faults come at once.
pub fn load(certs: &Path, policies: &Path, callers: Arc<Callers>) -> Result<Rulebook, Vec<Fault>> {
    let mut faults = Vec::new();
    let anchors = anchors(certs, &mut faults);
    let catalog_files = read(&policies.join("catalog"), "json", &mut faults);
    let schema = read_text(&policies.join("schema.cedarschema"), &mut faults);
    let agreement_files = read(&policies.join("agreements"), "cedar", &mut faults);
    let catalog = collect(Catalog::parse(&sources(&catalog_files)), &mut faults);
    let (Some(catalog), Some((name, text))) = (catalog, schema) else { return Err(faults) };
    let schema = Source { name: &name, text: &text };
    let agreements = Agreements::compile(&catalog, schema, &sources(&agreement_files));
    match (collect(agreements, &mut faults), anchors) {
        (Some(agreements), Some(anchors)) if faults.is_empty() => Ok(Rulebook {
            generation: 1,
            catalog: Arc::new(catalog),
            agreements: Arc::new(agreements),
            anchors: Arc::new(anchors),
            callers,
        }),
        _ => Err(faults),
    }
}

/// The anchors of `directory`: every certificate of its `.pem`, `.crt`, `.cer` and `.der` files is trusted.
fn anchors(directory: &Path, faults: &mut Vec<Fault>) -> Option<Anchors> {
    let before = faults.len();
    let mut trusted = Vec::new();
    for path in list(directory, &["cer", "crt", "der", "pem"], faults) {
        let Some(bytes) = read_bytes(&path, faults) else { continue };
        match certificates_in(&bytes) {
            Ok(certificates) => trusted.extend(certificates),
            Err(error) => faults.push(Fault::new(&path.display().to_string(), 0, error.to_string())),
        }
    }
    (faults.len() == before).then(|| Anchors::new(trusted, Vec::new()))
}

fn collect<T>(checked: Result<T, Vec<Fault>>, faults: &mut Vec<Fault>) -> Option<T> {
    checked.map_err(|found| faults.extend(found)).ok()
}

fn sources(files: &[(String, String)]) -> Vec<Source<'_>> {
    files.iter().map(|(name, text)| Source { name, text }).collect()
}

/// The files of `directory` that end in `extension`, sorted by name, each with its path for faults.
fn read(directory: &Path, extension: &str, faults: &mut Vec<Fault>) -> Vec<(String, String)> {
    let paths = list(directory, &[extension], faults);
    paths.iter().filter_map(|path| read_text(path, faults)).collect()
}

fn list(directory: &Path, extensions: &[&str], faults: &mut Vec<Fault>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            faults.push(unreadable(directory, &error));
            return Vec::new();
        }
    };
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => paths.push(entry.path()),
            Err(error) => faults.push(unreadable(directory, &error)),
        }
    }
    let wanted = |path: &PathBuf| {
        path.extension().and_then(|extension| extension.to_str()).is_some_and(|own| extensions.contains(&own))
    };
    paths.retain(wanted);
    // The order of a directory differs from machine to machine; rules and faults must not.
    paths.sort();
    paths
}

fn read_text(path: &Path, faults: &mut Vec<Fault>) -> Option<(String, String)> {
    let name = path.display().to_string();
    match String::from_utf8(read_bytes(path, faults)?) {
        Ok(text) => Some((name, text)),
        Err(_) => {
            faults.push(Fault::new(&name, 0, "is not UTF-8"));
            None
        }
    }
}

fn read_bytes(path: &Path, faults: &mut Vec<Fault>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if u64::try_from(bytes.len()).map_or(true, |length| length > FILE_BYTES) => {
            faults.push(Fault::new(
                &path.display().to_string(),
                0,
                format!("has more than {FILE_BYTES} bytes"),
            ));
            None
        }
        Ok(_) => Some(bytes),
        Err(error) => {
            faults.push(unreadable(path, &error));
            None
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(&path.display().to_string(), 0, format!("cannot be read: {}", error.kind()))
}
