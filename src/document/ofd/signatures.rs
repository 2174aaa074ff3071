//! Signatures.xml and Signature.xml (GB/T 33190-2016 §18): what is said to be signed, how, and where the value is.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Error;
use super::package::{Package, locate, parse, structure};
use super::xml::Element;
use crate::budget::Budget;

/// Signatures.xml: the signatures of one document.
#[derive(Clone, Debug)]
pub struct SignatureList {
    /// The entry of Signatures.xml.
    pub entry: String,
    /// The signatures, in order.
    pub signatures: Vec<SignatureEntry>,
}

/// One row of Signatures.xml.
#[derive(Clone, Debug)]
pub struct SignatureEntry {
    /// The identifier as written.
    pub id: String,
    /// Whether a seal is promised: `Some(true)` for Type Seal, `None` if the type is not stated.
    pub seal: Option<bool>,
    /// The entry of Signature.xml.
    pub location: String,
    /// Whether the location is written as the standard says.
    pub clean_path: bool,
}

/// Signature.xml of one signature.
#[derive(Clone, Debug)]
pub struct SignatureDescription {
    /// The entry of Signature.xml.
    pub entry: String,
    /// The bytes of Signature.xml: what the signature is over.
    pub bytes: Arc<Vec<u8>>,
    /// SignatureMethod as written.
    pub method: Option<String>,
    /// SignatureDateTime as written; for display, since formats and zones vary.
    pub date_time: Option<String>,
    /// CheckMethod as written.
    pub check_method: Option<String>,
    /// What is signed.
    pub references: Vec<Reference>,
    /// The entry of the seal file, if one is named.
    pub seal: Option<String>,
    /// The entry of the signature's value.
    pub value: String,
    /// Whether every location is written as the standard says.
    pub clean_paths: bool,
}

/// One signed entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The entry.
    pub entry: String,
    /// The digest; `None` if it is not base64.
    pub digest: Option<Vec<u8>>,
}

impl SignatureList {
    /// Reads the list in `entry`.
    pub fn read(package: &Package<'_>, entry: &str, budget: &mut Budget) -> Result<Self, Error> {
        let bytes = package.required(entry, budget)?;
        let xml = parse(entry, &bytes, budget)?;
        let root = xml.root("Signatures").ok_or(structure(entry, "the root element is not Signatures"))?;
        let mut signatures = Vec::new();
        for row in root.children("Signature") {
            budget.signature()?;
            let location = row.attribute("BaseLoc").ok_or(structure(entry, "a Signature has no BaseLoc"))?;
            let located = locate(entry, location)?;
            signatures.push(SignatureEntry {
                id: row.attribute("ID").unwrap_or_default().to_owned(),
                seal: row.attribute("Type").map(|kind| kind == "Seal"),
                location: located.entry,
                clean_path: located.clean,
            });
        }
        Ok(Self { entry: entry.to_owned(), signatures })
    }

    /// The first identifier, or else the first location, that two signatures of the list have. The schema has
    /// identifiers as `xs:ID`, which are unique.
    pub fn repeated(&self) -> Option<&str> {
        let rows = self.signatures.iter();
        // Left out is not repeated.
        let identifiers = rows.clone().map(|row| row.id.trim()).filter(|id| !id.is_empty());
        first_repeated(identifiers).or_else(|| first_repeated(rows.map(|row| row.location.as_str())))
    }
}

fn first_repeated<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = BTreeSet::new();
    values.find(|value| !seen.insert(*value))
}

impl SignatureDescription {
    /// Reads the description in `entry`.
    pub fn read(package: &Package<'_>, entry: &str, budget: &mut Budget) -> Result<Self, Error> {
        let bytes = package.required(entry, budget)?;
        let xml = parse(entry, &bytes, budget)?;
        let root = xml.root("Signature").ok_or(structure(entry, "the root element is not Signature"))?;
        let info = single(entry, &root, "SignedInfo")?.ok_or(structure(entry, "there is no SignedInfo"))?;
        let value =
            single(entry, &root, "SignedValue")?.ok_or(structure(entry, "there is no SignedValue"))?;
        let value = locate(entry, &value.text())?;
        let mut clean_paths = value.clean;
        let seal = match single(entry, &info, "Seal")? {
            Some(seal) => {
                let location =
                    single(entry, &seal, "BaseLoc")?.ok_or(structure(entry, "a Seal has no BaseLoc"))?;
                let located = locate(entry, &location.text())?;
                clean_paths &= located.clean;
                Some(located.entry)
            }
            None => None,
        };
        let references = single(entry, &info, "References")?;
        let mut description = Self {
            entry: entry.to_owned(),
            bytes: Arc::default(),
            method: single(entry, &info, "SignatureMethod")?.map(|method| method.text()),
            date_time: single(entry, &info, "SignatureDateTime")?.map(|time| time.text()),
            check_method: references
                .and_then(|references| references.attribute("CheckMethod"))
                .map(|method| method.trim().to_owned()),
            references: Vec::new(),
            seal,
            value: value.entry,
            clean_paths,
        };
        for reference in references.iter().flat_map(|references| references.children("Reference")) {
            budget.references(1)?;
            let (reference, clean) = read_reference(entry, &reference)?;
            description.clean_paths &= clean;
            description.references.push(reference);
        }
        drop(xml);
        description.bytes = bytes;
        Ok(description)
    }
}

fn read_reference(entry: &str, reference: &Element<'_, '_>) -> Result<(Reference, bool), Error> {
    let file = reference.attribute("FileRef").ok_or(structure(entry, "a Reference has no FileRef"))?;
    let value =
        single(entry, reference, "CheckValue")?.ok_or(structure(entry, "a Reference has no CheckValue"))?;
    // The standard wants absolute paths here; relative ones are taken from the package's root as writers mean them.
    let absolute = file.trim_start().starts_with('/');
    let located = locate("", file)?;
    let text: String = value.text().split_ascii_whitespace().collect();
    let digest = STANDARD.decode(text).ok();
    Ok((Reference { entry: located.entry, digest }, located.clean && absolute))
}

fn single<'x, 'a>(
    entry: &str,
    parent: &Element<'x, 'a>,
    name: &'static str,
) -> Result<Option<Element<'x, 'a>>, Error> {
    parent.only(name).map_err(|_| structure(entry, "an element that may stand once is repeated"))
}
