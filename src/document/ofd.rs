//! OFD packages (GB/T 33190-2016): what the package contains, what each document uses, and which signatures it lists.
//! It reads structure and digests entries; it checks no signature.

mod entries;
mod package;
mod path;
mod reach;
mod signatures;
mod tags;
mod xml;

pub use self::entries::EntryList;
pub use self::package::{DocBody, Package, ROOT};
pub use self::path::{Located, resolve};
pub use self::reach::{Reach, reachable};
pub use self::signatures::{Reference, SignatureDescription, SignatureEntry, SignatureList};
pub use self::tags::{TagFault, Tagged, Tags};
pub use self::xml::{Fault as XmlFault, Xml};

use crate::budget::Exhausted;
use crate::document::zip;

/// Why a package or one of its parts cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The container is refused.
    #[error(transparent)]
    Container(#[from] zip::Error),
    /// The budget is used up.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// A part that must be there is not.
    #[error("`{0}` is not in the container")]
    Missing(String),
    /// A part does not have the structure of OFD.
    #[error("`{entry}`: {fault}")]
    Structure {
        /// The part.
        entry: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// A part is not well-formed XML.
    #[error("`{entry}`: {fault}")]
    Xml {
        /// The part.
        entry: String,
        /// What is wrong.
        fault: XmlFault,
    },
}
