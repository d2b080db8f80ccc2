//! What a viewer sees of claims. Of candidates and pending accounts an organization sees id, address and assertion,
//! nothing else. A person sees what is asserted over their own account.

use crate::{
    claims::candidates::{self, Candidate, ClaimScope, Counts, Place},
    core::{Permission, Reader, Result},
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use std::collections::HashMap;
use steward_entities::{
    account, claim, control_assertion, delivery, domain,
    id::{AccountId, ClaimId, ControlAssertionId, DomainId, NoticeId, OrganizationId},
    kinds::{AssertionStatus, DeliveryStatus, DomainStatus},
    notice, organization,
};

/// A pending or ended assertion, with what its viewer may see beside it.
#[derive(Clone, Debug)]
pub struct AssertionRow {
    /// The assertion.
    pub assertion: control_assertion::Model,
    /// The account's address.
    pub email: String,
    /// Who asserts.
    pub organization: organization::Model,
    /// Over which domain.
    pub domain: String,
}

/// How many assertions of a claim are in each state.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct StatusCount {
    /// The state.
    pub status: AssertionStatus,
    /// How many.
    pub accounts: i64,
}

impl Reader<'_> {
    /// A claim of an organization that the viewer administers.
    pub async fn claim(&self, id: ClaimId) -> Result<Option<claim::Model>> {
        let found = claim::Entity::find_by_id(id).one(self.db()).await?;
        Ok(found.filter(|claim| self.reads(claim.organization_id)))
    }

    /// The claims of an organization.
    pub async fn claims(&self, organization: OrganizationId, page: &Page) -> Result<Rows<claim::Model>> {
        if !self.reads(organization) {
            return Ok(Rows::none());
        }
        let select = claim::Entity::find().filter(claim::Column::OrganizationId.eq(organization));
        by_id(self.db(), select, claim::Column::Id, page).await
    }

    /// How many assertions of a claim are in each state.
    pub async fn claim_counts(&self, claim: &claim::Model) -> Result<Vec<StatusCount>> {
        let counts = control_assertion::Entity::find()
            .select_only()
            .column(control_assertion::Column::Status)
            .column_as(control_assertion::Column::Id.count(), "accounts")
            .filter(control_assertion::Column::ClaimId.eq(claim.id))
            .group_by(control_assertion::Column::Status)
            .into_model()
            .all(self.db())
            .await?;
        Ok(counts)
    }

    /// How many people of a claim couldn't be reached.
    pub async fn undelivered(&self, claim: &claim::Model) -> Result<i64> {
        let count = control_assertion::Entity::find()
            .select_only()
            .column_as(control_assertion::Column::Id.count(), "accounts")
            .join(sea_orm::JoinType::InnerJoin, delivery_of_assertion())
            .filter(control_assertion::Column::ClaimId.eq(claim.id))
            .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
            .filter(control_assertion::Column::NoticeDeliveredAt.is_null())
            .filter(delivery::Column::Status.eq(DeliveryStatus::Failed))
            .into_tuple::<i64>()
            .one(self.db())
            .await?;
        Ok(count.unwrap_or_default())
    }

    /// The assertions of a claim.
    pub async fn assertions(
        &self,
        claim: &claim::Model,
        status: Option<AssertionStatus>,
        page: &Page,
    ) -> Result<Rows<AssertionRow>> {
        if !self.reads(claim.organization_id) {
            return Ok(Rows::none());
        }
        let mut select = control_assertion::Entity::find().filter(control_assertion::Column::ClaimId.eq(claim.id));
        if let Some(status) = status {
            select = select.filter(control_assertion::Column::Status.eq(status));
        }
        let rows = by_id(self.db(), select, control_assertion::Column::Id, page).await?;
        let mut seen = self.with_names(&rows.rows).await?;
        Ok(rows.filter_map(|assertion| seen.remove(&assertion.id)))
    }

    /// What is asserted over the viewer's own account, newest last.
    pub async fn own_assertions(&self, page: &Page) -> Result<Rows<AssertionRow>> {
        let Some(own) = self.own_account() else {
            return Ok(Rows::none());
        };
        let select = control_assertion::Entity::find().filter(control_assertion::Column::AccountId.eq(own));
        let rows = by_id(self.db(), select, control_assertion::Column::Id, page).await?;
        let mut seen = self.with_names(&rows.rows).await?;
        Ok(rows.filter_map(|assertion| seen.remove(&assertion.id)))
    }

    /// One assertion over the viewer's own account, or of an organization that the viewer administers.
    pub async fn assertion(&self, id: ControlAssertionId) -> Result<Option<AssertionRow>> {
        let found = control_assertion::Entity::find_by_id(id).one(self.db()).await?;
        let Some(assertion) = found else { return Ok(None) };
        if self.own_account() != Some(assertion.account_id) && !self.reads(assertion.organization_id) {
            return Ok(None);
        }
        Ok(self.with_names(&[assertion]).await?.into_values().next())
    }

    async fn with_names(
        &self,
        assertions: &[control_assertion::Model],
    ) -> Result<HashMap<ControlAssertionId, AssertionRow>> {
        let emails: HashMap<AccountId, String> = account::Entity::find()
            .select_only()
            .columns([account::Column::Id, account::Column::Email])
            .filter(account::Column::Id.is_in(assertions.iter().map(|assertion| assertion.account_id)))
            .into_tuple()
            .all(self.db())
            .await?
            .into_iter()
            .collect();
        let domains: HashMap<DomainId, String> = domain::Entity::find()
            .select_only()
            .columns([domain::Column::Id, domain::Column::Name])
            .filter(domain::Column::Id.is_in(assertions.iter().map(|assertion| assertion.domain_id)))
            .into_tuple()
            .all(self.db())
            .await?
            .into_iter()
            .collect();
        let organizations: HashMap<OrganizationId, organization::Model> = organization::Entity::find()
            .filter(organization::Column::Id.is_in(assertions.iter().map(|assertion| assertion.organization_id)))
            .all(self.db())
            .await?
            .into_iter()
            .map(|organization| (organization.id, organization))
            .collect();
        let told = self.addresses_told(assertions).await?;
        Ok(assertions
            .iter()
            .filter_map(|assertion| {
                // An organization sees the address over which it asserted control, and never a later one.
                let email = if self.own_account() == Some(assertion.account_id) {
                    emails.get(&assertion.account_id)?.clone()
                } else {
                    told.get(&assertion.notice_id?)?.clone()
                };
                let row = AssertionRow {
                    assertion: assertion.clone(),
                    email,
                    organization: organizations.get(&assertion.organization_id)?.clone(),
                    domain: domains.get(&assertion.domain_id)?.clone(),
                };
                Some((assertion.id, row))
            })
            .collect())
    }

    /// The addresses over which control was asserted, from the notices that told it.
    async fn addresses_told(&self, assertions: &[control_assertion::Model]) -> Result<HashMap<NoticeId, String>> {
        let rows: Vec<(NoticeId, serde_json::Value)> = notice::Entity::find()
            .select_only()
            .columns([notice::Column::Id, notice::Column::Content])
            .filter(notice::Column::Id.is_in(assertions.iter().filter_map(|assertion| assertion.notice_id)))
            .into_tuple()
            .all(self.db())
            .await?;
        let address = |content: &serde_json::Value| content.get("email")?.as_str().map(ToOwned::to_owned);
        Ok(rows.into_iter().filter_map(|(id, content)| Some((id, address(&content)?))).collect())
    }

    /// Whether the viewer may plan claims over a domain: its role allows claims, and the domain is proved.
    fn plans(&self, domain: &domain::Model) -> bool {
        matches!(domain.status, DomainStatus::Verified | DomainStatus::Lapsing)
            && self.administrator(domain.organization_id, Permission::Claims).is_some()
    }

    /// What a claim would do; none for who may not claim.
    pub async fn claim_plan(&self, domain: &domain::Model, scope: &ClaimScope) -> Result<Option<Counts>> {
        if !self.plans(domain) {
            return Ok(None);
        }
        Ok(Some(candidates::count(self.db(), domain, scope).await?))
    }

    /// Who could be claimed, one row more than `limit` if there are more.
    pub async fn candidates(
        &self,
        domain: &domain::Model,
        after: Option<&Place>,
        limit: u64,
    ) -> Result<Vec<Candidate>> {
        if !self.plans(domain) {
            return Ok(Vec::new());
        }
        candidates::next(self.db(), domain, after, self.now(), limit).await
    }

    /// Of these accounts those that could be claimed.
    pub async fn candidates_among(&self, domain: &domain::Model, ids: &[AccountId]) -> Result<Vec<Candidate>> {
        if !self.plans(domain) || ids.is_empty() {
            return Ok(Vec::new());
        }
        candidates::among(self.db(), domain, ids, false).await
    }
}

fn delivery_of_assertion() -> sea_orm::RelationDef {
    control_assertion::Entity::belongs_to(delivery::Entity)
        .from(control_assertion::Column::NoticeId)
        .to(delivery::Column::NoticeId)
        .into()
}
