//! The word to an organization's owners that somebody else owns it now, or may come to own it: who gains power over them
//! isn't hidden from them.

use crate::{
    core::{Administration, NoticeDraft, Result, Tx, notice::Named},
    notices::content::{OwnerAdded, OwnerAddedBecause},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use steward_entities::account;

/// Notices to those who own the organization now, except the new owner, who has this address.
pub async fn tell_owners(
    tx: &Tx<'_>,
    administration: &Administration,
    email: &str,
    because: OwnerAddedBecause,
) -> Result<Vec<NoticeDraft>> {
    let organization = &administration.organization;
    let by = tx.caller().person().filter(|_| because == OwnerAddedBecause::Assigned);
    let content = OwnerAdded {
        organization: organization.name.clone(),
        email: email.to_owned(),
        because,
        added_by: by.map_or_else(|| "the operators".to_owned(), |person| person.account.display_name.clone()),
        added_at: tx.now(),
    };
    let owners = account::Entity::find()
        .filter(account::Column::Id.is_in(administration.owners()))
        .filter(account::Column::Email.ne(email))
        .order_by_asc(account::Column::Id)
        .all(tx.db())
        .await?;
    let by = by.map(|person| Named::from(person.account.id));
    let draft = |owner| {
        let notice = NoticeDraft::new(tx, owner, content.clone().into()).on_behalf_of(organization.id);
        notice.naming(Named::address(email), &["email"]).naming(by.clone(), &["added_by"])
    };
    Ok(owners.iter().map(draft).collect())
}
