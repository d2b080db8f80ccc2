//! `changeAccountEmail`: administrators give a managed account another address in their organization's domains. It
//! counts as proved by the domain's proof.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, Result, Tx,
        limit::{Limit, Sender},
        text::{EmailAddress, Reason},
    },
    email_changes::move_accounts::{held_domains, invited, move_accounts},
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use steward_entities::id::{AccountId, OrganizationId};

/// Addresses that one organization may be told are taken, plans included: who has them, it may not see, and it mustn't
/// find out by asking for one after another.
pub const TAKEN_ADDRESSES: Limit = Limit { name: "taken_addresses", most: 200, window: TimeDelta::hours(1) };

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

    async fn may_be_tried(&self, organization: OrganizationId, tx: &Tx<'_>) -> Result<()> {
        tx.steward().check_limit(TAKEN_ADDRESSES, &organization.to_string()).await
    }

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let ids: Vec<AccountId> = on.accounts.iter().map(|(facts, _)| facts.account.id).collect();
        if !invited(tx, on, &ids).await?.is_empty() {
            // It is mailed as an invitation, and counted as one.
            tx.count_mail(Sender::Organization(on.organization.id), &self.new_email).await?;
        }
        let domains = held_domains(tx, on.organization.id).await?;
        let wanted = on.accounts.iter().map(|(facts, _)| (facts.account.clone(), self.new_email.clone()));
        move_accounts(tx, on, wanted.collect(), domains, &self.reason).await
    }
}
