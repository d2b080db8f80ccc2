//! `cancelMyAccountDeletion`: a person cancels the deletion that they have scheduled. Where the claim that they had avoided
//! by it still goes on, control is asserted anew, with the full notice period.

use crate::{
    core::{Action, ActionName, Authority, Authorized, Code, Done, Refusal, Result, Tx, account::away::Away},
    notices::content::AccountDeletionCanceled,
};
use steward_entities::{id::AccountId, kinds::BlockKind};

/// Cancels the deletion of the caller's own account.
pub struct CancelMyAccountDeletion;

/// The person has scheduled none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("You have scheduled no deletion. One that administrators have scheduled is theirs to cancel: ask them.")]
pub struct NotScheduled;

impl Refusal for NotScheduled {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

impl Action for CancelMyAccountDeletion {
    const NAME: ActionName = ActionName::CancelMyAccountDeletion;
    type Target = Away;
    type Output = AccountId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Away> {
        Away::lock(tx, authority.own()?).await
    }

    async fn run(&self, away: Authorized<Away>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let away = away.into_inner();
        let content = AccountDeletionCanceled {
            organization: None,
            email: away.account.email.clone(),
            contact: None,
            canceled_at: tx.now(),
        };
        away.come_back(tx, BlockKind::Deletion, NotScheduled, content).await
    }
}
