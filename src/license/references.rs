//! The files that one signature covers: their digests, and what it leaves out.

use std::collections::BTreeSet;

use crate::budget::Budget;
use crate::crypto::DigestAlgorithm;
use crate::document::ofd::{Error, Package, Reach, SignatureDescription};
use crate::verdict::{Code, Coverage, Integrity, Reason};

/// Compares every reference with the package.
pub(super) fn check(
    package: &mut Package<'_>,
    description: &SignatureDescription,
    reasons: &mut Vec<Reason>,
    budget: &mut Budget,
) -> Result<Integrity, Error> {
    let place = |entry: &str| format!("/{entry}");
    if description.references.is_empty() {
        reasons.push(Reason::new(Code::ReferenceNone, place(&description.entry)));
        return Ok(Integrity::Unchecked);
    }
    let Some(algorithm) = method(description, reasons) else { return Ok(Integrity::Unchecked) };
    let mut integrity = Integrity::Intact;
    let mut seen = BTreeSet::new();
    for reference in &description.references {
        if !seen.insert(&reference.entry) {
            reasons.push(Reason::new(Code::ReferenceDuplicate, place(&reference.entry)));
            integrity = Integrity::Broken;
            continue;
        }
        let code = match package.digest(&reference.entry, algorithm, budget)? {
            None => Code::ReferenceMissing,
            Some(actual) if reference.digest.as_deref() == Some(actual.as_ref()) => continue,
            Some(_) => Code::ReferenceMismatch,
        };
        reasons.push(Reason::new(code, place(&reference.entry)));
        integrity = Integrity::Broken;
    }
    Ok(integrity)
}

/// The digest algorithm of the references. The schema's default is MD5, so a missing one is refused.
fn method(description: &SignatureDescription, reasons: &mut Vec<Reason>) -> Option<DigestAlgorithm> {
    let place = format!("/{}", description.entry);
    let Some(written) = description.check_method.as_deref().filter(|written| !written.is_empty()) else {
        reasons.push(Reason::new(Code::ReferenceMethodMissing, place));
        return None;
    };
    let by_name = match written.to_ascii_lowercase().as_str() {
        "sm3" => Some(DigestAlgorithm::Sm3),
        "sha1" | "sha-1" => Some(DigestAlgorithm::Sha1),
        "sha256" | "sha-256" => Some(DigestAlgorithm::Sha256),
        _ => None,
    };
    let algorithm = by_name.or_else(|| DigestAlgorithm::from_oid(written));
    match algorithm {
        None => reasons.push(Reason::new(Code::ReferenceMethodRefused, place).with(written)),
        Some(DigestAlgorithm::Sha1) => {
            reasons.push(Reason::new(Code::ReferenceMethodWeak, place).with(written))
        }
        Some(_) if by_name.is_some() => {
            reasons.push(Reason::new(Code::ReferenceMethodSpelling, place).with(written));
        }
        Some(_) => {}
    }
    algorithm
}

/// What the signature covers of what its document uses. One signature covers for itself, never the union.
///
/// `apart` are the files of signatures, which cannot all sign each other.
pub(super) fn cover(
    package: &Package<'_>,
    description: &SignatureDescription,
    reach: &Reach,
    elsewhere: &BTreeSet<String>,
    apart: &BTreeSet<String>,
    reasons: &mut Vec<Reason>,
) -> Coverage {
    let covered: BTreeSet<&str> =
        description.references.iter().map(|reference| reference.entry.as_str()).collect();
    let listed = |entries: &mut dyn Iterator<Item = &str>| {
        entries.map(|entry| format!("/{entry}")).collect::<Vec<_>>()
    };
    let open: Vec<&str> =
        reach.used.iter().map(String::as_str).filter(|entry| !covered.contains(entry)).collect();
    let root = "OFD.xml";
    let mut uncovered = open.iter().copied().filter(|entry| *entry != root);
    let uncovered = listed(&mut uncovered);
    for entry in &uncovered {
        reasons.push(Reason::new(Code::CoverageUncovered, entry));
    }
    if open.contains(&root) {
        reasons.push(Reason::new(Code::CoverageRoot, "/OFD.xml"));
    }
    let mut smuggled = package.names().filter(|entry| {
        !covered.contains(entry)
            && ![&reach.used, elsewhere, apart].iter().any(|known| known.contains(*entry))
    });
    let smuggled = listed(&mut smuggled);
    for entry in &smuggled {
        reasons.push(Reason::new(Code::CoverageSmuggled, entry));
    }
    let mut missing = covered.iter().copied().filter(|entry| !package.contains(entry));
    let missing = listed(&mut missing);
    Coverage {
        complete: open.is_empty(),
        covered: covered.len() - missing.len(),
        uncovered: open.iter().map(|entry| format!("/{entry}")).collect(),
        smuggled,
        missing,
    }
}
