//! A person who leaves for good: what identifies them goes, from their account, their notices and the log's details. The
//! row stays, because the log and others refer to it; the log itself stays whole.

use crate::core::{
    Result, Tx, Work,
    account::{
        credentials::{Kill, kill},
        profile,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set, prelude::Expr};
use serde_json::json;
use steward_entities::{
    account, account_block, delivery, email_change, event_detail,
    id::AccountId,
    job,
    kinds::{DeliveryStatus, MembershipStatus, VerificationMethod},
    made_account, membership, notice, role, seen_device, token,
};

/// What a person is called who isn't there any more.
pub const FORMER: &str = "Former user";

/// Takes away what identifies this person. Control has ended before; nobody can sign in, and the address is free.
pub async fn erase(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    kill(tx, &[account.id], Kill::ALL).await?;
    role::Entity::delete_many().filter(role::Column::AccountId.eq(account.id)).exec(tx.db()).await?;
    let devices = seen_device::Column::AccountId.eq(account.id);
    seen_device::Entity::delete_many().filter(devices).exec(tx.db()).await?;
    profile::erase(tx, &[account.id]).await?;
    forget(tx, account).await?;
    erase_addresses(tx, account.id).await?;
    account::Entity::update_many()
        .col_expr(account::Column::Email, Expr::value(String::new()))
        // No address looks like this, so that nobody ever has it again, and nobody finds it.
        .col_expr(account::Column::EmailCanonical, Expr::value(format!("former {}", account.id)))
        .col_expr(account::Column::EmailDomainKey, Expr::value(String::new()))
        .col_expr(account::Column::VerifiedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(account::Column::VerifiedBy, Expr::value(None::<VerificationMethod>))
        .col_expr(account::Column::PasswordHash, Expr::value(None::<String>))
        .col_expr(account::Column::RetiredPasswordHash, Expr::value(None::<String>))
        .col_expr(account::Column::DisplayName, Expr::value(FORMER))
        .col_expr(account::Column::Version, Expr::value(account.version + 2))
        .filter(account::Column::Id.eq(account.id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Takes away what others have written to the person and about them, where the account itself may stay.
pub async fn forget(tx: &Tx<'_>, account: &account::Model) -> Result<()> {
    made_account::Entity::delete_by_id(account.id).exec(tx.db()).await?;
    let details = event_detail::Column::AccountId.eq(account.id);
    event_detail::Entity::delete_many().filter(details).exec(tx.db()).await?;
    erase_notices(tx, account.id).await?;
    account_block::Entity::update_many()
        .col_expr(account_block::Column::Reason, Expr::value(None::<String>))
        .col_expr(account_block::Column::Message, Expr::value(None::<String>))
        .filter(account_block::Column::AccountId.eq(account.id))
        .exec(tx.db())
        .await?;
    erase_offers_and_jobs(tx, &account.email_canonical).await
}

/// Declined offers and jobs stay as records, without the address.
async fn erase_offers_and_jobs(tx: &Tx<'_>, email_canonical: &str) -> Result<()> {
    membership::Entity::update_many()
        .col_expr(membership::Column::Email, Expr::value(String::new()))
        .col_expr(membership::Column::EmailCanonical, Expr::value(String::new()))
        .filter(membership::Column::EmailCanonical.eq(email_canonical))
        .filter(membership::Column::Status.eq(MembershipStatus::Declined))
        .exec(tx.db())
        .await?;
    let payload = |email_canonical: &str| {
        serde_json::to_value(Work::SendPasswordReset { email_canonical: email_canonical.to_owned() })
    };
    job::Entity::update_many()
        .col_expr(job::Column::Payload, Expr::value(payload("")?))
        .filter(job::Column::Payload.eq(payload(email_canonical)?))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Links and changes of address stay as records, without the address.
async fn erase_addresses(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let nothing = || Expr::value(String::new());
    token::Entity::update_many()
        .col_expr(token::Column::Email, nothing())
        .col_expr(token::Column::EmailCanonical, nothing())
        .col_expr(token::Column::Context, Expr::value(json!({})))
        .filter(token::Column::AccountId.eq(account))
        .exec(tx.db())
        .await?;
    email_change::Entity::update_many()
        .col_expr(email_change::Column::NewEmail, nothing())
        .col_expr(email_change::Column::NewEmailCanonical, nothing())
        .col_expr(email_change::Column::Reason, Expr::value(None::<String>))
        .filter(email_change::Column::AccountId.eq(account))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// What a person was told stays as a record, without the address; what is still on its way isn't sent.
async fn erase_notices(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let notices = notice::Entity::find().filter(notice::Column::AccountId.eq(account)).all(tx.db()).await?;
    let ids: Vec<_> = notices.iter().map(|notice| notice.id).collect();
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(DeliveryStatus::Suppressed))
        .col_expr(delivery::Column::NextAttemptAt, Expr::value(None::<DateTime<Utc>>))
        .filter(delivery::Column::NoticeId.is_in(ids.iter().copied()))
        .filter(delivery::Column::Status.eq(DeliveryStatus::Queued))
        .exec(tx.db())
        .await?;
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Address, Expr::value(String::new()))
        .col_expr(delivery::Column::RecipientName, Expr::value(String::new()))
        .col_expr(delivery::Column::LastError, Expr::value(None::<String>))
        .filter(delivery::Column::NoticeId.is_in(ids))
        .exec(tx.db())
        .await?;
    for notice in notices {
        let mut content = notice.content.clone();
        for name in ["email", "old_email", "new_email", "message", "reason"] {
            if let Some(text) = content.get_mut(name).filter(|text| text.is_string()) {
                *text = json!("");
            }
        }
        if content.get("changes").is_some() {
            content["changes"] = json!([]);
        }
        let mut row = notice.into_active_model();
        row.content = Set(content);
        row.update(tx.db()).await?;
    }
    Ok(())
}
