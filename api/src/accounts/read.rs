//! What a viewer sees of accounts. Everything is loaded for all accounts of a page at once.

use crate::{
    accounts::{
        list::{AccountFilter, AccountList, AccountOrder, InDomain},
        view::{AccountView, Sight},
    },
    core::{
        Administrator, Error, Permission, Reader, Result,
        account::{
            access::Access,
            credentials::MOST_SESSIONS,
            profile::{self, Profile},
        },
        caller::in_force,
        database::{in_ids, sql},
        edits::{self, InForce},
        powers::{
            self, Facts,
            told::{Act, Reason},
        },
        row::{InOrder, columns},
    },
    graphql::page::{Page, Rows},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::{collections::HashMap, hash::Hash, sync::LazyLock};
use steward_entities::{
    account, account_block, domain,
    id::{AccountId, DomainId, OrganizationId},
    organization, role, session,
};

/// What is allowed on an account, and if not, why.
pub struct Told {
    /// What is to be done.
    pub act: Act,
    /// Why not; none when it is allowed.
    pub reason: Option<Reason>,
}

impl Reader<'_> {
    /// The organizations that the viewer reads.
    #[must_use]
    pub fn organizations_read(&self) -> Vec<OrganizationId> {
        self.caller().organizations().into_iter().filter(|organization| self.reads(*organization)).collect()
    }

    /// One account, if the viewer sees anything of it.
    pub async fn account(&self, id: AccountId) -> Result<Option<AccountView>> {
        Ok(self.accounts(&[id]).await?.pop())
    }

    /// Those of these accounts of which the viewer sees anything, in the order of their ids.
    pub async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<AccountView>> {
        let organizations = self.organizations_read();
        let own = self.own_account();
        if organizations.is_empty() && own.is_none() {
            return Ok(Vec::new());
        }
        let (rows, managers) = self.with_managers(ids).await?;
        let at_once = |account: &account::Model| {
            if Some(account.id) == own {
                return Some(Sight::Own);
            }
            let manages = |organization| organizations.contains(&organization);
            account.managed_by.is_some_and(manages).then_some(Sight::Managed)
        };
        let rest: Vec<account::Model> = rows.iter().filter(|row| at_once(row).is_none()).cloned().collect();
        let mut sights: HashMap<AccountId, Sight> = HashMap::new();
        for &organization in &organizations {
            for facts in powers::gather(self.db(), organization, rest.clone()).await? {
                let Some(sight) = Sight::of(&facts, organization) else {
                    continue;
                };
                let best = sights.entry(facts.account.id).or_insert(sight);
                *best = sight.max(*best);
            }
        }
        let seen = rows.into_iter().filter_map(|account| {
            let sight = at_once(&account).or_else(|| sights.get(&account.id).copied())?;
            Some((account, sight))
        });
        Ok(AccountView::together_with(seen.collect(), managers))
    }

    /// These accounts and the organizations that manage them, in one statement: most who ask for one account ask for
    /// both.
    async fn with_managers(
        &self,
        ids: &[AccountId],
    ) -> Result<(Vec<account::Model>, HashMap<OrganizationId, organization::Model>)> {
        static SELECT: LazyLock<String> = LazyLock::new(|| {
            let (account, organization) = (columns::<account::Model>("a"), columns::<organization::Model>("o"));
            format!("SELECT {account}, {organization} FROM account a LEFT JOIN organization o ON o.id = a.managed_by")
        });
        if ids.is_empty() {
            return Ok(Default::default());
        }
        let mut values = Vec::with_capacity(ids.len());
        let these = in_ids(self.db(), &mut values, ids.iter().copied());
        let text = format!("{} WHERE a.id {these} ORDER BY a.id", *SELECT);
        let (mut accounts, mut managers) = (Vec::with_capacity(ids.len()), HashMap::new());
        for row in self.db().query_all_raw(sql(self.db(), &text, values)).await? {
            let account = account::Model::in_order(&row, 0)?;
            if let Some(manager) = account.managed_by {
                managers.entry(manager).or_insert(organization::Model::in_order(&row, account::Model::COLUMNS.len())?);
            }
            accounts.push(account);
        }
        Ok((accounts, managers))
    }

    /// A page of the accounts that an organization manages or that are members of its workspaces; none when the viewer
    /// doesn't read the organization. `domain` is one of its domains.
    pub async fn accounts_of(
        &self,
        organization: OrganizationId,
        domain: Option<DomainId>,
        mut filter: AccountFilter,
        order: AccountOrder,
        page: &Page,
    ) -> Result<Option<(Rows<AccountView>, AccountList)>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let window = page.window()?;
        let mut list =
            AccountList { organization, filter: AccountFilter::default(), order, now: self.now(), app: None };
        if let Some(id) = domain {
            let Some(found) = self.domain_in_filter(organization, id).await? else {
                return Ok(Some((Rows::none(), list)));
            };
            filter.domain = Some(found);
        }
        list.filter = filter;
        let Some(statement) = list.statement(self.db().get_database_backend(), &window)? else {
            return Ok(Some((Rows::none(), list)));
        };
        let rows = self.db().query_all_raw(statement).await?;
        let rows = rows.iter().map(|row| account::Model::in_order(row, 0)).collect::<Result<Vec<_>, DbErr>>()?;
        let counted = list.clone();
        let rows = Rows::cut(rows, &window, move || counted.all());
        let sight = |account: account::Model| {
            let sight = if Some(account.id) == self.own_account() {
                Sight::Own
            } else if account.managed_by == Some(organization) {
                Sight::Managed
            } else {
                Sight::Member
            };
            (account, sight)
        };
        let views = AccountView::together(rows.rows.into_iter().map(sight).collect());
        let rows = Rows { rows: views, has_previous: rows.has_previous, has_next: rows.has_next, all: rows.all };
        Ok(Some((rows, list)))
    }

    /// A domain of an organization that the viewer reads, as filters need it.
    pub async fn domain_in_filter(&self, organization: OrganizationId, id: DomainId) -> Result<Option<InDomain>> {
        let found = domain::Entity::find_by_id(id)
            .filter(domain::Column::OrganizationId.eq(organization))
            .filter(domain::Column::RemovedAt.is_null())
            .one(self.db())
            .await?;
        Ok(found.filter(|_| self.reads(organization)).map(Into::into))
    }

    /// The blocks in force on an account.
    pub async fn blocks(&self, view: &AccountView) -> Result<Vec<account_block::Model>> {
        let load = || async {
            let rows = account_block::Entity::find()
                .filter(account_block::Column::AccountId.is_in(view.page.ids()))
                .filter(in_force(self.now()))
                .all(self.db())
                .await?;
            Ok::<_, Error>(grouped(rows, |row| row.account_id))
        };
        let all = view.page.blocks.get_or_try_init(load).await?;
        Ok(all.get(&view.account.id).cloned().unwrap_or_default())
    }

    /// What limits an account, with who set it: the person sees all of it, an organization what it has set itself.
    pub async fn blocks_shown(
        &self,
        view: &AccountView,
    ) -> Result<Option<Vec<(account_block::Model, Option<organization::Model>)>>> {
        if view.sight < Sight::Member {
            return Ok(None);
        }
        let mut blocks = self.blocks(view).await?;
        if view.sight != Sight::Own {
            blocks.retain(|block| block.organization_id.is_some_and(|organization| self.reads(organization)));
        }
        if blocks.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let organizations: HashMap<OrganizationId, organization::Model> = organization::Entity::find()
            .filter(organization::Column::Id.is_in(blocks.iter().filter_map(|block| block.organization_id)))
            .all(self.db())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let shown = blocks.into_iter().map(|block| {
            let by = block.organization_id.and_then(|id| organizations.get(&id)).cloned();
            (block, by)
        });
        Ok(Some(shown.collect()))
    }

    /// The edit restrictions in force on an account, as far as they take something from it: the person sees all of them,
    /// an organization its own.
    pub async fn edits_on(&self, view: &AccountView) -> Result<Option<Vec<InForce>>> {
        if view.sight < Sight::Member {
            return Ok(None);
        }
        let load = || async {
            let ids: Vec<AccountId> = view.page.ids().collect();
            edits::in_force(self.db(), &ids, self.now()).await
        };
        let all = view.page.edits.get_or_try_init(load).await?;
        let mut reaching = all.get(&view.account.id).cloned().unwrap_or_default();
        reaching.retain(|it| {
            let shown = view.sight == Sight::Own || self.reads(it.restriction.organization_id);
            shown && !it.bound.operations().is_empty()
        });
        Ok(Some(reaching))
    }

    /// What an account can do right now, for whoever sees its profile.
    pub async fn access(&self, view: &AccountView) -> Result<Option<Access>> {
        if view.sight < Sight::Member {
            return Ok(None);
        }
        let mut blocks = self.blocks(view).await?;
        // What others have set, or the person, isn't a member's organization's to know.
        if view.sight == Sight::Member {
            blocks.retain(|block| block.organization_id.is_some_and(|organization| self.reads(organization)));
        }
        Ok(Some(Access::left_by(blocks.into_iter().map(|block| block.kind))))
    }

    /// What is known of the person, for whoever sees the profile.
    pub async fn profile(&self, view: &AccountView) -> Result<Option<Profile>> {
        if view.sight < Sight::Member {
            return Ok(None);
        }
        let load = || profile::rows(self.db(), view.page.ids());
        let rows = view.page.profiles.get_or_try_init(load).await?;
        Ok(Some(Profile::of(&view.account, rows.get(&view.account.id))))
    }

    /// The organization that manages an account: for the person, and for that organization.
    pub async fn manager(&self, view: &AccountView) -> Result<Option<organization::Model>> {
        let Some(id) = view.account.managed_by.filter(|_| view.sight >= Sight::Managed) else {
            return Ok(None);
        };
        let load = || async {
            let ids = view.page.accounts.iter().filter_map(|account| account.managed_by);
            let rows = organization::Entity::find().filter(organization::Column::Id.is_in(ids)).all(self.db()).await?;
            Ok::<_, Error>(rows.into_iter().map(|row| (row.id, row)).collect::<HashMap<_, _>>())
        };
        Ok(view.page.managers.get_or_try_init(load).await?.get(&id).cloned())
    }

    /// The live sessions of an account, newest last: for the person, and for the organization that manages it.
    pub async fn sessions_of(&self, view: &AccountView) -> Result<Option<Vec<session::Model>>> {
        if view.sight < Sight::Managed {
            return Ok(None);
        }
        let load = || async {
            let accounts = u64::try_from(view.page.accounts.len()).unwrap_or(1);
            let mut rows = session::Entity::find()
                .filter(session::Column::AccountId.is_in(view.page.ids()))
                .filter(session::Column::EndedAt.is_null())
                .filter(session::Column::ExpiresAt.gt(self.now()))
                .order_by_desc(session::Column::Id)
                .limit(accounts * MOST_SESSIONS)
                .all(self.db())
                .await?;
            rows.reverse();
            Ok::<_, Error>(grouped(rows, |row| row.account_id))
        };
        let all = view.page.sessions.get_or_try_init(load).await?;
        Ok(Some(all.get(&view.account.id).cloned().unwrap_or_default()))
    }

    /// The roles of an account: the person sees all of them, an administrator those in organizations that they read.
    pub async fn roles_of(&self, view: &AccountView) -> Result<Option<Vec<(role::Model, organization::Model)>>> {
        if view.sight < Sight::Administrator {
            return Ok(None);
        }
        let load = || async {
            let rows = role::Entity::find()
                .filter(role::Column::AccountId.is_in(view.page.ids()))
                .order_by_asc(role::Column::Id)
                .all(self.db())
                .await?;
            let organizations: HashMap<OrganizationId, organization::Model> = organization::Entity::find()
                .filter(organization::Column::Id.is_in(rows.iter().map(|row| row.organization_id)))
                .all(self.db())
                .await?
                .into_iter()
                .map(|row| (row.id, row))
                .collect();
            let pairs = rows
                .into_iter()
                .filter_map(|row| Some((row.clone(), organizations.get(&row.organization_id)?.clone())));
            Ok::<_, Error>(grouped(pairs, |(row, _)| row.account_id))
        };
        let all = view.page.roles.get_or_try_init(load).await?;
        let mut roles = all.get(&view.account.id).cloned().unwrap_or_default();
        if view.sight != Sight::Own {
            roles.retain(|(role, _)| self.reads(role.organization_id));
        }
        Ok(Some(roles))
    }

    /// What the viewer may do to an account as an administrator of `organization`; none when they aren't one, or the
    /// organization doesn't see the account.
    pub async fn viewer_permissions(
        &self,
        view: &AccountView,
        organization: OrganizationId,
    ) -> Result<Option<Vec<Told>>> {
        let Some(administrator) = self.administrator(organization, Permission::Read) else {
            return Ok(None);
        };
        let facts = view.page.facts(organization);
        let load = || async {
            let facts = powers::gather(
                self.db(),
                organization,
                view.page.accounts.iter().map(|account| (**account).clone()).collect(),
            )
            .await?;
            Ok::<_, Error>(facts.into_iter().map(|facts| (facts.account.id, facts)).collect::<HashMap<_, _>>())
        };
        let all = facts.get_or_try_init(load).await?;
        let facts = all.get(&view.account.id).filter(|facts| facts.is_visible(organization));
        Ok(facts.map(|facts| self.told(&administrator, facts)))
    }

    fn told(&self, administrator: &Administrator, facts: &Facts) -> Vec<Told> {
        let now = self.now();
        Act::all()
            .map(|(act, grounds)| Told {
                act,
                reason: powers::told::tell(act, grounds, administrator, facts, now).err(),
            })
            .collect()
    }
}

fn grouped<K: Eq + Hash, T>(rows: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut groups: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
