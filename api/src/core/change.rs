//! What a caller wants of a value that may be missing.

use serde::{Deserialize, Serialize};

/// What becomes of a value that may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change<T> {
    /// It stays.
    #[default]
    Keep,
    /// It is taken away.
    Clear,
    /// It becomes this.
    To(T),
}

impl<T: AsRef<str>> Change<T> {
    /// The value afterwards.
    #[must_use]
    pub fn of(&self, now: Option<&String>) -> Option<String> {
        match self {
            Self::Keep => now.cloned(),
            Self::Clear => None,
            Self::To(value) => Some(value.as_ref().to_owned()),
        }
    }
}
