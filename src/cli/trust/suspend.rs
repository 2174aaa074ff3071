//! `tongban trust suspend`: one officer takes something out of use, at once.

mod target;

use std::path::PathBuf;

use super::{Failure, keys, present, unusable};
use crate::clock::Timestamp;
use crate::manifest::{Note, Officers, PrivateKey, Subject, Suspension};
use crate::rulebook::store::Reading;
use crate::trust::Publisher;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust suspend anchor hunan-root --published /srv/trust --key wang.key --reason stolen
  tongban trust suspend gateway 43 --published /srv/trust --key wang.key --reason 'a break-in'
  tongban trust suspend agreement gd-tax --published /srv/trust --key wang.key --reason astray
  tongban trust suspend department 广东省税务局 --published /srv/trust --key wang.key --reason 'breach'
  tongban trust suspend anchor ca.crt --unlisted --published /srv/trust --key wang.key --reason x
  tongban trust suspend seal 44010001 --unlisted --published /srv/trust --key wang.key --reason x

KIND and ID:
  anchor      its name in certs/anchors (all of its certificates), how a SHA-256 or SM3 begins, or a file
  key         SHA-256 of the bits of a public key, or a file with a certificate for it
  seal        its identifier (esID)
  system      its name in certs/systems
  gateway     of another province, which may not ask then and is not asked: 43, 湖南, gateway-43
  department  its name in the catalog, or how its code begins
  agreement   its name

Of a certificate that is no anchor give the file: its key is suspended as well, since its holder can write the same certificate \
in other bytes. What is not published is refused, so that a slip of the pen is no false comfort; for what manifests do not list, \
look twice and say --unlisted.

Exit status: 0 suspended, 1 refused, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// What kind of thing
    #[arg(value_name = "KIND", value_parser = ["anchor", "key", "seal", "system", "gateway", "department", "agreement"])]
    kind: String,

    /// Which one
    #[arg(value_name = "ID")]
    id: String,

    /// Why, for the others
    #[arg(long, value_name = "TEXT", value_parser = super::parse_reason)]
    reason: String,

    /// The officer's key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// The directory of the publication
    #[arg(long, value_name = "DIR")]
    published: PathBuf,

    /// Suspend it though the published rules cannot tell whether it exists
    #[arg(long)]
    unlisted: bool,
}

/// Signs the suspension and publishes it.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let Arguments { kind, id, reason, key, published, unlisted } = arguments;
    let keys = keys(key)?;
    let (publisher, base) = present(published)?;
    let files = publisher.files(&base.manifest)?;
    let subjects = target::find(kind, id, &Reading::of(&files), *unlisted)?;
    let mut said = String::new();
    let mut held = Vec::new();
    for subject in subjects {
        let before = match already(&publisher, &base.manifest.officers, &subject, &keys) {
            Ok(before) => before,
            // Of several, the others are suspended all the same.
            Err(Failure::Refused(lines)) => {
                held.extend(lines);
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let since = Timestamp::from_seconds(now.seconds());
        let publication = base.manifest.publication.clone();
        let suspension = Suspension { publication, subject, since, reason: reason.clone() };
        let mut note = Note::unsigned(suspension.to_string());
        for key in &keys {
            key.sign(&mut note).map_err(|error| unusable(&arguments.key, &error))?;
        }
        said.push_str(&(publish(&publisher, &note, now)? + &before));
    }
    if said.is_empty() { Err(Failure::Refused(held)) } else { Ok(said) }
}

/// What is to be said of earlier suspensions of `subject` that hold. Another officer may add theirs, so that it does not hang on
/// one who leaves; the same officer gains nothing by a second.
fn already(
    publisher: &Publisher,
    officers: &Officers,
    subject: &Subject,
    keys: &[PrivateKey],
) -> Result<String, Failure> {
    let mut said = String::new();
    for (suspended, lifted) in publisher.suspensions()? {
        let (suspension, officer) = (suspended.suspension(), suspended.officer());
        // Anybody may put a file there; one that gateways refuse suspends nothing.
        let counts = officers.count(suspended.note()).is_ok_and(|tally| tally.approved.contains(officer));
        if lifted || !counts || suspension.subject != *subject {
            continue;
        }
        let digest = suspension.digest().hex();
        let line =
            format!("suspended already since {} by {officer}: {}", suspension.since, suspension.reason);
        if keys.iter().any(|key| key.public().name() == officer) {
            return Err(Failure::Refused(vec![format!("{subject} is {line}\n{digest}")]));
        }
        said.push_str(&format!("it was {line}; to lift it takes both digests\n{digest}\n"));
    }
    Ok(said)
}

fn publish(publisher: &Publisher, note: &Note, now: Timestamp) -> Result<String, Failure> {
    let suspension = publisher.suspend(note, now)?;
    let (subject, digest) = (&suspension.subject, suspension.digest().hex());
    Ok(format!(
        "{subject} suspended since {}; two officers lift it by its digest\n{digest}\n",
        suspension.since
    ))
}
