//! What administrators do about addresses, in the schema.

use super::EmailChange;
use crate::{
    accounts::graphql::Account,
    core::{
        Code, Error, OnOne, Result as CoreResult,
        text::{EmailAddress, Reason},
    },
    email_changes::{
        approve_email_change::ApproveEmailChange,
        change_account_email::{ChangeAccountEmail, TAKEN_ADDRESSES},
        reject_email_change::RejectEmailChange,
    },
    graphql::{
        Settled, Viewer,
        input::{id, optional, text},
        settle,
    },
    payload,
};
use async_graphql::{Context, ID, InputObject, Object};

/// Whose account gets which address.
#[derive(InputObject)]
pub struct ChangeAccountEmailInput {
    /// Your organization, which manages the account.
    organization_id: ID,
    /// The person's account.
    account_id: ID,
    /// The new address, in a domain that your organization has proved.
    new_email: String,
    /// Why, for the log; 1 to 500 characters. The person doesn't see it.
    reason: String,
    /// Whether everything is checked, and nothing is changed or sent.
    #[graphql(default)]
    dry_run: bool,
}

payload! {
    /// What came of `changeAccountEmail`.
    ChangeAccountEmailPayload {
        /// The account, as it is now.
        account: Option<Account>,
    }
}

/// Which change of address you agree to.
#[derive(InputObject)]
pub struct ApproveEmailChangeInput {
    /// The organization that was asked.
    organization_id: ID,
    /// The change.
    email_change_id: ID,
    /// Why, for the log; up to 500 characters. The person doesn't see it.
    reason: Option<String>,
    /// Whether everything is checked, and nothing is changed or sent.
    #[graphql(default)]
    dry_run: bool,
}

payload! {
    /// What came of `approveEmailChange`.
    ApproveEmailChangePayload {
        /// The change, as it is now.
        email_change: Option<EmailChange>,
        /// Whether the new address lies outside your organization's domains: then its control of the account ends when
        /// the person confirms the address.
        will_release: Option<bool>,
    }
}

/// Which change of address you refuse.
#[derive(InputObject)]
pub struct RejectEmailChangeInput {
    /// The organization that was asked.
    organization_id: ID,
    /// The change.
    email_change_id: ID,
    /// Why; 1 to 500 characters. The person reads it.
    reason: String,
}

payload! {
    /// What came of `rejectEmailChange`.
    RejectEmailChangePayload {
        /// The change, as it is now.
        email_change: Option<EmailChange>,
    }
}

/// What administrators do about addresses.
#[derive(Default)]
pub struct EmailAnswerMutation;

#[Object]
impl EmailAnswerMutation {
    /// Gives an account that your organization manages another address in its proved domains. It counts as verified by
    /// the domain's proof. All sessions, links and changes of address end, roles in other organizations sleep, and the
    /// old address and the new one are told. Where the person hasn't taken up the account that was made for them, the new
    /// address gets a fresh invitation instead, offers of memberships to the old one are withdrawn, and nothing is said
    /// there.
    async fn change_account_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose account, which address, and why.")] input: ChangeAccountEmailInput,
    ) -> Settled<ChangeAccountEmailPayload> {
        settle(change(Viewer::of(ctx), input).await)
    }

    /// Agrees to the address that a person asks for whose account your organization manages. A link is mailed to it, and
    /// only when the person uses that the address is in force. The approval holds 14 days. Operators of the platform
    /// answer where administrators haven't for 14 days.
    async fn approve_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which change.")] input: ApproveEmailChangeInput,
    ) -> Settled<ApproveEmailChangePayload> {
        settle(approve(Viewer::of(ctx), input).await)
    }

    /// Refuses the address that a person asks for whose account your organization manages. They are told why.
    async fn reject_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which change, and why not.")] input: RejectEmailChangeInput,
    ) -> Settled<RejectEmailChangePayload> {
        settle(reject(Viewer::of(ctx), input).await)
    }
}

async fn change(viewer: &Viewer, input: ChangeAccountEmailInput) -> CoreResult<ChangeAccountEmailPayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let action = OnOne {
        organization,
        account: id(&["input", "accountId"], &input.account_id)?,
        act: ChangeAccountEmail {
            new_email: text(&["input", "newEmail"], EmailAddress::parse(&input.new_email))?,
            reason: text(&["input", "reason"], Reason::parse(&input.reason))?,
        },
        dry_run: input.dry_run,
    };
    let acted = viewer.perform(action).await;
    if matches!(&acted, Err(Error::Refused(refusal)) if refusal.code() == Code::Conflict) {
        viewer.steward().count(TAKEN_ADDRESSES, &organization.to_string()).await?;
    }
    let acted = acted?;
    let account = viewer.reader().account(acted.account).await?.map(Account);
    Ok(ChangeAccountEmailPayload { account, ..Default::default() })
}

async fn approve(viewer: &Viewer, input: ApproveEmailChangeInput) -> CoreResult<ApproveEmailChangePayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let action = ApproveEmailChange {
        organization,
        email_change: id(&["input", "emailChangeId"], &input.email_change_id)?,
        reason: optional(&["input", "reason"], input.reason.as_deref(), Reason::parse)?,
        dry_run: input.dry_run,
    };
    let answered = viewer.perform(action).await?;
    let email_change = viewer.reader().organization_email_change(organization, answered.id).await?.map(EmailChange);
    Ok(ApproveEmailChangePayload { email_change, will_release: Some(answered.releases), ..Default::default() })
}

async fn reject(viewer: &Viewer, input: RejectEmailChangeInput) -> CoreResult<RejectEmailChangePayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let action = RejectEmailChange {
        organization,
        email_change: id(&["input", "emailChangeId"], &input.email_change_id)?,
        reason: text(&["input", "reason"], Reason::parse(&input.reason))?,
    };
    let answered = viewer.perform(action).await?;
    let email_change = viewer.reader().organization_email_change(organization, answered.id).await?.map(EmailChange);
    Ok(RejectEmailChangePayload { email_change, ..Default::default() })
}
