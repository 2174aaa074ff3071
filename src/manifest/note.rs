//! Signed notes (C2SP signed-note): a text, an empty line, and signature lines over the text. Strict where the
//! specification leaves room: one spelling of each line, none twice, and a bound on everything. It checks no signature.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::KeyName;

/// Bytes of one note: a manifest of 20,000 files at 150 bytes a line, and signatures.
const LARGEST: usize = 4 << 20;
/// Signature lines of one note. The specification wants at least 16 to be taken; 64 are 32 officers with two keys each.
const MOST_SIGNATURES: usize = 64;
/// Bytes of one signature: eight times one of Ed25519 or SM2, for kinds that are not known here.
const LONGEST_SIGNATURE: usize = 512;

/// What a signature line begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// Why bytes are no note. Lines are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It has more bytes than any note.
    #[error("it has more than {LARGEST} bytes")]
    TooLarge,
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotText,
    /// It has a control character, or does not end with a line.
    #[error("line {0} has a control character or no end")]
    Character(usize),
    /// It has no signature.
    #[error("it carries no signature")]
    Unsigned,
    /// A signature line is not written as one.
    #[error("line {0} is no signature line")]
    Line(usize),
    /// It has too many signature lines.
    #[error("it has more than {MOST_SIGNATURES} signature lines")]
    TooMany,
    /// One key signed twice.
    #[error("line {0} is a second signature of one key")]
    Twice(usize),
}

impl NoteError {
    /// The line, counted from 1; 0 for the note as a whole.
    pub const fn line(&self) -> usize {
        match self {
            Self::Character(line) | Self::Line(line) | Self::Twice(line) => *line,
            Self::TooLarge | Self::NotText | Self::Unsigned | Self::TooMany => 0,
        }
    }
}

/// One signature, not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// The key's name.
    pub name: KeyName,
    /// The key's identifier: the first bytes of a digest, to find the key by and for nothing else.
    pub id: [u8; 4],
    /// The value.
    pub value: Vec<u8>,
}

impl SignatureLine {
    fn parse(line: &str) -> Option<Self> {
        let (name, value) = line.strip_prefix(DASH)?.split_once(' ')?;
        let value = STANDARD.decode(value).ok()?;
        let (id, value) = value.split_first_chunk::<4>()?;
        let fits = (1..=LONGEST_SIGNATURE).contains(&value.len());
        fits.then_some(Self { name: KeyName::parse(name)?, id: *id, value: value.to_vec() })
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = [self.id.as_slice(), &self.value].concat();
        write!(f, "{DASH}{} {}", self.name, STANDARD.encode(value))
    }
}

/// A text with signatures, none of them checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

impl Note {
    /// Parses a note that at least one key signed.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let note = Self::parse_unfinished(bytes)?;
        if note.signatures.is_empty() { Err(NoteError::Unsigned) } else { Ok(note) }
    }

    /// Parses a note that may still lack all signatures: then it is the text alone.
    pub fn parse_unfinished(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > LARGEST {
            return Err(NoteError::TooLarge);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        let fits =
            |line: &str| line.ends_with('\n') && !line.trim_end_matches('\n').contains(char::is_control);
        if let Some(at) = whole.split_inclusive('\n').position(|line| !fits(line)) {
            return Err(NoteError::Character(at + 1));
        }
        let Some((text, signatures)) = whole.rsplit_once("\n\n") else {
            return Ok(Self { text: whole.to_owned(), signatures: Vec::new() });
        };
        let text = format!("{text}\n");
        let first = text.lines().count() + 2;
        let mut note = Self { text, signatures: Vec::new() };
        for (number, line) in (first..).zip(signatures.lines()) {
            if note.signatures.len() == MOST_SIGNATURES {
                return Err(NoteError::TooMany);
            }
            let line = SignatureLine::parse(line).ok_or(NoteError::Line(number))?;
            if !note.add(line) {
                return Err(NoteError::Twice(number));
            }
        }
        if note.signatures.is_empty() { Err(NoteError::Unsigned) } else { Ok(note) }
    }

    /// The same text with the signatures of `name` alone.
    #[must_use]
    pub fn by(mut self, name: &KeyName) -> Self {
        self.signatures.retain(|line| line.name == *name);
        self
    }

    /// A note over `text`, which ends with a line, without signatures.
    pub fn unsigned(text: String) -> Self {
        Self { text, signatures: Vec::new() }
    }

    /// Adds a signature; `false` if that key has signed already.
    pub fn add(&mut self, line: SignatureLine) -> bool {
        let known = self.signatures.iter().any(|one| (&one.name, one.id) == (&line.name, line.id));
        if !known {
            self.signatures.push(line);
        }
        !known
    }

    /// The text, which is what signatures are made over.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines.
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }
}

/// As it is parsed.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if !self.signatures.is_empty() {
            f.write_str("\n")?;
        }
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    const EXAMPLE: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    #[test]
    fn the_example_of_the_specification() {
        let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
        assert!(note.text().ends_with("sole:\n\ned è subito sera.\n"));
        let [line] = note.signatures() else { panic!("{note:?}") };
        assert_eq!((line.name.as_str(), line.value.len()), ("quasimodo.example/salvatore", 64));
        assert_eq!(note.to_string(), EXAMPLE);
    }

    #[test]
    fn everything_else_is_refused_with_its_line() {
        let signature = EXAMPLE.lines().last().unwrap();
        let padded = signature.replace("tIc=", "tId=");
        let many: String = (0..65)
            .map(|number| format!("{}\n", signature.replace("quasi", &format!("q{number}"))))
            .collect();
        for (text, error) in [
            ("text\n".to_owned(), NoteError::Unsigned),
            ("text\n\n".to_owned(), NoteError::Unsigned),
            ("text".to_owned(), NoteError::Character(1)),
            (format!("te\u{7}xt\n\n{signature}\n"), NoteError::Character(1)),
            (format!("text\r\n\n{signature}\n"), NoteError::Character(1)),
            (format!("text\n\n{signature}"), NoteError::Character(3)),
            (format!("text\n\n{signature}\n{signature}\n"), NoteError::Twice(4)),
            (format!("text\n\n{signature} \n"), NoteError::Line(3)),
            (format!("text\n\n{}\n", signature.replace('—', "-")), NoteError::Line(3)),
            (format!("text\n\n{}\n", signature.replace("tIc=", "tIc")), NoteError::Line(3)),
            // Bits that base64 does not carry would be a second spelling of one signature.
            (format!("text\n\n{padded}\n"), NoteError::Line(3)),
            (format!("text\n\n{many}"), NoteError::TooMany),
        ] {
            assert_eq!(Note::parse(text.as_bytes()), Err(error), "{text}");
        }
        assert_eq!(Note::parse(b"\xff\n\n"), Err(NoteError::NotText));
        assert_eq!(Note::parse(&vec![b'\n'; LARGEST + 1]), Err(NoteError::TooLarge));
        assert_eq!(Note::parse_unfinished(b"text\n").unwrap(), Note::unsigned("text\n".to_owned()));
    }
}
