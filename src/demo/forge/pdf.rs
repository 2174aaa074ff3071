//! PDF files (ISO 32000-2), written revision by revision, each with a cross-reference of either kind.
//! Objects are written as given; whether they make sense together is not checked.

mod signing;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

pub use self::signing::{PdfMethod, PdfPlan, PdfSigning, pades};
use super::Error;

/// A file in the making. It always ends with a whole revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdfFile {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The number of the first object that is not yet taken.
    pub next: u32,
    /// Entries of the trailer beside Size, Root and Prev.
    pub trailer: String,
    /// The number of the catalog.
    pub root: u32,
    /// Offset of the last cross-reference.
    pub xref: Option<usize>,
}

/// How a revision lists its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// A table.
    Table,
    /// A cross-reference stream, objects one by one.
    Stream,
    /// A cross-reference stream, with all objects but streams in one compressed object stream.
    Compressed,
}

/// One object of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Any value, as it is written; a stream with its dictionary and keywords.
    Value(Vec<u8>),
    /// None from now on.
    Free,
    /// What stands at this offset of the file already.
    At(usize),
}

impl Body {
    /// A value.
    pub fn new(text: impl Into<Vec<u8>>) -> Self {
        Self::Value(text.into())
    }

    /// A stream with `entries` in its dictionary, as they are written.
    pub fn stream(entries: &str, data: &[u8]) -> Self {
        let head = format!("<<{entries}/Length {}>>\nstream\n", data.len());
        Self::Value([head.as_bytes(), data, b"\nendstream"].concat())
    }
}

/// Numbers of the objects that every document of the forge begins with.
pub const CATALOG: u32 = 1;
/// The page tree.
pub const PAGES: u32 = 2;
/// The one page.
pub const PAGE: u32 = 3;
/// What the page shows.
pub const CONTENT: u32 = 4;
/// The font of the page.
pub const FONT: u32 = 5;
/// The form.
pub const FORM: u32 = 6;

/// The page's dictionary with `annotations` on it, as they are written.
pub fn page(annotations: &str) -> Body {
    Body::new(format!(
        "<</Type/Page/Parent {PAGES} 0 R/MediaBox[0 0 595 842]/Contents {CONTENT} 0 R\
         /Resources<</Font<</F1 {FONT} 0 R>>>>/Annots[{annotations}]>>"
    ))
}

/// The form's dictionary with `fields`, as they are written.
pub fn form(fields: &str) -> Body {
    Body::new(format!("<</Fields[{fields}]/SigFlags 3>>"))
}

/// The catalog with further `entries`, as they are written.
pub fn catalog(entries: &str) -> Body {
    Body::new(format!("<</Type/Catalog/Pages {PAGES} 0 R/AcroForm {FORM} 0 R{entries}>>"))
}

/// A page's content that shows `text`, Latin alone.
pub fn content(text: &str) -> Body {
    Body::stream("", format!("BT /F1 18 Tf 72 760 Td ({text}) Tj ET").as_bytes())
}

impl PdfFile {
    /// A document of one page that shows `text`, with an empty form.
    pub fn new(text: &str) -> Result<Self, Error> {
        Self::with(
            vec![
                (CATALOG, catalog("")),
                (PAGES, Body::new(format!("<</Type/Pages/Kids[{PAGE} 0 R]/Count 1>>"))),
                (PAGE, page("")),
                (CONTENT, content(text)),
                (FONT, Body::new("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")),
                (FORM, form("")),
            ],
            Listing::Table,
        )
    }

    /// A document of `objects` in one revision.
    pub fn with(objects: Vec<(u32, Body)>, listing: Listing) -> Result<Self, Error> {
        let mut file = Self {
            // Four bytes above 127 tell transfer programs that the file is binary (§7.5.2).
            bytes: b"%PDF-1.7\n%\xe4\xe5\xe6\xe7\n".to_vec(),
            next: 1,
            trailer: String::new(),
            root: CATALOG,
            xref: None,
        };
        file.revise(objects, listing)?;
        Ok(file)
    }

    /// Takes a new object number.
    pub fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Appends a revision with `objects`.
    pub fn revise(&mut self, objects: Vec<(u32, Body)>, listing: Listing) -> Result<(), Error> {
        let highest = objects.iter().map(|(number, _)| number + 1).max().unwrap_or_default();
        self.next = self.next.max(highest);
        let mut rows = Vec::new();
        let mut packed: Vec<(u32, Vec<u8>)> = Vec::new();
        for (number, body) in objects {
            match body {
                Body::Free => rows.push((number, Row::Free)),
                Body::At(offset) => rows.push((number, Row::At(offset))),
                Body::Value(value) if listing == Listing::Compressed && !is_stream(&value) => {
                    packed.push((number, value));
                }
                Body::Value(value) => rows.push((number, Row::At(self.append(number, &value)))),
            }
        }
        if !packed.is_empty() {
            let container = self.number();
            let stream = object_stream(&packed)?;
            rows.push((container, Row::At(self.append(container, &stream))));
            for (index, (number, _)) in (0_u32..).zip(&packed) {
                rows.push((*number, Row::In(container, index)));
            }
        }
        match listing {
            Listing::Table => self.table(rows),
            Listing::Stream | Listing::Compressed => self.stream(rows)?,
        }
        Ok(())
    }

    /// Appends an object and says where it stands.
    pub fn append(&mut self, number: u32, value: &[u8]) -> usize {
        let offset = self.bytes.len();
        self.bytes.extend(format!("{number} 0 obj\n").bytes());
        self.bytes.extend(value);
        self.bytes.extend(b"\nendobj\n");
        offset
    }

    fn table(&mut self, mut rows: Vec<(u32, Row)>) {
        if self.xref.is_none() {
            rows.push((0, Row::Free));
        }
        rows.sort_by_key(|(number, _)| *number);
        let offset = self.bytes.len();
        let mut text = "xref\n".to_owned();
        if rows.is_empty() {
            text += "0 0\n";
        }
        for run in rows.chunk_by(|(one, _), (next, _)| one + 1 == *next) {
            text += &format!("{} {}\n", run.first().map_or(0, |(number, _)| *number), run.len());
            for (_, row) in run {
                text += &match row {
                    Row::At(offset) => format!("{offset:010} 00000 n \n"),
                    Row::Free | Row::In(..) => "0000000000 65535 f \n".to_owned(),
                };
            }
        }
        text += &format!("trailer\n<<{}>>\n", self.entries());
        self.bytes.extend(text.bytes());
        self.finish(offset);
    }

    fn stream(&mut self, mut rows: Vec<(u32, Row)>) -> Result<(), Error> {
        let own = self.number();
        let offset = self.bytes.len();
        rows.push((own, Row::At(offset)));
        rows.sort_by_key(|(number, _)| *number);
        let (mut index, mut data) = (String::new(), Vec::new());
        for (number, row) in rows {
            index += &format!("{number} 1 ");
            let (kind, second, third) = match row {
                Row::Free => (0, 0, 0),
                Row::At(offset) => (1, u32::try_from(offset).map_err(|_| Error::TooLarge)?, 0),
                Row::In(container, index) => (2, container, index),
            };
            data.push(kind);
            data.extend(second.to_be_bytes());
            data.extend(u16::try_from(third).map_err(|_| Error::TooLarge)?.to_be_bytes());
        }
        let entries = format!("/Type/XRef/W[1 4 2]/Index[{index}]/Filter/FlateDecode{}", self.entries());
        let Body::Value(value) = Body::stream(&entries, &deflated(&data)?) else { return Ok(()) };
        self.append(own, &value);
        self.finish(offset);
        Ok(())
    }

    fn entries(&self) -> String {
        let previous = self.xref.map(|previous| format!("/Prev {previous}")).unwrap_or_default();
        format!("/Size {}/Root {} 0 R{}{previous}", self.next, self.root, self.trailer)
    }

    fn finish(&mut self, offset: usize) {
        self.bytes.extend(format!("startxref\n{offset}\n%%EOF\n").bytes());
        self.xref = Some(offset);
    }
}

#[derive(Clone, Copy, Debug)]
enum Row {
    Free,
    At(usize),
    In(u32, u32),
}

fn is_stream(value: &[u8]) -> bool {
    value.ends_with(b"endstream")
}

fn object_stream(objects: &[(u32, Vec<u8>)]) -> Result<Vec<u8>, Error> {
    let (mut head, mut data) = (String::new(), Vec::new());
    for (number, value) in objects {
        head += &format!("{number} {} ", data.len());
        data.extend(value);
        data.push(b'\n');
    }
    let whole = [head.as_bytes(), &data].concat();
    let entries = format!("/Type/ObjStm/N {}/First {}/Filter/FlateDecode", objects.len(), head.len());
    match Body::stream(&entries, &deflated(&whole)?) {
        Body::Value(value) => Ok(value),
        Body::Free | Body::At(_) => Ok(Vec::new()),
    }
}

/// `data` in the format of zlib, as FlateDecode has it.
pub fn deflated(data: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data)?;
    Ok(encoder.finish()?)
}
