//! Words from one person to another.

use super::TextError;
use super::clean::{Lines, clean};
use super::parsed::parsed_text;

/// Words that an administrator sends to a person: 1 to 2,000 characters, with line breaks (`\n`).
///
/// It is plain text. `<` and `&` are allowed: whoever shows it escapes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message(String);

impl Message {
    /// The most characters it can have.
    pub const MAX: usize = 2_000;

    /// Trims, normalizes and checks the text; each CR LF becomes `\n`.
    ///
    /// # Errors
    /// When it is empty or too long, or has a character that is invisible or a control other than the line break.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        clean(raw, Lines::Many, Self::MAX).map(Self)
    }

    /// The text: trimmed, in NFC, with `\n` as the only control character.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

parsed_text!(Message);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_and_markup_are_kept_as_text() {
        let message = Message::parse("Hello,\r\n\r\n<b>you</b> & me\n").expect("a valid message");
        assert_eq!(message.as_str(), "Hello,\n\n<b>you</b> & me");
    }

    #[test]
    fn refused() {
        assert_eq!(Message::parse("\n \r\n"), Err(TextError::Empty));
        assert_eq!(Message::parse("a\0b"), Err(TextError::ControlCharacter('\0')));
        assert_eq!(Message::parse(&"a\n".repeat(1_001)), Err(TextError::TooLong { max: 2_000 }));
    }

    proptest! {
        #[test]
        fn what_is_parsed_keeps_its_promises(raw in "(?s).*|[a-z\r\n]{0,40}") {
            if let Ok(message) = Message::parse(&raw) {
                prop_assert!(!message.as_str().chars().any(|character| character.is_control() && character != '\n'));
                prop_assert_eq!(Message::parse(message.as_str()), Ok(message));
            }
        }
    }
}
