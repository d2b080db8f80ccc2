//! What creating an organization and inviting an administrator share: an offer of a role to an address, by mail.

use crate::{
    core::{
        NoticeDraft, Recipient, Result, Tx,
        account::link::{self, NewLink},
        text::EmailAddress,
    },
    notices::content::AdministratorInvitation,
};
use sea_orm::{ActiveModelTrait, Set};
use steward_entities::{
    account,
    id::{AccountId, InvitationId},
    invitation,
    kinds::{RoleName, TokenPurpose},
    organization,
};

/// Writes an invitation and the notice that carries its link.
pub async fn invite(
    tx: &Tx<'_>,
    organization: &organization::Model,
    address: &EmailAddress,
    role: RoleName,
    by: Option<&account::Model>,
) -> Result<(InvitationId, NoticeDraft)> {
    let id: InvitationId = tx.id();
    let row = invitation::ActiveModel {
        id: Set(id),
        organization_id: Set(organization.id),
        email: Set(address.as_str().to_owned()),
        email_canonical: Set(address.canonical()),
        role: Set(role),
        invited_by: Set(by.map(|account| account.id)),
        created_at: Set(tx.now()),
        expires_at: Set(tx.now() + link::lifetime(TokenPurpose::Invitation)),
        accepted_at: Set(None),
        canceled_at: Set(None),
    };
    row.insert(tx.db()).await?;
    let new = NewLink {
        purpose: TokenPurpose::Invitation,
        account: None::<AccountId>,
        address,
        subject: Some(id.0),
        context: serde_json::json!({}),
    };
    let token = link::make(tx, new).await?;
    let to = Recipient {
        account: None,
        address: address.as_str().to_owned(),
        name: String::new(),
        locale: "en".to_owned(),
    };
    let content = AdministratorInvitation {
        organization: organization.name.clone(),
        role: role.as_str().to_owned(),
        invited_by: by.map_or_else(|| "the operators".to_owned(), |account| account.display_name.clone()),
        email: address.as_str().to_owned(),
        expires_at: tx.now() + link::lifetime(TokenPurpose::Invitation),
    };
    let notice = NoticeDraft::new(tx, to, content.into())
        .on_behalf_of(organization.id)
        .with_link(token);
    Ok((id, notice))
}
