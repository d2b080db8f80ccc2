//! Passwords in the schema.

use crate::{
    core::{
        OnOne, Result as CoreResult,
        text::{EmailAddress, GivenPassword, Reason},
    },
    graphql::{
        Settled, Viewer,
        input::{id, text},
        settle,
    },
    passwords::{
        change_password::ChangePassword, request_password_reset::RequestPasswordReset,
        require_password_reset::RequirePasswordReset, reset_password::ResetPassword,
    },
    payload,
};
use async_graphql::{Context, ID, InputObject, Object};

/// Who needs a new password.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// The account's address: exactly one.
    email: String,
}

payload! {
    /// What came of `requestPasswordReset`.
    RequestPasswordResetPayload {
        /// Whether the request was taken. It says nothing about whether the address has an account.
        accepted: bool,
    }
}

/// A new password.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// The token from the mailed link; that of an account which was made for you serves too.
    token: String,
    /// The new password: 15 to 256 characters of any kind, hard to guess.
    new_password: String,
}

payload! {
    /// What came of `resetPassword`.
    ResetPasswordPayload {
        /// Whether the new password is in force. Sign in with it.
        changed: bool,
    }
}

/// Your password, and another one.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// Your password until now.
    current_password: String,
    /// The new password: 15 to 256 characters of any kind, hard to guess, and not the one until now.
    new_password: String,
}

payload! {
    /// What came of `changePassword`.
    ChangePasswordPayload {
        /// Whether the new password is in force.
        changed: bool,
    }
}

/// From whom a new password is required.
#[derive(InputObject)]
pub struct RequirePasswordResetInput {
    /// Your organization.
    organization_id: ID,
    /// The person's account.
    account_id: ID,
    /// Why; 1 to 500 characters. The person reads it, and the log keeps it.
    reason: String,
}

payload! {
    /// What came of `requirePasswordReset`.
    RequirePasswordResetPayload {
        /// The account's id.
        account_id: Option<ID>,
        /// Whether the old password is dead and all sessions have ended, as your organization manages the account.
        /// Otherwise only your workspaces are closed to the person until the password is changed.
        password_forgotten: bool,
    }
}

/// Changes of passwords.
#[derive(Default)]
pub struct PasswordMutation;

#[Object]
impl PasswordMutation {
    /// Asks for a link to set a new password. It is mailed to the stored address of the account, if there is one; the
    /// answer is the same in both cases. The link works once, for one hour.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which address.")] input: RequestPasswordResetInput,
    ) -> Settled<RequestPasswordResetPayload> {
        settle(request_password_reset(Viewer::of(ctx), input).await)
    }

    /// Sets a new password with a mailed link. All sessions, other links and waiting changes of address end; sign in
    /// with the new password afterwards.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link, and a new password.")] input: ResetPasswordInput,
    ) -> Settled<ResetPasswordPayload> {
        settle(reset_password(Viewer::of(ctx), input).await)
    }

    /// Changes your password. Your other sessions, mailed links and waiting changes of address end; this session goes on.
    /// It is what an organization has required of you too, if it has.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Your password until now, and a new one.")] input: ChangePasswordInput,
    ) -> Settled<ChangePasswordPayload> {
        settle(change_password(Viewer::of(ctx), input).await)
    }

    /// Requires a new password from a person. If your organization manages the account, the old password is dead, all
    /// sessions end, and the person is mailed a link. If the person is a member of one of your workspaces, these are
    /// closed to them until the password is changed; that is possible once a day, and not while another organization
    /// manages the account.
    async fn require_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose password, and why.")] input: RequirePasswordResetInput,
    ) -> Settled<RequirePasswordResetPayload> {
        settle(require_password_reset(Viewer::of(ctx), input).await)
    }
}

async fn request_password_reset(
    viewer: &Viewer,
    input: RequestPasswordResetInput,
) -> CoreResult<RequestPasswordResetPayload> {
    let email = text(&["input", "email"], EmailAddress::parse(&input.email))?;
    viewer.perform(RequestPasswordReset { email }).await?;
    Ok(RequestPasswordResetPayload { accepted: true, ..Default::default() })
}

async fn reset_password(viewer: &Viewer, input: ResetPasswordInput) -> CoreResult<ResetPasswordPayload> {
    let action = ResetPassword::new(input.token.into(), input.new_password.into());
    viewer.perform(action).await?;
    Ok(ResetPasswordPayload { changed: true, ..Default::default() })
}

async fn change_password(viewer: &Viewer, input: ChangePasswordInput) -> CoreResult<ChangePasswordPayload> {
    let current = text(&["input", "currentPassword"], GivenPassword::parse(&input.current_password))?;
    viewer.perform(ChangePassword::new(current, input.new_password.into())).await?;
    Ok(ChangePasswordPayload { changed: true, ..Default::default() })
}

async fn require_password_reset(
    viewer: &Viewer,
    input: RequirePasswordResetInput,
) -> CoreResult<RequirePasswordResetPayload> {
    let action = OnOne {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        account: id(&["input", "accountId"], &input.account_id)?,
        act: RequirePasswordReset { reason: text(&["input", "reason"], Reason::parse(&input.reason))? },
        dry_run: false,
    };
    let done = viewer.perform(action).await?;
    Ok(RequirePasswordResetPayload {
        account_id: Some(done.account.to_string().into()),
        password_forgotten: done.managed,
        ..Default::default()
    })
}
