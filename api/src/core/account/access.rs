//! What an account can do right now, derived from the blocks in force. It is stored nowhere: a block that ends by itself
//! needs nobody to notice.

use serde::{Deserialize, Serialize};
use steward_entities::kinds::BlockKind;

/// What an account can do right now; of several limits the strictest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Access {
    /// Everything.
    Full,
    /// It reads, and changes nothing but what its rights are.
    Restricted,
    /// An organization closed it for a time.
    Suspended,
    /// The person put it to rest.
    Deactivated,
    /// An organization closed it for good, or its deletion is scheduled.
    Terminated,
}

/// The blocks that leave a person with their rights alone: what remains is a limited session.
pub const LIMITING: [BlockKind; 5] = [
    BlockKind::Restriction,
    BlockKind::Suspension,
    BlockKind::Deactivation,
    BlockKind::Termination,
    BlockKind::Deletion,
];

impl Access {
    /// The access that these blocks leave.
    #[must_use]
    pub fn left_by(blocks: impl IntoIterator<Item = BlockKind>) -> Self {
        blocks.into_iter().map(Self::from).max().unwrap_or(Self::Full)
    }
}

impl From<BlockKind> for Access {
    fn from(block: BlockKind) -> Self {
        match block {
            // It closes one organization's workspaces and not the account.
            BlockKind::PasswordReset => Self::Full,
            BlockKind::Restriction => Self::Restricted,
            BlockKind::Suspension => Self::Suspended,
            BlockKind::Deactivation => Self::Deactivated,
            // What is about to be deleted opens no more than what was closed for good.
            BlockKind::Termination | BlockKind::Deletion => Self::Terminated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_limit_counts() {
        let blocks = [BlockKind::Restriction, BlockKind::PasswordReset, BlockKind::Suspension];
        assert_eq!(Access::left_by(blocks), Access::Suspended);
        assert_eq!(Access::left_by([]), Access::Full);
    }

    #[test]
    fn what_leaves_less_than_full_access_limits_the_session() {
        for &kind in BlockKind::ALL {
            assert_eq!(LIMITING.contains(&kind), Access::from(kind) != Access::Full, "{kind:?}");
        }
    }
}
