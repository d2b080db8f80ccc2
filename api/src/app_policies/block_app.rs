//! `blockApp`: administrators refuse an app. Where it is installed it stops at once.

use crate::{
    app_policies::decide::{Deciding, Terms},
    core::{
        Action, ActionName, Authority, Authorized, Done, EventSet, Notices, Result, Scope, Silence, Tx, Unlogged,
        text::Reason,
    },
};
use steward_entities::{
    id::{AppId, OrganizationId},
    kinds::AppVerdict,
};

/// Refuses an app.
pub struct BlockApp {
    /// In which organization.
    pub organization: OrganizationId,
    /// Which.
    pub app: AppId,
    /// Why, for the log and other administrators.
    pub reason: Option<Reason>,
}

impl Action for BlockApp {
    const NAME: ActionName = ActionName::BlockApp;
    type Target = Deciding;
    type Output = AppId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Deciding> {
        Deciding::begin(tx, self.organization, self.app).await
    }

    async fn run(&self, deciding: Authorized<Deciding>, tx: &Tx<'_>) -> Result<Done<AppId>> {
        let by = deciding.authority().administrator()?;
        let terms = Terms {
            verdict: AppVerdict::Blocked,
            scopes: None,
            reason: self.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            expires_at: None,
        };
        let (events, why) = match deciding.write(tx, &by, &terms).await? {
            Some(event) => (EventSet::one(event), Silence::NobodyIsAffected),
            None => (EventSet::none(Unlogged::NothingChanged), Silence::NothingChanged),
        };
        Ok(Done::new(self.app, events, Notices::None(why)))
    }
}
