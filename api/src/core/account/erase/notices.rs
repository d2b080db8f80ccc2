//! Notices of who leaves for good: they stay as records that something was told, without words that tell of whom.

use super::{FORMER, addresses::Known};
use crate::core::{
    Result, Tx,
    notice::{ALL_FIELDS, Named},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, Set,
    prelude::Expr,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use steward_entities::{
    delivery,
    id::{AccountId, NoticeId},
    kinds::DeliveryStatus,
    notice, notice_mention,
};

/// The fields of a notice that tell nothing of the person: what happened, on whose behalf, whom to ask. What isn't listed
/// goes, so that a field that comes later goes, too.
const KEPT: [&str; 12] = [
    "kind",
    "organization",
    "contact",
    "policy_url",
    "domain",
    "because",
    "cause",
    "ground",
    "role",
    "old_role",
    "new_role",
    "workspace",
];

/// Takes what tells of the person out of a notice to them. It can still be read as the notice that it was.
pub fn scrub(content: &mut Value) {
    for (name, value) in content.as_object_mut().into_iter().flatten() {
        let tells_nothing = KEPT.contains(&name.as_str()) || name.ends_with("_at") || name.ends_with("until");
        match value {
            Value::String(text) if !tells_nothing => text.clear(),
            Value::Array(rows) => rows.clear(),
            _ => {}
        }
    }
}

/// What a person was told stays as a record, without the address; what is still on its way isn't sent.
pub async fn erase_own(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let notices = notice::Entity::find().filter(notice::Column::AccountId.eq(account)).all(tx.db()).await?;
    erase_all(tx, notices).await
}

async fn erase_all(tx: &Tx<'_>, notices: Vec<notice::Model>) -> Result<()> {
    let ids: Vec<NoticeId> = notices.iter().map(|notice| notice.id).collect();
    for ids in ids.chunks(1_000) {
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
            // It would tell whoever guesses the address that they are right.
            .col_expr(delivery::Column::TextHash, Expr::value(None::<Vec<u8>>))
            .filter(delivery::Column::NoticeId.is_in(ids.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    for notice in notices {
        let mut content = notice.content.clone();
        scrub(&mut content);
        write(tx, notice, content).await?;
    }
    Ok(())
}

async fn write(tx: &Tx<'_>, notice: notice::Model, content: Value) -> Result<()> {
    if notice.content == content {
        return Ok(());
    }
    let mut row = notice.into_active_model();
    row.content = Set(content);
    row.update(tx.db()).await?;
    Ok(())
}

/// Takes the person out of what others were told about them, and out of what was sent to their addresses before they had
/// an account.
pub async fn erase_mentions(tx: &Tx<'_>, account: AccountId, known: &[Known]) -> Result<()> {
    let until: HashMap<&str, Option<DateTime<Utc>>> =
        known.iter().map(|known| (known.address.as_str(), known.until)).collect();
    let addresses = known.iter().map(|known| known.address.clone());
    let subjects: Vec<String> = addresses.chain([Named::from(account).into()]).collect();
    let of_person = || notice_mention::Column::Subject.is_in(subjects.iter().map(String::as_str));
    let mentions = notice_mention::Entity::find().filter(of_person()).all(tx.db()).await?;
    let mut fields: BTreeMap<NoticeId, HashSet<String>> = BTreeMap::new();
    for mention in &mentions {
        // Ids of version 7 tell when the notice was written.
        let theirs_until = until.get(mention.subject.as_str()).copied().flatten();
        if theirs_until.is_some_and(|until| written_at(mention.notice_id) > Some(until)) {
            continue;
        }
        fields.entry(mention.notice_id).or_default().extend(mention.fields.split(',').map(ToOwned::to_owned));
    }
    let ids: Vec<NoticeId> = fields.keys().copied().collect();
    for ids in ids.chunks(1_000) {
        let found = notice::Entity::find().filter(notice::Column::Id.is_in(ids.iter().copied())).all(tx.db()).await?;
        let named = |notice: &notice::Model| fields.get(&notice.id);
        let (whole, parts): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|notice| named(notice).is_some_and(|fields| fields.contains(ALL_FIELDS)));
        // By another address too, to which it went: that tells of the person as well.
        let gone = notice_mention::Column::NoticeId.is_in(whole.iter().map(|notice| notice.id));
        notice_mention::Entity::delete_many().filter(gone).exec(tx.db()).await?;
        erase_all(tx, whole).await?;
        for notice in parts {
            let mut content = notice.content.clone();
            for field in named(&notice).into_iter().flatten() {
                if let Some(text) = content.get_mut(field.as_str()).filter(|text| text.is_string()) {
                    *text = json!(FORMER);
                }
            }
            write(tx, notice, content).await?;
        }
    }
    for ids in fields.keys().copied().collect::<Vec<_>>().chunks(1_000) {
        let of_these = notice_mention::Column::NoticeId.is_in(ids.iter().copied());
        notice_mention::Entity::delete_many().filter(of_person()).filter(of_these).exec(tx.db()).await?;
    }
    Ok(())
}

fn written_at(notice: NoticeId) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = notice.0.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}

/// Every address to which something was sent that the person was told, and when last.
pub async fn addresses(tx: &Tx<'_>, account: AccountId) -> Result<Vec<(String, DateTime<Utc>)>> {
    let own = notice::Entity::find()
        .select_only()
        .column(notice::Column::Id)
        .filter(notice::Column::AccountId.eq(account))
        .into_query();
    let found = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::Address)
        .column_as(delivery::Column::CreatedAt.max(), "last")
        .filter(delivery::Column::NoticeId.in_subquery(own))
        .group_by(delivery::Column::Address);
    Ok(found.into_tuple().all(tx.db()).await?)
}
