//! `readItems`: administrators learn what items say. It takes a reason, the log keeps it, and the people are told.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Common, Done, EventDraft, EventSet, NoticeDraft, Notices, Refusal,
        Result, Scope, Silence, Tx,
        database::one_of,
        error::Code,
        not_found,
        notice::contact,
        powers::{self, Facts, PowerRefusal},
        text::Reason,
    },
    notices::content::ItemsRead,
};
use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use steward_entities::{
    id::{AccountId, ItemId, OrganizationId},
    item, item_content, organization,
};

/// How many can be read at once.
pub const MOST: usize = 100;

/// Reads items.
pub struct ReadItems {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which.
    pub items: Vec<ItemId>,
    /// Why, for the log and for the people.
    pub reason: Reason,
}

/// What was read.
#[derive(Serialize, Deserialize)]
pub struct ItemsThatWereRead {
    /// Which, in the order in which they were named.
    pub items: Vec<ItemId>,
    /// What they say, and by whom: given once, as every look at it is told.
    #[serde(skip)]
    pub contents: Option<HashMap<ItemId, (item_content::Model, String)>>,
}

/// Why an item isn't shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(PowerRefusal);

impl Refusal for Unreadable {
    fn code(&self) -> Code {
        self.0.code()
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "itemIds"]
    }
}

/// The items with their people, who are locked.
pub struct Asked {
    organization: organization::Model,
    items: Vec<item::Model>,
    people: HashMap<AccountId, Facts>,
}

impl ReadItems {
    fn field() -> &'static [&'static str] {
        &["input", "itemIds"]
    }
}

impl Action for ReadItems {
    const NAME: ActionName = ActionName::ReadItems;
    type Target = Asked;
    type Output = ItemsThatWereRead;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Asked> {
        let ids: BTreeSet<ItemId> = self.items.iter().copied().collect();
        if !(1..=MOST).contains(&ids.len()) {
            return Err(Common::Invalid(Self::field(), format!("Name between 1 and {MOST} items.")).into());
        }
        let unknown = || not_found(Self::field());
        let place = organization::Entity::find_by_id(self.organization).one(tx.db()).await?;
        let organization = place.ok_or_else(|| not_found(&["input", "organizationId"]))?;
        let find = || item::Entity::find().filter(one_of(tx.db(), item::Column::Id, ids.iter().copied()));
        let whose: BTreeSet<AccountId> = find().all(tx.db()).await?.iter().map(|item| item.account_id).collect();
        let whose: Vec<AccountId> = whose.into_iter().collect();
        let people = powers::load(tx.db(), self.organization, &whose, true).await?;
        // Again behind the locks: some may have gone meanwhile.
        let items = find().all(tx.db()).await?;
        let people: HashMap<AccountId, Facts> = people.into_iter().map(|facts| (facts.account.id, facts)).collect();
        let managed = |item: &item::Model| {
            let facts = people.get(&item.account_id);
            facts.is_some_and(|facts| facts.account.managed_by == Some(self.organization))
        };
        let is_ours = |item: &item::Model| match item.organization_id {
            Some(whose) => whose == self.organization && people.contains_key(&item.account_id),
            None => managed(item),
        };
        if items.len() != ids.len() || !items.iter().all(is_ours) {
            return Err(unknown());
        }
        Ok(Asked { organization, items, people })
    }

    fn check(&self, authority: &Authority, asked: &Asked, now: DateTime<Utc>) -> Result<()> {
        let administrator = authority.administrator()?;
        let grounds = Self::NAME.rule().grounds.ok_or(Unreadable(PowerRefusal::NotManaged))?;
        for item in &asked.items {
            let Some(facts) = asked.people.get(&item.account_id) else { return Err(not_found(Self::field())) };
            powers::check(grounds, &administrator, facts)
                .and_then(|ground| powers::state(Self::NAME, ground, facts, now))
                // What lies in the organization's workspace is seen to be there, also of whom it sees no more.
                .map_err(|why| {
                    Unreadable(if why == PowerRefusal::NotFound { PowerRefusal::NotManaged } else { why })
                })?;
        }
        Ok(())
    }

    async fn run(&self, asked: Authorized<Asked>, tx: &Tx<'_>) -> Result<Done<ItemsThatWereRead>> {
        let Asked { organization, items, people } = asked.into_inner();
        let of_these = one_of(tx.db(), item_content::Column::ItemId, items.iter().map(|item| item.id));
        let contents = item_content::Entity::find().filter(of_these).all(tx.db()).await?;
        let mut accounts: Vec<&Facts> = people.values().collect();
        accounts.sort_by_key(|facts| facts.account.id);
        let (mut events, mut notices) = (Vec::new(), Vec::new());
        for Facts { account, .. } in accounts {
            let theirs: Vec<&item::Model> = items.iter().filter(|item| item.account_id == account.id).collect();
            let ids: Vec<ItemId> = theirs.iter().map(|item| item.id).collect();
            let details = json!({ "reason": self.reason.as_str(), "itemIds": ids });
            events.push(EventDraft::within(Some(self.organization)).about(account.id).details(details));
            let content = ItemsRead {
                organization: organization.name.clone(),
                email: account.email.clone(),
                contact: contact(&organization),
                count: i64::try_from(theirs.len()).unwrap_or(i64::MAX),
                personal: i64::try_from(theirs.iter().filter(|item| item.workspace_id.is_none()).count())
                    .unwrap_or(i64::MAX),
                reason: self.reason.as_str().to_owned(),
            };
            notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(self.organization));
        }
        let whose: HashMap<ItemId, AccountId> = items.iter().map(|item| (item.id, item.account_id)).collect();
        let author = |item: &ItemId| Some(people.get(whose.get(item)?)?.account.display_name.clone());
        let by = |content: item_content::Model| (content.item_id, author(&content.item_id).map(|by| (content, by)));
        let contents = contents.into_iter().map(by).filter_map(|(item, content)| Some((item, content?))).collect();
        let read = ItemsThatWereRead { items: self.items.clone(), contents: Some(contents) };
        Ok(Done::new(read, EventSet::many(events), Notices::many(notices, Silence::NobodyIsAffected)))
    }
}
