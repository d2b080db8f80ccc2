//! Messages on their way: taken in batches, written anew on each try, signed and sent.
//!
//! A crash between sending and marking sends again, under the same id; it never loses.

use crate::{
    core::{Origin, Result, Steward},
    webhooks::{
        https::Received,
        read::{Vendor, contacts, vendors},
        record_webhooks::{Outcome, RecordWebhooks, WebhookResult},
        retries::patience,
    },
};
use futures::{FutureExt, StreamExt, stream};
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;
use steward_entities::{kinds::WebhookKind, webhook_delivery};

/// How many messages a worker takes at once.
const BATCH: u32 = 32;
/// How many it sends side by side: all of them, so that a batch takes no longer than its slowest receiver may.
const AT_ONCE: usize = BATCH as usize;

/// Sends a batch of what is due and writes what became of it; false when nothing is due.
///
/// # Errors
/// When the database fails. What was sent and not marked is sent again once the lease has run out.
pub async fn deliver_batch(steward: &Steward) -> Result<bool> {
    let leased = steward.lease_webhooks(BATCH).await?;
    if leased.is_empty() {
        return Ok(false);
    }
    let vendors = vendors(&steward.read, leased.iter().map(|delivery| delivery.app_id), steward.clock.now()).await?;
    let mut written = Vec::with_capacity(leased.len());
    for delivery in leased {
        let body = body(steward, &delivery).await?;
        written.push((vendors.get(&delivery.app_id).cloned(), delivery, body));
    }
    let tries = written.into_iter().map(|(vendor, delivery, body)| async move {
        // A defect that one message meets must not keep the others of its batch.
        let trying = AssertUnwindSafe(send(steward, &delivery, vendor.as_ref(), body)).catch_unwind();
        let outcome = trying.await.unwrap_or_else(|_| {
            tracing::error!(webhook = %delivery.id, "a webhook couldn't be sent, by a defect of ours");
            Outcome::later("it couldn't be sent, by a defect of ours")
        });
        WebhookResult { delivery: delivery.id, lease: delivery.lease, outcome }
    });
    let results = stream::iter(tries).buffer_unordered(AT_ONCE).collect().await;
    steward.perform(&Origin::system(), RecordWebhooks { results }).await?;
    Ok(true)
}

/// What a message says, in JSON.
async fn body(steward: &Steward, delivery: &webhook_delivery::Model) -> Result<String> {
    let mut data = delivery.content.clone();
    if delivery.kind == WebhookKind::AppInstalled {
        let contacts = contacts(&steward.read, delivery.installation_id).await?;
        let listed: Vec<Value> = contacts
            .listed()
            .into_iter()
            .map(|(kind, name, email)| json!({ "kind": kind, "name": name, "email": email }))
            .collect();
        data["contacts"] = json!(listed);
    }
    Ok(json!({ "type": delivery.kind, "timestamp": delivery.created_at, "data": data }).to_string())
}

async fn send(steward: &Steward, delivery: &webhook_delivery::Model, vendor: Option<&Vendor>, body: String) -> Outcome {
    let Some(vendor) = vendor else {
        return Outcome::Dropped { why: "the app has no webhook address any more".to_owned() };
    };
    if vendor.secrets.is_empty() {
        return Outcome::later("the app has no secret to sign with: rotateAppWebhookSecret makes one");
    }
    let (id, now) = (delivery.id.to_string(), steward.clock.now());
    let signatures: Vec<String> = vendor
        .secrets
        .iter()
        .map(|secret| steward.keys.webhook_secret(*secret).sign(&id, now.timestamp(), &body))
        .collect();
    let headers = [
        ("webhook-id", id),
        ("webhook-timestamp", now.timestamp().to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    match steward.https.post(&vendor.url, &headers, body).await {
        Ok(received) => judged(&received, steward),
        Err(unreached) => Outcome::Unreached { why: unreached.to_string() },
    }
}

fn judged(received: &Received, steward: &Steward) -> Outcome {
    let status = received.status;
    let asks = received.retry_after.as_deref().and_then(|text| patience(text, steward.clock.now()));
    match status {
        200..=299 => Outcome::Delivered { status },
        410 => Outcome::Gone,
        300..=399 => {
            let why = "the receiver sends us elsewhere, which we don't follow: the app's webhook address has to change";
            Outcome::Refused { status, why: why.to_owned(), not_before: None }
        }
        429 | 503 => {
            Outcome::Refused { status, why: format!("the receiver answered {status}: not now"), not_before: asks }
        }
        _ => Outcome::Refused { status, why: format!("the receiver answered {status}"), not_before: None },
    }
}
