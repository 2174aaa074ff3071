//! Values of PDF (ISO 32000-2 §7.3), with the place in the file of what a signature's gap must match.
//! They are owned, because half of them come out of compressed object streams.

use std::ops::Range;

/// A value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Object {
    /// The null object, which also stands for whatever is absent (§7.3.9).
    #[default]
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A name, its escapes undone.
    Name(Vec<u8>),
    /// A string.
    String(Box<Text>),
    /// An array.
    Array(Vec<Object>),
    /// A dictionary.
    Dictionary(Dictionary),
    /// A stream.
    Stream(Box<Stream>),
    /// A reference to an indirect object.
    Reference(Reference),
}

/// Number and generation of an indirect object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The object number.
    pub number: u32,
    /// The generation number.
    pub generation: u16,
}

/// A string's bytes, escapes undone.
#[derive(Clone, Debug)]
pub struct Text {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where the string stands in the file, delimiters included; `None` inside an object stream.
    pub span: Option<Range<usize>>,
    /// Whether it is written in hexadecimal digits.
    pub hexadecimal: bool,
}

/// Equal if the bytes are: how and where a string is written changes nothing.
impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

/// A dictionary. Entries whose value is null are left out, as §7.3.7 says they are the same as none.
/// Sorted and dense: a map would take half a kilobyte for a dictionary of one entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dictionary(Vec<(Vec<u8>, Object)>);

/// A dictionary has one key with two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TwoValues;

/// A stream: its dictionary, and where its bytes stand in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// The dictionary.
    pub dictionary: Dictionary,
    /// The bytes as stored.
    pub data: Range<usize>,
}

static NULL: Object = Object::Null;

impl Dictionary {
    /// The dictionary of `entries`. Readers differ on which of two entries counts; two that say the same do no harm.
    pub(super) fn new(mut entries: Vec<(Vec<u8>, Object)>) -> Result<Self, TwoValues> {
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut pairs = entries.iter().zip(entries.iter().skip(1));
        if pairs.any(|(one, other)| one.0 == other.0 && one.1 != other.1) {
            return Err(TwoValues);
        }
        entries.dedup_by(|one, other| one.0 == other.0);
        entries.retain(|(_, value)| !value.is_null());
        entries.shrink_to_fit();
        Ok(Self(entries))
    }

    /// The value of `key`, [`Object::Null`] if there is none.
    pub fn get(&self, key: &str) -> &Object {
        self.of(key.as_bytes())
    }

    /// The value of `key`, which need not be text.
    pub(super) fn of(&self, key: &[u8]) -> &Object {
        let found = self.0.binary_search_by(|(own, _)| own.as_slice().cmp(key)).ok();
        found.and_then(|at| self.0.get(at)).map_or(&NULL, |(_, value)| value)
    }

    /// Keys and values in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.0.iter().map(|(key, value)| (key.as_slice(), value))
    }
}

impl Object {
    /// The dictionary, of a stream too.
    pub fn dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            Self::Stream(stream) => Some(&stream.dictionary),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The integer.
    pub const fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, integer or real.
    pub fn number(&self) -> Option<f64> {
        match self {
            // Coordinates lie far below 2⁵³.
            #[expect(clippy::cast_precision_loss, reason = "see above")]
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            _ => None,
        }
    }

    /// The reference.
    pub const fn reference(&self) -> Option<Reference> {
        match self {
            Self::Reference(reference) => Some(*reference),
            _ => None,
        }
    }

    /// The string.
    pub fn string(&self) -> Option<&Text> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The name, if it is UTF-8 (§7.3.5 wants that of names that people read).
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => std::str::from_utf8(name).ok(),
            _ => None,
        }
    }

    /// Whether this is the name `name`.
    pub fn is_name(&self, name: &str) -> bool {
        matches!(self, Self::Name(own) if own == name.as_bytes())
    }

    /// Whether this is null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl Text {
    /// The text of a text string (§7.9.2.2): UTF-16BE or UTF-8 by its mark, else PDFDocEncoding, of which the
    /// characters beyond Latin-1 are replaced.
    pub fn decode(&self) -> String {
        match self.bytes.as_slice() {
            [0xfe, 0xff, rest @ ..] => {
                let (pairs, _) = rest.as_chunks::<2>();
                let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
                char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
            [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
            bytes => bytes
                .iter()
                .map(|byte| match byte {
                    0x18..=0x1f | 0x7f..=0xa0 => char::REPLACEMENT_CHARACTER,
                    byte => char::from(*byte),
                })
                .collect(),
        }
    }
}
