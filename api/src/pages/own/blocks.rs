//! What limits the account, as its person reads it: what it is, who set it, their words, how it ends. The reason that
//! the log keeps isn't among it.

use crate::core::{
    ActionName, Result,
    account::access::{Access, LIMITING},
};
use crate::pages::own::visit::OwnVisit;
use chrono::{DateTime, Utc};
use serde::Serialize;
use steward_entities::{account_block, kinds::BlockKind, organization};

/// What of it the person began, and can end here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// `reactivateMyAccount`.
    Reactivate,
    /// `cancelMyAccountDeletion`.
    CancelDeletion,
}

impl Undo {
    /// What ends a block of this kind.
    fn of(kind: BlockKind) -> Option<(Self, ActionName)> {
        match kind {
            BlockKind::Deactivation => Some((Self::Reactivate, ActionName::ReactivateMyAccount)),
            BlockKind::Deletion => Some((Self::CancelDeletion, ActionName::CancelMyAccountDeletion)),
            BlockKind::PasswordReset | BlockKind::Restriction | BlockKind::Suspension | BlockKind::Termination => None,
        }
    }
}

/// One fact that limits the account.
#[derive(Clone, Debug, Serialize)]
pub struct BlockShown {
    /// What it is.
    pub kind: BlockKind,
    /// Who set it; none for the person and the platform.
    pub organization: Option<String>,
    /// Whom to ask there.
    pub contact: Option<String>,
    /// Their words to the person.
    pub message: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
    /// How the person ends it.
    pub undo: Option<Undo>,
}

impl BlockShown {
    fn new(own: &OwnVisit, (block, by): (account_block::Model, Option<organization::Model>)) -> Self {
        let undo = Undo::of(block.kind).filter(|(_, action)| by.is_none() && own.may(*action));
        let (organization, contact) = by.map(|by| (by.name, by.administrative_email)).unzip();
        Self {
            kind: block.kind,
            organization,
            contact: contact.flatten(),
            message: block.message,
            since: block.created_at,
            until: block.until,
            undo: undo.map(|(undo, _)| undo),
        }
    }
}

/// What limits the account, the strictest first.
///
/// # Errors
/// The database's.
pub async fn blocks(own: &OwnVisit) -> Result<Vec<BlockShown>> {
    let blocks = own.reader().blocks_shown(&own.view()?).await?.unwrap_or_default();
    let mut blocks: Vec<BlockShown> = blocks.into_iter().map(|block| BlockShown::new(own, block)).collect();
    blocks.sort_by_key(|block| (std::cmp::Reverse(Access::from(block.kind)), block.since));
    Ok(blocks)
}

/// Whether one of them leaves the person with their rights alone.
#[must_use]
pub fn limit(blocks: &[BlockShown]) -> bool {
    blocks.iter().any(|block| LIMITING.contains(&block.kind))
}

/// Whether the account is about to be deleted.
#[must_use]
pub fn is_leaving(blocks: &[BlockShown]) -> bool {
    blocks.iter().any(|block| block.kind == BlockKind::Deletion)
}
