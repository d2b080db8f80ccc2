//! Mail on its way: taken in batches, written anew on each try, and sent.
//!
//! A crash between sending and marking sends again, with the same `Message-ID`; it never loses.

use crate::{
    core::{Origin, Result, Steward, steward::Policy},
    notices::{
        content::{Content, LinkPurpose, RenderError, Sender},
        mailer::{Mail, MailError},
        read::{obsolete, of_deliveries},
        record_deliveries::{DeliveryResult, Outcome, RecordDeliveries},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, StreamExt, stream};
use std::panic::AssertUnwindSafe;
use steward_entities::{delivery, kinds::TokenPurpose, notice};
use url::Url;

/// How many mails a worker takes at once.
pub const BATCH: u32 = 200;
/// How many it sends side by side.
const AT_ONCE: usize = 16;
/// After this long a mail server's answer isn't waited for any more: before the lease runs out, and others try.
const PATIENCE: TimeDelta = TimeDelta::minutes(4);

/// Why a mail couldn't be written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("the notice can't be read: {0}")]
    Content(#[from] serde_json::Error),
    #[error("{0}")]
    Template(#[from] RenderError),
    #[error("the link can't be written: {0}")]
    Link(#[from] url::ParseError),
}

/// Sends a batch of what is due and writes what became of it; false when nothing is due.
///
/// # Errors
/// When the database fails. What was sent and not marked is sent again once the lease has run out.
pub async fn deliver_batch(steward: &Steward) -> Result<bool> {
    let leased = steward.lease_deliveries(BATCH).await?;
    if leased.is_empty() {
        return Ok(false);
    }
    let results = send(steward, leased).await?;
    if !results.is_empty() {
        steward.perform(&Origin::system(), RecordDeliveries { results }).await?;
    }
    Ok(true)
}

/// Sends mails that were leased, and tells what became of each. Those that there was no time for are left out.
///
/// # Errors
/// When the database fails; then nothing was sent.
pub async fn send(steward: &Steward, leased: Vec<delivery::Model>) -> Result<Vec<DeliveryResult>> {
    let now = steward.clock.now();
    let notices = of_deliveries(&steward.read, &leased).await?;
    let all: Vec<notice::Model> = notices.values().cloned().collect();
    let obsolete = obsolete(&steward.read, &all, now).await?;
    let until = now + PATIENCE;
    let tries = leased.into_iter().filter_map(|delivery| {
        let notice = notices.get(&delivery.notice_id)?;
        let is_obsolete = obsolete.contains(&notice.id);
        Some(async move {
            let outcome = if is_obsolete {
                Some(Outcome::Obsolete)
            } else {
                // A defect that one mail meets must not keep the others of its batch.
                AssertUnwindSafe(send_one(steward, &delivery, notice, until)).catch_unwind().await.unwrap_or_else(
                    |_| {
                        tracing::error!(notice = %notice.id, "a notice couldn't be sent, by a defect of ours");
                        let why = "this mail couldn't be sent, by a defect of ours".to_owned();
                        Some(Outcome::Later { why })
                    },
                )
            };
            Some(DeliveryResult { delivery: delivery.id, lease: delivery.lease, outcome: outcome? })
        })
    });
    Ok(stream::iter(tries).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await)
}

async fn send_one(
    steward: &Steward,
    delivery: &delivery::Model,
    notice: &notice::Model,
    until: DateTime<Utc>,
) -> Option<Outcome> {
    if steward.clock.now() >= until {
        return None;
    }
    let (mail, text_hash) = match write(steward, delivery, notice) {
        Ok(written) => written,
        // A mistake of ours: a newer version may know better.
        Err(error) => {
            tracing::error!(notice = %notice.id, %error, "a notice can't be written");
            return Some(Outcome::Later { why: error.to_string() });
        }
    };
    let sent = tokio::select! {
        sent = steward.mailer.send(&mail) => sent,
        () = steward.clock.wait_until(until) => Err(MailError::Transient {
            reason: "the mail server didn't answer in time".to_owned(),
        }),
    };
    Some(match sent {
        Ok(()) => Outcome::Sent { text_hash },
        Err(error @ MailError::Transient { .. }) => Outcome::Later { why: error.to_string() },
        Err(error @ MailError::Permanent { .. }) => Outcome::Refused { why: error.to_string() },
    })
}

/// The mail, and the hash of its text without the link.
fn write(steward: &Steward, delivery: &delivery::Model, notice: &notice::Model) -> Result<(Mail, Vec<u8>), WriteError> {
    let content: Content = serde_json::from_value(notice.content.clone())?;
    let policy = &steward.policy;
    let link = link(steward, &content, notice)?;
    let rendered = content.render(&notice.locale, &delivery.recipient_name, link.as_ref(), &sender(policy))?;
    let mail = Mail {
        message_id: format!("<{}@{}>", delivery.id, policy.public_url.host_str().unwrap_or("localhost")),
        from: policy.mail_from.clone(),
        to: delivery.address.clone(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        date: delivery.created_at,
    };
    let hash = data_encoding::HEXLOWER.decode(rendered.sha256_of_text.as_bytes());
    Ok((mail, hash.unwrap_or_default()))
}

/// Who mails and pages come from.
#[must_use]
pub fn sender(policy: &Policy) -> Sender {
    Sender { service_name: policy.service_name.clone(), public_url: policy.public_url.clone(), support: None }
}

/// The secret link of a mail: built from the configured address alone, never from a request.
fn link(steward: &Steward, content: &Content, notice: &notice::Model) -> Result<Option<Url>, url::ParseError> {
    let Some(purpose) = content.kind().link_purpose() else {
        return Ok(None);
    };
    let (page, token) = match purpose {
        LinkPurpose::Notice => ("notices", TokenPurpose::Notice),
        LinkPurpose::SignUp => ("sign-up", TokenPurpose::SignUp),
        LinkPurpose::PasswordReset => ("password-reset", TokenPurpose::PasswordReset),
        LinkPurpose::EmailChange => ("email-change", TokenPurpose::EmailChange),
        LinkPurpose::Invitation => ("invitation", TokenPurpose::Invitation),
        LinkPurpose::Membership => ("membership", TokenPurpose::Membership),
        LinkPurpose::AccountInvitation => ("account", TokenPurpose::AccountInvitation),
    };
    let id = match (purpose, notice.token_id) {
        (LinkPurpose::Notice, _) => notice.id.0,
        (_, Some(token)) => token.0,
        (_, None) => return Ok(None),
    };
    let text = steward.keys.link(token.as_str(), id);
    let mut root = steward.policy.public_url.clone();
    // A path without its last slash would lose its last part.
    if !root.path().ends_with('/') {
        root.set_path(&format!("{}/", root.path()));
    }
    root.join(&format!("{page}/{text}")).map(Some)
}
