//! Judges a PDF: every signature of every revision, and what was changed after each.

mod signature;
mod update;

use std::ops::Range;

use self::update::{Permission, revision_of};
use super::value::Stamp;
use super::{Circumstances, over_budget};
use crate::budget::{Budget, Exhausted};
use crate::document::pdf::{Change, Error, Fault, Form, Pdf, Signature, changes, signatures};
use crate::verdict::{Code, Copy, Coverage, Format, Judgement, Reason, Status};

/// Judges `file` as a PDF.
pub(super) fn judge(
    file: &[u8],
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<Judgement, Exhausted> {
    match judge_document(file, circumstances, budget) {
        Ok(judgement) => Ok(judgement),
        Err(Error { fault: Fault::Exhausted(exhausted), .. }) => Err(exhausted),
        Err(error) => Ok(Judgement::unread(Format::Pdf, reason(&error))),
    }
}

fn judge_document(
    file: &[u8],
    circumstances: &Circumstances<'_>,
    budget: &mut Budget,
) -> Result<Judgement, Error> {
    let mut pdf = Pdf::open(file, budget)?;
    let mut reasons = Vec::new();
    if !pdf.trailing().is_empty() {
        reasons.push(Reason::new(Code::PdfTrailing, "").with(bytes(pdf.trailing())));
    }
    let story = Story::read(&mut pdf, budget)?;
    // A timestamp proves when, not who.
    if story.signatures.iter().all(signature::is_timestamp) {
        reasons.push(Reason::new(Code::DocumentUnsigned, ""));
    }
    // Hybrids after the first signature are weighed as changes.
    let first = story.signatures.iter().map(revision_of).min().unwrap_or(pdf.newest());
    if pdf.revisions().iter().take(first + 1).any(|revision| revision.hybrid) {
        reasons.push(Reason::new(Code::PdfHybrid, ""));
    }
    let signed = story.signatures.iter().map(revision_of).max();
    let hidden = match signed {
        Some(revision) => pdf.hidden(revision, budget)?,
        None => Vec::new(),
    };
    for range in hidden.iter().take(LISTED) {
        reasons.push(Reason::new(Code::PdfHidden, "").with(bytes(range)));
    }
    if let Some(more) = hidden.len().checked_sub(LISTED).filter(|more| *more > 0) {
        reasons.push(Reason::new(Code::PdfHidden, "").with(format!("and {more} more")));
    }
    let mut judged = Vec::new();
    let mut stamps: Vec<(usize, Stamp)> = Vec::new();
    // The latest first: a document timestamp proves the time of what is under it.
    for signature in story.signatures.iter().rev() {
        let over = stamps.iter().filter(|(revision, _)| *revision > revision_of(signature));
        let earliest = over.map(|(_, stamp)| stamp).min_by_key(|stamp| stamp.proven);
        let (mut one, proves) = signature::judge(&pdf, signature, earliest, circumstances, budget)?;
        stamps.extend(proves.map(|stamp| (revision_of(signature), stamp)));
        story.judge(signature, &mut one.reasons, budget)?;
        one.coverage = Some(story.coverage(&pdf, signature, &hidden));
        judged.push(one);
    }
    judged.reverse();
    Ok(Judgement {
        format: Format::Pdf,
        reasons,
        signatures: judged,
        entry_list: None,
        license: None,
        status: Status::unknown(),
        copy: Copy::unknown(),
    })
}

/// Hidden ranges that are given one by one as reasons, and in the coverage of a signature.
const LISTED: usize = 8;
const NAMED: usize = 100;

/// How the document came about: its signatures in the order in which they were made, and what each revision changed.
struct Story {
    signatures: Vec<Signature>,
    /// The number of a revision, from 0, and its changes; from the first signature on.
    changes: Vec<(usize, Vec<Change>)>,
}

impl Story {
    fn read(pdf: &mut Pdf<'_>, budget: &mut Budget) -> Result<Self, Error> {
        let mut story = Self { signatures: Vec::new(), changes: Vec::new() };
        let mut before = Form::default();
        for revision in 0..=pdf.newest() {
            let form = Form::read(pdf, revision, budget)?;
            if !story.signatures.is_empty() {
                story.changes.push((revision, changes(pdf, revision, (&before, &form), budget)?));
            }
            let new = signatures(pdf, &form, revision, &story.signatures, budget)?;
            story.signatures.extend(new);
            before = form;
        }
        Ok(story)
    }

    fn judge(
        &self,
        signature: &Signature,
        reasons: &mut Vec<Reason>,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        let shared = |other: &&Signature| {
            other.holder != signature.holder
                && signature.reference.is_some()
                && (other.reference, other.defined) == (signature.reference, signature.defined)
        };
        if let Some(other) = self.signatures.iter().find(shared) {
            reasons.push(Reason::new(Code::PdfSignatureShared, "").quoting(&other.field));
        }
        let mut permission = Permission::of(signature, &self.signatures);
        for (revision, changes) in &self.changes {
            if *revision > revision_of(signature) {
                permission.weigh(changes, *revision, reasons, budget)?;
            }
        }
        Ok(())
    }

    /// What one signature covers: the revisions up to its own, and what is hidden in them.
    fn coverage(&self, pdf: &Pdf<'_>, signature: &Signature, hidden: &[Range<usize>]) -> Coverage {
        let (covered, end) =
            signature.byte_range.as_ref().map_or((0, 0), |range| (range.revision + 1, range.end));
        let later = pdf.revisions().iter().enumerate().skip(covered);
        let uncovered: Vec<String> = later
            .map(|(number, revision)| format!("revision {} ({})", number + 1, bytes(&revision.span)))
            .collect();
        let smuggled: Vec<&Range<usize>> = hidden.iter().filter(|range| range.end <= end).collect();
        Coverage {
            complete: uncovered.is_empty(),
            covered,
            uncovered_total: uncovered.len(),
            uncovered: uncovered.into_iter().take(NAMED).collect(),
            smuggled_total: smuggled.len(),
            smuggled: smuggled.into_iter().take(NAMED).map(bytes).collect(),
            ..Coverage::default()
        }
    }
}

/// A range of bytes as reasons name it.
fn bytes(range: &Range<usize>) -> String {
    format!("bytes {} to {}", range.start, range.end)
}

/// The reason that an error of the file is reported as.
fn reason(error: &Error) -> Reason {
    let code = match error.fault {
        Fault::Exhausted(exhausted) => return over_budget(exhausted),
        Fault::Ambiguous(_) => Code::PdfAmbiguous,
        Fault::Encrypted => return Reason::new(Code::PdfEncrypted, ""),
        Fault::Filter(_) | Fault::Syntax(_) => Code::PdfMalformed,
        Fault::Header(_) => Code::PdfHeader,
        Fault::Structure(_) => Code::PdfStructure,
        Fault::Unsupported(_) => Code::PdfUnsupported,
        Fault::Xref(_) => Code::PdfXref,
    };
    Reason::new(code, "").with(error)
}
