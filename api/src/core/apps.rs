//! Third-party apps: what they ask for and see.

pub mod administrators;
pub mod changes;
pub mod clients;
pub mod closing;
pub mod contacts;
pub mod data_deletion;
pub mod hidden;
pub mod reach;
pub mod requests;
pub mod rules;
pub mod sight;
pub mod sightings;
pub mod still_true;
pub mod telling;
pub mod tokens;
pub mod webhooks;

use serde::{Deserialize, Serialize};
use steward_entities::kinds::AppScope;

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(pub i64);

impl Scopes {
    const fn bit(scope: AppScope) -> i64 {
        1 << scope as i64
    }

    /// Whether it is one of them.
    #[must_use]
    pub const fn has(self, scope: AppScope) -> bool {
        self.0 & Self::bit(scope) != 0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that the other set lacks.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Each of them, in order.
    pub fn iter(self) -> impl Iterator<Item = AppScope> {
        AppScope::ALL.iter().copied().filter(move |scope| self.has(*scope))
    }

    /// Their names, as they are stored and shown.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        self.iter().map(|scope| scope.as_str().to_owned()).collect()
    }
}

impl FromIterator<AppScope> for Scopes {
    fn from_iter<I: IntoIterator<Item = AppScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | Self::bit(scope)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_scopes_is_what_went_in() {
        let set = Scopes::from_iter([AppScope::WriteItems, AppScope::ReadName, AppScope::ReadName]);
        assert_eq!(set.names(), ["READ_NAME", "WRITE_ITEMS"]);
        assert!(set.has(AppScope::ReadName) && !set.has(AppScope::ReadItems));
        let all: Scopes = AppScope::ALL.iter().copied().collect();
        assert_eq!(all.without(set).names(), ["READ_EMAIL", "READ_PROFILE", "READ_ITEMS"]);
        assert_eq!((all.and(set), all.without(set).or(set)), (set, all));
        assert!(set.without(all).is_empty());
    }
}
