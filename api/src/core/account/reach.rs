//! Where an organization that has proved domains may make, move and claim accounts.
//!
//! A proof with subdomains reaches every name below, but not into a name that another organization has proved: there the
//! nearer proof decides, and that is the longest proved name at or above the address, whoever's it is. Accounts that are
//! managed already stay where they are: for them [`covers`] alone counts.

use crate::core::{
    Result,
    account::control::proved_domains,
    powers::{PROVED, covers},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use steward_entities::{
    domain,
    id::{DomainId, OrganizationId},
};

/// What an organization has proved, and what others have proved within.
#[derive(Clone, Debug)]
pub struct Reach {
    own: Vec<domain::Model>,
    foreign: Vec<String>,
}

impl Reach {
    /// That of this organization.
    pub async fn load(db: &impl ConnectionTrait, organization: OrganizationId) -> Result<Self> {
        Self::of(db, organization, proved_domains(db, organization).await?).await
    }

    /// That of these domains, which the organization has proved.
    pub async fn of(db: &impl ConnectionTrait, organization: OrganizationId, own: Vec<domain::Model>) -> Result<Self> {
        let foreign = foreign_within(db, organization, &own).await?;
        Ok(Self { own, foreign })
    }

    /// Whether the organization has proved this domain.
    #[must_use]
    pub fn has(&self, domain: DomainId) -> bool {
        self.own.iter().any(|own| own.id == domain)
    }

    /// The organization's domain on which an account with an address there rests: of those that cover it the one with
    /// the longest name. None where there is none, or where another organization's proof is nearer.
    #[must_use]
    pub fn over(&self, email_domain_key: &str) -> Option<&domain::Model> {
        let above = |name: &str| email_domain_key.starts_with(name);
        let foreign = self.foreign.iter().filter(|name| above(name)).map(String::len).max();
        let nearest = self.own.iter().map(|own| &own.name_key).filter(|name| above(name)).map(String::len).max();
        if foreign > nearest {
            return None;
        }
        let covering = self.own.iter().filter(|own| covers(own, email_domain_key));
        covering.max_by_key(|own| own.name_key.len())
    }
}

/// The keys of names that other organizations have proved within these domains.
pub async fn foreign_within(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    own: &[domain::Model],
) -> Result<Vec<String>> {
    let wide: Vec<&domain::Model> = own.iter().filter(|own| own.include_subdomains.is_some()).collect();
    if wide.is_empty() {
        return Ok(Vec::new());
    }
    let within = wide.iter().map(|own| domain::Column::NameKey.starts_with(&own.name_key));
    let names: Vec<String> = domain::Entity::find()
        .select_only()
        .column(domain::Column::NameKey)
        .filter(domain::Column::OrganizationId.ne(organization))
        .filter(domain::Column::RemovedAt.is_null())
        .filter(domain::Column::Status.is_in(PROVED))
        .filter(within.fold(Condition::any(), Condition::add))
        .into_tuple()
        .all(db)
        .await?;
    Ok(names)
}
