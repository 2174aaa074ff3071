//! `tongban trust suspend`: one officer takes something out of use, at once.

use std::path::PathBuf;

use super::{Failure, keys, present, unusable};
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;
use crate::manifest::{Note, Subject, Suspension};
use crate::rulebook::Caller;
use crate::rulebook::store::Reading;
use crate::trust::Publisher;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust suspend anchor 3fa1… --published /srv/trust --key wang.key --reason 'root key stolen'
  tongban trust suspend agreement gd-housing-tax --published /srv/trust --key wang.key --reason 'data went astray'
  tongban trust suspend department 11440000DEM000006C@440000 --published /srv/trust --key wang.key --reason 'breach'

KIND is anchor (SHA-256 of the certificate), seal (its identifier), system, department or agreement. What nothing published
has is refused, so that a slip of the pen is no false comfort; for seals and systems, which manifests do not list, look twice.

Exit status: 0 suspended, 1 refused, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// What kind of thing
    #[arg(value_name = "KIND", value_parser = ["anchor", "seal", "system", "department", "agreement"])]
    kind: String,

    /// Which one
    #[arg(value_name = "ID")]
    id: String,

    /// Why, for the others
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// The officer's key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// The directory of the publication
    #[arg(long, value_name = "DIR")]
    published: PathBuf,
}

/// Signs the suspension and publishes it.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let Arguments { kind, id, reason, key, published } = arguments;
    let keys = keys(key)?;
    let (publisher, base) = present(published)?;
    let subject = Subject::parse(kind, id);
    let subject = subject.ok_or_else(|| Failure::Unusable(format!("`{id}` names no {kind}")))?;
    let files = publisher.files(&base.manifest)?;
    if !is_there(&subject, &Reading::of(&files)) {
        return Err(Failure::Refused(vec![format!("no {kind} `{id}` is published")]));
    }
    let publication = base.manifest.publication;
    let since = Timestamp::from_seconds(now.seconds());
    let suspension = Suspension { publication, subject, since, reason: reason.clone() };
    let mut note = Note::unsigned(suspension.to_string());
    for key in &keys {
        key.sign(&mut note).map_err(|error| unusable(&arguments.key, &error))?;
    }
    publish(&publisher, &note, now)
}

fn publish(publisher: &Publisher, note: &Note, now: Timestamp) -> Result<String, Failure> {
    let suspension = publisher.suspend(note, now)?;
    let (subject, digest) = (&suspension.subject, suspension.digest().hex());
    Ok(format!(
        "{subject} suspended since {}; two officers lift it by its digest\n{digest}\n",
        suspension.since
    ))
}

/// Whether the rules have what is to be suspended; true where they cannot tell.
fn is_there(subject: &Subject, reading: &Reading) -> bool {
    match subject {
        Subject::Anchor(digest) => reading.anchors().iter().any(|anchor| {
            let algorithms = [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3];
            algorithms.iter().any(|algorithm| algorithm.digest(anchor.certificate.der()) == *digest)
        }),
        Subject::Department(department) => {
            reading.catalog().is_none_or(|catalog| catalog.office(department).is_some())
        }
        Subject::Agreement(agreement) => reading
            .agreements()
            .is_none_or(|agreements| agreements.agreements().any(|one| one.id == *agreement)),
        Subject::System(name) => reading.enrollments().iter().any(|enrollment| match &enrollment.caller {
            Caller::System(system) => system.name == *name,
            Caller::Gateway(_) => false,
        }),
        Subject::Seal(_) => true,
    }
}
