//! A password that somebody signs in with.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use super::TextError;

/// A password as somebody gave it to sign in, in NFC, with no rule but its length: rules for new passwords may be
/// stricter than they were when this one was chosen. `Debug` shows nothing of it.
#[derive(Clone, Debug)]
pub struct GivenPassword(SecretString);

/// The most characters of any password. More would cost memory and time before anybody is known.
pub(super) const MAX_CHARACTERS: usize = 256;

/// Longer input is refused before it is normalized. Nothing that people type takes more octets before than this.
const MAX_INPUT_OCTETS: usize = 16 * MAX_CHARACTERS;

impl GivenPassword {
    /// Normalizes the password (NFC); it isn't trimmed.
    ///
    /// # Errors
    /// When it has more than 256 characters.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        normalize(raw).map(|password| Self(password.into()))
    }

    /// The password itself, for the hash alone.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// NFC, and the one rule of length that all passwords share.
pub(super) fn normalize(raw: &str) -> Result<String, TextError> {
    let too_long = TextError::TooLong { max: MAX_CHARACTERS };
    if raw.len() > MAX_INPUT_OCTETS {
        return Err(too_long);
    }
    let password: String = raw.nfc().collect();
    if password.chars().count() > MAX_CHARACTERS {
        return Err(too_long);
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_but_length_is_checked() {
        for raw in ["", " a ", "a\0b", "password", &"語".repeat(256)] {
            assert_eq!(GivenPassword::parse(raw).expect("a given password").expose(), raw);
        }
        for raw in ["a".repeat(257), "a".repeat(1_000_000)] {
            assert_eq!(GivenPassword::parse(&raw).expect_err("too long"), TextError::TooLong { max: 256 });
        }
    }

    #[test]
    fn both_ways_to_type_a_letter_are_the_same_password() {
        assert_eq!(GivenPassword::parse("cafe\u{301}").expect("a given password").expose(), "café");
        assert!(GivenPassword::parse(&"e\u{301}".repeat(256)).is_ok());
    }

    proptest! {
        #[test]
        fn debug_shows_nothing(raw in "[a-z]{20,40}") {
            let given = GivenPassword::parse(&raw).expect("a given password");
            let shown = format!("{given:?}");
            prop_assert!(!shown.contains(&raw));
        }

        #[test]
        fn any_text_is_read_or_too_long(raw in "(?s).{0,300}") {
            match GivenPassword::parse(&raw) {
                Ok(given) => prop_assert!(given.expose().chars().count() <= 256),
                Err(error) => prop_assert_eq!(error, TextError::TooLong { max: 256 }),
            }
        }
    }
}
