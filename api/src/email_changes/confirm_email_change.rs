//! `confirmEmailChange`: the holder of the link proves the new address, and it is in force. Everything that could let
//! somebody in from before dies, and what was asserted over the old address, or rested on it, is decided anew.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Recipient, Result,
        Tx,
        account::{
            control::{Aftermath, decide, end_pending},
            credentials::OPEN_CHANGES,
            email::{self, Move, is_taken},
            link::{self, LinkInvalid},
        },
        edits::Edit,
        error::Error,
        guards::allow_edit,
        limit::Limit,
        notice::reroute,
        powers::covers,
        text::EmailAddress,
    },
    email_changes::{move_accounts::held_domains, rules::may_confirm},
    notices::content::{AssertionCanceledBecause, EmailChanged},
};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};
use serde_json::json;
use steward_entities::{
    account, control_assertion, domain, email_change,
    id::{AccountId, EmailChangeId},
    kinds::{ActorKind, AssertionStatus, EditOperation, EmailChangeStatus, TokenPurpose, VerificationMethod},
    organization, token,
};

/// Tries from one network address.
const PER_ADDRESS: Limit = Limit { name: "confirm_email_change", most: 60, window: TimeDelta::minutes(5) };

/// Confirms a new address.
pub struct ConfirmEmailChange {
    /// The text from the link.
    pub token: String,
}

/// The link, its change and its account, locked.
pub struct Waiting {
    token: token::Model,
    change: email_change::Model,
    account: account::Model,
    address: EmailAddress,
}

impl Action for ConfirmEmailChange {
    const NAME: ActionName = ActionName::ConfirmEmailChange;
    type Target = Waiting;
    type Output = AccountId;

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        tx.steward().count(PER_ADDRESS, &tx.origin().network()).await
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Waiting> {
        // Looked at without a lock, for accounts are locked before links everywhere; `take` decides in the end.
        let token = link::look(tx, &[TokenPurpose::EmailChange], &self.token).await?;
        let account = token.account_id.ok_or(LinkInvalid)?;
        let account = tx.lock(account::Entity::find_by_id(account)).one(tx.db()).await?.ok_or(LinkInvalid)?;
        let change = email_change::Entity::find()
            .filter(email_change::Column::AccountId.eq(account.id))
            .filter(email_change::Column::Status.is_in(OPEN_CHANGES))
            .one(tx.db())
            .await?
            // One account, one exact address: what the link was mailed to is what the change is about.
            .filter(|change| Some(change.id.0) == token.subject_id && change.new_email == token.email)
            .ok_or(LinkInvalid)?;
        let address = EmailAddress::parse(&change.new_email).map_err(Error::internal)?;
        Ok(Waiting { token, change, account, address })
    }

    async fn run(&self, waiting: Authorized<Waiting>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let Waiting { token, change, account, address } = waiting.into_inner();
        if !may_confirm(&change, &account) || is_taken(tx, account.id, &address).await? {
            return Err(LinkInvalid.into());
        }
        allow_edit(tx, &account, Edit::own(EditOperation::ChangeEmail)).await?;
        link::take(tx, token.id).await?;
        confirmed(tx, change.id).await?;
        let mut aftermath = avoid(tx, &account, &address).await?;
        let moves = vec![Move { account: account.clone(), to: address.clone() }];
        // Somebody else may confirm the same address at this moment.
        let moved = email::put(tx, moves, VerificationMethod::Link).await?.ok_or(LinkInvalid)?;
        let changed = EmailChanged {
            old_email: account.email.clone(),
            new_email: address.as_str().to_owned(),
            changed_at: tx.now(),
        };
        let old = Recipient::from(&account);
        let new = Recipient { address: address.as_str().to_owned(), ..old.clone() };
        aftermath.notices.push(NoticeDraft::new(tx, old, changed.clone().into()));
        aftermath.notices.push(NoticeDraft::new(tx, new, changed.into()));
        let event = EventDraft::within(account.managed_by)
            .about(account.id)
            .object(EmailChangeId::PREFIX, change.id.0)
            .details(json!({ "email": { "before": account.email, "after": address.as_str() } }));
        aftermath.events.push(event);
        if let Some(manager) = account.managed_by {
            let broken = || Error::internal("an account without its organization");
            let manager = organization::Entity::find_by_id(manager).one(tx.db()).await?.ok_or_else(broken)?;
            // None of its domains can be removed while the account passes to it.
            held_domains(tx, manager.id).await?;
            let decided = decide(tx, &manager, &moved, "ADDRESS_CHANGED").await?;
            aftermath.events.extend(decided.events);
            aftermath.notices.extend(decided.notices);
        }
        let Aftermath { events, notices } = aftermath;
        Ok(Done::new(account.id, EventSet::many(events), Notices::Send(notices)).by(ActorKind::Link, token.id.0))
    }
}

async fn confirmed(tx: &Tx<'_>, change: EmailChangeId) -> Result<()> {
    email_change::Entity::update_many()
        .col_expr(email_change::Column::Status, Expr::value(EmailChangeStatus::Confirmed))
        .col_expr(email_change::Column::EndedAt, Expr::value(tx.now()))
        .filter(email_change::Column::Id.eq(change))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// What was asserted over the old address is avoided, unless the same domain covers the new one too.
async fn avoid(tx: &Tx<'_>, account: &account::Model, address: &EmailAddress) -> Result<Aftermath> {
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
    if covers(&domain, &address.domain_key()) {
        // It stands, and the person is told at the new address where the old one wasn't reached yet.
        if let (Some(notice), None) = (assertion.notice_id, assertion.notice_delivered_at) {
            let to = Recipient { address: address.as_str().to_owned(), ..Recipient::from(account) };
            reroute(tx, notice, &to).await?;
        }
        return Ok(Aftermath::default());
    }
    let organization =
        organization::Entity::find_by_id(assertion.organization_id).one(tx.db()).await?.ok_or_else(broken)?;
    let because = AssertionCanceledBecause::MovedAway;
    let pending = [(assertion, account.clone())];
    let mut aftermath = end_pending(tx, &organization, &domain, &pending, AssertionStatus::Avoided, because).await?;
    // The word that it was avoided goes to the new address, for others may read the old one from now on; what it says
    // names the old one alone, for the organization keeps the notice.
    for notice in &mut aftermath.notices {
        notice.redirect(address);
    }
    Ok(aftermath)
}
