//! What a viewer sees of domains.

use crate::{
    core::{Permission, Reader, Result, Tx, not_found},
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use steward_entities::{
    domain,
    id::{DomainId, OrganizationId},
};

impl Reader<'_> {
    /// A domain that hasn't been removed, for administrators of its organization.
    pub async fn domain(&self, id: DomainId) -> Result<Option<domain::Model>> {
        let domain = self.domain_or_removed(id).await?;
        Ok(domain.filter(|domain| domain.removed_at.is_none()))
    }

    /// A domain, removed or not, for administrators of its organization.
    pub async fn domain_or_removed(&self, id: DomainId) -> Result<Option<domain::Model>> {
        let domain = domain::Entity::find_by_id(id).one(self.db()).await?;
        Ok(domain.filter(|domain| self.reads(domain.organization_id)))
    }

    /// The domains of an organization, in the order in which they were added, for its administrators.
    pub async fn domains(&self, organization: OrganizationId, page: &Page) -> Result<Rows<domain::Model>> {
        if !self.reads(organization) {
            return Ok(Rows::none());
        }
        let select = domain::Entity::find()
            .filter(domain::Column::OrganizationId.eq(organization))
            .filter(domain::Column::RemovedAt.is_null());
        by_id(self.db(), select, domain::Column::Id, page).await
    }

    /// Whether the viewer's role proves domains: then the challenge is shown.
    #[must_use]
    pub fn proves(&self, domain: &domain::Model) -> bool {
        self.administrator(domain.organization_id, Permission::Domains).is_some()
    }
}

/// A domain of this organization, removed or not, locked where `tx` locks; what another organization has isn't there.
///
/// # Errors
/// `NOT_FOUND` for `domainId` of the input.
pub async fn own(tx: &Tx<'_>, organization: OrganizationId, id: DomainId) -> Result<domain::Model> {
    let select = domain::Entity::find_by_id(id).filter(domain::Column::OrganizationId.eq(organization));
    tx.lock(select).one(tx.db()).await?.ok_or_else(|| not_found(&["input", "domainId"]))
}

/// The same, if it hasn't been removed.
///
/// # Errors
/// `NOT_FOUND` for `domainId` of the input.
pub async fn present(tx: &Tx<'_>, organization: OrganizationId, id: DomainId) -> Result<domain::Model> {
    let domain = own(tx, organization, id).await?;
    if domain.removed_at.is_some() {
        return Err(not_found(&["input", "domainId"]));
    }
    Ok(domain)
}
