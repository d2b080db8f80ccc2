//! What decides about a service's questions, in one statement that walks indexes from the accounts on.

use crate::{
    core::{
        Error, Reader, Result,
        database::{in_ids, sql},
        edits::{self, Bound},
    },
    decisions::decide::{Decision, Known, KnownBlock, KnownItem, KnownMembership, Question},
};
use sea_orm::{ConnectionTrait, QueryResult};
use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};
use steward_entities::id::{AccountId, ItemId, OrganizationId, ServiceId};

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

/// The same for items of the service's kinds; `{items}` [`in_ids`] of them.
static ITEMS: LazyLock<String> = LazyLock::new(|| {
    let nothing = vec!["NULL"; edits::COLUMNS - 1].join(", ");
    format!(
        " UNION ALL SELECT 'I', i.id, i.workspace_id, NULL, NULL, i.account_id, {nothing} FROM item i \
         JOIN item_kind k ON k.id = i.kind_id AND k.service_id = $2 WHERE i.id {{items}}"
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
        let (found, now) = (self.known(service, &accounts, &items).await?, self.now());
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
    ) -> Result<Found> {
        let mut values = vec![self.now().into(), service.into()];
        let among = in_ids(self.db(), &mut values, accounts.iter().copied());
        let mut text = KNOWN.replace("{accounts}", &among);
        if !items.is_empty() {
            let among = in_ids(self.db(), &mut values, items.iter().copied());
            text.push_str(&ITEMS.replace("{items}", &among));
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
            if !known.bound.iter().any(|other| other.restriction.id == bound.restriction.id) {
                known.bound.push(bound);
            }
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
        _ => known.managed_by = organization,
    }
    Ok(())
}
