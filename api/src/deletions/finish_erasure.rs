//! The rest of an erasure: items and words in the notices of somebody who is a former user already, some in each chunk. Nothing calls
//! it off, and whoever is interrupted goes on where the last chunk ended. It is a job of its own: a program that doesn't know
//! it leaves it to one that does.

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

/// Forgets the next items and words.
pub struct FinishErasure {
    /// The deletion.
    pub deletion: AccountBlockId,
    /// What is left.
    pub from: Remainder,
}

impl FinishErasure {
    /// What is left, as the job keeps it: at first all.
    ///
    /// # Errors
    /// `Internal` for what no chunk has written.
    pub fn from_cursor(deletion: AccountBlockId, cursor: Option<&str>) -> Result<Self> {
        let from = cursor.map_or(Ok(Remainder::Items), serde_json::from_str)?;
        Ok(Self { deletion, from })
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
        Ok(done.progress(match left {
            Some(left) => Progress::More { cursor: Some(serde_json::to_string(&left)?), done: 0 },
            None => Progress::Complete { done: 1 },
        }))
    }
}
