//! `tongban trust restore`: proposes that suspensions be lifted. It needs as many officers as any change.

use std::collections::BTreeSet;

use super::propose::{Place, Terms, files, write};
use super::{Failure, after_days, present, view};
use crate::clock::Timestamp;
use crate::trust::{Change, Proposal};

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  tongban trust list --published /srv/trust                  shows each suspension with its digest
  tongban trust restore 9c0e… --published /srv/trust -o back --reason 'the key was found'

Approve and publish it like any proposal.

Exit status: 0 proposed, 1 the rules are at fault, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The suspensions, by their digests or how these begin
    #[arg(required = true, value_name = "DIGEST")]
    digests: Vec<String>,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    terms: Terms,
}

/// Makes the proposal, and shows it.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let Arguments { digests, place, terms } = arguments;
    let (publisher, base) = present(&place.published)?;
    let suspensions = publisher.suspensions()?;
    let holding = suspensions.iter().filter(|(_, lifted)| !lifted);
    let holding: Vec<_> = holding.map(|(suspended, _)| suspended.suspension().digest()).collect();
    let mut lift = BTreeSet::new();
    for wanted in digests {
        let mut found = holding.iter().filter(|digest| digest.hex().starts_with(wanted));
        match (found.next(), found.next()) {
            (Some(digest), None) => lift.insert(*digest),
            (None, _) => return Err(Failure::Unusable(format!("no suspension `{wanted}` is in force"))),
            (Some(_), Some(_)) => {
                return Err(Failure::Unusable(format!("`{wanted}` begins several digests")));
            }
        };
    }
    let change = Change {
        officers: base.manifest.officers.clone(),
        lift,
        expires: after_days(now, terms.days),
        break_glass: false,
        reason: terms.reason.clone(),
    };
    let proposal = Proposal::after(&base.manifest, files(&publisher, &base.manifest)?, change, now);
    write(&proposal, &place.output)?;
    view::change(&proposal, &place.published, now)
}
