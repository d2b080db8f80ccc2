//! One case for each mutation: how it is arranged and called, and what its success leaves behind. Who may run it is in
//! the action's rule.

mod accounts;
mod addresses;
mod app_installations;
mod app_objections;
mod app_policies;
mod apps;
mod domains;
mod edits;
mod items;
mod memberships;
mod organizations;
mod own;
mod workspaces;

use crate::every_mutation::stage::{Attempt, Stage};
use futures::future::BoxFuture;
use steward::core::ActionName;

/// A mutation that is tried.
pub struct Case {
    /// Makes what it is about, and says what is sent. Run anew for each try.
    pub arrange: Arrange,
    /// What who may do it is told of what doesn't exist.
    pub absent_code: &'static str,
    /// The actions of the events that are there when all its work is done, in alphabetical order.
    pub events: &'static [&'static str],
    /// The kinds of its notices, in alphabetical order.
    pub notices: &'static [&'static str],
    /// What it asks for, where that takes a power of its own.
    pub inner: Option<ActionName>,
    /// Kinds that the other administrators are told, as many as there are by then.
    pub to_others: &'static [&'static str],
    /// The notices, where an operator does it by their own right, if it differs.
    pub notices_by_operator: Option<&'static [&'static str]>,
}

/// Arranges one try.
pub type Arrange = for<'a> fn(&'a Stage<'a>) -> BoxFuture<'a, Attempt>;

impl Case {
    const fn new(arrange: Arrange, events: &'static [&'static str], notices: &'static [&'static str]) -> Self {
        Self {
            arrange,
            absent_code: "NOT_FOUND",
            events,
            notices,
            inner: None,
            to_others: &[],
            notices_by_operator: None,
        }
    }

    /// For what is named by a secret in a mail: every one that doesn't work is told the same.
    const fn by_link(self) -> Self {
        Self { absent_code: "LINK_INVALID", ..self }
    }
}

/// A case: who arranges it, the events, the notices.
macro_rules! arranged {
    ($arrange:path, $events:expr, $notices:expr) => {
        Case::new(|stage| Box::pin($arrange(stage)), &$events, &$notices)
    };
}

/// The case of a mutation; none for what is no mutation.
pub fn case(action: ActionName) -> Option<Case> {
    Some(match action {
        ActionName::SignUp => arranged!(own::sign_up, ["answerSignUp"], ["sign_up"]),
        ActionName::CompleteSignUp => arranged!(own::complete_sign_up, ["completeSignUp"], []).by_link(),
        ActionName::SignIn => arranged!(own::sign_in, ["signIn"], []),
        ActionName::SignOut => arranged!(own::sign_out, ["signOut"], []),
        ActionName::Reauthenticate => arranged!(own::reauthenticate, ["reauthenticate"], []),
        ActionName::RequestPasswordReset => {
            arranged!(own::request_password_reset, ["sendPasswordReset"], ["password_reset"])
        }
        ActionName::ResetPassword => arranged!(own::reset_password, ["resetPassword"], ["password_changed"]).by_link(),
        ActionName::ChangePassword => arranged!(own::change_password, ["changePassword"], ["password_changed"]),
        ActionName::RevokeSession => arranged!(own::revoke_session, ["revokeSession"], []),
        ActionName::UpdateMyProfile => arranged!(own::update_my_profile, ["updateMyProfile"], []),
        ActionName::RequestEmailChange => arranged!(
            own::request_email_change,
            ["requestEmailChange"],
            ["email_change_confirm", "email_change_requested"]
        ),
        ActionName::ConfirmEmailChange => {
            arranged!(own::confirm_email_change, ["confirmEmailChange"], ["email_changed", "email_changed"]).by_link()
        }
        ActionName::CancelEmailChange => {
            Case { absent_code: "INVALID_STATE", ..arranged!(own::cancel_email_change, ["cancelEmailChange"], []) }
        }
        ActionName::DeactivateMyAccount => {
            arranged!(own::deactivate_my_account, ["deactivateMyAccount"], ["account_deactivated"])
        }
        ActionName::ReactivateMyAccount => {
            arranged!(own::reactivate_my_account, ["reactivateMyAccount"], ["account_reactivated"])
        }
        ActionName::DeleteMyAccount => {
            arranged!(own::delete_my_account, ["deleteMyAccount"], ["account_deletion_scheduled"])
        }
        ActionName::CancelMyAccountDeletion => {
            arranged!(own::cancel_my_account_deletion, ["cancelMyAccountDeletion"], ["account_deletion_canceled"])
        }
        ActionName::AcceptControl => arranged!(domains::accept_control, ["acceptControl"], ["control_in_effect"]),
        ActionName::AcknowledgeNotice => arranged!(own::acknowledge_notice, ["acknowledgeNotice"], []),
        ActionName::AcceptMembership => arranged!(workspaces::accept_membership, ["acceptMembership"], []),
        ActionName::DeclineMembership => arranged!(workspaces::decline_membership, ["declineMembership"], []),
        ActionName::LeaveWorkspace => arranged!(workspaces::leave_workspace, ["leaveWorkspace"], []),
        ActionName::CreateItem => arranged!(items::create_item, ["createItem"], []),
        ActionName::UpdateItem => arranged!(items::update_item, ["updateItem"], []),
        ActionName::SetItemVisibility => arranged!(items::set_item_visibility, ["setItemVisibility"], []),
        ActionName::DeleteItem => arranged!(items::delete_item, ["deleteItem"], []),
        ActionName::ReadItems => arranged!(items::read_items, ["readItems"], ["items_read"]),
        ActionName::RegisterItemKind => arranged!(items::register_item_kind, ["registerItemKind"], []),
        ActionName::RegisterApp => arranged!(apps::register_app, ["registerApp"], []),
        ActionName::UpdateApp => arranged!(apps::update_app, ["updateApp"], []),
        ActionName::RotateAppSecret => arranged!(apps::rotate_app_secret, ["rotateAppSecret"], []),
        ActionName::RevokeAppSecret => arranged!(apps::revoke_app_secret, ["revokeAppSecret"], []),
        ActionName::RotateAppWebhookSecret => {
            arranged!(apps::rotate_app_secret, ["rotateAppWebhookSecret"], [])
        }
        ActionName::ReplayWebhookDelivery => {
            arranged!(app_installations::replay_webhook_delivery, ["replayWebhookDelivery"], [])
        }
        ActionName::ResumeWebhooks => arranged!(app_installations::resume_webhooks, ["resumeWebhooks"], []),
        ActionName::ConfirmDataDeletion => {
            arranged!(app_installations::confirm_data_deletion, ["confirmDataDeletion"], [])
        }
        ActionName::RetireApp => arranged!(apps::retire_app, ["retireApp"], []),
        ActionName::SetAppPolicy => arranged!(app_policies::set_app_policy, ["setAppPolicy"], []),
        ActionName::ApproveApp => arranged!(app_policies::approve_app, ["approveApp"], []),
        ActionName::BlockApp => arranged!(app_policies::block_app, ["blockApp"], []),
        ActionName::ClearAppDecision => arranged!(app_policies::clear_app_decision, ["clearAppDecision"], []),
        ActionName::RequestApp => arranged!(app_policies::request_app, ["requestApp"], ["app_requested"]),
        ActionName::AnswerAppRequest => {
            arranged!(app_policies::answer_app_request, ["answerAppRequest", "approveApp"], ["app_request_answered"])
        }
        ActionName::ObjectToApp => arranged!(app_objections::object_to_app, ["objectToApp"], ["app_objected"]),
        ActionName::WithdrawAppObjection => {
            arranged!(app_objections::withdraw_app_objection, ["withdrawAppObjection"], ["app_objection_closed"])
        }
        ActionName::DecideAppObjection => {
            let case =
                arranged!(app_objections::decide_app_objection, ["decideAppObjection"], ["app_objection_decided"]);
            Case { to_others: &["app_objection_closed"], ..case }
        }
        ActionName::RevokeAppAccess => {
            arranged!(app_objections::revoke_app_access, ["revokeAppAccess"], ["app_access_revoked"])
        }
        ActionName::RestoreAppAccess => {
            arranged!(app_objections::restore_app_access, ["restoreAppAccess"], ["app_access_restored"])
        }
        ActionName::InstallApp => {
            arranged!(app_installations::install_app, ["completeInstallation", "installApp"], ["app_installed"])
        }
        ActionName::UpdateInstallation => arranged!(
            app_installations::update_installation,
            ["completeInstallation", "updateInstallation"],
            ["app_access_widened"]
        ),
        ActionName::UninstallApp => {
            arranged!(app_installations::uninstall_app, ["endInstallation", "uninstallApp"], ["app_uninstalled"])
        }
        ActionName::CancelInstallation => {
            arranged!(app_installations::cancel_installation, ["cancelInstallation", "endInstallation"], [])
        }
        ActionName::RetryInstallation => arranged!(
            app_installations::retry_installation,
            ["completeInstallation", "retryInstallation"],
            ["app_installed"]
        ),
        ActionName::ResignRole => arranged!(organizations::resign_role, ["resignRole"], ["role_revoked"]),
        ActionName::AcceptInvitation => {
            arranged!(organizations::accept_invitation, ["acceptInvitation"], ["owner_added"]).by_link()
        }
        ActionName::CreateOrganization => {
            arranged!(organizations::create_organization, ["createOrganization"], ["administrator_invitation"])
        }
        ActionName::CreateService => arranged!(workspaces::create_service, ["createService"], []),
        ActionName::CreateServiceKey => arranged!(workspaces::create_service_key, ["createServiceKey"], []),
        ActionName::RevokeServiceKey => arranged!(workspaces::revoke_service_key, ["revokeServiceKey"], []),
        ActionName::UpdateOrganization => {
            arranged!(organizations::update_organization, ["updateOrganization"], [])
        }
        ActionName::InviteAdministrator => Case {
            notices_by_operator: Some(&["administrator_invitation", "owner_added"]),
            ..arranged!(organizations::invite_administrator, ["inviteAdministrator"], ["administrator_invitation"])
        },
        ActionName::CancelInvitation => arranged!(organizations::cancel_invitation, ["cancelInvitation"], []),
        ActionName::AssignRole => arranged!(organizations::assign_role, ["assignRole"], ["role_changed"]),
        ActionName::RevokeRole => arranged!(organizations::revoke_role, ["revokeRole"], ["role_revoked"]),
        // Both owners are told: who made it, and the one who was there before.
        ActionName::CreateApiKey => {
            arranged!(organizations::create_api_key, ["createApiKey"], ["api_key_created", "api_key_created"])
        }
        ActionName::RevokeApiKey => arranged!(organizations::revoke_api_key, ["revokeApiKey"], []),
        ActionName::CreateWorkspace => arranged!(workspaces::create_workspace, ["createWorkspace"], []),
        ActionName::AddMember => arranged!(workspaces::add_member, ["addMember"], ["membership_offered"]),
        ActionName::RestrictMembership => {
            arranged!(memberships::limit, ["restrictMembership"], ["membership_restricted"])
        }
        ActionName::SuspendMembership => {
            arranged!(memberships::limit, ["suspendMembership"], ["membership_suspended"])
        }
        ActionName::TerminateMembership => {
            arranged!(memberships::limit, ["terminateMembership"], ["membership_ended"])
        }
        ActionName::RestoreMembership => {
            arranged!(memberships::restore, ["restoreMembership"], ["membership_restored"])
        }
        ActionName::CreateAccount => arranged!(accounts::create_account, ["createAccount"], ["account_created"]),
        ActionName::RenewAccountInvitation => {
            arranged!(accounts::renew_account_invitation, ["renewAccountInvitation"], ["account_created"])
        }
        ActionName::DeclineAccount => {
            arranged!(accounts::decline_account, ["declineAccount"], ["account_declined"]).by_link()
        }
        ActionName::AddDomain => arranged!(domains::add_domain, ["addDomain"], []),
        ActionName::VerifyDomain => arranged!(domains::verify_domain, ["verifyDomain"], []),
        ActionName::RegenerateDomainChallenge => {
            arranged!(domains::regenerate_domain_challenge, ["regenerateDomainChallenge"], [])
        }
        ActionName::RemoveDomain => {
            arranged!(domains::remove_domain, ["endControl", "removeDomain"], ["account_released"])
        }
        ActionName::ClaimAccounts => {
            arranged!(domains::claim_accounts, ["assertControl", "claimAccounts"], ["control_asserted"])
        }
        ActionName::CancelClaim => {
            arranged!(domains::cancel_claim, ["cancelClaim", "endControl"], ["assertion_canceled"])
        }
        ActionName::ReleaseAccounts => {
            arranged!(accounts::release_accounts, ["releaseAccounts"], ["account_released"])
        }
        ActionName::RequirePasswordReset => arranged!(
            accounts::require_password_reset,
            ["requirePasswordReset"],
            ["password_reset", "password_reset_required"]
        ),
        ActionName::RevokeSessions => arranged!(accounts::revoke_sessions, ["revokeSessions"], ["sessions_ended"]),
        ActionName::RestrictAccount => {
            arranged!(accounts::restrict_account, ["restrictAccount"], ["account_restricted"])
        }
        ActionName::SuspendAccount => {
            arranged!(accounts::suspend_account, ["suspendAccount"], ["account_suspended"])
        }
        ActionName::TerminateAccount => {
            arranged!(accounts::terminate_account, ["terminateAccount"], ["account_terminated"])
        }
        ActionName::RestoreAccount => {
            arranged!(accounts::restore_account, ["restoreAccount"], ["account_restored"])
        }
        ActionName::DeleteAccount => {
            arranged!(accounts::delete_account, ["deleteAccount"], ["account_deletion_scheduled"])
        }
        ActionName::CancelAccountDeletion => {
            arranged!(accounts::cancel_account_deletion, ["cancelAccountDeletion"], ["account_deletion_canceled"])
        }
        ActionName::BulkAccounts => Case {
            inner: Some(ActionName::SuspendAccount),
            ..arranged!(accounts::bulk_accounts, ["bulkAccounts", "suspendAccount"], ["account_suspended"])
        },
        ActionName::CancelJob => arranged!(accounts::cancel_job, ["cancelJob"], []),
        ActionName::ChangeAccountEmail => arranged!(
            addresses::change_account_email,
            ["changeAccountEmail"],
            ["email_changed_by_administrators", "email_changed_by_administrators"]
        ),
        ActionName::ApproveEmailChange => arranged!(
            addresses::approve_email_change,
            ["approveEmailChange"],
            ["email_change_approved", "email_change_confirm"]
        ),
        ActionName::RejectEmailChange => {
            arranged!(addresses::reject_email_change, ["rejectEmailChange"], ["email_change_rejected"])
        }
        ActionName::UpdateAccountProfile => {
            arranged!(accounts::update_account_profile, ["updateAccountProfile"], ["profile_changed"])
        }
        ActionName::RestrictEdits => {
            arranged!(edits::restrict_edits, ["restrictEdits"], ["edit_restriction_set"])
        }
        ActionName::LiftEditRestriction => {
            arranged!(edits::lift_edit_restriction, ["liftEditRestriction"], ["edit_restriction_lifted"])
        }
        ActionName::ResendNotice => arranged!(accounts::resend_notice, ["resendNotice"], []),
        ActionName::CreateOperator
        | ActionName::RevokeOperator
        | ActionName::ImportAccounts
        | ActionName::AnswerSignUp
        | ActionName::SendPasswordReset
        | ActionName::AssertControl
        | ActionName::CompleteClaim
        | ActionName::TakeControl
        | ActionName::EndControl
        | ActionName::RecordDeliveries
        | ActionName::EndBlock
        | ActionName::EraseAccount
        | ActionName::EndEditRestriction
        | ActionName::EndMembershipLimit
        | ActionName::CompleteInstallation
        | ActionName::EndInstallation
        | ActionName::FailInstallation
        | ActionName::RecordWebhooks
        | ActionName::PauseWebhooks
        | ActionName::RemindOfDataDeletion
        | ActionName::ExpireDataDeletion
        | ActionName::AuthenticateApp
        | ActionName::IssueAppToken
        | ActionName::RevokeAppToken
        | ActionName::RemindOfApproval
        | ActionName::RunBulk => return None,
        ActionName::RemindOfEmailChange | ActionName::EscalateEmailChange | ActionName::ExpireEmailChange => {
            return None;
        }
    })
}
