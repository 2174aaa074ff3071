//! `tongban trust rollback`: proposes what was published before as a new version. It needs as many officers as any change.

use std::collections::BTreeSet;

use super::propose::{Place, Terms, files, write};
use super::{Failure, after_days, present, view};
use crate::clock::Timestamp;
use crate::manifest::Manifest;
use crate::trust::{Change, Proposal, Publisher};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust rollback --published /srv/trust -o back --reason 'the new root does not verify'
  tongban trust rollback --to 7 --published /srv/trust -o back --reason 'as it was in May'

`tongban trust list --history` shows what was published when. Files go back; officers, threshold and lifted suspensions stay as they are. Approve and publish it like any proposal.

Exit status: 0 proposed, 1 the rules are at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    terms: Terms,

    /// The version to go back to; by default the one before
    #[arg(long, value_name = "VERSION")]
    to: Option<u64>,
}

/// Makes the proposal, and shows it.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let Arguments { place, terms, to } = arguments;
    let (publisher, base) = present(&place.published)?;
    let version = to.unwrap_or(base.manifest.version.saturating_sub(1));
    let before = publisher.version(version)?;
    let before = before.ok_or_else(|| Failure::Unusable(not_published(version, base.manifest.version)))?;
    if before.manifest.files == base.manifest.files {
        return Err(Failure::Refused(vec![same(&publisher, &base.manifest, version)?]));
    }
    let change = Change {
        officers: base.manifest.officers.clone(),
        lift: BTreeSet::new(),
        expires: after_days(now, terms.days),
        break_glass: false,
        reason: terms.reason.clone(),
    };
    let files = files(&publisher, &before.manifest)?;
    let proposal = Proposal::after(&base.manifest, files, change, now);
    write(&proposal, &place.output)?;
    view::change(&proposal, &place.published, now)
}

fn not_published(version: u64, present: u64) -> String {
    match (version, present) {
        (_, 1) => "version 1 is the first; there is nothing before it to go back to".to_owned(),
        (0, _) => "versions begin with 1; `tongban trust list --history` shows them".to_owned(),
        _ => format!("version {version} is not published; `tongban trust list --history` shows what is"),
    }
}

/// What is said of a version that has the files which are published: where to go for others.
fn same(publisher: &Publisher, present: &Manifest, version: u64) -> Result<String, Failure> {
    let what = match version == present.version {
        true => format!("version {version} is what is published"),
        false => {
            format!("version {version} has the same files as version {}, which is published", present.version)
        }
    };
    for other in (1..present.version).rev() {
        match publisher.version(other)? {
            Some(before) if before.manifest.files != present.files => {
                return Ok(format!("{what}: nothing would go back; the last with others is `--to {other}`"));
            }
            Some(_) => {}
            None => break,
        }
    }
    Ok(format!("{what}: nothing would go back, and no version with other files is published"))
}
