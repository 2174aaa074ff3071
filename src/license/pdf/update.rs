//! What may be changed after a signature: DocMDP, FieldMDP and field locks (ISO 32000-2 §12.8.2), and what no
//! signature has to put up with.

use std::collections::BTreeMap;

use crate::budget::{Budget, Exhausted};
use crate::document::pdf::{Change, ChangeKind, Signature};
use crate::verdict::{Code, Reason};

/// Reasons of one kind that are given one by one for one signature.
const LISTED: usize = 8;

/// What one signature and the certifications before it allow.
pub(super) struct Permission<'a> {
    signature: &'a Signature,
    /// The strictest permission of the certifications up to this signature; none if there is no certification.
    certified: Option<i64>,
    /// How many reasons of each kind were given one by one.
    given: BTreeMap<Code, usize>,
}

impl<'a> Permission<'a> {
    /// What `signature` allows, `all` signatures of the document given.
    pub(super) fn of(signature: &'a Signature, all: &[Signature]) -> Self {
        let up_to = all.iter().filter(|other| revision_of(other) <= revision_of(signature));
        let certified = up_to.filter_map(|other| other.permission).min();
        Self { signature, certified, given: BTreeMap::new() }
    }

    /// The reasons that `changes` of `revision` give.
    pub(super) fn weigh(
        &mut self,
        changes: &[Change],
        revision: usize,
        reasons: &mut Vec<Reason>,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        // Each signature weighs every change, and holds it against each of its locks.
        budget.pdf_comparisons(changes.len() as u64 * (1 + self.signature.locks.len() as u64))?;
        let place = format!("revision {}", revision + 1);
        let mut more: BTreeMap<Code, usize> = BTreeMap::new();
        for change in changes {
            let code = self.code(change);
            let given = self.given.entry(code).or_default();
            if *given < LISTED {
                *given += 1;
                reasons.push(Reason::new(code, place.clone()).with(&change.place));
            } else {
                *more.entry(code).or_default() += 1;
            }
        }
        for (code, count) in more {
            reasons.push(Reason::new(code, place.clone()).with(format!("and {count} more")));
        }
        Ok(())
    }

    fn code(&self, change: &Change) -> Code {
        let nothing = self.certified == Some(1);
        let locked = change
            .field
            .as_deref()
            .is_some_and(|field| self.signature.locks.iter().any(|lock| lock.locks(field)));
        match change.kind {
            // Proof of existence and data for validation hurt nobody, whatever the certification (ISO 32000-2
            // table 257).
            ChangeKind::SecurityStore => Code::PdfStoreAdded,
            ChangeKind::Timestamped => Code::PdfTimestampAdded,
            ChangeKind::Metadata => Code::PdfMetadata,
            kind if matters_to_forms(kind) && locked => Code::PdfFieldLocked,
            kind if matters_to_forms(kind) && nothing => Code::PdfNotPermitted,
            ChangeKind::Signed => Code::PdfSignatureAdded,
            ChangeKind::SignedVisibly => Code::PdfSignatureShown,
            ChangeKind::FieldAdded => Code::PdfFieldAdded,
            ChangeKind::Filled if self.certified.is_some() => Code::PdfFilled,
            ChangeKind::Filled => Code::PdfFilledUnasked,
            ChangeKind::Annotated if self.certified == Some(3) => Code::PdfAnnotated,
            ChangeKind::Annotated => Code::PdfAnnotationChanged,
            ChangeKind::Overlaid => Code::PdfOverlaid,
            ChangeKind::Form => Code::PdfFormChanged,
            ChangeKind::Unsigned => Code::PdfSignatureChanged,
            ChangeKind::Appearance | ChangeKind::Font => Code::PdfShadowReplace,
            ChangeKind::Hidden => Code::PdfShadowHide,
            ChangeKind::Exchanged => Code::PdfShadowExchange,
            ChangeKind::Pages => Code::PdfPagesChanged,
            ChangeKind::Content => Code::PdfContentChanged,
            ChangeKind::Hybrid => Code::PdfAmbiguous,
            ChangeKind::Other => Code::PdfModified,
        }
    }
}

/// Whether permissions and locks have a say in it.
const fn matters_to_forms(kind: ChangeKind) -> bool {
    use ChangeKind::{FieldAdded, Filled, Signed, SignedVisibly};
    matches!(kind, FieldAdded | Filled | Signed | SignedVisibly)
}

/// The revision that a signature was made for.
pub(super) fn revision_of(signature: &Signature) -> usize {
    signature.byte_range.as_ref().map_or(signature.defined, |range| range.revision)
}
