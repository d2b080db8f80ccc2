//! The rest of an erasure: words in the notices of somebody who is a former user already, some in each chunk. Nothing calls
//! it off, and whoever is interrupted goes on where the last chunk ended.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventSet, Notices, Progress, Result, Silence, Tx, Unlogged,
    account::erase::{Remainder, forget_some, is_former},
    error::Error,
};
use sea_orm::EntityTrait;
use steward_entities::{
    account, account_block,
    id::{AccountBlockId, AccountId},
};

/// Forgets the next words.
pub struct FinishErasure {
    /// The deletion.
    pub deletion: AccountBlockId,
    /// What is left.
    pub from: Remainder,
}

impl FinishErasure {
    /// What is left, as the job keeps it.
    ///
    /// # Errors
    /// `Internal` for what no chunk has written.
    pub fn from_cursor(deletion: AccountBlockId, cursor: &str) -> Result<Self> {
        Ok(Self { deletion, from: serde_json::from_str(cursor)? })
    }

    /// How far the job is when this much is left.
    ///
    /// # Errors
    /// Never: it can be written.
    pub fn progress(left: Option<Remainder>) -> Result<Progress> {
        Ok(match left {
            Some(left) => Progress::More { cursor: Some(serde_json::to_string(&left)?), done: 0 },
            None => Progress::Complete { done: 1 },
        })
    }
}

impl Action for FinishErasure {
    const NAME: ActionName = ActionName::EraseAccount;
    type Target = AccountId;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<AccountId> {
        let broken = || Error::internal("what is left of an erasure is about nobody who was erased");
        let deletion = account_block::Entity::find_by_id(self.deletion).one(tx.db()).await?.ok_or_else(broken)?;
        let account = tx.lock(account::Entity::find_by_id(deletion.account_id)).one(tx.db()).await?;
        Ok(account.filter(is_former).ok_or_else(broken)?.id)
    }

    async fn run(&self, account: Authorized<AccountId>, tx: &Tx<'_>) -> Result<Done<()>> {
        let left = forget_some(tx, *account, self.from).await?;
        let done = Done::new((), EventSet::none(Unlogged::EarlierChunk), Notices::None(Silence::NobodyIsAffected));
        Ok(done.progress(Self::progress(left)?))
    }
}
