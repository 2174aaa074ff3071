//! `tongban trust suspend`: one officer takes something out of use, at once.

use std::path::PathBuf;

use super::{Failure, keys, present, unusable};
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;
use crate::manifest::{Note, Officers, PrivateKey, Subject, Suspension};
use crate::rulebook::Caller;
use crate::rulebook::store::{self, Reading};
use crate::trust::Publisher;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust suspend anchor 3fa1… --published /srv/trust --key wang.key --reason 'root key stolen'
  tongban trust suspend agreement gd-housing-tax --published /srv/trust --key wang.key --reason 'data went astray'
  tongban trust suspend department 11440000DEM000006C@440000 --published /srv/trust --key wang.key --reason 'breach'
  tongban trust suspend anchor issuing.crt --unlisted --published /srv/trust --key wang.key --reason 'issuing key stolen'
  tongban trust suspend seal 44010000000123 --unlisted --published /srv/trust --key wang.key --reason 'seal stolen'

KIND is anchor (SHA-256 of the certificate, or a file that holds it), key (SHA-256 of the bits of a public key, or a certificate
for it), seal (its identifier), system, department or agreement. Of a certificate that is no anchor give the file: its key is
suspended as well, since its holder can write the same certificate in other bytes. What is not published is refused, so that a slip of the pen is no false comfort; for what manifests do not list, look twice and say --unlisted.

Exit status: 0 suspended, 1 refused, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// What kind of thing
    #[arg(value_name = "KIND", value_parser = ["anchor", "key", "seal", "system", "department", "agreement"])]
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

    /// Suspend it though the published rules cannot tell whether it exists
    #[arg(long)]
    unlisted: bool,
}

/// Signs the suspension and publishes it.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let Arguments { kind, id, reason, key, published, unlisted } = arguments;
    let keys = keys(key)?;
    let (publisher, base) = present(published)?;
    let (subject, key_of_it) = subject(kind, id)?;
    let files = publisher.files(&base.manifest)?;
    let mut key_of_it = key_of_it;
    match is_there(&subject, &Reading::of(&files)) {
        // Of an anchor gateways know the key.
        Some(true) => key_of_it = None,
        Some(false) if *unlisted && key_of_it.is_some() => {}
        Some(false) => return Err(Failure::Refused(vec![format!("no {kind} `{id}` is published")])),
        None if *unlisted => {}
        None => {
            let line = format!(
                "manifests do not list each {kind}, so nothing tells whether there is a `{id}`; look twice and say `--unlisted`"
            );
            return Err(Failure::Refused(vec![line]));
        }
    }
    let mut said = String::new();
    for subject in [Some(subject), key_of_it].into_iter().flatten() {
        let before = already(&publisher, &base.manifest.officers, &subject, &keys)?;
        let publication = base.manifest.publication.clone();
        let since = Timestamp::from_seconds(now.seconds());
        let suspension = Suspension { publication, subject, since, reason: reason.clone() };
        let mut note = Note::unsigned(suspension.to_string());
        for key in &keys {
            key.sign(&mut note).map_err(|error| unusable(&arguments.key, &error))?;
        }
        said.push_str(&(publish(&publisher, &note, now)? + &before));
    }
    Ok(said)
}

/// What `id` names, and the key that is in it where it is the file of a certificate.
fn subject(kind: &str, id: &str) -> Result<(Subject, Option<Subject>), Failure> {
    let unknown = || Failure::Unusable(format!("`{id}` names no {kind}"));
    if let Some(subject) = Subject::parse(kind, id) {
        return Ok((subject, None));
    }
    if !matches!(kind, "anchor" | "key") {
        return Err(unknown());
    }
    let (mut found, faults) = store::certificates(&[PathBuf::from(id)]);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let (Some((_, certificate)), None) = (found.pop(), found.pop()) else {
        let line = format!("`{id}` holds several certificates; give the one that is meant by itself");
        return Err(Failure::Unusable(line));
    };
    let key = Subject::Key(certificate.key_digest());
    Ok(match kind {
        "key" => (key, None),
        _ => (Subject::Anchor(DigestAlgorithm::Sha256.digest(certificate.der())), Some(key)),
    })
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

/// Whether the rules have what is to be suspended; `None` where they cannot tell.
fn is_there(subject: &Subject, reading: &Reading) -> Option<bool> {
    Some(match subject {
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
        Subject::Key(_) | Subject::Seal(_) => return None,
    })
}
