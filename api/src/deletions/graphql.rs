//! Deletions in the schema.

use crate::{
    accounts::graphql::Account,
    core::{
        OnOne, Result as CoreResult, invalid,
        text::{Message, Reason},
    },
    deletions::{
        cancel_account_deletion::CancelAccountDeletion,
        cancel_my_account_deletion::CancelMyAccountDeletion,
        delete_account::DeleteAccount,
        delete_my_account::DeleteMyAccount,
        grace::{Grace, USUAL_DAYS},
        read::{self, Consequence},
    },
    graphql::{
        Settled, Viewer,
        input::{id, optional, text},
        settle,
    },
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use steward_entities::id::{AccountId, OrganizationId};

/// What a deletion is about. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "read::Part")]
pub enum DeletionPart {
    /// Name, address, password and profile.
    Identity,
    /// The devices that are signed in.
    Sessions,
    /// Memberships in workspaces.
    Memberships,
    /// Roles in organizations.
    Roles,
    /// API keys that the person has made.
    ApiKeys,
    /// Memberships that were offered to the person and wait for an answer.
    Offers,
    /// Roles that were offered to the person, or by them to others, and wait for an answer.
    Invitations,
    /// Personal items, and those in workspaces that nobody else sees.
    Items,
    /// Items that the person has shared in workspaces.
    SharedItems,
    /// What the person was told.
    Notices,
    /// What the log has about the person.
    Events,
}

/// What becomes of a part of an account that is deleted. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "read::Fate")]
pub enum DeletionFate {
    /// It is gone.
    Erased,
    /// It is over, and stays as a record without what identifies the person.
    Ended,
    /// It stays, without what identifies the person.
    Kept,
}

/// A part of an account, and what becomes of it.
#[derive(SimpleObject)]
pub struct DeletionConsequence {
    /// What.
    part: DeletionPart,
    /// What becomes of it.
    fate: DeletionFate,
    /// How many there are now, as far as you may know: administrators are told what has to do with their organization.
    count: i64,
    /// Why, in a sentence.
    explanation: &'static str,
}

impl From<Consequence> for DeletionConsequence {
    fn from(Consequence { part, count }: Consequence) -> Self {
        Self { part: part.into(), fate: part.fate().into(), count, explanation: part.why() }
    }
}

/// What a deletion would do.
#[derive(SimpleObject)]
pub struct DeletionPlan {
    /// When access would end: at once.
    access_ends_at: DateTime<Utc>,
    /// When the account would be erased. Until then the deletion can be canceled. What identifies the person goes at that
    /// moment; items, and words about them in notices, follow within minutes.
    erased_at: DateTime<Utc>,
    /// What goes, what stays, and why.
    consequences: Vec<DeletionConsequence>,
}

/// Whose account is deleted, and when.
#[derive(InputObject)]
pub struct DeleteAccountInput {
    /// Your organization, which manages the account.
    organization_id: ID,
    /// The person's account.
    account_id: ID,
    /// Why, for the log; 1 to 500 characters. The person doesn't see it.
    reason: String,
    /// Your words to the person; up to 2,000 characters. They read them in the notice, and when they sign in.
    message: Option<String>,
    /// How many days the deletion waits and can be canceled: 0 to 30.
    #[graphql(default_with = "USUAL_DAYS")]
    grace_days: i32,
    /// Only plan: nothing is changed, nobody is told.
    #[graphql(default)]
    dry_run: bool,
}

payload! {
    /// What came of `deleteAccount`.
    DeleteAccountPayload {
        /// The account, as it is now.
        account: Option<Account>,
        /// What it would do; for a dry run alone.
        plan: Option<DeletionPlan>,
    }
}

/// Whose deletion is canceled.
#[derive(InputObject)]
pub struct CancelAccountDeletionInput {
    /// Your organization, which manages the account and has scheduled its deletion.
    organization_id: ID,
    /// The person's account.
    account_id: ID,
    /// Why, for the log; 1 to 500 characters. The person doesn't see it.
    reason: String,
}

payload! {
    /// What came of `cancelAccountDeletion`.
    CancelAccountDeletionPayload {
        /// The account, as it is now.
        account: Option<Account>,
    }
}

/// When your account is deleted.
#[derive(InputObject)]
pub struct DeleteMyAccountInput {
    /// How many days the deletion waits and can be canceled: 0 to 30.
    #[graphql(default_with = "USUAL_DAYS")]
    grace_days: i32,
    /// Only plan: nothing is changed.
    #[graphql(default)]
    dry_run: bool,
}

payload! {
    /// What came of `deleteMyAccount`.
    DeleteMyAccountPayload {
        /// Your account, as it is now.
        account: Option<Account>,
        /// What it would do; for a dry run alone.
        plan: Option<DeletionPlan>,
    }
}

/// Says that you mean it.
#[derive(InputObject)]
pub struct CancelMyAccountDeletionInput {
    /// `true`: you want to keep your account.
    confirm: bool,
}

payload! {
    /// What came of `cancelMyAccountDeletion`.
    CancelMyAccountDeletionPayload {
        /// Your account, as it is now.
        account: Option<Account>,
    }
}

/// Deletions of accounts.
#[derive(Default)]
pub struct DeletionMutation;

#[Object]
impl DeletionMutation {
    /// Has an account that your organization manages deleted. Access, sessions, links and pending changes of address end
    /// at once; after the grace period what identifies the person is erased, which nobody can undo. Until then
    /// `cancelAccountDeletion` gives the account back, and the person keeps their rights. They are told now, with your
    /// message, and at the end; with no days of grace at the end alone, with your message. Needs your password. With
    /// `dryRun` the plan tells what goes, what stays, and why.
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose account, why, and when.")] input: DeleteAccountInput,
    ) -> Settled<DeleteAccountPayload> {
        settle(delete(Viewer::of(ctx), input).await)
    }

    /// Cancels a deletion that your organization has scheduled, as long as the account isn't erased. What else limits the
    /// account stays in force. The person is told.
    async fn cancel_account_deletion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose account, and why.")] input: CancelAccountDeletionInput,
    ) -> Settled<CancelAccountDeletionPayload> {
        settle(cancel(Viewer::of(ctx), input).await)
    }

    /// Has your own account deleted, where no organization manages it. Your other sessions end; this one stays, limited,
    /// so that you can read your notices and change your mind. What an organization had asserted over the account is
    /// called off. After the grace period what identifies you is erased, which nobody can undo. Needs your password. The
    /// last owner of an organization makes somebody else an owner first. With `dryRun` the plan tells what goes, what
    /// stays, and why.
    async fn delete_my_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "When.")] input: DeleteMyAccountInput,
    ) -> Settled<DeleteMyAccountPayload> {
        settle(delete_mine(Viewer::of(ctx), input).await)
    }

    /// Cancels the deletion of your own account that you have scheduled. Sign in for that, if you need to: the password
    /// still works. Where an organization's claim still goes on, you are told anew, with the full notice period.
    async fn cancel_my_account_deletion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "That you mean it.")] input: CancelMyAccountDeletionInput,
    ) -> Settled<CancelMyAccountDeletionPayload> {
        settle(cancel_mine(Viewer::of(ctx), input).await)
    }
}

async fn delete(viewer: &Viewer, input: DeleteAccountInput) -> CoreResult<DeleteAccountPayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let account = id(&["input", "accountId"], &input.account_id)?;
    let grace = Grace::days(input.grace_days)?;
    let act = DeleteAccount {
        reason: text(&["input", "reason"], Reason::parse(&input.reason))?,
        message: optional(&["input", "message"], input.message.as_deref(), Message::parse)?,
        grace,
    };
    viewer.perform(OnOne { organization, account, act, dry_run: input.dry_run }).await?;
    let (account, plan) = seen(viewer, account, Some(organization), grace, input.dry_run).await?;
    Ok(DeleteAccountPayload { account, plan, ..Default::default() })
}

async fn cancel(viewer: &Viewer, input: CancelAccountDeletionInput) -> CoreResult<CancelAccountDeletionPayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let account = id(&["input", "accountId"], &input.account_id)?;
    let act = CancelAccountDeletion { reason: text(&["input", "reason"], Reason::parse(&input.reason))? };
    viewer.perform(OnOne { organization, account, act, dry_run: false }).await?;
    let account = viewer.reader().account(account).await?.map(Account);
    Ok(CancelAccountDeletionPayload { account, ..Default::default() })
}

async fn delete_mine(viewer: &Viewer, input: DeleteMyAccountInput) -> CoreResult<DeleteMyAccountPayload> {
    let grace = Grace::days(input.grace_days)?;
    let account = viewer.perform(DeleteMyAccount { grace, dry_run: input.dry_run }).await?;
    let (account, plan) = seen(viewer, account, None, grace, input.dry_run).await?;
    Ok(DeleteMyAccountPayload { account, plan, ..Default::default() })
}

async fn cancel_mine(
    viewer: &Viewer,
    input: CancelMyAccountDeletionInput,
) -> CoreResult<CancelMyAccountDeletionPayload> {
    if !input.confirm {
        return Err(invalid(&["input", "confirm"], "must be true to go on"));
    }
    let account = viewer.perform(CancelMyAccountDeletion).await?;
    let account = viewer.reader().account(account).await?.map(Account);
    Ok(CancelMyAccountDeletionPayload { account, ..Default::default() })
}

/// The account as it is now, and for a dry run the plan.
async fn seen(
    viewer: &Viewer,
    account: AccountId,
    within: Option<OrganizationId>,
    grace: Grace,
    dry_run: bool,
) -> CoreResult<(Option<Account>, Option<DeletionPlan>)> {
    let reader = viewer.reader();
    let Some(view) = reader.account(account).await? else { return Ok((None, None)) };
    if !dry_run {
        return Ok((Some(Account(view)), None));
    }
    let now = reader.now();
    let plan = reader.deletion_plan(&view, within).await?.map(|consequences| DeletionPlan {
        access_ends_at: now,
        erased_at: grace.ends(now),
        consequences: consequences.into_iter().map(Into::into).collect(),
    });
    Ok((Some(Account(view)), plan))
}
