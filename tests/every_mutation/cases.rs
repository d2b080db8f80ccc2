//! One case for each mutation: how it is arranged and called, and what its success leaves behind. Who may run it is in
//! the action's rule.

use crate::every_mutation::stage::{Attempt, Stage};
use futures::future::BoxFuture;
use serde_json::json;
use steward::core::ActionName;
use steward_tests::seed::PASSWORD;

/// A mutation that is tried.
pub struct Case {
    /// Makes what it is about, and says what is sent. Run anew for each try.
    pub arrange: Arrange,
    /// What who may do it is told of what doesn't exist.
    pub absent_code: &'static str,
    /// The actions of the events of a success, in alphabetical order.
    pub events: &'static [&'static str],
    /// The kinds of its notices, in alphabetical order.
    pub notices: &'static [&'static str],
}

/// Arranges one try.
pub type Arrange = for<'a> fn(&'a Stage<'a>) -> BoxFuture<'a, Attempt>;

impl Case {
    const fn new(arrange: Arrange, events: &'static [&'static str], notices: &'static [&'static str]) -> Option<Self> {
        Some(Self { arrange, absent_code: "NOT_FOUND", events, notices })
    }
}

/// Mutations that the rules name and the schema doesn't have yet. It shrinks to nothing.
pub const NOT_BUILT_YET: &[ActionName] = &[
    ActionName::SignUp,
    ActionName::CompleteSignUp,
    ActionName::SignOut,
    ActionName::Reauthenticate,
    ActionName::RequestPasswordReset,
    ActionName::ResetPassword,
    ActionName::RevokeSession,
    ActionName::RequestEmailChange,
    ActionName::ConfirmEmailChange,
    ActionName::CancelEmailChange,
    ActionName::DeactivateMyAccount,
    ActionName::ReactivateMyAccount,
    ActionName::AcceptControl,
    ActionName::AcknowledgeNotice,
    ActionName::AcceptMembership,
    ActionName::DeclineMembership,
    ActionName::LeaveWorkspace,
    ActionName::ResignRole,
    ActionName::AcceptInvitation,
    ActionName::CreateService,
    ActionName::UpdateOrganization,
    ActionName::InviteAdministrator,
    ActionName::CancelInvitation,
    ActionName::AssignRole,
    ActionName::RevokeRole,
    ActionName::CreateApiKey,
    ActionName::RevokeApiKey,
    ActionName::CreateWorkspace,
    ActionName::AddMember,
    ActionName::AddDomain,
    ActionName::VerifyDomain,
    ActionName::RegenerateDomainChallenge,
    ActionName::RemoveDomain,
    ActionName::ClaimAccounts,
    ActionName::CancelClaim,
    ActionName::ReleaseAccounts,
    ActionName::RequirePasswordReset,
    ActionName::RevokeSessions,
    ActionName::ResendNotice,
];

/// The case of a mutation; none for what isn't built yet, and for what is no mutation.
pub fn case(action: ActionName) -> Option<Case> {
    match action {
        ActionName::SignIn => Case::new(
            |stage| {
                Box::pin(async {
                    let email = stage.address("people.test");
                    stage.app.account(&email).await;
                    Attempt::new(json!({ "email": email, "password": PASSWORD }))
                })
            },
            &["signIn"],
            &[],
        ),
        ActionName::CreateOrganization => Case::new(
            |stage| {
                Box::pin(async {
                    let email = stage.address("owners.test");
                    Attempt::new(json!({ "name": "New", "ownerEmail": email }))
                })
            },
            &["createOrganization"],
            &["administrator_invitation"],
        ),
        ActionName::SignUp
        | ActionName::CompleteSignUp
        | ActionName::SignOut
        | ActionName::Reauthenticate
        | ActionName::RequestPasswordReset
        | ActionName::ResetPassword
        | ActionName::RevokeSession
        | ActionName::RequestEmailChange
        | ActionName::ConfirmEmailChange
        | ActionName::CancelEmailChange
        | ActionName::DeactivateMyAccount
        | ActionName::ReactivateMyAccount
        | ActionName::AcceptControl
        | ActionName::AcknowledgeNotice
        | ActionName::AcceptMembership
        | ActionName::DeclineMembership
        | ActionName::LeaveWorkspace
        | ActionName::ResignRole
        | ActionName::AcceptInvitation
        | ActionName::CreateService
        | ActionName::UpdateOrganization
        | ActionName::InviteAdministrator
        | ActionName::CancelInvitation
        | ActionName::AssignRole
        | ActionName::RevokeRole
        | ActionName::CreateApiKey
        | ActionName::RevokeApiKey
        | ActionName::CreateWorkspace
        | ActionName::AddMember
        | ActionName::AddDomain
        | ActionName::VerifyDomain
        | ActionName::RegenerateDomainChallenge
        | ActionName::RemoveDomain
        | ActionName::ClaimAccounts
        | ActionName::CancelClaim
        | ActionName::ReleaseAccounts
        | ActionName::RequirePasswordReset
        | ActionName::RevokeSessions
        | ActionName::ResendNotice => None,
        ActionName::CreateOperator
        | ActionName::RevokeOperator
        | ActionName::ImportAccounts
        | ActionName::AnswerSignUp
        | ActionName::SendPasswordReset
        | ActionName::AssertControl
        | ActionName::CompleteClaim
        | ActionName::TakeControl
        | ActionName::EndControl
        | ActionName::RecordDeliveries => None,
    }
}
