//! What an account can do right now, derived from the blocks in force. It is stored nowhere: a block that ends by itself
//! needs nobody to notice.

use steward_entities::kinds::BlockKind;

/// What an account can do right now; of several limits the strictest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Everything.
    Full,
    /// It reads, and changes nothing but what its rights are.
    Restricted,
    /// An organization closed it for a time.
    Suspended,
    /// The person put it to rest.
    Deactivated,
    /// The organization closed it for good.
    Terminated,
}

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
            BlockKind::Deactivation => Self::Deactivated,
        }
    }
}
