//! String preparation of attribute values, RFC 4518 §2: transcode, map, normalize, refuse, drop insignificant space.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::asn1::{Tlv, tag, write};

/// String types that [`tag`] does not name (X.680 §8.6).
const NUMERIC_STRING: u8 = 0x12;
const TELETEX_STRING: u8 = 0x14;
const VISIBLE_STRING: u8 = 0x1a;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;

/// The value in the one form that all values equal to it have: a UTF8String if it is text, else as it stands.
///
/// Text that RFC 4518 §2.4 does not let compare stays as encoded too, and so equals only itself.
pub(super) fn prepare(value: &Tlv<'_>) -> Vec<u8> {
    match transcode(value).and_then(|text| fold(&text)) {
        Some(text) => write::utf8(&text),
        None => value.raw.to_vec(),
    }
}

/// §2.1. TeletexString only as far as it is ASCII: writers put Latin-1, GBK and T.61 into it, and one taken for another
/// would make different names equal.
fn transcode(value: &Tlv<'_>) -> Option<String> {
    match value.tag {
        tag::UTF8_STRING => std::str::from_utf8(value.value).ok().map(str::to_owned),
        tag::PRINTABLE_STRING | tag::IA5_STRING | NUMERIC_STRING | TELETEX_STRING | VISIBLE_STRING => {
            std::str::from_utf8(value.value).ok().filter(|text| text.is_ascii()).map(str::to_owned)
        }
        BMP_STRING => {
            let (pairs, rest) = value.value.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            rest.is_empty().then(|| String::from_utf16(&units).ok())?
        }
        UNIVERSAL_STRING => {
            let (fours, rest) = value.value.as_chunks::<4>();
            let text = fours.iter().map(|four| char::from_u32(u32::from_be_bytes(*four))).collect();
            if rest.is_empty() { text } else { None }
        }
        _ => None,
    }
}

/// §2.2 to §2.6.
fn fold(text: &str) -> Option<String> {
    let mapped = text.chars().filter_map(map);
    let folded: String = match text.is_ascii() {
        true => mapped.map(|character| character.to_ascii_lowercase()).collect(),
        false => mapped.nfkc().flat_map(fold_case).nfkc().collect(),
    };
    if folded.chars().any(is_prohibited) {
        return None;
    }
    let mut spaced = String::with_capacity(folded.len());
    let mut characters = folded.chars().peekable();
    let mut waiting = false;
    while let Some(character) = characters.next() {
        // A space that carries a combining mark is a letter of its own.
        if character == ' ' && !characters.peek().is_some_and(|next| is_combining_mark(*next)) {
            waiting = !spaced.is_empty();
            continue;
        }
        if std::mem::take(&mut waiting) {
            spaced.push(' ');
        }
        spaced.push(character);
    }
    Some(spaced)
}

/// §2.2: what is mapped to a space, what to nothing.
fn map(character: char) -> Option<char> {
    match character {
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' => Some(' '),
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(' '),
        '\u{0}'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' => None,
        '\u{ad}' | '\u{34f}' | '\u{6dd}' | '\u{70f}' | '\u{1806}' | '\u{180b}'..='\u{180e}' => None,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2063}' => None,
        '\u{206a}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}' => None,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}' => None,
        other => Some(other),
    }
}

/// Case folding: by way of upper case, so that ς is σ and ß is ss. The dotless ı, whose upper case is I, stays apart from i
/// as in RFC 3454 table B.2.
fn fold_case(character: char) -> impl Iterator<Item = char> {
    let upper: Vec<char> = match character {
        'ı' => vec![character],
        other => other.to_uppercase().collect(),
    };
    upper.into_iter().flat_map(char::to_lowercase)
}

/// §2.4 without the unassigned code points, of which the set differs between versions of Unicode: private use,
/// noncharacters, the replacement character. Surrogates cannot occur here.
fn is_prohibited(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. | '\u{fffd}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(character) & 0xfffe == 0xfffe
}
