//! The rules that every text shares.

use unicode_normalization::UnicodeNormalization;

use super::TextError;

/// Whether a text may have line breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    One,
    Many,
}

/// Trims, normalizes (NFC) and checks: 1 to `max` characters, something to see, nothing that hides or reorders.
///
/// The joiners U+200C and U+200D stay: Persian, Indic names and emoji need them. With [`Lines::Many`], each CR LF
/// becomes one line feed, the only control character that is allowed then.
pub(super) fn clean(raw: &str, lines: Lines, max: usize) -> Result<String, TextError> {
    let text: String = match lines {
        Lines::One => raw.trim().nfc().collect(),
        Lines::Many => raw.replace("\r\n", "\n").trim().nfc().collect(),
    };
    for character in text.chars() {
        let line_feed = lines == Lines::Many && character == '\n';
        if !line_feed {
            refuse_unseen(character)?;
        }
    }
    if text.chars().all(is_blank) {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    Ok(text)
}

/// Refuses line breaks, control characters (C0, C1) and characters that are invisible or change the order of others.
pub(super) fn refuse_unseen(character: char) -> Result<(), TextError> {
    match character {
        '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Err(TextError::LineBreak),
        _ if character.is_control() => Err(TextError::ControlCharacter(character)),
        _ if is_invisible(character) => Err(TextError::InvisibleCharacter(character)),
        _ => Ok(()),
    }
}

/// Format characters without a shape of their own, except the two joiners.
///
/// Bidirectional marks, overrides and isolates show text in another order than it has ("Trojan Source",
/// CVE-2021-42574); zero-width characters make two names that look alike; tags and annotations carry hidden words.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' // soft hyphen, grapheme joiner, Arabic mark, Mongolian separator
        | '\u{200b}' | '\u{200e}' | '\u{200f}' // zero-width space, direction marks
        | '\u{202a}'..='\u{202e}' // embeddings and overrides
        | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, isolates, deprecated format characters
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' // zero-width no-break space, annotations
        | '\u{1d173}'..='\u{1d17a}' // musical format characters
        | '\u{e0000}'..='\u{e007f}') // tags
        || u32::from(character) & 0xfffe == 0xfffe // non-characters at the end of each plane
        || matches!(character, '\u{fdd0}'..='\u{fdef}') // non-characters
}

/// Characters that are allowed beside others, but show nothing when they stand alone.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character,
            '\u{200c}' | '\u{200d}' // joiners
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
            | '\u{17b4}' | '\u{17b5}' // Khmer inherent vowels
            | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' // variation selectors
            | '\u{2800}') // Braille pattern without dots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_and_normalizes() {
        assert_eq!(clean(" \u{3000}Ame\u{301}lie\n", Lines::One, 10).as_deref(), Ok("Amélie"));
    }

    #[test]
    fn joiners_stay_and_other_invisible_characters_are_refused() {
        assert_eq!(clean("👩\u{200d}🚀", Lines::One, 10).as_deref(), Ok("👩\u{200d}🚀"));
        for hidden in "\u{200b}\u{202e}\u{2066}\u{2069}\u{200f}\u{feff}\u{e0041}\u{ffff}\u{10fffe}".chars() {
            let result = clean(&format!("a{hidden}b"), Lines::One, 10);
            assert_eq!(result, Err(TextError::InvisibleCharacter(hidden)), "{hidden:?}");
        }
    }

    #[test]
    fn control_characters_and_line_breaks_are_refused() {
        for control in ['\0', '\t', '\u{1b}', '\u{7f}', '\u{9f}'] {
            assert_eq!(clean(&format!("a{control}b"), Lines::One, 10), Err(TextError::ControlCharacter(control)));
            assert_eq!(clean(&format!("a{control}b"), Lines::Many, 10), Err(TextError::ControlCharacter(control)));
        }
        for line_break in ['\n', '\r', '\u{85}', '\u{2028}'] {
            assert_eq!(clean(&format!("a{line_break}b"), Lines::One, 10), Err(TextError::LineBreak));
        }
        assert_eq!(clean("a\r\nb\nc", Lines::Many, 10).as_deref(), Ok("a\nb\nc"));
        assert_eq!(clean("a\rb", Lines::Many, 10), Err(TextError::LineBreak));
    }

    #[test]
    fn text_that_shows_nothing_is_empty() {
        for blank in ["", "  ", "\u{3164}", "\u{200d}\u{200c}", "\u{2800} \u{fe0f}"] {
            assert_eq!(clean(blank, Lines::One, 10), Err(TextError::Empty), "{blank:?}");
        }
    }
}
