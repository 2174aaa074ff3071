//! A directory of policies by itself, as those have it who write them: catalog, agreements and expected decisions.

use std::path::Path;

use super::{AGREEMENTS, Gatherer, Reading, texts};
use crate::catalog::Catalog;
use crate::fault::{Fault, Source};
use crate::manifest::RuleFiles;
use crate::policy::Agreements;

/// Expected decisions, one file for each family of agreements.
const TESTS: &str = "policies/tests/";

/// What the directory holds.
#[derive(Debug)]
pub struct Policies {
    /// Catalog and agreements, if no file of either is at fault.
    pub rules: Option<(Catalog, Agreements)>,
    /// What is wrong with catalog and agreements.
    pub faults: Vec<Fault>,
    agreements: Vec<(String, String)>,
    tests: Vec<(String, String)>,
}

impl Policies {
    /// Reads `directory`, by which files are called in faults. Fails if any file cannot be read.
    pub fn read(directory: &Path) -> Result<Self, Vec<Fault>> {
        let (mut files, mut gatherer) = (RuleFiles::default(), Gatherer::default());
        gatherer.gather(directory, "policies", 1, &mut files);
        if !gatherer.faults.is_empty() {
            return Err(gatherer.faults);
        }
        Ok(Self::of(&files, directory))
    }

    /// The policies among `files`, which faults call as if they lay in `directory`.
    pub fn of(files: &RuleFiles, directory: &Path) -> Self {
        let mut reading = Reading::default();
        reading.read_policies(files);
        let tests = texts(files, TESTS, "toml", &mut reading.faults);
        let named = |sources: Vec<Source<'_>>| {
            sources.into_iter().map(|file| (placed(file.name, directory), file.text.to_owned())).collect()
        };
        let (tests, agreements) = (named(tests), named(texts(files, AGREEMENTS, "cedar", &mut Vec::new())));
        let place = |fault: Fault| Fault { file: placed(&fault.file, directory), ..fault };
        let rules = reading.catalog.zip(reading.agreements);
        Self { rules, faults: reading.faults.into_iter().map(place).collect(), agreements, tests }
    }

    /// The files of agreements.
    pub fn agreements(&self) -> Vec<Source<'_>> {
        sources(&self.agreements)
    }

    /// The files of expected decisions.
    pub fn tests(&self) -> Vec<Source<'_>> {
        sources(&self.tests)
    }
}

fn sources(files: &[(String, String)]) -> Vec<Source<'_>> {
    files.iter().map(|(name, text)| Source { name, text }).collect()
}

/// Where the directory stands is what its owner knows, not where it would stand among the rules.
fn placed(file: &str, directory: &Path) -> String {
    match file.strip_prefix("policies/") {
        Some(name) => directory.join(name).display().to_string(),
        None => file.to_owned(),
    }
}
