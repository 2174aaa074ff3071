//! Reads the files of `certs/` and `policies/` into a rulebook, or says everything that is wrong with them. The only place
//! that reads them: from a directory on an officer's machine, from memory once officers approved them.

mod gather;
mod policies;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::gather::{Found, Gatherer};
pub use self::policies::Policies;
use super::anchors::{CERTIFICATES, Stated};
use super::enrollment::{Enrollment, Enrollments};
use super::{Clients, Rulebook};
use crate::catalog::Catalog;
use crate::fault::{Fault, Source};
use crate::identifier::Province;
use crate::manifest::{FilePath, RuleFiles, Standing, Subject};
use crate::pki::{Anchor, Anchors, Certificate, certificates_in};
use crate::policy::Agreements;
use crate::seal::{SealEvent, SealEventReason, SealRecord, SealRegister};

pub(super) const ANCHORS: &str = "certs/anchors/";
pub(super) const SYSTEMS: &str = "certs/systems/";
pub(super) const PEERS: &str = "certs/peers/";
const CATALOG: &str = "policies/catalog/";
const AGREEMENTS: &str = "policies/agreements/";
const SCHEMA: &str = "policies/schema.cedarschema";

/// What was read: the parts that are in order, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Reading {
    catalog: Option<Catalog>,
    agreements: Option<Agreements>,
    anchors: Option<Stated>,
    enrollments: Option<Enrollments>,
    faults: Vec<Fault>,
}

impl Reading {
    /// Reads anchors, catalog and agreements.
    ///
    /// A part that is at fault hides nothing of the others, but for what can only be seen with it: without a catalog,
    /// agreements are held to Cedar's grammar and no further.
    pub fn of(files: &RuleFiles) -> Self {
        let mut reading = Self::default();
        reading.read_anchors(files);
        let enrollments = Enrollments::read(files, &mut reading.faults);
        reading.read_policies(files);
        if let Some(catalog) = &reading.catalog {
            reading.faults.extend(reading.anchors.iter().flat_map(|anchors| anchors.disagreements(catalog)));
            reading.faults.extend(enrollments.disagreements(catalog));
        }
        reading.enrollments = Some(enrollments);
        reading
    }

    fn read_anchors(&mut self, files: &RuleFiles) {
        let before = self.faults.len();
        let stated = Stated::read(files, &mut self.faults);
        self.faults.extend(astray(files));
        self.anchors = (self.faults.len() == before).then_some(stated);
    }

    fn read_policies(&mut self, files: &RuleFiles) {
        let faults = &mut self.faults;
        let catalog_files = texts(files, CATALOG, "json", faults);
        let agreement_files = texts(files, AGREEMENTS, "cedar", faults);
        let schema = FilePath::parse(SCHEMA).and_then(|path| files.get(&path));
        let schema = match schema {
            Some(content) => text(SCHEMA, content, faults),
            None => {
                faults.push(Fault::new(SCHEMA, 0, "is not there"));
                None
            }
        };
        self.catalog = collect(Catalog::parse(&catalog_files), faults);
        match (&self.catalog, schema) {
            (Some(catalog), Some(schema)) => {
                self.agreements = collect(Agreements::compile(catalog, schema, &agreement_files), faults);
            }
            _ => faults.extend(Agreements::faults_of_grammar(&agreement_files)),
        }
    }

    /// The catalog, for those who must agree with it.
    pub fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }

    /// The agreements, as far as they are in order.
    pub fn agreements(&self) -> Option<&Agreements> {
        self.agreements.as_ref()
    }

    /// The anchors, as far as they are in order.
    pub fn anchors(&self) -> &[Anchor] {
        self.anchors.as_ref().map_or(&[], |stated| &stated.anchors)
    }

    /// The enrollments of systems and gateways, as far as they are in order.
    pub fn enrollments(&self) -> &[Enrollment] {
        self.enrollments.as_ref().map_or(&[], |enrollments| &enrollments.all)
    }

    /// Adds a fault that shows only from outside.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Every fault.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}

/// The rules that `standing` puts in effect at the gateway of `home`, less what is suspended; or every fault. `agree` may add
/// those that show only from outside.
pub fn rulebook(
    standing: &Arc<Standing>,
    home: Province,
    agree: impl FnOnce(&mut Reading),
) -> Result<Rulebook, Vec<Fault>> {
    let mut reading = Reading::of(standing.in_effect().files());
    agree(&mut reading);
    let Reading {
        catalog: Some(catalog),
        agreements: Some(agreements),
        anchors: Some(anchors),
        enrollments: Some(enrollments),
        faults,
    } = reading
    else {
        return Err(reading.faults);
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut departments = BTreeSet::new();
    let mut suspended = BTreeSet::new();
    let (mut systems, mut gateways) = (BTreeSet::new(), BTreeSet::new());
    let (mut digests, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut seals = Vec::new();
    for suspension in standing.suspensions().map(|suspended| suspended.suspension()) {
        match &suspension.subject {
            Subject::Anchor(digest) => drop(digests.insert(*digest)),
            Subject::Key(digest) => drop(keys.insert(*digest)),
            Subject::Seal(id) => {
                let (event, reason) = (SealEvent::Suspended { until: None }, SealEventReason::Unstated);
                seals.push((id.clone(), SealRecord { maker: None, event, since: suspension.since, reason }));
            }
            Subject::System(system) => drop(systems.insert(system.clone())),
            // Several provinces may read one publication; to itself no gateway is another.
            Subject::Gateway(province) if *province == home => {}
            Subject::Gateway(province) => drop(gateways.insert(*province)),
            Subject::Department(department) => drop(departments.insert(department.clone())),
            Subject::Agreement(agreement) => drop(suspended.insert(agreement.clone())),
        }
    }
    let anchors = Arc::new(Anchors::stated(anchors.anchors, Vec::new()).suspending(digests, keys));
    let callers = enrollments.callers(home).without(&systems, &gateways);
    Ok(Rulebook {
        generation: 1,
        catalog: Arc::new(catalog),
        agreements: Arc::new(agreements.suspending(departments, suspended, gateways)),
        clients: Arc::new(Clients::new(Arc::clone(&anchors))),
        anchors,
        seals: Arc::new(SealRegister::partial(seals)),
        callers: Arc::new(callers),
        standing: Arc::clone(standing),
    })
}

/// The anchors among `files`; what is wrong with any is added to `faults`.
pub fn anchors_of(files: &RuleFiles, faults: &mut Vec<Fault>) -> Vec<Anchor> {
    Stated::read(files, faults).anchors
}

/// Certificates and entries outside the directories that something reads.
fn astray(files: &RuleFiles) -> impl Iterator<Item = Fault> {
    let below = files.iter().filter(|(path, _)| path.as_str().starts_with("certs/"));
    let read = |path: &FilePath| [ANCHORS, SYSTEMS, PEERS].iter().any(|read| path.as_str().starts_with(read));
    below.filter(move |(path, _)| !read(path)).filter_map(|(path, _)| {
        let what = match path.as_str() {
            name if has_extension(name, &CERTIFICATES) => "a certificate",
            name if has_extension(name, &["toml"]) => "an entry",
            _ => return None,
        };
        let reason = format!(
            "{what} that nothing reads; anchors stand in `{ANCHORS}`, callers in `{SYSTEMS}` and `{PEERS}`"
        );
        Some(Fault::new(path.as_str(), 0, reason))
    })
}

/// The anchors at `path`, apart from any gateway. A directory holds what `certs/anchors/` does; the certificates of a single
/// file are trusted for everything. All faults come at once.
pub fn anchors(path: &Path) -> Result<Anchors, Vec<Fault>> {
    let own = path.display().to_string();
    let (mut files, mut gatherer) = (RuleFiles::default(), Gatherer::default());
    if !path.is_dir() {
        let Some(bytes) = gatherer.read(path) else { return Err(gatherer.faults) };
        let certificates = certificates_in(&bytes);
        let certificates = certificates.map_err(|error| vec![Fault::new(&own, 0, error.to_string())])?;
        return Ok(Anchors::new(certificates, Vec::new()));
    }
    gatherer.gather(path, ANCHORS.trim_end_matches('/'), 2, &mut files);
    let mut faults = gatherer.faults;
    let mut of_rules = Vec::new();
    let anchors = anchors_of(&files, &mut of_rules);
    // Where the directory stands is what its owner knows, not where it would stand among the rules.
    faults.extend(of_rules.into_iter().map(|fault| match fault.file.strip_prefix(ANCHORS) {
        Some(name) => Fault { file: path.join(name).display().to_string(), ..fault },
        None => fault,
    }));
    if faults.is_empty() { Ok(Anchors::stated(anchors, Vec::new())) } else { Err(faults) }
}

/// What the entries of `directory` state, as far as they are in order: drafts are not yet.
pub fn anchors_below(directory: &Path) -> Vec<Anchor> {
    let mut files = RuleFiles::default();
    if directory.exists() {
        Gatherer::default().gather(directory, ANCHORS.trim_end_matches('/'), 2, &mut files);
    }
    anchors_of(&files, &mut Vec::new())
}

/// What authorities handed out.
#[derive(Debug, Default)]
pub struct HandedOut {
    /// The certificates, each with its file.
    pub certificates: Vec<(String, Certificate)>,
    /// Files in directories that do not end as files of certificates do; nobody looked into them.
    pub passed_over: Vec<String>,
    /// What is wrong with files that cannot be used.
    pub faults: Vec<Fault>,
}

/// All certificates of files, and of the files below directories that end as such do.
pub fn certificates(paths: &[PathBuf]) -> HandedOut {
    let (mut found, mut gatherer) = (Vec::new(), Gatherer::default());
    let passed_over = RefCell::new(Vec::new());
    // What is named by itself may be a link; what lies in a directory may not.
    let named =
        |path: &PathBuf| (path.clone(), if path.is_dir() { Found::Directory } else { Found::File }, 0);
    let mut open: Vec<(PathBuf, Found, usize)> = paths.iter().rev().map(named).collect();
    while let Some((path, what, depth)) = open.pop() {
        if what == Found::Directory {
            let wanted = |name: &str| {
                let wanted = has_extension(&name.to_lowercase(), &CERTIFICATES);
                let other = path.join(name);
                if !wanted && !other.is_dir() {
                    passed_over.borrow_mut().push(other.display().to_string());
                }
                wanted
            };
            let inside = gatherer.entries(&path, depth, wanted).into_iter().rev();
            open.extend(inside.map(|(_, path, what)| (path, what, depth + 1)));
            continue;
        }
        let place = path.display().to_string();
        match gatherer.read(&path).map(|bytes| certificates_in(&bytes)) {
            Some(Ok(certificates)) => found.extend(certificates.into_iter().map(|one| (place.clone(), one))),
            Some(Err(error)) => gatherer.fault(&path, error.to_string()),
            None => {}
        }
    }
    HandedOut { certificates: found, passed_over: passed_over.into_inner(), faults: gatherer.faults }
}

/// All files below `certs/` and `policies/` of `directory`, for a proposal. What begins with a dot is left out, as editors
/// and version control leave such behind; a name that no manifest can hold is a fault, and so is what only leads elsewhere.
pub fn files(directory: &Path) -> Result<RuleFiles, Vec<Fault>> {
    let (mut files, mut gatherer) = (RuleFiles::default(), Gatherer::default());
    for root in ["certs", "policies"] {
        let path = directory.join(root);
        let is_there = path.symlink_metadata().is_ok();
        if (root == "policies" || is_there) && gatherer.look_at(&path) == Some(Found::Directory) {
            gatherer.gather(&path, root, 1, &mut files);
        }
    }
    let mut faults = gatherer.faults;
    if faults.is_empty() {
        return Ok(files);
    }
    // Where policies cannot be read, what is wrong with certs can be told all the same; not where some of it is missing.
    let certs = directory.join("certs");
    if !faults.iter().any(|fault| Path::new(&fault.file).starts_with(&certs)) {
        Stated::read(&files, &mut faults);
        Enrollments::read(&files, &mut faults);
        faults.extend(astray(&files));
    }
    Err(faults)
}

pub(super) fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
}

pub(super) fn is_directly_below(path: &FilePath, directory: &str) -> bool {
    path.as_str().strip_prefix(directory).is_some_and(|name| !name.contains('/'))
}

/// The files of `directory` that end in `extension`, by name.
fn texts<'a>(
    files: &'a RuleFiles,
    directory: &str,
    extension: &str,
    faults: &mut Vec<Fault>,
) -> Vec<Source<'a>> {
    let files = files.iter().filter(|(path, _)| is_directly_below(path, directory));
    let files = files.filter(|(path, _)| has_extension(path.as_str(), &[extension]));
    files.filter_map(|(path, content)| text(path.as_str(), content, faults)).collect()
}

fn text<'a>(name: &'a str, content: &'a [u8], faults: &mut Vec<Fault>) -> Option<Source<'a>> {
    let text = std::str::from_utf8(content);
    text.map_err(|_| faults.push(Fault::new(name, 0, "is not UTF-8"))).ok().map(|text| Source { name, text })
}

fn collect<T>(checked: Result<T, Vec<Fault>>, faults: &mut Vec<Fault>) -> Option<T> {
    checked.map_err(|found| faults.extend(found)).ok()
}
