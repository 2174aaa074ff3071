//! Where fields stand: paths into an answer.

use std::fmt;

/// One step of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// The key in its object.
    pub name: String,
    /// Whether the value is a list; written `name[]`.
    pub list: bool,
}

impl Segment {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, list) = match text.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let fits = (1..=64).contains(&name.len()) && name.bytes().all(plain);
        fits.then(|| Self { name: name.to_owned(), list })
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, if self.list { "[]" } else { "" })
    }
}

/// The path to one value of an answer, such as `aab004` or `list[].ssq`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Segment>);

impl FieldPath {
    /// How deep a path goes. 8: no interface in the field nests more than 3 levels.
    pub const DEPTH: usize = 8;

    /// Parses the written form; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let segments: Option<Vec<Segment>> = text.split('.').map(Segment::parse).collect();
        segments.filter(|segments| segments.len() <= Self::DEPTH).map(Self)
    }

    /// The steps, from the outermost; never empty.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether `self` and `other` cannot both be paths of one answer: one passes through where the other ends, or
    /// they disagree about what is a list.
    pub fn clashes(&self, other: &Self) -> bool {
        for (one, two) in self.0.iter().zip(&other.0) {
            if one.name != two.name {
                return false;
            }
            if one.list != two.list {
                return true;
            }
        }
        true
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            write!(f, "{segment}")?;
        }
        Ok(())
    }
}
