//! `retireApp`: an operator takes an app out of use for good. It stops at once, wherever it is; a job ends its installations,
//! and tells the administrators and the people there.

use crate::{
    apps::listing::lock,
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, JobDraft, Notices, Result, Silence, Tx,
        Unlogged, Work, text::Reason,
    },
};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{app, id::AppId};

/// Takes an app out of use.
pub struct RetireApp {
    /// Which.
    pub app: AppId,
    /// Why.
    pub reason: Reason,
}

impl Action for RetireApp {
    const NAME: ActionName = ActionName::RetireApp;
    type Target = app::Model;
    type Output = AppId;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<app::Model> {
        lock(tx, self.app).await
    }

    async fn run(&self, app: Authorized<app::Model>, tx: &Tx<'_>) -> Result<Done<AppId>> {
        let app = app.into_inner();
        if app.retired_at.is_some() {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(app.id, EventSet::none(Unlogged::NothingChanged), nothing));
        }
        let (id, version, asked_before) = (app.id, app.version, app.scopes);
        let event = EventDraft::within(None)
            .object(AppId::PREFIX, id.0)
            .details(json!({ "name": app.name, "reason": self.reason.as_str() }));
        let mut row = app.into_active_model();
        row.retired_at = Set(Some(tx.now()));
        row.version = Set(version + 1);
        row.update(tx.db()).await?;
        let job =
            JobDraft::new(tx, Work::MoveAppOn { app: id, asked_before, vendor_before: None, policy_before: None });
        Ok(Done::new(id, EventSet::one(event), Notices::None(Silence::JobTells)).then(job))
    }
}
