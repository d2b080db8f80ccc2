//! `deleteMyAccount`: a person has their own account deleted, where no organization manages it. Access ends at once but for
//! this session, through which it can be canceled; what is asserted over the account is avoided.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Code, Done, EventDraft, EventSet, JobDraft,
        NoticeDraft, Notices, Refusal, Result, Tx, Work,
        account::{
            away::avoid,
            block::{Block, lay},
            control::Aftermath,
            credentials::{Kill, kill},
        },
        caller::in_force,
        edits::Edit,
        error::Error,
        guards::{EditRestricted, forbids_edit},
    },
    deletions::grace::Grace,
    notices::content::{AccountDeletionScheduled, AssertionCanceledBecause},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use steward_entities::{
    account, account_block,
    id::AccountId,
    kinds::{BlockKind, EditOperation},
};

/// Schedules the deletion of the caller's own account.
pub struct DeleteMyAccount {
    /// How long it waits.
    pub grace: Grace,
    /// Only plan.
    pub dry_run: bool,
}

/// Why a person can't have their account deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeletionRefusal {
    /// An organization decides.
    #[error(
        "An organization manages this account: only its administrators can delete it. Ask them, or ask for release."
    )]
    Managed,
    /// Operators hold powers over the platform.
    #[error("You are an operator of the platform. Have another operator take that back first.")]
    Operator,
    /// It is so already.
    #[error("The deletion of your account is scheduled already.")]
    ScheduledAlready,
}

impl Refusal for DeletionRefusal {
    fn code(&self) -> Code {
        match self {
            Self::Managed => Code::Managed,
            Self::Operator | Self::ScheduledAlready => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

/// The account, locked, and then the organizations in which it has a role.
pub struct Leaving {
    account: account::Model,
    is_scheduled: bool,
    restricted: Option<EditRestricted>,
    administrations: Vec<Administration>,
}

impl Action for DeleteMyAccount {
    const NAME: ActionName = ActionName::DeleteMyAccount;
    type Target = Leaving;
    type Output = AccountId;

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Leaving> {
        let own = authority.own()?;
        let account = tx.lock(account::Entity::find_by_id(own)).one(tx.db()).await?.ok_or(Error::Unauthenticated)?;
        let scheduled = account_block::Entity::find()
            .filter(account_block::Column::AccountId.eq(own))
            .filter(account_block::Column::Kind.eq(BlockKind::Deletion))
            .filter(in_force(tx.now()));
        let is_scheduled = scheduled.count(tx.db()).await? > 0;
        let administrations = Administration::of(tx, authority, own).await?;
        let restricted = forbids_edit(tx, &account, Edit::own(EditOperation::DeleteAccount)).await?;
        Ok(Leaving { account, is_scheduled, restricted, administrations })
    }

    fn check(&self, _: &Authority, leaving: &Leaving, _: DateTime<Utc>) -> Result<()> {
        let Leaving { account, is_scheduled, restricted, administrations } = leaving;
        // First, because it says more: who has restricted it, why, and until when.
        if let Some(restricted) = restricted {
            return Err(restricted.clone().into());
        }
        if account.managed_by.is_some() {
            return Err(DeletionRefusal::Managed.into());
        }
        if *is_scheduled {
            return Err(DeletionRefusal::ScheduledAlready.into());
        }
        if account.operator_at.is_some() {
            return Err(DeletionRefusal::Operator.into());
        }
        for administration in administrations {
            administration.keeps_an_owner_without(account.id)?;
        }
        Ok(())
    }

    async fn run(&self, leaving: Authorized<Leaving>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let Leaving { account, .. } = leaving.into_inner();
        // The date that is set here ends everything: a wrong clock must not set it.
        tx.agree_on_time().await?;
        let until = self.grace.ends(tx.now());
        let block = Block { kind: BlockKind::Deletion, by: None, reason: None, message: None, until: Some(until) };
        let deletions = lay(tx, &[account.id], block).await?;
        // This session stays, limited: through it the person can cancel.
        if let Some(person) = tx.caller().person() {
            kill(tx, &[account.id], Kill::ALL.but(person.session.id)).await?;
        }
        let mut aftermath = avoid(tx, &account, AssertionCanceledBecause::BeingDeleted).await?;
        let content = AccountDeletionScheduled {
            organization: None,
            email: account.email.clone(),
            contact: None,
            message: None,
            deleted_at: until,
        };
        aftermath.notices.push(NoticeDraft::new(tx, &account, content.into()));
        let details = json!({ "graceDays": self.grace.in_days(), "until": until });
        aftermath.events.push(EventDraft::within(None).about(account.id).details(details));
        let Aftermath { events, notices } = aftermath;
        let done = Done::new(account.id, EventSet::many(events), Notices::Send(notices));
        let erase = |deletion| JobDraft::new(tx, Work::EraseAccount { deletion }).at(until);
        Ok(deletions.into_iter().map(erase).fold(done, Done::then))
    }
}
