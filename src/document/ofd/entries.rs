//! OFDEntries.xml (GM/T 0099-2020 §7.4): the list of a package's files against smuggling (防夹带).
//! It names files and has no digests of them; it is read here, its signature and truth are judged elsewhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Error;
use super::package::{Package, locate, parse, structure};
use crate::budget::Budget;

/// The list of entries.
#[derive(Clone, Debug)]
pub struct EntryList {
    /// The bytes of the list: what its signature is over.
    pub bytes: Arc<Vec<u8>>,
    /// The entry of the signature's value.
    pub value: String,
    /// The listed entries.
    pub listed: BTreeSet<String>,
    /// CreationDate as written.
    pub created: Option<String>,
}

impl EntryList {
    /// The entry of the list, in every package that has one.
    pub const ENTRY: &'static str = "OFDEntries.xml";

    /// Reads the list; `None` if the package has none.
    pub fn read(package: &Package<'_>, budget: &mut Budget) -> Result<Option<Self>, Error> {
        let fault = |fault| structure(Self::ENTRY, fault);
        let Some(bytes) = package.read(Self::ENTRY, budget)? else { return Ok(None) };
        let xml = parse(Self::ENTRY, &bytes, budget)?;
        let root = xml.root("DocEntries").ok_or(fault("the root element is not DocEntries"))?;
        let repeated = |_| fault("an element of DocEntries is repeated");
        let value =
            root.only("SignedValueLoc").map_err(repeated)?.ok_or(fault("there is no SignedValueLoc"))?;
        let value = locate(Self::ENTRY, &value.text())?.entry;
        let list = root.only("FileList").map_err(repeated)?.ok_or(fault("there is no FileList"))?;
        let mut listed = BTreeSet::new();
        for file in list.children("File") {
            budget.references(1)?;
            let location = file.attribute("FileLoc").ok_or(fault("a File has no FileLoc"))?;
            listed.insert(locate(Self::ENTRY, location)?.entry);
        }
        let created = root.attribute("CreationDate").map(str::to_owned);
        drop(xml);
        Ok(Some(Self { bytes, value, listed, created }))
    }
}
