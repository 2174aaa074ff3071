//! Signs a package: adds a signature's files (GB/T 33190-2016 §18) in steps that can be entered anywhere.
//! `sign` does all of them; a test that wants something else plans, changes the plan, and commits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::xml::Element;
use super::{Boundary, Cms, Encoding, Error, Flavor, Identity, Package, Seal, Statement, timestamp};
use crate::asn1::format_generalized;
use crate::clock::Timestamp;
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};

/// How the signature value is made.
#[derive(Clone, Copy, Debug)]
pub enum Method<'a> {
    /// An SES_Signature with a seal, in the seal's layout.
    Seal(&'a Seal),
    /// A SignedData of GB/T 35275.
    Cms(Flavor, Encoding),
    /// The bare SM2 signature over Signature.xml.
    Bare,
}

/// Which files of the package a signature lists. The list of signatures and the signature's own value never count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All that are there, earlier signatures and the seal's file included.
    Everything,
    /// All but these.
    Except(Vec<String>),
    /// These alone.
    Only(Vec<String>),
}

/// Where a seal's picture appears.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// Which page of the document, from 0.
    pub page: usize,
    /// Where on the page.
    pub boundary: Boundary,
    /// The visible part, relative to the boundary, as a seal across page edges (骑缝章) needs.
    pub clip: Option<Boundary>,
}

/// The software that says it made the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// ProviderName.
    pub name: String,
    /// Company.
    pub company: String,
    /// Version.
    pub version: String,
}

/// How a signature is to be made.
#[derive(Clone, Debug)]
pub struct Signing<'a> {
    /// Which document of the package, from 0.
    pub document: usize,
    /// Who signs.
    pub signer: &'a Identity,
    /// What the value is.
    pub method: Method<'a>,
    /// When.
    pub at: Timestamp,
    /// Which files are signed.
    pub coverage: Coverage,
    /// Whether the list of signatures is signed too, which forbids later signatures.
    pub locked: bool,
    /// The algorithm of the references' digests.
    pub digest: DigestAlgorithm,
    /// Where the seal appears.
    pub stamps: Vec<Stamp>,
    /// Who proves the time; a bare value has no place for the proof.
    pub timestamper: Option<&'a Identity>,
}

/// One signed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The file, as the signature writes it: from the package's root, with a leading `/`.
    pub path: String,
    /// Its digest.
    pub digest: Vec<u8>,
}

/// A signature that is listed in the package and not yet made. Every part may be changed.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    signing: &'a Signing<'a>,
    /// The identifier in the list of signatures.
    pub id: String,
    /// The signature's directory, such as `Doc_0/Signs/Sign_0`.
    pub directory: String,
    /// Provider.
    pub provider: Provider,
    /// SignatureMethod.
    pub signature_method: String,
    /// SignatureDateTime, which nothing but the eye takes for the time.
    pub date_time: String,
    /// CheckMethod; none leaves the attribute out.
    pub check_method: Option<String>,
    /// The signed files.
    pub references: Vec<Reference>,
    /// Identifier, page identifier and place of each appearance.
    pub stamps: Vec<(String, String, Stamp)>,
}

/// A signature that stands in the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The identifier in the list of signatures.
    pub id: String,
    /// The signature's directory, such as `Doc_0/Signs/Sign_0`.
    pub directory: String,
}

impl<'a> Signing<'a> {
    /// A signature by `signer` over the first document, covering everything, leaving the list open.
    pub const fn new(signer: &'a Identity, method: Method<'a>, at: Timestamp) -> Self {
        Self {
            document: 0,
            signer,
            method,
            at,
            coverage: Coverage::Everything,
            locked: false,
            digest: DigestAlgorithm::Sm3,
            stamps: Vec::new(),
            timestamper: None,
        }
    }

    /// The same with the seal shown on the first page.
    #[must_use]
    pub fn stamped(mut self, boundary: Boundary) -> Self {
        self.stamps.push(Stamp { page: 0, boundary, clip: None });
        self
    }

    /// Adds the signature to `package`.
    pub fn sign(&self, package: &mut Package) -> Result<Signed, Error> {
        let plan = self.plan(package)?;
        let xml = plan.to_xml();
        let value = plan.value(&xml)?;
        Ok(plan.commit(package, xml, value))
    }

    /// Lists the signature in `package`, adds its seal, and computes what it covers.
    pub fn plan(&'a self, package: &mut Package) -> Result<Plan<'a>, Error> {
        let directory = format!("Doc_{}/Signs", self.document);
        let list = format!("{directory}/Signatures.xml");
        declare(package, self.document, &list)?;
        let listed = list_signature(package, &list, &directory, self)?;
        let directory = format!("{directory}/Sign_{}", listed.index);
        if let Method::Seal(seal) = self.method {
            package.put(&format!("{directory}/Seal.esl"), seal.der.clone());
        }
        let pages = format!("Doc_{}/Document.xml", self.document);
        let mut stamps = Vec::new();
        for (number, stamp) in (listed.first_stamp..).zip(&self.stamps) {
            stamps.push((identifier(number), page_id(package.text(&pages)?, stamp.page)?, stamp.clone()));
        }
        Ok(Plan {
            signing: self,
            id: listed.id,
            references: self.references(package, &list),
            directory,
            provider: Provider {
                name: "tongban-forge".to_owned(),
                company: "Tongban".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            signature_method: SignatureAlgorithm::Sm2Sm3.oid().to_owned(),
            date_time: format_generalized(self.at).ok_or(Error::Time(self.at))?,
            check_method: Some(self.digest.oid().to_owned()),
            stamps,
        })
    }

    fn references(&self, package: &Package, list: &str) -> Vec<Reference> {
        let covered = |name: &String| match &self.coverage {
            _ if name == list => self.locked,
            Coverage::Everything => true,
            Coverage::Except(names) => !names.contains(name),
            Coverage::Only(names) => names.contains(name),
        };
        let reference = |name: &str, content: &[u8]| Reference {
            path: format!("/{name}"),
            digest: self.digest.digest(content).as_ref().to_vec(),
        };
        let covered = package.entries.iter().filter(|entry| covered(&entry.name));
        covered.map(|entry| reference(&entry.name, &entry.content)).collect()
    }
}

impl Plan<'_> {
    /// The path of Signature.xml, without a leading `/`.
    pub fn signature_path(&self) -> String {
        format!("{}/Signature.xml", self.directory)
    }

    /// The path of the signature value, without a leading `/`.
    pub fn value_path(&self) -> String {
        format!("{}/SignedValue.dat", self.directory)
    }

    /// Signature.xml.
    pub fn to_xml(&self) -> Vec<u8> {
        let provider = Element::new("Provider")
            .attribute("ProviderName", &self.provider.name)
            .attribute("Company", &self.provider.company)
            .attribute("Version", &self.provider.version);
        let mut references = Element::new("References");
        if let Some(method) = &self.check_method {
            references = references.attribute("CheckMethod", method);
        }
        let references = references.children(self.references.iter().map(|reference| {
            Element::new("Reference")
                .attribute("FileRef", &reference.path)
                .child(Element::with_text("CheckValue", &STANDARD.encode(&reference.digest)))
        }));
        let stamps = self.stamps.iter().map(|(id, page, stamp)| {
            let element = Element::new("StampAnnot")
                .attribute("ID", id)
                .attribute("PageRef", page)
                .attribute("Boundary", stamp.boundary);
            match stamp.clip {
                Some(clip) => element.attribute("Clip", clip),
                None => element,
            }
        });
        let seal = matches!(self.signing.method, Method::Seal(_)).then(|| {
            Element::new("Seal")
                .child(Element::with_text("BaseLoc", &format!("/{}/Seal.esl", self.directory)))
        });
        let info = Element::new("SignedInfo")
            .child(provider)
            .child(Element::with_text("SignatureMethod", &self.signature_method))
            .child(Element::with_text("SignatureDateTime", &self.date_time))
            .child(references)
            .children(stamps)
            .children(seal);
        let root = Element::new("Signature")
            .child(info)
            .child(Element::with_text("SignedValue", &format!("/{}", self.value_path())));
        root.to_file().into_bytes()
    }

    /// What the signer states about `xml`; none if the signature has no seal.
    pub fn statement(&self, xml: &[u8]) -> Result<Option<Statement>, Error> {
        let Method::Seal(seal) = self.signing.method else { return Ok(None) };
        let property = format!("/{}", self.signature_path());
        Statement::new(seal, self.signing.signer, self.signing.at, xml, &property).map(Some)
    }

    /// The signature value over `xml`.
    pub fn value(&self, xml: &[u8]) -> Result<Vec<u8>, Error> {
        let signer = self.signing.signer;
        if let Some(statement) = self.statement(xml)? {
            return match self.signing.timestamper {
                Some(timestamper) => statement.sign_with_timestamp(signer, timestamper, self.signing.at),
                None => statement.sign(signer),
            };
        }
        match self.signing.method {
            Method::Cms(flavor, encoding) => {
                let mut cms = Cms::new(flavor, encoding, signer, self.signing.at, xml)?;
                if let Some(timestamper) = self.signing.timestamper {
                    let token = timestamp(timestamper, self.signing.at, &cms.signature()?)?;
                    cms.attach(&[token])?;
                }
                cms.to_bytes()
            }
            Method::Seal(_) | Method::Bare => Ok(signer.key().sign(xml)?),
        }
    }

    /// Puts Signature.xml and the value into `package`, whatever they are.
    pub fn commit(self, package: &mut Package, xml: Vec<u8>, value: Vec<u8>) -> Signed {
        package.put(&self.signature_path(), xml);
        package.put(&self.value_path(), value);
        Signed { id: self.id, directory: self.directory }
    }
}

/// Makes OFD.xml point to the document's list of signatures, if it does not yet.
fn declare(package: &mut Package, document: usize, list: &str) -> Result<(), Error> {
    const ROOT: &str = "OFD.xml";
    const END: &str = "</ofd:DocBody>";
    let text = package.text(ROOT)?;
    let mut bodies: Vec<String> = text.split_inclusive(END).map(str::to_owned).collect();
    let body = bodies.get_mut(document).filter(|body| body.ends_with(END));
    let body = body.ok_or(Error::Document(document))?;
    if !body.contains("<ofd:Signatures>") {
        let location = Element::with_text("Signatures", &format!("/{list}")).to_fragment();
        *body = body.replace(END, &format!("{location}{END}"));
        package.put(ROOT, bodies.concat());
    }
    Ok(())
}

struct Listed {
    id: String,
    index: usize,
    first_stamp: u32,
}

/// Adds the signature to the list; it takes one identifier, and each of its stamps one more.
fn list_signature(
    package: &mut Package,
    list: &str,
    directory: &str,
    signing: &Signing<'_>,
) -> Result<Listed, Error> {
    const END: &str = "</ofd:Signatures>";
    let structure = || Error::Structure(list.to_owned());
    if package.get(list).is_none() {
        let empty = Element::new("Signatures").child(Element::with_text("MaxSignId", &identifier(0)));
        package.put(list, empty.to_file());
    }
    let text = package.text(list)?;
    let last = text
        .split_once("<ofd:MaxSignId>s")
        .and_then(|(_, rest)| rest.split_once("</ofd:MaxSignId>"))
        .and_then(|(number, _)| number.parse::<u32>().ok())
        .ok_or_else(structure)?;
    let index = text.matches("<ofd:Signature ").count();
    let own = last + 1;
    let id = identifier(own);
    let next = own + u32::try_from(signing.stamps.len()).map_err(|_| Error::TooLarge)?;
    let kind = if matches!(signing.method, Method::Seal(_)) { "Seal" } else { "Sign" };
    let signature = Element::new("Signature")
        .attribute("ID", &id)
        .attribute("Type", kind)
        .attribute("BaseLoc", format!("/{directory}/Sign_{index}/Signature.xml"))
        .to_fragment();
    let (head, _) = text.rsplit_once(END).ok_or_else(structure)?;
    let head = head.replace(
        &Element::with_text("MaxSignId", &identifier(last)).to_fragment(),
        &Element::with_text("MaxSignId", &identifier(next)).to_fragment(),
    );
    let text = format!("{head}{signature}{END}");
    package.put(list, text);
    Ok(Listed { id, index, first_stamp: own + 1 })
}

fn identifier(number: u32) -> String {
    format!("s{number:03}")
}

/// The identifier of a page in Document.xml.
fn page_id(document: &str, page: usize) -> Result<String, Error> {
    document
        .split("<ofd:Page ID=\"")
        .nth(page + 1)
        .and_then(|rest| rest.split_once('"'))
        .map(|(id, _)| id.to_owned())
        .ok_or(Error::Missing("page", page))
}
