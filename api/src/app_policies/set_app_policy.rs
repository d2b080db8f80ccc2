//! `setAppPolicy`: administrators decide about all third-party apps at once. It holds at once, for those that are installed
//! too.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope, Silence, Tx,
    Unlogged,
    apps::rules::{USUAL_MODE, hold},
    not_found,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;
use steward_entities::{app_policy, id::OrganizationId, kinds::AppPolicyMode};

/// Sets the policy.
pub struct SetAppPolicy {
    /// Whose.
    pub organization: OrganizationId,
    /// What it is from now on.
    pub mode: AppPolicyMode,
}

impl Action for SetAppPolicy {
    const NAME: ActionName = ActionName::SetAppPolicy;
    type Target = Option<app_policy::Model>;
    type Output = OrganizationId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Option<app_policy::Model>> {
        hold(tx, self.organization).await?.ok_or_else(|| not_found(&["input", "organizationId"]))?;
        Ok(app_policy::Entity::find_by_id(self.organization).one(tx.db()).await?)
    }

    async fn run(&self, before: Authorized<Option<app_policy::Model>>, tx: &Tx<'_>) -> Result<Done<OrganizationId>> {
        let before = before.into_inner();
        let was = before.as_ref().map_or(USUAL_MODE, |policy| policy.mode);
        if was == self.mode {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(self.organization, EventSet::none(Unlogged::NothingChanged), nothing));
        }
        let row = app_policy::Model { organization_id: self.organization, mode: self.mode, set_at: tx.now() };
        match before {
            Some(_) => row.into_active_model().reset_all().update(tx.db()).await?,
            None => row.into_active_model().insert(tx.db()).await?,
        };
        let event = EventDraft::within(Some(self.organization))
            .object(OrganizationId::PREFIX, self.organization.0)
            .details(json!({ "before": { "mode": was }, "after": { "mode": self.mode } }));
        Ok(Done::new(self.organization, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
