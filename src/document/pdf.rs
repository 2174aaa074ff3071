//! Signed PDF (ISO 32000-2): revisions, objects, form fields, signatures, and what each revision changed.
//!
//! The file is read as it stands. A broken cross-reference is a fault and never repaired, because a reader that
//! repairs sees another document than one that does not, and signatures are forged in that gap. Nothing is
//! rendered, and no content stream is decoded.

mod byte_range;
mod change;
mod field;
mod filter;
mod hidden;
mod history;
mod lexer;
mod object;
mod parser;
mod signature;
mod store;
mod xref;

pub use self::byte_range::{ByteRange, ByteRangeFault};
pub use self::change::{Change, ChangeKind, changes};
pub use self::field::{Field, Form};
pub use self::history::Revision;
pub use self::object::{Dictionary, Object, Reference, Stream, Text};
pub use self::signature::{FieldLock, FieldNames, Signature, SignatureFault, signatures};
pub use self::store::{Pdf, Resolved};

use crate::budget::Exhausted;

/// What is wrong with a file, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at byte {offset}")]
pub struct Error {
    /// The rule that was broken.
    pub fault: Fault,
    /// Offset from the start of the file.
    pub offset: usize,
}

/// The rules that a file can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Different readers could see different documents.
    #[error("{0}")]
    Ambiguous(&'static str),
    /// The file is encrypted.
    #[error("the file is encrypted")]
    Encrypted,
    /// The budget is used up.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// A stream that holds structure cannot be decoded.
    #[error("{0}")]
    Filter(&'static str),
    /// The first line is not that of a PDF.
    #[error("{0}")]
    Header(&'static str),
    /// The document's tree is not built as it must be.
    #[error("{0}")]
    Structure(&'static str),
    /// A value or object is malformed.
    #[error("{0}")]
    Syntax(&'static str),
    /// A feature that licenses have no use for.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The cross-reference is broken.
    #[error("{0}")]
    Xref(&'static str),
}

impl Error {
    /// The same fault, at `offset`.
    const fn at(self, offset: usize) -> Self {
        Self { fault: self.fault, offset }
    }
}

impl From<Exhausted> for Error {
    fn from(exhausted: Exhausted) -> Self {
        Self { fault: Fault::Exhausted(exhausted), offset: 0 }
    }
}

/// A fault of the document's tree, which is at no one place.
const fn structure(what: &'static str) -> Error {
    Error { fault: Fault::Structure(what), offset: 0 }
}

#[cfg(test)]
mod tests;
