//! `deactivateMyAccount`: the account rests until its person wants it back. What is asserted over it is avoided. Who is
//! the last owner able to act for an organization hands over first, unless control is announced.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices,
        Result, Tx,
        account::{
            away::avoid,
            control::Aftermath,
            credentials::{Kill, kill},
        },
        error::Error,
    },
    notices::content::{AccountDeactivated, AssertionCanceledBecause},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use steward_entities::{
    account, account_block, control_assertion,
    id::AccountId,
    kinds::{AssertionStatus, BlockKind},
};

/// Puts the caller's own account to rest.
pub struct DeactivateMyAccount;

/// The account, locked, and then the organizations in which it has a role.
pub struct Resting {
    account: account::Model,
    administrations: Vec<Administration>,
    /// Whether control over the account is announced. Resting is then a way out, which nobody's role takes away: by
    /// waiting the person would lose the role, too.
    is_announced: bool,
}

impl Action for DeactivateMyAccount {
    const NAME: ActionName = ActionName::DeactivateMyAccount;
    type Target = Resting;
    type Output = AccountId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Resting> {
        let own = authority.own()?;
        let account = tx.lock(account::Entity::find_by_id(own)).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let administrations = Administration::of(tx, authority, own).await?;
        let announced = control_assertion::Entity::find()
            .filter(control_assertion::Column::AccountId.eq(own))
            .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending));
        let is_announced = announced.one(tx.db()).await?.is_some();
        Ok(Resting { account, administrations, is_announced })
    }

    fn check(&self, _: &Authority, resting: &Resting, _: DateTime<Utc>) -> Result<()> {
        for administration in resting.administrations.iter().filter(|_| !resting.is_announced) {
            administration.keeps_an_owner_without(resting.account.id)?;
        }
        Ok(())
    }

    async fn run(&self, resting: Authorized<Resting>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let Resting { account, .. } = resting.into_inner();
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
        aftermath.notices.push(NoticeDraft::new(tx, &account, content.into()));
        aftermath.events.push(EventDraft::within(account.managed_by).about(account.id));
        let Aftermath { events, notices } = aftermath;
        Ok(Done::new(account.id, EventSet::many(events), Notices::Send(notices)))
    }
}
