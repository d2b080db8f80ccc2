//! `clearAppDecision`: administrators take back what they decided about one app; the policy decides from now on.

use crate::{
    app_policies::decide::{Deciding, told},
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope, Silence, Tx,
        Unlogged,
    },
};
use sea_orm::ModelTrait;
use serde_json::json;
use steward_entities::id::{AppId, OrganizationId};

/// Takes a decision back.
pub struct ClearAppDecision {
    /// Whose.
    pub organization: OrganizationId,
    /// About which app.
    pub app: AppId,
}

impl Action for ClearAppDecision {
    const NAME: ActionName = ActionName::ClearAppDecision;
    type Target = Deciding;
    type Output = AppId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Deciding> {
        Deciding::begin(tx, self.organization, self.app).await
    }

    async fn run(&self, deciding: Authorized<Deciding>, tx: &Tx<'_>) -> Result<Done<AppId>> {
        let Deciding { app, rules, .. } = deciding.into_inner();
        let Some(decision) = rules.decision else {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(self.app, EventSet::none(Unlogged::NothingChanged), nothing));
        };
        let event = EventDraft::within(Some(self.organization))
            .object(AppId::PREFIX, self.app.0)
            .details(json!({ "app": app.name, "before": told(&decision) }));
        decision.delete(tx.db()).await?;
        Ok(Done::new(self.app, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
