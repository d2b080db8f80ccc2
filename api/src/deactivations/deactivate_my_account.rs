//! `deactivateMyAccount`: the account rests until its person wants it back. What is asserted over it is avoided.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Result, Tx,
        account::{
            away::avoid,
            control::Aftermath,
            credentials::{Kill, kill},
        },
        error::Error,
    },
    notices::content::{AccountDeactivated, AssertionCanceledBecause},
};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use steward_entities::{account, account_block, id::AccountId, kinds::BlockKind};

/// Puts the caller's own account to rest.
pub struct DeactivateMyAccount;

impl Action for DeactivateMyAccount {
    const NAME: ActionName = ActionName::DeactivateMyAccount;
    type Target = account::Model;
    type Output = AccountId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<account::Model> {
        let select = account::Entity::find_by_id(authority.own()?);
        tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)
    }

    async fn run(&self, account: Authorized<account::Model>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let row = account_block::ActiveModel {
            id: Set(tx.id()),
            account_id: Set(account.id),
            organization_id: Set(None),
            kind: Set(BlockKind::Deactivation),
            reason: Set(None),
            message: Set(None),
            created_at: Set(tx.now()),
            until: Set(None),
            lifted_at: Set(None),
        };
        row.insert(tx.db()).await?;
        // This session stays, limited: through it the person can take the account into use again.
        if let Some(person) = tx.caller().person() {
            kill(tx, &[account.id], Kill::SESSIONS.but(person.session.id)).await?;
        }
        let mut aftermath = avoid(tx, &account, AssertionCanceledBecause::Deactivated).await?;
        let content = AccountDeactivated { email: account.email.clone(), deactivated_at: tx.now() };
        aftermath.notices.push(NoticeDraft::new(tx, &*account, content.into()));
        aftermath.events.push(EventDraft::within(account.managed_by).about(account.id));
        let Aftermath { events, notices } = aftermath;
        Ok(Done::new(account.id, EventSet::many(events), Notices::Send(notices)))
    }
}
