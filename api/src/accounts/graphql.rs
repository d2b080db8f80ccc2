//! Accounts in the schema.

mod action;
pub mod skipped;

pub use action::AccountAction;

use crate::{
    access::graphql::AccountBlock,
    accounts::{
        read::Told,
        view::{AccountView, Sight},
    },
    core::{Result as CoreResult, account::access::Access, powers::told::Reason},
    edit_restrictions::graphql::EditRestriction,
    graphql::{Viewer, error::read, node::Find, plain::Plain},
    organizations::graphql::RoleName,
    profiles::graphql::AccountProfile,
    sessions::graphql::Session,
};
use async_graphql::{Context, Enum, ID, Object, Result, ScalarType, SimpleObject, Value};
use chrono::{DateTime, Utc};
use steward_entities::{
    id::{AccountId, OrganizationId},
    kinds, organization, role,
};

/// How an address was proved. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::VerificationMethod")]
pub enum VerificationMethod {
    /// By a link that was mailed to it.
    Link,
    /// By the proof of its domain.
    Domain,
    /// By the word of the operator who imported it.
    Attested,
}

/// What an account can do right now; of several limits the strictest counts. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "AccountAccess", remote = "Access")]
pub enum AccountAccess {
    /// Everything.
    Full,
    /// It reads, and changes nothing but what its rights are.
    Restricted,
    /// An organization closed it for a time.
    Suspended,
    /// The person put it to rest.
    Deactivated,
    /// The organization closed it for good, or its deletion is scheduled.
    Terminated,
}

/// Why an administrator may not do something to an account. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub enum PermissionReason {
    /// The organization doesn't manage the account, or the person isn't a member where that would be enough.
    NotManaged,
    /// Your role in the organization doesn't allow it.
    Role,
    /// The person holds powers in the organization that you lack.
    HigherRole,
    /// Nobody does this to themselves.
    #[graphql(name = "SELF")]
    OnSelf,
    /// Your organization manages the account by a domain whose proof is missing: prove it again first.
    DomainNotProven,
    /// The account is not in a state that allows it right now, such as a reset that was required today already.
    InvalidState,
}

/// Whether you may do something to an account, as an administrator of one organization.
#[derive(SimpleObject)]
pub struct ViewerPermission {
    /// What it is about.
    action: AccountAction,
    /// Whether you may do it now.
    allowed: bool,
    /// Why not; null when it is allowed.
    reason: Option<PermissionReason>,
}

/// An organization, as the people whom it concerns see it: who it is, and whom to ask.
#[derive(Clone, SimpleObject)]
pub struct OrganizationSummary {
    /// The organization's id.
    id: ID,
    /// Its name.
    name: String,
    /// The address of its administrators; null where it has given none.
    administrators_contact: Option<String>,
    /// Its own policy for its people.
    policy_url: Option<String>,
}

impl From<organization::Model> for OrganizationSummary {
    fn from(row: organization::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            name: row.name,
            administrators_contact: row.administrative_email,
            policy_url: row.policy_url,
        }
    }
}

/// A role of an account in an organization.
#[derive(SimpleObject)]
pub struct AccountRole {
    /// The role's id.
    id: ID,
    /// Where.
    organization: OrganizationSummary,
    /// What the account may do there.
    role: RoleName,
    /// Since when.
    assigned_at: DateTime<Utc>,
    /// Whether it is in force; a role that sleeps waits for an owner to confirm it.
    awake: bool,
}

impl From<(role::Model, organization::Model)> for AccountRole {
    fn from((role, organization): (role::Model, organization::Model)) -> Self {
        Self {
            id: role.id.to_string().into(),
            organization: organization.into(),
            role: role.role.into(),
            assigned_at: role.assigned_at,
            awake: role.asleep_at.is_none(),
        }
    }
}

/// One person's identity, as far as you see it.
#[derive(Clone)]
pub struct Account(pub AccountView);

/// One person's identity: an address, a password, a profile. What you can't see is null: of an account that your
/// organization could claim only id and address are shown, of a member also the profile, of a managed account all.
#[Object]
impl Account {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.account.id.to_string().into()
    }

    /// Its address.
    async fn email(&self) -> &str {
        &self.0.account.email
    }

    /// The domain of its address.
    async fn email_domain(&self) -> Option<&str> {
        self.0.email_domain()
    }

    /// When the address was proved; null while it isn't.
    async fn verified_at(&self) -> Option<DateTime<Utc>> {
        self.0.verified_at()
    }

    /// How the address was proved.
    async fn verification_method(&self) -> Option<VerificationMethod> {
        let method = self.0.from(Sight::Member, |account| account.verified_by).flatten();
        method.map(Into::into)
    }

    /// What others call the person.
    async fn display_name(&self) -> Option<&str> {
        self.0.display_name()
    }

    /// The language of the person's notices.
    async fn locale(&self) -> Option<&str> {
        self.0.locale()
    }

    /// What is known of the person: all of it for themselves and the organization that manages the account, for
    /// organizations of which they are a member without place and telephone; null for everybody else.
    async fn profile(&self, ctx: &Context<'_>) -> Result<Option<AccountProfile>> {
        let profile = read(Viewer::of(ctx).reader().profile(&self.0).await)?;
        Ok(profile.map(|profile| AccountProfile::new(profile, self.0.sight)))
    }

    /// When the account was made.
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        self.0.created_at()
    }

    /// The last sign-in or use of a session, kept to the hour. For the person and the organization that manages the
    /// account.
    async fn last_active_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_active_at()
    }

    /// What the account can do right now.
    async fn access(&self, ctx: &Context<'_>) -> Result<Option<AccountAccess>> {
        Ok(read(Viewer::of(ctx).reader().access(&self.0).await)?.map(Into::into))
    }

    /// What limits the account right now: your own all, others' as far as your organizations have set it.
    async fn blocks(&self, ctx: &Context<'_>) -> Result<Option<Vec<AccountBlock>>> {
        let shown = read(Viewer::of(ctx).reader().blocks_shown(&self.0).await)?;
        Ok(shown.map(|blocks| blocks.into_iter().map(|shown| AccountBlock::new(shown, self.0.sight)).collect()))
    }

    /// What administrators have taken from the person's right to edit, as far as it holds right now: your own all, others'
    /// as far as your organizations have set it.
    async fn edit_restrictions(&self, ctx: &Context<'_>) -> Result<Option<Vec<EditRestriction>>> {
        let shown = read(Viewer::of(ctx).reader().edit_restrictions_shown(&self.0).await)?;
        Ok(shown.map(|all| all.into_iter().map(EditRestriction).collect()))
    }

    /// The organization that manages the account. For the person and that organization.
    async fn managed_by(&self, ctx: &Context<'_>) -> Result<Option<OrganizationSummary>> {
        Ok(read(Viewer::of(ctx).reader().manager(&self.0).await)?.map(Into::into))
    }

    /// When that organization's control took effect.
    async fn managed_at(&self) -> Option<DateTime<Utc>> {
        self.0.managed_at()
    }

    /// The devices that are signed in. For the person and the organization that manages the account.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Session>>> {
        let sessions = read(Viewer::of(ctx).reader().sessions_of(&self.0).await)?;
        Ok(sessions.map(|rows| rows.into_iter().map(Session).collect()))
    }

    /// Its roles in organizations: your own all, others' in organizations that you administer.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Option<Vec<AccountRole>>> {
        let roles = read(Viewer::of(ctx).reader().roles_of(&self.0).await)?;
        Ok(roles.map(|rows| rows.into_iter().map(Into::into).collect()))
    }

    /// What you may do to the account as an administrator of an organization, decided by the same rules as when you do
    /// it. Null when you aren't one, or the organization doesn't see the account.
    async fn viewer_permissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization whose administrator you are.")] organization_id: ID,
    ) -> Result<Option<Vec<ViewerPermission>>> {
        let Ok(organization) = organization_id.parse::<OrganizationId>() else {
            return Ok(None);
        };
        let told = read(Viewer::of(ctx).reader().viewer_permissions(&self.0, organization).await)?;
        Ok(told.map(|told| told.into_iter().filter_map(permission).collect()))
    }

    /// Grows with every change; send it as `expectedVersion` to be sure that you change what you have read.
    async fn version(&self) -> Option<i64> {
        self.0.version()
    }
}

impl Plain for Account {
    fn plain(&self, field: &str) -> Option<Value> {
        let view = &self.0;
        Some(match field {
            "id" => Value::String(view.account.id.to_string()),
            "email" => view.account.email.as_str().into(),
            "emailDomain" => view.email_domain().map_or(Value::Null, Into::into),
            "verifiedAt" => time(view.verified_at()),
            "displayName" => view.display_name().map_or(Value::Null, Into::into),
            "locale" => view.locale().map_or(Value::Null, Into::into),
            "createdAt" => time(view.created_at()),
            "lastActiveAt" => time(view.last_active_at()),
            "managedAt" => time(view.managed_at()),
            "version" => view.version().map_or(Value::Null, Into::into),
            _ => return None,
        })
    }
}

fn time(at: Option<DateTime<Utc>>) -> Value {
    at.map_or(Value::Null, |at| at.to_value())
}

fn permission(told: Told) -> Option<ViewerPermission> {
    Some(ViewerPermission {
        action: AccountAction::of(told.act)?,
        allowed: told.reason.is_none(),
        reason: told.reason.map(Into::into),
    })
}

impl Find for Account {
    type Id = AccountId;

    async fn find(viewer: &Viewer, ids: &[AccountId]) -> CoreResult<Vec<(AccountId, Self)>> {
        let views = viewer.reader().accounts(ids).await?;
        Ok(views.into_iter().map(|view| (view.account.id, Self(view))).collect())
    }
}

/// Reads of accounts.
#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// One account; null when there is none under this id that you can see.
    async fn account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account's id.")] id: ID,
    ) -> Result<Option<Account>> {
        let Ok(id) = id.parse::<AccountId>() else {
            return Ok(None);
        };
        Ok(read(Viewer::of(ctx).reader().account(id).await)?.map(Account))
    }
}
