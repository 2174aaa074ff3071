//! `tongban trust impact`: what a proposal would have changed of what is on record; what was accepted under an anchor.

mod table;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::view;
use super::{Failure, unusable};
use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::impact::{self, Change, Exposed, Exposure, RecordedVerdict, Rules, Tally};
use crate::ledger;
use crate::manifest::Subject;
use crate::rulebook::store::anchors_of;
use crate::trust::{Proposal, Publisher};

/// Records that are named to people. 20: the rest is for scripts.
const SHOWN: usize = 20;

/// The exit status when something on record would change, or was accepted.
const FOUND: u8 = 2;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust impact change --published /srv/trust --ledger records.ledger
  tongban trust impact change --published /srv/trust --ledger a.ledger --ledger b.ledger --json
  tongban trust impact change --published /srv/trust --ledger r.ledger --at 2027-01-01   as of then
  tongban trust impact --anchor hn-root --since 2026-11-20 --published /srv/trust --ledger r.ledger
  tongban trust impact --anchor 3fa1… --ledger records.ledger --json     one object a record

With a proposal: how many recorded verdicts and decisions would be others under its rules, and why. With --anchor: what was \
accepted since then through that anchor, or through that authority below one, to be looked at again.

Exit status: 0 nothing on record is touched, 2 something is, 1 a proposal or ledger is at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory of the proposal
    #[arg(value_name = "PROPOSAL", required_unless_present = "anchor", conflicts_with = "anchor")]
    proposal: Option<PathBuf>,

    /// The directory of the publication
    #[arg(long, value_name = "DIR", required_unless_present = "anchor")]
    published: Option<PathBuf>,

    /// An anchor by its name in certs/anchors, or an anchor or authority by the SHA-256 of its certificate
    #[arg(long, value_name = "DIGEST|NAME")]
    anchor: Option<String>,

    /// A ledger; as often as there are some
    #[arg(long, value_name = "FILE", required = true)]
    ledger: Vec<PathBuf>,

    /// Only records from then on: RFC 3339, or a day in China
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    since: Option<Timestamp>,

    /// Compare as of then, such as the day on which an anchor ends: RFC 3339, or a day in China
    #[arg(long, value_name = "TIME", value_parser = parse_since, conflicts_with = "anchor")]
    at: Option<Timestamp>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn parse_since(text: &str) -> Result<Timestamp, String> {
    let day = || Timestamp::parse_rfc3339(&format!("{text}T00:00:00+08:00"));
    let parsed = Timestamp::parse_rfc3339(text).or_else(day);
    parsed
        .ok_or_else(|| "no time such as 2026-11-20T08:00:00+08:00, and no day such as 2026-11-20".to_owned())
}

/// Counts, and shows what came of it.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<ExitCode, Failure> {
    let found = match (&arguments.anchor, &arguments.proposal, &arguments.published) {
        (Some(anchor), ..) => exposure(arguments, anchor)?,
        (None, Some(proposal), Some(published)) => change(arguments, proposal, published, now)?,
        // The parser of arguments lets none of this pass.
        (None, ..) => return Err(Failure::Unusable("name a proposal and --published".to_owned())),
    };
    Ok(if found { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}

fn change(arguments: &Arguments, proposal: &Path, published: &Path, now: Timestamp) -> Result<bool, Failure> {
    let proposal = Proposal::read(proposal)?;
    let publisher = Publisher::new(published);
    let base = publisher.present()?;
    let files = base.as_ref().map(|base| publisher.files(&base.manifest)).transpose()?;
    let suspensions = publisher.suspensions()?;
    let suspended = |lifted: &BTreeSet<Digest>| {
        let (mut anchors, mut seals, mut agreements) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for suspension in suspensions.iter().map(|(suspended, _)| suspended.suspension()) {
            match &suspension.subject {
                _ if lifted.contains(&suspension.digest()) => {}
                Subject::Anchor(digest) => drop(anchors.insert(*digest)),
                Subject::Agreement(agreement) => drop(agreements.insert(agreement.to_string())),
                Subject::Seal(seal) => drop(seals.insert(seal.to_string())),
                // Records tell certificates apart, not keys.
                Subject::Key(_) | Subject::System(_) | Subject::Gateway(_) | Subject::Department(_) => {}
            }
        }
        (anchors, seals, agreements)
    };
    let nothing = BTreeSet::new();
    let was = suspended(base.as_ref().map_or(&nothing, |base| &base.manifest.lifted));
    let is = suspended(&proposal.manifest().lifted);
    let before = files.as_ref();
    let before = before.map(|files| Rules { files, anchors: &was.0, seals: &was.1, agreements: &was.2 });
    let after = Rules { files: proposal.files(), anchors: &is.0, seals: &is.1, agreements: &is.2 };
    let change = Change::between(before, after, arguments.at.unwrap_or(now));
    let mut tally = Tally::default();
    read_all(arguments, |record| tally.add(&change, &record, arguments.since))?;
    let mut out = io::stdout().lock();
    // With standard output closed there is nobody to tell, and the exit status says it all the same.
    let _ = if arguments.json {
        writeln!(out, "{}", table::tally_as_json(&change, &tally, arguments.since))
    } else {
        let shown = view::change(&proposal, published, now)?;
        write!(out, "{shown}\n{}", table::tally(&change, &tally, arguments.since))
    };
    Ok(!tally.is_empty())
}

fn exposure(arguments: &Arguments, anchor: &str) -> Result<bool, Failure> {
    let (digest, name) = resolve(arguments, anchor)?;
    let mut exposure = Exposure::default();
    let (mut out, mut shown) = (io::stdout().lock(), Vec::new());
    read_all(arguments, |record| {
        let Some(exposed) = exposure.add(&record, &digest, arguments.since) else { return };
        if arguments.json {
            let _ = writeln!(out, "{}", one(&record, exposed));
        } else if shown.len() < SHOWN {
            shown.push(table::record(&record));
        }
    })?;
    let _ = if arguments.json {
        writeln!(out, "{}", table::exposure_as_json(&digest, &name, &exposure, arguments.since))
    } else {
        write!(out, "{}", table::exposure(&digest, &name, &exposure, &shown, arguments.since))
    };
    Ok(exposure.genuine.records + exposure.undetermined.records > 0)
}

/// The SHA-256 of a certificate, and what it is called, if the published rules tell.
fn resolve(arguments: &Arguments, anchor: &str) -> Result<(String, String), Failure> {
    let mut anchors = Vec::new();
    if let Some(directory) = &arguments.published {
        let publisher = Publisher::new(directory);
        if let Some(base) = publisher.present()? {
            anchors = anchors_of(&publisher.files(&base.manifest)?, &mut Vec::new());
        }
    }
    let sha256 = |anchor: &crate::pki::Anchor| DigestAlgorithm::Sha256.digest(anchor.certificate.der()).hex();
    let digest = anchor.replace(':', "").to_lowercase();
    if digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let known = anchors.iter().find(|anchor| sha256(anchor) == digest);
        let name = known
            .map_or_else(|| "not among the published anchors".to_owned(), |known| known.entry.name.clone());
        return Ok((digest, name));
    }
    let mut named = anchors.iter().filter(|known| known.entry.name == anchor);
    match (named.next(), named.next()) {
        (Some(only), None) => Ok((sha256(only), anchor.to_owned())),
        (Some(_), Some(_)) => {
            let all: Vec<String> =
                anchors.iter().filter(|one| one.entry.name == anchor).map(sha256).collect();
            let line =
                format!("`{anchor}` has several certificates; name one by its SHA-256: {}", all.join(", "));
            Err(Failure::Unusable(line))
        }
        (None, _) => {
            let line =
                format!("`{anchor}` is no SHA-256, and no anchor of that name is published (--published)");
            Err(Failure::Unusable(line))
        }
    }
}

fn read_all(arguments: &Arguments, mut each: impl FnMut(RecordedVerdict)) -> Result<(), Failure> {
    for path in &arguments.ledger {
        impact::read(path, &mut each).map_err(|error| match &error {
            ledger::Error::Broken { .. } => Failure::Refused(vec![format!("{}: {error}", path.display())]),
            _ => unusable(path, &error),
        })?;
    }
    Ok(())
}

/// A record for scripts.
fn one(record: &RecordedVerdict, exposed: Exposed) -> Value {
    let Exposed { signer, maker, timestamp } = exposed;
    let roles = [(signer, "signer"), (maker, "seal_maker"), (timestamp, "timestamp")];
    let roles: Vec<&str> = roles.into_iter().filter(|(through, _)| *through).map(|(_, name)| name).collect();
    json!({
        "record": record.id, "at": record.recorded_at(), "operation": record.operation,
        "department": record.department, "outcome": record.outcome, "file": record.request_digest,
        "license_type": record.relies_on.as_ref().and_then(|reliance| reliance.license_type.as_deref()),
        "through": roles,
    })
}
