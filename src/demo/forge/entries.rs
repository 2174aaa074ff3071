//! The signed list of a package's files that GM/T 0099-2020 §7.4 has against smuggling (防夹带).
//! It names the files and has no digests of them, so it complements signatures and replaces none.

use super::xml::Element;
use super::{Cms, Encoding, Error, Flavor, Identity, Package};
use crate::clock::Timestamp;

/// Adds `OFDEntries.xml` over all files of `package` and its SignedData by `signer`.
pub fn list_entries(package: &mut Package, signer: &Identity, at: Timestamp) -> Result<(), Error> {
    let files = (2_u32..).zip(&package.entries).map(|(id, entry)| {
        Element::new("File").attribute("ID", id).attribute("FileLoc", format!("/{}", entry.name))
    });
    let list = Element::new("DocEntries")
        .attribute("ID", 1)
        .attribute("CreatorName", "tongban-forge")
        .attribute("Version", env!("CARGO_PKG_VERSION"))
        .attribute("CreationDate", at.china_date())
        .child(Element::with_text("SignedValueLoc", "/signedvalue.dat"))
        .child(Element::new("FileList").children(files))
        .to_file();
    let value = Cms::new(Flavor::EnclosedDigest, Encoding::Der, signer, at, list.as_bytes())?.to_bytes()?;
    package.put("OFDEntries.xml", list);
    package.put("signedvalue.dat", value);
    Ok(())
}
