//! The files that one signature covers: their digests, and what it leaves out.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Known;
use crate::budget::Budget;
use crate::crypto::{DigestAlgorithm, PublicKey};
use crate::document::ofd::{Error, Package, ROOT, Reach, SignatureDescription};
use crate::verdict::{Code, Coverage, Integrity, Reason};

/// Entries named one by one in a report. A hostile package could have tens of thousands in each of 64 signatures.
pub(super) const LISTED: usize = 100;

/// Compares every reference with the package.
///
/// `key` gives the signer's, for the writers who put its identity into the digests; it is asked for only if a plain
/// digest does not fit.
pub(super) fn check(
    package: &mut Package<'_>,
    description: &SignatureDescription,
    key: impl Fn() -> Option<PublicKey>,
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
    let mut known_key = None;
    let (mut repeated, mut missing) = (Vec::new(), Vec::new());
    let (mut changed, mut prefixed) = (Vec::new(), Vec::new());
    for reference in &description.references {
        let entry = reference.entry.as_str();
        if !seen.insert(entry) {
            repeated.push(entry);
            continue;
        }
        let expected = reference.digest.as_deref();
        let lasting = description.seal.as_deref() == Some(entry);
        match package.has_digest(entry, algorithm, expected, lasting, budget)? {
            None => missing.push(entry),
            Some(true) => {}
            Some(false) => {
                let contents = package.required(entry, budget)?;
                let key = known_key.get_or_insert_with(&key).as_ref();
                let digest = key.and_then(|key| key.prefixed_digest(&contents));
                let fits = digest.is_some_and(|digest| reference.digest.as_deref() == Some(digest.as_ref()));
                if fits { prefixed.push(entry) } else { changed.push(entry) }
            }
        }
    }
    let whole = repeated.is_empty() && missing.is_empty() && changed.is_empty();
    report_each(Code::ReferencePrefixed, prefixed, reasons);
    report_each(Code::ReferenceDuplicate, repeated, reasons);
    report_each(Code::ReferenceMissing, missing, reasons);
    report_each(Code::ReferenceMismatch, changed, reasons);
    Ok(if whole { Integrity::Intact } else { Integrity::Broken })
}

/// The `contents` of `entry` as they are known, if they are known to have the digest that `description` says: a trusted signer's,
/// then.
pub(super) fn known(
    known: &Known,
    description: &SignatureDescription,
    entry: &str,
    contents: &Arc<Vec<u8>>,
) -> Option<Arc<Vec<u8>>> {
    let of_it = description.references.iter().find(|reference| reference.entry == entry);
    known.facts.digested(DigestAlgorithm::Sm3, contents, of_it?.digest.as_deref()?)
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
        None => reasons.push(Reason::new(Code::ReferenceMethodRefused, place).quoting(written)),
        Some(DigestAlgorithm::Sha1) => {
            reasons.push(Reason::new(Code::ReferenceMethodWeak, place).quoting(written))
        }
        Some(_) if by_name.is_some() => {
            reasons.push(Reason::new(Code::ReferenceMethodSpelling, place).quoting(written));
        }
        Some(_) => {}
    }
    algorithm
}

/// What the signature covers of what its document uses. One signature covers for itself, never the union.
///
/// `root_part` is the document's own entry, `used` are the files of all documents of the package, `apart` those of
/// signatures, which cannot all sign each other.
pub(super) fn cover(
    package: &Package<'_>,
    description: &SignatureDescription,
    root_part: &str,
    reach: &Reach<'_>,
    used: &BTreeSet<&str>,
    apart: &BTreeSet<String>,
    reasons: &mut Vec<Reason>,
) -> Coverage {
    let covered: BTreeSet<&str> =
        description.references.iter().map(|reference| reference.entry.as_str()).collect();
    let open: Vec<&str> = reach.used.iter().copied().filter(|entry| !covered.contains(entry)).collect();
    if open.contains(&root_part) {
        reasons.push(Reason::new(Code::CoverageDocument, format!("/{root_part}")));
    }
    let (root, content): (Vec<&str>, Vec<&str>) = open.iter().partition(|entry| **entry == ROOT);
    report_each(Code::CoverageUncovered, content, reasons);
    let lacking = reach.lacking.iter().map(|entry| &**entry).filter(|entry| !covered.contains(entry));
    let lacking: Vec<&str> = lacking.collect();
    report_each(Code::CoverageAbsent, lacking.iter().copied(), reasons);
    report_each(Code::CoverageRoot, root, reasons);
    let known = |entry: &str| covered.contains(entry) || used.contains(entry) || apart.contains(entry);
    let smuggled: Vec<&str> = package.names().filter(|entry| !known(entry)).collect();
    report_each(Code::CoverageSmuggled, smuggled.iter().copied(), reasons);
    let missing: Vec<&str> = covered.iter().copied().filter(|entry| !package.contains(entry)).collect();
    let first = |entries: &[&str]| entries.iter().take(LISTED).map(|entry| format!("/{entry}")).collect();
    Coverage {
        complete: open.is_empty() && lacking.is_empty(),
        covered: covered.len() - missing.len(),
        uncovered: first(&open),
        uncovered_total: open.len(),
        smuggled: first(&smuggled),
        smuggled_total: smuggled.len(),
        missing: first(&missing),
        missing_total: missing.len(),
    }
}

/// One reason an entry; past [`LISTED`] of them one reason for all the rest.
pub(super) fn report_each<'a>(
    code: Code,
    entries: impl IntoIterator<Item = &'a str>,
    reasons: &mut Vec<Reason>,
) {
    let mut entries = entries.into_iter();
    reasons.extend(entries.by_ref().take(LISTED).map(|entry| Reason::new(code, format!("/{entry}"))));
    let more = entries.count();
    if more > 0 {
        reasons.push(Reason::new(code, "").with(format!("and {more} more")));
    }
}
