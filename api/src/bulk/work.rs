//! What a job over many accounts is to do, as it is kept with the job.

use crate::{
    access::{
        block_account::{RestrictAccount, SuspendAccount, TerminateAccount},
        restore_account::RestoreAccount,
    },
    accounts::list::{AccountFilter, AccountList, AccountOrder},
    claims::release_accounts::Release,
    core::{
        AccountAct, ActionName, Authority, Caller, Result, Scope, Tx,
        account_act::{self, Sorted},
        authority::{Administrator, authorize},
        powers,
    },
    deletions::delete_account::DeleteAccount,
    edit_restrictions::restrict_accounts::RestrictAccounts,
    email_changes::change_email_domain::ChangeEmailDomain,
    graphql::page::Window,
    passwords::require_password_reset::RequirePasswordReset,
    profiles::update_account_profile::UpdateAccountProfile,
    sessions::revoke_sessions::RevokeAllSessions,
};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use steward_entities::{
    account,
    id::{AccountId, OrganizationId},
    kinds::ActorKind,
};
use uuid::Uuid;

/// How many accounts one change touches at most.
pub const CHUNK: usize = 1_000;

/// Everything that a job needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bulk {
    /// Whose administrator asked for it.
    pub organization: OrganizationId,
    /// Who: their power is decided anew for each chunk.
    pub by: Initiator,
    /// Which accounts.
    pub selection: Selection,
    /// What is done.
    pub act: BulkAct,
}

/// Who asked for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Initiator {
    /// A person or a key.
    pub kind: ActorKind,
    /// Which.
    pub id: Uuid,
}

/// Which accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These, in the order of their ids, each once.
    Accounts(Vec<AccountId>),
    /// Those that the filter finds when their turn comes.
    Filter(Box<AccountFilter>),
}

/// What can be done to many.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAct {
    /// `restrictAccount`.
    Restrict(RestrictAccount),
    /// `suspendAccount`.
    Suspend(SuspendAccount),
    /// `restoreAccount`.
    Restore(RestoreAccount),
    /// `terminateAccount`.
    Terminate(TerminateAccount),
    /// `deleteAccount`.
    Delete(DeleteAccount),
    /// `requirePasswordReset`.
    RequirePasswordReset(RequirePasswordReset),
    /// `revokeSessions`, of all sessions.
    RevokeSessions(RevokeAllSessions),
    /// `releaseAccounts`.
    Release(Release),
    /// `changeAccountEmail`, to another proved domain.
    ChangeEmailDomain(ChangeEmailDomain),
    /// `restrictEdits`, of people by name.
    RestrictEdits(RestrictAccounts),
    /// `updateAccountProfile`.
    UpdateProfile(Box<UpdateAccountProfile>),
}

/// Runs a generic function with the act inside: `on_act!(bulk.act, act => …)`.
macro_rules! on_act {
    ($act:expr, $name:ident => $body:expr) => {
        match $act {
            $crate::bulk::work::BulkAct::Restrict($name) => $body,
            $crate::bulk::work::BulkAct::Suspend($name) => $body,
            $crate::bulk::work::BulkAct::Restore($name) => $body,
            $crate::bulk::work::BulkAct::Terminate($name) => $body,
            $crate::bulk::work::BulkAct::Delete($name) => $body,
            $crate::bulk::work::BulkAct::RequirePasswordReset($name) => $body,
            $crate::bulk::work::BulkAct::RevokeSessions($name) => $body,
            $crate::bulk::work::BulkAct::Release($name) => $body,
            $crate::bulk::work::BulkAct::ChangeEmailDomain($name) => $body,
            $crate::bulk::work::BulkAct::RestrictEdits($name) => $body,
            $crate::bulk::work::BulkAct::UpdateProfile(boxed) => {
                let $name = &**boxed;
                $body
            }
        }
    };
}

pub(crate) use on_act;

impl BulkAct {
    /// The mutation on one account that does the same.
    #[must_use]
    pub fn name(&self) -> ActionName {
        fn name<A: AccountAct>(_: &A) -> ActionName {
            A::NAME
        }
        on_act!(self, act => name(act))
    }

    /// Chooses what all of its accounts share.
    pub fn begin(&mut self, tx: &Tx<'_>) {
        if let Self::RestrictEdits(act) = self {
            act.begin(tx);
        }
    }

    /// Refuses what is asked for as a whole.
    ///
    /// # Errors
    /// What is wrong with the input.
    pub fn is_valid(&self, now: DateTime<Utc>) -> Result<()> {
        on_act!(self, act => act.is_valid(now))
    }

    /// Refuses by what has been tried before.
    ///
    /// # Errors
    /// `RateLimited`.
    pub async fn may_be_tried(&self, organization: OrganizationId, tx: &Tx<'_>) -> Result<()> {
        on_act!(self, act => act.may_be_tried(organization, tx).await)
    }

    /// Decides about each of these accounts, without a lock. `taken` goes on from chunk to chunk: see
    /// [`AccountAct::leaves_out`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn plan(
        &self,
        tx: &Tx<'_>,
        administrator: &Administrator,
        ids: &[AccountId],
        taken: &mut HashSet<String>,
    ) -> Result<Sorted> {
        let facts = powers::load(tx.db(), administrator.organization, ids, false).await?;
        on_act!(self, act => account_act::plan(act, administrator, ids, facts, taken, tx).await)
    }
}

impl Bulk {
    /// By what right the caller asks for it: the same as for the mutation on one account.
    ///
    /// # Errors
    /// What that mutation would be answered.
    pub fn authorize(&self, caller: &Caller, now: DateTime<Utc>) -> Result<Administrator> {
        let authority: Authority = authorize(self.act.name(), caller, Scope::Organization(self.organization), now)?;
        authority.administrator()
    }

    /// The next accounts after this one, at most a chunk.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(
        &self,
        db: &impl ConnectionTrait,
        after: Option<AccountId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<AccountId>> {
        match &self.selection {
            Selection::Accounts(ids) => {
                let from = after.map_or(0, |after| ids.partition_point(|id| *id <= after));
                Ok(ids[from..(from + CHUNK).min(ids.len())].to_vec())
            }
            Selection::Filter(filter) => {
                let list = self.list(filter, now);
                let after = after.map(|after| vec![after.0.to_string()]);
                let window = Window { limit: CHUNK as u64 - 1, backwards: false, after, before: None };
                let Some(mut statement) = list.page(&window)? else { return Ok(Vec::new()) };
                statement.clear_selects().column((account::Entity, account::Column::Id));
                let rows = db.query_all(&statement).await?;
                rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
            }
        }
    }

    /// How many accounts there are now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<i64> {
        match &self.selection {
            Selection::Accounts(ids) => Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX)),
            Selection::Filter(filter) => self.list(filter, now).count(db).await,
        }
    }

    fn list(&self, filter: &AccountFilter, now: DateTime<Utc>) -> AccountList {
        AccountList { organization: self.organization, filter: filter.clone(), order: AccountOrder::Id, now, app: None }
    }
}
