//! The three layouts of seals and seal signatures.

use crate::verdict::SignatureKind;

/// Which standard's structure a seal or signature has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// GM/T 0031-2014.
    Gmt2014,
    /// GB/T 38540-2020.
    Gbt2020,
    /// GM/T 0031-2025: as of 2020, with a timestamp on the seal.
    Gmt2025,
}

impl Layout {
    /// The version that the layout's seals state. Those of 2014 write several.
    pub const fn version(self) -> Option<u64> {
        match self {
            Self::Gmt2014 => None,
            Self::Gbt2020 => Some(4),
            Self::Gmt2025 => Some(5),
        }
    }

    /// The kind of signature that has this layout.
    pub const fn kind(self) -> SignatureKind {
        match self {
            Self::Gmt2014 => SignatureKind::Ses2014,
            Self::Gbt2020 => SignatureKind::Ses2020,
            Self::Gmt2025 => SignatureKind::Ses2025,
        }
    }
}
