//! `tongban policy explain`: why a request is decided as it is, and what would make it pass.

use std::fmt::Write;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{Failure, Said, at, policies, quiet, rules};
use crate::catalog::Catalog;
use crate::cli::table::{Table, Tone, paint};
use crate::clock::Timestamp;
use crate::policy::{Denial, LineState, Permit};
use crate::report::Style;
use crate::review::{self, Asking, Explanation, Mend, Refused, Survey};

/// Bytes of one request. 1 MiB: a thousand times those of a usual one.
const LARGEST: u64 = 1 << 20;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban policy explain request.toml
  tongban policy explain --json request.json
  tongban policy explain --json --at 2026-12-01T00:00:00+08:00 request.toml
  echo '{\"department\":\"广东省民政厅\",\"operation\":\"43/hj.household.query\",\"purpose\":\"social_assistance\",\"basis\":\"statute\"}' \\
    | tongban policy explain -

A request with all that it may say; the first four it cannot be without, but for a verification, which needs the first two:
  department = \"广东省公安厅\"                     # a name in the catalog, or CREDITCODE@REGION
  operation = \"43/hj.household.query\"            # province and service, or \"verify\"
  purpose = \"spouse_household_transfer\"
  basis = \"authorisation:subject\"                # statute, or authorisation:subject, :guardian, :enterprise
  matter = \"990700004000\"                        # its code, of 12, 31 or 33 characters
  case = true                                     # whether it names a case
  operator = true                                 # whether it names the clerk
  evidence = [\"marriage_certificate/spouse\"]     # license types with what they show, as if they did
  age = \"adult\"                                  # or under_eighteen, under_fourteen; left out if the number tells none
  party = \"44\"                                   # at the providing gateway, the province that asks
  hour = \"10\"                                    # of the day in China, if another than that of the time
  at = 2026-12-01T10:00:00+08:00                  # else now; --at goes before it

It names no person: who is asked about does not decide. Suspensions, quotas, and whether licenses show what is claimed of them are
not looked at.

Exit status: 0 permitted, 1 refused, 2 the policies or the request are at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The request, TOML or JSON; `-` for standard input
    #[arg(value_name = "REQUEST")]
    request: PathBuf,

    /// The directory of policies
    #[arg(long, value_name = "DIR", default_value = "policies")]
    policies: PathBuf,

    /// At this time instead of that of the request, or now (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = crate::cli::parse_time)]
    at: Option<Timestamp>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Decides, and explains.
pub(super) fn run(arguments: &Arguments, now: Timestamp, style: Style) -> Result<Said, Failure> {
    let (catalog, agreements) = rules(policies(&arguments.policies)?)?;
    let text = read(&arguments.request)?;
    let name = arguments.request.display().to_string();
    let (asking, own) = review::read(&name, &text, &catalog).map_err(Failure::Faults)?;
    let survey = Survey::new(&catalog, &agreements, at(arguments.at.or(own), now));
    let explanation = review::explain(&survey, asking);
    let status = u8::from(explanation.ruling().is_err());
    let text = match arguments.json {
        true => super::json(&as_json(&explanation)),
        false => told(&catalog, &explanation, style),
    };
    Ok(Said { text, status })
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let source: io::Result<Box<dyn Read>> = match path.to_str() {
        Some("-") => Ok(Box::new(io::stdin())),
        _ => std::fs::File::open(path).map(|file| Box::new(file) as Box<dyn Read>),
    };
    let unusable = |why: &str| Failure::Unusable(vec![format!("`{}` {why}", path.display())]);
    let read = source.and_then(|source| source.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| unusable(&format!("cannot be read: {error}")))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err(unusable(&format!("has more than {LARGEST} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| unusable("is not UTF-8"))
}

/// What a gateway looks at beyond policies and catalog.
const UNSEEN: &str = "not looked at: suspensions, quotas, and whether licenses show what is claimed of them";

fn told(catalog: &Catalog, explanation: &Explanation, style: Style) -> String {
    let Explanation { asking, at, considered, purposes, mends, .. } = explanation;
    let mut text = String::new();
    match explanation.ruling() {
        Ok(permit) => permitted(&mut text, permit, style),
        Err(Refused::Denied(denial)) => refused(&mut text, &denial, style),
        Err(Refused::Matter(fault)) => {
            let head = format!("✗ refused: {}", fault.code());
            let _ = writeln!(text, "{}  {fault}", paint(style, Tone::Bad, &head));
        }
    }
    let _ = writeln!(text, "\n{}", paint(style, Tone::Head, "request"));
    let mut table = Table::new(2, &[]);
    let office = catalog.office(&asking.department);
    for (name, value) in asking.members() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = match (name, office) {
            ("department", Some(office)) => format!("{} ({value})", office.name),
            _ => value,
        };
        table.row([(None, name.to_owned()), (None, value)]);
    }
    table.row([(None, "at".to_owned()), (None, at.in_china())]);
    text.push_str(&table.text(style));
    candidates(&mut text, explanation, style);
    if considered.candidates.is_empty() && !purposes.is_empty() {
        let list: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
        let _ = writeln!(text, "  {}", quiet(style, &format!("agreed are the purposes {}", list.join(", "))));
    }
    if !considered.red_lines.is_empty() {
        let _ = writeln!(text, "\n{}", paint(style, Tone::Head, "red lines"));
        let mut table = Table::new(2, &[]);
        for (name, state) in &considered.red_lines {
            let (tone, mark, word) = line(*state);
            table.row([(Some(tone), mark.to_owned()), (None, name.clone()), (Some(tone), word.to_owned())]);
        }
        text.push_str(&table.text(style));
    }
    if explanation.ruling().is_err() {
        passing(&mut text, asking, mends, style);
    }
    let _ = writeln!(text, "\n{}", quiet(style, UNSEEN));
    text
}

fn permitted(text: &mut String, permit: &Permit, style: Style) {
    let head = format!("✓ permitted by {}", permit.agreement());
    let _ = writeln!(text, "{}", paint(style, Tone::Good, &head));
    let mut table = Table::new(2, &[]);
    let mut row = |name: &str, value: String| table.row([(None, name.to_owned()), (None, value)]);
    if permit.service().is_some() {
        row("leaves", review::released(permit).join(", "));
        let withheld = permit.release().withheld();
        row("withheld", if withheld.is_empty() { "nothing".to_owned() } else { withheld.join(", ") });
    }
    row("rate", permit.rate().to_string());
    row("daily", permit.daily().map_or_else(|| "as the rate allows".to_owned(), |daily| daily.to_string()));
    if let Some(subjects) = permit.subjects() {
        row("subjects", format!("{subjects} an hour"));
    }
    if permit.service().is_some() {
        row("kept for", format!("{} s", permit.cache_seconds()));
    }
    text.push_str(&table.text(style));
}

fn refused(text: &mut String, denial: &Denial, style: Style) {
    let head = format!("✗ refused: {}", denial.code);
    let _ = writeln!(text, "{}  {denial}", paint(style, Tone::Bad, &head));
    let mut table = Table::new(2, &[]);
    if !denial.policies.is_empty() {
        table.row([(None, "by".to_owned()), (None, denial.policies.join(", "))]);
    }
    if !denial.missing.is_empty() {
        table.row([(None, "missing".to_owned()), (Some(Tone::Watch), denial.missing.join(", "))]);
    }
    text.push_str(&table.text(style));
}

fn candidates(text: &mut String, explanation: &Explanation, style: Style) {
    let _ = writeln!(
        text,
        "\n{}",
        paint(style, Tone::Head, "agreements for it, in the order in which they are tried")
    );
    let considered = &explanation.considered;
    if considered.candidates.is_empty() {
        let _ = writeln!(text, "  none");
    }
    let mut table = Table::new(2, &[]);
    let mut decided = false;
    for candidate in &considered.candidates {
        let (tone, mark, why) = match &candidate.refused {
            None if considered.decision.is_ok() && !decided && explanation.matter.is_some() => {
                (Tone::Watch, "✓", "would permit, but for the matter".to_owned())
            }
            None if considered.decision.is_ok() && !decided => (Tone::Good, "✓", "decides".to_owned()),
            None if considered.decision.is_ok() => {
                (Tone::Quiet, "✓", "would permit; one before it decides".to_owned())
            }
            None => (Tone::Watch, "✓", "would permit, but for a red line".to_owned()),
            Some(denial) if denial.missing.is_empty() => (Tone::Bad, "✗", denial.code.text().to_owned()),
            Some(denial) => {
                (Tone::Bad, "✗", format!("{}: {}", denial.code.text(), denial.missing.join(", ")))
            }
        };
        decided |= candidate.refused.is_none();
        let basis = candidate.agreement.terms.basis.to_string();
        table.row([
            (Some(tone), mark.to_owned()),
            (None, candidate.agreement.id.to_string()),
            (Some(Tone::Quiet), basis),
            (Some(tone), why),
        ]);
    }
    text.push_str(&table.text(style));
}

const fn line(state: LineState) -> (Tone, &'static str, &'static str) {
    match state {
        LineState::Crossed => (Tone::Bad, "✗", "crossed"),
        LineState::Failed => (Tone::Bad, "✗", "cannot be evaluated, which forbids"),
        LineState::Kept => (Tone::Good, "✓", "kept"),
    }
}

fn passing(text: &mut String, asking: &Asking, mends: &[Mend], style: Style) {
    let _ = writeln!(text, "\n{}", paint(style, Tone::Head, "what would make it pass"));
    if mends.is_empty() {
        let _ = writeln!(text, "  nothing that a request can bring; it takes an agreement");
    }
    let mut table = Table::new(2, &[]);
    for mend in mends {
        table.row([
            (Some(Tone::Good), "→".to_owned()),
            (None, changes(asking, mend)),
            (Some(Tone::Quiet), format!("by {}", mend.agreement)),
        ]);
    }
    text.push_str(&table.text(style));
}

/// What a request must bring that `asking` does not.
fn changes(asking: &Asking, mend: &Mend) -> String {
    let (changed, lacking) = mend.asking.beside(asking);
    let mut parts: Vec<String> =
        changed.into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    parts.extend(lacking.into_iter().map(|name| format!("no {name}")));
    parts.extend(mend.at.map(|at| format!("at {}", at.in_china())));
    parts.join(", ")
}

fn as_json(explanation: &Explanation) -> Value {
    let Explanation { asking, at, considered, purposes, mends, .. } = explanation;
    let decision = match explanation.ruling() {
        Ok(permit) => json!({
            "permitted": true, "agreement": permit.agreement().as_str(), "fields": review::released(permit),
            "withheld": permit.release().withheld(), "rate": permit.rate().to_string(), "daily": permit.daily(),
            "subjects": permit.subjects(), "cache_seconds": permit.cache_seconds(),
        }),
        Err(Refused::Denied(denial)) => json!({ "permitted": false, "refusal": refusal(&denial) }),
        Err(Refused::Matter(fault)) => json!({
            "permitted": false,
            "refusal": { "code": fault.code().as_str(), "text": fault.to_string(), "by": [], "missing": [] },
        }),
    };
    let candidates = considered.candidates.iter().map(|candidate| {
        json!({
            "agreement": candidate.agreement.id.as_str(), "basis": candidate.agreement.terms.basis.to_string(),
            "refusal": candidate.refused.as_ref().map(refusal),
        })
    });
    let lines = considered.red_lines.iter().map(|(name, state)| (name.clone(), json!(line(*state).2)));
    let mends = mends.iter().map(|mend| {
        let (changed, lacking) = mend.asking.beside(asking);
        let changed: Map<String, Value> =
            changed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        json!({ "bring": changed, "leave_out": lacking, "at": mend.at, "agreement": mend.agreement.as_str() })
    });
    let purposes: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
    json!({
        "request": asking.to_json(), "at": at, "decision": decision, "candidates": candidates.collect::<Value>(),
        "red_lines": lines.collect::<Map<String, Value>>(), "purposes": purposes, "would_pass": mends.collect::<Value>(),
        "not_looked_at": ["suspensions", "quotas", "evidence"],
    })
}

fn refusal(denial: &Denial) -> Value {
    json!({
        "code": denial.code.as_str(), "text": denial.code.text(), "by": denial.policies, "missing": denial.missing,
    })
}
