//! XML of OFD: UTF-8, no DTD, bounded depth and size, elements found by namespace and local name.
//! A lexical scan bounds what the parser may allocate before the parser sees the text.

use roxmltree::{Document, Node, ParsingOptions};

use crate::budget::{Budget, Exhausted, Resource, within};

/// GB/T 33190-2016 §7.1; the shorter one is written by older producers.
const NAMESPACES: [&str; 2] = ["http://www.ofdspec.org/2016", "http://www.ofdspec.org"];

/// Attributes of one element. The parser compares each with each; OFD defines at most 16.
const ATTRIBUTES: u32 = 64;

/// Namespaces declared on one element. The parser looks every prefix up among all that are in scope.
const NAMESPACE_DECLARATIONS: u32 = 8;

/// Why XML is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An element has more attributes or namespaces than any of OFD.
    #[error("an element has more than 64 attributes or declares more than 8 namespaces")]
    Attributes,
    /// A document type declaration, which could define entities.
    #[error("a document type declaration is not allowed")]
    Dtd,
    /// The text is not UTF-8.
    #[error("the text is not UTF-8")]
    Encoding,
    /// The budget is used up.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// The text is not well formed.
    #[error("not well-formed at line {line}, column {column}")]
    Malformed {
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
    },
}

/// A parsed XML file.
#[derive(Debug)]
pub struct Xml<'a>(Document<'a>);

impl<'a> Xml<'a> {
    /// Parses `bytes`, charging the nodes to `budget`.
    pub fn parse(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|_| Fault::Encoding)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Each node but the root ends a run of text or begins with `<`; the parser reserves by the same count.
        let nodes = text.bytes().filter(|byte| *byte == b'<').count() as u64;
        budget.xml(nodes.saturating_mul(2))?;
        scan(text.as_bytes(), budget.limits().xml_depth)?;
        let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
        Document::parse_with_options(text, options).map(Self).map_err(|error| match error {
            roxmltree::Error::DtdDetected => Fault::Dtd,
            error => Fault::Malformed { line: error.pos().row, column: error.pos().col },
        })
    }

    /// The root element, if it is `name` of OFD.
    pub fn root(&self, name: &str) -> Option<Element<'_, 'a>> {
        let root = Element(self.0.root_element());
        (root.is(name)).then_some(root)
    }

    /// All elements `name`, of OFD or not; what vendors add has namespaces of its own or none.
    pub fn anywhere(&self, name: &'static str) -> impl Iterator<Item = Element<'_, 'a>> {
        let named = move |node: &Node<'_, 'a>| node.is_element() && node.tag_name().name() == name;
        self.0.descendants().filter(named).map(Element)
    }

    /// All elements of OFD in document order.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_, 'a>> {
        self.0.descendants().filter(|node| node.is_element()).map(Element).filter(Element::is_ofd)
    }
}

/// An element of OFD.
#[derive(Clone, Copy, Debug)]
pub struct Element<'x, 'a>(Node<'x, 'a>);

impl<'x, 'a> Element<'x, 'a> {
    /// The local name.
    pub fn name(&self) -> &'x str {
        self.0.tag_name().name()
    }

    /// Whether this is `name` of OFD.
    pub fn is(&self, name: &str) -> bool {
        self.is_ofd() && self.name() == name
    }

    /// The name of the parent, if that is of OFD.
    pub fn parent(&self) -> Option<Element<'x, 'a>> {
        self.0.parent_element().map(Element).filter(Element::is_ofd)
    }

    /// The element around this one: a number that no other of the file has, and its local name.
    pub fn holder(&self) -> Option<(usize, &'x str)> {
        let holder = self.0.parent_element()?;
        Some((holder.id().get_usize(), holder.tag_name().name()))
    }

    /// The attribute `name` without namespace.
    pub fn attribute(&self, name: &str) -> Option<&'x str> {
        self.0.attribute(name)
    }

    /// The children named `name`.
    pub fn children(&self, name: &'static str) -> impl Iterator<Item = Element<'x, 'a>> + use<'x, 'a> {
        self.0.children().filter(|node| node.is_element()).map(Element).filter(move |child| child.is(name))
    }

    /// The only child named `name`: `Ok(None)` if there is none, `Err` if there are several.
    pub fn only(&self, name: &'static str) -> Result<Option<Element<'x, 'a>>, Repeated> {
        let mut children = self.children(name);
        let first = children.next();
        if children.next().is_some() { Err(Repeated) } else { Ok(first) }
    }

    /// All text inside, white space at both ends removed.
    pub fn text(&self) -> String {
        let text: String = self.0.children().filter(Node::is_text).filter_map(|node| node.text()).collect();
        text.trim().to_owned()
    }

    fn is_ofd(&self) -> bool {
        self.0.tag_name().namespace().is_some_and(|namespace| NAMESPACES.contains(&namespace))
    }
}

/// An element that may stand once stands twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated;

/// Bounds nesting and attributes without building anything. It need not be exact on malformed text,
/// which the parser refuses anyway; it must never count less than the parser would.
fn scan(text: &[u8], depth_limit: u32) -> Result<(), Fault> {
    let mut rest = text;
    let mut depth: u32 = 0;
    while let Some(start) = rest.iter().position(|byte| *byte == b'<') {
        rest = rest.get(start..).unwrap_or_default();
        rest = match rest {
            [b'<', b'?', ..] => after(rest, b"?>"),
            [b'<', b'!', b'-', b'-', ..] => after(rest, b"-->"),
            [b'<', b'!', b'[', ..] => after(rest, b"]]>"),
            [b'<', b'!', ..] => return Err(Fault::Dtd),
            [b'<', b'/', ..] => {
                depth = depth.saturating_sub(1);
                after(rest, b">")
            }
            _ => {
                let Tag { attributes, namespaces, empty, after } = tag(rest);
                if attributes > ATTRIBUTES || namespaces > NAMESPACE_DECLARATIONS {
                    return Err(Fault::Attributes);
                }
                within(u64::from(depth) + 1, u64::from(depth_limit), Resource::XmlDepth)?;
                depth += u32::from(!empty);
                after
            }
        };
    }
    Ok(())
}

/// What the scan needs to know of a start tag.
struct Tag<'a> {
    attributes: u32,
    namespaces: u32,
    empty: bool,
    after: &'a [u8],
}

fn tag(rest: &[u8]) -> Tag<'_> {
    let mut tag = Tag { attributes: 0, namespaces: 0, empty: false, after: &[] };
    let mut quote = None;
    let mut previous = b'<';
    for (index, byte) in rest.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'=') => tag.attributes += 1,
            (None, b'x') if rest.get(index..).is_some_and(|rest| rest.starts_with(b"xmlns")) => {
                tag.namespaces += 1
            }
            (None, b'>') => {
                tag.empty = previous == b'/';
                tag.after = rest.get(index + 1..).unwrap_or_default();
                return tag;
            }
            _ => {}
        }
        previous = *byte;
    }
    tag
}

fn after<'a>(rest: &'a [u8], end: &[u8]) -> &'a [u8] {
    let found = rest.windows(end.len()).position(|window| window == end);
    found.and_then(|start| rest.get(start + end.len()..)).unwrap_or_default()
}
