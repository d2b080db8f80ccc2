//! `changeAccountEmail`: administrators give a managed account another address in their organization's domains. It
//! counts as proved by the domain's proof.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, Result, Tx,
        text::{EmailAddress, Reason},
    },
    email_changes::move_accounts::{held_domains, move_accounts},
};
use serde::{Deserialize, Serialize};

/// Gives an account this address. Of several, one can have it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeAccountEmail {
    /// The new address.
    pub new_email: EmailAddress,
    /// Why, for the log.
    pub reason: Reason,
}

impl AccountAct for ChangeAccountEmail {
    const NAME: ActionName = ActionName::ChangeAccountEmail;

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let domains = held_domains(tx, on.organization.id).await?;
        let wanted = on.accounts.iter().map(|(facts, _)| (facts.account.clone(), self.new_email.clone()));
        move_accounts(tx, on, wanted.collect(), domains, &self.reason).await
    }
}
