//! `requestEmailChange`: mails a link to the new address; where an organization manages the account, asks its
//! administrators first. The address in force is told, too.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, JobDraft, NoticeDraft, Notices,
        Refusal, Result, Tx, Work,
        account::credentials::{Kill, OPEN_CHANGES, kill},
        caller::in_force,
        edits::Edit,
        error::Error,
        guards::allow_edit,
        limit::Limit,
        notice::contact,
        text::{EmailAddress, Reason},
    },
    email_changes::{
        confirmation,
        rules::{ADMINISTRATORS_HAVE, OPERATORS_HAVE, REMINDED_AFTER, releases},
        told::{Asked, approval, deciders, operators},
    },
    notices::content::{ApprovalCause, EmailChangeRequested},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, prelude::Expr};
use serde_json::json;
use steward_entities::{
    account, account_block, email_change,
    id::EmailChangeId,
    kinds::{BlockKind, EditOperation, EmailChangeStatus},
    organization,
};

/// Changes of address that one session may ask for.
const PER_PERSON: Limit = Limit { name: "request_email_change", most: 20, window: TimeDelta::hours(1) };

/// Requests of one managed person in a day: each is mail to all administrators.
const PER_MANAGED: Limit = Limit { name: "ask_for_email_change", most: 10, window: TimeDelta::hours(24) };

/// Asks for another address.
pub struct RequestEmailChange {
    /// The new address.
    pub new_email: EmailAddress,
    /// Why, in the person's words.
    pub reason: Option<Reason>,
}

/// Why an address can't be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailChangeRefusal {
    /// It is the address already.
    #[error("This is your address already.")]
    Same,
    /// The administrators were asked for this very address already.
    #[error("You have asked for this address already. Your administrators haven't answered yet.")]
    AskedAlready,
    /// The account is about to be deleted.
    #[error("The deletion of your account is scheduled. It has to be canceled first.")]
    BeingDeleted,
    /// There is nothing to cancel.
    #[error("No change of address is waiting.")]
    NothingWaits,
}

impl Refusal for EmailChangeRefusal {
    fn code(&self) -> Code {
        match self {
            Self::Same => Code::Invalid,
            Self::AskedAlready | Self::BeingDeleted | Self::NothingWaits => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::Same | Self::AskedAlready => &["input", "newEmail"],
            Self::BeingDeleted | Self::NothingWaits => &["input"],
        }
    }
}

/// The caller's own account, locked.
pub async fn own_account(authority: &Authority, tx: &Tx<'_>) -> Result<account::Model> {
    let select = account::Entity::find_by_id(authority.own()?);
    tx.lock(select).one(tx.db()).await?.ok_or(Error::Unauthenticated)
}

/// Who asks, locked, who manages the account, and what was asked for before and is still open.
pub struct Asking {
    account: account::Model,
    manager: Option<organization::Model>,
    open: Option<email_change::Model>,
    /// Whether the account's deletion is scheduled.
    leaves: bool,
}

impl Action for RequestEmailChange {
    const NAME: ActionName = ActionName::RequestEmailChange;
    type Target = Asking;
    type Output = EmailChangeId;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        let caller = tx.caller().credential().unwrap_or_default();
        tx.steward().count(PER_PERSON, &caller).await?;
        if let Some(person) = tx.caller().person().filter(|person| person.account.managed_by.is_some()) {
            tx.steward().count(PER_MANAGED, &person.account.id.to_string()).await?;
        }
        Ok(())
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Asking> {
        let account = own_account(authority, tx).await?;
        let manager = match account.managed_by {
            Some(id) => organization::Entity::find_by_id(id).one(tx.db()).await?,
            None => None,
        };
        let open = email_change::Entity::find()
            .filter(email_change::Column::AccountId.eq(account.id))
            .filter(email_change::Column::Status.is_in(OPEN_CHANGES))
            .one(tx.db())
            .await?;
        let deletion = account_block::Entity::find()
            .filter(account_block::Column::AccountId.eq(account.id))
            .filter(account_block::Column::Kind.eq(BlockKind::Deletion))
            .filter(in_force(tx.now()));
        let leaves = deletion.one(tx.db()).await?.is_some();
        Ok(Asking { account, manager, open, leaves })
    }

    fn check(&self, _: &Authority, asking: &Asking, _: DateTime<Utc>) -> Result<()> {
        if asking.leaves {
            return Err(EmailChangeRefusal::BeingDeleted.into());
        }
        if asking.account.email == self.new_email.as_str() {
            return Err(EmailChangeRefusal::Same.into());
        }
        // The same once more would only tell the administrators twice, and begin their time anew.
        match asking.open_for(&self.new_email, EmailChangeStatus::WaitingForApproval) {
            Some(_) => Err(EmailChangeRefusal::AskedAlready.into()),
            None => Ok(()),
        }
    }

    async fn run(&self, asking: Authorized<Asking>, tx: &Tx<'_>) -> Result<Done<EmailChangeId>> {
        let asking = asking.into_inner();
        allow_edit(tx, &asking.account, Edit::own(EditOperation::ChangeEmail)).await?;
        let Some(manager) = &asking.manager else {
            return self.mail_link(&asking.account, tx).await;
        };
        let approved = asking.open_for(&self.new_email, EmailChangeStatus::Approved);
        match approved.filter(|change| change.approved_until.is_some_and(|until| until > tx.now())) {
            Some(change) => self.mail_again(&asking.account, manager, change, tx).await,
            None => self.ask(&asking.account, manager, tx).await,
        }
    }
}

impl Asking {
    /// What was asked of today's manager for this address and is in this state.
    fn open_for(&self, address: &EmailAddress, status: EmailChangeStatus) -> Option<&email_change::Model> {
        let manager = self.manager.as_ref()?.id;
        self.open.as_ref().filter(|change| {
            change.organization_id == Some(manager) && change.status == status && change.new_email == address.as_str()
        })
    }
}

impl RequestEmailChange {
    /// Nobody has to be asked: the new address confirms.
    async fn mail_link(&self, account: &account::Model, tx: &Tx<'_>) -> Result<Done<EmailChangeId>> {
        let id = tx.id();
        end_older(tx, account).await?;
        let confirmation = confirmation::mail(tx, account, id, &self.new_email, None).await?;
        let row = self.row(id, account, EmailChangeStatus::Pending, tx);
        let row = email_change::Model { expires_at: confirmation.expires_at, ..row };
        row.into_active_model().insert(tx.db()).await?;
        let mut notices = vec![NoticeDraft::new(tx, account, self.told(account, None, false, tx).into())];
        notices.extend(confirmation.notice);
        Ok(Done::new(id, EventSet::one(self.event(account, id)), Notices::Send(notices)))
    }

    /// The administrators agreed to this address, and that still holds: a fresh link.
    async fn mail_again(
        &self,
        account: &account::Model,
        manager: &organization::Model,
        change: &email_change::Model,
        tx: &Tx<'_>,
    ) -> Result<Done<EmailChangeId>> {
        let leaves = releases(tx.db(), manager.id, &self.new_email).await?.then_some(manager.name.as_str());
        let confirmation = confirmation::mail(tx, account, change.id, &self.new_email, leaves).await?;
        email_change::Entity::update_many()
            .col_expr(email_change::Column::ExpiresAt, Expr::value(confirmation.expires_at))
            .filter(email_change::Column::Id.eq(change.id))
            .exec(tx.db())
            .await?;
        let mut notices = vec![NoticeDraft::new(tx, account, self.told(account, None, false, tx).into())];
        notices.extend(confirmation.notice);
        Ok(Done::new(change.id, EventSet::one(self.event(account, change.id)), Notices::Send(notices)))
    }

    /// The administrators decide first. Where nobody among them could, the operators do.
    async fn ask(
        &self,
        account: &account::Model,
        manager: &organization::Model,
        tx: &Tx<'_>,
    ) -> Result<Done<EmailChangeId>> {
        let id = tx.id();
        end_older(tx, account).await?;
        let (people, cause, until) = match deciders(tx, manager.id, account.id).await? {
            nobody if nobody.is_empty() => {
                (operators(tx).await?, ApprovalCause::ForOperators, tx.now() + OPERATORS_HAVE)
            }
            administrators => (administrators, ApprovalCause::Asked, tx.now() + ADMINISTRATORS_HAVE),
        };
        let escalated_at = (cause == ApprovalCause::ForOperators).then_some(tx.now());
        let change = email_change::Model {
            expires_at: if escalated_at.is_some() { until } else { until + OPERATORS_HAVE },
            organization_id: Some(manager.id),
            escalated_at,
            ..self.row(id, account, EmailChangeStatus::WaitingForApproval, tx)
        };
        let releases = releases(tx.db(), manager.id, &self.new_email).await?;
        let asked = Asked { organization: manager, account, change: &change, releases };
        let told = self.told(account, Some(manager), releases, tx);
        let mut notices = vec![NoticeDraft::new(tx, account, told.into()).on_behalf_of(manager.id)];
        notices.extend(approval(tx, &asked, &people, cause, until));
        change.into_active_model().insert(tx.db()).await?;
        let advance = JobDraft::new(tx, Work::AdvanceEmailChange { email_change: id }).of(manager.id);
        let done = Done::new(id, EventSet::one(self.event(account, id)), Notices::Send(notices));
        Ok(done.then(advance.at(tx.now() + REMINDED_AFTER)))
    }

    fn row(
        &self,
        id: EmailChangeId,
        account: &account::Model,
        status: EmailChangeStatus,
        tx: &Tx<'_>,
    ) -> email_change::Model {
        email_change::Model {
            id,
            account_id: account.id,
            new_email: self.new_email.as_str().to_owned(),
            new_email_canonical: self.new_email.canonical(),
            status,
            reason: self.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            created_at: tx.now(),
            expires_at: tx.now(),
            ended_at: None,
            organization_id: None,
            reminded_at: None,
            escalated_at: None,
            answered_at: None,
            answered_by: None,
            answer: None,
            approved_until: None,
        }
    }

    fn told(
        &self,
        account: &account::Model,
        asked: Option<&organization::Model>,
        releases: bool,
        tx: &Tx<'_>,
    ) -> EmailChangeRequested {
        EmailChangeRequested {
            old_email: account.email.clone(),
            new_email: self.new_email.as_str().to_owned(),
            organization: asked.map(|organization| organization.name.clone()),
            contact: asked.map(contact),
            releases,
            requested_at: tx.now(),
        }
    }

    fn event(&self, account: &account::Model, id: EmailChangeId) -> EventDraft {
        let reason = self.reason.as_ref().map(Reason::as_str);
        EventDraft::within(account.managed_by)
            .about(account.id)
            .object(EmailChangeId::PREFIX, id.0)
            .details(json!({ "newEmail": self.new_email.as_str(), "reason": reason }))
    }
}

/// What was asked for before is over.
async fn end_older(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    kill(tx, &[account.id], Kill { sessions: false, reset_links: false, ..Kill::ALL }).await
}
