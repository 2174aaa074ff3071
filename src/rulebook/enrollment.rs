//! Reads `certs/systems/` and `certs/peers/`: a TOML file for each system and for each gateway of another province, which says
//! by which certificates it calls and for whom. What is wrong with any file is said of all at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::anchors::{CERTIFICATES, name_of};
use super::callers::{Caller, Callers, EnrolledSystem};
use super::store::{PEERS, SYSTEMS, has_extension, is_directly_below};
use crate::catalog::Catalog;
use crate::clock::Period;
use crate::crypto::Fingerprint;
use crate::fault::Fault;
use crate::identifier::{Department, Error, Province, System};
use crate::manifest::{FilePath, RuleFiles};
use crate::pki::certificates_in;
use crate::table::{At, Table};

const DEPARTMENTS: &str =
    "write for whom it may speak, such as `departments = [\"11430000DEM0000068@430000\"]`";
const CERTIFICATE: &str = "write `[[certificates]]` and below it a `file` or a `sha256` fingerprint";

/// What officers say of one caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrollment {
    /// The file that says so.
    pub file: String,
    /// Who calls.
    pub caller: Caller,
    /// The province whose gateway a system calls; any that reads the publication if none is stated.
    pub home: Option<Province>,
    /// The certificates, each with when it serves.
    pub certificates: Vec<(Fingerprint, Period)>,
    /// Who answers for it, for people.
    pub owner: String,
    /// What else there is to say, for people.
    pub notes: String,
}

/// All enrollments of a rulebook.
#[derive(Debug, Default)]
pub(super) struct Enrollments {
    pub(super) all: Vec<Enrollment>,
    /// Departments that systems speak for, with where they stand.
    departments: Vec<(Department, System, String, usize)>,
}

impl Enrollments {
    /// Reads the files of `certs/systems/` and `certs/peers/` among `files`; what is wrong is added to `faults`.
    pub(super) fn read(files: &RuleFiles, faults: &mut Vec<Fault>) -> Self {
        let mut reader =
            Reader { files, read: Self::default(), named: BTreeSet::new(), held: BTreeMap::new(), faults };
        for (path, content) in files.iter().filter(|(path, _)| has_extension(path.as_str(), &["toml"])) {
            if is_directly_below(path, SYSTEMS) {
                reader.file(path, content, SYSTEMS, Reader::system);
            } else if is_directly_below(path, PEERS) {
                reader.file(path, content, PEERS, Reader::peer);
            }
        }
        reader.left_over();
        reader.read
    }

    /// The departments that `catalog` does not have, each where it stands.
    pub(super) fn disagreements(&self, catalog: &Catalog) -> Vec<Fault> {
        let unknown = self.departments.iter().filter(|(department, ..)| catalog.office(department).is_none());
        let fault = |(department, system, file, line): &(Department, System, String, usize)| {
            let reason = format!("system `{system}`: department `{department}` is not in the catalog");
            Fault::new(file, *line, reason)
        };
        unknown.map(fault).collect()
    }

    /// Who may call the gateway of `home`.
    pub(super) fn callers(&self, home: Province) -> Callers {
        let mut callers = Callers::default();
        let here = |enrollment: &&Enrollment| match &enrollment.caller {
            Caller::System(_) => enrollment.home.is_none_or(|own| own == home),
            // Several provinces may read one publication; none calls itself.
            Caller::Gateway(province) => *province != home,
        };
        for Enrollment { caller, certificates, .. } in self.all.iter().filter(here) {
            for (fingerprint, period) in certificates {
                callers.enroll(*fingerprint, caller.clone(), *period);
            }
        }
        callers
    }
}

struct Reader<'r> {
    files: &'r RuleFiles,
    read: Enrollments,
    /// The files of certificates that some entry names.
    named: BTreeSet<FilePath>,
    /// Each fingerprint with the file that has it.
    held: BTreeMap<Fingerprint, String>,
    faults: &'r mut Vec<Fault>,
}

/// Who a file is about, as far as its own keys say.
type Who = Option<(Caller, Option<Province>)>;

impl Reader<'_> {
    fn file(
        &mut self,
        path: &FilePath,
        content: &[u8],
        directory: &str,
        who: impl FnOnce(&mut Self, &str, &mut Table<'_>) -> Who,
    ) {
        let file = path.as_str();
        let Ok(text) = std::str::from_utf8(content) else {
            self.faults.push(Fault::new(file, 0, "is not UTF-8"));
            return;
        };
        let mut table = match Table::parse(file, text) {
            Ok(table) => table,
            Err(faults) => return self.faults.extend(faults),
        };
        let who = who(self, file, &mut table);
        let period = table.period();
        let certificates = self.certificates(file, directory, period, &mut table);
        let (owner, notes) = (table.words("owner"), table.words("notes"));
        self.faults.extend(table.finish());
        if let Some((caller, home)) = who {
            let file = file.to_owned();
            self.read.all.push(Enrollment { file, caller, home, certificates, owner, notes });
        }
    }

    fn system(&mut self, file: &str, table: &mut Table<'_>) -> Who {
        let departments = table.required_list("departments", DEPARTMENTS, department);
        let home = table.parsed("province", province).map(|province| province.value);
        let name = System::parse(name_of(file));
        let name =
            name.map_err(|error| table.fault(0, format!("`{}` names no system: {error}", name_of(file))));
        let name = name.ok()?;
        let at = departments.iter();
        let at = at.map(|At { line, value }| (value.clone(), name.clone(), file.to_owned(), *line));
        self.read.departments.extend(at);
        let departments = departments.into_iter().map(|department| department.value).collect();
        Some((Caller::System(Arc::new(EnrolledSystem { name, departments })), home))
    }

    #[expect(clippy::unused_self, reason = "as `system`, which needs it")]
    fn peer(&mut self, _: &str, table: &mut Table<'_>) -> Who {
        if table.line_of("province").is_none() {
            table.fault(0, "`province` is missing; write whose gateway it is, such as `province = \"43\"`");
        }
        let province = table.parsed("province", province)?;
        Some((Caller::Gateway(province.value), None))
    }

    fn certificates(
        &mut self,
        file: &str,
        directory: &str,
        whole: Period,
        table: &mut Table<'_>,
    ) -> Vec<(Fingerprint, Period)> {
        if table.line_of("certificates").is_none() {
            table.fault(0, format!("it has no certificate; {CERTIFICATE}"));
        }
        let mut certificates = Vec::new();
        for mut inside in table.tables("certificates") {
            let line = inside.line();
            let period = inside.period();
            if let Some(fingerprint) = self.fingerprint(directory, &mut inside) {
                if let Some(first) = self.held.insert(fingerprint, file.to_owned()) {
                    let reason = format!(
                        "`{fingerprint}` already belongs to `{first}`; one certificate is of one caller"
                    );
                    inside.fault(line, reason);
                } else if let Some(period) = period.within(whole) {
                    certificates.push((fingerprint, period));
                } else {
                    inside.fault(line, "it serves only when its system or gateway is not enrolled");
                }
            }
            table.close(inside);
        }
        certificates
    }

    fn fingerprint(&mut self, directory: &str, table: &mut Table<'_>) -> Option<Fingerprint> {
        let stated = (table.line_of("file").is_some(), table.line_of("sha256").is_some());
        let sha256 = table.parsed("sha256", |text| {
            Fingerprint::parse(text).ok_or_else(|| format!("`{text}` is no SHA-256 fingerprint"))
        });
        let path = table.parsed("file", |text| {
            let path = FilePath::parse(&format!("{directory}{text}"));
            path.ok_or_else(|| format!("`{text}` is no path below `{directory}`"))
        });
        if !matches!(stated, (true, false) | (false, true)) {
            table.fault(table.line(), "a certificate has either a `file` or a `sha256` fingerprint");
            return None;
        }
        let Some(At { line, value: path }) = path else { return sha256.map(|sha256| sha256.value) };
        let Some(content) = self.files.get(&path) else {
            table.fault(line, format!("`{path}` is not there"));
            return None;
        };
        self.named.insert(path.clone());
        match certificates_in(content).as_deref() {
            Ok([certificate]) => Some(Fingerprint::of(certificate.der())),
            Ok(_) => {
                self.faults.push(Fault::new(
                    path.as_str(),
                    0,
                    "holds more than one certificate; leave the caller's own",
                ));
                None
            }
            Err(error) => {
                self.faults.push(Fault::new(path.as_str(), 0, error.to_string()));
                None
            }
        }
    }

    /// What nobody names does nothing, which nobody meant who put it there.
    fn left_over(&mut self) {
        for (path, _) in self.files.iter() {
            let file = path.as_str();
            for directory in [SYSTEMS, PEERS].into_iter().filter(|directory| file.starts_with(directory)) {
                if has_extension(file, &CERTIFICATES) && !self.named.contains(path) {
                    let reason =
                        format!("no entry names this; write a .toml file in `{directory}` that does");
                    self.faults.push(Fault::new(file, 0, reason));
                } else if has_extension(file, &["toml"]) && !is_directly_below(path, directory) {
                    let reason = format!("nothing reads this; entries stand in `{directory}` itself");
                    self.faults.push(Fault::new(file, 0, reason));
                }
            }
        }
    }
}

/// A department by its code and region, as they stand in the catalog.
fn department(text: &str) -> Result<Department, String> {
    let shape = "18 characters of a unified social credit code, `@` and 6 digits of a region";
    Department::parse(text).map_err(|error| match error {
        Error::Length | Error::Parts => {
            format!("a department is {shape}, such as `11430000DEM0000068@430000`")
        }
        error => error.to_string(),
    })
}

/// A province by the first two digits of its regions.
fn province(text: &str) -> Result<Province, String> {
    Province::parse(text).map_err(|_| format!("`{text}` is no province; write two digits, such as \"43\""))
}
