//! `regenerateDomainChallenge`: a new challenge, for seven days.
//!
//! It replaces one that wasn't proved. The token that proved the domain goes on serving re-checks until the new one is
//! proved.

use super::{challenge, read};
use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope, Silence, Tx,
};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use steward_entities::{
    domain,
    id::{DomainId, OrganizationId},
};

/// Renews a challenge.
pub struct RegenerateDomainChallenge {
    /// Whose domain it is.
    pub organization: OrganizationId,
    /// The domain.
    pub domain: DomainId,
}

impl Action for RegenerateDomainChallenge {
    const NAME: ActionName = ActionName::RegenerateDomainChallenge;
    type Target = domain::Model;
    type Output = DomainId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<domain::Model> {
        read::present(tx, authority.administrator()?.organization, self.domain).await
    }

    async fn run(&self, target: Authorized<domain::Model>, tx: &Tx<'_>) -> Result<Done<DomainId>> {
        let before = &*target;
        let expires_at = tx.now() + challenge::LIFETIME;
        let mut row = before.clone().into_active_model();
        row.challenge = Set(challenge::new_token(tx));
        row.challenge_expires_at = Set(expires_at);
        row.version = Set(before.version + 1);
        row.update(tx.db()).await?;
        // The challenge itself stays out of the log, which more people read than may prove domains.
        let details = json!({
            "name": before.name,
            "challengeExpiresAt": { "before": before.challenge_expires_at, "after": expires_at },
        });
        let event =
            EventDraft::within(Some(before.organization_id)).object(DomainId::PREFIX, before.id.0).details(details);
        let notices = Notices::None(Silence::NobodyIsAffected);
        Ok(Done::new(before.id, EventSet::one(event), notices))
    }
}
