//! People and organizations that are there before a test begins, written straight into the tables. How they come about
//! in earnest (sign-up, invitation) is tested through the API elsewhere.

use crate::{TestApp, client::Client};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use secrecy::ExposeSecret;
use steward::core::{
    clock::Clock,
    secret::{CredentialKind, new_credential},
    text::EmailAddress,
};
use steward_entities::{
    account, api_key, domain,
    id::{AccountId, DomainId, OrganizationId, RoleId, SessionId},
    kinds::{DomainStatus, RoleName, VerificationMethod},
    organization, role, session,
};

/// A person with an account and a session.
#[derive(Clone)]
pub struct Somebody {
    /// The account.
    pub id: AccountId,
    /// Its address.
    pub email: String,
    /// The session's token.
    pub token: String,
    /// The session.
    pub session: SessionId,
    /// A caller with that session.
    pub client: Client,
}

/// The password of everybody who is seeded.
pub const PASSWORD: &str = "orchard lantern gravel tuesday";

impl TestApp {
    fn new_id<T: From<uuid::Uuid>>(&self) -> T {
        T::from(self.steward.entropy.uuid(self.clock.now()))
    }

    /// A person with a verified address, a password and a session that was just opened with it.
    pub async fn person(&self, email: &str) -> Somebody {
        let id = self.account(email).await;
        self.signed_in(id, email).await
    }

    /// An account with a verified address and a password, without a session.
    pub async fn account(&self, email: &str) -> AccountId {
        let address = EmailAddress::parse(email).unwrap();
        let id: AccountId = self.new_id();
        let now = self.clock.now();
        let row = account::ActiveModel {
            id: Set(id),
            email: Set(address.as_str().to_owned()),
            email_canonical: Set(address.canonical()),
            email_domain_key: Set(address.domain_key()),
            verified_at: Set(Some(now)),
            verified_by: Set(Some(VerificationMethod::Link)),
            password_hash: Set(Some(self.steward.hasher.hash(PASSWORD).await.unwrap())),
            retired_password_hash: Set(None),
            password_changed_at: Set(Some(now)),
            display_name: Set(address.local_part().to_owned()),
            locale: Set("en".to_owned()),
            operator_at: Set(None),
            managed_by: Set(None),
            managed_domain_id: Set(None),
            managed_at: Set(None),
            last_active_at: Set(None),
            created_at: Set(now),
            version: Set(1),
        };
        row.insert(&self.database).await.unwrap();
        id
    }

    /// Accounts without a password that `organization` manages, by one statement.
    pub async fn many_managed(&self, organization: OrganizationId, count: usize) {
        let now = self.clock.now();
        let rows = (0..count).map(|number| account::ActiveModel {
            id: Set(self.new_id()),
            email: Set(format!("many{number}@acme.test")),
            email_canonical: Set(format!("many{number}@acme.test")),
            email_domain_key: Set("test.acme.".to_owned()),
            verified_at: Set(Some(now)),
            verified_by: Set(Some(VerificationMethod::Attested)),
            display_name: Set(format!("Many {number}")),
            locale: Set("en".to_owned()),
            managed_by: Set(Some(organization)),
            managed_at: Set(Some(now)),
            created_at: Set(now),
            version: Set(1),
            ..Default::default()
        });
        account::Entity::insert_many(rows).exec_without_returning(&self.database).await.unwrap();
    }

    /// Another session of an account.
    pub async fn signed_in(&self, id: AccountId, email: &str) -> Somebody {
        let credential = new_credential(CredentialKind::Session, &self.steward.entropy);
        let session: SessionId = self.new_id();
        let now = self.clock.now();
        let row = session::ActiveModel {
            id: Set(session),
            account_id: Set(id),
            token_hash: Set(credential.hash),
            user_agent: Set("tests/1".to_owned()),
            ip_address: Set(String::new()),
            created_at: Set(now),
            last_used_at: Set(now),
            expires_at: Set(now + TimeDelta::days(365)),
            reauthenticated_at: Set(Some(now)),
            ended_at: Set(None),
        };
        row.insert(&self.database).await.unwrap();
        let token = credential.text.expose_secret().to_owned();
        Somebody { id, email: email.to_owned(), client: self.with(&token), token, session }
    }

    /// An operator of the platform.
    pub async fn operator(&self) -> Somebody {
        let person = self.person("operator@example.com").await;
        let row =
            account::ActiveModel { id: Set(person.id), operator_at: Set(Some(self.clock.now())), ..Default::default() };
        row.update(&self.database).await.unwrap();
        person
    }

    /// An organization without anybody in it.
    pub async fn organization(&self, name: &str) -> OrganizationId {
        let id: OrganizationId = self.new_id();
        let row = organization::ActiveModel {
            id: Set(id),
            name: Set(name.to_owned()),
            administrative_email: Set(Some(format!("admin@{}.test", name.to_lowercase()))),
            technical_email: Set(None),
            billing_email: Set(None),
            policy_url: Set(None),
            created_at: Set(self.clock.now()),
            version: Set(1),
        };
        row.insert(&self.database).await.unwrap();
        id
    }

    /// Gives somebody a role.
    pub async fn role(&self, organization: OrganizationId, account: AccountId, name: RoleName) -> RoleId {
        let id: RoleId = self.new_id();
        let row = role::ActiveModel {
            id: Set(id),
            organization_id: Set(organization),
            account_id: Set(account),
            role: Set(name),
            assigned_at: Set(self.clock.now()),
            asleep_at: Set(None),
        };
        row.insert(&self.database).await.unwrap();
        id
    }

    /// Somebody with a role in an organization, who has just given their password.
    pub async fn administrator(&self, organization: OrganizationId, name: RoleName) -> Somebody {
        let email = format!(
            "{}-{}@admins.test",
            name.as_str().to_lowercase().replace('_', "-"),
            &organization.to_string()[20..]
        );
        let person = self.person(&email).await;
        self.role(organization, person.id, name).await;
        person
    }

    /// An API key of an organization; `maker` must own it.
    pub async fn api_key(&self, organization: OrganizationId, maker: AccountId, name: RoleName) -> Client {
        let credential = new_credential(CredentialKind::ApiKey, &self.steward.entropy);
        let row = api_key::ActiveModel {
            id: Set(self.new_id()),
            organization_id: Set(organization),
            name: Set("a script".to_owned()),
            role: Set(name),
            token_hash: Set(credential.hash),
            hint: Set(credential.hint),
            made_by: Set(maker),
            created_at: Set(self.clock.now()),
            expires_at: Set(self.clock.now() + TimeDelta::days(365)),
            last_used_at: Set(None),
            revoked_at: Set(None),
        };
        row.insert(&self.database).await.unwrap();
        self.with(credential.text.expose_secret())
    }

    /// A proved domain of an organization.
    pub async fn proved_domain(&self, organization: OrganizationId, name: &str) -> DomainId {
        let id: DomainId = self.new_id();
        let now = self.clock.now();
        let row = domain::ActiveModel {
            id: Set(id),
            organization_id: Set(organization),
            name: Set(name.to_owned()),
            name_key: Set(steward::core::text::DomainName::parse(name).unwrap().key()),
            include_subdomains: Set(None),
            status: Set(DomainStatus::Verified),
            challenge: Set("proved".to_owned()),
            challenge_expires_at: Set(now + TimeDelta::days(7)),
            proved_challenge: Set(Some("proved".to_owned())),
            verified_at: Set(Some(now)),
            created_at: Set(now),
            version: Set(1),
            ..Default::default()
        };
        row.insert(&self.database).await.unwrap();
        id
    }
}
