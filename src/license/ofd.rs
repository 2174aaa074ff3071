//! Judges an OFD package: every document, every signature of each, and the license on the first.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::content::Content;
use super::data::Voucher;
use super::face::Face;
use super::ses::worse;
use super::value::{Profile, Subject, blank, judge as judge_value};
use super::{Circumstances, entries, over_budget, references};
use crate::budget::{Budget, Exhausted};
use crate::document::ofd::{
    DocBody, Error, Package, ROOT, Reach, SignatureDescription, SignatureEntry, SignatureList, Tags,
    reachable,
};
use crate::document::zip;
use crate::pki::Certificate;
use crate::seal::{SesSignature, parse_loose};
use crate::verdict::{Code, Format, Integrity, Judgement, Reason, SignatureJudgement, SignatureKind};

/// Judges `file` as an OFD package.
pub(super) fn judge(
    file: &[u8],
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<Judgement, Exhausted> {
    let mut package = match Package::open(file, budget) {
        Ok(package) => package,
        Err(error) => return Ok(Judgement::unread(Format::Ofd, reason(&error))),
    };
    match judge_package(&mut package, circumstances, budget) {
        Ok(judgement) => Ok(judgement),
        Err(Error::Exhausted(exhausted)) => Err(exhausted),
        Err(error) => Ok(Judgement::unread(Format::Ofd, reason(&error))),
    }
}

/// One document of the package with what was read about it.
struct Document<'a> {
    body: DocBody,
    reach: Reach<'a>,
    list: Option<SignatureList>,
    described: Vec<(SignatureEntry, Described)>,
}

/// A Signature.xml as it was read, shared by all rows that name it.
type Described = Result<Rc<SignatureDescription>, Reason>;

fn judge_package(
    package: &mut Package<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<Judgement, Error> {
    let mut reasons = Vec::new();
    let mut documents = Vec::new();
    let mut descriptions = BTreeMap::new();
    for body in package.bodies.clone() {
        documents.push(read_document(package, body, &mut descriptions, &mut reasons, budget)?);
    }
    let mut apart = signature_files(&documents);
    let entries = entries::judge(package, &apart, circumstances, &mut reasons, budget)?;
    apart.extend(entries.files);
    let mut signatures = Vec::new();
    let mut covering = Vec::new();
    let used: BTreeSet<&str> = documents.iter().flat_map(|document| &document.reach.used).copied().collect();
    for document in &documents {
        for (entry, description) in &document.described {
            let judged = match description {
                Ok(description) => {
                    covering.push((&**description, signatures.len()));
                    let around = Around { document, used: &used, apart: &apart };
                    judge_signature(package, entry, description, &around, circumstances, budget)?
                }
                Err(reason) => blank(SignatureKind::Unknown, Integrity::Unchecked, reason.clone()),
            };
            signatures.push(SignatureJudgement { id: entry.id.clone(), ..judged });
        }
    }
    judge_unsigned(&documents, &covering, &mut reasons);
    let face = match documents.first() {
        Some(document) => {
            let good = |index: usize| signatures.get(index).is_some_and(SignatureJudgement::vouches);
            let all_signed = all_signed_root(&document.body.root, &covering);
            let vouchers: Vec<Voucher<'_>> = covering
                .iter()
                .filter(|(_, index)| good(*index))
                .map(|(description, index)| Voucher::new(*index, description))
                .map(|voucher| if all_signed { voucher } else { voucher.without(ROOT) })
                .collect();
            let tags = Tags::read(package, &document.body, budget)?;
            Face::read(&document.body, tags, &vouchers, &signatures, circumstances.at, &mut reasons)
        }
        None => Face::none(),
    };
    Ok(Judgement {
        format: Format::Ofd,
        reasons,
        signatures,
        entry_list: entries.facts,
        license: face.license,
        status: face.status,
        copy: face.copy,
    })
}

/// Whether all who signed the document at `root` signed OFD.xml with it. It alone may be left open; where its issuer did,
/// whoever signs later could change it first and then vouch for data that the issuer never saw.
fn all_signed_root(root: &str, covering: &[(&SignatureDescription, usize)]) -> bool {
    let covers = |description: &SignatureDescription, entry| {
        description.references.iter().any(|reference| reference.entry == entry)
    };
    covering.iter().all(|(description, _)| !covers(description, root) || covers(description, ROOT))
}

/// A document without signatures of its own is fine beside a signed one only if a signature of that covers it whole.
fn judge_unsigned(
    documents: &[Document<'_>],
    covering: &[(&SignatureDescription, usize)],
    reasons: &mut Vec<Reason>,
) {
    let any_signed = documents.iter().any(|document| !document.described.is_empty());
    for document in documents.iter().filter(|document| document.described.is_empty()) {
        let place = format!("/{}", document.body.root);
        let covers = |description: &SignatureDescription| {
            let covered: BTreeSet<&str> =
                description.references.iter().map(|reference| reference.entry.as_str()).collect();
            let Reach { used, lacking, .. } = &document.reach;
            used.iter().all(|entry| covered.contains(entry))
                && lacking.iter().all(|entry| covered.contains(&**entry))
        };
        if !any_signed {
            reasons.push(Reason::new(
                Code::DocumentUnsigned,
                if documents.len() > 1 { place } else { String::new() },
            ));
        } else if !covering.iter().any(|(description, _)| covers(description)) {
            reasons.push(Reason::new(Code::CoverageUnsigned, place));
        }
    }
}

fn read_document<'a>(
    package: &Package<'a>,
    body: DocBody,
    descriptions: &mut BTreeMap<String, Described>,
    reasons: &mut Vec<Reason>,
    budget: &mut Budget,
) -> Result<Document<'a>, Error> {
    if !package.contains(&body.root) {
        return Err(Error::Missing(body.root));
    }
    if !body.clean_paths {
        reasons.push(Reason::new(Code::OfdPath, "/OFD.xml"));
    }
    let reach = reachable(package, &body, budget)?;
    references::report_each(Code::OfdPartAbsent, reach.absent.iter().map(|entry| &**entry), reasons);
    references::report_each(Code::OfdUnreadablePart, reach.unreadable.iter().copied(), reasons);
    references::report_each(Code::CoverageUnknown, reach.unknown.iter().copied(), reasons);
    let list = match &body.signatures {
        Some(entry) => Some(SignatureList::read(package, entry, budget)?),
        None => None,
    };
    if let Some(list) = &list
        && let Some(repeated) = list.repeated()
    {
        let place = format!("/{}", list.entry);
        reasons.push(Reason::new(Code::SignatureListAmbiguous, place).quoting(repeated));
    }
    let mut described = Vec::new();
    for row in list.iter().flat_map(|list| &list.signatures) {
        let description = match descriptions.get(&row.location) {
            Some(known) => {
                // Each row is held against the package for itself.
                let count = known.as_ref().map_or(0, |known| known.references.len() as u64);
                budget.references(count)?;
                known.clone()
            }
            None => {
                let read = match SignatureDescription::read(package, &row.location, budget) {
                    Ok(description) => Ok(Rc::new(description)),
                    Err(Error::Exhausted(exhausted)) => return Err(exhausted.into()),
                    Err(error) => Err(reason(&error)),
                };
                descriptions.insert(row.location.clone(), read.clone());
                read
            }
        };
        described.push((row.clone(), description));
    }
    Ok(Document { body, reach, list, described })
}

/// What a signature stands in.
struct Around<'a> {
    document: &'a Document<'a>,
    used: &'a BTreeSet<&'a str>,
    apart: &'a BTreeSet<String>,
}

fn judge_signature(
    package: &mut Package<'_>,
    entry: &SignatureEntry,
    description: &SignatureDescription,
    around: &Around<'_>,
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<SignatureJudgement, Error> {
    let mut reasons = Vec::new();
    if !(description.clean_paths && entry.clean_path) {
        reasons.push(Reason::new(Code::OfdPath, format!("/{}", description.entry)));
    }
    let locked = around
        .document
        .list
        .as_ref()
        .is_some_and(|list| description.references.iter().any(|reference| reference.entry == list.entry));
    if locked {
        reasons.push(Reason::new(Code::SignatureLocked, format!("/{}", description.entry)));
    }
    let Around { document, used, apart } = around;
    let coverage = references::cover(
        package,
        description,
        &document.body.root,
        &document.reach,
        used,
        apart,
        &mut reasons,
    );
    let seal = match &description.seal {
        Some(seal) => {
            let bytes =
                package.read_lasting(seal, circumstances.known.map(|known| &known.entries), budget)?;
            if let (Some(known), Some(bytes)) = (circumstances.known, &bytes)
                && let Some(contents) = references::known(known, description, seal, bytes)
            {
                package.remember(seal, contents, &known.entries);
            }
            if bytes.is_none() {
                reasons.push(Reason::new(Code::OfdMissing, format!("/{seal}")));
            }
            bytes
        }
        None => None,
    };
    let value = package.read(&description.value, budget)?;
    let mut judged = match &value {
        None => {
            let missing = Reason::new(Code::SignatureValueMissing, format!("/{}", description.value));
            blank(SignatureKind::Unknown, Integrity::Unchecked, missing)
        }
        Some(value) => {
            // Several rows may share one description; each hashes it.
            budget.inflate(description.bytes.len() as u64)?;
            let subject = Subject {
                content: Some(Content::Bytes(&description.bytes)),
                entry: Some(&description.entry),
                method: description.method.as_deref(),
                time: description.date_time.as_deref().and_then(|text| parse_loose(text.as_bytes())),
                seal: seal.as_ref().map(|seal| seal.as_slice()),
                promises_seal: entry.seal,
                profile: Profile::Any,
                stamp: None,
            };
            judge_value(value, &subject, circumstances, budget)?
        }
    };
    let depth = budget.limits().asn1_depth;
    let key = || {
        let ses = SesSignature::parse(value.as_deref()?, depth).ok()?;
        Certificate::from_der(ses.signer).ok()?.key.clone().ok()
    };
    let integrity = references::check(package, description, key, &mut reasons, budget)?;
    judged.integrity = worse(judged.integrity, integrity);
    judged.coverage = Some(coverage);
    judged.reasons.extend(reasons);
    Ok(judged)
}

/// The files that signatures themselves consist of.
fn signature_files(documents: &[Document<'_>]) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for document in documents {
        files.extend(document.body.signatures.clone());
        for (row, description) in &document.described {
            files.insert(row.location.clone());
            if let Ok(description) = description {
                files.insert(description.value.clone());
                files.extend(description.seal.clone());
            }
        }
    }
    files
}

/// The reason that an error of the package is reported as.
fn reason(error: &Error) -> Reason {
    match error {
        Error::Exhausted(exhausted) => over_budget(*exhausted),
        Error::Missing(entry) => Reason::new(Code::OfdMissing, format!("/{entry}")),
        Error::Structure { entry, fault } => Reason::new(Code::OfdStructure, format!("/{entry}")).with(fault),
        Error::Xml { entry, fault } => Reason::new(Code::OfdXml, format!("/{entry}")).with(fault),
        Error::Container(zip::Error { fault, entry }) => {
            let code = match fault {
                zip::Fault::Ambiguous(_) => Code::ContainerAmbiguous,
                zip::Fault::Checksum(_) => Code::ContainerChecksum,
                zip::Fault::Duplicate => Code::ContainerDuplicate,
                zip::Fault::Exhausted(_) => Code::DocumentOverBudget,
                zip::Fault::Malformed(_) => Code::ContainerMalformed,
                zip::Fault::UnsafeName(_) => Code::ContainerUnsafeName,
                zip::Fault::Unsupported(_) => Code::ContainerUnsupported,
            };
            Reason::new(code, entry.as_str()).with(fault)
        }
    }
}
