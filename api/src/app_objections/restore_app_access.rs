//! `restoreAppAccess`: administrators let an app see somebody whom they have kept from it. Whoever objects to it stays hidden
//! all the same.

use crate::{
    app_objections::revoke_app_access::{app_of, excluded},
    core::{
        AccountAct, ActionName, Concerned, Effects, EventDraft, NoticeDraft, Result, Tx,
        apps::{closing::settle, hidden::Kept},
        database::one_of,
        notice::contact,
        text::Reason,
    },
    notices::content::AppAccessRestored,
};
use sea_orm::{EntityTrait, QueryFilter, prelude::Expr};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    app_exclusion,
    id::{AppExclusionId, AppInstallationId},
};

/// Lets an app see people again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RestoreAppAccess {
    /// An installation of the app.
    pub installation: AppInstallationId,
    /// Why, for the person and the log.
    pub reason: Reason,
}

impl AccountAct for RestoreAppAccess {
    const NAME: ActionName = ActionName::RestoreAppAccess;

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let organization = &on.organization;
        let app = app_of(tx, organization.id, self.installation).await?;
        let excluded = excluded(tx, on, &app).await?;
        let reason = self.reason.as_str();
        let kept = Kept::of(tx.db(), organization.id, &on.ids()).await?;
        app_exclusion::Entity::update_many()
            .col_expr(app_exclusion::Column::EndedAt, Expr::value(tx.now()))
            .col_expr(app_exclusion::Column::EndedBy, Expr::value(on.administrator.account))
            .col_expr(app_exclusion::Column::EndReason, Expr::value(reason))
            .filter(one_of(tx.db(), app_exclusion::Column::Id, excluded.values().map(|row| row.id)))
            .exec(tx.db())
            .await?;
        Box::pin(settle(tx, &on.ids())).await?;
        let mut effects = Effects::default();
        for (facts, _) in &on.accounts {
            let account = &facts.account;
            let Some(exclusion) = excluded.get(&account.id) else { continue };
            let details = json!({ "appId": app.id, "app": app.name, "reason": reason });
            let event = EventDraft::within(Some(organization.id)).about(account.id);
            effects.events.push(event.object(AppExclusionId::PREFIX, exclusion.id.0).details(details));
            let content = AppAccessRestored {
                organization: organization.name.clone(),
                contact: contact(organization),
                email: account.email.clone(),
                app: app.name.clone(),
                vendor: app.vendor.clone(),
                reason: reason.to_owned(),
                objected: kept.objects(account.id, app.id),
            };
            effects.notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id));
        }
        Ok(effects)
    }
}
