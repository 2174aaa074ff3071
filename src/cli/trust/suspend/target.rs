//! What an officer means who names something to suspend: by its name, or by how its identifier begins, as people read it from
//! a screen in a hurry. Nothing is suspended that the rules do not have or that is meant only perhaps.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::cli::near::near;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::identifier::Province;
use crate::manifest::Subject;
use crate::pki::Anchor;
use crate::policy::AgreementId;
use crate::rulebook::Caller;
use crate::rulebook::store::{self, HandedOut, Reading};

/// Least digits that stand for a digest or code. 6: fewer are soon those of several.
const LEAST_DIGITS: usize = 6;

/// Of several that are meant, how many are told.
const SHOWN: usize = 4;

/// Everything that `id` means among the rules; of a kind that manifests do not list, what it says by itself.
pub(super) fn find(kind: &str, id: &str, reading: &Reading, unlisted: bool) -> Result<Vec<Subject>, Failure> {
    let own = Subject::parse(kind, id);
    let no_identifier = || Failure::Unusable(format!("`{id}` is no identifier of a {kind}"));
    let may_be_file = unlisted || Path::new(id).is_file();
    if own.is_none() && matches!(kind, "anchor" | "key") && may_be_file {
        return in_file(kind, id, reading, unlisted);
    }
    if unlisted {
        return Ok(vec![own.ok_or_else(no_identifier)?]);
    }
    match kind {
        "anchor" => anchors(id, reading.anchors()),
        "system" | "gateway" => one(kind, id, &callers(reading, kind == "gateway")),
        "department" => one(kind, id, &departments(reading)),
        "agreement" => one(kind, id, &agreements(reading)),
        _ => {
            own.ok_or_else(no_identifier)?;
            Err(Failure::Refused(vec![not_listed(kind, id)]))
        }
    }
}

/// The certificate in a file, and its key unless it is an anchor, whose key gateways know.
fn in_file(kind: &str, id: &str, reading: &Reading, unlisted: bool) -> Result<Vec<Subject>, Failure> {
    let HandedOut { certificates: mut found, faults, .. } = store::certificates(&[PathBuf::from(id)]);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let (Some((_, certificate)), None) = (found.pop(), found.pop()) else {
        let line = format!("`{id}` holds several certificates; give the one that is meant by itself");
        return Err(Failure::Unusable(line));
    };
    let key = Subject::Key(certificate.key_digest());
    let anchor = Subject::Anchor(DigestAlgorithm::Sha256.digest(certificate.der()));
    match (kind, reading.anchors().iter().any(|known| known.certificate == certificate)) {
        ("anchor", true) => Ok(vec![anchor]),
        ("anchor", false) if unlisted => Ok(vec![anchor, key]),
        ("anchor", false) => {
            let line = format!(
                "no anchor `{id}` is published, nor one with the certificate in this file; look twice and say `--unlisted`"
            );
            Err(Failure::Refused(vec![line]))
        }
        _ if unlisted => Ok(vec![key]),
        _ => Err(Failure::Refused(vec![not_listed(kind, id)])),
    }
}

/// What is said of what manifests do not list.
fn not_listed(kind: &str, id: &str) -> String {
    format!(
        "manifests do not list each {kind}, so nothing tells whether there is a `{id}`; look twice and say `--unlisted`"
    )
}

/// Something that can be meant.
struct Known {
    subject: Subject,
    /// As it is told to people.
    shown: String,
    names: Vec<String>,
    /// Identifiers, which may be cut short.
    codes: Vec<String>,
}

impl Known {
    /// What has one name and nothing else.
    fn named(subject: Subject) -> Self {
        let name = subject.id();
        Self { subject, shown: name.clone(), names: vec![name], codes: Vec::new() }
    }
}

/// All certificates of an entry by its name, or the one whose digest begins so.
fn anchors(id: &str, anchors: &[Anchor]) -> Result<Vec<Subject>, Failure> {
    let digest = |anchor: &Anchor, by: DigestAlgorithm| -> Digest { by.digest(anchor.certificate.der()) };
    let sha256 = |anchor: &Anchor| digest(anchor, DigestAlgorithm::Sha256);
    let named = anchors.iter().filter(|anchor| anchor.entry.name == id);
    let named: Vec<Subject> = named.map(|anchor| Subject::Anchor(sha256(anchor))).collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let known = anchors.iter().map(|anchor| Known {
        subject: Subject::Anchor(sha256(anchor)),
        shown: format!(
            "{} (SHA-256 {}…)",
            anchor.entry.name,
            sha256(anchor).hex().get(..12).unwrap_or_default()
        ),
        names: vec![anchor.entry.name.clone(), anchor.certificate.subject.clone()],
        codes: [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3].map(|by| digest(anchor, by).hex()).to_vec(),
    });
    let plain = id.replace(':', "").to_lowercase();
    let is_digits = plain.bytes().all(|byte| byte.is_ascii_hexdigit());
    one("anchor", if is_digits { &plain } else { id }, &known.collect::<Vec<_>>())
}

fn callers(reading: &Reading, gateways: bool) -> Vec<Known> {
    let known = reading.enrollments().iter().filter_map(|enrollment| match &enrollment.caller {
        Caller::System(system) if !gateways => Some(Known::named(Subject::System(system.name.clone()))),
        Caller::Gateway(province) if gateways => Some(gateway(*province, &enrollment.file)),
        _ => None,
    });
    known.collect()
}

fn gateway(province: Province, file: &str) -> Known {
    let name = file.rsplit('/').next().and_then(|name| name.strip_suffix(".toml")).unwrap_or_default();
    let names =
        [&province.to_string(), &format!("gateway-{province}"), province.chinese(), province.english(), name];
    Known {
        subject: Subject::Gateway(province),
        shown: format!("{province} ({}, {name})", province.chinese()),
        names: names.map(str::to_owned).to_vec(),
        codes: Vec::new(),
    }
}

fn departments(reading: &Reading) -> Vec<Known> {
    let offices = reading.catalog().into_iter().flat_map(|catalog| catalog.offices());
    let known = offices.map(|office| Known {
        subject: Subject::Department(office.department.clone()),
        shown: format!("{} ({})", office.name, office.department),
        names: vec![office.name.clone()],
        codes: vec![office.department.to_string()],
    });
    known.collect()
}

fn agreements(reading: &Reading) -> Vec<Known> {
    let agreements = reading.agreements().into_iter().flat_map(|all| all.agreements());
    let known = |id: &AgreementId| Known::named(Subject::Agreement(id.clone()));
    agreements.map(|one| known(&one.id)).collect()
}

/// The only one of `known` that `id` names in full, or else whose code it begins.
fn one(kind: &str, id: &str, known: &[Known]) -> Result<Vec<Subject>, Failure> {
    let is_named = |one: &&Known| one.names.iter().chain(&one.codes).any(|name| name == id);
    let begins = |one: &&Known| id.len() >= LEAST_DIGITS && one.codes.iter().any(|code| code.starts_with(id));
    let named: Vec<&Known> = known.iter().filter(is_named).collect();
    let found = if named.is_empty() { known.iter().filter(begins).collect() } else { named };
    let subjects: BTreeSet<String> = found.iter().map(|one| one.subject.to_string()).collect();
    let line = match (found.as_slice(), subjects.len()) {
        ([first, ..], 1) => return Ok(vec![first.subject.clone()]),
        ([], _) => {
            let words =
                known.iter().flat_map(|one| one.names.iter().map(|name| (name.as_str(), one.shown.as_str())));
            let close = near(id, words);
            let hint =
                if close.is_empty() { String::new() } else { format!("; near are {}", close.join(", ")) };
            format!("no {kind} `{id}` is published{hint}")
        }
        (several, _) => {
            let shown: Vec<&str> = several.iter().take(SHOWN).map(|one| one.shown.as_str()).collect();
            let more = several.len() - shown.len();
            let more = if more > 0 { format!(" or one of {more} more") } else { String::new() };
            format!("`{id}` may be {}{more}; say more of it", shown.join(" or "))
        }
    };
    Err(Failure::Refused(vec![line]))
}
