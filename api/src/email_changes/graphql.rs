//! Changes of address in the schema.

mod answers;
mod objects;

pub use answers::*;
pub use objects::*;

use crate::{
    core::{
        Result as CoreResult,
        text::{EmailAddress, Reason},
    },
    email_changes::{
        cancel_email_change::CancelEmailChange, confirm_email_change::ConfirmEmailChange,
        request_email_change::RequestEmailChange,
    },
    graphql::{
        Settled, Viewer,
        input::{optional, text},
        settle,
    },
    payload,
};
use async_graphql::{Context, ID, InputObject, Object};

/// Which address you want.
#[derive(InputObject)]
pub struct RequestEmailChangeInput {
    /// Your new address. A link is mailed to it; until you open it nothing changes. Where an organization manages your
    /// account, its administrators decide first.
    new_email: String,
    /// Why, in your words; up to 500 characters.
    reason: Option<String>,
}

payload! {
    /// What came of `requestEmailChange`.
    RequestEmailChangePayload {
        /// The id of the change.
        email_change_id: Option<ID>,
        /// The change: it waits for its confirmation, or for the answer of the administrators.
        email_change: Option<EmailChange>,
    }
}

/// The link that was mailed to the new address.
#[derive(InputObject)]
pub struct ConfirmEmailChangeInput {
    /// The token from the link.
    token: String,
}

payload! {
    /// What came of `confirmEmailChange`.
    ConfirmEmailChangePayload {
        /// Whether the new address is in force. All sessions have ended: sign in with it.
        confirmed: Option<bool>,
    }
}

/// Nothing needs to be said: there is at most one change that waits.
#[derive(InputObject)]
pub struct CancelEmailChangeInput {
    /// The change that you mean; left out, the one that waits.
    email_change_id: Option<ID>,
}

payload! {
    /// What came of `cancelEmailChange`.
    CancelEmailChangePayload {
        /// The change that was taken back.
        email_change_id: Option<ID>,
    }
}

/// Changes of addresses.
#[derive(Default)]
pub struct EmailChangeMutation;

#[Object]
impl EmailChangeMutation {
    /// Asks for another address for your own account: a link is mailed to it, and the address in force is told. Where an
    /// organization manages your account, its administrators decide first; when they have agreed, asking for the same
    /// address again within 14 days mails a fresh link at once.
    async fn request_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new address.")] input: RequestEmailChangeInput,
    ) -> Settled<RequestEmailChangePayload> {
        settle(request(Viewer::of(ctx), input).await)
    }

    /// Confirms a new address by the link that was mailed to it. Then it is in force, and all sessions end. An address
    /// outside the domains of the organization that manages the account ends its control.
    async fn confirm_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link.")] input: ConfirmEmailChangeInput,
    ) -> Settled<ConfirmEmailChangePayload> {
        settle(confirm(Viewer::of(ctx), input).await)
    }

    /// Takes back the change of address that waits for an answer or for its confirmation. Its link dies.
    async fn cancel_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which change; the open one when left out.")] input: CancelEmailChangeInput,
    ) -> Settled<CancelEmailChangePayload> {
        settle(cancel(Viewer::of(ctx), input).await)
    }
}

async fn request(viewer: &Viewer, input: RequestEmailChangeInput) -> CoreResult<RequestEmailChangePayload> {
    let action = RequestEmailChange {
        new_email: text(&["input", "newEmail"], EmailAddress::parse(&input.new_email))?,
        reason: optional(&["input", "reason"], input.reason.as_deref(), Reason::parse)?,
    };
    let id = viewer.perform(action).await?;
    let email_change = viewer.reader().own_email_change().await?.map(EmailChange);
    Ok(RequestEmailChangePayload { email_change_id: Some(id.to_string().into()), email_change, ..Default::default() })
}

async fn confirm(viewer: &Viewer, input: ConfirmEmailChangeInput) -> CoreResult<ConfirmEmailChangePayload> {
    viewer.perform(ConfirmEmailChange { token: input.token }).await?;
    Ok(ConfirmEmailChangePayload { confirmed: Some(true), ..Default::default() })
}

async fn cancel(viewer: &Viewer, input: CancelEmailChangeInput) -> CoreResult<CancelEmailChangePayload> {
    let id = input.email_change_id.map(|id| crate::graphql::input::id(&["input", "emailChangeId"], &id)).transpose()?;
    let id = viewer.perform(CancelEmailChange { id }).await?;
    Ok(CancelEmailChangePayload { email_change_id: Some(id.to_string().into()), ..Default::default() })
}
