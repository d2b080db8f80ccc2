//! The mail that lets a new address prove itself.
//!
//! Whether the new address has an account already is told to nobody: then no link is mailed, and all else is the same.

use crate::{
    core::{
        NoticeDraft, Recipient, Result, Tx,
        account::{
            email::is_taken,
            link::{self, NewLink},
        },
        limit::Sender,
        notice::{ALL_FIELDS, Named},
        text::EmailAddress,
    },
    notices::content::EmailChangeConfirm,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use steward_entities::{
    account, control_assertion,
    id::EmailChangeId,
    kinds::{AssertionStatus, TokenPurpose},
};

/// A link that was made.
pub struct Confirmation {
    /// Its mail; none when nobody may use it.
    pub notice: Option<NoticeDraft>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// Makes a link to this address for this change. The older ones of the change die. `leaves` is the organization whose
/// control ends when it is used.
pub async fn mail(
    tx: &Tx<'_>,
    account: &account::Model,
    change: EmailChangeId,
    address: &EmailAddress,
    leaves: Option<&str>,
) -> Result<Confirmation> {
    tx.count_mail(sender(tx, account).await?, address).await?;
    let new = NewLink {
        purpose: TokenPurpose::EmailChange,
        account: Some(account.id),
        address,
        subject: Some(change.0),
        context: json!({}),
    };
    let token = link::make(tx, new).await?;
    let expires_at = tx.now() + link::lifetime(TokenPurpose::EmailChange);
    if is_taken(tx, account.id, address).await? {
        return Ok(Confirmation { notice: None, expires_at });
    }
    let content = EmailChangeConfirm {
        old_email: account.email.clone(),
        new_email: address.as_str().to_owned(),
        leaves: leaves.map(ToOwned::to_owned),
        expires_at,
    };
    // Not listed among the person's notices: whether it exists would tell whether the address has an account.
    let to = Recipient { account: None, address: address.as_str().to_owned(), ..Recipient::from(account) };
    let notice = NoticeDraft::new(tx, to, content.into()).with_link(token);
    Ok(Confirmation { notice: Some(notice.naming(Named::from(account.id), &[ALL_FIELDS])), expires_at })
}

/// Who is managed, or told that they will be, is on their way out.
async fn sender(tx: &Tx<'_>, account: &account::Model) -> Result<Sender> {
    let coming = control_assertion::Entity::find()
        .filter(control_assertion::Column::AccountId.eq(account.id))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending));
    let leaves = account.managed_by.is_some() || coming.one(tx.db()).await?.is_some();
    Ok(if leaves { Sender::WayOut(account.id) } else { Sender::Person(account.id) })
}
