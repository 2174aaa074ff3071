//! `tongban trust propose`: the rules of a directory as the next manifest, unsigned.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Failure, after_days, unusable, view};
use crate::clock::Timestamp;
use crate::manifest::{LEAST_THRESHOLD, Manifest, Officer, Officers, PublicationName, Refusal, RuleFiles};
use crate::rulebook::store::{self, Reading};
use crate::trust::{Change, DEFAULT_DAYS, Proposal, Publisher};

/// Days for which gateways take a manifest at most.
const MOST_DAYS: i64 = 400;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust propose --rules . --published /srv/trust -o change --reason 'new root of Hunan'
  tongban trust propose --rules . --published /srv/trust -o change --reason 'Li retires' \\
      --remove-officer li.na --add-officer 'chen.jie+0a1b2c3d+AR…'
  tongban trust propose --rules . --published /srv/trust -o first --reason 'we begin' \\
      --first trust.hunan.example --add-officer 'wang.wei+…' --add-officer 'li.na+… li.na+…'

A change of officers or threshold takes the approval of enough of the officers before it, and of those after it.

Exit status: 0 proposed, 1 the rules are at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory that holds certs/ and policies/
    #[arg(long, value_name = "DIR")]
    rules: PathBuf,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    terms: Terms,

    /// The first manifest of a publication of this name
    #[arg(long, value_name = "PUBLICATION")]
    first: Option<String>,

    /// Make an officer of who has these keys
    #[arg(long, value_name = "KEYS", value_parser = parse_officer)]
    add_officer: Vec<Officer>,

    /// Make an officer one no longer
    #[arg(long, value_name = "NAME")]
    remove_officer: Vec<String>,

    /// How many officers must approve from then on
    #[arg(long, value_name = "N")]
    threshold: Option<u32>,

    /// In an emergency: one officer alone, for 24 hours at most, at gateways whose config allows it
    #[arg(long, conflicts_with_all = ["add_officer", "remove_officer", "threshold", "first", "days"])]
    break_glass: bool,
}

/// Between what is published and what is proposed.
#[derive(clap::Args)]
pub(super) struct Place {
    /// The directory of the publication
    #[arg(long, value_name = "DIR")]
    pub(super) published: PathBuf,

    /// The directory to make for the proposal
    #[arg(short, long, value_name = "PROPOSAL")]
    pub(super) output: PathBuf,
}

/// What every proposal states.
#[derive(clap::Args)]
pub(super) struct Terms {
    /// Why, for those who approve and for those who ask later
    #[arg(long, value_name = "TEXT", value_parser = super::parse_reason)]
    pub(super) reason: String,

    /// Days after which gateways no longer take it
    #[arg(long, value_name = "N", default_value_t = DEFAULT_DAYS, value_parser = clap::value_parser!(u32).range(1..=MOST_DAYS))]
    pub(super) days: u32,
}

fn parse_officer(text: &str) -> Result<Officer, String> {
    Officer::parse(text).map_err(|error| error.to_string())
}

/// Makes the proposal, and shows it.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let files = store::files(&arguments.rules)?;
    let Arguments { place, terms, .. } = arguments;
    let base = Publisher::new(&place.published).present()?.map(|published| published.manifest);
    if base.is_none() && (arguments.first.is_none() || arguments.add_officer.is_empty()) {
        return Err(Failure::Unusable(begin(&place.published)));
    }
    let officers = officers(arguments, base.as_ref())?;
    let expires = match arguments.break_glass {
        true => emergency_end(&place.published, now)?,
        false => after_days(now, terms.days),
    };
    let break_glass = arguments.break_glass;
    let change =
        Change { officers, lift: BTreeSet::new(), expires, break_glass, reason: terms.reason.clone() };
    let proposal = match (&base, &arguments.first) {
        (Some(base), None) => Proposal::after(base, files, change, now),
        (None, Some(name)) => {
            let name = PublicationName::parse(name)
                .ok_or_else(|| Failure::Unusable(format!("`{name}` is no name of a publication")))?;
            Proposal::first(name, files, change, now)
        }
        (Some(base), Some(_)) => {
            let line = format!("version {} is published; leave `--first` out", base.version);
            return Err(Failure::Unusable(line));
        }
        (None, None) => return Err(Failure::Unusable(begin(&place.published))),
    };
    write(&proposal, &place.output)?;
    view::change(&proposal, &place.published, now)
}

/// Until when one officer alone may have something hold: for a day, or for what is left of that of those before.
fn emergency_end(published: &Path, now: Timestamp) -> Result<Timestamp, Failure> {
    match Publisher::new(published).emergencies_end()? {
        Some(end) if end <= now => {
            let refusal = Refusal::BreakGlassChain(end);
            Err(Failure::Refused(vec![format!("`{}`: {refusal}; {}", refusal.code(), refusal.mend())]))
        }
        Some(end) => Ok(end.min(now.plus_millis(24 * 3_600_000))),
        None => Ok(now.plus_millis(24 * 3_600_000)),
    }
}

/// Writes a proposal whose rules hold together.
pub(super) fn write(proposal: &Proposal, output: &Path) -> Result<(), Failure> {
    // What no gateway would load is better noticed before two people look at it.
    let faults = Reading::of(proposal.files()).into_faults();
    if !faults.is_empty() {
        return Err(faults.into());
    }
    // What was typed may be no reason, or too many days; the text is held to its own rules.
    let text = proposal.manifest().to_string();
    Manifest::parse(&text).map_err(|fault| Failure::Refused(vec![fault.to_string()]))?;
    if output.exists() {
        let line = format!("`{}` is there already; name a new directory", output.display());
        return Err(Failure::Unusable(line));
    }
    proposal.write(output).map_err(|error| unusable(output, &error))
}

/// How a publication begins.
pub(super) fn begin(published: &Path) -> String {
    format!(
        "`{}` has no manifest yet; begin with `tongban trust propose --first NAME --add-officer 'KEYS' --add-officer 'KEYS' …`, \
         with what `tongban trust keygen` printed for each of two officers or more",
        published.display()
    )
}

fn officers(arguments: &Arguments, base: Option<&Manifest>) -> Result<Officers, Failure> {
    let mut officers: Vec<Officer> = base.map(|base| base.officers.all().to_vec()).unwrap_or_default();
    for name in &arguments.remove_officer {
        let before = officers.len();
        officers.retain(|officer| officer.name().as_str() != name);
        if officers.len() == before {
            return Err(Failure::Unusable(format!("`{name}` is no officer")));
        }
    }
    officers.extend(arguments.add_officer.iter().cloned());
    let present = base.map(|base| base.officers.threshold());
    let threshold = arguments.threshold.or(present).unwrap_or(LEAST_THRESHOLD);
    Officers::new(officers, threshold).map_err(|error| Failure::Unusable(error.to_string()))
}

/// The files of the manifest in effect, for proposals that change none.
pub(super) fn files(publisher: &Publisher, manifest: &Manifest) -> Result<RuleFiles, Failure> {
    Ok(publisher.files(manifest)?)
}
