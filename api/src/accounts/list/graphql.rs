//! An organization's accounts in the schema.

use crate::{
    accounts::{
        graphql::{Account, AccountAccess},
        list::{AccountFilter, AccountOrder},
    },
    core::{Error, Result},
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
};
use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject};
use chrono::{DateTime, Datelike, Utc};
use steward_entities::id::{DomainId, OrganizationId, WorkspaceId};

/// How long a text in a filter may be, in characters.
const LONGEST: usize = 254;

/// In which order accounts are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(name = "AccountOrder", remote = "AccountOrder")]
pub enum AccountOrderBy {
    /// By id: the order in which the accounts were made.
    #[default]
    Id,
    /// By address, in lower case.
    Email,
}

/// Which accounts are wanted: those to which all of it applies. What is absent or null doesn't matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AccountFilterInput {
    /// True for those that the organization manages, false for members that it doesn't manage.
    managed: Option<bool>,
    /// Those that can do just this right now.
    access: Option<AccountAccess>,
    /// Managed on the ground of this domain, or members with an address in it.
    domain_id: Option<ID>,
    /// Members of this workspace.
    workspace_id: Option<ID>,
    /// The address begins with this, whatever the case.
    email_prefix: Option<String>,
    /// Name or address contain this, whatever the case of its letters a to z.
    text: Option<String>,
    /// Last active before this time, or never; among managed accounts.
    last_active_before: Option<DateTime<Utc>>,
    /// Last active at this time or later; among managed accounts.
    last_active_after: Option<DateTime<Utc>>,
}

/// Which accounts.
#[derive(OneofObject)]
pub enum AccountSelectionInput {
    /// These accounts.
    AccountIds(Vec<ID>),
    /// Those that a filter finds among the accounts that your organization manages and the members of its workspaces.
    Filter(AccountFilterInput),
}

impl AccountFilterInput {
    /// What is asked for; the domain is that with this id, if the organization has it.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a text that is too long.
    pub fn read(self) -> Result<(AccountFilter, Option<DomainId>)> {
        let filter = AccountFilter {
            managed: self.managed,
            access: self.access.map(Into::into),
            workspace: known::<WorkspaceId>(self.workspace_id.as_ref()),
            domain: None,
            email_prefix: text(self.email_prefix)?,
            text: text(self.text)?,
            last_active_before: time(self.last_active_before)?,
            last_active_after: time(self.last_active_after)?,
        };
        Ok((filter, known::<DomainId>(self.domain_id.as_ref())))
    }
}

/// A page of an organization's accounts, as this viewer sees them.
pub async fn accounts(
    viewer: &Viewer,
    organization: OrganizationId,
    input: AccountFilterInput,
    order: AccountOrderBy,
    page: &Page,
) -> Result<Option<List<Account>>> {
    let reader = viewer.reader();
    if !reader.reads(organization) {
        return Ok(None);
    }
    let (filter, domain) = input.read()?;
    let found = reader.accounts_of(organization, domain, filter, order.into(), page).await?;
    Ok(found.map(|(rows, list)| rows.connection(|view| list.place(&view.account), Account)))
}

/// An id; one that can't be an id is that of nothing.
fn known<T: From<uuid::Uuid> + std::str::FromStr>(id: Option<&ID>) -> Option<T> {
    id.map(|id| id.parse().unwrap_or_else(|_| T::from(uuid::Uuid::nil())))
}

fn text(given: Option<String>) -> Result<Option<String>> {
    let Some(given) = given else { return Ok(None) };
    let given = given.trim();
    if given.chars().count() > LONGEST || given.chars().any(char::is_control) {
        return Err(Error::BadRequest(format!(
            "A text in `filter` has at most {LONGEST} characters, and no control characters."
        )));
    }
    Ok((!given.is_empty()).then(|| given.to_owned()))
}

/// A time that both databases can compare: one of the years that have four digits.
pub fn time(given: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>> {
    match given {
        Some(at) if !(1..=9_999).contains(&at.year()) => {
            Err(Error::BadRequest("A time in `filter` is in one of the years 1 to 9999.".to_owned()))
        }
        given => Ok(given),
    }
}

/// What an organization has to do with accounts.
pub struct OrganizationAccounts(pub OrganizationId);

#[Object]
impl OrganizationAccounts {
    /// The accounts that it manages or that are members of its workspaces. Null when you aren't its administrator.
    #[expect(clippy::too_many_arguments, reason = "a connection's arguments")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<AccountFilterInput>,
        #[graphql(desc = "In which order; by id when left out.")] order_by: Option<AccountOrderBy>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Option<List<Account>>> {
        let page = Page { first, after, last, before };
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        read(accounts(Viewer::of(ctx), self.0, filter, order, &page).await)
    }
}
