//! How people come under an organization's power, written straight into the tables.

use crate::TestApp;
use sea_orm::{ActiveModelTrait, Set};
use steward::core::{clock::Clock, text::EmailAddress};
use steward_entities::{
    account, account_block, app, app_installation,
    id::{
        AccountBlockId, AccountId, AppId, AppInstallationId, DomainId, MembershipId, OrganizationId, ServiceId,
        WorkspaceId,
    },
    kinds::{BlockKind, InstallationState, MembershipStatus},
    membership, service, workspace,
};

impl TestApp {
    /// A workspace of an organization, in a service of its own.
    pub async fn workspace(&self, organization: OrganizationId) -> WorkspaceId {
        let (service, id): (ServiceId, WorkspaceId) = (self.id(), self.id());
        let row = service::ActiveModel {
            id: Set(service),
            name: Set(service.to_string()),
            created_at: Set(self.clock.now()),
        };
        row.insert(&self.database).await.unwrap();
        let row = workspace::ActiveModel {
            id: Set(id),
            organization_id: Set(organization),
            service_id: Set(service),
            name: Set("a team".to_owned()),
            created_at: Set(self.clock.now()),
        };
        row.insert(&self.database).await.unwrap();
        id
    }

    /// Makes somebody an active member of a workspace of `organization`.
    pub async fn joined(
        &self,
        organization: OrganizationId,
        workspace: WorkspaceId,
        account: AccountId,
        email: &str,
    ) -> MembershipId {
        let address = EmailAddress::parse(email).unwrap();
        let id: MembershipId = self.id();
        let row = membership::ActiveModel {
            id: Set(id),
            workspace_id: Set(workspace),
            organization_id: Set(organization),
            account_id: Set(Some(account)),
            email: Set(address.as_str().to_owned()),
            email_canonical: Set(address.canonical()),
            status: Set(MembershipStatus::Active),
            created_at: Set(self.clock.now()),
            expires_at: Set(None),
            accepted_at: Set(Some(self.clock.now())),
            ended_at: Set(None),
            reason: Set(None),
            message: Set(None),
            until: Set(None),
            offered_by: Set(None),
            version: Set(1),
        };
        row.insert(&self.database).await.unwrap();
        id
    }

    /// Brings an account under an organization's control.
    pub async fn under_control(&self, organization: OrganizationId, domain: DomainId, account: AccountId) {
        let row = account::ActiveModel {
            id: Set(account),
            managed_by: Set(Some(organization)),
            managed_domain_id: Set(Some(domain)),
            managed_at: Set(Some(self.clock.now())),
            ..Default::default()
        };
        row.update(&self.database).await.unwrap();
    }

    /// An app in the catalogue, which nobody has a secret for.
    pub async fn catalogued(&self, name: &str) -> AppId {
        let id: AppId = self.id();
        let row = app::ActiveModel {
            id: Set(id),
            name: Set(name.to_owned()),
            name_key: Set(name.to_lowercase()),
            vendor: Set("A vendor".to_owned()),
            homepage_url: Set("https://vendor.test/".to_owned()),
            privacy_policy_url: Set("https://vendor.test/privacy".to_owned()),
            support_email: Set("help@vendor.test".to_owned()),
            webhook_url: Set(None),
            scopes: Set(1),
            scope_reasons: Set(serde_json::json!({ "READ_NAME": "to greet people" })),
            created_at: Set(self.clock.now()),
            retired_at: Set(None),
            version: Set(1),
        };
        row.insert(&self.database).await.unwrap();
        id
    }

    /// An app that is at work in a whole organization, with all that it asks for; everybody was told.
    pub async fn at_work(&self, organization: OrganizationId, app: AppId, by: AccountId) -> AppInstallationId {
        let (id, now) = (self.id::<AppInstallationId>(), Some(self.clock.now()));
        let row = app_installation::ActiveModel {
            id: Set(id),
            organization_id: Set(organization),
            app_id: Set(app),
            state: Set(InstallationState::Installed),
            scopes: Set(1),
            installed_by: Set(by),
            created_at: Set(self.clock.now()),
            installed_at: Set(now),
            told_at: Set(now),
            version: Set(1),
            ..Default::default()
        };
        row.insert(&self.database).await.unwrap();
        id
    }

    /// Puts an account under a block.
    pub async fn blocked(&self, account: AccountId, kind: BlockKind, by: Option<OrganizationId>) -> AccountBlockId {
        let id: AccountBlockId = self.id();
        let row = account_block::ActiveModel {
            id: Set(id),
            account_id: Set(account),
            organization_id: Set(by),
            kind: Set(kind),
            reason: Set(None),
            message: Set(None),
            created_at: Set(self.clock.now()),
            until: Set(None),
            lifted_at: Set(None),
        };
        row.insert(&self.database).await.unwrap();
        id
    }

    /// A new id.
    pub fn id<T: From<uuid::Uuid>>(&self) -> T {
        T::from(self.steward.entropy.uuid(self.clock.now()))
    }
}
