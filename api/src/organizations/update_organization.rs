//! `updateOrganization`: an owner changes its name, its contacts, the link to its policy.

use crate::core::{
    Action, ActionName, Authority, Authorized, Change, Common, Done, EventDraft, EventSet, Notices, Result, Scope,
    Silence, Tx, Unlogged, not_found,
    text::{EmailAddress, OrganizationName, PolicyUrl},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use steward_entities::{id::OrganizationId, organization};

/// Changes an organization.
pub struct UpdateOrganization {
    /// Which one.
    pub organization: OrganizationId,
    /// Its new name.
    pub name: Option<OrganizationName>,
    /// Whom people ask.
    pub administrative_email: Change<EmailAddress>,
    /// Whom vendors ask about technical matters.
    pub technical_email: Change<EmailAddress>,
    /// Whom vendors ask about bills.
    pub billing_email: Change<EmailAddress>,
    /// Its own policy for its people.
    pub policy_url: Change<PolicyUrl>,
    /// The version that was read.
    pub expected_version: Option<i64>,
}

impl Action for UpdateOrganization {
    const NAME: ActionName = ActionName::UpdateOrganization;
    type Target = organization::Model;
    type Output = OrganizationId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<organization::Model> {
        let select = organization::Entity::find_by_id(self.organization);
        let found = tx.lock(select).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "organizationId"]))
    }

    fn check(&self, _: &Authority, organization: &organization::Model, _: DateTime<Utc>) -> Result<()> {
        match self.expected_version {
            Some(version) if version != organization.version => Err(Common::Stale.into()),
            _ => Ok(()),
        }
    }

    async fn run(&self, before: Authorized<organization::Model>, tx: &Tx<'_>) -> Result<Done<OrganizationId>> {
        let before = before.into_inner();
        let mut after = self.apply(&before);
        if after == before {
            let (events, notices) = (EventSet::none(Unlogged::NothingChanged), Notices::None(Silence::NothingChanged));
            return Ok(Done::new(before.id, events, notices));
        }
        after.version += 1;
        let event = EventDraft::within(Some(before.id))
            .object(OrganizationId::PREFIX, before.id.0)
            .changed(told(&before), told(&after));
        after.into_active_model().reset_all().update(tx.db()).await?;
        Ok(Done::new(before.id, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}

impl UpdateOrganization {
    fn apply(&self, before: &organization::Model) -> organization::Model {
        organization::Model {
            name: self.name.as_ref().map_or_else(|| before.name.clone(), |name| name.as_str().to_owned()),
            administrative_email: self.administrative_email.of(before.administrative_email.as_ref()),
            technical_email: self.technical_email.of(before.technical_email.as_ref()),
            billing_email: self.billing_email.of(before.billing_email.as_ref()),
            policy_url: self.policy_url.of(before.policy_url.as_ref()),
            ..before.clone()
        }
    }
}

/// Its fields, named as in the API.
fn told(organization: &organization::Model) -> [(&'static str, Value); 5] {
    [
        ("name", json!(organization.name)),
        ("administrativeEmail", json!(organization.administrative_email)),
        ("technicalEmail", json!(organization.technical_email)),
        ("billingEmail", json!(organization.billing_email)),
        ("policyUrl", json!(organization.policy_url)),
    ]
}
