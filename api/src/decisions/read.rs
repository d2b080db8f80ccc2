//! What decides about a service's questions, in one statement that walks indexes from the accounts on.

use crate::{
    core::{
        Caller, Error, ReadConnection, Reader, Result,
        account::access::LIMITING,
        caller::{ServiceKey, valid_service_key},
        database::{in_found, in_ids, sql},
        edits::{Bound, Operations},
        powers::GROUND,
    },
    decisions::decide::{Decision, Known, KnownBlock, KnownItem, KnownMembership, Operation, Question},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};
use steward_entities::{
    id::{AccountId, ItemId, OrganizationId, ServiceId, WorkspaceId},
    kinds::{EditOperation, RoleName},
};
use uuid::Uuid;

/// What decides about these people. `$1` is the time, `accounts` [`in_ids`] of them, `before` a table that this needs, with
/// its comma. What ties them to organizations is read first, and once: who is tied to none gets no answer. A
/// restriction over many is a row once, however many of them it reaches; those over an organization and those within a
/// workspace are read apart, each along the index of its place.
///
/// Rows of all kinds share few columns, as each column of each row is a value that the driver makes: of what kind the row
/// is, whose, of which organization, in which workspace, a word, until when, two more ids, what a restriction takes, and why.
#[must_use]
pub fn known(backend: DbBackend, before: &str, accounts: &str) -> String {
    let restriction = "r.organization_id, r.workspace_id, r.set_by_role, r.until, r.id, r.set_by, r.operations, r.reason \
                       FROM edit_restriction";
    let lasts = "r.ended_at IS NULL AND (r.until IS NULL OR r.until > $1)";
    let ground = "FROM tie WHERE status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')";
    let organizations = format!("SELECT managed_by FROM tie UNION ALL SELECT organization_id {ground}");
    let organizations = in_found(backend, &organizations);
    let workspaces = in_found(backend, &format!("SELECT workspace_id {ground}"));
    format!(
        "WITH {before}tie (account_id, organization_id, workspace_id, status, until, service_id, managed_by) AS MATERIALIZED \
         (SELECT m.account_id, m.organization_id, m.workspace_id, m.status, m.until, w.service_id, a.managed_by \
         FROM membership m JOIN workspace w ON w.id = m.workspace_id JOIN account a ON a.id = m.account_id \
         WHERE m.account_id {accounts} AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED', 'TERMINATED')) \
         SELECT 'W', CAST(NULL AS uuid), {restriction} r \
         WHERE r.organization_id {organizations} AND r.target = 'ORGANIZATION' AND {lasts} \
         UNION ALL SELECT 'W', NULL, {restriction} r WHERE r.workspace_id {workspaces} AND {lasts} \
         UNION ALL SELECT 'N', p.account_id, {restriction}_account p JOIN edit_restriction r ON r.id = p.restriction_id \
         WHERE p.account_id {accounts} AND p.lifted_at IS NULL AND {lasts} \
         UNION ALL SELECT 'M', account_id, organization_id, workspace_id, status, until, service_id, managed_by, NULL, NULL \
         FROM tie \
         UNION ALL SELECT 'R', x.account_id, x.organization_id, NULL, x.role, NULL, NULL, NULL, NULL, NULL FROM role x \
         WHERE x.account_id {accounts} \
         UNION ALL SELECT 'B', b.account_id, b.organization_id, NULL, b.kind, b.until, NULL, NULL, NULL, NULL \
         FROM account_block b WHERE b.account_id {accounts} AND b.lifted_at IS NULL \
         AND (b.until IS NULL OR b.until > $1 OR b.kind = 'DELETION')"
    )
}

/// [`known`] of these accounts, which are added to the statement's values after the time; and how what is added to the text
/// asks for them.
pub fn known_of(
    db: &impl ConnectionTrait,
    values: &mut Vec<Value>,
    accounts: &BTreeSet<AccountId>,
) -> (String, String) {
    let among = in_ids(db, values, accounts.iter().copied());
    // SQLite takes many ids as a list to be read, which each branch would do anew.
    let (before, among) = match among.strip_prefix("IN (SELECT ") {
        Some(list) => (format!("asked (id) AS MATERIALIZED (SELECT {list}, "), "IN (SELECT id FROM asked)".to_owned()),
        None => (String::new(), among),
    };
    (known(db.get_database_backend(), &before, &among), among)
}

/// The same for items of the service's kinds, of people who are members where it lies, or for a personal one in any of its
/// workspaces; `{service}` is its parameter, `{items}` [`in_ids`] of them.
const ITEMS: &str = " UNION ALL SELECT 'I', i.account_id, NULL, i.workspace_id, NULL, NULL, i.id, NULL, NULL, NULL \
    FROM item i JOIN item_kind k ON k.id = i.kind_id AND k.service_id = {service} WHERE i.id {items} AND EXISTS ( \
    SELECT 1 FROM membership m JOIN workspace w ON w.id = m.workspace_id AND w.service_id = {service} \
    WHERE m.account_id = i.account_id AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') \
    AND (i.workspace_id IS NULL OR m.workspace_id = i.workspace_id))";

/// The same for who can't have their account deleted before somebody takes over: operators, and who is the last owner of an
/// organization who can act.
static NEEDED: LazyLock<String> = LazyLock::new(|| {
    let needed = "UNION ALL SELECT 'D',";
    let nothing = "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL";
    let limiting = LIMITING.map(|kind| format!("'{}'", kind.as_str())).join(", ");
    format!(
        " {needed} a.id, {nothing} FROM account a \
         WHERE a.id {{accounts}} AND a.operator_at IS NOT NULL \
         {needed} r.account_id, {nothing} FROM role r \
         WHERE r.account_id {{accounts}} AND r.role = 'OWNER' AND r.asleep_at IS NULL AND NOT EXISTS ( \
         SELECT 1 FROM role o JOIN account p ON p.id = o.account_id \
         WHERE o.organization_id = r.organization_id AND o.account_id <> r.account_id AND o.role = 'OWNER' \
         AND o.asleep_at IS NULL AND (p.password_hash IS NOT NULL OR p.password_changed_at IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM account_block b WHERE b.account_id = o.account_id AND b.lifted_at IS NULL \
         AND b.kind IN ({limiting}) AND (b.until IS NULL OR b.until > $1 OR b.kind = 'DELETION')))"
    )
});

/// [`known`] of one account, with the key of who asks; `$2` is the account, `$3` the key's hash. The account comes through the
/// key: without one that is valid nobody is asked about, and nothing is read of them.
#[must_use]
pub fn known_with_key(backend: DbBackend) -> &'static str {
    static TEXTS: LazyLock<[String; 2]> = LazyLock::new(|| [DbBackend::Sqlite, DbBackend::Postgres].map(with_key));
    &TEXTS[usize::from(backend == DbBackend::Postgres)]
}

fn with_key(backend: DbBackend) -> String {
    let valid = valid_service_key("k.token_hash = $3", "$1");
    let asked = format!("asked (id) AS MATERIALIZED (SELECT COALESCE($2, k.id) FROM service_key k WHERE {valid}), ");
    let known = known(backend, &asked, "= (SELECT id FROM asked)");
    format!(
        "{known} UNION ALL SELECT 'K', k.id, NULL, NULL, NULL, k.last_used_at, k.service_id, NULL, NULL, k.name \
         FROM service_key k WHERE {valid}"
    )
}

/// The service whose key has this hash, when it is about to ask for one decision about this account: what decides is read in
/// the same statement, and waits on the connection for the question. Services ask this on the way of each of their own
/// requests, and a second statement would cost as much as the first.
///
/// # Errors
/// The database's.
pub async fn service_that_asks(
    connection: &ReadConnection,
    token_hash: Vec<u8>,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Option<Caller>> {
    let values = [now.into(), account.into(), token_hash.into()];
    let mut rows =
        connection.query_all_raw(sql(connection, known_with_key(connection.get_database_backend()), values)).await?;
    let is_key = |row: &QueryResult| row.try_get_by_index::<String>(0).is_ok_and(|kind| kind == "K");
    let Some(at) = rows.iter().position(is_key) else { return Ok(None) };
    let row = rows.swap_remove(at);
    let key = ServiceKey {
        id: row.try_get_by_index(1)?,
        service: row.try_get_by_index(6)?,
        name: row.try_get_by_index(9)?,
        last_used_at: row.try_get_by_index(5)?,
    };
    connection.keep(account, rows);
    Ok(Some(Caller::Service(Box::new(key))))
}

impl Reader<'_> {
    /// Answers a service's questions, in their order. None for people of whom it may not be told: they are no members of
    /// its workspaces.
    ///
    /// # Errors
    /// `FORBIDDEN` for whoever is no service.
    pub async fn decisions(&self, questions: &[Question]) -> Result<Vec<Option<Decision>>> {
        let service = match self.caller() {
            Caller::Nobody => return Err(Error::Unauthenticated),
            caller => {
                caller.service().ok_or(Error::Forbidden("Only a service of the platform asks this, by its key."))?
            }
        };
        let accounts: BTreeSet<AccountId> = questions.iter().map(|question| question.account).collect();
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let items: BTreeSet<ItemId> = questions.iter().filter_map(|question| question.item).collect();
        let deletion = Operation::Edit(EditOperation::DeleteAccount);
        let deletes = questions.iter().any(|question| question.operation == deletion);
        let (found, now) = (self.known(service, &accounts, &items, deletes).await?, self.now());
        let answer = |question: &Question| {
            let known = found.people.get(&question.account).filter(|known| !known.memberships.is_empty())?;
            // An item that the service couldn't ask about is like one that isn't there.
            let item = match question.item {
                Some(id) => Some(found.items.get(&id)?),
                None => None,
            };
            Some(known.decide(question, item, now))
        };
        Ok(questions.iter().map(answer).collect())
    }

    async fn known(
        &self,
        service: ServiceId,
        accounts: &BTreeSet<AccountId>,
        items: &BTreeSet<ItemId>,
        deletes: bool,
    ) -> Result<Found> {
        if let (Some(&account), true) = (accounts.first(), accounts.len() == 1 && items.is_empty() && !deletes)
            && let Some(rows) = self.db().read_ahead(account)
        {
            return Loaded::of(service, &rows);
        }
        let mut values = vec![self.now().into()];
        let (mut text, among) = known_of(self.db(), &mut values, accounts);
        if !items.is_empty() {
            let these = in_ids(self.db(), &mut values, items.iter().copied());
            values.push(service.into());
            text.push_str(&ITEMS.replace("{items}", &these).replace("{service}", &format!("${}", values.len())));
        }
        if deletes {
            text.push_str(&NEEDED.replace("{accounts}", &among));
        }
        Loaded::of(service, &self.db().query_all_raw(sql(self.db(), &text, values)).await?)
    }
}

/// What is known of the people, and of the items.
#[derive(Default)]
struct Found {
    people: HashMap<AccountId, Known>,
    items: HashMap<ItemId, KnownItem>,
}

/// Somebody, before the restrictions over many are applied.
#[derive(Default)]
struct Somebody {
    known: Known,
    /// The memberships that are a ground, in whichever service.
    grounds: Vec<(OrganizationId, WorkspaceId)>,
    roles: Vec<(OrganizationId, RoleName)>,
    named: Vec<Bound>,
}

/// What the statement has found.
#[derive(Default)]
struct Loaded {
    people: HashMap<AccountId, Somebody>,
    items: HashMap<ItemId, KnownItem>,
    /// Restrictions over many, of nobody in particular.
    wide: Vec<Bound>,
}

impl Loaded {
    fn of(service: ServiceId, rows: &[QueryResult]) -> Result<Found> {
        let mut found = Self::default();
        for row in rows {
            found.add(service, row)?;
        }
        Ok(found.sorted())
    }

    fn add(&mut self, service: ServiceId, row: &QueryResult) -> Result<()> {
        let kind: String = row.try_get_by_index(0)?;
        if kind == "W" {
            self.wide.push(restriction(row, NOBODY)?);
            return Ok(());
        }
        let account: AccountId = row.try_get_by_index(1)?;
        if kind == "I" {
            let item = KnownItem { account, workspace: row.try_get_by_index(3)? };
            self.items.insert(row.try_get_by_index(6)?, item);
            return Ok(());
        }
        self.people.entry(account).or_default().add(service, &kind, account, row)
    }

    fn sorted(self) -> Found {
        let people = self.people.into_iter().map(|(account, somebody)| (account, somebody.bound(account, &self.wide)));
        Found { people: people.collect(), items: self.items }
    }
}

impl Somebody {
    fn add(&mut self, service: ServiceId, kind: &str, account: AccountId, row: &QueryResult) -> Result<()> {
        match kind {
            "N" => self.named.push(restriction(row, account)?),
            "D" => self.known.is_needed = true,
            "R" => self.roles.push((row.try_get_by_index(2)?, row.try_get_by_index(4)?)),
            "M" => {
                let membership = KnownMembership {
                    organization: row.try_get_by_index(2)?,
                    workspace: row.try_get_by_index(3)?,
                    status: row.try_get_by_index(4)?,
                    until: row.try_get_by_index(5)?,
                };
                self.known.managed_by = row.try_get_by_index(7)?;
                if GROUND.contains(&membership.status) {
                    self.grounds.push((membership.organization, membership.workspace));
                }
                if row.try_get_by_index::<ServiceId>(6)? == service {
                    self.known.memberships.push(membership);
                }
            }
            _ => self.known.blocks.push(KnownBlock {
                organization: row.try_get_by_index(2)?,
                kind: row.try_get_by_index(4)?,
                until: row.try_get_by_index(5)?,
            }),
        }
        Ok(())
    }

    /// With the restrictions that reach them: the same that [`crate::core::edits::in_force`] finds, for many at once.
    fn bound(self, account: AccountId, wide: &[Bound]) -> Known {
        let Self { mut known, grounds, roles, named } = self;
        let is_managed = |by: OrganizationId| known.managed_by == Some(by);
        let is_member = |of: OrganizationId, only: Option<WorkspaceId>| {
            grounds
                .iter()
                .any(|(organization, workspace)| *organization == of && only.is_none_or(|only| only == *workspace))
        };
        let reached = wide.iter().filter(|it| {
            it.workspace.is_none() && is_managed(it.organization) || is_member(it.organization, it.workspace)
        });
        let named = named.into_iter().filter(|it| is_managed(it.organization) || is_member(it.organization, None));
        let bound = named.chain(reached.cloned()).map(|restriction| Bound {
            account,
            managed: is_managed(restriction.organization),
            role: roles.iter().find(|(of, _)| *of == restriction.organization).map(|(_, role)| *role),
            ..restriction
        });
        known.bound = bound.map(|bound| (bound.restriction, bound)).collect();
        known
    }
}

/// In the place of who is bound, until that is known.
const NOBODY: AccountId = AccountId(Uuid::nil());

/// A restriction, before it is known on which ground it reaches somebody.
fn restriction(row: &QueryResult, account: AccountId) -> Result<Bound> {
    Ok(Bound {
        account,
        restriction: row.try_get_by_index(6)?,
        organization: row.try_get_by_index(2)?,
        workspace: row.try_get_by_index(3)?,
        takes: Operations(row.try_get_by_index(8)?),
        set_by: row.try_get_by_index(7)?,
        set_by_role: row.try_get_by_index(4)?,
        reason: row.try_get_by_index(9)?,
        until: row.try_get_by_index(5)?,
        managed: false,
        role: None,
    })
}
