//! `createApiKey`: an owner makes a key for a script. It is shown once, and every owner is told.

use crate::{
    core::{
        Action, ActionName, Administration, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft,
        Notices, Refusal, Result, Scope, Silence, Tx,
        notice::Named,
        secret::{CredentialKind, new_credential},
        text::Label,
    },
    notices::content::ApiKeyCreated,
};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    account, api_key,
    id::{ApiKeyId, OrganizationId},
    kinds::RoleName,
};

/// How long a key lives when nobody says.
pub const USUAL_LIFETIME: TimeDelta = TimeDelta::days(90);

/// How long a key lives at most.
pub const LONGEST_LIFETIME: TimeDelta = TimeDelta::days(365);

/// Makes a key.
pub struct CreateApiKey {
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it is called.
    pub name: Label,
    /// What it may do.
    pub role: RoleName,
    /// When it ends; 90 days from now when nobody says.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What was made.
#[derive(Serialize, Deserialize)]
pub struct CreatedApiKey {
    /// The key's id.
    pub key: ApiKeyId,
    /// The key itself, shown once.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

/// Why a key isn't made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// Owners are people.
    #[error("A key can't be an owner. Give it the role that its script needs.")]
    NeverOwner,
    /// It ends too early or too late.
    #[error("A key ends after now, and at most 365 days from now.")]
    Lifetime,
}

impl Refusal for KeyRefusal {
    fn code(&self) -> Code {
        Code::Invalid
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::NeverOwner => &["input", "role"],
            Self::Lifetime => &["input", "expiresAt"],
        }
    }
}

impl CreateApiKey {
    fn ends(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.expires_at.map_or(now + USUAL_LIFETIME, |at| at.trunc_subsecs(6))
    }
}

impl Action for CreateApiKey {
    const NAME: ActionName = ActionName::CreateApiKey;
    type Target = Administration;
    type Output = CreatedApiKey;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Administration> {
        Administration::lock(tx, authority, self.organization).await
    }

    fn check(&self, _: &Authority, _: &Administration, now: DateTime<Utc>) -> Result<()> {
        if self.role == RoleName::Owner {
            return Err(KeyRefusal::NeverOwner.into());
        }
        let ends = self.ends(now);
        if ends <= now || ends > now + LONGEST_LIFETIME {
            return Err(KeyRefusal::Lifetime.into());
        }
        Ok(())
    }

    async fn run(&self, administration: Authorized<Administration>, tx: &Tx<'_>) -> Result<Done<CreatedApiKey>> {
        let maker = administration.authority().administrator()?.account;
        let administration = administration.into_inner();
        let credential = new_credential(CredentialKind::ApiKey, &tx.steward().entropy);
        let (id, expires_at): (ApiKeyId, _) = (tx.id(), self.ends(tx.now()));
        let row = api_key::ActiveModel {
            id: Set(id),
            organization_id: Set(self.organization),
            name: Set(self.name.as_str().to_owned()),
            role: Set(self.role),
            token_hash: Set(credential.hash),
            hint: Set(credential.hint),
            made_by: Set(maker),
            created_at: Set(tx.now()),
            expires_at: Set(expires_at),
            last_used_at: Set(None),
            revoked_at: Set(None),
        };
        row.insert(tx.db()).await?;
        let event = EventDraft::within(Some(self.organization))
            .object(ApiKeyId::PREFIX, id.0)
            .details(json!({ "name": self.name.as_str(), "role": self.role, "expiresAt": expires_at }));
        let content = ApiKeyCreated {
            organization: administration.organization.name.clone(),
            name: self.name.as_str().to_owned(),
            role: self.role.as_str().to_owned(),
            created_by: tx.caller().person().map_or_else(String::new, |person| person.account.display_name.clone()),
            created_at: tx.now(),
            expires_at,
        };
        let owners = account::Entity::find()
            .filter(account::Column::Id.is_in(administration.owners()))
            .order_by_asc(account::Column::Id)
            .all(tx.db())
            .await?;
        let notices = owners
            .iter()
            .map(|owner| NoticeDraft::new(tx, owner, content.clone().into()).on_behalf_of(self.organization))
            .map(|notice| notice.naming(Named::caller(tx), &["created_by"]))
            .collect();
        Ok(Done::new(
            CreatedApiKey { key: id, secret: Some(credential.text) },
            EventSet::one(event),
            Notices::many(notices, Silence::NobodyIsAffected),
        ))
    }
}
