//! Changes of trailer and catalog: what may grow there after signing, and all else, which may not.

use super::ChangeKind;
use super::compare::{Comparison, Path, TRAILER};
use crate::document::pdf::Error;
use crate::document::pdf::field::Form;
use crate::document::pdf::object::{Dictionary, Object};

/// Keys of a trailer that are about the file and not the document; the second line is of cross-reference streams.
const OF_THE_FILE: [&str; 12] = [
    "Size",
    "Prev",
    "XRefStm",
    "Root",
    "Info",
    "ID",
    "Type",
    "W",
    "Index",
    "Length",
    "Filter",
    "DecodeParms",
];

/// Keys of the catalog that are compared in their own way.
const OWN_WAY: [&str; 7] = ["Pages", "AcroForm", "DSS", "Extensions", "Metadata", "Version", "MarkInfo"];

/// Keys of a developer extension (§7.12.2, table 49).
const EXTENSION: [&str; 5] = ["Type", "BaseVersion", "ExtensionLevel", "ExtensionRevision", "URL"];

/// Lists of streams in a security store and in the entries of its VRI (§12.8.4.3, tables 261 and 262).
const STORE: [&str; 3] = ["Certs", "CRLs", "OCSPs"];
const ENTRY: [&str; 3] = ["Cert", "CRL", "OCSP"];

impl Comparison<'_, '_, '_> {
    /// Compares the documents whole.
    pub(super) fn documents(&mut self, forms: (&Form, &Form)) -> Result<(), Error> {
        let (old, new) = (self.pdf.trailer(self.old)?.clone(), self.pdf.trailer(self.new)?.clone());
        let root = self.step(TRAILER, "Root");
        let (old_root, new_root) = (old.get("Root").reference(), new.get("Root").reference());
        if old_root != new_root {
            let kept = new_root.is_some_and(|root| !self.is_fresh(root));
            let kind = if kept { ChangeKind::Exchanged } else { ChangeKind::Other };
            self.difference(Some(kind), root);
            return Ok(());
        }
        let (old_catalog, new_catalog) =
            (self.pdf.catalog(self.old, self.budget)?, self.pdf.catalog(self.new, self.budget)?);
        let none = Dictionary::default();
        let (old_catalog, new_catalog) =
            (old_catalog.dictionary().unwrap_or(&none), new_catalog.dictionary().unwrap_or(&none));
        self.set_apart(old_catalog, new_catalog, forms)?;

        self.dictionaries(&old, &new, &OF_THE_FILE, TRAILER)?;
        self.identifiers(old.get("ID"), new.get("ID"))?;
        self.information(&old, &new)?;
        self.dictionaries(old_catalog, new_catalog, &OWN_WAY, root)?;
        self.settings(old_catalog, new_catalog, root)?;
        self.store(old_catalog.get("DSS"), new_catalog.get("DSS"), root)?;
        self.pages(old_catalog.get("Pages"), new_catalog.get("Pages"), forms, root)?;
        self.forms(forms, root)?;
        self.settle()
    }

    /// The first identifier stays for good (§14.4).
    fn identifiers(&mut self, old: &Object, new: &Object) -> Result<(), Error> {
        let (old, new) = (self.before(old)?, self.after(new)?);
        let first = |object: &Object| object.array().and_then(|both| both.first().cloned());
        if let Some(old) = first(&old)
            && first(&new) != Some(old)
        {
            self.change(ChangeKind::Other, "ID".to_owned());
        }
        Ok(())
    }

    /// Info may change; its values are no more than text about the document (§14.3.3).
    fn information(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), Error> {
        if new.get("Info").is_null() || !self.differ(old.get("Info"), new.get("Info"))? {
            return Ok(());
        }
        let new = self.after(new.get("Info"))?;
        let plain = new.dictionary().is_some_and(|info| {
            info.iter().all(|(_, value)| !matches!(value, Object::Array(_) | Object::Stream(_)))
        });
        self.change(if plain { ChangeKind::Metadata } else { ChangeKind::Other }, "Info".to_owned());
        Ok(())
    }

    /// Metadata, version, extensions and marks, which say something about the document and show nothing.
    fn settings(&mut self, old: &Dictionary, new: &Dictionary, root: Path) -> Result<(), Error> {
        for key in ["Metadata", "Version", "Extensions", "MarkInfo"] {
            if !self.differ(old.get(key), new.get(key))? {
                continue;
            }
            let value = self.after(new.get(key))?;
            let sound = match (key, &*value) {
                ("Metadata", Object::Stream(stream)) => stream.dictionary.get("Subtype").is_name("XML"),
                ("Version", Object::Name(_)) => true,
                ("Extensions", Object::Dictionary(extensions)) => self.are_extensions(extensions)?,
                ("MarkInfo", Object::Dictionary(marks)) => {
                    marks.iter().all(|(_, mark)| matches!(mark, Object::Boolean(_)))
                }
                _ => false,
            };
            let step = self.step(root, key);
            self.difference(Some(if sound { ChangeKind::Metadata } else { ChangeKind::Other }), step);
        }
        Ok(())
    }

    fn are_extensions(&mut self, extensions: &Dictionary) -> Result<bool, Error> {
        for (key, extension) in extensions.iter() {
            if key == b"Type" {
                continue;
            }
            let extension = self.after(extension)?;
            let several = std::slice::from_ref(&*extension);
            for one in extension.array().unwrap_or(several) {
                self.charge(1)?;
                let one = self.after(one)?;
                let sound = one.dictionary().is_some_and(|one| {
                    one.iter().all(|(key, value)| {
                        let known = EXTENSION.iter().any(|known| known.as_bytes() == key);
                        known && matches!(value, Object::Name(_) | Object::Integer(_) | Object::String(_))
                    })
                });
                if !sound {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// A security store may grow and drop what is out of date; what it holds for one signature stays (EN 319 142-1
    /// §5.4.2).
    fn store(&mut self, old: &Object, new: &Object, root: Path) -> Result<(), Error> {
        if !self.differ(old, new)? {
            return Ok(());
        }
        let step = self.step(root, "DSS");
        let (old, new) = (self.before(old)?, self.after(new)?);
        let none = Dictionary::default();
        let old = old.dictionary().unwrap_or(&none);
        let sound = match &*new {
            Object::Dictionary(new) => {
                let plain = self.is_store(new, &STORE, &["Type", "VRI"])?;
                plain && self.keeps_entries(old.get("VRI"), new.get("VRI"))?
            }
            _ => false,
        };
        self.difference(Some(if sound { ChangeKind::SecurityStore } else { ChangeKind::Other }), step);
        Ok(())
    }

    /// Whether a dictionary holds lists of streams under `lists`, and nothing but them and `others`.
    fn is_store(&mut self, store: &Dictionary, lists: &[&str], others: &[&str]) -> Result<bool, Error> {
        for (key, value) in store.iter() {
            let is = |known: &&&str| known.as_bytes() == key;
            if others.iter().any(|known| is(&known)) {
                continue;
            }
            if !lists.iter().any(|known| is(&known)) {
                return Ok(false);
            }
            let list = self.after(value)?;
            let Some(list) = list.array() else { return Ok(false) };
            self.charge(list.len())?;
            for stream in list {
                if !matches!(&*self.after(stream)?, Object::Stream(_)) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn keeps_entries(&mut self, old: &Object, new: &Object) -> Result<bool, Error> {
        let (old, new) = (self.before(old)?, self.after(new)?);
        let none = Dictionary::default();
        let old = old.dictionary().unwrap_or(&none);
        let Some(new) = new.dictionary() else { return Ok(old.iter().next().is_none() && new.is_null()) };
        for (key, entry) in old.iter() {
            if self.differ(entry, new.of(key))? {
                return Ok(false);
            }
        }
        for (key, entry) in new.iter().filter(|(key, _)| *key != b"Type") {
            // A key is the SHA-1 of a signature's value in hexadecimal.
            let named = key.len() == 40 && key.iter().all(u8::is_ascii_hexdigit);
            self.charge(1)?;
            let entry = self.after(entry)?;
            let Some(entry) = entry.dictionary().filter(|_| named) else { return Ok(false) };
            if !self.is_store(entry, &ENTRY, &["Type", "TU", "TS"])? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
