//! What a viewer sees of notices, and which of them still say what is so.

use crate::{
    core::{
        Permission, Reader, Result,
        account::link::lifetime,
        database::{one_of, unindexed},
        powers,
        secret::Keys,
    },
    graphql::page::{Page, Rows, by_id},
    notices::content::{LinkPurpose, NoticeKind},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    prelude::Expr,
};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    control_assertion, delivery,
    id::{AccountId, NoticeId, OrganizationId, TokenId},
    kinds::{AssertionStatus, DeliveryStatus, TokenPurpose},
    notice, organization, token,
};

/// A notice, with what became of it.
#[derive(Clone, Debug)]
pub struct NoticeRow {
    /// The notice.
    pub notice: notice::Model,
    /// Its deliveries, oldest first.
    pub deliveries: Vec<delivery::Model>,
    /// Who had it sent.
    pub organization: Option<organization::Model>,
    /// Whether the viewer sees the addresses that it went to.
    pub shows_addresses: bool,
}

/// Which notices of an organization are wanted.
#[derive(Clone, Debug, Default)]
pub struct NoticeFilter {
    /// Those of this kind.
    pub kind: Option<NoticeKind>,
    /// Those with a delivery in this state.
    pub status: Option<DeliveryStatus>,
    /// Those for this person.
    pub account: Option<AccountId>,
}

impl Reader<'_> {
    /// The notices to the signed-in person; none for anybody else.
    pub async fn own_notices(&self, page: &Page) -> Result<Rows<NoticeRow>> {
        let Some(account) = self.own_account() else {
            return Ok(Rows::none());
        };
        let select = notice::Entity::find().filter(notice::Column::AccountId.eq(account));
        let rows = by_id(self.db(), select, notice::Column::Id, page).await?;
        self.with_deliveries(rows, None).await
    }

    /// One notice to the signed-in person.
    pub async fn own_notice(&self, id: NoticeId) -> Result<Option<NoticeRow>> {
        let Some(account) = self.own_account() else {
            return Ok(None);
        };
        let select = notice::Entity::find_by_id(id).filter(notice::Column::AccountId.eq(account));
        self.one(select.one(self.db()).await?, None).await
    }

    /// The notices on behalf of an organization; none at all for who doesn't read it.
    pub async fn organization_notices(
        &self,
        organization: OrganizationId,
        filter: &NoticeFilter,
        page: &Page,
    ) -> Result<Option<Rows<NoticeRow>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let rows = by_id(self.db(), of_organization(organization, filter), notice::Column::Id, page).await?;
        Ok(Some(self.with_deliveries(rows, Some(organization)).await?))
    }

    /// One notice on behalf of an organization, for its administrators.
    pub async fn organization_notice(&self, organization: OrganizationId, id: NoticeId) -> Result<Option<NoticeRow>> {
        if self.administrator(organization, Permission::Read).is_none() {
            return Ok(None);
        }
        let select = notice::Entity::find_by_id(id).filter(notice::Column::OrganizationId.eq(organization));
        self.one(select.one(self.db()).await?, Some(organization)).await
    }

    /// The notice that a mailed link opens, for whoever holds the link.
    pub async fn notice_by_link(&self, link: &str) -> Result<Option<NoticeRow>> {
        let found = find_by_link(self.db(), &self.steward().keys, link, self.now()).await?;
        self.one(found, None).await
    }

    /// What became of the control that a notice announces; none when it announces none.
    pub async fn announced_control(&self, row: &NoticeRow) -> Result<Option<control_assertion::Model>> {
        Ok(assertions(self.db(), std::iter::once(&row.notice)).await?.pop())
    }

    async fn one(&self, found: Option<notice::Model>, within: Option<OrganizationId>) -> Result<Option<NoticeRow>> {
        let rows = Rows { rows: found.into_iter().collect(), ..Rows::none() };
        Ok(self.with_deliveries(rows, within).await?.rows.pop())
    }

    async fn with_deliveries(
        &self,
        page: Rows<notice::Model>,
        within: Option<OrganizationId>,
    ) -> Result<Rows<NoticeRow>> {
        let mut deliveries: HashMap<NoticeId, Vec<delivery::Model>> = HashMap::new();
        let found = delivery::Entity::find()
            .filter(one_of(self.db(), delivery::Column::NoticeId, page.rows.iter().map(|row| row.id)))
            .order_by_asc(delivery::Column::CreatedAt)
            .order_by_asc(delivery::Column::Id)
            .all(self.db())
            .await?;
        for row in found {
            deliveries.entry(row.notice_id).or_default().push(row);
        }
        let organizations: HashMap<OrganizationId, organization::Model> = organization::Entity::find()
            .filter(one_of(self.db(), organization::Column::Id, page.rows.iter().filter_map(|row| row.organization_id)))
            .all(self.db())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let seen = match within {
            Some(organization) => Some(self.addresses_seen(organization, &page.rows).await?),
            None => None,
        };
        Ok(page.map(|notice| NoticeRow {
            deliveries: deliveries.remove(&notice.id).unwrap_or_default(),
            organization: notice.organization_id.and_then(|id| organizations.get(&id).cloned()),
            // Where no account is named, the mail went to the stored spelling of the address: it would tell whether
            // there is an account. What the organization gave stands in the notice's text.
            shows_addresses: match (&seen, notice.account_id) {
                (Some(seen), Some(account)) => seen.contains(&account),
                (Some(_), None) => false,
                (None, _) => true,
            },
            notice,
        }))
    }

    /// Of whom the organization sees the address today.
    async fn addresses_seen(
        &self,
        organization: OrganizationId,
        notices: &[notice::Model],
    ) -> Result<HashSet<AccountId>> {
        let ids: HashSet<AccountId> = notices.iter().filter_map(|notice| notice.account_id).collect();
        let ids: Vec<AccountId> = ids.into_iter().collect();
        let facts = powers::load(self.db(), organization, &ids, false).await?;
        Ok(facts.into_iter().filter(|facts| facts.is_visible(organization)).map(|facts| facts.account.id).collect())
    }
}

/// The notices on behalf of an organization, before anybody looks at them.
#[must_use]
pub fn of_organization(organization: OrganizationId, filter: &NoticeFilter) -> Select<notice::Entity> {
    let (whose, to) = (notice::Column::OrganizationId, notice::Column::AccountId);
    let mut select = notice::Entity::find().filter(match filter.account {
        Some(account) => unindexed(Expr::col(whose.as_column_ref())).eq(organization).and(to.eq(account)),
        None => whose.eq(organization),
    });
    if let Some(kind) = filter.kind {
        select = select.filter(notice::Column::Kind.eq(kind.as_str()));
    }
    if let Some(status) = filter.status {
        let with_status = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::NoticeId)
            // Written out, so that a plan that is kept knows whether it is a rare one.
            .filter(Expr::cust(format!("status = '{}'", status.as_str())));
        select = select.filter(notice::Column::Id.in_subquery(with_status.into_query()));
    }
    select
}

/// The notice behind the secret text of its link; none for anything else, and for one that is too old.
pub async fn find_by_link(
    db: &impl ConnectionTrait,
    keys: &Keys,
    link: &str,
    now: DateTime<Utc>,
) -> Result<Option<notice::Model>> {
    let Some(id) = keys.read_link(TokenPurpose::Notice.as_str(), link) else {
        return Ok(None);
    };
    let found = notice::Entity::find_by_id(NoticeId(id))
        .filter(notice::Column::CreatedAt.gt(now - lifetime(TokenPurpose::Notice)))
        .one(db)
        .await?;
    Ok(found.filter(|notice| notice.kind.parse().ok().and_then(NoticeKind::link_purpose) == Some(LinkPurpose::Notice)))
}

/// Which of these notices tell what is no longer so: their link is dead, or the control that they announce has begun or
/// won't come.
pub async fn obsolete(
    db: &impl ConnectionTrait,
    notices: &[notice::Model],
    now: DateTime<Utc>,
) -> Result<HashSet<NoticeId>> {
    let links: Vec<TokenId> = notices.iter().filter_map(|notice| notice.token_id).collect();
    let mut alive = HashSet::new();
    if !links.is_empty() {
        alive.extend(
            token::Entity::find()
                .filter(one_of(db, token::Column::Id, links))
                .filter(token::Column::UsedAt.is_null())
                .filter(token::Column::RevokedAt.is_null())
                .filter(token::Column::ExpiresAt.gt(now))
                .all(db)
                .await?
                .into_iter()
                .map(|link| link.id),
        );
    }
    let announced = |notice: &&notice::Model| notice.kind == NoticeKind::ControlAsserted.as_str();
    let mut over: HashSet<NoticeId> = assertions(db, notices.iter().filter(announced))
        .await?
        .into_iter()
        .filter(|assertion| assertion.status != AssertionStatus::Pending)
        .filter_map(|assertion| assertion.notice_id)
        .collect();
    over.extend(
        notices
            .iter()
            .filter(|notice| notice.token_id.is_some_and(|link| !alive.contains(&link)))
            .map(|notice| notice.id),
    );
    Ok(over)
}

/// The assertions of control that these notices announce.
pub async fn assertions(
    db: &impl ConnectionTrait,
    notices: impl Iterator<Item = &notice::Model>,
) -> Result<Vec<control_assertion::Model>> {
    let ids: Vec<NoticeId> = notices.map(|notice| notice.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(control_assertion::Entity::find().filter(one_of(db, control_assertion::Column::NoticeId, ids)).all(db).await?)
}

/// The notices of these deliveries.
pub async fn of_deliveries(
    db: &impl ConnectionTrait,
    deliveries: &[delivery::Model],
) -> Result<HashMap<NoticeId, notice::Model>> {
    Ok(notice::Entity::find()
        .filter(one_of(db, notice::Column::Id, deliveries.iter().map(|delivery| delivery.notice_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|notice| (notice.id, notice))
        .collect())
}
