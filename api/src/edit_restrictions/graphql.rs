//! Edit restrictions in the schema.

mod changes;

pub use changes::*;

use crate::{
    accounts::graphql::{Account, OrganizationSummary},
    core::edits::Operations,
    edit_restrictions::read::{RestrictionFilter, SeenRestriction},
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use steward_entities::{
    id::{AccountId, OrganizationId, WorkspaceId},
    kinds,
};
use uuid::Uuid;

/// What administrators can take from people's right to edit. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::EditOperation")]
pub enum EditOperation {
    /// Changing one's own profile.
    EditProfile,
    /// Changing one's own address.
    ChangeEmail,
    /// Making and changing items.
    EditItems,
    /// Changing who sees items.
    ChangeVisibility,
    /// Deleting items.
    DeleteItems,
    /// Having one's own account deleted.
    DeleteAccount,
}

/// From whom a restriction takes the right to edit. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::EditTarget")]
pub enum EditTarget {
    /// Everybody whom the organization manages, and the members of its workspaces.
    Organization,
    /// The members of one workspace: its items, and what is its managed members' own.
    Workspace,
    /// People by name.
    Accounts,
}

/// The operations as a set.
#[must_use]
pub fn operations(given: &[EditOperation]) -> Operations {
    given.iter().map(|operation| kinds::EditOperation::from(*operation)).collect()
}

/// A rule that takes from people the right to edit.
pub struct EditRestriction(pub SeenRestriction);

/// A rule that takes from people the right to edit, hide or delete information. Each stands by itself. It reaches the
/// profile, the address, personal items and the account of people whom the organization manages, and of members the items
/// in its workspaces. It leaves out who set it, for as long as they hold a role there, and whoever holds powers that they
/// lack; and it takes nothing from administrators who act as such.
#[Object]
impl EditRestriction {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.restriction.id.to_string().into()
    }

    /// Who set it, and whom to ask there.
    async fn organization(&self) -> OrganizationSummary {
        self.0.organization.clone().into()
    }

    /// From whom it takes the right.
    async fn target(&self) -> EditTarget {
        self.0.restriction.target.into()
    }

    /// The workspace, where that is its target.
    async fn workspace_id(&self) -> Option<ID> {
        self.0.workspace.as_ref().map(|workspace| workspace.id.to_string().into())
    }

    /// The name of that workspace.
    async fn workspace_name(&self) -> Option<&str> {
        self.0.workspace.as_ref().map(|workspace| workspace.name.as_str())
    }

    /// What it takes. Of an account: what it takes from that person, as the organization's ground allows.
    async fn operations(&self) -> Vec<EditOperation> {
        self.0.operations.iter().map(Into::into).collect()
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.restriction.reason
    }

    /// More words to the people.
    async fn message(&self) -> Option<&str> {
        self.0.restriction.message.as_deref()
    }

    /// Since when.
    async fn since(&self) -> DateTime<Utc> {
        self.0.restriction.created_at
    }

    /// When it ends by itself; null while somebody has to lift it.
    async fn until(&self) -> Option<DateTime<Utc>> {
        self.0.restriction.until
    }

    /// Whether it holds right now.
    async fn in_force(&self, ctx: &Context<'_>) -> bool {
        let restriction = &self.0.restriction;
        let now = Viewer::of(ctx).reader().now();
        restriction.ended_at.is_none() && restriction.until.is_none_or(|until| until > now)
    }

    /// When it was lifted, or over.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.restriction.ended_at
    }

    /// The accounts that it names and that you see; for administrators of its organization. Null where it names nobody.
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<Account>>> {
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().restricted_accounts(&self.0.restriction, &page).await)?;
        Ok(rows.map(|rows| rows.connection(|view| vec![view.account.id.0.to_string()], Account)))
    }
}

impl crate::graphql::plain::Plain for EditRestriction {}

/// Which restrictions are wanted: those to which all of it applies. What is absent or null doesn't matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct EditRestrictionFilterInput {
    /// True for those that hold right now, false for those that are over.
    in_force: Option<bool>,
    /// Those that take this.
    operation: Option<EditOperation>,
    /// Those with this kind of target.
    target: Option<EditTarget>,
    /// Those on this workspace.
    workspace_id: Option<ID>,
    /// Those that name this account. What reaches it by its organization or a workspace is in `Account.editRestrictions`.
    account_id: Option<ID>,
}

impl EditRestrictionFilterInput {
    fn read(&self) -> RestrictionFilter {
        // An id that can't be one is that of nothing.
        let workspace = |id: &ID| id.parse().unwrap_or(WorkspaceId(Uuid::nil()));
        let account = |id: &ID| id.parse().unwrap_or(AccountId(Uuid::nil()));
        RestrictionFilter {
            in_force: self.in_force,
            operation: self.operation.map(Into::into),
            target: self.target.map(Into::into),
            workspace: self.workspace_id.as_ref().map(workspace),
            account: self.account_id.as_ref().map(account),
        }
    }
}

/// The organization's part.
pub struct OrganizationEditRestrictions(pub OrganizationId);

/// What an organization has taken from its people's right to edit.
#[Object]
impl OrganizationEditRestrictions {
    /// What its administrators have taken from people's right to edit, oldest first, what is over included. Null when you
    /// aren't its administrator.
    async fn edit_restrictions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<EditRestrictionFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<EditRestriction>>> {
        let page = Page { first, after, last, before };
        let filter = filter.unwrap_or_default().read();
        let rows = read(Viewer::of(ctx).reader().edit_restrictions(self.0, filter, &page).await)?;
        Ok(rows.map(|rows| rows.connection(|seen| vec![seen.restriction.id.0.to_string()], EditRestriction)))
    }
}
