//! What a revision changed of the document before it (ISO 32000-2 §12.8.2): every difference that can be reached
//! from the trailer, classified. Whether a signature lets it pass is decided elsewhere.
//!
//! Documents are compared value by value along all paths, not object by object, so that an object that two places
//! share cannot be changed under cover of the place where a change is fine.

mod catalog;
mod compare;
mod form;
mod page;

use super::Error;
use super::field::Form;
use super::store::Pdf;
use crate::budget::Budget;
use compare::Comparison;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What was done.
    pub kind: ChangeKind,
    /// The path from the trailer.
    pub place: String,
    /// The full name of the form field that was changed, if it is one.
    pub field: Option<String>,
}

/// Kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// Certificates, revocation data and timestamps for validation were added (DSS, §12.8.4.3).
    SecurityStore,
    /// Information about the document: Info, XMP, version, extensions.
    Metadata,
    /// A document timestamp was added.
    Timestamped,
    /// A signature was added, in an empty field or in a new one that shows nothing.
    Signed,
    /// A signature was added in a new field that shows something on a page.
    SignedVisibly,
    /// An empty signature field was added that shows nothing.
    FieldAdded,
    /// A form field was filled in.
    Filled,
    /// An annotation was added or changed.
    Annotated,
    /// An appearance was added above one that was there, or over much of a page.
    Overlaid,
    /// The form was changed otherwise than by filling and signing it.
    Form,
    /// A signature was taken out, or its dictionary was changed.
    Unsigned,
    /// A field looks different and has the value that it had.
    Appearance,
    /// A font was changed.
    Font,
    /// Something that was shown was taken away.
    Hidden,
    /// Something that had been in the file before took another's place.
    Exchanged,
    /// Pages were added, removed or put in another order.
    Pages,
    /// What a page shows was changed.
    Content,
    /// Old readers see another document than new ones.
    Hybrid,
    /// Anything else.
    Other,
}

/// What `revision` changed, given the forms before and after, worst first.
pub fn changes(
    pdf: &mut Pdf<'_>,
    revision: usize,
    forms: (&Form, &Form),
    budget: &mut Budget,
) -> Result<Vec<Change>, Error> {
    let Some(before) = revision.checked_sub(1) else { return Ok(Vec::new()) };
    let hybrid = pdf.revisions().get(revision).is_some_and(|revision| revision.hybrid);
    let mut comparison = Comparison::new(pdf, (before, revision), budget);
    if hybrid {
        comparison.change(ChangeKind::Hybrid, "XRefStm".to_owned());
    }
    comparison.documents(forms)?;
    Ok(comparison.finish())
}
