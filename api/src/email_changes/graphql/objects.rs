//! What is shown of changes of address.

use crate::{
    accounts::graphql::{Account, OrganizationSummary},
    email_changes::read::EmailChangeView,
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use steward_entities::{id::OrganizationId, kinds};

/// The state of a change of address. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::EmailChangeStatus")]
pub enum EmailChangeStatus {
    /// A link was mailed to the new address.
    Pending,
    /// The new address is in force.
    Confirmed,
    /// The person took it back, or something newer replaced it.
    Canceled,
    /// The administrators of the organization that manages the account haven't answered yet.
    WaitingForApproval,
    /// They agree; a link was mailed to the new address.
    Approved,
    /// They refused.
    Rejected,
    /// Nobody answered, or the new address wasn't confirmed in time.
    Expired,
}

/// A change of address.
#[derive(Clone)]
pub struct EmailChange(pub EmailChangeView);

/// A change of an account's address, from when the person asks for it until it is confirmed or over.
#[Object]
impl EmailChange {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.change.id.to_string().into()
    }

    /// Whose account it is; null when you don't see it.
    async fn account(&self) -> Option<Account> {
        self.0.account.clone().map(Account)
    }

    /// The account's address today.
    async fn current_email(&self) -> &str {
        &self.0.current_email
    }

    /// The address that the person asks for.
    async fn new_email(&self) -> &str {
        &self.0.change.new_email
    }

    /// Its state.
    async fn status(&self, ctx: &Context<'_>) -> EmailChangeStatus {
        let change = &self.0.change;
        let over = change.expires_at <= Viewer::of(ctx).reader().now();
        match change.status {
            kinds::EmailChangeStatus::Pending if over => EmailChangeStatus::Expired,
            status => status.into(),
        }
    }

    /// Why, in the person's words.
    async fn reason(&self) -> Option<&str> {
        self.0.change.reason.as_deref()
    }

    /// The organization that manages the account and was asked; null where nobody has to be.
    async fn organization(&self) -> Option<OrganizationSummary> {
        self.0.organization.clone().map(Into::into)
    }

    /// Whether the new address lies outside that organization's domains: then its control of the account ends when the
    /// address is confirmed.
    async fn will_release(&self) -> bool {
        self.0.releases
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.change.created_at
    }

    /// Until when it can be answered; then, until when the link that was mailed last works.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.change.expires_at
    }

    /// When it was approved or rejected.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.change.answered_at
    }

    /// The reason of a rejection. That of an approval is for administrators.
    async fn answer_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        let change = &self.0.change;
        let own = Viewer::of(ctx).reader().own_account() == Some(change.account_id);
        let shown = !own || change.status == kinds::EmailChangeStatus::Rejected;
        change.answer.as_deref().filter(|_| shown)
    }

    /// Until when an approval holds: each `requestEmailChange` for the same address mails a fresh link.
    async fn approved_until(&self) -> Option<DateTime<Utc>> {
        self.0.change.approved_until
    }

    /// Since when the operators of the platform can answer, because administrators haven't.
    async fn escalated_at(&self) -> Option<DateTime<Utc>> {
        self.0.change.escalated_at
    }

    /// When it was confirmed, taken back, rejected or expired.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.change.ended_at
    }
}

/// The viewer's part.
pub struct ViewerEmailChange;

/// Your change of address.
#[Object]
impl ViewerEmailChange {
    /// The change of address that you asked for last, with its state; null when you never did.
    async fn email_change(&self, ctx: &Context<'_>) -> Result<Option<EmailChange>> {
        Ok(read(Viewer::of(ctx).reader().own_email_change().await)?.map(EmailChange))
    }
}

/// Which changes of address are wanted; what is left out doesn't narrow.
#[derive(Default, InputObject)]
pub struct EmailChangeFilterInput {
    /// Those in this state.
    status: Option<EmailChangeStatus>,
}

/// The organization's part.
pub struct OrganizationEmailChanges(pub OrganizationId);

/// Changes of address that an organization is asked about.
#[Object]
impl OrganizationEmailChanges {
    /// The changes of address that people whose accounts it manages have asked for, oldest first; for its
    /// administrators. Operators of the platform see those that it is their turn to answer. Null for everybody else.
    async fn email_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; all when left out.")] filter: Option<EmailChangeFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<EmailChange>>> {
        let page = Page { first, after, last, before };
        let status = filter.and_then(|filter| filter.status).map(Into::into);
        let rows = read(Viewer::of(ctx).reader().organization_email_changes(self.0, status, &page).await)?;
        Ok(rows.map(|rows| rows.connection(|view| vec![view.change.id.0.to_string()], EmailChange)))
    }
}

impl crate::graphql::plain::Plain for EmailChange {}
