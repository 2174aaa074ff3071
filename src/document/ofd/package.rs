//! The package as a whole: OFD.xml, its documents, and digests of entries.

use std::collections::HashMap;

use super::Error;
use super::path::{Located, resolve};
use super::xml::{Element, Xml};
use crate::budget::Budget;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::document::zip::Archive;
use crate::sensitive::Sensitive;

/// The entry that every package begins with (GB/T 33190-2016 §7.4).
pub const ROOT: &str = "OFD.xml";

/// Documents in one package. Packages in the field hold one; each costs a walk over its parts.
const DOCUMENTS: usize = 64;

/// A package whose container is sound and whose OFD.xml has been read.
#[derive(Debug)]
pub struct Package<'a> {
    archive: Archive<'a>,
    digests: HashMap<(String, DigestAlgorithm), Digest>,
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
    /// The entry of the cover picture.
    pub cover: Option<String>,
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
        package.bodies = ofd.children("DocBody").map(|body| doc_body(&body)).collect::<Result<_, _>>()?;
        match package.bodies.len() {
            0 => Err(structure(ROOT, "there is no DocBody")),
            count if count > DOCUMENTS => Err(structure(ROOT, "there are more than 64 documents")),
            _ => Ok(package),
        }
    }

    /// The names of all files.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.archive.names()
    }

    /// Whether there is a file `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.archive.contains(name)
    }

    /// The contents of `name`, or `None` if there is no such file.
    pub fn read(&self, name: &str, budget: &mut Budget) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.archive.read(name, budget)?)
    }

    /// The contents of `name`, which must be there.
    pub fn required(&self, name: &str, budget: &mut Budget) -> Result<Vec<u8>, Error> {
        self.read(name, budget)?.ok_or_else(|| Error::Missing(name.to_owned()))
    }

    /// The digest of the contents of `name`, or `None` if there is no such file. Each is computed once.
    pub fn digest(
        &mut self,
        name: &str,
        algorithm: DigestAlgorithm,
        budget: &mut Budget,
    ) -> Result<Option<Digest>, Error> {
        if let Some(digest) = self.digests.get(&(name.to_owned(), algorithm)) {
            return Ok(Some(*digest));
        }
        let Some(contents) = self.read(name, budget)? else { return Ok(None) };
        let digest = algorithm.digest(&contents);
        self.digests.insert((name.to_owned(), algorithm), digest);
        Ok(Some(digest))
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

fn doc_body(body: &Element<'_, '_>) -> Result<DocBody, Error> {
    let repeated = |_| structure(ROOT, "an element of DocBody is repeated");
    let root = body.only("DocRoot").map_err(repeated)?.ok_or(structure(ROOT, "a DocBody has no DocRoot"))?;
    let root = locate(ROOT, &root.text())?;
    let signatures = match body.only("Signatures").map_err(repeated)? {
        Some(signatures) => Some(locate(ROOT, &signatures.text())?),
        None => None,
    };
    let versions: Vec<Located> = body
        .children("Versions")
        .flat_map(|versions| versions.children("Version"))
        .filter_map(|version| version.attribute("BaseLoc"))
        .map(|location| locate(ROOT, location))
        .collect::<Result<_, _>>()?;
    let cover = body.children("DocInfo").flat_map(|info| info.children("Cover")).next();
    let cover = cover.and_then(|cover| super::path::resolve(ROOT, &cover.text())).map(|cover| cover.entry);
    let custom = body
        .children("DocInfo")
        .flat_map(|info| info.children("CustomDatas"))
        .flat_map(|datas| datas.children("CustomData"))
        .filter_map(|data| {
            // Producers of real-estate certificates write the attribute in lower case.
            let name = data.attribute("Name").or_else(|| data.attribute("name"))?;
            Some((name.trim().to_owned(), Sensitive::new(data.text())))
        })
        .collect();
    let clean_paths =
        root.clean && signatures.as_ref().is_none_or(|one| one.clean) && versions.iter().all(|one| one.clean);
    Ok(DocBody {
        root: root.entry,
        signatures: signatures.map(|one| one.entry),
        versions: versions.into_iter().map(|one| one.entry).collect(),
        cover,
        custom,
        clean_paths,
    })
}
