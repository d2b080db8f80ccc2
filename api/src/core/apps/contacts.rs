//! Whom an app's vendor may write to: who installed the app, and the organization's own addresses.

use crate::core::{account::erase::is_former, error::Result};
use sea_orm::{ConnectionTrait, EntityTrait};
use steward_entities::{account, id::OrganizationId, organization};

/// Whom a vendor learns of by an installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    /// Who installs: the name and the address.
    pub installer: Option<(String, String)>,
    /// The organization's address for technical matters.
    pub technical: Option<String>,
    /// The organization's address for bills.
    pub billing: Option<String>,
}

impl Contacts {
    /// As they are now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(
        db: &impl ConnectionTrait,
        organization: OrganizationId,
        installer: Option<account::Model>,
    ) -> Result<Self> {
        let found = organization::Entity::find_by_id(organization).one(db).await?;
        let (technical, billing) = found.map(|row| (row.technical_email, row.billing_email)).unwrap_or_default();
        // Who has left for good is nobody to write to.
        let installer = installer.filter(|account| !is_former(account));
        Ok(Self { installer: installer.map(|account| (account.display_name, account.email)), technical, billing })
    }

    /// Each with what it is for, as the API names it, and the name where it is a person's.
    #[must_use]
    pub fn listed(self) -> Vec<(&'static str, Option<String>, String)> {
        let installer = self.installer.map(|(name, email)| ("INSTALLER", Some(name), email));
        let technical = self.technical.map(|email| ("TECHNICAL", None, email));
        let billing = self.billing.map(|email| ("BILLING", None, email));
        [installer, technical, billing].into_iter().flatten().collect()
    }
}
