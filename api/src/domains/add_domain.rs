//! `addDomain`: an organization names a domain as its own, and gets the challenge that proves it.
//!
//! Whether another organization has added or proved the same domain is told to nobody here.

use super::{challenge, refusal::DomainRefusal};
use crate::core::{
    Action, ActionName, Authority, Authorized, Done, Error, EventDraft, EventSet, Notices, Result, Scope, Silence, Tx,
    text::DomainName,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set, SqlErr};
use serde_json::json;
use steward_entities::{
    domain,
    id::{DomainId, OrganizationId},
    kinds::DomainStatus,
};

/// Adds a domain.
pub struct AddDomain {
    /// To which organization.
    pub organization: OrganizationId,
    /// The domain, one that an organization may own.
    pub name: DomainName,
    /// Whether its proof shall cover all domains below it.
    pub include_subdomains: bool,
}

impl Action for AddDomain {
    const NAME: ActionName = ActionName::AddDomain;
    type Target = OrganizationId;
    type Output = DomainId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, authority: &Authority, _: &Tx<'_>) -> Result<OrganizationId> {
        Ok(authority.administrator()?.organization)
    }

    async fn run(&self, organization: Authorized<OrganizationId>, tx: &Tx<'_>) -> Result<Done<DomainId>> {
        if self.name.ascii().len() > challenge::LONGEST_NAME {
            return Err(DomainRefusal::NameTooLong.into());
        }
        let same = domain::Entity::find()
            .filter(domain::Column::OrganizationId.eq(*organization))
            .filter(domain::Column::Name.eq(self.name.ascii()))
            .filter(domain::Column::RemovedAt.is_null());
        if same.count(tx.db()).await? > 0 {
            return Err(DomainRefusal::AddedAlready.into());
        }
        let id: DomainId = tx.id();
        let row = domain::ActiveModel {
            id: Set(id),
            organization_id: Set(*organization),
            name: Set(self.name.ascii().to_owned()),
            name_key: Set(self.name.key()),
            include_subdomains: Set(self.include_subdomains.then_some(tx.now())),
            status: Set(DomainStatus::Pending),
            challenge: Set(challenge::new_token(tx)),
            challenge_expires_at: Set(tx.now() + challenge::LIFETIME),
            proved_challenge: Set(None),
            verified_at: Set(None),
            checked_at: Set(None),
            check_method: Set(None),
            check_outcome: Set(None),
            check_found: Set(None),
            check_resolver: Set(None),
            check_advice: Set(None),
            next_check_at: Set(None),
            created_at: Set(tx.now()),
            removed_at: Set(None),
            version: Set(1),
        };
        row.insert(tx.db()).await.map_err(|error| match error.sql_err() {
            // Added by somebody else of the organization at the same moment.
            Some(SqlErr::UniqueConstraintViolation(_)) => DomainRefusal::AddedAlready.into(),
            _ => Error::from(error),
        })?;
        let details = json!({ "name": self.name.ascii(), "includeSubdomains": self.include_subdomains });
        let event = EventDraft::within(Some(*organization)).object(DomainId::PREFIX, id.0).details(details);
        let notices = Notices::None(Silence::NobodyIsAffected);
        Ok(Done::new(id, EventSet::one(event), notices))
    }
}
