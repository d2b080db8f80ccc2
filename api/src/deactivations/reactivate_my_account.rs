//! `reactivateMyAccount`: the account is in use again. Where the claim that the person had avoided by resting still goes
//! on, control is asserted anew, with the full notice period.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft, Notices, Refusal,
        Result, Tx,
        account::{away::Away, block::lift, control::Aftermath},
    },
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
        let account = &away.account;
        if lift(tx, &[account.id], &[BlockKind::Deactivation], None).await? == 0 {
            return Err(NotDeactivated.into());
        }
        let mut aftermath = away.came_back(tx).await?;
        let content = AccountReactivated { email: account.email.clone(), reactivated_at: tx.now() };
        aftermath.notices.push(NoticeDraft::new(tx, account, content.into()));
        aftermath.events.push(EventDraft::within(account.managed_by).about(account.id));
        let Aftermath { events, notices } = aftermath;
        Ok(Done::new(account.id, EventSet::many(events), Notices::Send(notices)))
    }
}
