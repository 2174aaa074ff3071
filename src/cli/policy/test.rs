//! `tongban policy test`: holds policies to the decisions that the files beside them expect.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Failure, Said, policies, rules};
use crate::cli::table::{Table, Tone, counted, paint};
use crate::report::{Style, printable};
use crate::review::{CaseFile, Failure as Failed};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban policy test
  tongban policy test ../main/policies --json

A file policies/tests/housing.toml; what stands at its top holds for all cases that do not say otherwise:
  at = 2026-06-30T08:00:00Z
  department = \"广东省住房和城乡建设厅\"                    # or its code, 11440000DEM000006C@440000
  operation = \"43/sb.insured.query\"                       # or \"verify\"
  purpose = \"public_rental_housing\"

  [[decision]]
  name = \"an applicant who agrees\"
  basis = \"authorisation:subject\"
  permit = \"gd-housing-social-insurance\"                  # by which agreement
  fields = [\"aab004=first(4)\", \"aae140\"]                  # optional: exactly these

  [[decision]]
  name = \"nobody was asked\"
  basis = \"statute\"
  refuse = \"authorization_missing\"                        # with which code
  missing = [\"authorisation:subject\"]                     # optional: exactly that; so is by = [\"<policy>\"]

A case may say of its request all that `tongban policy explain --help` lists. Codes are those of denials, and `matter.not_covered`
and `matter.unknown`, by the rule of gateways. Suspensions and quotas are not looked at.

Exit status: 0 all come out as expected, 1 some do not, 2 policies or expectations are at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory of policies; the files are those in tests/ below it
    #[arg(value_name = "DIR", default_value = "policies")]
    policies: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Decides each case, and tells those that fail.
pub(super) fn run(arguments: &Arguments, style: Style) -> Result<Said, Failure> {
    let policies = policies(&arguments.policies)?;
    let texts: Vec<(String, String)> =
        policies.tests().iter().map(|file| (file.name.to_owned(), file.text.to_owned())).collect();
    let (catalog, agreements) = rules(policies)?;
    if texts.is_empty() {
        let place = arguments.policies.join("tests");
        return Err(Failure::Unusable(vec![format!("`{}` holds no .toml file", place.display())]));
    }
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    for (name, text) in &texts {
        match CaseFile::parse(crate::fault::Source { name, text }, &catalog) {
            Ok(file) => files.push(file),
            Err(found) => faults.extend(found),
        }
    }
    if !faults.is_empty() {
        return Err(Failure::Faults(faults));
    }
    let results: Vec<(&CaseFile, Vec<Failed>)> =
        files.iter().map(|file| (file, file.failures(&catalog, &agreements))).collect();
    let cases: usize = files.iter().map(|file| file.cases.len()).sum();
    let failed: Vec<&Failed> = results.iter().flat_map(|(_, failures)| failures).collect();
    let text = match arguments.json {
        true => super::json(&json!({
            "files": files.len(), "cases": cases, "failed": failed.len(),
            "failures": failed.iter().map(|one| one_as_json(one)).collect::<Value>(),
        })),
        false => told(&results, cases, failed.len(), style),
    };
    Ok(Said { text, status: u8::from(!failed.is_empty()) })
}

fn told(results: &[(&CaseFile, Vec<Failed>)], cases: usize, failed: usize, style: Style) -> String {
    let mut text = String::new();
    let mut table = Table::new(0, &[]);
    for (file, failures) in results {
        let (tone, mark) = if failures.is_empty() { (Tone::Good, "✓") } else { (Tone::Bad, "✗") };
        let count = counted(file.cases.len(), "case", "cases");
        let count = if failures.is_empty() { count } else { format!("{count}, {} failed", failures.len()) };
        table.row([(Some(tone), mark.to_owned()), (None, file.name.clone()), (None, count)]);
    }
    text.push_str(&table.text(style));
    for failure in results.iter().flat_map(|(_, failures)| failures) {
        let place = format!("{}:{}", failure.file, failure.line);
        let _ = writeln!(text, "\n{}  {}", paint(style, Tone::Head, &place), printable(&failure.name));
        let mut table = Table::new(2, &[]);
        table.row([(None, "expected".to_owned()), (Some(Tone::Good), failure.expected.clone())]);
        table.row([(None, "found".to_owned()), (Some(Tone::Bad), failure.found.clone())]);
        text.push_str(&table.text(style));
    }
    let whole = format!(
        "{} in {}, {failed} failed",
        counted(cases, "case", "cases"),
        counted(results.len(), "file", "files")
    );
    let tone = if failed == 0 { Tone::Good } else { Tone::Bad };
    let _ = writeln!(text, "\n{}", paint(style, tone, &whole));
    text
}

fn one_as_json(failure: &Failed) -> Value {
    json!({
        "file": failure.file, "line": failure.line, "name": failure.name, "expected": failure.expected,
        "found": failure.found,
    })
}
