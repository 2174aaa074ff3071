//! Writes XML elements in the namespace of OFD. It reads none.

use std::fmt::Write as _;

/// The namespace of GB/T 33190-2016.
const NAMESPACE: &str = "http://www.ofdspec.org/2016";

/// An element with attributes and either text or children.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: String,
    attributes: String,
    content: String,
}

impl Element {
    /// An element of OFD.
    pub(super) fn new(name: &str) -> Self {
        Self::raw(&format!("ofd:{name}"))
    }

    /// An element with its name as given.
    pub(super) fn raw(name: &str) -> Self {
        Self { name: name.to_owned(), attributes: String::new(), content: String::new() }
    }

    /// An element of OFD with text.
    pub(super) fn with_text(name: &str, text: &str) -> Self {
        let mut element = Self::new(name);
        escape(text, &mut element.content);
        element
    }

    /// Adds an attribute.
    #[must_use]
    pub(super) fn attribute(mut self, name: &str, value: impl ToString) -> Self {
        self.attributes.push(' ');
        self.attributes.push_str(name);
        self.attributes.push_str("=\"");
        escape(&value.to_string(), &mut self.attributes);
        self.attributes.push('"');
        self
    }

    /// Adds a child.
    #[must_use]
    pub(super) fn child(mut self, child: Self) -> Self {
        child.write(&mut self.content);
        self
    }

    /// Adds children.
    #[must_use]
    pub(super) fn children(self, children: impl IntoIterator<Item = Self>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// The element alone.
    pub(super) fn to_fragment(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// A file with this element as its root.
    pub(super) fn to_file(&self) -> String {
        let root = self.clone().attribute("xmlns:ofd", NAMESPACE);
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", root.to_fragment())
    }

    fn write(&self, out: &mut String) {
        let Self { name, attributes, content } = self;
        // Writing to a String does not fail.
        let _ = if content.is_empty() {
            write!(out, "<{name}{attributes}/>")
        } else {
            write!(out, "<{name}{attributes}>{content}</{name}>")
        };
    }
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_values_is_escaped() {
        let element = Element::new("A").attribute("b", "\"<&>").child(Element::with_text("C", "<&>\""));
        assert_eq!(
            element.to_fragment(),
            "<ofd:A b=\"&quot;&lt;&amp;&gt;\"><ofd:C>&lt;&amp;&gt;&quot;</ofd:C></ofd:A>"
        );
        let file = Element::new("A").to_file();
        assert_eq!(roxmltree::Document::parse(&file).unwrap().root_element().tag_name().name(), "A");
    }
}
