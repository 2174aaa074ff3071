//! Custom tags (自定义标引, GB/T 33190-2016 §16): names that point to texts on pages, which is where licenses in the
//! field say what is on their face. Nothing here is fatal but the budget: genuine licenses carry broken tags.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use memchr::memmem;

use super::Error;
use super::package::{DocBody, Package, parse};
use super::path::resolve;
use super::xml::Xml;
use crate::budget::{Budget, Exhausted};
use crate::sensitive::Sensitive;

/// One value that a tag names.
#[derive(Clone, Debug)]
pub struct Tagged<'a> {
    /// The name of the element that holds the references.
    pub name: String,
    /// The texts that it points to, joined in its order.
    pub value: Sensitive<String>,
    /// The entry of the tag file.
    pub entry: &'a str,
    /// Every entry that the value depends on: Document.xml, the list of tags, the tag file and the pages.
    pub sources: BTreeSet<&'a str>,
}

/// Something that was left out or read in spite of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagFault {
    /// The file declares an empty prefix, as no XML may, and was read without it.
    Namespace,
    /// A reference does not lead to one text: the file, page or object is missing, or stands there twice.
    Unresolved,
}

/// All tags of a document.
#[derive(Clone, Debug, Default)]
pub struct Tags<'a> {
    /// The values, in the order of their files.
    pub values: Vec<Tagged<'a>>,
    /// The faults, each once for every entry in which it was met.
    pub faults: BTreeSet<(&'a str, TagFault)>,
}

impl<'a> Tags<'a> {
    /// Reads the tags of `body`. Files that cannot be read are left out; the walk over the document names them.
    pub fn read(package: &Package<'a>, body: &DocBody, budget: &mut Budget) -> Result<Self, Exhausted> {
        let mut tags = Self::default();
        let Some(mut reader) = Reader::open(package, body, budget)? else { return Ok(tags) };
        for (list, file) in std::mem::take(&mut reader.files) {
            match file {
                Some(file) => reader.read_file(list, file, &mut tags, budget)?,
                None => _ = tags.faults.insert((list, TagFault::Unresolved)),
            }
        }
        Ok(tags)
    }
}

struct Reader<'p, 'a> {
    package: &'p Package<'a>,
    /// The entry of Document.xml.
    root: &'a str,
    /// Each list of tags with a tag file of it, if that is there.
    files: Vec<(&'a str, Option<&'a str>)>,
    /// The entry of each page by its identifier; none if two pages share it, or if it is not there.
    pages: HashMap<String, Option<&'a str>>,
    /// The texts of each page that was read, by object; none where two objects share the identifier.
    texts: HashMap<&'a str, HashMap<String, Option<Sensitive<String>>>>,
}

/// What one element of a tag file points to.
struct Pointer<'x> {
    holder: usize,
    name: &'x str,
    page: &'x str,
    object: String,
}

impl<'p, 'a> Reader<'p, 'a> {
    fn open(
        package: &'p Package<'a>,
        body: &DocBody,
        budget: &mut Budget,
    ) -> Result<Option<Self>, Exhausted> {
        let Some(root) = package.name(&body.root) else { return Ok(None) };
        let Some(bytes) = contents(package, root, budget)? else { return Ok(None) };
        if memmem::find(&bytes, b"CustomTags").is_none() {
            return Ok(None);
        }
        let Some(xml) = readable(parse(root, &bytes, budget))? else { return Ok(None) };
        let Some(document) = xml.root("Document") else { return Ok(None) };
        let entry = |from: &str, location: &str| package.name(&resolve(from, location)?.entry);
        let lists: Vec<&str> =
            document.children("CustomTags").filter_map(|at| entry(root, &at.text())).collect();
        if lists.is_empty() {
            return Ok(None);
        }
        let mut pages = HashMap::new();
        for page in xml.elements().filter(|element| element.is("Page") || element.is("TemplatePage")) {
            let (Some(id), Some(at)) = (page.attribute("ID"), page.attribute("BaseLoc")) else { continue };
            pages.entry(id.to_owned()).and_modify(|known| *known = None).or_insert(entry(root, at));
        }
        let mut files = Vec::new();
        for list in lists {
            let Some(bytes) = contents(package, list, budget)? else { continue };
            let Some(xml) = readable(parse(list, &bytes, budget))? else { continue };
            let tags = xml.root("CustomTags");
            let tags = tags.iter().flat_map(|tags| tags.children("CustomTag"));
            for file in tags.flat_map(|tag| tag.children("FileLoc")) {
                budget.references(1)?;
                let Some(location) = resolve(list, &file.text()) else { continue };
                files.push((list, package.name(&location.entry)));
            }
        }
        Ok(Some(Self { package, root, files, pages, texts: HashMap::new() }))
    }

    fn read_file(
        &mut self,
        list: &'a str,
        file: &'a str,
        tags: &mut Tags<'a>,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        let Some(bytes) = contents(self.package, file, budget)? else {
            tags.faults.insert((list, TagFault::Unresolved));
            return Ok(());
        };
        let repaired;
        let xml = match readable(parse(file, &bytes, budget))? {
            Some(xml) => xml,
            None => {
                let Some(text) = without_empty_prefix(&bytes) else { return Ok(()) };
                repaired = text;
                let Some(xml) = readable(parse(file, repaired.as_bytes(), budget))? else { return Ok(()) };
                tags.faults.insert((file, TagFault::Namespace));
                xml
            }
        };
        let pointers = pointers(&xml, budget)?;
        for lines in pointers.chunk_by(|one, next| one.holder == next.holder) {
            let mut value = String::new();
            let mut sources = BTreeSet::from([self.root, list, file]);
            let mut whole = true;
            for line in lines {
                match self.text(line.page, &line.object, budget)? {
                    Some((page, text)) => {
                        // Any number of references may lead to one long text.
                        budget.data(text.expose().len() as u64)?;
                        value.push_str(text.expose());
                        sources.insert(page);
                    }
                    None => whole = false,
                }
            }
            let Some(first) = lines.first() else { continue };
            if whole {
                budget.data(first.name.len() as u64)?;
                let value = Sensitive::new(value.trim().to_owned());
                tags.values.push(Tagged { name: first.name.to_owned(), value, entry: file, sources });
            } else {
                tags.faults.insert((file, TagFault::Unresolved));
            }
        }
        Ok(())
    }

    /// The page's entry and the text of `object` on it.
    fn text(
        &mut self,
        page: &str,
        object: &str,
        budget: &mut Budget,
    ) -> Result<Option<(&'a str, &Sensitive<String>)>, Exhausted> {
        let Some(Some(entry)) = self.pages.get(page).copied() else { return Ok(None) };
        if !self.texts.contains_key(entry) {
            let texts = texts_of(self.package, entry, budget)?;
            self.texts.insert(entry, texts);
        }
        let text = self.texts.get(entry).and_then(|texts| texts.get(object)).and_then(Option::as_ref);
        Ok(text.map(|text| (entry, text)))
    }
}

fn pointers<'x>(xml: &'x Xml<'_>, budget: &mut Budget) -> Result<Vec<Pointer<'x>>, Exhausted> {
    let mut pointers = Vec::new();
    for reference in xml.anywhere("ObjectRef") {
        budget.references(1)?;
        let Some((holder, name)) = reference.holder() else { continue };
        let page = reference.attribute("PageRef").unwrap_or_default().trim();
        pointers.push(Pointer { holder, name, page, object: reference.text() });
    }
    Ok(pointers)
}

fn texts_of(
    package: &Package<'_>,
    entry: &str,
    budget: &mut Budget,
) -> Result<HashMap<String, Option<Sensitive<String>>>, Exhausted> {
    let mut texts = HashMap::new();
    let Some(bytes) = contents(package, entry, budget)? else { return Ok(texts) };
    let Some(xml) = readable(parse(entry, &bytes, budget))? else { return Ok(texts) };
    for object in xml.elements().filter(|element| element.is("TextObject")) {
        let Some(id) = object.attribute("ID") else { continue };
        let text: String = object.children("TextCode").map(|code| code.text()).collect();
        texts.entry(id.to_owned()).and_modify(|known| *known = None).or_insert(Some(Sensitive::new(text)));
    }
    Ok(texts)
}

/// The contents of an entry that may be missing or damaged.
fn contents(
    package: &Package<'_>,
    entry: &str,
    budget: &mut Budget,
) -> Result<Option<Arc<Vec<u8>>>, Exhausted> {
    Ok(readable(package.read(entry, budget))?.flatten())
}

/// What was read, none if it cannot be, and the end of the budget as it is.
fn readable<T>(outcome: Result<T, Error>) -> Result<Option<T>, Exhausted> {
    match outcome {
        Ok(read) => Ok(Some(read)),
        Err(Error::Exhausted(exhausted)) => Err(exhausted),
        Err(Error::Container(error)) => match error.fault {
            crate::document::zip::Fault::Exhausted(exhausted) => Err(exhausted),
            _ => Ok(None),
        },
        Err(_) => Ok(None),
    }
}

/// The text without the empty prefix of `<:params xmlns:="">`, which one vendor's licenses have throughout; none if
/// it has no such prefix.
fn without_empty_prefix(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let plain = text.replace("</:", "</").replace("<:", "<").replace("xmlns:=", "xmlns=");
    (plain != text).then_some(plain)
}
