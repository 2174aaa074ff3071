//! What stands on a page: text, lines and areas, images; in millimeters from the upper left corner.

use super::xml::Element;

/// A rectangle in millimeters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boundary {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Boundary {
    /// A rectangle.
    pub const fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height }
    }
}

/// As ST_Box of GB/T 33190 writes it.
impl std::fmt::Display for Boundary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { x, y, width, height } = self;
        write!(f, "{} {} {} {}", micrometers(*x), micrometers(*y), micrometers(*width), micrometers(*height))
    }
}

/// A color in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// Black.
    pub const BLACK: Self = Self(0, 0, 0);

    fn element(self, name: &str) -> Element {
        Element::new(name).attribute("Value", format!("{} {} {}", self.0, self.1, self.2))
    }
}

/// The fonts that documents name and readers have; none is embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Font {
    /// 宋体.
    Song,
    /// 黑体.
    Hei,
    /// 楷体.
    Kai,
}

impl Font {
    /// Every font, in the order of their identifiers.
    pub(super) const ALL: [Self; 3] = [Self::Song, Self::Hei, Self::Kai];

    /// The identifier in every document; the first ones belong to the fonts.
    pub(super) const fn id(self) -> u32 {
        match self {
            Self::Song => 1,
            Self::Hei => 2,
            Self::Kai => 3,
        }
    }

    /// The name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Song => "宋体",
            Self::Hei => "黑体",
            Self::Kai => "楷体",
        }
    }
}

/// Something on a page. Does not print, because it may be personal data.
#[derive(Clone, PartialEq)]
pub enum Object {
    /// One line of text.
    Text {
        /// Left edge in millimeters.
        x: f64,
        /// Upper edge in millimeters.
        y: f64,
        /// Height of a character in millimeters.
        size: f64,
        /// The font.
        font: Font,
        /// The color.
        color: Color,
        /// The text.
        text: String,
        /// The name under which the document's custom tags point to this text.
        tag: Option<String>,
    },
    /// Lines or an area.
    Path {
        /// Where.
        boundary: Boundary,
        /// The outline, relative to the boundary (GB/T 33190-2016 §9.1).
        outline: String,
        /// Width of the line in millimeters.
        width: f64,
        /// Color of the line.
        color: Color,
    },
    /// An image of the document.
    Image {
        /// Where.
        boundary: Boundary,
        /// Which of the document's images, from 0.
        image: usize,
    },
}

impl Object {
    /// Black text in one line.
    pub fn text(x: f64, y: f64, size: f64, font: Font, text: &str) -> Self {
        Self::Text { x, y, size, font, color: Color::BLACK, text: text.to_owned(), tag: None }
    }

    /// A rectangle's outline.
    pub fn frame(boundary: Boundary, width: f64, color: Color) -> Self {
        let (w, h) = (micrometers(boundary.width), micrometers(boundary.height));
        Self::Path { boundary, outline: format!("M 0 0 L {w} 0 L {w} {h} L 0 {h} C"), width, color }
    }

    /// A horizontal line.
    pub fn rule(x: f64, y: f64, length: f64, width: f64, color: Color) -> Self {
        let outline = format!("M 0 0 L {} 0", micrometers(length));
        Self::Path { boundary: Boundary::new(x, y, length, width), outline, width, color }
    }

    /// The element of the object with identifier `id`; `images` are the identifiers of the document's images.
    pub(super) fn element(&self, id: u32, images: &[u32]) -> Element {
        match self {
            Self::Text { x, y, size, font, color, text, .. } => {
                let boundary = Boundary::new(*x, *y, text_width(text, *size), *size * 1.3);
                let mut code =
                    Element::with_text("TextCode", text).attribute("X", 0).attribute("Y", micrometers(*size));
                let mut advances: Vec<String> = text
                    .chars()
                    .map(|character| micrometers(advance(character, *size)).to_string())
                    .collect();
                // The last character's advance leads to no other.
                advances.pop();
                if !advances.is_empty() {
                    code = code.attribute("DeltaX", advances.join(" "));
                }
                Element::new("TextObject")
                    .attribute("ID", id)
                    .attribute("Boundary", boundary)
                    .attribute("Font", font.id())
                    .attribute("Size", micrometers(*size))
                    .child(color.element("FillColor"))
                    .child(code)
            }
            Self::Path { boundary, outline, width, color } => Element::new("PathObject")
                .attribute("ID", id)
                .attribute("Boundary", boundary)
                .attribute("LineWidth", micrometers(*width))
                .child(color.element("StrokeColor"))
                .child(Element::with_text("AbbreviatedData", outline)),
            Self::Image { boundary, image } => Element::new("ImageObject")
                .attribute("ID", id)
                .attribute("CTM", format!("{} 0 0 {} 0 0", boundary.width, boundary.height))
                .attribute("Boundary", boundary)
                .attribute("ResourceID", images.get(*image).copied().unwrap_or_default()),
        }
    }
}

/// A page. Does not print, because it may hold personal data.
#[derive(Clone, Default, PartialEq)]
pub struct Page {
    /// Which of the document's templates lies behind it, from 0.
    pub template: Option<usize>,
    /// What stands on it.
    pub objects: Vec<Object>,
}

/// Width of `text` in millimeters, set `size` millimeters high: half a square for ASCII, a square for the rest.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|character| advance(character, size)).sum()
}

fn advance(character: char, size: f64) -> f64 {
    if character.is_ascii() { size / 2.0 } else { size }
}

/// Rounded so that sums print without noise.
fn micrometers(millimeters: f64) -> f64 {
    (millimeters * 1000.0).round() / 1000.0
}
