//! `approveEmailChange`: who manages the account agrees to the address that the person asks for. A link is mailed to
//! it; only when that is used the address is in force.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Result, Scope, Tx,
        notice::contact, text::Reason,
    },
    email_changes::{
        answer::{Answered, Request},
        confirmation,
        rules::{APPROVAL_HOLDS, new_address, releases},
    },
    notices::content::EmailChangeApproved,
};
use chrono::{DateTime, Utc};
use sea_orm::prelude::Expr;
use serde_json::json;
use steward_entities::{
    email_change,
    id::{EmailChangeId, OrganizationId},
    kinds::EmailChangeStatus,
};

/// Agrees to a change of address.
pub struct ApproveEmailChange {
    /// The organization that was asked.
    pub organization: OrganizationId,
    /// Which change.
    pub email_change: EmailChangeId,
    /// Why, for the log.
    pub reason: Option<Reason>,
    /// Whether everything is checked, and nothing is done.
    pub dry_run: bool,
}

impl Action for ApproveEmailChange {
    const NAME: ActionName = ActionName::ApproveEmailChange;
    type Target = Request;
    type Output = Answered;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
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
        let address = new_address(change)?;
        let releases = releases(tx.db(), organization.id, &address).await?;
        let leaves = releases.then_some(organization.name.as_str());
        let confirmation = confirmation::mail(tx, account, change.id, &address, leaves).await?;
        let (approved_until, reason) = (tx.now() + APPROVAL_HOLDS, self.reason.as_ref().map(Reason::as_str));
        request
            .answered(tx, EmailChangeStatus::Approved, self.reason.as_ref())
            .col_expr(email_change::Column::ApprovedUntil, Expr::value(approved_until))
            .col_expr(email_change::Column::ExpiresAt, Expr::value(confirmation.expires_at))
            .exec(tx.db())
            .await?;
        let content = EmailChangeApproved {
            organization: organization.name.clone(),
            old_email: account.email.clone(),
            new_email: change.new_email.clone(),
            contact: contact(organization),
            by_operator: request.administrator.is_none(),
            releases,
            approved_until,
        };
        let mut notices = vec![NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id)];
        notices.extend(confirmation.notice);
        let event = EventDraft::within(Some(organization.id))
            .about(account.id)
            .object(EmailChangeId::PREFIX, change.id.0)
            .details(json!({ "newEmail": change.new_email, "willRelease": releases, "reason": reason }));
        Ok(Done::new(Answered { id: change.id, releases }, EventSet::one(event), Notices::Send(notices)))
    }
}
