//! Who is calling. Loaded from the database on each request, and again inside each change: no cache, so that an ended
//! session or a revoked role counts at once, on every replica.

use crate::core::{
    account::access::LIMITING,
    apps::tokens::{LiveToken, live, still_live},
    database::sql,
    error::Result,
    row::{InOrder, columns},
    secret::{CredentialKind, read_credential},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, Value,
    prelude::Expr,
    sea_query::{IntoColumnRef, SelectStatement},
};
use std::sync::LazyLock;
use steward_entities::{
    account, account_block, api_key,
    id::{AccountId, JobId, OrganizationId, ServiceId, ServiceKeyId},
    kinds::{ActorKind, BlockKind, RoleName},
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
    /// A service of the platform.
    Service(Box<ServiceKey>),
    /// A third-party app, with a token of one of its installations.
    App(Box<LiveToken>),
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

/// A key by which a service of the platform asks.
#[derive(Clone, Debug)]
pub struct ServiceKey {
    /// The key.
    pub id: ServiceKeyId,
    /// Whose it is.
    pub service: ServiceId,
    /// What it is for, in a few words.
    pub name: String,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Caller {
    /// Who holds the credential `text`; none when it isn't valid now.
    pub async fn load(db: &impl ConnectionTrait, text: &str, now: DateTime<Utc>) -> Result<Option<Self>> {
        let Some((kind, hash)) = read_credential(text) else {
            return Ok(None);
        };
        match kind {
            CredentialKind::Session => person(db, &PERSON_BY_TOKEN, hash, now).await,
            CredentialKind::ApiKey => key(db, api_key::Column::TokenHash.eq(hash), now).await,
            CredentialKind::ServiceKey => service(db, &SERVICE_BY_TOKEN, hash, now).await,
            CredentialKind::AppToken => Ok(live(db, text, now).await?.map(|token| Self::App(Box::new(token)))),
            // A secret gets tokens, and nothing else.
            CredentialKind::AppSecret => Ok(None),
        }
    }

    /// The same caller as it is now, inside a change.
    pub async fn again(&self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<Self>> {
        match self {
            Self::Nobody | Self::System(_) => Ok(Some(self.clone())),
            Self::Person(it) => person(db, &PERSON_BY_SESSION, it.session.id, now).await,
            Self::Key(it) => key(db, api_key::Column::Id.eq(it.id), now).await,
            Self::Service(it) => service(db, &SERVICE_BY_ID, it.id, now).await,
            Self::App(it) => Ok(still_live(db, it.id, now).await?.map(|token| Self::App(Box::new(token)))),
        }
    }

    /// The account of the signed-in person; for a key the account that answers for it.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        match self {
            Self::Person(person) => Some(person.account.id),
            Self::Key(key) => Some(key.made_by),
            Self::Nobody | Self::Service(_) | Self::App(_) | Self::System(_) => None,
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
            Self::Nobody | Self::Service(_) | Self::App(_) | Self::System(_) => None,
        }
    }

    /// The organizations in which the caller has a role.
    #[must_use]
    pub fn organizations(&self) -> Vec<OrganizationId> {
        match self {
            Self::Person(person) if !person.limited => person.roles.iter().map(|(id, _)| *id).collect(),
            Self::Key(key) => vec![key.organization_id],
            Self::Person(_) | Self::Nobody | Self::Service(_) | Self::App(_) | Self::System(_) => Vec::new(),
        }
    }

    /// The service of the platform, if that is who calls.
    #[must_use]
    pub const fn service(&self) -> Option<ServiceId> {
        match self {
            Self::Service(key) => Some(key.service),
            _ => None,
        }
    }

    /// The app's token, if that is who calls.
    #[must_use]
    pub const fn app(&self) -> Option<&LiveToken> {
        match self {
            Self::App(token) => Some(token),
            _ => None,
        }
    }

    /// A name for the credential, under which repeated requests and costs are kept.
    #[must_use]
    pub fn credential(&self) -> Option<String> {
        match self {
            Self::Person(person) => Some(person.session.id.to_string()),
            Self::Key(key) => Some(key.id.to_string()),
            Self::Service(key) => Some(key.id.to_string()),
            // Tokens are short-lived, and an app gets as many as it likes.
            Self::App(token) => Some(token.installation.to_string()),
            Self::Nobody | Self::System(_) => None,
        }
    }
}

/// The blocks in force at `now`. A deletion that is due stays in force until it is done.
pub fn in_force(now: DateTime<Utc>) -> Condition {
    let column = account_block::Column::Until;
    let lasts = column.is_null().or(column.gt(now)).or(kind().eq(BlockKind::Deletion.literal()));
    Condition::all().add(account_block::Column::LiftedAt.is_null()).add(lasts)
}

fn kind() -> Expr {
    Expr::col(account_block::Column::Kind.as_column_ref())
}

/// What limits this account: a condition for a statement that has its id in `account`.
fn limits(account: impl IntoColumnRef, now: DateTime<Utc>) -> SelectStatement {
    account_block::Entity::find()
        .select_only()
        .column(account_block::Column::Id)
        .filter(Expr::col(account_block::Column::AccountId.as_column_ref()).equals(account))
        .filter(kind().is_in(LIMITING.map(BlockKind::literal)))
        .filter(in_force(now))
        .into_query()
}

/// The role in which somebody can act for an organization now, and who answers for it: for work that goes on after the
/// request that asked for it. None once the password was changed or killed since: whoever had stolen the session asked
/// in vain.
pub async fn standing(
    db: &impl ConnectionTrait,
    (kind, id): (ActorKind, uuid::Uuid),
    organization: OrganizationId,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<(RoleName, AccountId)>> {
    if kind == ActorKind::ApiKey {
        let caller = key(db, api_key::Column::Id.eq(id), now).await?;
        return Ok(caller.and_then(|caller| Some((caller.role_in(organization)?, caller.account_id()?))));
    }
    let found = role::Entity::find()
        .filter(role::Column::OrganizationId.eq(organization))
        .filter(role::Column::AccountId.eq(id))
        .filter(role::Column::AsleepAt.is_null())
        .filter(Expr::not_exists(limits(role::Column::AccountId.as_column_ref(), now)))
        .one(db)
        .await?;
    let account = account::Entity::find_by_id(AccountId(id)).one(db).await?;
    let same = account.is_some_and(|account| {
        account.password_hash.is_some() && account.password_changed_at.is_none_or(|changed| changed <= since)
    });
    Ok(found.filter(|_| same).map(|role| (role.role, role.account_id)))
}

/// One statement, as every request runs it: a row for each role that is awake, or one without a role. Whether the person
/// is limited isn't asked by `EXISTS`: PostgreSQL may answer that by a list of everybody who is.
static PERSON: LazyLock<String> = LazyLock::new(|| {
    let limiting: Vec<String> = LIMITING.iter().map(|kind| format!("'{}'", kind.as_str())).collect();
    format!(
        "SELECT {}, {}, r.organization_id, r.role, \
         COALESCE((SELECT TRUE FROM account_block b WHERE b.account_id = a.id AND b.kind IN ({}) \
         AND b.lifted_at IS NULL AND (b.until IS NULL OR b.until > $2 OR b.kind = 'DELETION') LIMIT 1), FALSE) \
         FROM session s JOIN account a ON a.id = s.account_id \
         LEFT JOIN role r ON r.account_id = a.id AND r.asleep_at IS NULL \
         WHERE s.ended_at IS NULL AND s.expires_at > $2 AND ",
        columns::<session::Model>("s"),
        columns::<account::Model>("a"),
        limiting.join(", "),
    )
});
static PERSON_BY_TOKEN: LazyLock<String> = LazyLock::new(|| format!("{}s.token_hash = $1", *PERSON));
static PERSON_BY_SESSION: LazyLock<String> = LazyLock::new(|| format!("{}s.id = $1", *PERSON));

async fn person(
    db: &impl ConnectionTrait,
    statement: &str,
    which: impl Into<Value>,
    now: DateTime<Utc>,
) -> Result<Option<Caller>> {
    let rows = db.query_all_raw(sql(db, statement, [which.into(), now.into()])).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let session = session::Model::in_order(first, 0)?;
    let (account_at, role_at) =
        (session::Model::COLUMNS.len(), session::Model::COLUMNS.len() + account::Model::COLUMNS.len());
    let account = account::Model::in_order(first, account_at)?;
    let limited = first.try_get_by_index(role_at + 2)?;
    let mut roles = Vec::with_capacity(rows.len());
    for row in &rows {
        let organization: Option<OrganizationId> = row.try_get_by_index(role_at)?;
        let name: Option<RoleName> = row.try_get_by_index(role_at + 1)?;
        roles.extend(organization.zip(name));
    }
    Ok(Some(Caller::Person(Box::new(Person { account, session, limited, roles }))))
}

/// One statement, as every request of a service runs it.
const SERVICE: &str = "SELECT k.id, k.service_id, k.name, k.last_used_at FROM service_key k WHERE ";
static SERVICE_BY_TOKEN: LazyLock<String> =
    LazyLock::new(|| SERVICE.to_owned() + &valid_service_key("k.token_hash = $1", "$2"));
static SERVICE_BY_ID: LazyLock<String> = LazyLock::new(|| SERVICE.to_owned() + &valid_service_key("k.id = $1", "$2"));

/// Whether `service_key k` is the key that `which` means, and valid at `now`.
#[must_use]
pub fn valid_service_key(which: &str, now: &str) -> String {
    format!("{which} AND k.revoked_at IS NULL AND k.expires_at > {now}")
}

/// The key of a service is the platform's: whoever made it may have gone.
async fn service(
    db: &impl ConnectionTrait,
    statement: &str,
    which: impl Into<Value>,
    now: DateTime<Utc>,
) -> Result<Option<Caller>> {
    let Some(row) = db.query_one_raw(sql(db, statement, [which.into(), now.into()])).await? else { return Ok(None) };
    Ok(Some(Caller::Service(Box::new(ServiceKey {
        id: row.try_get_by_index(0)?,
        service: row.try_get_by_index(1)?,
        name: row.try_get_by_index(2)?,
        last_used_at: row.try_get_by_index(3)?,
    }))))
}

/// A key is valid while its maker is an owner who is awake.
async fn key(
    db: &impl ConnectionTrait,
    which: impl sea_orm::sea_query::IntoCondition,
    now: DateTime<Utc>,
) -> Result<Option<Caller>> {
    let (maker, organization) = (api_key::Column::MadeBy, api_key::Column::OrganizationId);
    let ownership = role::Entity::find()
        .select_only()
        .column(role::Column::Id)
        .filter(Expr::col(role::Column::AccountId.as_column_ref()).equals(maker.as_column_ref()))
        .filter(Expr::col(role::Column::OrganizationId.as_column_ref()).equals(organization.as_column_ref()))
        .filter(role::Column::Role.eq(RoleName::Owner))
        .filter(role::Column::AsleepAt.is_null())
        .into_query();
    let found = api_key::Entity::find()
        .filter(which)
        .filter(api_key::Column::RevokedAt.is_null())
        .filter(api_key::Column::ExpiresAt.gt(now))
        .filter(Expr::exists(ownership))
        .filter(Expr::not_exists(limits(maker.as_column_ref(), now)))
        .one(db)
        .await?;
    Ok(found.map(|key| Caller::Key(Box::new(key))))
}
