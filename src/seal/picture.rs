//! The picture on a seal: whether it is what the seal says. Pictures are never drawn or decoded here.
//! One that is itself an OFD package is opened as a container under the same limits, and no deeper.

use crate::budget::Budget;
use crate::document::zip::{Archive, Error};
use crate::verdict::{Code, Reason};

const PLACE: &str = "seal/picture";

/// The formats that GM/T 0031 and GB/T 38540 name for pictures, and OFD, which tax seals have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Bmp,
    Gif,
    Jpeg,
    Ofd,
    Png,
}

impl Format {
    /// The format that a seal writes; `None` for others.
    fn stated(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "bmp" => Some(Self::Bmp),
            "gif" => Some(Self::Gif),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "ofd" => Some(Self::Ofd),
            "png" => Some(Self::Png),
            _ => None,
        }
    }

    /// The format by the first bytes of the file.
    const fn found(data: &[u8]) -> Option<Self> {
        match data {
            [b'B', b'M', ..] => Some(Self::Bmp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'P', b'K', 3, 4, ..] => Some(Self::Ofd),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            _ => None,
        }
    }
}

/// Judges the picture `data`, which the seal says is of `kind`. Whatever is found takes nothing from the seal.
pub(super) fn judge(kind: &str, data: &[u8], reasons: &mut Vec<Reason>, budget: &Budget) {
    let (stated, found) = (Format::stated(kind), Format::found(data));
    // Of a format that is not known here nothing can be said.
    if stated != found {
        reasons.push(Reason::new(Code::SealPictureType, PLACE).quoting(kind));
    }
    if found == Some(Format::Ofd) || (stated == Some(Format::Ofd) && found.is_none()) {
        match nested(data, budget) {
            Ok(None) => {}
            Ok(Some(entry)) => {
                reasons.push(Reason::new(Code::SealPictureNested, PLACE).with(format!("/{entry}")));
            }
            Err(fault) => reasons.push(Reason::new(Code::SealPictureUnreadable, PLACE).with(fault)),
        }
    }
}

/// Opens a picture that is a package; gives the first entry in it that holds a package or seal of its own.
fn nested(data: &[u8], budget: &Budget) -> Result<Option<String>, Unreadable> {
    let archive = Archive::open(data, budget)?;
    if !archive.contains("OFD.xml") {
        return Err(Unreadable::Root);
    }
    let deeper = |name: &&str| {
        let name = name.to_ascii_lowercase();
        name.ends_with(".ofd") || name.ends_with(".esl")
    };
    Ok(archive.names().find(deeper).map(str::to_owned))
}

/// Why a picture that is a package cannot be read.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error(transparent)]
    Container(#[from] Error),
    #[error("there is no OFD.xml")]
    Root,
}
