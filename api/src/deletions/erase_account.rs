//! The end of a grace period: what identifies the person is erased, and can't be had back. What is left of words in notices
//! goes by `finish_erasure`, chunk by chunk.
//!
//! Whoever cancels holds the account's lock, and so does this: whichever comes first decides. Run again after a crash, it
//! finds the deletion done.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Done, EventDraft, EventSet, JobDraft, NoticeDraft,
        Notices, Progress, Result, Silence, Tx, Unlogged, Work,
        account::{
            away::avoid,
            control,
            erase::{become_former, is_former},
        },
        error::Error,
        notice::contact,
        powers::PROVED,
    },
    notices::content::{AccountDeleted, AssertionCanceledBecause},
};
use chrono::TimeDelta;
use sea_orm::EntityTrait;
use serde_json::json;
use steward_entities::{account, account_block, domain, id::AccountBlockId, kinds::BlockKind, organization, role};

/// How long a deletion waits for its domain to be proved again before it looks once more.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// Erases the account of a deletion that is due.
pub struct EraseAccount {
    /// The deletion.
    pub deletion: AccountBlockId,
}

/// A deletion with its account, and then the organizations in which it has a role, locked.
pub struct Due {
    deletion: account_block::Model,
    account: account::Model,
    manager: Option<organization::Model>,
    /// Whether the domain on which control rests is proved now; always, where nobody manages the account.
    is_proved: bool,
    roles: Vec<role::Model>,
}

impl Action for EraseAccount {
    const NAME: ActionName = ActionName::EraseAccount;
    type Target = Due;
    type Output = ();

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Due> {
        let broken = || Error::internal("the job of a deletion has lost what it is about");
        let find = || account_block::Entity::find_by_id(self.deletion);
        let known = find().one(tx.db()).await?.ok_or_else(broken)?;
        let account =
            tx.lock_fully(account::Entity::find_by_id(known.account_id)).one(tx.db()).await?.ok_or_else(broken)?;
        // Again behind the lock: it may have been canceled meanwhile.
        let deletion = find().one(tx.db()).await?.ok_or_else(broken)?;
        let manager = match account.managed_by {
            Some(id) => organization::Entity::find_by_id(id).one(tx.db()).await?,
            None => None,
        };
        let is_proved = match account.managed_domain_id {
            Some(id) => domain::Entity::find_by_id(id)
                .one(tx.db())
                .await?
                .is_some_and(|domain| domain.removed_at.is_none() && PROVED.contains(&domain.status)),
            None => true,
        };
        let administrations = Administration::of(tx, authority, account.id).await?;
        let roles = administrations.iter().filter_map(|held| held.role_of(account.id)).cloned().collect();
        Ok(Due { deletion, account, manager, is_proved, roles })
    }

    async fn run(&self, due: Authorized<Due>, tx: &Tx<'_>) -> Result<Done<()>> {
        let due = due.into_inner();
        let Some(until) = due.stands() else {
            let done = nothing(Progress::Complete { done: 0 });
            // An earlier version that had begun left the rest to this job.
            let rest =
                is_former(&due.account).then(|| JobDraft::new(tx, Work::FinishErasure { deletion: due.deletion.id }));
            return Ok(rest.into_iter().fold(done, Done::then));
        };
        if until > tx.now() {
            return Ok(nothing(Progress::Later { at: until, done: 0 }));
        }
        // What takes from people waits while the proof is missing.
        if !due.is_proved {
            return Ok(nothing(Progress::Later { at: tx.now() + LOOK_AGAIN, done: 0 }));
        }
        tx.agree_on_time().await?;
        due.erase(tx).await
    }
}

fn nothing(progress: Progress) -> Done<()> {
    let nothing = Notices::None(Silence::NothingChanged);
    Done::new((), EventSet::none(Unlogged::NothingChanged), nothing).progress(progress)
}

impl Due {
    /// Until when it waits, if nobody has canceled it, and the account is still under who scheduled it.
    fn stands(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let Self { deletion, account, .. } = self;
        let stands = deletion.kind == BlockKind::Deletion
            && deletion.lifted_at.is_none()
            && deletion.organization_id == account.managed_by;
        deletion.until.filter(|_| stands)
    }

    async fn erase(self, tx: &Tx<'_>) -> Result<Done<()>> {
        let Self { deletion, account, manager, roles, .. } = self;
        // Who had no days of grace wasn't told before, in the administrators' words.
        let message = deletion.message.clone().filter(|_| deletion.until <= Some(deletion.created_at));
        let content = AccountDeleted {
            organization: manager.as_ref().map(|manager| manager.name.clone()),
            contact: manager.as_ref().map(contact),
            message,
            deleted_at: tx.now(),
        };
        // The last word goes to the address, which its delivery alone keeps until it is there or given up.
        let notice = NoticeDraft::new(tx, &account, content.into()).on_behalf_of(account.managed_by);
        let within = account.managed_by;
        let mut events = avoid(tx, &account, AssertionCanceledBecause::BeingDeleted).await?.events;
        if let Some(manager) = &manager {
            control::release(tx, manager.id, &[account.id], control::DELETED).await?;
        }
        let ended = become_former(tx, &account, roles).await?;
        let by = if deletion.organization_id.is_some() { "ORGANIZATION" } else { "PERSON" };
        events.push(EventDraft::within(within).about(account.id).details(json!({ "scheduledBy": by })));
        events.extend(ended);
        let done = Done::new((), EventSet::many(events), Notices::one(notice));
        let rest = JobDraft::new(tx, Work::FinishErasure { deletion: deletion.id });
        Ok(done.then(rest).progress(Progress::Complete { done: 1 }))
    }
}
