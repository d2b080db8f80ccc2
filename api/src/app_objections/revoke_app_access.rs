//! `revokeAppAccess`: administrators keep somebody from an app. It doesn't see them from this moment on, and won't when it is
//! installed anew.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, Error, EventDraft, NoticeDraft, Result, Tx,
        apps::{closing::settle, data_deletion::to_be_deleted, hidden::exclusions},
        database::one_of,
        insert::insert_all,
        not_found,
        notice::contact,
        text::Reason,
    },
    notices::content::AppAccessRevoked,
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use steward_entities::{
    app, app_exclusion, app_installation,
    id::{AccountId, AppExclusionId, AppInstallationId, OrganizationId},
};

/// Keeps people from an app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RevokeAppAccess {
    /// By which installation it concerns them.
    pub installation: AppInstallationId,
    /// Why, for the person and the log.
    pub reason: Reason,
}

/// The app of an organization's installation, over or not.
///
/// # Errors
/// `NOT_FOUND` for `installationId`.
pub async fn app_of(tx: &Tx<'_>, organization: OrganizationId, installation: AppInstallationId) -> Result<app::Model> {
    let own = app_installation::Column::OrganizationId.eq(organization);
    let found = app_installation::Entity::find_by_id(installation).filter(own).one(tx.db()).await?;
    let found = found.ok_or_else(|| not_found(&["input", "installationId"]))?;
    let app = app::Entity::find_by_id(found.app_id).one(tx.db()).await?;
    app.ok_or_else(|| Error::internal("an installation is of no app"))
}

/// Those of an act whom administrators keep from the app by now.
///
/// # Errors
/// When the database fails.
pub async fn excluded(
    tx: &Tx<'_>,
    on: &Concerned,
    app: &app::Model,
) -> Result<HashMap<AccountId, app_exclusion::Model>> {
    let rows = exclusions()
        .filter(one_of(tx.db(), app_exclusion::Column::AccountId, on.ids()))
        .filter(app_exclusion::Column::OrganizationId.eq(on.organization.id))
        .filter(app_exclusion::Column::AppId.eq(app.id))
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().map(|row| (row.account_id, row)).collect())
}

impl AccountAct for RevokeAppAccess {
    const NAME: ActionName = ActionName::RevokeAppAccess;

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let organization = &on.organization;
        let app = app_of(tx, organization.id, self.installation).await?;
        let already = excluded(tx, on, &app).await?;
        let reason = self.reason.as_str();
        let (mut effects, mut rows) = (Effects::default(), Vec::new());
        for (facts, _) in on.accounts.iter().filter(|(facts, _)| !already.contains_key(&facts.account.id)) {
            let (account, id) = (&facts.account, tx.id::<AppExclusionId>());
            let row = app_exclusion::Model {
                id,
                organization_id: organization.id,
                app_id: app.id,
                account_id: account.id,
                installation_id: self.installation,
                reason: Some(reason.to_owned()),
                created_at: tx.now(),
                excluded_by: on.administrator.account,
                ended_at: None,
                ended_by: None,
                end_reason: None,
            };
            rows.push(row.into_active_model());
            let details = json!({
                "appId": app.id,
                "app": app.name,
                "installationId": self.installation,
                "reason": reason,
            });
            let event = EventDraft::within(Some(organization.id)).about(account.id);
            effects.events.push(event.object(AppExclusionId::PREFIX, id.0).details(details));
        }
        insert_all::<app_exclusion::Entity>(tx, rows).await?;
        Box::pin(settle(tx, &on.ids())).await?;
        let to_be_deleted = to_be_deleted(tx, organization.id, app.id, &on.ids()).await?;
        for (facts, _) in on.accounts.iter().filter(|(facts, _)| !already.contains_key(&facts.account.id)) {
            let account = &facts.account;
            let content = AppAccessRevoked {
                organization: organization.name.clone(),
                contact: contact(organization),
                email: account.email.clone(),
                app: app.name.clone(),
                vendor: app.vendor.clone(),
                privacy_policy_url: app.privacy_policy_url.clone(),
                support_email: app.support_email.clone(),
                deletion_due_at: to_be_deleted.get(&account.id).copied(),
                reason: reason.to_owned(),
            };
            effects.notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id));
        }
        Ok(effects)
    }
}
