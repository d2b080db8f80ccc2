//! Counts tokens and nesting in a query's text before the parser sees it.
//!
//! The parser recurses with the nesting of the text and allocates for each token; this pass does neither. It only has
//! to see the same tokens as the parser in documents that the parser accepts; in others it may count differently,
//! since the parser refuses them, and its work stays bounded by what was counted here.

use crate::graphql::request_error::RequestError;

use super::{MAX_NESTING, MAX_TOKENS};

/// Walks the text once. Fails when there are too many tokens, when brackets nest too deeply, or when a string
/// carries the character U+0000, which no text in the product may hold.
pub(super) fn check(text: &str) -> Result<(), RequestError> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut tokens: u64 = 0;
    let mut nesting: u64 = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = line_end(bytes, at);
                continue;
            }
            b'"' => at = string_end(bytes, at)?,
            b'.' => at += if bytes[at..].starts_with(b"...") { 3 } else { 1 },
            b'{' | b'(' | b'[' => {
                at += 1;
                nesting += 1;
                if nesting > MAX_NESTING {
                    return Err(RequestError::TooComplex {
                        what: "its brackets nest to a depth of",
                        value: nesting,
                        limit: MAX_NESTING,
                    });
                }
            }
            b'}' | b')' | b']' => {
                at += 1;
                nesting = nesting.saturating_sub(1);
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => at = run_end(bytes, at + 1, |byte| matches!(byte, b'_' | b'+')),
            b'-' | b'0'..=b'9' => at = run_end(bytes, at + 1, |byte| matches!(byte, b'+' | b'-' | b'.' | b'_')),
            _ => at += 1,
        }
        tokens += 1;
        if tokens > MAX_TOKENS {
            return Err(RequestError::TooComplex {
                what: "its tokens number at least",
                value: tokens,
                limit: MAX_TOKENS,
            });
        }
    }
    Ok(())
}

/// The end of a run of letters, digits and `extra` from `at` on.
fn run_end(bytes: &[u8], at: usize, extra: impl Fn(u8) -> bool) -> usize {
    bytes[at..]
        .iter()
        .position(|&byte| !byte.is_ascii_alphanumeric() && !extra(byte))
        .map_or(bytes.len(), |length| at + length)
}

/// The end of the line that `at` lies in.
fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |length| at + length)
}

/// The place after the string that begins at `start`. An unfinished one ends with its line, where the parser fails.
/// An unfinished block string is refused here: the parser would try to read its quotes as two plain strings, and see
/// brackets where this pass sees text.
fn string_end(bytes: &[u8], start: usize) -> Result<usize, RequestError> {
    let block = bytes[start..].starts_with(b"\"\"\"");
    let mut at = start + if block { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            0 => return Err(nul()),
            b'"' if !block => return Ok(at + 1),
            b'"' if bytes[at..].starts_with(b"\"\"\"") => return Ok(at + 3),
            b'\\' if block => at += if bytes[at..].starts_with(b"\\\"\"\"") { 4 } else { 1 },
            b'\\' if bytes[at..].starts_with(b"\\u0000") => return Err(nul()),
            b'\\' => at += 2,
            b'\n' | b'\r' if !block => return Ok(at),
            _ => at += 1,
        }
    }
    if !block {
        return Ok(bytes.len());
    }
    Err(RequestError::Syntax { problem: "a block string isn't closed".to_owned(), locations: Vec::new() })
}

fn nul() -> RequestError {
    RequestError::NotARequest("Strings can't contain the character U+0000.".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        format!("{}x{}", "{a".repeat(depth), "}".repeat(depth))
    }

    #[test]
    fn brackets_inside_strings_and_comments_do_not_count() {
        let deep = "{[(".repeat(100);
        for text in [
            format!("{{ a(x: \"{deep}\") }}"),
            format!("{{ a(x: \"\\\"{deep}\") }}"),
            format!("{{ a(x: \"\"\"{deep}\n\\\"\"\" {deep} \" \"\" \"\"\") }}"),
            format!("{{ a # {deep}\n }}"),
        ] {
            assert_eq!(check(&text), Ok(()), "{text}");
        }
    }

    #[test]
    fn brackets_after_strings_and_comments_count() {
        let deep = "{".repeat(200);
        for text in [
            format!("\"\" {deep}"),
            format!("\"a\\\\\" {deep}"),
            format!("\"\"\"a\\\"\"\"b\"\"\" {deep}"),
            format!("# comment\r{deep}"),
            format!("\"unfinished\n{deep}"),
        ] {
            assert!(matches!(check(&text), Err(RequestError::TooComplex { .. })), "{text}");
        }
    }

    #[test]
    fn the_deepest_allowed_nesting_passes_and_one_more_does_not() {
        let most = usize::try_from(MAX_NESTING).expect("small");
        assert_eq!(check(&nested(most)), Ok(()));
        assert!(check(&nested(most + 1)).is_err());
    }

    #[test]
    fn as_many_tokens_as_allowed_pass_and_one_more_does_not() {
        let most = usize::try_from(MAX_TOKENS).expect("small");
        for token in ["a ", "1 ", "... ", "$ ", "-1.5e+3 ", "\"x\" ", "! "] {
            assert_eq!(check(&token.repeat(most)), Ok(()), "{token}");
            assert!(check(&token.repeat(most + 1)).is_err(), "{token}");
        }
        assert_eq!(check(&", \n\t\r # x\n".repeat(most + 1)), Ok(()));
    }

    #[test]
    fn the_nul_character_is_refused_in_every_spelling() {
        for text in ["{ a(x: \"\\u0000\") }", "{ a(x: \"\0\") }", "{ a(x: \"\"\"\0\"\"\") }"] {
            assert!(check(text).is_err(), "{text:?}");
        }
        for text in ["{ a(x: \"\\\\u0000\") }", "{ a(x: \"\"\"\\u0000\"\"\") }"] {
            assert_eq!(check(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn an_unfinished_block_string_hides_no_brackets() {
        let text = format!("{{ a(x: [\"\"\" \" {} ]) }}", "[".repeat(10_000));
        assert!(matches!(check(&text), Err(RequestError::Syntax { .. })));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_walked_to_its_end(text in "[\"\\\\#{}()\\[\\]a0.\\-\n\0é$ ]{0,200}") {
            let _ = check(&text);
        }
    }
}
