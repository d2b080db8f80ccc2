//! Putting an account to rest, in the schema.

use crate::{
    core::Result as CoreResult,
    deactivations::{deactivate_my_account::DeactivateMyAccount, reactivate_my_account::ReactivateMyAccount},
    graphql::{Settled, Viewer, settle},
    payload,
};
use async_graphql::{Context, InputObject, Object};

/// Says that you mean it.
#[derive(InputObject)]
pub struct DeactivateMyAccountInput {
    /// `true`: you want your account to rest.
    confirm: bool,
}

payload! {
    /// What came of `deactivateMyAccount`.
    DeactivateMyAccountPayload {
        /// Whether your account rests now.
        deactivated: Option<bool>,
    }
}

/// Says that you mean it.
#[derive(InputObject)]
pub struct ReactivateMyAccountInput {
    /// `true`: you want your account back.
    confirm: bool,
}

payload! {
    /// What came of `reactivateMyAccount`.
    ReactivateMyAccountPayload {
        /// Whether your account is in use again.
        reactivated: Option<bool>,
    }
}

/// Changes of one's own account.
#[derive(Default)]
pub struct DeactivationMutation;

#[Object]
impl DeactivationMutation {
    /// Puts your own account to rest until you want it back. Your other sessions end; this one stays, limited, so that
    /// you can read your notices and come back. What an organization had asserted over it is called off.
    async fn deactivate_my_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "That you mean it.")] input: DeactivateMyAccountInput,
    ) -> Settled<DeactivateMyAccountPayload> {
        settle(deactivate(Viewer::of(ctx), input).await)
    }

    /// Takes your own account into use again. Where an organization's claim still goes on, you are told anew, with the
    /// full notice period.
    async fn reactivate_my_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "That you mean it.")] input: ReactivateMyAccountInput,
    ) -> Settled<ReactivateMyAccountPayload> {
        settle(reactivate(Viewer::of(ctx), input).await)
    }
}

fn confirmed(confirm: bool) -> CoreResult<()> {
    if confirm { Ok(()) } else { Err(crate::core::invalid(&["input", "confirm"], "must be true to go on")) }
}

async fn deactivate(viewer: &Viewer, input: DeactivateMyAccountInput) -> CoreResult<DeactivateMyAccountPayload> {
    confirmed(input.confirm)?;
    viewer.perform(DeactivateMyAccount).await?;
    Ok(DeactivateMyAccountPayload { deactivated: Some(true), ..Default::default() })
}

async fn reactivate(viewer: &Viewer, input: ReactivateMyAccountInput) -> CoreResult<ReactivateMyAccountPayload> {
    confirmed(input.confirm)?;
    viewer.perform(ReactivateMyAccount).await?;
    Ok(ReactivateMyAccountPayload { reactivated: Some(true), ..Default::default() })
}
