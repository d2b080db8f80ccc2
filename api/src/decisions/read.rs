//! What decides about a service's questions, in one statement that walks indexes from the accounts on.

use crate::{
    core::{
        Error, Reader, Result,
        account::access::LIMITING,
        database::{in_ids, sql},
        edits::{self, Bound},
    },
    decisions::decide::{Decision, Known, KnownBlock, KnownItem, KnownMembership, Operation, Question},
};
use sea_orm::{ConnectionTrait, QueryResult};
use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};
use steward_entities::{
    id::{AccountId, ItemId, OrganizationId, ServiceId},
    kinds::EditOperation,
};

/// Before a restriction, what the other branches have, with the types of their columns.
const BEFORE: &str = "'E', CAST(NULL AS uuid), CAST(NULL AS uuid), CAST(NULL AS text), CAST(NULL AS timestamptz), ";

/// `$1` is the time, `$2` the service, `{accounts}` [`in_ids`] of the accounts.
static KNOWN: LazyLock<String> = LazyLock::new(|| {
    let nothing = vec!["NULL"; edits::COLUMNS - 1].join(", ");
    format!(
        "{} UNION ALL \
         SELECT 'M', m.organization_id, m.workspace_id, m.status, m.until, m.account_id, {nothing} FROM membership m \
         JOIN workspace w ON w.id = m.workspace_id AND w.service_id = $2 \
         WHERE m.account_id {{accounts}} AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED', 'TERMINATED') \
         UNION ALL SELECT 'B', b.organization_id, NULL, b.kind, b.until, b.account_id, {nothing} FROM account_block b \
         WHERE b.account_id {{accounts}} AND b.lifted_at IS NULL \
         AND (b.until IS NULL OR b.until > $1 OR b.kind = 'DELETION') \
         UNION ALL SELECT 'A', a.managed_by, NULL, NULL, NULL, a.id, {nothing} FROM account a WHERE a.id {{accounts}}",
        edits::branches(BEFORE)
    )
});

/// The same for items of the service's kinds, of people who are members where it lies, or for a personal one in any of its
/// workspaces; `{items}` [`in_ids`] of them.
static ITEMS: LazyLock<String> = LazyLock::new(|| {
    let nothing = vec!["NULL"; edits::COLUMNS - 1].join(", ");
    format!(
        " UNION ALL SELECT 'I', i.id, i.workspace_id, NULL, NULL, i.account_id, {nothing} FROM item i \
         JOIN item_kind k ON k.id = i.kind_id AND k.service_id = $2 WHERE i.id {{items}} AND EXISTS ( \
         SELECT 1 FROM membership m JOIN workspace w ON w.id = m.workspace_id AND w.service_id = $2 \
         WHERE m.account_id = i.account_id AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') \
         AND (i.workspace_id IS NULL OR m.workspace_id = i.workspace_id))"
    )
});

/// The same for who can't have their account deleted before somebody takes over: operators, and who is the last owner of an
/// organization who can act.
static NEEDED: LazyLock<String> = LazyLock::new(|| {
    let nothing = vec!["NULL"; edits::COLUMNS - 1].join(", ");
    let limiting = LIMITING.map(|kind| format!("'{}'", kind.as_str())).join(", ");
    format!(
        " UNION ALL SELECT 'N', NULL, NULL, NULL, NULL, a.id, {nothing} FROM account a \
         WHERE a.id {{accounts}} AND a.operator_at IS NOT NULL \
         UNION ALL SELECT 'N', NULL, NULL, NULL, NULL, r.account_id, {nothing} FROM role r \
         WHERE r.account_id {{accounts}} AND r.role = 'OWNER' AND r.asleep_at IS NULL AND NOT EXISTS ( \
         SELECT 1 FROM role o JOIN account p ON p.id = o.account_id \
         WHERE o.organization_id = r.organization_id AND o.account_id <> r.account_id AND o.role = 'OWNER' \
         AND o.asleep_at IS NULL AND (p.password_hash IS NOT NULL OR p.password_changed_at IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM account_block b WHERE b.account_id = o.account_id AND b.lifted_at IS NULL \
         AND b.kind IN ({limiting}) AND (b.until IS NULL OR b.until > $1 OR b.kind = 'DELETION')))"
    )
});

/// Where a restriction begins, and in the other branches the account stands.
const ACCOUNT: usize = 5;

impl Reader<'_> {
    /// Answers a service's questions, in their order. None for people of whom it may not be told: they are no members of
    /// its workspaces.
    ///
    /// # Errors
    /// `FORBIDDEN` for whoever is no service.
    pub async fn decisions(&self, questions: &[Question]) -> Result<Vec<Option<Decision>>> {
        let service = match self.caller() {
            crate::core::Caller::Nobody => return Err(Error::Unauthenticated),
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
        let mut values = vec![self.now().into(), service.into()];
        let among = in_ids(self.db(), &mut values, accounts.iter().copied());
        let mut text = KNOWN.replace("{accounts}", &among);
        if !items.is_empty() {
            let these = in_ids(self.db(), &mut values, items.iter().copied());
            text.push_str(&ITEMS.replace("{items}", &these));
        }
        if deletes {
            text.push_str(&NEEDED.replace("{accounts}", &among));
        }
        let mut found = Found::default();
        for row in self.db().query_all_raw(sql(self.db(), &text, values)).await? {
            found.add(&row)?;
        }
        Ok(found)
    }
}

/// What the statement has found.
#[derive(Default)]
struct Found {
    people: HashMap<AccountId, Known>,
    items: HashMap<ItemId, KnownItem>,
}

impl Found {
    fn add(&mut self, row: &QueryResult) -> Result<()> {
        let (kind, account): (String, AccountId) = (row.try_get_by_index(0)?, row.try_get_by_index(ACCOUNT)?);
        if kind == "I" {
            let item = KnownItem { account, workspace: row.try_get_by_index(2)? };
            self.items.insert(row.try_get_by_index(1)?, item);
            return Ok(());
        }
        add(self.people.entry(account).or_default(), &kind, row)
    }
}

fn add(known: &mut Known, kind: &str, row: &QueryResult) -> Result<()> {
    let organization: Option<OrganizationId> = row.try_get_by_index(1)?;
    match kind {
        "E" => {
            let bound = Bound::in_order(row, ACCOUNT)?;
            known.bound.entry(bound.restriction.id).or_insert(bound);
        }
        "M" => known.memberships.push(KnownMembership {
            organization: organization.ok_or_else(|| Error::internal("a membership without its organization"))?,
            workspace: row.try_get_by_index(2)?,
            status: row.try_get_by_index(3)?,
            until: row.try_get_by_index(4)?,
        }),
        "B" => {
            let (kind, until) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
            known.blocks.push(KnownBlock { organization, kind, until });
        }
        "N" => known.is_needed = true,
        _ => known.managed_by = organization,
    }
    Ok(())
}
