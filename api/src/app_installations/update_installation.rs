//! `updateInstallation`: administrators agree to other scopes. More holds when everybody has been told of it, until then what
//! was before; less holds at once.

use crate::{
    app_installations::consent::{Consented, Count, InstallationRefusal, Standing, may_have},
    core::{
        Action, ActionName, Authority, Authorized, Common, Done, EventDraft, EventSet, JobDraft, Notices, Result,
        Scope, Silence, Tx, Unlogged, Work,
        apps::{
            Scopes,
            webhooks::{WebhookDraft, tell},
        },
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    id::{AppInstallationId, OrganizationId},
    kinds::InstallationState,
};

/// Changes what an app may.
pub struct UpdateInstallation {
    /// Whose administrator does it.
    pub organization: OrganizationId,
    /// Which installation.
    pub installation: AppInstallationId,
    /// What it may from now on.
    pub scopes: Scopes,
    /// The version that was read.
    pub expected_version: Option<i64>,
    /// Only plan.
    pub dry_run: bool,
}

impl Action for UpdateInstallation {
    const NAME: ActionName = ActionName::UpdateInstallation;
    type Target = Standing;
    type Output = Consented;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Standing> {
        Standing::begin(tx, self.organization, self.installation).await
    }

    fn check(&self, _: &Authority, standing: &Standing, now: DateTime<Utc>) -> Result<()> {
        let Standing { installation, app, rules } = standing;
        if self.expected_version.is_some_and(|version| version != installation.version) {
            return Err(Common::Stale.into());
        }
        if installation.state != InstallationState::Installed {
            return Err(InstallationRefusal::NotInstalled.into());
        }
        // What it has already stays, however little it may have now: so that less can be agreed to at any time.
        let added = self.scopes.without(Scopes(installation.scopes));
        if added.is_empty() && !self.scopes.is_empty() {
            return Ok(());
        }
        may_have(added, app, rules, now, &["input", "installationId"])
    }

    async fn run(&self, standing: Authorized<Standing>, tx: &Tx<'_>) -> Result<Done<Consented>> {
        let Standing { installation, .. } = standing.into_inner();
        let (id, held) = (installation.id, Scopes(installation.scopes));
        let added = self.scopes.without(held);
        let count =
            if self.dry_run { Some(Count::of(tx, self.organization, installation.workspace_id).await?) } else { None };
        let output = Consented { installation: id, count, added };
        let agreed = installation.pending_scopes.map_or(held, Scopes);
        if agreed == self.scopes {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(output, EventSet::none(Unlogged::NothingChanged), nothing));
        }
        let event =
            EventDraft::within(Some(self.organization)).object(AppInstallationId::PREFIX, id.0).details(json!({
                "appId": installation.app_id,
                "before": { "scopes": agreed.names() },
                "after": { "scopes": self.scopes.names() },
            }));
        let told = installation.pending_scopes.map_or_else(Scopes::default, |pending| Scopes(pending).without(held));
        let version = installation.version;
        let mut row = installation.into_active_model();
        row.scopes = Set(held.and(self.scopes).0);
        row.pending_scopes = Set((!added.is_empty()).then_some(self.scopes.0));
        if !added.without(told).is_empty() {
            // Who was told of less is told anew.
            row.pending_told_to = Set(None);
        }
        row.version = Set(version + 1);
        let installation = row.update(tx.db()).await?;
        let now = Scopes(installation.scopes);
        if now != held {
            tell(tx, vec![WebhookDraft::scopes_changed(&installation, held, now)]).await?;
        }
        if added.is_empty() {
            // People are told what an app sees, and less than that takes nothing from them.
            return Ok(Done::new(output, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)));
        }
        let job = JobDraft::new(tx, Work::AdvanceInstallation { installation: id }).of(self.organization);
        Ok(Done::new(output, EventSet::one(event), Notices::None(Silence::JobTells)).then(job))
    }
}
