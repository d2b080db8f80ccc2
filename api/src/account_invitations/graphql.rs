//! Accounts made by administrators in the schema.

use crate::{
    account_invitations::{
        create_account::CreateAccount, decline_account::DeclineAccount,
        renew_account_invitation::RenewAccountInvitation,
    },
    accounts::graphql::Account,
    core::{
        Result as CoreResult, invalid,
        text::{EmailAddress, Message},
    },
    graphql::{
        Viewer,
        error::{Settled, settle},
        input::{id, optional, text},
    },
    payload,
    profiles::graphql::{Place, ProfileInput},
};
use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use steward_entities::id::WorkspaceId;

/// The most workspaces in which a membership is offered at once.
const MOST_WORKSPACES: usize = 20;

/// For whom an account is made.
#[derive(InputObject)]
pub struct CreateAccountInput {
    /// Your organization.
    organization_id: ID,
    /// The person's address, in a domain that your organization has proved.
    email: String,
    /// What is known of the person. Without `displayName` the part of the address before the @ is shown.
    profile: Option<ProfileInput>,
    /// Your workspaces in which the person is offered a membership, 20 at most. They accept it when they are signed in.
    workspace_ids: Option<Vec<ID>>,
    /// Your words to the person; up to 2,000 characters.
    message: Option<String>,
}

payload! {
    /// What came of `createAccount`. The answer is the same where the address has an account that your organization
    /// doesn't see; where one was made, it stands in `organization.accounts`.
    CreateAccountPayload {
        /// The address that the link is mailed to.
        email: Option<String>,
        /// Until when the person can answer.
        expires_at: Option<DateTime<Utc>>,
    }
}

/// Whose link is renewed.
#[derive(InputObject)]
pub struct RenewAccountInvitationInput {
    /// Your organization, which manages the account.
    organization_id: ID,
    /// The person's account.
    account_id: ID,
}

payload! {
    /// What came of `renewAccountInvitation`.
    RenewAccountInvitationPayload {
        /// The account.
        account: Option<Account>,
    }
}

/// The account that you don't want.
#[derive(InputObject)]
pub struct DeclineAccountInput {
    /// The token from the mailed link.
    token: String,
}

payload! {
    /// What came of `declineAccount`.
    DeclineAccountPayload {
        /// Whether the account has ended.
        declined: bool,
    }
}

/// Changes around accounts that administrators make.
#[derive(Default)]
pub struct AccountInvitationMutation;

#[Object]
impl AccountInvitationMutation {
    /// Makes an account for somebody, in a domain that your organization has proved. Your organization manages it from
    /// the start. The person is told by whom and why, and sets a password by a mailed link (with `resetPassword`) within
    /// 14 days, or declines.
    async fn create_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and what you say to them.")] input: CreateAccountInput,
    ) -> Settled<CreateAccountPayload> {
        settle(create_account(Viewer::of(ctx), input).await)
    }

    /// Mails a fresh link to somebody who hasn't set a password for the account that you made for them. The older link
    /// doesn't work any more.
    async fn renew_account_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose link.")] input: RenewAccountInvitationInput,
    ) -> Settled<RenewAccountInvitationPayload> {
        settle(renew_account_invitation(Viewer::of(ctx), input).await)
    }

    /// Says no to an account that an organization has made for you. It ends, and what identifies you in it goes; the
    /// organization's administrators are told.
    async fn decline_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link.")] input: DeclineAccountInput,
    ) -> Settled<DeclineAccountPayload> {
        settle(decline_account(Viewer::of(ctx), input).await)
    }
}

async fn create_account(viewer: &Viewer, input: CreateAccountInput) -> CoreResult<CreateAccountPayload> {
    let field = &["input", "workspaceIds"];
    let given = input.workspace_ids.unwrap_or_default();
    if given.len() > MOST_WORKSPACES {
        return Err(invalid(field, "must have 20 ids at most"));
    }
    let workspaces: BTreeSet<WorkspaceId> = given.iter().map(|given| id(field, given)).collect::<CoreResult<_>>()?;
    let action = CreateAccount {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        email: text(&["input", "email"], EmailAddress::parse(&input.email))?,
        profile: input.profile.map(|profile| profile.change(Place::Profile)).transpose()?.unwrap_or_default(),
        workspaces: workspaces.into_iter().collect(),
        message: optional(&["input", "message"], input.message.as_deref(), Message::parse)?,
    };
    let email = action.email.as_str().to_owned();
    let done = viewer.perform(action).await?;
    Ok(CreateAccountPayload { email: Some(email), expires_at: Some(done.expires_at), ..Default::default() })
}

async fn renew_account_invitation(
    viewer: &Viewer,
    input: RenewAccountInvitationInput,
) -> CoreResult<RenewAccountInvitationPayload> {
    let action = RenewAccountInvitation {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        account: id(&["input", "accountId"], &input.account_id)?,
    };
    let account = viewer.perform(action).await?;
    let account = viewer.reader().account(account).await?.map(Account);
    Ok(RenewAccountInvitationPayload { account, ..Default::default() })
}

async fn decline_account(viewer: &Viewer, input: DeclineAccountInput) -> CoreResult<DeclineAccountPayload> {
    viewer.perform(DeclineAccount { link: input.token.into() }).await?;
    Ok(DeclineAccountPayload { declined: true, ..Default::default() })
}
