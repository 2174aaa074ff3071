//! OFD documents (GB/T 33190-2016) from their content: pages, templates, images, annotations, attachments, tags.
//! Signatures are added to the package afterwards.

use super::xml::Element;
use super::{Boundary, Error, Font, Object, Package, Page};
use crate::clock::Timestamp;

/// A4 in millimeters.
const PAPER: &str = "0 0 210 297";

/// An image that pages may show.
#[derive(Clone)]
pub struct Image {
    /// File name below `Res`.
    pub file: String,
    /// `PNG` and the like.
    pub format: String,
    /// The file.
    pub data: Vec<u8>,
}

/// An annotation on a page.
#[derive(Clone)]
pub struct Annotation {
    /// Which page, from 0.
    pub page: usize,
    /// `Watermark`, `Stamp`, `Highlight`, `Path` or `Link`.
    pub kind: String,
    /// Who made it.
    pub creator: String,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Where it appears.
    pub boundary: Boundary,
    /// What it looks like.
    pub objects: Vec<Object>,
}

/// A file inside the document.
#[derive(Clone)]
pub struct Attachment {
    /// What it is called.
    pub name: String,
    /// File name below `Attachs`.
    pub file: String,
    /// `xml` and the like.
    pub format: String,
    /// The file.
    pub data: Vec<u8>,
}

/// A document before it is written. Does not print, because it may hold personal data.
#[derive(Clone)]
pub struct Document {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The title, if it has one.
    pub title: Option<String>,
    /// When it was made; written as a day in China.
    pub created: Timestamp,
    /// Names and values in the CustomDatas of OFD.xml.
    pub custom_data: Vec<(String, String)>,
    /// Images that pages may show.
    pub images: Vec<Image>,
    /// What lies behind pages.
    pub templates: Vec<Vec<Object>>,
    /// The pages.
    pub pages: Vec<Page>,
    /// Annotations.
    pub annotations: Vec<Annotation>,
    /// Attachments.
    pub attachments: Vec<Attachment>,
    /// The root element of the custom tags, which point to tagged texts; none leaves tags out.
    pub tag_root: Option<String>,
}

impl Document {
    /// A document without pages.
    pub const fn new(id: String, created: Timestamp) -> Self {
        Self {
            id,
            title: None,
            created,
            custom_data: Vec::new(),
            images: Vec::new(),
            templates: Vec::new(),
            pages: Vec::new(),
            annotations: Vec::new(),
            attachments: Vec::new(),
            tag_root: None,
        }
    }

    /// A document with one page that says `text`.
    pub fn plain(id: String, created: Timestamp, text: &str) -> Self {
        let page = Page { template: None, objects: vec![Object::text(30.0, 40.0, 5.0, Font::Song, text)] };
        Self { pages: vec![page], ..Self::new(id, created) }
    }

    /// A package with this document alone, unsigned.
    pub fn package(&self) -> Result<Package, Error> {
        package(std::slice::from_ref(self), self.created)
    }

    fn body(&self, index: usize) -> Element {
        let info = Element::new("DocInfo")
            .child(Element::with_text("DocID", &self.id))
            .children(self.title.iter().map(|title| Element::with_text("Title", title)))
            .child(Element::with_text("CreationDate", &self.created.china_date()))
            .child(Element::with_text("Creator", "Tongban"))
            .child(Element::with_text("CreatorVersion", env!("CARGO_PKG_VERSION")));
        let data = self
            .custom_data
            .iter()
            .map(|(name, value)| Element::with_text("CustomData", value).attribute("Name", name));
        let info = if self.custom_data.is_empty() {
            info
        } else {
            info.child(Element::new("CustomDatas").children(data))
        };
        Element::new("DocBody")
            .child(info)
            .child(Element::with_text("DocRoot", &format!("Doc_{index}/Document.xml")))
    }
}

/// An unsigned package with `documents` in the directories `Doc_0`, `Doc_1` and so on.
pub fn package(documents: &[Document], modified: Timestamp) -> Result<Package, Error> {
    let mut package = Package::new(modified);
    let bodies = documents.iter().enumerate().map(|(index, document)| document.body(index));
    let root = Element::new("OFD").attribute("Version", "1.0").attribute("DocType", "OFD").children(bodies);
    package.put("OFD.xml", root.to_file());
    for (index, document) in documents.iter().enumerate() {
        Writer::new(&mut package, format!("Doc_{index}"), document).write()?;
    }
    Ok(package)
}

/// Writes one document, giving out its identifiers.
struct Writer<'a> {
    package: &'a mut Package,
    directory: String,
    document: &'a Document,
    last_id: u32,
    images: Vec<u32>,
    templates: Vec<u32>,
    pages: Vec<u32>,
    /// Name, object and page of each tagged text.
    tags: Vec<(String, u32, u32)>,
}

impl<'a> Writer<'a> {
    fn new(package: &'a mut Package, directory: String, document: &'a Document) -> Self {
        let last_id = Font::ALL.iter().map(|font| font.id()).max().unwrap_or_default();
        Self {
            package,
            directory,
            document,
            last_id,
            images: Vec::new(),
            templates: Vec::new(),
            pages: Vec::new(),
            tags: Vec::new(),
        }
    }

    fn write(mut self) -> Result<(), Error> {
        let document = self.document;
        let common = self.resources();
        let mut templates = Vec::new();
        for (index, objects) in document.templates.iter().enumerate() {
            templates.push(self.template(index, objects));
        }
        let mut pages = Vec::new();
        for (index, page) in document.pages.iter().enumerate() {
            pages.push(self.page(index, page)?);
        }
        let annotations = self.annotations()?;
        let attachments = self.attachments();
        let tags = self.tags();
        let area = Element::new("PageArea").child(Element::with_text("PhysicalBox", PAPER));
        let common = Element::new("CommonData")
            .child(Element::with_text("MaxUnitID", &self.last_id.to_string()))
            .child(area)
            .children(common)
            .children(templates);
        let root = Element::new("Document")
            .child(common)
            .child(Element::new("Pages").children(pages))
            .children(annotations)
            .children(tags)
            .children(attachments);
        self.put("Document.xml", root.to_file());
        Ok(())
    }

    fn resources(&mut self) -> Vec<Element> {
        let fonts = Font::ALL.map(|font| {
            Element::new("Font")
                .attribute("ID", font.id())
                .attribute("FontName", font.name())
                .attribute("FamilyName", font.name())
        });
        let fonts =
            Element::new("Res").attribute("BaseLoc", "Res").child(Element::new("Fonts").children(fonts));
        self.put("PublicRes.xml", fonts.to_file());
        let mut references = vec![Element::with_text("PublicRes", "PublicRes.xml")];
        let mut media = Vec::new();
        for image in &self.document.images {
            let id = self.next_id();
            self.images.push(id);
            self.put(&format!("Res/{}", image.file), image.data.clone());
            media.push(
                Element::new("MultiMedia")
                    .attribute("ID", id)
                    .attribute("Type", "Image")
                    .attribute("Format", &image.format)
                    .child(Element::with_text("MediaFile", &image.file)),
            );
        }
        if !media.is_empty() {
            let media = Element::new("MultiMedias").children(media);
            self.put(
                "DocumentRes.xml",
                Element::new("Res").attribute("BaseLoc", "Res").child(media).to_file(),
            );
            references.push(Element::with_text("DocumentRes", "DocumentRes.xml"));
        }
        references
    }

    fn template(&mut self, index: usize, objects: &[Object]) -> Element {
        let id = self.next_id();
        self.templates.push(id);
        let content = self.content(objects, id);
        let location = format!("Tpls/Tpl_{index}/Content.xml");
        self.put(&location, Element::new("Page").child(content).to_file());
        Element::new("TemplatePage")
            .attribute("ID", id)
            .attribute("Name", format!("Tpl_{index}"))
            .attribute("ZOrder", "Background")
            .attribute("BaseLoc", location)
    }

    fn page(&mut self, index: usize, page: &Page) -> Result<Element, Error> {
        let id = self.next_id();
        self.pages.push(id);
        let mut root = Element::new("Page");
        if let Some(template) = page.template {
            let template = self.templates.get(template).ok_or(Error::Missing("template", template))?;
            root = root.child(
                Element::new("Template").attribute("TemplateID", template).attribute("ZOrder", "Background"),
            );
        }
        let content = self.content(&page.objects, id);
        let location = format!("Pages/Page_{index}/Content.xml");
        self.put(&location, root.child(content).to_file());
        Ok(Element::new("Page").attribute("ID", id).attribute("BaseLoc", location))
    }

    fn content(&mut self, objects: &[Object], page: u32) -> Element {
        let layer = Element::new("Layer").attribute("ID", self.next_id());
        let objects = self.objects(objects, page);
        Element::new("Content").child(layer.children(objects))
    }

    fn objects(&mut self, objects: &[Object], page: u32) -> Vec<Element> {
        let mut elements = Vec::new();
        for object in objects {
            let id = self.next_id();
            if let Object::Text { tag: Some(tag), .. } = object {
                self.tags.push((tag.clone(), id, page));
            }
            elements.push(object.element(id, &self.images));
        }
        elements
    }

    fn annotations(&mut self) -> Result<Option<Element>, Error> {
        let document = self.document;
        let mut files = Vec::new();
        for (index, page) in self.pages.clone().into_iter().enumerate() {
            let mut annotations = Vec::new();
            for annotation in document.annotations.iter().filter(|annotation| annotation.page == index) {
                let id = self.next_id();
                let objects = self.objects(&annotation.objects, page);
                let appearance =
                    Element::new("Appearance").attribute("Boundary", annotation.boundary).children(objects);
                annotations.push(
                    Element::new("Annot")
                        .attribute("ID", id)
                        .attribute("Type", &annotation.kind)
                        .attribute("Creator", &annotation.creator)
                        .attribute("LastModDate", annotation.modified.china_date())
                        .child(appearance),
                );
            }
            if annotations.is_empty() {
                continue;
            }
            let location = format!("Page_{index}/Annotation.xml");
            let file = Element::new("PageAnnot").children(annotations).to_file();
            self.put(&format!("Annots/{location}"), file);
            files.push(
                Element::new("Page")
                    .attribute("PageID", page)
                    .child(Element::with_text("FileLoc", &location)),
            );
        }
        if let Some(lost) = document.annotations.iter().find(|each| each.page >= self.pages.len()) {
            return Err(Error::Missing("page", lost.page));
        }
        if files.is_empty() {
            return Ok(None);
        }
        self.put("Annots/Annotations.xml", Element::new("Annotations").children(files).to_file());
        Ok(Some(Element::with_text("Annotations", "Annots/Annotations.xml")))
    }

    fn attachments(&mut self) -> Option<Element> {
        let document = self.document;
        let mut list = Vec::new();
        for attachment in &document.attachments {
            let id = self.next_id();
            self.put(&format!("Attachs/{}", attachment.file), attachment.data.clone());
            list.push(
                Element::new("Attachment")
                    .attribute("ID", id)
                    .attribute("Name", &attachment.name)
                    .attribute("Format", &attachment.format)
                    .attribute("CreationDate", document.created.china_date())
                    .attribute("Visible", true)
                    .child(Element::with_text("FileLoc", &attachment.file)),
            );
        }
        if list.is_empty() {
            return None;
        }
        self.put("Attachs/Attachments.xml", Element::new("Attachments").children(list).to_file());
        Some(Element::with_text("Attachments", "Attachs/Attachments.xml"))
    }

    fn tags(&mut self) -> Option<Element> {
        let root = self.document.tag_root.as_ref()?;
        let reference = |(_, object, page): &(String, u32, u32)| {
            Element::with_text("ObjectRef", &object.to_string()).attribute("PageRef", page)
        };
        // Texts with the same name that follow one another are the lines of one value.
        let tags: Vec<Element> = self
            .tags
            .chunk_by(|one, next| one.0 == next.0)
            .filter_map(|lines| Some(Element::raw(&lines.first()?.0).children(lines.iter().map(reference))))
            .collect();
        self.put("Tags/CustomTag.xml", Element::raw(root).children(tags).to_file());
        let list = Element::new("CustomTag")
            .attribute("TypeID", root)
            .child(Element::with_text("FileLoc", "CustomTag.xml"));
        self.put("Tags/CustomTags.xml", Element::new("CustomTags").child(list).to_file());
        Some(Element::with_text("CustomTags", "Tags/CustomTags.xml"))
    }

    fn put(&mut self, location: &str, content: impl Into<Vec<u8>>) {
        self.package.put(&format!("{}/{location}", self.directory), content);
    }

    const fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }
}
