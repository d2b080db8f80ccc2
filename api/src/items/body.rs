//! What an item says: JSON of a bounded size and depth, kept as it was given.

/// A body that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemBody(String);

/// Why a body isn't taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It has too many bytes.
    #[error("The body has {0} bytes. It can have {max} (64 KiB) at most.", max = ItemBody::MOST_BYTES)]
    TooLarge(usize),
    /// Something in it is nested too deeply.
    #[error("The body is nested more than {max} levels deep. Make it flatter.", max = ItemBody::MOST_LEVELS)]
    TooDeep,
    /// It isn't JSON.
    #[error("The body isn't JSON: {0}.")]
    NotJson(String),
}

impl ItemBody {
    /// How many bytes it can have, in UTF-8.
    pub const MOST_BYTES: usize = 65_536;
    /// How many arrays and objects can lie in each other.
    pub const MOST_LEVELS: usize = 32;

    /// Checks the text.
    ///
    /// # Errors
    /// When it is too large, nested too deeply, or no JSON.
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        if text.len() > Self::MOST_BYTES {
            return Err(BodyError::TooLarge(text.len()));
        }
        // Before anything recurses into it.
        if levels(text) > Self::MOST_LEVELS {
            return Err(BodyError::TooDeep);
        }
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| BodyError::NotJson(error.to_string()))?;
        Ok(Self(text.to_owned()))
    }

    /// The text, as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> i64 {
        i64::try_from(self.0.len()).unwrap_or(i64::MAX)
    }
}

/// How deep brackets outside of strings are nested.
fn levels(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut is_escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn json_of_every_kind_is_kept_as_it_was_given() {
        for text in ["{}", "[1, 2.50, \"\\u0000 \\\" [\"]", "\"text\"", "12", "null", " {\"b\": 1, \"a\": [true]} "] {
            assert_eq!(ItemBody::parse(text).map(|body| body.as_str().to_owned()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_json_is_named() {
        for text in ["", "{", "{'a': 1}", "[1,]", "nul", "{} {}", "\"a\nb\"", "\u{0}"] {
            let refused = ItemBody::parse(text);
            assert!(matches!(&refused, Err(BodyError::NotJson(_))), "{text:?}: {refused:?}");
        }
    }

    #[test]
    fn size_and_depth_have_their_limits() {
        let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        assert!(ItemBody::parse(&text(ItemBody::MOST_BYTES)).is_ok());
        assert_eq!(
            ItemBody::parse(&text(ItemBody::MOST_BYTES + 1)),
            Err(BodyError::TooLarge(ItemBody::MOST_BYTES + 1))
        );
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(ItemBody::parse(&nested(ItemBody::MOST_LEVELS)).is_ok());
        assert_eq!(ItemBody::parse(&nested(ItemBody::MOST_LEVELS + 1)), Err(BodyError::TooDeep));
        assert_eq!(ItemBody::parse(&"[".repeat(60_000)), Err(BodyError::TooDeep));
        assert!(ItemBody::parse(&format!("\"{}\"", "[".repeat(100))).is_ok(), "in a text they nest nothing");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "[\\[\\]{}\",:\\\\a1 ]{0,80}") {
            if let Ok(body) = ItemBody::parse(&text) {
                prop_assert_eq!(body.as_str(), text.as_str());
            }
        }
    }
}
