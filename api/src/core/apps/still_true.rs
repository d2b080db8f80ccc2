//! What waits or is told once more may have come to nothing meanwhile: each message is looked at again before it is sent. An app
//! hears nothing of people whom it doesn't see any more, but that it has to delete what it knows of them; and of no deletion
//! that nobody asks for any more.

use super::{
    changes::effective,
    sight::{beside, person_of_installation},
};
use crate::core::{database::one_of, error::Result};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};
use steward_entities::{
    app_installation, data_deletion,
    id::{AccountId, AppInstallationId, WebhookDeliveryId},
    kinds::{InstallationState, WebhookKind},
    webhook_delivery,
};

/// What an app may not know any more.
const UNSEEN: &str = "not sent: the app doesn't see this person any more, or not what has changed";
/// What nobody asks for any more.
const NOT_ASKED: &str = "not sent: this deletion isn't asked for any more";
/// What needs no reminder any more.
const CONFIRMED: &str = "not sent: the app has confirmed this deletion";
/// What was asked for again.
const ASKED_AGAIN: &str = "not sent: this deletion was asked for again";

/// Of these messages, those that aren't sent any more, and why.
///
/// # Errors
/// When the database fails.
pub async fn outdated(
    db: &impl ConnectionTrait,
    deliveries: &[webhook_delivery::Model],
    now: DateTime<Utc>,
) -> Result<HashMap<WebhookDeliveryId, &'static str>> {
    let mut outdated = unseen(db, deliveries, now).await?;
    let of_deletions: Vec<&webhook_delivery::Model> =
        deliveries.iter().filter(|delivery| is_of_deletion(delivery.kind)).collect();
    if of_deletions.is_empty() {
        return Ok(outdated);
    }
    let installations: HashSet<AppInstallationId> =
        of_deletions.iter().map(|delivery| delivery.installation_id).collect();
    let accounts: HashSet<AccountId> = of_deletions.iter().filter_map(|delivery| delivery.account_id).collect();
    // Apart: there may be very many of an installation's people.
    let whole = data_deletion::Column::AccountId.is_null();
    let people = (!accounts.is_empty()).then(|| one_of(db, data_deletion::Column::AccountId, accounts));
    let mut standing: HashMap<_, data_deletion::Model> = HashMap::new();
    for whose in std::iter::once(whole).chain(people) {
        let rows = data_deletion::Entity::find()
            .filter(one_of(db, data_deletion::Column::InstallationId, installations.iter().copied()))
            .filter(whose)
            .filter(data_deletion::Column::WithdrawnAt.is_null())
            // What was confirmed may have been asked for anew: the newest counts.
            .order_by_asc(data_deletion::Column::Id);
        standing.extend(rows.all(db).await?.into_iter().map(|row| ((row.installation_id, row.account_id), row)));
    }
    for delivery in of_deletions {
        let stands = standing.get(&(delivery.installation_id, delivery.account_id));
        if let Some(why) = outdated_of_deletion(delivery, stands) {
            outdated.insert(delivery.id, why);
        }
    }
    Ok(outdated)
}

const fn is_of_deletion(kind: WebhookKind) -> bool {
    match kind {
        WebhookKind::AccountClosed
        | WebhookKind::AccountOutOfSight
        | WebhookKind::DataDeletionReminder
        | WebhookKind::DataDeletionWithdrawn => true,
        WebhookKind::AppInstalled
        | WebhookKind::AppScopesChanged
        | WebhookKind::AppUninstalled
        | WebhookKind::AccountChanged => false,
    }
}

/// Why a message isn't sent, by the request for a deletion that stands.
fn outdated_of_deletion(
    delivery: &webhook_delivery::Model,
    stands: Option<&data_deletion::Model>,
) -> Option<&'static str> {
    let told_of: Option<DateTime<Utc>> =
        delivery.content["dataDeletion"]["requestedAt"].as_str().and_then(|text| text.parse().ok());
    if delivery.kind == WebhookKind::DataDeletionWithdrawn {
        return stands.filter(|row| Some(row.requested_at) > told_of).map(|_| ASKED_AGAIN);
    }
    let stands = stands.filter(|row| Some(row.requested_at) == told_of);
    match (delivery.kind, stands) {
        (_, None) => Some(NOT_ASKED),
        (WebhookKind::DataDeletionReminder, Some(row)) if row.confirmed_at.is_some() => Some(CONFIRMED),
        _ => None,
    }
}

/// Of what is told of people's changes, that of whom the app doesn't see now, or nothing of what has changed.
async fn unseen(
    db: &impl ConnectionTrait,
    deliveries: &[webhook_delivery::Model],
    now: DateTime<Utc>,
) -> Result<HashMap<WebhookDeliveryId, &'static str>> {
    let changed: HashMap<WebhookDeliveryId, &webhook_delivery::Model> = deliveries
        .iter()
        .filter(|delivery| delivery.kind == WebhookKind::AccountChanged)
        .map(|delivery| (delivery.id, delivery))
        .collect();
    if changed.is_empty() {
        return Ok(HashMap::new());
    }
    let mut select = webhook_delivery::Entity::find().select_only().column(webhook_delivery::Column::Id);
    beside(&mut select, webhook_delivery::Column::InstallationId, webhook_delivery::Column::AccountId);
    let seen: Vec<WebhookDeliveryId> = select
        .filter(one_of(db, webhook_delivery::Column::Id, changed.keys().copied()))
        .filter(app_installation::Column::State.eq(InstallationState::Installed))
        .filter(person_of_installation(now))
        .into_tuple()
        .all(db)
        .await?;
    let mut seen: HashSet<WebhookDeliveryId> = seen.into_iter().collect();
    let through =
        changed.values().filter(|delivery| seen.contains(&delivery.id)).map(|delivery| delivery.installation_id);
    let through: HashSet<AppInstallationId> = through.collect();
    for installation in
        app_installation::Entity::find().filter(one_of(db, app_installation::Column::Id, through)).all(db).await?
    {
        let names = effective(db, &installation, now).await?.names();
        let covers = |delivery: &webhook_delivery::Model| {
            let told = delivery.content["scopes"].as_array();
            told.is_some_and(|told| told.iter().any(|scope| names.iter().any(|name| scope == name)))
        };
        seen.retain(|id| changed[id].installation_id != installation.id || covers(changed[id]));
    }
    Ok(changed.into_keys().filter(|id| !seen.contains(id)).map(|id| (id, UNSEEN)).collect())
}
