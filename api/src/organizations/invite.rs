//! Offers of a role to an address, by mail: made when an organization is created and when an administrator is invited,
//! taken back when something newer was decided about the person.

use crate::{
    core::{
        NoticeDraft, Recipient, Result, Tx,
        account::link::{self, NewLink},
        notice::Named,
        text::EmailAddress,
    },
    notices::content::AdministratorInvitation,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, Set, prelude::Expr,
};
use steward_entities::{
    account,
    id::{AccountId, InvitationId, OrganizationId},
    invitation,
    kinds::{RoleName, TokenPurpose},
    organization,
};

/// What is offered, and to whom.
pub struct Offer<'a> {
    /// Where the role will count.
    pub organization: &'a organization::Model,
    /// The address as it was given.
    pub address: &'a EmailAddress,
    /// The role.
    pub role: RoleName,
    /// Who offers it; none for the operators.
    pub by: Option<&'a account::Model>,
    /// The open invitation of this address that is renewed: it keeps its id, and gets a new link.
    pub renewed: Option<invitation::Model>,
}

/// Writes an invitation and the notice that carries its link.
pub async fn invite(tx: &Tx<'_>, offer: Offer<'_>) -> Result<(InvitationId, NoticeDraft)> {
    let expires_at = tx.now() + link::lifetime(TokenPurpose::Invitation);
    let invited_by = offer.by.map(|account| account.id);
    let id = if let Some(open) = offer.renewed {
        let id = open.id;
        let mut row = open.into_active_model();
        row.email = Set(offer.address.as_str().to_owned());
        row.role = Set(offer.role);
        row.invited_by = Set(invited_by);
        row.expires_at = Set(expires_at);
        row.update(tx.db()).await?;
        id
    } else {
        let id: InvitationId = tx.id();
        let row = invitation::ActiveModel {
            id: Set(id),
            organization_id: Set(offer.organization.id),
            email: Set(offer.address.as_str().to_owned()),
            email_canonical: Set(offer.address.canonical()),
            role: Set(offer.role),
            invited_by: Set(invited_by),
            created_at: Set(tx.now()),
            expires_at: Set(expires_at),
            accepted_at: Set(None),
            canceled_at: Set(None),
        };
        row.insert(tx.db()).await?;
        id
    };
    let to = Recipient::at(tx, offer.address).await?;
    let new = NewLink {
        purpose: TokenPurpose::Invitation,
        account: None::<AccountId>,
        address: &EmailAddress::parse(&to.address).unwrap_or_else(|_| offer.address.clone()),
        subject: Some(id.0),
        context: serde_json::json!({}),
    };
    let token = link::make(tx, new).await?;
    let content = AdministratorInvitation {
        organization: offer.organization.name.clone(),
        role: offer.role.as_str().to_owned(),
        invited_by: offer.by.map_or_else(|| "the operators".to_owned(), |account| account.display_name.clone()),
        email: offer.address.as_str().to_owned(),
        expires_at,
    };
    let notice = NoticeDraft::new(tx, to, content.into()).on_behalf_of(offer.organization.id).with_link(token);
    Ok((id, notice.naming(offer.by.map(|account| Named::from(account.id)), &["invited_by"])))
}

/// Takes back what is still offered to somebody here, because something newer was decided about them; and, when they
/// stop owning the organization, what they offered to others. Gives how many.
pub async fn withdraw(
    tx: &Tx<'_>,
    organization: OrganizationId,
    account: &account::Model,
    stops_owning: bool,
) -> Result<u64> {
    let mut which = Condition::any().add(invitation::Column::EmailCanonical.eq(&account.email_canonical));
    if stops_owning {
        which = which.add(invitation::Column::InvitedBy.eq(account.id));
    }
    let withdrawn = invitation::Entity::update_many()
        .col_expr(invitation::Column::CanceledAt, Expr::value(tx.now()))
        .filter(invitation::Column::OrganizationId.eq(organization))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::CanceledAt.is_null())
        .filter(which)
        .exec(tx.db())
        .await?;
    Ok(withdrawn.rows_affected)
}

/// Kills the link of an invitation.
pub async fn kill_link(tx: &Tx<'_>, invitation: InvitationId) -> Result<()> {
    link::kill_for(tx, TokenPurpose::Invitation, [invitation]).await
}
