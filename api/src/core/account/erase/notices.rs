//! Notices of who leaves for good: they stay as records that something was told, without words that tell of whom.

use super::{
    FORMER,
    addresses::{Known, OF_OPEN_OFFER},
    items,
};
use crate::{
    core::{
        Result, Tx,
        database::sql,
        notice::{ALL_FIELDS, Named},
    },
    notices::content::NoticeKind,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Value as SqlValue,
    prelude::Expr,
    sea_query::{CaseStatement, IntoCondition},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    delivery,
    id::{AccountId, ItemId, NoticeId},
    kinds::DeliveryStatus,
    notice, notice_mention,
};
use uuid::Uuid;

/// How many notices a chunk of the job forgets: a small part of its lease.
const CHUNK: u64 = 500;

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

/// What is left of an erasure, after what identifies the person is gone: items, and words in notices, of which there may be
/// many. First what others could still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remainder {
    /// What nobody needs of what the person has stored.
    Items,
    /// The same, after this item.
    ItemsAfter(ItemId),
    /// What others were told about the person.
    Mentions,
    /// What the person was told, after this notice.
    Own(Option<NoticeId>),
}

/// Forgets the next items, or the words of the next notices. Gives what is left then.
pub async fn forget_some(tx: &Tx<'_>, account: AccountId, from: Remainder) -> Result<Option<Remainder>> {
    match from {
        Remainder::Own(after) => {
            let last = erase_own(tx, account, after).await?;
            Ok(last.map(|last| Remainder::Own(Some(last))))
        }
        Remainder::Items | Remainder::ItemsAfter(_) | Remainder::Mentions => {
            let last = match from {
                Remainder::Items => items::erase_some(tx, account, None).await?,
                Remainder::ItemsAfter(last) => items::erase_some(tx, account, Some(last)).await?,
                Remainder::Mentions | Remainder::Own(_) => None,
            };
            if let Some(last) = last {
                return Ok(Some(Remainder::ItemsAfter(last)));
            }
            let is_more = erase_mentions(tx, account, false).await?;
            Ok(Some(if is_more { Remainder::Mentions } else { Remainder::Own(None) }))
        }
    }
}

/// What was told to the person isn't sent any more, but for the last word.
pub async fn hold_back(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let own = notice::Entity::find()
        .select_only()
        .column(notice::Column::Id)
        .filter(notice::Column::AccountId.eq(account))
        .into_query();
    suppress(tx, delivery::Column::NoticeId.in_subquery(own)).await?;
    let to_address = notice_mention::Entity::find()
        .select_only()
        .column(notice_mention::Column::NoticeId)
        .filter(notice_mention::Column::Subject.eq(String::from(Named::from(account))))
        .filter(notice_mention::Column::Fields.contains(ALL_FIELDS))
        .into_query();
    suppress(tx, delivery::Column::NoticeId.in_subquery(to_address)).await
}

async fn suppress(tx: &Tx<'_>, which: impl IntoCondition) -> Result<()> {
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(DeliveryStatus::Suppressed))
        .col_expr(delivery::Column::NextAttemptAt, Expr::value(None::<DateTime<Utc>>))
        .filter(delivery::Column::Status.eq(DeliveryStatus::Queued))
        .filter(which)
        .exec(tx.db())
        .await?;
    Ok(())
}

/// All that a person was told stays as a record, without words that tell of whom; what is still on its way isn't sent.
pub async fn erase_all_own(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    let mut after = None;
    loop {
        after = erase_own(tx, account, after).await?;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The next of them; gives the last one, if there may be more. The last word stays until it is there: see [`erase_these`].
async fn erase_own(tx: &Tx<'_>, account: AccountId, after: Option<NoticeId>) -> Result<Option<NoticeId>> {
    let mut own = notice::Entity::find().filter(notice::Column::AccountId.eq(account));
    if let Some(after) = after {
        own = own.filter(notice::Column::Id.gt(after));
    }
    let own = own.order_by_asc(notice::Column::Id).limit(CHUNK);
    let mut own = tx.lock(own).all(tx.db()).await?;
    let last = own.last().map(|notice| notice.id).filter(|_| own.len() as u64 == CHUNK);
    own.retain(|notice| notice.kind != NoticeKind::AccountDeleted.as_str());
    erase_these(tx, own).await?;
    Ok(last)
}

/// Takes the words about whom they are for, and the addresses, out of these notices, which are locked.
pub async fn erase_these(tx: &Tx<'_>, notices: Vec<notice::Model>) -> Result<()> {
    let of_these = || delivery::Column::NoticeId.is_in(notices.iter().map(|notice| notice.id));
    suppress(tx, of_these()).await?;
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Address, Expr::value(String::new()))
        .col_expr(delivery::Column::RecipientName, Expr::value(String::new()))
        .col_expr(delivery::Column::LastError, Expr::value(None::<String>))
        // It would tell whoever guesses the address that they are right.
        .col_expr(delivery::Column::TextHash, Expr::value(None::<Vec<u8>>))
        .filter(of_these())
        .exec(tx.db())
        .await?;
    let scrubbed = notices.into_iter().filter_map(|notice| {
        let mut content = notice.content.clone();
        scrub(&mut content);
        (content != notice.content).then_some((notice.id, content))
    });
    write(tx, scrubbed.collect()).await
}

/// One statement, whatever the words are.
async fn write(tx: &Tx<'_>, contents: Vec<(NoticeId, Value)>) -> Result<()> {
    if contents.is_empty() {
        return Ok(());
    }
    let ids: Vec<NoticeId> = contents.iter().map(|(id, _)| *id).collect();
    let of_each = contents.into_iter().fold(CaseStatement::new(), |of_each, (id, content)| {
        of_each.case(Expr::col(notice::Column::Id).eq(id), Expr::value(content))
    });
    notice::Entity::update_many()
        .col_expr(notice::Column::Content, of_each.into())
        .filter(notice::Column::Id.is_in(ids))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// What was told about the person under one of their addresses is found by their account from now on: the addresses are
/// forgotten, and what is written for one of them later is for somebody else.
pub async fn gather_mentions(tx: &Tx<'_>, account: AccountId, known: &[Known]) -> Result<()> {
    for Known { address, until } in known {
        let mut values: Vec<SqlValue> = vec![String::from(Named::from(account)).into(), address.as_str().into()];
        let mut theirs = "subject = $2".to_owned();
        if let Some(until) = until {
            // Ids of version 7 tell when the notice was written.
            theirs.push_str(" AND notice_id <= $3");
            values.push(last_id(*until).into());
        } else {
            // What is open by now was offered after the rest was declined, for whoever has the address next.
            let of_others = format!(
                " AND notice_id NOT IN (SELECT n.id FROM notice n JOIN token ON token.id = n.token_id \
                 WHERE n.id = notice_mention.notice_id AND {OF_OPEN_OFFER})"
            );
            theirs.push_str(&of_others);
        }
        let gathered = format!(
            "INSERT INTO notice_mention (subject, notice_id, fields) \
             SELECT $1, notice_id, fields FROM notice_mention WHERE {theirs} \
             ON CONFLICT (subject, notice_id) DO UPDATE SET fields = notice_mention.fields || ',' || excluded.fields"
        );
        tx.db().execute_raw(sql(tx.db(), &gathered, values.clone())).await?;
        let left = format!("DELETE FROM notice_mention WHERE subject <> $1 AND {theirs}");
        tx.db().execute_raw(sql(tx.db(), &left, values)).await?;
    }
    Ok(())
}

/// The last id that can have been made in the millisecond of this time.
fn last_id(at: DateTime<Utc>) -> Uuid {
    let milliseconds = u128::try_from(at.timestamp_millis()).unwrap_or_default();
    Uuid::from_u128(milliseconds << 80 | ((1 << 80) - 1))
}

/// Takes the person out of what is still on its way to others: it leaves without their name.
pub async fn erase_waiting_mentions(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    while erase_mentions(tx, account, true).await? {}
    Ok(())
}

/// Takes the person out of the next notices that name them, or that went to one of their addresses before they had an
/// account; only out of those that weren't sent yet, if `waiting`. Whether there may be more.
async fn erase_mentions(tx: &Tx<'_>, account: AccountId, waiting: bool) -> Result<bool> {
    let of_person = || notice_mention::Column::Subject.eq(String::from(Named::from(account)));
    let mut mentions = notice_mention::Entity::find().filter(of_person());
    if waiting {
        let on_its_way = "EXISTS (SELECT 1 FROM delivery d WHERE d.notice_id = notice_mention.notice_id \
            AND d.status = 'QUEUED')";
        mentions = mentions.filter(Expr::cust(on_its_way));
    }
    let mentions = mentions.order_by_asc(notice_mention::Column::NoticeId).limit(CHUNK).all(tx.db()).await?;
    let ids: Vec<NoticeId> = mentions.iter().map(|mention| mention.notice_id).collect();
    let these = notice::Entity::find().filter(notice::Column::Id.is_in(ids.iter().copied()));
    let found = tx.lock(these.order_by_asc(notice::Column::Id)).all(tx.db()).await?;
    let fields: HashMap<NoticeId, HashSet<&str>> =
        mentions.iter().map(|mention| (mention.notice_id, mention.fields.split(',').collect())).collect();
    let fields_of = |notice: &notice::Model| fields.get(&notice.id).into_iter().flatten().copied();
    let (whole, parts): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|notice| fields_of(notice).any(|field| field == ALL_FIELDS));
    // By another address too, to which it went: that tells of the person as well.
    let gone = notice_mention::Column::NoticeId.is_in(whole.iter().map(|notice| notice.id));
    notice_mention::Entity::delete_many().filter(gone).exec(tx.db()).await?;
    erase_these(tx, whole).await?;
    let renamed = parts.into_iter().filter_map(|notice| {
        let mut content = notice.content.clone();
        for field in fields_of(&notice) {
            if let Some(text) = content.get_mut(field).filter(|text| text.is_string()) {
                *text = json!(FORMER);
            }
        }
        (content != notice.content).then_some((notice.id, content))
    });
    write(tx, renamed.collect()).await?;
    let of_these = notice_mention::Column::NoticeId.is_in(ids.iter().copied());
    notice_mention::Entity::delete_many().filter(of_person()).filter(of_these).exec(tx.db()).await?;
    Ok(ids.len() as u64 == CHUNK)
}

/// Every address to which something was sent that the person was told, and when last.
pub async fn addresses(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<(String, DateTime<Utc>)>> {
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
    Ok(found.into_tuple().all(db).await?)
}
