//! What a viewer sees of objections and exclusions: administrators those in their organization, people their own.

use crate::{
    accounts::view::AccountView,
    core::{Reader, Result},
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use std::collections::HashMap;
use steward_entities::{
    app, app_exclusion, app_objection,
    id::{AccountId, AppExclusionId, AppId, AppObjectionId, OrganizationId},
    kinds::AppObjectionStatus,
    organization,
};

/// Something about a person and an app in an organization.
pub trait Between {
    /// Who, in which organization, and which app.
    fn between(&self) -> (AccountId, OrganizationId, AppId);
}

impl Between for app_objection::Model {
    fn between(&self) -> (AccountId, OrganizationId, AppId) {
        (self.account_id, self.organization_id, self.app_id)
    }
}

impl Between for app_exclusion::Model {
    fn between(&self) -> (AccountId, OrganizationId, AppId) {
        (self.account_id, self.organization_id, self.app_id)
    }
}

/// It, with what it names.
#[derive(Clone)]
pub struct Seen<Row> {
    /// The row.
    pub row: Row,
    /// Which app.
    pub app: app::Model,
    /// In which organization.
    pub organization: organization::Model,
    /// Who, where the viewer sees them.
    pub person: Option<AccountView>,
}

impl Reader<'_> {
    /// An organization's objections, for its administrators; only these, if a status is named.
    pub async fn app_objections(
        &self,
        organization: OrganizationId,
        status: Option<AppObjectionStatus>,
        page: &Page,
    ) -> Result<Option<Rows<Seen<app_objection::Model>>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let mut select = app_objection::Entity::find().filter(app_objection::Column::OrganizationId.eq(organization));
        if let Some(status) = status {
            select = select.filter(app_objection::Column::Status.eq(status));
        }
        Ok(Some(self.seen_objections(select, page).await?))
    }

    /// The signed-in person's own objections.
    pub async fn own_app_objections(&self, page: &Page) -> Result<Rows<Seen<app_objection::Model>>> {
        let Some(own) = self.own_account() else { return Ok(Rows::none()) };
        let select = app_objection::Entity::find().filter(app_objection::Column::AccountId.eq(own));
        self.seen_objections(select, page).await
    }

    /// One objection, for whose it is and for the administrators who decide.
    pub async fn app_objection(&self, id: AppObjectionId) -> Result<Option<Seen<app_objection::Model>>> {
        let found = app_objection::Entity::find_by_id(id).one(self.db()).await?;
        Ok(self.between(found.into_iter().filter(|row| self.sees(row)).collect()).await?.pop())
    }

    /// Whom an organization's administrators keep from apps, or have kept, for its administrators.
    pub async fn app_exclusions(
        &self,
        organization: OrganizationId,
        page: &Page,
    ) -> Result<Option<Rows<Seen<app_exclusion::Model>>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let select = app_exclusion::Entity::find().filter(app_exclusion::Column::OrganizationId.eq(organization));
        let page = by_id(self.db(), select, app_exclusion::Column::Id, page).await?;
        let (has_previous, has_next, all) = (page.has_previous, page.has_next, page.all);
        Ok(Some(Rows { rows: self.between(page.rows).await?, has_previous, has_next, all }))
    }

    /// The last time when somebody was kept from an app, for its administrators.
    pub async fn app_exclusion(&self, id: AppExclusionId) -> Result<Option<Seen<app_exclusion::Model>>> {
        let found = app_exclusion::Entity::find_by_id(id).one(self.db()).await?;
        Ok(self.between(found.into_iter().filter(|row| self.sees(row)).collect()).await?.pop())
    }

    fn sees(&self, row: &impl Between) -> bool {
        let (account, organization, _) = row.between();
        self.own_account() == Some(account) || self.reads(organization)
    }

    async fn seen_objections(
        &self,
        select: Select<app_objection::Entity>,
        page: &Page,
    ) -> Result<Rows<Seen<app_objection::Model>>> {
        let page = by_id(self.db(), select, app_objection::Column::Id, page).await?;
        let (has_previous, has_next, all) = (page.has_previous, page.has_next, page.all);
        Ok(Rows { rows: self.between(page.rows).await?, has_previous, has_next, all })
    }

    /// In the same order.
    pub(crate) async fn between<Row: Between>(&self, rows: Vec<Row>) -> Result<Vec<Seen<Row>>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let named: Vec<_> = rows.iter().map(Between::between).collect();
        let apps = self.apps_by_id(named.iter().map(|(_, _, app)| *app).collect::<Vec<_>>()).await?;
        let people: Vec<AccountId> = named.iter().map(|(account, ..)| *account).collect();
        let people: HashMap<AccountId, AccountView> =
            self.accounts(&people).await?.into_iter().map(|view| (view.account.id, view)).collect();
        let organizations = self.organizations_named(named.iter().map(|(_, organization, _)| *organization)).await?;
        let seen = rows.into_iter().zip(named).filter_map(|(row, (account, organization, app))| {
            Some(Seen {
                app: apps.get(&app)?.clone(),
                organization: organizations.get(&organization)?.clone(),
                person: people.get(&account).cloned(),
                row,
            })
        });
        Ok(seen.collect())
    }
}
