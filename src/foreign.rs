//! Text that others wrote, as it is shown to people: nothing in it steers a terminal, and it reads as what it is.
//! What is compared, kept or sent is not changed here.

/// Ranges of characters that are not seen themselves and move, reorder or hide what stands beside them, or make two texts look
/// alike: format characters (Unicode's category Cf, among them those of UAX #9 that turn the direction), separators of lines and
/// paragraphs, and the rest of what is ignored where it is not known (`Default_Ignorable_Code_Point`, UAX #44 §5.9), such as
/// fillers, tags and selectors of variants.
const UNSEEN: [(char, char); 27] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    // A pattern without dots, which looks like a space.
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
    ('\u{fffe}', '\u{ffff}'),
];

/// Whether `character` is a control, or one that is not seen.
pub fn is_unseen(character: char) -> bool {
    character.is_control() || UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

/// `text` for people, on one line: with U+FFFD for every character that is not seen.
pub fn shown(text: &str) -> String {
    text.chars().map(|character| if is_unseen(character) { '\u{fffd}' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_shown() {
        for hostile in [
            '\n',
            '\r',
            '\t',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{61c}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{206a}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            assert_eq!(shown(&format!("湖南{hostile}省")), "湖南\u{fffd}省", "{:x}", u32::from(hostile));
        }
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\n"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
        for plain in ["营业执照 ✓", "Größe “é” — 50 %", "中华人民共和国、《证照》", "𠮷野家", "\u{a0}"]
        {
            assert_eq!(shown(plain), plain);
        }
    }

    #[test]
    fn ranges_are_ranges() {
        assert!(UNSEEN.iter().all(|(first, last)| first <= last));
    }
}
