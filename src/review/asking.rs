//! A question as people write it in files and read it in examples: the members of a request that decide, by their names.

use std::fmt;

use serde_json::Value;

use crate::catalog::{Catalog, ServiceId};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::identifier::{Department, MatterCode, Province};
use crate::policy::{Age, Basis, Claim, Operation, Purpose, Question};
use crate::table::Table;

/// A question without its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Who asks.
    pub department: Department,
    /// What for.
    pub operation: Operation,
    /// For which purpose.
    pub purpose: Purpose,
    /// The legal basis.
    pub basis: Basis,
    /// The matter that is handled.
    pub matter: Option<MatterCode>,
    /// Whether a case is named.
    pub case: bool,
    /// Whether the clerk is named.
    pub operator: bool,
    /// What licenses that came with it show, in order.
    pub evidence: Vec<Claim>,
    /// How old whoever is asked about is, where their number tells.
    pub age: Option<Age>,
    /// On the providing side, the province whose gateway asks.
    pub party: Option<Province>,
    /// At which hour of the day in China, where that is another than that of its time.
    pub hour: Option<u8>,
}

impl Asking {
    /// The question at `at`, or on its day at the hour that is named.
    pub fn question(&self, at: Timestamp) -> Question<'_> {
        const HOUR_MS: i64 = 3_600_000;
        let later = self.hour.map_or(0, |hour| i64::from(hour).saturating_sub(at.china_hour()));
        let at = at.plus_millis(later.saturating_mul(HOUR_MS));
        Question {
            department: &self.department,
            operation: self.operation.clone(),
            purpose: &self.purpose,
            matter: self.matter.as_ref(),
            case: self.case,
            operator: self.operator,
            basis: self.basis,
            evidence: &self.evidence,
            age: self.age,
            party: self.party,
            at,
        }
    }

    /// The members by name, as files write them, with values for people and for scripts.
    pub fn members(&self) -> Vec<(&'static str, Value)> {
        let mut members = vec![
            ("department", Value::from(self.department.to_string())),
            ("operation", Value::from(self.operation.to_string())),
            ("purpose", Value::from(self.purpose.as_str())),
            ("basis", Value::from(self.basis.as_str())),
        ];
        members.extend(self.matter.as_ref().map(|matter| ("matter", Value::from(matter.as_str()))));
        members.extend(self.case.then_some(("case", Value::Bool(true))));
        members.extend(self.operator.then_some(("operator", Value::Bool(true))));
        if !self.evidence.is_empty() {
            members.push(("evidence", self.evidence.iter().map(ToString::to_string).collect()));
        }
        members.extend(self.age.map(|age| ("age", Value::from(age.as_str()))));
        members.extend(self.party.map(|party| ("party", Value::from(party.to_string()))));
        members.extend(self.hour.map(|hour| ("hour", Value::from(hour.to_string()))));
        members
    }

    /// The members that differ from those of `other`, and those that it has and `self` lacks.
    pub fn beside(&self, other: &Self) -> (Vec<(&'static str, Value)>, Vec<&'static str>) {
        let (own, others) = (self.members(), other.members());
        let lacking = others.iter().filter(|(name, _)| !own.iter().any(|(known, _)| known == name));
        let lacking = lacking.map(|(name, _)| *name).collect();
        (own.into_iter().filter(|member| !others.contains(member)).collect(), lacking)
    }

    /// As JSON, as files of requests may have it.
    pub fn to_json(&self) -> Value {
        Value::Object(self.members().into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// As one line of a TOML file would have it.
impl fmt::Display for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{ ")?;
        for (index, (name, value)) in self.members().iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{name} = {value}")?;
        }
        f.write_str(" }")
    }
}

/// Members as a file has them, each of which may be missing.
#[derive(Clone, Debug, Default)]
pub struct Members {
    department: Option<Department>,
    operation: Option<Operation>,
    purpose: Option<Purpose>,
    basis: Option<Basis>,
    matter: Option<MatterCode>,
    case: Option<bool>,
    operator: Option<bool>,
    evidence: Option<Vec<Claim>>,
    age: Option<Age>,
    party: Option<Province>,
    hour: Option<u8>,
    /// When, where the file says so.
    pub at: Option<Timestamp>,
}

impl Members {
    /// The members by name, for whoever wrote another.
    const KEYS: &str = "a request has `department`, `operation`, `purpose` and `basis`, and may have `matter`, `case`, \
                        `operator`, `evidence`, `age`, `party`, `hour` and `at`";

    /// Takes the members out of `table`. Departments may be written as their codes or as the catalog names them.
    pub fn take(table: &mut Table<'_>, catalog: &Catalog) -> Self {
        Self {
            department: table.parsed("department", |text| department(text, catalog)).map(|at| at.value),
            operation: table.parsed("operation", |text| operation(text, catalog)).map(|at| at.value),
            purpose: table.parsed("purpose", purpose).map(|at| at.value),
            basis: table.parsed("basis", basis).map(|at| at.value),
            matter: table.parsed("matter", matter).map(|at| at.value),
            case: table.optional("case").map(|at| at.value),
            operator: table.optional("operator").map(|at| at.value),
            evidence: evidence(table, catalog),
            age: table.parsed("age", age).map(|at| at.value),
            party: table.parsed("party", province).map(|at| at.value),
            hour: table.parsed("hour", hour).map(|at| at.value),
            at: table.time("at").map(|at| at.value),
        }
    }

    /// The same, with those of `others` where a member is missing.
    #[must_use]
    pub fn or(self, others: &Self) -> Self {
        Self {
            department: self.department.or_else(|| others.department.clone()),
            operation: self.operation.or_else(|| others.operation.clone()),
            purpose: self.purpose.or_else(|| others.purpose.clone()),
            basis: self.basis.or(others.basis),
            matter: self.matter.or_else(|| others.matter.clone()),
            case: self.case.or(others.case),
            operator: self.operator.or(others.operator),
            evidence: self.evidence.or_else(|| others.evidence.clone()),
            age: self.age.or(others.age),
            party: self.party.or(others.party),
            hour: self.hour.or(others.hour),
            at: self.at.or(others.at),
        }
    }

    /// The question, or the names of the members that it cannot be without. A verification needs neither purpose nor basis.
    pub fn asking(self) -> Result<Asking, Vec<&'static str>> {
        let verifies = self.operation == Some(Operation::Verify);
        let purpose = self.purpose.or_else(|| verifies.then(Purpose::license_verification));
        let basis = self.basis.or(verifies.then_some(Basis::Statute));
        let missing = [
            ("department", self.department.is_none()),
            ("operation", self.operation.is_none()),
            ("purpose", purpose.is_none()),
            ("basis", basis.is_none()),
        ];
        match (self.department, self.operation, purpose, basis) {
            (Some(department), Some(operation), Some(purpose), Some(basis)) => Ok(Asking {
                department,
                operation,
                purpose,
                basis,
                matter: self.matter,
                case: self.case.unwrap_or_default(),
                operator: self.operator.unwrap_or_default(),
                evidence: self.evidence.unwrap_or_default(),
                age: self.age,
                party: self.party,
                hour: self.hour,
            }),
            _ => Err(missing.into_iter().filter(|(_, gone)| *gone).map(|(name, _)| name).collect()),
        }
    }
}

/// Reads a request, TOML or JSON, called `file` in faults; with its time, where it names one.
pub fn read(file: &str, text: &str, catalog: &Catalog) -> Result<(Asking, Option<Timestamp>), Vec<Fault>> {
    let json = text.trim_start().starts_with('{');
    let mut table = if json { Table::parse_json(file, text)? } else { Table::parse(file, text)? };
    table.keys_are(Members::KEYS);
    let members = Members::take(&mut table, catalog);
    let at = members.at;
    let faults = table.finish();
    // A member that is at fault was told already, and is not missing.
    if !faults.is_empty() {
        return Err(faults);
    }
    let missing = |names: Vec<&str>| {
        names.iter().map(|name| Fault::new(file, 0, format!("`{name}` is missing; {}", mend(name)))).collect()
    };
    members.asking().map(|asking| (asking, at)).map_err(missing)
}

/// How to write a member that a request cannot be without.
fn mend(member: &str) -> &'static str {
    match member {
        "department" => "write who asks, by the name in the catalog or as `CREDITCODE@REGION`",
        "operation" => "write `verify`, or a province and a service such as `43/sb.insured.query`",
        "purpose" => "write what for, such as `public_rental_housing`",
        _ => {
            "write `statute`, `authorisation:subject`, `authorisation:guardian` or `authorisation:enterprise`"
        }
    }
}

fn department(text: &str, catalog: &Catalog) -> Result<Department, String> {
    if let Ok(department) = Department::parse(text) {
        return Ok(department);
    }
    let mut named = catalog.offices().filter(|office| office.name == text);
    match (named.next(), named.next()) {
        (Some(office), None) => Ok(office.department.clone()),
        (Some(_), Some(_)) => Err(format!("the catalog has several `{text}`; write the code of one")),
        (None, _) => {
            Err(format!("`{text}` is neither `CREDITCODE@REGION` nor a name of a department in the catalog"))
        }
    }
}

/// Reads `44/sb.insured.query` or `verify`, of which the catalog must have the service.
pub fn operation(text: &str, catalog: &Catalog) -> Result<Operation, String> {
    if text == "verify" {
        return Ok(Operation::Verify);
    }
    let parsed = text
        .split_once('/')
        .and_then(|(province, service)| Some((Province::parse(province).ok()?, ServiceId::parse(service)?)));
    match parsed {
        Some((province, service)) if catalog.service(&service).is_some() => {
            Ok(Operation::Query { province, service })
        }
        Some((_, service)) => Err(format!("service `{service}` is not in the catalog")),
        None => Err(format!(
            "`{text}` is neither `verify` nor a province and a service such as `43/sb.insured.query`"
        )),
    }
}

fn purpose(text: &str) -> Result<Purpose, String> {
    let form = || format!("`{text}` is not of lower-case letters, digits and `_`, a letter first");
    Purpose::parse(text).ok_or_else(form)
}

fn basis(text: &str) -> Result<Basis, String> {
    let form = "`statute`, `authorisation:subject`, `authorisation:guardian` or `authorisation:enterprise`";
    Basis::parse(text).ok_or_else(|| format!("`{text}` is not {form}"))
}

fn matter(text: &str) -> Result<MatterCode, String> {
    let form = |_| format!("`{text}` is no code of a matter, of 12, 31 or 33 characters");
    MatterCode::parse(text).map_err(form)
}

/// Takes the claims that licenses make, which the catalog must let them show.
fn evidence(table: &mut Table<'_>, catalog: &Catalog) -> Option<Vec<Claim>> {
    table.line_of("evidence")?;
    let claim = |text: &str| {
        let claim = Claim::parse(text).ok_or("not evidence such as `birth_certificate/parent_of`")?;
        let license =
            catalog.license_type_called(&claim.license).ok_or("the catalog has no such type of license")?;
        license.shows(claim.relation).map(|_| claim).ok_or("no such license shows that relation")
    };
    let claims = table.list("evidence", "leave it out", claim)?;
    let mut claims: Vec<Claim> = claims.into_iter().map(|at| at.value).collect();
    claims.sort();
    claims.dedup();
    Some(claims)
}

fn age(text: &str) -> Result<Age, String> {
    let ages = || Age::ALL.map(|age| format!("`{}`", age.as_str())).join(", ");
    Age::parse(text).ok_or_else(|| format!("`{text}` is no age; they are {}", ages()))
}

fn hour(text: &str) -> Result<u8, String> {
    let hour = text.parse().ok().filter(|hour| *hour < 24);
    hour.ok_or_else(|| format!("`{text}` is no hour of the day in China, \"0\" to \"23\""))
}

fn province(text: &str) -> Result<Province, String> {
    Province::parse(text).map_err(|_| format!("`{text}` is not the two digits of a province"))
}
