//! Expected decisions, as files of `policies/tests/` state them: what is asked, when, and what must come of it.

use super::view;
use super::{Asking, Members, RefusalCode, Refused, ruling};
use crate::catalog::{Catalog, FieldPath};
use crate::clock::Timestamp;
use crate::fault::{Fault, Source};
use crate::policy::{AgreementId, Agreements, Mask, Permit};
use crate::table::Table;

/// What a file may say at its top.
const FILE_KEYS: &str = "they are `[[decision]]`, and of a request `department`, `operation`, `purpose`, `basis`, `matter`, \
                         `case`, `operator`, `evidence`, `age`, `party`, `hour`, `at`";

/// What a case may say.
const CASE_KEYS: &str = "they are `name`; `department`, `operation`, `purpose`, `basis`, `matter`, `case`, `operator`, \
                         `evidence`, `age`, `party`, `hour`, `at`; and `permit` with `fields`, or `refuse` with `missing` and `by`";

/// What a decision is expected to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A permit.
    Permit {
        /// By this agreement.
        agreement: AgreementId,
        /// Of exactly these fields with these masks, in any order; of any, if it is not said.
        fields: Option<Vec<(FieldPath, Option<Mask>)>>,
    },
    /// A refusal.
    Refusal {
        /// With this code.
        code: RefusalCode,
        /// With exactly this missing; with anything, if it is not said.
        missing: Option<Vec<String>>,
        /// By exactly these policies; by any, if it is not said.
        by: Option<Vec<String>>,
    },
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows, in words.
    pub name: String,
    /// The line that it begins on.
    pub line: usize,
    /// The request.
    pub asking: Asking,
    /// When.
    pub at: Timestamp,
    /// What must come of it.
    pub expected: Expected,
}

/// The cases of one file.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// Its name.
    pub name: String,
    /// All of them, in order.
    pub cases: Vec<Case>,
}

/// A case that did not come out as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The file.
    pub file: String,
    /// The line that the case begins on.
    pub line: usize,
    /// What it was to show.
    pub name: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl CaseFile {
    /// Reads a file; every fault of it at once. Members at its top hold for all cases that do not say otherwise.
    pub fn parse(source: Source<'_>, catalog: &Catalog) -> Result<Self, Vec<Fault>> {
        let mut file = Table::parse(source.name, source.text)?;
        let defaults = Members::take(&mut file, catalog);
        let mut cases = Vec::new();
        file.keys_are(FILE_KEYS);
        let tables = file.tables("decision");
        if tables.is_empty() {
            file.fault(0, "holds no decision; write each under `[[decision]]`");
        }
        for mut table in tables {
            table.keys_are(CASE_KEYS);
            cases.extend(case(&mut table, &defaults, catalog));
            file.close(table);
        }
        let faults = file.finish();
        if faults.is_empty() { Ok(Self { name: source.name.to_owned(), cases }) } else { Err(faults) }
    }

    /// The cases that do not come out as expected under `catalog` and `agreements`.
    pub fn failures(&self, catalog: &Catalog, agreements: &Agreements) -> Vec<Failure> {
        let failure = |case: &Case| {
            let decision = ruling(catalog, agreements, &case.asking, case.at);
            let (expected, found) = case.expected.beside(&decision)?;
            Some(Failure {
                file: self.name.clone(),
                line: case.line,
                name: case.name.clone(),
                expected,
                found,
            })
        };
        self.cases.iter().filter_map(failure).collect()
    }
}

impl Expected {
    /// What was expected and what was found, unless they agree.
    fn beside(&self, decision: &Result<Permit, Refused>) -> Option<(String, String)> {
        let (agrees, expected) = match self {
            Self::Permit { agreement, fields } => {
                let found = decision.as_ref().ok();
                let by = found.is_some_and(|permit| permit.agreement() == agreement);
                let of =
                    fields.as_ref().is_none_or(|fields| found.is_some_and(|permit| is_of(permit, fields)));
                let fields =
                    fields.as_ref().map(|fields| format!(" of {}", list(fields.iter().map(view::written))));
                (by && of, format!("permit by {agreement}{}", fields.unwrap_or_default()))
            }
            Self::Refusal { code, missing, by } => {
                let found = decision.as_ref().err();
                let [lacks, policies] = found.map(told).unwrap_or_default();
                let same = |expected: &Option<Vec<String>>, found: &[String]| {
                    expected.as_ref().is_none_or(|expected| sorted(found) == sorted(expected))
                };
                let agrees = found.is_some_and(|refused| refused.code() == *code)
                    && same(missing, lacks)
                    && same(by, policies);
                (agrees, refusal(*code, missing.as_deref(), by.as_deref()))
            }
        };
        if agrees {
            return None;
        }
        let found = match decision {
            Ok(permit) => {
                let fields = view::rules(permit);
                let of = if fields.is_empty() {
                    String::new()
                } else {
                    format!(" of {}", list(fields.iter().map(view::written)))
                };
                format!("permit by {}{of}", permit.agreement())
            }
            Err(refused) => {
                let [missing, by] = told(refused);
                refusal(refused.code(), Some(missing), Some(by))
            }
        };
        Some((expected, found))
    }
}

/// What is missing, and who decided.
fn told(refused: &Refused) -> [&[String]; 2] {
    match refused {
        Refused::Denied(denial) => [&denial.missing, &denial.policies],
        Refused::Matter(_) => [&[], &[]],
    }
}

fn is_of(permit: &Permit, fields: &[(FieldPath, Option<Mask>)]) -> bool {
    let released = view::rules(permit);
    released.len() == fields.len() && fields.iter().all(|field| released.contains(field))
}

fn sorted(texts: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = texts.iter().collect();
    sorted.sort();
    sorted
}

fn list(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(", ")
}

fn refusal(code: RefusalCode, missing: Option<&[String]>, by: Option<&[String]>) -> String {
    let part = |what: &str, texts: Option<&[String]>| match texts {
        Some([]) => format!(", {what} nothing"),
        Some(texts) => format!(", {what} {}", texts.join(", ")),
        None => String::new(),
    };
    let by = part("by", by.filter(|by| !by.is_empty()));
    format!("refusal {code}{by}{}", part("missing", missing))
}

/// Reads one `[[decision]]`; its faults stay with `table`.
fn case(table: &mut Table<'_>, defaults: &Members, catalog: &Catalog) -> Option<Case> {
    let line = table.line();
    let name = table.optional::<String>("name").map(|at| at.value);
    if name.as_ref().is_none_or(|name| name.trim().is_empty()) {
        table.fault(line, "`name` is missing; say what the case shows");
    }
    // A member that is at fault is told as such, and not as missing as well.
    let written: Vec<&str> = ["department", "operation", "purpose", "basis", "at"]
        .into_iter()
        .filter(|key| table.line_of(key).is_some())
        .collect();
    let expected = expected(table, line);
    let members = Members::take(table, catalog).or(defaults);
    let at = members.at;
    if at.is_none() && !written.contains(&"at") {
        table.fault(line, "`at` is missing; write when it is asked, in the case or at the top of the file");
    }
    match members.asking() {
        Ok(asking) => Some(Case { name: name?, line, asking, at: at?, expected: expected? }),
        Err(missing) => {
            for name in missing.into_iter().filter(|name| !written.contains(name)) {
                table.fault(
                    line,
                    format!("`{name}` is missing; write it in the case or at the top of the file"),
                );
            }
            None
        }
    }
}

fn expected(table: &mut Table<'_>, line: usize) -> Option<Expected> {
    let told = [table.line_of("permit").is_some(), table.line_of("refuse").is_some()];
    let permit = table.parsed("permit", |text| {
        AgreementId::parse(text).ok_or_else(|| format!("`{text}` is not the name of an agreement"))
    });
    let code = table.parsed("refuse", |text| {
        let codes = || RefusalCode::all().map(RefusalCode::as_str).collect::<Vec<_>>().join(", ");
        let known = RefusalCode::all().find(|code| code.as_str() == text);
        known.ok_or_else(|| format!("`{text}` is no code of a refusal; they are {}", codes()))
    });
    match told {
        [true, true] => table.fault(line, "both `permit` and `refuse` are there; a decision is one of them"),
        [false, false] => table.fault(
            line,
            "what must come of it is missing; write `permit = \"<agreement>\"` or `refuse = \"<code>\"`",
        ),
        _ => {}
    }
    let belongs = |table: &mut Table<'_>, keys: &[&str], with: &str| {
        for key in keys {
            if let Some(line) = table.line_of(key) {
                table.fault(line, format!("`{key}` belongs to `{with}`"));
                table.discard(key);
            }
        }
    };
    if told == [true, false] {
        belongs(table, &["missing", "by"], "refuse");
        let fields = match table.line_of("fields") {
            Some(_) => Some(table.list("fields", "leave it out, or name those that leave", field)?),
            None => None,
        };
        let fields = fields.map(|fields| fields.into_iter().map(|at| at.value).collect());
        return Some(Expected::Permit { agreement: permit?.value, fields });
    }
    belongs(table, &["fields"], "permit");
    let missing = table.optional::<Vec<String>>("missing").map(|at| at.value);
    let by = table.optional::<Vec<String>>("by").map(|at| at.value);
    Some(Expected::Refusal { code: code?.value, missing, by })
}

/// A field as agreements write it, with its mask: `aab004=first(4)`.
fn field(text: &str) -> Result<(FieldPath, Option<Mask>), &'static str> {
    let form = "not a field such as `aab004` or `aab004=first(4)`";
    let (path, mask) = match text.split_once('=') {
        Some((path, mask)) => (path, Some(Mask::parse(mask).ok_or(form)?)),
        None => (text, None),
    };
    FieldPath::parse(path).map(|path| (path, mask)).ok_or(form)
}
