//! Reads the directories `certs/` and `policies/` into a rulebook, or says everything that is wrong with them.
//! The only place that reads them; nothing is published from here.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Callers, Rulebook};
use crate::catalog::Catalog;
use crate::fault::{Fault, Source};
use crate::pki::{Anchors, certificates_in};
use crate::policy::Agreements;

/// Bytes that one file of rules may have. 16 MiB: a catalog of all departments of a province is under 2 MiB.
const FILE_BYTES: u64 = 16 << 20;

/// What was read: the parts that are in order, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Reading {
    catalog: Option<Catalog>,
    agreements: Option<Agreements>,
    anchors: Option<Anchors>,
    faults: Vec<Fault>,
}

impl Reading {
    /// Reads anchors from `certs` and catalog and agreements from `policies`, where these are known.
    ///
    /// A part that is at fault hides nothing of the others, but for what can only be seen with it: without a catalog,
    /// agreements are held to Cedar's grammar and no further.
    pub fn of(certs: Option<&Path>, policies: Option<&Path>) -> Self {
        let mut reading = Self::default();
        if let Some(certs) = certs {
            reading.anchors = collect(anchors(certs), &mut reading.faults);
        }
        if let Some(policies) = policies {
            reading.read_policies(policies);
        }
        reading
    }

    fn read_policies(&mut self, policies: &Path) {
        let faults = &mut self.faults;
        let catalog_files = read(&policies.join("catalog"), "json", faults);
        let schema = read_text(&policies.join("schema.cedarschema"), faults);
        let agreement_files = read(&policies.join("agreements"), "cedar", faults);
        let files = sources(&agreement_files);
        self.catalog = collect(Catalog::parse(&sources(&catalog_files)), faults);
        match (&self.catalog, &schema) {
            (Some(catalog), Some((name, text))) => {
                let schema = Source { name, text };
                self.agreements = collect(Agreements::compile(catalog, schema, &files), faults);
            }
            _ => faults.extend(Agreements::faults_of_grammar(&files)),
        }
    }

    /// The catalog, for those who must agree with it.
    pub fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }

    /// Adds a fault that shows only from outside.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The rules, for `callers`, or every fault.
    pub fn rulebook(self, callers: Arc<Callers>) -> Result<Rulebook, Vec<Fault>> {
        match self {
            Self { catalog: Some(catalog), agreements: Some(agreements), anchors: Some(anchors), faults }
                if faults.is_empty() =>
            {
                Ok(Rulebook {
                    generation: 1,
                    catalog: Arc::new(catalog),
                    agreements: Arc::new(agreements),
                    anchors: Arc::new(anchors),
                    callers,
                })
            }
            Self { faults, .. } => Err(faults),
        }
    }

    /// Every fault.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}

/// The anchors of `directory`: every certificate of its `.pem`, `.crt`, `.cer` and `.der` files is trusted. All faults
/// come at once.
pub fn anchors(directory: &Path) -> Result<Anchors, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut trusted = Vec::new();
    for path in list(directory, &["cer", "crt", "der", "pem"], &mut faults) {
        let Some(bytes) = read_bytes(&path, &mut faults) else { continue };
        match certificates_in(&bytes) {
            Ok(certificates) => trusted.extend(certificates),
            Err(error) => faults.push(Fault::new(&path.display().to_string(), 0, error.to_string())),
        }
    }
    if faults.is_empty() { Ok(Anchors::new(trusted, Vec::new())) } else { Err(faults) }
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
