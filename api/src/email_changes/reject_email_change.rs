//! `rejectEmailChange`: who manages the account refuses the address that the person asks for, and says why.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Result, Scope, Tx,
        notice::contact, text::Reason,
    },
    email_changes::{
        answer::{Answered, Request},
        rules::{new_address, releases},
    },
    notices::content::EmailChangeRejected,
};
use chrono::{DateTime, Utc};
use sea_orm::prelude::Expr;
use serde_json::json;
use steward_entities::{
    email_change,
    id::{EmailChangeId, OrganizationId},
    kinds::EmailChangeStatus,
};

/// Refuses a change of address.
pub struct RejectEmailChange {
    /// The organization that was asked.
    pub organization: OrganizationId,
    /// Which change.
    pub email_change: EmailChangeId,
    /// Why; the person reads it.
    pub reason: Reason,
}

impl Action for RejectEmailChange {
    const NAME: ActionName = ActionName::RejectEmailChange;
    type Target = Request;
    type Output = Answered;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Request> {
        Request::load(tx, authority, self.organization, self.email_change).await
    }

    fn check(&self, _: &Authority, request: &Request, now: DateTime<Utc>) -> Result<()> {
        Ok(request.check(Self::NAME, now)?)
    }

    async fn run(&self, request: Authorized<Request>, tx: &Tx<'_>) -> Result<Done<Answered>> {
        let request = request.into_inner();
        let (change, account, organization) = (&request.change, &request.facts.account, &request.organization);
        let releases = releases(tx.db(), organization.id, &new_address(change)?).await?;
        request
            .answered(tx, EmailChangeStatus::Rejected, Some(&self.reason))
            .col_expr(email_change::Column::EndedAt, Expr::value(tx.now()))
            .exec(tx.db())
            .await?;
        let content = EmailChangeRejected {
            organization: organization.name.clone(),
            old_email: account.email.clone(),
            new_email: change.new_email.clone(),
            contact: contact(organization),
            by_operator: request.administrator.is_none(),
            reason: self.reason.as_str().to_owned(),
        };
        let notice = NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id);
        let event = EventDraft::within(Some(organization.id))
            .about(account.id)
            .object(EmailChangeId::PREFIX, change.id.0)
            .details(json!({ "newEmail": change.new_email, "reason": self.reason.as_str() }));
        Ok(Done::new(Answered { id: change.id, releases }, EventSet::one(event), Notices::one(notice)))
    }
}
