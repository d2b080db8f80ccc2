//! Who is calling. Loaded from the database on each request, and again inside each change: no cache, so that an ended
//! session or a revoked role counts at once, on every replica.

use crate::core::{
    error::Result,
    secret::{CredentialKind, read_credential},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, prelude::Expr,
};
use steward_entities::{
    account, account_block, api_key,
    id::{AccountId, JobId, OrganizationId},
    kinds::{BlockKind, RoleName},
    role, session,
};

/// For how long a password that was given again counts.
pub const REAUTHENTICATED_FOR: TimeDelta = TimeDelta::minutes(10);

/// A job that is being run, with the fencing number of its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// Grows with each lease; only the newest counts.
    pub number: i64,
}

/// Who is calling.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Somebody without a credential.
    Nobody,
    /// A person with a session.
    Person(Box<Person>),
    /// An organization's script.
    Key(Box<api_key::Model>),
    /// Steward itself, in a job or at the command line.
    System(Option<Lease>),
}

/// A signed-in person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub account: account::Model,
    /// The session.
    pub session: session::Model,
    /// Whether only what remains to a limited person is open to them.
    pub limited: bool,
    /// The roles that are awake.
    pub roles: Vec<(OrganizationId, RoleName)>,
}

impl Caller {
    /// Who holds the credential `text`; none when it isn't valid now.
    pub async fn load(db: &impl ConnectionTrait, text: &str, now: DateTime<Utc>) -> Result<Option<Self>> {
        let Some((kind, hash)) = read_credential(text) else {
            return Ok(None);
        };
        match kind {
            CredentialKind::Session => person(db, session::Column::TokenHash.eq(hash), now).await,
            CredentialKind::ApiKey => key(db, api_key::Column::TokenHash.eq(hash), now).await,
        }
    }

    /// The same caller as it is now, inside a change.
    pub async fn again(&self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<Self>> {
        match self {
            Self::Nobody | Self::System(_) => Ok(Some(self.clone())),
            Self::Person(it) => person(db, session::Column::Id.eq(it.session.id), now).await,
            Self::Key(it) => key(db, api_key::Column::Id.eq(it.id), now).await,
        }
    }

    /// The account of the signed-in person; for a key the account that answers for it.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        match self {
            Self::Person(person) => Some(person.account.id),
            Self::Key(key) => Some(key.made_by),
            Self::Nobody | Self::System(_) => None,
        }
    }

    /// The signed-in person, if that is who calls.
    #[must_use]
    pub const fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            _ => None,
        }
    }

    /// Whether an operator of the platform calls.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.person().is_some_and(|person| person.account.operator_at.is_some() && !person.limited)
    }

    /// The caller's role in an organization.
    #[must_use]
    pub fn role_in(&self, organization: OrganizationId) -> Option<RoleName> {
        match self {
            Self::Person(person) if person.limited => None,
            Self::Person(person) => person.roles.iter().find(|(id, _)| *id == organization).map(|(_, role)| *role),
            Self::Key(key) => (key.organization_id == organization).then_some(key.role),
            Self::Nobody | Self::System(_) => None,
        }
    }

    /// The organizations in which the caller has a role.
    #[must_use]
    pub fn organizations(&self) -> Vec<OrganizationId> {
        match self {
            Self::Person(person) if !person.limited => person.roles.iter().map(|(id, _)| *id).collect(),
            Self::Key(key) => vec![key.organization_id],
            Self::Person(_) | Self::Nobody | Self::System(_) => Vec::new(),
        }
    }

    /// A name for the credential, under which repeated requests and costs are kept.
    #[must_use]
    pub fn credential(&self) -> Option<String> {
        match self {
            Self::Person(person) => Some(person.session.id.to_string()),
            Self::Key(key) => Some(key.id.to_string()),
            Self::Nobody | Self::System(_) => None,
        }
    }
}

/// The blocks in force at `now`.
pub fn in_force(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(account_block::Column::LiftedAt.is_null())
        .add(account_block::Column::Until.is_null().or(account_block::Column::Until.gt(now)))
}

async fn person(
    db: &impl ConnectionTrait,
    which: impl sea_orm::sea_query::IntoCondition,
    now: DateTime<Utc>,
) -> Result<Option<Caller>> {
    let found = session::Entity::find()
        .filter(which)
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .join_rev(
            sea_orm::JoinType::InnerJoin,
            account::Entity::belongs_to(session::Entity)
                .from(account::Column::Id)
                .to(session::Column::AccountId)
                .into(),
        )
        .select_also(account::Entity)
        .one(db)
        .await?;
    let Some((session, Some(account))) = found else {
        return Ok(None);
    };
    let roles = role::Entity::find()
        .select_only()
        .column(role::Column::OrganizationId)
        .column(role::Column::Role)
        .filter(role::Column::AccountId.eq(account.id))
        .filter(role::Column::AsleepAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    let limited = account_block::Entity::find()
        .select_only()
        .column_as(Expr::val(1), "one")
        .filter(account_block::Column::AccountId.eq(account.id))
        .filter(account_block::Column::Kind.eq(BlockKind::Deactivation))
        .filter(in_force(now))
        .into_tuple::<i32>()
        .one(db)
        .await?
        .is_some();
    Ok(Some(Caller::Person(Box::new(Person { account, session, limited, roles }))))
}

/// A key is valid while its maker is an owner who is awake.
async fn key(
    db: &impl ConnectionTrait,
    which: impl sea_orm::sea_query::IntoCondition,
    now: DateTime<Utc>,
) -> Result<Option<Caller>> {
    let found = api_key::Entity::find()
        .filter(which)
        .filter(api_key::Column::RevokedAt.is_null())
        .filter(api_key::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    let Some(key) = found else { return Ok(None) };
    let maker_owns = role::Entity::find()
        .filter(role::Column::AccountId.eq(key.made_by))
        .filter(role::Column::OrganizationId.eq(key.organization_id))
        .filter(role::Column::Role.eq(RoleName::Owner))
        .filter(role::Column::AsleepAt.is_null())
        .one(db)
        .await?
        .is_some();
    let maker_limited = account_block::Entity::find()
        .filter(account_block::Column::AccountId.eq(key.made_by))
        .filter(account_block::Column::Kind.eq(BlockKind::Deactivation))
        .filter(in_force(now))
        .one(db)
        .await?
        .is_some();
    Ok((maker_owns && !maker_limited).then(|| Caller::Key(Box::new(key))))
}
