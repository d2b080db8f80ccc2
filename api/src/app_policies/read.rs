//! What a viewer sees of an organization's word on apps: its administrators all of it, people their own requests.

use crate::{
    app_objections::read::{Between, Seen},
    core::{Reader, Result, apps::rules::mode},
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use steward_entities::{
    app, app_decision, app_request,
    id::{AccountId, AppId, AppRequestId, OrganizationId},
    kinds::{AppPolicyMode, AppRequestStatus},
};

/// What an organization has decided about an app.
#[derive(Clone, Debug)]
pub struct SeenDecision {
    /// The decision.
    pub decision: app_decision::Model,
    /// About which app.
    pub app: app::Model,
}

/// A request with what it names.
pub type SeenRequest = Seen<app_request::Model>;

impl Between for app_request::Model {
    fn between(&self) -> (AccountId, OrganizationId, AppId) {
        (self.account_id, self.organization_id, self.app_id)
    }
}

impl Reader<'_> {
    /// An organization's policy on apps, for its administrators.
    pub async fn app_policy(&self, organization: OrganizationId) -> Result<Option<AppPolicyMode>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        Ok(Some(mode(self.db(), organization).await?))
    }

    /// What an organization has decided about single apps, for its administrators.
    pub async fn app_decisions(&self, organization: OrganizationId, page: &Page) -> Result<Option<Rows<SeenDecision>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let select = app_decision::Entity::find().filter(app_decision::Column::OrganizationId.eq(organization));
        let page = by_id(self.db(), select, app_decision::Column::AppId, page).await?;
        let mut apps = self.apps_by_id(page.rows.iter().map(|row| row.app_id)).await?;
        Ok(Some(page.filter_map(|decision| Some(SeenDecision { app: apps.remove(&decision.app_id)?, decision }))))
    }

    /// What an organization has decided about one app, for its administrators.
    pub async fn app_decision(&self, organization: OrganizationId, app: AppId) -> Result<Option<SeenDecision>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let found = app_decision::Entity::find_by_id((organization, app)).one(self.db()).await?;
        let Some((decision, app)) = found.zip(self.app(app).await?) else { return Ok(None) };
        Ok(Some(SeenDecision { decision, app }))
    }

    /// What an organization's people have asked for, for its administrators; only these, if a status is named.
    pub async fn app_requests(
        &self,
        organization: OrganizationId,
        status: Option<AppRequestStatus>,
        page: &Page,
    ) -> Result<Option<Rows<SeenRequest>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let mut select = app_request::Entity::find().filter(app_request::Column::OrganizationId.eq(organization));
        if let Some(status) = status {
            select = select.filter(app_request::Column::Status.eq(status));
        }
        Ok(Some(self.seen_requests(select, page).await?))
    }

    /// What the signed-in person has asked for.
    pub async fn own_app_requests(&self, page: &Page) -> Result<Rows<SeenRequest>> {
        match self.own_account() {
            Some(own) => {
                let select = app_request::Entity::find().filter(app_request::Column::AccountId.eq(own));
                self.seen_requests(select, page).await
            }
            None => Ok(Rows::none()),
        }
    }

    /// One request, for who has asked and for the administrators of whom it was asked.
    pub async fn app_request(&self, id: AppRequestId) -> Result<Option<SeenRequest>> {
        let found = app_request::Entity::find_by_id(id).one(self.db()).await?;
        let seen =
            |row: &app_request::Model| self.own_account() == Some(row.account_id) || self.reads(row.organization_id);
        Ok(self.between(found.into_iter().filter(seen).collect()).await?.pop())
    }

    async fn seen_requests(&self, select: Select<app_request::Entity>, page: &Page) -> Result<Rows<SeenRequest>> {
        let page = by_id(self.db(), select, app_request::Column::Id, page).await?;
        let (has_previous, has_next, all) = (page.has_previous, page.has_next, page.all);
        Ok(Rows { rows: self.between(page.rows).await?, has_previous, has_next, all })
    }
}
