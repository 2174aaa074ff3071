//! XML of OFD: UTF-8, no DTD, bounded depth and size, elements found by namespace and local name.
//! A lexical scan bounds what the parser may allocate before the parser sees the text.

use memchr::{memchr, memchr_iter, memmem};
use roxmltree::{Document, Node, ParsingOptions};

use crate::budget::{Budget, Exhausted, Resource, within};

/// GB/T 33190-2016 §7.1; the shorter one is written by older producers.
const NAMESPACES: [&str; 2] = ["http://www.ofdspec.org/2016", "http://www.ofdspec.org"];

/// Attributes of one element. The parser compares each with each; OFD defines at most 16.
const ATTRIBUTES: u32 = 64;

/// Namespaces in scope of one element. On each element that declares one, the parser compares all that are in scope
/// with each other and copies them; OFD needs one, and no part in the field has more than three.
const NAMESPACES_IN_SCOPE: u32 = 16;

/// Encodings that a declaration may name (W3C XML 1.0 §4.3.3). The text is UTF-8 in any case (GB/T 33190-2016 §7.1);
/// of these the second group reads plain ASCII as UTF-8 does, and only that is let through under their names.
const UTF_8: [&str; 2] = ["utf-8", "utf8"];
const LIKE_ASCII: [&str; 5] = ["us-ascii", "ascii", "gbk", "gb2312", "gb18030"];

/// Why XML is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An element has more attributes or namespaces than any of OFD.
    #[error("an element has more than 64 attributes or more than 16 namespaces in scope")]
    Attributes,
    /// A document type declaration, which could define entities.
    #[error("a document type declaration is not allowed")]
    Dtd,
    /// The text is not UTF-8, or says that it is something else, so that another reader would read other text.
    #[error("the text is not UTF-8 or declares another encoding")]
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
        if !reads_as_utf8(text) {
            return Err(Fault::Encoding);
        }
        // Each node but the root ends a run of text or begins with `<`; the parser reserves by the same count.
        let nodes = memchr_iter(b'<', text.as_bytes()).count() as u64;
        budget.xml(nodes.saturating_mul(2))?;
        budget.xml(scan(text.as_bytes(), budget.limits().xml_depth)?)?;
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

    /// All elements in document order, whatever their namespace: some readers go by names alone.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_, 'a>> {
        self.0.descendants().filter(|node| node.is_element()).map(Element)
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

    /// The parent.
    pub fn parent(&self) -> Option<Element<'x, 'a>> {
        self.0.parent_element().map(Element)
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

    /// The text inside, as [`Self::text`], if every reader finds the same: one run of it and nothing else. Some readers
    /// take the first run alone where comments, elements or CDATA sections stand between.
    pub fn plain_text(&self) -> Option<String> {
        let mut children = self.0.children();
        let whole = match (children.next(), children.next()) {
            (None, _) => true,
            (Some(only), None) => only.is_text() && !self.source().contains("<![CDATA["),
            _ => false,
        };
        whole.then(|| self.text())
    }

    fn source(&self) -> &'a str {
        self.0.document().input_text().get(self.0.range()).unwrap_or_default()
    }

    fn is_ofd(&self) -> bool {
        self.0.tag_name().namespace().is_some_and(|namespace| NAMESPACES.contains(&namespace))
    }
}

/// An element that may stand once stands twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated;

/// Whether readers that follow the declaration, and those that do not, read the same text.
fn reads_as_utf8(text: &str) -> bool {
    let Some(declaration) = text.strip_prefix("<?xml").and_then(|rest| rest.split("?>").next()) else {
        return true;
    };
    let Some((_, rest)) = declaration.split_once("encoding") else { return true };
    let named = rest
        .trim_start_matches(|character: char| character.is_ascii_whitespace() || "='\"".contains(character));
    let named = named.split(['\'', '"', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    UTF_8.contains(&named.as_str()) || (LIKE_ASCII.contains(&named.as_str()) && text.is_ascii())
}

/// Bounds nesting and attributes without building anything, and counts the attributes. It need not be exact on
/// malformed text, which the parser refuses anyway; it must never count less than the parser would.
fn scan(text: &[u8], depth_limit: u32) -> Result<u64, Fault> {
    let mut rest = text;
    let mut all: u64 = 0;
    let mut depth: u32 = 0;
    // Declarations of each open element and of all together.
    let mut declared = Vec::new();
    let mut in_scope: u32 = 0;
    while let Some(start) = memchr(b'<', rest) {
        rest = rest.get(start..).unwrap_or_default();
        rest = match rest {
            // What opens them is no part of what ends them: `<!-->` does not end there for the parser.
            [b'<', b'?', inside @ ..] => after(inside, b"?>"),
            [b'<', b'!', b'-', b'-', inside @ ..] => after(inside, b"-->"),
            [b'<', b'!', b'[', ..] => after(rest, b"]]>"),
            [b'<', b'!', ..] => return Err(Fault::Dtd),
            [b'<', b'/', ..] => {
                depth = depth.saturating_sub(1);
                in_scope = in_scope.saturating_sub(declared.pop().unwrap_or(0));
                memchr(b'>', rest).and_then(|end| rest.get(end + 1..)).unwrap_or_default()
            }
            _ => {
                let Tag { attributes, namespaces, empty, after } = tag(rest);
                all += u64::from(attributes);
                if attributes > ATTRIBUTES || in_scope.saturating_add(namespaces) > NAMESPACES_IN_SCOPE {
                    return Err(Fault::Attributes);
                }
                within(u64::from(depth) + 1, u64::from(depth_limit), Resource::XmlDepth)?;
                if !empty {
                    depth += 1;
                    in_scope = in_scope.saturating_add(namespaces);
                    declared.push(namespaces);
                }
                after
            }
        };
    }
    Ok(all)
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
    let mut previous = b'<';
    let mut left = rest;
    while let [byte, after @ ..] = left {
        let mut next = after;
        match byte {
            b'"' | b'\'' => {
                let Some(end) = memchr(*byte, after) else { return tag };
                next = after.get(end + 1..).unwrap_or_default();
            }
            b'=' => tag.attributes += 1,
            b'x' if left.starts_with(b"xmlns") => tag.namespaces += 1,
            b'>' => {
                tag.empty = previous == b'/';
                tag.after = after;
                return tag;
            }
            _ => {}
        }
        previous = *byte;
        left = next;
    }
    tag
}

fn after<'a>(rest: &'a [u8], end: &[u8]) -> &'a [u8] {
    let found = memmem::find(rest, end);
    found.and_then(|start| rest.get(start + end.len()..)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
