//! `approveApp`: administrators allow an app, all that it asks for or a part of it, for good or for a time. Whoever may
//! then installs it. When an approval is over, the app stops until it is approved again.

use crate::{
    app_policies::{
        decide::{Deciding, Terms},
        remind_of_approval::reminder,
    },
    core::{
        Action, ActionName, Authority, Authorized, Done, EventSet, Notices, Result, Scope, Silence, Tx, Unlogged,
        apps::{Scopes, rules::Closed},
        text::Reason,
    },
};
use chrono::{DateTime, Utc};
use steward_entities::{
    id::{AppId, OrganizationId},
    kinds::AppVerdict,
};

/// Allows an app.
pub struct ApproveApp {
    /// In which organization.
    pub organization: OrganizationId,
    /// Which.
    pub app: AppId,
    /// The most that it may get; none for all that it asks for.
    pub scopes: Option<Scopes>,
    /// Why, for the log and other administrators.
    pub reason: Option<Reason>,
    /// When the approval ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

impl ApproveApp {
    fn terms(&self) -> Terms {
        Terms {
            verdict: AppVerdict::Approved,
            scopes: self.scopes,
            reason: self.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            expires_at: self.expires_at,
        }
    }
}

impl Action for ApproveApp {
    const NAME: ActionName = ActionName::ApproveApp;
    type Target = Deciding;
    type Output = AppId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Deciding> {
        Deciding::begin(tx, self.organization, self.app).await
    }

    fn check(&self, _: &Authority, deciding: &Deciding, now: DateTime<Utc>) -> Result<()> {
        if deciding.app.retired_at.is_some() {
            return Err(Closed::Retired.at(&["input", "appId"]).into());
        }
        self.terms().is_valid(&deciding.app, now)
    }

    async fn run(&self, deciding: Authorized<Deciding>, tx: &Tx<'_>) -> Result<Done<AppId>> {
        let by = deciding.authority().administrator()?;
        let Some(event) = deciding.write(tx, &by, &self.terms()).await? else {
            let nothing = Notices::None(Silence::NothingChanged);
            return Ok(Done::new(self.app, EventSet::none(Unlogged::NothingChanged), nothing));
        };
        let done = Done::new(self.app, EventSet::one(event), Notices::None(Silence::NobodyIsAffected));
        let reminder = self.terms().ends_at().and_then(|at| reminder(tx, self.organization, self.app, at));
        Ok(reminder.into_iter().fold(done, Done::then))
    }
}
