//! What is sent to whom, and what a viewer sees of it: administrators what concerns their organization's installations,
//! operators what concerns an app. Never what a message said.

use crate::{
    core::{
        Permission, Reader, Result,
        apps::{contacts::Contacts, webhooks::since_resumed},
    },
    graphql::page::{Page, Rows, by_id},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};
use steward_entities::{
    account, app, app_installation, app_webhook, app_webhook_secret,
    id::{AppId, AppInstallationId, AppWebhookSecretId, OrganizationId},
    kinds::WebhookStatus,
    role, webhook_delivery,
};

/// Where an app's vendor is told, and by which secrets it is signed.
#[derive(Clone, Debug)]
pub struct Vendor {
    /// Where.
    pub url: String,
    /// Those that are valid, newest first.
    pub secrets: Vec<AppWebhookSecretId>,
}

/// Of these apps, those whose vendors want to be told.
///
/// # Errors
/// When the database fails.
pub async fn vendors(
    db: &impl ConnectionTrait,
    apps: impl IntoIterator<Item = AppId>,
    now: DateTime<Utc>,
) -> Result<HashMap<AppId, Vendor>> {
    let apps: HashSet<AppId> = apps.into_iter().collect();
    let found = app::Entity::find().filter(app::Column::Id.is_in(apps.iter().copied())).all(db).await?;
    let expires = app_webhook_secret::Column::ExpiresAt;
    let mut secrets = app_webhook_secret::Entity::find()
        .filter(app_webhook_secret::Column::AppId.is_in(apps))
        .filter(expires.is_null().or(expires.gt(now)))
        .all(db)
        .await?;
    // The newest has no end. Ids tell no order within a moment.
    secrets.sort_by_key(|secret| Reverse(secret.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC)));
    let mut vendors: HashMap<AppId, Vendor> = found
        .into_iter()
        .filter_map(|app| Some((app.id, Vendor { url: app.webhook_url?, secrets: Vec::new() })))
        .collect();
    for secret in secrets {
        if let Some(vendor) = vendors.get_mut(&secret.app_id) {
            vendor.secrets.push(secret.id);
        }
    }
    Ok(vendors)
}

/// Whom a vendor is to write to about an installation, as they are now: who installed it only while they have a role in the
/// organization. Nobody, where it is over: then there is nothing to write about.
///
/// # Errors
/// When the database fails.
pub async fn contacts(db: &impl ConnectionTrait, installation: AppInstallationId) -> Result<Contacts> {
    let found = app_installation::Entity::find_by_id(installation).one(db).await?;
    let Some(installation) = found.filter(|row| row.ended_at.is_none()) else { return Ok(Contacts::default()) };
    let has_role = role::Entity::find()
        .select_only()
        .column(role::Column::AccountId)
        .filter(role::Column::OrganizationId.eq(installation.organization_id))
        .filter(role::Column::AccountId.eq(installation.installed_by))
        .filter(role::Column::AsleepAt.is_null());
    let installer = account::Entity::find_by_id(installation.installed_by)
        .filter(account::Column::Id.in_subquery(has_role.into_query()))
        .one(db)
        .await?;
    Contacts::of(db, installation.organization_id, installer).await
}

impl Reader<'_> {
    /// What an app's vendor was told of an installation, oldest first, for administrators of apps there and for operators;
    /// only what is in this state, if one is named.
    pub async fn webhook_deliveries_of_installation(
        &self,
        organization: OrganizationId,
        installation: AppInstallationId,
        status: Option<WebhookStatus>,
        page: &Page,
    ) -> Result<Option<Rows<webhook_delivery::Model>>> {
        if !self.sees_webhooks(organization) {
            return Ok(None);
        }
        let select = webhook_delivery::Entity::find()
            .filter(webhook_delivery::Column::InstallationId.eq(installation))
            .filter(webhook_delivery::Column::OrganizationId.eq(organization));
        self.listed(select, status, page).await.map(Some)
    }

    /// What an app's vendor was told of all its installations, for operators.
    pub async fn webhook_deliveries_of_app(
        &self,
        app: AppId,
        status: Option<WebhookStatus>,
        page: &Page,
    ) -> Result<Option<Rows<webhook_delivery::Model>>> {
        if !self.caller().is_operator() {
            return Ok(None);
        }
        let select = webhook_delivery::Entity::find().filter(webhook_delivery::Column::AppId.eq(app));
        self.listed(select, status, page).await.map(Some)
    }

    /// How it goes with an app's receiver, for administrators of apps where it is installed, and for operators. None also
    /// where it goes well.
    pub async fn webhooks_of_app(
        &self,
        organization: Option<OrganizationId>,
        app: AppId,
    ) -> Result<Option<app_webhook::Model>> {
        let sees = organization.map_or_else(|| self.caller().is_operator(), |id| self.sees_webhooks(id));
        if !sees {
            return Ok(None);
        }
        Ok(app_webhook::Entity::find_by_id(app).one(self.db()).await?)
    }

    /// The same for the app of an installation.
    pub async fn webhooks_of_installation(
        &self,
        organization: OrganizationId,
        installation: AppInstallationId,
    ) -> Result<Option<app_webhook::Model>> {
        let own = app_installation::Column::OrganizationId.eq(organization);
        let found = app_installation::Entity::find_by_id(installation).filter(own).one(self.db()).await?;
        let Some(installation) = found else { return Ok(None) };
        self.webhooks_of_app(Some(organization), installation.app_id).await
    }

    /// The secrets by which an app's vendor knows us, those that are over included, newest first; for operators.
    pub async fn webhook_secrets(&self, app: AppId) -> Result<Option<Vec<app_webhook_secret::Model>>> {
        if !self.caller().is_operator() {
            return Ok(None);
        }
        let select = app_webhook_secret::Entity::find().filter(app_webhook_secret::Column::AppId.eq(app));
        Ok(Some(select.order_by_desc(app_webhook_secret::Column::Id).all(self.db()).await?))
    }

    /// One delivery, for whoever sees those of its installation.
    pub async fn webhook_delivery(
        &self,
        id: steward_entities::id::WebhookDeliveryId,
    ) -> Result<Option<webhook_delivery::Model>> {
        let found = webhook_delivery::Entity::find_by_id(id).one(self.db()).await?;
        let seen = found.into_iter().filter(|row| self.sees_webhooks(row.organization_id)).collect();
        Ok(self.as_they_stand(seen).await?.pop())
    }

    /// Whether the viewer sees what vendors are told of an organization: its administrators of apps, and operators.
    #[must_use]
    pub fn sees_webhooks(&self, organization: OrganizationId) -> bool {
        self.caller().is_operator() || self.administrator(organization, Permission::Apps).is_some()
    }

    async fn listed(
        &self,
        mut select: sea_orm::Select<webhook_delivery::Entity>,
        status: Option<WebhookStatus>,
        page: &Page,
    ) -> Result<Rows<webhook_delivery::Model>> {
        if let Some(status) = status {
            select = select.filter(webhook_delivery::Column::Status.eq(status));
        }
        let mut page = by_id(self.db(), select, webhook_delivery::Column::Id, page).await?;
        page.rows = self.as_they_stand(page.rows).await?;
        Ok(page)
    }

    /// In the same order.
    async fn as_they_stand(&self, rows: Vec<webhook_delivery::Model>) -> Result<Vec<webhook_delivery::Model>> {
        let apps: HashSet<AppId> = rows.iter().map(|row| row.app_id).collect();
        let going = app_webhook::Entity::find().filter(app_webhook::Column::AppId.is_in(apps)).all(self.db()).await?;
        let resumed: HashMap<AppId, DateTime<Utc>> =
            going.into_iter().filter_map(|going| Some((going.app_id, going.resumed_at?))).collect();
        let stands = |row: webhook_delivery::Model| {
            let resumed_at = resumed.get(&row.app_id).copied();
            since_resumed(row, resumed_at)
        };
        Ok(rows.into_iter().map(stands).collect())
    }
}
