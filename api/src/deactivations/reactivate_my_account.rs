//! `reactivateMyAccount`: the account is in use again. Where the claim that the person had avoided by resting still goes
//! on, control is asserted anew, with the full notice period.

use crate::{
    core::{Action, ActionName, Authority, Authorized, Code, Done, Refusal, Result, Tx, account::away::Away},
    notices::content::AccountReactivated,
};
use steward_entities::{id::AccountId, kinds::BlockKind};

/// Takes the caller's own account into use again.
pub struct ReactivateMyAccount;

/// The account isn't at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Your account isn't deactivated.")]
pub struct NotDeactivated;

impl Refusal for NotDeactivated {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input"]
    }
}

impl Action for ReactivateMyAccount {
    const NAME: ActionName = ActionName::ReactivateMyAccount;
    type Target = Away;
    type Output = AccountId;

    async fn target(&self, authority: &Authority, tx: &Tx<'_>) -> Result<Away> {
        Away::lock(tx, authority.own()?).await
    }

    async fn run(&self, away: Authorized<Away>, tx: &Tx<'_>) -> Result<Done<AccountId>> {
        let away = away.into_inner();
        let content = AccountReactivated { email: away.account.email.clone(), reactivated_at: tx.now() };
        away.come_back(tx, BlockKind::Deactivation, NotDeactivated, content).await
    }
}
