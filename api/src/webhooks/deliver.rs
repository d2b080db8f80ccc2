//! Messages on their way: taken a few at a time, written anew on each try, signed and sent. What becomes of each is recorded
//! as it comes: a receiver that is slow holds up nobody else.
//!
//! A crash between sending and marking sends again, under the same id; it never loses. So does a process that is told to stop
//! and can't wait for an answer: what it had under way isn't counted, and others take it up when the lease is over.

use crate::{
    core::{Origin, Result, Steward, apps::still_true::outdated},
    webhooks::{
        https::Received,
        read::{Vendor, contacts, vendors},
        record_webhooks::{Outcome, RecordWebhooks, WebhookResult},
        retries::patience,
    },
};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;
use steward_entities::{kinds::WebhookKind, webhook_delivery};

/// How many messages a process has under way at once.
const AT_ONCE: usize = 64;

/// Sends a batch of what is due and writes what became of it; false when nothing is due.
///
/// # Errors
/// When the database fails. What was sent and not marked is sent again once the lease has run out.
pub async fn deliver_batch(steward: &Steward) -> Result<bool> {
    let mut outbox = Outbox::new(steward);
    outbox.fill().await?;
    let mut any = false;
    while let Some(first) = outbox.next().await {
        outbox.record(first).await?;
        any = true;
    }
    Ok(any)
}

/// What a process has under way. Dropped, nothing of it is recorded, and it is taken up again when the leases are over.
pub struct Outbox<'s> {
    steward: &'s Steward,
    under_way: FuturesUnordered<BoxFuture<'s, WebhookResult>>,
}

impl<'s> Outbox<'s> {
    /// With nothing under way.
    #[must_use]
    pub fn new(steward: &'s Steward) -> Self {
        Self { steward, under_way: FuturesUnordered::new() }
    }

    /// Whether nothing is under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Takes of what is due as much as there is room for.
    ///
    /// # Errors
    /// When the database fails. What was taken and isn't sent is taken again once the lease has run out.
    pub async fn fill(&mut self) -> Result<()> {
        let steward = self.steward;
        let room = u32::try_from(AT_ONCE.saturating_sub(self.under_way.len())).unwrap_or_default();
        if room == 0 {
            return Ok(());
        }
        let leased = steward.lease_webhooks(room).await?;
        if leased.is_empty() {
            return Ok(());
        }
        let now = steward.clock.now();
        let vendors = vendors(&steward.read, leased.iter().map(|delivery| delivery.app_id), now).await?;
        let outdated = outdated(&steward.read, &leased, now).await?;
        for delivery in leased {
            let written = Written {
                body: body(steward, &delivery).await?,
                vendor: vendors.get(&delivery.app_id).cloned(),
                outdated: outdated.get(&delivery.id).copied(),
                delivery,
            };
            self.under_way.push(attempt(steward, written).boxed());
        }
        Ok(())
    }

    /// Waits for the next answer; none where nothing is under way. Can be given up and asked for again.
    pub async fn next(&mut self) -> Option<WebhookResult> {
        self.under_way.next().await
    }

    /// Records an answer, with those that have come meanwhile.
    ///
    /// # Errors
    /// When the database fails. Then these are sent again once the lease has run out.
    pub async fn record(&mut self, first: WebhookResult) -> Result<()> {
        let mut results = vec![first];
        while let Some(Some(next)) = self.under_way.next().now_or_never() {
            results.push(next);
        }
        self.steward.perform(&Origin::system(), RecordWebhooks { results }).await?;
        Ok(())
    }
}

/// A message as it is sent this time.
struct Written {
    delivery: webhook_delivery::Model,
    vendor: Option<Vendor>,
    /// Why it isn't sent any more.
    outdated: Option<&'static str>,
    body: String,
}

async fn attempt(steward: &Steward, written: Written) -> WebhookResult {
    let (id, lease) = (written.delivery.id, written.delivery.lease);
    // A defect that one message meets must not keep the others.
    let outcome = AssertUnwindSafe(send(steward, written)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(webhook = %id, "a webhook couldn't be sent, by a defect of ours");
        Outcome::later("it couldn't be sent, by a defect of ours")
    });
    WebhookResult { delivery: id, lease, outcome }
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

async fn send(steward: &Steward, written: Written) -> Outcome {
    let Written { delivery, vendor, outdated, body } = written;
    if let Some(why) = outdated {
        return Outcome::Dropped { why: why.to_owned() };
    }
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
