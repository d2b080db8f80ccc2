//! What a viewer sees of services, workspaces and memberships.

use crate::{
    core::{
        Reader, Result,
        account::link::{self, Held},
        database::one_of,
        powers::{GROUND, LIMITED, standing},
    },
    graphql::page::{Page, Rows, by_id},
    workspaces::offer::{Whose, is_to, stands},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, Select};
use std::collections::HashMap;
use steward_entities::{
    account,
    id::{AccountId, MembershipId, OrganizationId, ServiceId, WorkspaceId},
    kinds::{MembershipStatus, TokenPurpose},
    membership, organization, service, workspace,
};

/// A membership with what its names are taken from.
#[derive(Clone, Debug)]
pub struct SeenMembership {
    /// The membership.
    pub membership: membership::Model,
    /// The person, while they are a member; nobody sees them before or afterwards.
    pub person: Option<account::Model>,
    /// The workspace.
    pub workspace: workspace::Model,
    /// Whose workspace.
    pub organization: organization::Model,
    /// Its state now.
    pub status: MembershipStatus,
    /// Whether the viewer administers the organization.
    pub administers: bool,
}

impl SeenMembership {
    /// Whether administrators limit it now, or have ended it.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        LIMITED.contains(&self.status)
    }
}

/// An offer that waits for its answer, as who holds its link sees it.
#[derive(Clone, Debug)]
pub struct SeenOffer {
    /// Whose workspace.
    pub organization: String,
    /// The workspace.
    pub workspace: String,
    /// The account's address, else the one that the link was mailed to.
    pub email: String,
    /// Whether the address has an account.
    pub has_account: bool,
}

impl Reader<'_> {
    /// The workspaces that rows name which the viewer sees, whatever else they see of them.
    pub(crate) async fn workspaces_named(
        &self,
        ids: impl IntoIterator<Item = WorkspaceId>,
    ) -> Result<HashMap<WorkspaceId, workspace::Model>> {
        let named = workspace::Entity::find().filter(one_of(self.db(), workspace::Column::Id, ids));
        Ok(named.all(self.db()).await?.into_iter().map(|row| (row.id, row)).collect())
    }

    /// The platform's services, for whoever is signed in.
    pub async fn services(&self, page: &Page) -> Result<Rows<service::Model>> {
        if self.caller().account_id().is_none() {
            return Ok(Rows::none());
        }
        by_id(self.db(), service::Entity::find(), service::Column::Id, page).await
    }

    /// One service.
    pub async fn service(&self, id: ServiceId) -> Result<Option<service::Model>> {
        if self.caller().account_id().is_none() {
            return Ok(None);
        }
        Ok(service::Entity::find_by_id(id).one(self.db()).await?)
    }

    /// An organization's workspaces with their services, for its administrators.
    pub async fn workspaces(
        &self,
        organization: OrganizationId,
        page: &Page,
    ) -> Result<Rows<(workspace::Model, service::Model)>> {
        if !self.reads(organization) {
            return Ok(Rows::none());
        }
        let select = workspace::Entity::find().filter(workspace::Column::OrganizationId.eq(organization));
        let page = by_id(self.db(), select, workspace::Column::Id, page).await?;
        let ids = page.rows.iter().map(|workspace| workspace.service_id);
        let services: HashMap<ServiceId, service::Model> = service::Entity::find()
            .filter(service::Column::Id.is_in(ids))
            .all(self.db())
            .await?
            .into_iter()
            .map(|service| (service.id, service))
            .collect();
        Ok(with(page, |workspace| {
            let service = services.get(&workspace.service_id)?.clone();
            Some((workspace, service))
        }))
    }

    /// One workspace, for its organization's administrators.
    pub async fn workspace(&self, id: WorkspaceId) -> Result<Option<(workspace::Model, service::Model)>> {
        let Some(workspace) = workspace::Entity::find_by_id(id).one(self.db()).await? else {
            return Ok(None);
        };
        if !self.reads(workspace.organization_id) {
            return Ok(None);
        }
        let service = service::Entity::find_by_id(workspace.service_id).one(self.db()).await?;
        Ok(service.map(|service| (workspace, service)))
    }

    /// A workspace's memberships, those that are over included, for its organization's administrators.
    pub async fn members(&self, workspace: &workspace::Model, page: &Page) -> Result<Rows<SeenMembership>> {
        if !self.reads(workspace.organization_id) {
            return Ok(Rows::none());
        }
        let select = membership::Entity::find().filter(membership::Column::WorkspaceId.eq(workspace.id));
        let page = by_id(self.db(), select, membership::Column::Id, page).await?;
        self.seen_memberships(page).await
    }

    /// The signed-in person's memberships, and the offers that wait for their answer.
    pub async fn own_memberships(&self, page: &Page) -> Result<Rows<SeenMembership>> {
        let Some(select) = self.own() else {
            return Ok(Rows::none());
        };
        let page = by_id(self.db(), select, membership::Column::Id, page).await?;
        self.seen_memberships(page).await
    }

    /// Whether this was an offer to the signed-in person's address, which they could answer without a mailed link, and
    /// was declined.
    pub async fn is_declined(&self, id: MembershipId) -> Result<bool> {
        let Some(person) = self.caller().person() else { return Ok(false) };
        let found = membership::Entity::find_by_id(id).one(self.db()).await?;
        Ok(found.is_some_and(|offer| offer.status == MembershipStatus::Declined && is_to(&offer, &person.account)))
    }

    /// One membership, for the person and for the organization's administrators.
    pub async fn membership(&self, id: MembershipId) -> Result<Option<SeenMembership>> {
        let mut found = match self.own() {
            Some(own) => own.filter(membership::Column::Id.eq(id)).one(self.db()).await?,
            None => None,
        };
        if found.is_none() {
            found = membership::Entity::find_by_id(id)
                .one(self.db())
                .await?
                .filter(|membership| self.reads(membership.organization_id));
        }
        let rows = Rows { rows: found.into_iter().collect(), ..Rows::none() };
        Ok(self.seen_memberships(rows).await?.rows.pop())
    }

    /// The offer that a mailed link would answer, while it stands.
    pub async fn offer_by_link(&self, link: &str) -> Result<Option<SeenOffer>> {
        let Some(Held { link, account }) = link::held(self, TokenPurpose::Membership, link).await? else {
            return Ok(None);
        };
        let Some(id) = link.subject_id.map(MembershipId) else {
            return Ok(None);
        };
        let found = membership::Entity::find_by_id(id)
            .filter(membership::Column::EmailCanonical.eq(&link.email_canonical))
            .one(self.db())
            .await?
            .filter(|membership| stands(membership, self.now()));
        let rows = Rows { rows: found.into_iter().collect(), ..Rows::none() };
        Ok(self.seen_memberships(rows).await?.rows.pop().map(|seen| SeenOffer {
            organization: seen.organization.name,
            workspace: seen.workspace.name,
            has_account: account.is_some(),
            email: account.map_or(link.email, |account| account.email),
        }))
    }

    /// What is the person's: memberships that they accepted, offers that they may answer without a mailed link.
    fn own(&self) -> Option<Select<membership::Entity>> {
        let account = &self.caller().person()?.account;
        let mut which = Condition::any().add(membership::Column::AccountId.eq(account.id));
        let offered = membership::Column::Status
            .eq(MembershipStatus::Invited)
            .and(membership::Column::EmailCanonical.eq(&account.email_canonical))
            .and(membership::Column::ExpiresAt.gt(self.now()));
        which = match Whose::of(account) {
            Whose::Nobody => which,
            Whose::Managers(manager) => which.add(offered.and(membership::Column::OrganizationId.eq(manager))),
            Whose::Everybody => which.add(offered),
        };
        Some(membership::Entity::find().filter(which))
    }

    async fn seen_memberships(&self, page: Rows<membership::Model>) -> Result<Rows<SeenMembership>> {
        let active = |membership: &&membership::Model| GROUND.contains(&membership.status);
        let accounts: Vec<AccountId> =
            page.rows.iter().filter(active).filter_map(|membership| membership.account_id).collect();
        let people: HashMap<AccountId, account::Model> = account::Entity::find()
            .filter(account::Column::Id.is_in(accounts))
            .all(self.db())
            .await?
            .into_iter()
            .map(|account| (account.id, account))
            .collect();
        let workspaces: HashMap<WorkspaceId, workspace::Model> = workspace::Entity::find()
            .filter(workspace::Column::Id.is_in(page.rows.iter().map(|membership| membership.workspace_id)))
            .all(self.db())
            .await?
            .into_iter()
            .map(|workspace| (workspace.id, workspace))
            .collect();
        let organizations: HashMap<OrganizationId, organization::Model> = organization::Entity::find()
            .filter(organization::Column::Id.is_in(page.rows.iter().map(|membership| membership.organization_id)))
            .all(self.db())
            .await?
            .into_iter()
            .map(|organization| (organization.id, organization))
            .collect();
        Ok(with(page, |membership| {
            let person =
                Some(&membership).filter(active).and_then(|membership| people.get(&membership.account_id?).cloned());
            Some(SeenMembership {
                status: standing(membership.status, membership.until, self.now()),
                administers: self.reads(membership.organization_id),
                person,
                workspace: workspaces.get(&membership.workspace_id)?.clone(),
                organization: organizations.get(&membership.organization_id)?.clone(),
                membership,
            })
        }))
    }
}

/// The page with more beside each row; a row whose other half is gone is left out.
fn with<M, T>(page: Rows<M>, each: impl FnMut(M) -> Option<T>) -> Rows<T> {
    Rows {
        rows: page.rows.into_iter().filter_map(each).collect(),
        has_previous: page.has_previous,
        has_next: page.has_next,
        all: page.all,
    }
}
