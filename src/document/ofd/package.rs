//! The package as a whole: OFD.xml, its documents, and digests of entries.

use std::collections::HashMap;
use std::sync::Arc;

use super::Error;
use super::path::{Located, resolve};
use super::xml::{Element, Xml};
use crate::budget::{Budget, Resource, within};
use crate::crypto::{Digest, DigestAlgorithm};
use crate::document::zip::{Archive, KnownEntries};
use crate::sensitive::Sensitive;

/// The entry that every package begins with (GB/T 33190-2016 §7.4).
pub const ROOT: &str = "OFD.xml";

/// A package whose container is sound and whose OFD.xml has been read.
#[derive(Debug)]
pub struct Package<'a> {
    archive: Archive<'a>,
    digests: HashMap<(&'a str, DigestAlgorithm), Digest>,
    /// The documents, in the order of OFD.xml.
    pub bodies: Vec<DocBody>,
}

/// One document of a package (DocBody).
#[derive(Clone, Debug, Default)]
pub struct DocBody {
    /// The entry of Document.xml.
    pub root: String,
    /// The entry of Signatures.xml, if the document lists signatures.
    pub signatures: Option<String>,
    /// Entries of alternative versions of the document.
    pub versions: Vec<String>,
    /// The entry of the cover picture; there should be at most one.
    pub covers: Vec<String>,
    /// Name and value of each CustomData, in order.
    pub custom: Vec<(String, Sensitive<String>)>,
    /// Whether every location is written as the standard says.
    pub clean_paths: bool,
}

impl<'a> Package<'a> {
    /// Opens the container in `file` and reads OFD.xml.
    pub fn open(file: &'a [u8], budget: &mut Budget) -> Result<Self, Error> {
        let archive = Archive::open(file, budget)?;
        let mut package = Self { archive, digests: HashMap::new(), bodies: Vec::new() };
        let root = package.required(ROOT, budget)?;
        let xml = parse(ROOT, &root, budget)?;
        let ofd = xml.root("OFD").ok_or(structure(ROOT, "the root element is not OFD"))?;
        let documents = ofd.children("DocBody").count() as u64;
        within(documents, u64::from(budget.limits().documents), Resource::Documents)?;
        let bodies = ofd.children("DocBody").map(|body| doc_body(&body, budget));
        package.bodies = bodies.collect::<Result<_, _>>()?;
        // OFD.xml is what signatures leave open most, and decides what is shown: nothing in it may lead some readers
        // to another document, be it in a foreign namespace or in a place where only a search by name finds it.
        let count = |name| xml.elements().filter(|element| element.name() == name).count();
        let signed = package.bodies.iter().filter(|body| body.signatures.is_some()).count();
        let bodies = package.bodies.len();
        if (count("DocBody"), count("DocRoot"), count("Signatures")) != (bodies, bodies, signed) {
            return Err(structure(ROOT, "an element of DocBody stands where only some readers look"));
        }
        if bodies == 0 { Err(structure(ROOT, "there is no DocBody")) } else { Ok(package) }
    }

    /// The names of all files.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.archive.names()
    }

    /// Whether there is a file `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.archive.contains(name)
    }

    /// The package's own copy of `name`, which costs nothing to keep; `None` if there is no such file.
    pub fn name(&self, name: &str) -> Option<&'a str> {
        self.archive.name(name)
    }

    /// The contents of `name`, or `None` if there is no such file.
    pub fn read(&self, name: &str, budget: &mut Budget) -> Result<Option<Arc<Vec<u8>>>, Error> {
        Ok(self.archive.read(name, budget)?)
    }

    /// The contents of `name`, which comes with many packages: as they are `known`, if they are.
    pub fn read_lasting(
        &self,
        name: &str,
        known: Option<&KnownEntries>,
        budget: &mut Budget,
    ) -> Result<Option<Arc<Vec<u8>>>, Error> {
        if let Some(known) = known {
            self.archive.recall(name, known);
        }
        self.read(name, budget)
    }

    /// Lets the contents of `name`, which were read and are these, be known from now on.
    pub fn remember(&self, name: &str, contents: Arc<Vec<u8>>, known: &KnownEntries) {
        self.archive.remember(name, contents, known);
    }

    /// The contents of `name`, which must be there.
    pub fn required(&self, name: &str, budget: &mut Budget) -> Result<Arc<Vec<u8>>, Error> {
        self.read(name, budget)?.ok_or_else(|| Error::Missing(name.to_owned()))
    }

    /// Whether the contents of `name` have the digest `expected`; `None` if there is no such file. A file's digest is found once,
    /// or presumed once, for all who ask. What is `lasting` comes with many packages.
    pub fn has_digest(
        &mut self,
        name: &str,
        algorithm: DigestAlgorithm,
        expected: Option<&[u8]>,
        lasting: bool,
        budget: &mut Budget,
    ) -> Result<Option<bool>, Error> {
        let Some(name) = self.name(name) else { return Ok(None) };
        if let Some(digest) = self.digests.get(&(name, algorithm)) {
            return Ok(Some(expected == Some(digest.as_ref())));
        }
        let contents = self.required(name, budget)?;
        let checks = budget.checks_mut();
        let found = match (expected, lasting) {
            (Some(expected), true) => checks.has_digest_lasting(algorithm, &contents, expected),
            (Some(expected), false) => checks.has_digest(algorithm, &contents, expected),
            (None, _) => false,
        };
        let fitting = expected.filter(|_| found).and_then(|expected| algorithm.received(expected));
        let digest = fitting.unwrap_or_else(|| algorithm.digest(&contents));
        self.digests.insert((name, algorithm), digest);
        Ok(Some(found))
    }
}

/// Parses the XML of `entry`.
pub(super) fn parse<'x>(entry: &str, bytes: &'x [u8], budget: &mut Budget) -> Result<Xml<'x>, Error> {
    Xml::parse(bytes, budget).map_err(|fault| match fault {
        super::XmlFault::Exhausted(exhausted) => Error::Exhausted(exhausted),
        fault => Error::Xml { entry: entry.to_owned(), fault },
    })
}

pub(super) fn structure(entry: &str, fault: &'static str) -> Error {
    Error::Structure { entry: entry.to_owned(), fault }
}

/// Resolves a location that must stay inside the package.
pub(super) fn locate(from: &str, location: &str) -> Result<Located, Error> {
    resolve(from, location).ok_or(structure(from, "a location is empty or leaves the package"))
}

/// Resolves a location that is the text of `element`.
fn locate_text(from: &str, element: &Element<'_, '_>) -> Result<Located, Error> {
    let text = element.plain_text().ok_or(structure(from, "a location is not plain text"))?;
    locate(from, &text)
}

fn doc_body(body: &Element<'_, '_>, budget: &mut Budget) -> Result<DocBody, Error> {
    let repeated = |_| structure(ROOT, "an element of DocBody is repeated");
    let root = body.only("DocRoot").map_err(repeated)?.ok_or(structure(ROOT, "a DocBody has no DocRoot"))?;
    let root = locate_text(ROOT, &root)?;
    let signatures = match body.only("Signatures").map_err(repeated)? {
        Some(signatures) => Some(locate_text(ROOT, &signatures)?),
        None => None,
    };
    let versions: Vec<Located> = body
        .children("Versions")
        .flat_map(|versions| versions.children("Version"))
        .filter_map(|version| version.attribute("BaseLoc"))
        .map(|location| locate(ROOT, location))
        .collect::<Result<_, _>>()?;
    let covers = body.children("DocInfo").flat_map(|info| info.children("Cover"));
    let covers =
        covers.filter_map(|cover| super::path::resolve(ROOT, &cover.text())).map(|cover| cover.entry);
    let datas = body.children("DocInfo").flat_map(|info| info.children("CustomDatas"));
    let mut custom = Vec::new();
    for data in datas.flat_map(|datas| datas.children("CustomData")) {
        // Producers of real-estate certificates write the attribute in lower case.
        let Some(name) = data.attribute("Name").or_else(|| data.attribute("name")) else { continue };
        let value = data.text();
        budget.references(1)?;
        budget.data(name.len() as u64 + value.len() as u64)?;
        custom.push((name.trim().to_owned(), Sensitive::new(value)));
    }
    let clean_paths =
        root.clean && signatures.as_ref().is_none_or(|one| one.clean) && versions.iter().all(|one| one.clean);
    Ok(DocBody {
        root: root.entry,
        signatures: signatures.map(|one| one.entry),
        versions: versions.into_iter().map(|one| one.entry).collect(),
        covers: covers.collect(),
        custom,
        clean_paths,
    })
}
