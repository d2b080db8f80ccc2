//! What a browser or program says that it is.

use unicode_normalization::UnicodeNormalization;

use super::clean::refuse_unseen;
use super::parsed::shown_text;

/// The `User-Agent` of a request, shown to people in the list of their sessions: one line of up to 300 characters.
///
/// Nobody signs in worse for a strange header, so reading it never fails; it may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UserAgent(String);

impl UserAgent {
    /// The most characters that are kept.
    pub const MAX: usize = 300;

    /// Keeps what can be shown: strips control and invisible characters and cuts after [`Self::MAX`] characters.
    pub fn lenient(raw: &str) -> Self {
        // Twice the length is read, so that a composed character at the end stays whole; a long header costs no more.
        let seen = raw.trim().chars().filter(|character| refuse_unseen(*character).is_ok()).take(2 * Self::MAX);
        let cut: String = seen.nfc().take(Self::MAX).collect();
        Self(cut.trim().to_owned())
    }

    /// The device in plain words, such as “Firefox on Linux”.
    pub fn device(&self) -> String {
        super::device::in_plain_words(&self.0)
    }

    /// The text, without control characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

shown_text!(UserAgent);

impl<'de> serde::Deserialize<'de> for UserAgent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|raw| Self::lenient(&raw))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strips_and_cuts() {
        assert_eq!(UserAgent::lenient(" curl/8.5\r\nX: y\u{202e} ").as_str(), "curl/8.5X: y");
        assert_eq!(UserAgent::lenient(&"é".repeat(400)).as_str().chars().count(), 300);
        assert_eq!(UserAgent::lenient("").as_str(), "");
    }

    proptest! {
        #[test]
        fn it_always_can_be_shown(raw in "(?s).{0,700}") {
            let agent = UserAgent::lenient(&raw);
            prop_assert!(agent.as_str().chars().count() <= UserAgent::MAX);
            prop_assert!(!agent.as_str().chars().any(char::is_control));
            prop_assert_eq!(UserAgent::lenient(agent.as_str()), agent);
        }
    }
}
