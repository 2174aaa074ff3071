//! `tongban policy check`: what is wrong with a directory of policies, or may be, all at once.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Failure, Said, TROUBLE, at, policies, quiet};
use crate::cli::table::{Tone, broken, counted, paint};
use crate::clock::Timestamp;
use crate::report::Style;
use crate::review::{self, Finding, Severity};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban policy check
  tongban policy check --policies ../main/policies --within 90
  tongban policy check --at 2030-07-01T00:00:00+08:00 --json

Errors: what no gateway would load, and agreements that can never apply. Warnings: agreements that ended or end soon, that say
the same as another, that others always come before, or that give more than another for the same department, service and
purpose: fields, weaker masks, a later end, less authorization.

Exit status: 0 nothing stands out, 1 an error, 2 warnings alone, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory of policies
    #[arg(long, value_name = "DIR", default_value = "policies")]
    policies: PathBuf,

    /// Tell of agreements that end within so many days. 45: a provider has 10 working days to answer an application and 20 to
    /// provide
    #[arg(long, value_name = "DAYS", default_value_t = 45)]
    within: u32,

    /// Judge for this time instead of now (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = crate::cli::parse_time)]
    at: Option<Timestamp>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Finds, and tells.
pub(super) fn run(arguments: &Arguments, now: Timestamp, style: Style) -> Result<Said, Failure> {
    let at = at(arguments.at, now);
    let policies = policies(&arguments.policies)?;
    let mut findings: Vec<Finding> = policies.faults.iter().cloned().map(Finding::from).collect();
    let mut counts = (0, 0);
    if let Some((catalog, agreements)) = policies.rules.as_ref().filter(|_| findings.is_empty()) {
        let files = policies.agreements();
        let mut progress = Progress::new();
        let found = review::check(catalog, agreements, &files, at, arguments.within, &mut |done, all| {
            progress.tell(done, all)
        });
        progress.end();
        findings.extend(found);
        for test in policies.tests() {
            let faults = review::CaseFile::parse(test, catalog).err().unwrap_or_default();
            findings.extend(faults.into_iter().map(Finding::from));
        }
        counts = (agreements.agreements().count(), catalog.services().count());
    }
    findings.sort();
    let count = |severity| findings.iter().filter(|one| one.code.severity() == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let status = match (errors, warnings) {
        (0, 0) => 0,
        (0, _) => TROUBLE,
        _ => 1,
    };
    if arguments.json {
        let text = super::json(&json!({
            "at": at, "within_days": arguments.within, "agreements": counts.0, "errors": errors, "warnings": warnings,
            "findings": findings.iter().map(one_as_json).collect::<Value>(),
        }));
        return Ok(Said { text, status });
    }
    let mut text = String::new();
    for finding in &findings {
        one(&mut text, finding, style);
    }
    let whole = match (errors, warnings) {
        (0, 0) => {
            let (agreements, services) = counts;
            format!(
                "{} {} over {}: nothing stands out at {}\n",
                paint(style, Tone::Good, "✓"),
                counted(agreements, "agreement", "agreements"),
                counted(services, "service", "services"),
                at.in_china(),
            )
        }
        _ => {
            format!("{}, {}\n", counted(errors, "error", "errors"), counted(warnings, "warning", "warnings"))
        }
    };
    text.push_str(&whole);
    Ok(Said { text, status })
}

/// How far the search is, on a terminal, once it takes longer than a second.
struct Progress {
    started: Instant,
    told: Option<Instant>,
    terminal: bool,
}

impl Progress {
    /// Often enough to be seen to move.
    const EVERY: Duration = Duration::from_millis(200);

    fn new() -> Self {
        Self { started: Instant::now(), told: None, terminal: io::stderr().is_terminal() }
    }

    fn tell(&mut self, done: usize, all: usize) {
        let due = self.told.map_or_else(
            || self.started.elapsed() >= Duration::from_secs(1),
            |told| told.elapsed() >= Self::EVERY,
        );
        if self.terminal && due {
            self.told = Some(Instant::now());
            let _ = write!(io::stderr(), "\r{done} of {all} looked at");
        }
    }

    /// Wipes the line.
    fn end(self) {
        if self.told.is_some() {
            let _ = write!(io::stderr(), "\r{:40}\r", "");
        }
    }
}

/// Columns of a reason. 110: what stands before it takes 8 of the 118 that lines have.
const ROOM: usize = 110;

fn one(text: &mut String, finding: &Finding, style: Style) {
    let (mark, tone) = match finding.code.severity() {
        Severity::Error => ("✗ error  ", Tone::Bad),
        Severity::Warning => ("! warning", Tone::Watch),
    };
    let fault = &finding.fault;
    let place = if fault.line > 0 { format!("{}:{}", fault.file, fault.line) } else { fault.file.clone() };
    let code = quiet(style, &format!("({})", finding.code.as_str()));
    let _ = writeln!(text, "{}  {}  {code}", paint(style, tone, mark), paint(style, Tone::Head, &place));
    for line in broken(&fault.reason, ROOM) {
        let _ = writeln!(text, "           {}", crate::report::printable(&line));
    }
    for (index, line) in
        broken(&finding.mend, ROOM).into_iter().enumerate().filter(|(_, line)| !line.is_empty())
    {
        let _ = writeln!(
            text,
            "         {} {}",
            if index == 0 { "→" } else { " " },
            crate::report::printable(&line)
        );
    }
    text.push('\n');
}

fn one_as_json(finding: &Finding) -> Value {
    json!({
        "severity": finding.code.severity().as_str(), "code": finding.code.as_str(), "file": finding.fault.file,
        "line": finding.fault.line, "reason": finding.fault.reason, "mend": finding.mend,
    })
}
