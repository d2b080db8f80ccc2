//! What mutations over many accounts take.

use crate::{
    access::{
        block_account::{RestrictAccount, SuspendAccount, TerminateAccount},
        restore_account::RestoreAccount,
    },
    accounts::list::graphql::AccountSelectionInput,
    bulk::{
        bulk_accounts::MOST_IDS,
        work::{BulkAct, Selection},
    },
    claims::release_accounts::Release,
    core::{
        Result as CoreResult, invalid, not_found,
        text::{Message, Reason},
    },
    deletions::{
        delete_account::DeleteAccount,
        grace::{Grace, USUAL_DAYS},
    },
    edit_restrictions::{
        graphql::{EditOperation, operations},
        restrict_accounts::RestrictAccounts,
        terms::Terms,
    },
    email_changes::change_email_domain::ChangeEmailDomain,
    graphql::{
        Viewer,
        input::{id, optional, text},
    },
    passwords::require_password_reset::RequirePasswordReset,
    profiles::{
        graphql::{Place, ProfileInput},
        update_account_profile::UpdateAccountProfile,
    },
    sessions::revoke_sessions::RevokeAllSessions,
};
use async_graphql::{ID, InputObject, OneofObject};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use steward_entities::id::{AccountId, OrganizationId};

/// Words for a restriction or a suspension.
#[derive(InputObject)]
pub struct BulkBlockInput {
    /// Why, for the log; 1 to 500 characters. People don't see it.
    pub(super) reason: String,
    /// Your words to each person; up to 2,000 characters.
    pub(super) message: Option<String>,
    /// When it ends by itself; left out, it lasts until somebody restores the account.
    pub(super) until: Option<DateTime<Utc>>,
}

/// Words for what has no end of its own.
#[derive(InputObject)]
pub struct BulkWordsInput {
    /// Why, for the log; 1 to 500 characters. People don't see it.
    pub(super) reason: String,
    /// Your words to each person; up to 2,000 characters.
    pub(super) message: Option<String>,
}

/// Words for a deletion, and when it comes.
#[derive(InputObject)]
pub struct BulkDeleteInput {
    /// Why, for the log; 1 to 500 characters. People don't see it.
    pub(super) reason: String,
    /// Your words to each person; up to 2,000 characters.
    pub(super) message: Option<String>,
    /// How many days the deletions wait and can be canceled: 0 to 30.
    #[graphql(default_with = "USUAL_DAYS")]
    pub(super) grace_days: i32,
}

/// Words that people read.
#[derive(InputObject)]
pub struct BulkReasonInput {
    /// Why; 1 to 500 characters. People read it, and the log keeps it.
    pub(super) reason: String,
}

/// What is taken from people's right to edit.
#[derive(InputObject)]
pub struct BulkRestrictEditsInput {
    /// What they can't do meanwhile; at least one. Of members only what is about items.
    pub(super) operations: Vec<EditOperation>,
    /// Why; 1 to 500 characters. People read it, and the log keeps it.
    pub(super) reason: String,
    /// More words to each person; up to 2,000 characters.
    pub(super) message: Option<String>,
    /// When it ends by itself; left out, it lasts until somebody lifts it.
    pub(super) until: Option<DateTime<Utc>>,
}

/// Where addresses move to.
#[derive(InputObject)]
pub struct BulkEmailDomainInput {
    /// The domain, which your organization has proved. What stands before the @ stays.
    pub(super) domain_id: ID,
    /// Why, for the log; 1 to 500 characters.
    pub(super) reason: String,
}

/// What changes of each profile.
#[derive(InputObject)]
pub struct BulkProfileInput {
    /// The fields that change; what is left out stays.
    pub(super) profile: ProfileInput,
    /// Why, for the log; up to 500 characters.
    pub(super) reason: Option<String>,
}

/// What is done to each account: exactly one of these.
#[derive(OneofObject)]
#[expect(clippy::large_enum_variant, reason = "read once for each request, and moved on at once")]
pub enum BulkActionInput {
    /// As `restrictAccount` does.
    Restrict(BulkBlockInput),
    /// As `suspendAccount` does.
    Suspend(BulkBlockInput),
    /// As `restoreAccount` does.
    Restore(BulkWordsInput),
    /// As `terminateAccount` does.
    Terminate(BulkWordsInput),
    /// As `deleteAccount` does. Needs your password, as that does.
    Delete(BulkDeleteInput),
    /// As `requirePasswordReset` does.
    RequirePasswordReset(BulkReasonInput),
    /// As `revokeSessions` does, for all sessions.
    RevokeSessions(BulkReasonInput),
    /// As `releaseAccounts` does.
    Release(BulkReasonInput),
    /// As `restrictEdits` does, on people by name. All are under one restriction, which is lifted at once.
    RestrictEdits(BulkRestrictEditsInput),
    /// As `changeAccountEmail` does, to the same name in another domain. Needs your password, as that does.
    ChangeEmailDomain(BulkEmailDomainInput),
    /// As `updateAccountProfile` does.
    UpdateProfile(BulkProfileInput),
}

/// What is done, and to whom.
#[derive(InputObject)]
pub struct BulkAccountsInput {
    /// Your organization.
    pub(super) organization_id: ID,
    /// Which accounts: 1 to 10,000 ids, or a filter.
    pub(super) selection: AccountSelectionInput,
    /// What is done to each of them.
    pub(super) action: BulkActionInput,
    /// Only plan: nothing is changed, nobody is told.
    #[graphql(default)]
    pub(super) dry_run: bool,
}

/// Which job to cancel.
#[derive(InputObject)]
pub struct CancelJobInput {
    /// Your organization.
    pub(super) organization_id: ID,
    /// The job.
    pub(super) job_id: ID,
}

fn words(reason: &str, message: Option<&str>) -> CoreResult<(Reason, Option<Message>)> {
    let reason = text(&["input", "action", "reason"], Reason::parse(reason))?;
    Ok((reason, optional(&["input", "action", "message"], message, Message::parse)?))
}

/// What is to be done, as the input says.
pub(super) fn act(input: BulkActionInput) -> CoreResult<BulkAct> {
    Ok(match input {
        BulkActionInput::Restrict(input) => {
            let (reason, message) = words(&input.reason, input.message.as_deref())?;
            BulkAct::Restrict(RestrictAccount::new(reason, message, input.until))
        }
        BulkActionInput::Suspend(input) => {
            let (reason, message) = words(&input.reason, input.message.as_deref())?;
            BulkAct::Suspend(SuspendAccount::new(reason, message, input.until))
        }
        BulkActionInput::Restore(input) => {
            let (reason, message) = words(&input.reason, input.message.as_deref())?;
            BulkAct::Restore(RestoreAccount { reason, message })
        }
        BulkActionInput::Terminate(input) => {
            let (reason, message) = words(&input.reason, input.message.as_deref())?;
            BulkAct::Terminate(TerminateAccount::new(reason, message, None))
        }
        BulkActionInput::Delete(input) => {
            let (reason, message) = words(&input.reason, input.message.as_deref())?;
            BulkAct::Delete(DeleteAccount { reason, message, grace: Grace::days(input.grace_days)? })
        }
        BulkActionInput::RequirePasswordReset(input) => {
            BulkAct::RequirePasswordReset(RequirePasswordReset { reason: words(&input.reason, None)?.0 })
        }
        BulkActionInput::RevokeSessions(input) => {
            BulkAct::RevokeSessions(RevokeAllSessions { reason: words(&input.reason, None)?.0 })
        }
        BulkActionInput::Release(input) => BulkAct::Release(Release { reason: Some(words(&input.reason, None)?.0) }),
        BulkActionInput::RestrictEdits(input) => {
            let (reason, message) = words(&input.reason, input.message.as_deref())?;
            let operations = operations(&input.operations);
            BulkAct::RestrictEdits(RestrictAccounts::new(Terms { operations, reason, message, until: input.until }))
        }
        BulkActionInput::ChangeEmailDomain(input) => BulkAct::ChangeEmailDomain(ChangeEmailDomain {
            domain: id(&["input", "action", "domainId"], &input.domain_id)?,
            reason: words(&input.reason, None)?.0,
        }),
        BulkActionInput::UpdateProfile(input) => BulkAct::UpdateProfile(Box::new(UpdateAccountProfile {
            change: input.profile.change(Place::Bulk)?,
            reason: optional(&["input", "action", "reason"], input.reason.as_deref(), Reason::parse)?,
            expected_version: None,
        })),
    })
}

/// Which accounts, as the input says.
pub(super) async fn selection(
    viewer: &Viewer,
    organization: OrganizationId,
    input: AccountSelectionInput,
) -> CoreResult<Selection> {
    match input {
        AccountSelectionInput::AccountIds(ids) => {
            let field = &["input", "selection", "accountIds"];
            if !(1..=MOST_IDS).contains(&ids.len()) {
                return Err(invalid(field, "must have between 1 and 10,000 ids"));
            }
            let ids: BTreeSet<AccountId> = ids.iter().map(|text| id(field, text)).collect::<CoreResult<_>>()?;
            Ok(Selection::Accounts(ids.into_iter().collect()))
        }
        AccountSelectionInput::Filter(input) => {
            let (mut filter, domain) = input.read()?;
            if let Some(domain) = domain {
                let found = viewer.reader().domain_in_filter(organization, domain).await?;
                filter.domain = Some(found.ok_or_else(|| not_found(&["input", "selection", "filter", "domainId"]))?);
            }
            Ok(Selection::Filter(Box::new(filter)))
        }
    }
}
