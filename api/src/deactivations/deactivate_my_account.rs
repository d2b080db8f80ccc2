//! `deactivateMyAccount`: the account rests until its person wants it back. What is asserted over it is avoided.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Result, Tx,
        account::{
            control::{Aftermath, end_pending},
            credentials::{Kill, kill},
        },
        error::Error,
    },
    notices::content::{AccountDeactivated, AssertionCanceledBecause},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use steward_entities::{
    account, account_block, control_assertion, domain,
    id::AccountId,
    kinds::{AssertionStatus, BlockKind},
    organization,
};

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
        let mut aftermath = avoid(tx, &account).await?;
        let content = AccountDeactivated { email: account.email.clone(), deactivated_at: tx.now() };
        aftermath.notices.push(NoticeDraft::new(tx, &*account, content.into()));
        aftermath.events.push(EventDraft::within(account.managed_by).about(account.id));
        let Aftermath { events, notices } = aftermath;
        Ok(Done::new(account.id, EventSet::many(events), Notices::Send(notices)))
    }
}

async fn avoid(tx: &Tx<'_>, account: &account::Model) -> Result<Aftermath> {
    let pending = control_assertion::Entity::find()
        .filter(control_assertion::Column::AccountId.eq(account.id))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
        .one(tx.db())
        .await?;
    let Some(assertion) = pending else {
        return Ok(Aftermath::default());
    };
    let broken = || Error::internal("an assertion without its domain");
    let domain = domain::Entity::find_by_id(assertion.domain_id).one(tx.db()).await?.ok_or_else(broken)?;
    let organization =
        organization::Entity::find_by_id(assertion.organization_id).one(tx.db()).await?.ok_or_else(broken)?;
    let because = AssertionCanceledBecause::Deactivated;
    end_pending(tx, &organization, &domain, &[(assertion, account.clone())], AssertionStatus::Avoided, because).await
}
