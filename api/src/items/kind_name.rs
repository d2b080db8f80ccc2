//! What a kind of items is called.

/// The name of a kind of items, such as `planner.note`: no other on the platform has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindName(String);

/// A name that can't be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "A kind is called by 1 to 100 small letters, digits, underscores and dots, as in “planner.note”; between dots, and at \
     the beginning, there is a letter."
)]
pub struct BadKindName;

impl KindName {
    /// Checks the name.
    ///
    /// # Errors
    /// When it can't be one.
    pub fn parse(text: &str) -> Result<Self, BadKindName> {
        let is_part = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_lowercase())
                && part.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
        };
        if text.len() <= 100 && text.split('.').all(is_part) { Ok(Self(text.to_owned())) } else { Err(BadKindName) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_small_and_plain() {
        for good in ["note", "planner.note", "a1_b.c2.d"] {
            assert!(KindName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "Note", "1a", "a.1", "a b", "ä", "a-b", &"a".repeat(101)] {
            assert!(KindName::parse(bad).is_err(), "{bad}");
        }
    }
}
