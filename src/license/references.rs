//! The files that one signature covers: their digests, and what it leaves out.

use std::collections::BTreeSet;

use crate::budget::Budget;
use crate::crypto::DigestAlgorithm;
use crate::document::ofd::{Error, Package, Reach, SignatureDescription};
use crate::verdict::{Code, Coverage, Integrity, Reason};

/// Entries named one by one in a report. A hostile package could have tens of thousands in each of 64 signatures.
const LISTED: usize = 100;

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
    let mut seen = BTreeSet::new();
    let (mut repeated, mut missing, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for reference in &description.references {
        let entry = reference.entry.as_str();
        if !seen.insert(entry) {
            repeated.push(entry);
            continue;
        }
        match package.digest(entry, algorithm, budget)? {
            None => missing.push(entry),
            Some(actual) if reference.digest.as_deref() == Some(actual.as_ref()) => {}
            Some(_) => changed.push(entry),
        }
    }
    report_each(Code::ReferenceDuplicate, &repeated, reasons);
    report_each(Code::ReferenceMissing, &missing, reasons);
    report_each(Code::ReferenceMismatch, &changed, reasons);
    let whole = repeated.is_empty() && missing.is_empty() && changed.is_empty();
    Ok(if whole { Integrity::Intact } else { Integrity::Broken })
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
/// `root_part` is the document's own entry, `elsewhere` are files of the package's other documents, `apart` those of signatures, which cannot all sign
/// each other.
pub(super) fn cover(
    package: &Package<'_>,
    description: &SignatureDescription,
    root_part: &str,
    reach: &Reach,
    elsewhere: &BTreeSet<String>,
    apart: &BTreeSet<String>,
    reasons: &mut Vec<Reason>,
) -> Coverage {
    let covered: BTreeSet<&str> =
        description.references.iter().map(|reference| reference.entry.as_str()).collect();
    let open: Vec<&str> =
        reach.used.iter().map(String::as_str).filter(|entry| !covered.contains(entry)).collect();
    let (root, content): (Vec<&str>, Vec<&str>) = open.iter().partition(|entry| **entry == "OFD.xml");
    if open.contains(&root_part) {
        reasons.push(Reason::new(Code::CoverageDocument, format!("/{root_part}")));
    }
    report_each(Code::CoverageUncovered, &content, reasons);
    report_each(Code::CoverageRoot, &root, reasons);
    let known = |entry: &str| {
        covered.contains(entry) || [&reach.used, elsewhere, apart].iter().any(|known| known.contains(entry))
    };
    let smuggled: Vec<&str> = package.names().filter(|entry| !known(entry)).collect();
    report_each(Code::CoverageSmuggled, &smuggled, reasons);
    let missing: Vec<&str> = covered.iter().copied().filter(|entry| !package.contains(entry)).collect();
    let first = |entries: &[&str]| entries.iter().take(LISTED).map(|entry| format!("/{entry}")).collect();
    Coverage {
        complete: open.is_empty(),
        covered: covered.len() - missing.len(),
        uncovered: first(&open),
        smuggled: first(&smuggled),
        missing: first(&missing),
    }
}

/// One reason an entry; past [`LISTED`] of them one reason for all the rest.
fn report_each(code: Code, entries: &[&str], reasons: &mut Vec<Reason>) {
    reasons.extend(entries.iter().take(LISTED).map(|entry| Reason::new(code, format!("/{entry}"))));
    if let Some(more) = entries.len().checked_sub(LISTED).filter(|more| *more > 0) {
        reasons.push(Reason::new(code, "").with(format!("and {more} more")));
    }
}
